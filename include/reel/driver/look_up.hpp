#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>

/// Looks up many records or blobs by their ids with few requests. In these functions `Container` is `CollectionSchema`
/// or `Bucket`.
namespace reel::driver {

/// The largest number of ids in one query. An Appwrite server accepts at most 100 values in a query.
inline constexpr std::size_t ids_per_query = 100;

/// Whether an error is about the store as a whole, so that further requests would fail in the same way.
[[nodiscard]] constexpr bool concerns_store(Errc code) {
  return code == Errc::unauthorized || code == Errc::forbidden || code == Errc::rate_limited ||
         code == Errc::unavailable || code == Errc::timed_out || code == Errc::cancelled;
}

/// The id of a document that is not null.
[[nodiscard]] inline const std::string& id_of(const DocumentPtr& document) { return document->id; }
/// The id of a blob.
[[nodiscard]] inline const std::string& id_of(const BlobInfo& blob) { return blob.id.str(); }

/// The result for one id: the record or blob, or the error of looking it up. Neither is set if it does not exist.
template <class Found>
struct Lookup {
  /// Result of the backend's `find`: `DocumentPtr` or `std::optional<BlobInfo>`.
  Found found{};
  /// Why the lookup failed.
  std::optional<Error> error{};
};

/// Looks up one id with one request. A collection or bucket that was never set up contains nothing. A `reel::Error`
/// becomes the `error` of the result.
template <class Backend, class Container>
auto look_up(Backend& backend, const Container& container, std::string_view id) {
  using Found = Lookup<decltype(backend.find(container, id))>;
  try {
    return Found{.found = backend.find(container, id)};
  } catch (const Error& error) {
    if (error.code() == Errc::not_found) return Found{};
    return Found{.error = error};
  }
}

/// Looks up the ids at the positions from `first` up to, but not including, `last`, and stores the results at the same
/// positions of `results`. Takes one query; if that fails, one request per id, unless the error `concerns_store` or is
/// `not_found`, in which case every result gets it.
template <class Backend, class Container, class AnyLookup>
void find_many(Backend& backend, const Container& container, const std::vector<std::string_view>& ids,
               std::size_t first, std::size_t last, std::vector<AnyLookup>& results) {
  QueryTree query{.limit = static_cast<std::int64_t>(last - first)};
  Condition& wanted = query.where.emplace_back(Condition{.op = Operator::equal, .attribute = position::id});
  for (std::size_t i = first; i < last; ++i) wanted.values.emplace_back(std::string(ids[i]));
  try {
    const auto page = backend.list(container, query);
    std::size_t next = 0;  // items mostly come in the order of the ids, so each search begins after the previous one
    for (std::size_t i = first; i < last; ++i) {
      for (std::size_t tried = 0; tried < page.items.size(); ++tried) {
        const std::size_t at = (next + tried) % page.items.size();
        if (!same_id(id_of(page.items[at]), ids[i])) continue;
        results[i].found = page.items[at];
        next = at + 1;
        break;
      }
      for (const Error& error : page.failed) {
        if (same_id(error.id(), ids[i])) results[i].error = error;
      }
    }
  } catch (const Error& error) {
    const bool fails_for_all = concerns_store(error.code()) || error.code() == Errc::not_found;
    for (std::size_t i = first; i < last; ++i)
      results[i] = fails_for_all ? AnyLookup{.error = error} : look_up(backend, container, ids[i]);
  }
}

/// Looks up many ids and returns their results in the order of `ids`. If the collection or bucket was never set up,
/// each result has the error `not_found`.
///
/// - `parallelism`: the number of queries that run at the same time, at least 1
///
/// Takes one query for each `ids_per_query` ids. Throws `invalid` for a `parallelism` below 1; errors of the backend
/// are in the results.
template <class Backend, class Container>
auto find_many(Backend& backend, const Container& container, const std::vector<std::string_view>& ids,
               int parallelism) {
  std::vector<Lookup<decltype(backend.find(container, std::string_view{}))>> results(ids.size());
  run_parallel((ids.size() + ids_per_query - 1) / ids_per_query, parallelism, [&](std::size_t chunk) {
    const std::size_t first = chunk * ids_per_query, rest = ids.size() - first;
    find_many(backend, container, ids, first, first + (rest < ids_per_query ? rest : ids_per_query), results);
  });
  return results;
}

/// As `find_many`, but a collection or bucket that was never set up contains nothing.
template <class Backend, class Container>
auto look_up(Backend& backend, const Container& container, const std::vector<std::string_view>& ids, int parallelism) {
  auto results = find_many(backend, container, ids, parallelism);
  for (auto& one : results) {
    if (one.error && one.error->code() == Errc::not_found) one.error.reset();
  }
  return results;
}

}  // namespace reel::driver
