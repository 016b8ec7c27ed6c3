#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <reel/driver/backend.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/error.hpp>

/// Reading a query's result page by page. An item that cannot be read is in `failed` of its page, which the visitor
/// must inspect. Exceptions of the visitor and of the backend propagate.
namespace reel::driver {

/// Throws `internal` if the store returned the cursor it was given, which would make a walk endless. `next`: that of a
/// page; `after`: the cursor with which it was read.
inline void check_advance(const std::optional<Cursor>& next, const std::optional<Cursor>& after) {
  if (next && next == after)
    throw Error(Errc::internal, "the store returned two consecutive pages that end at the same position");
}

/// Reads the page of a query and moves the query to the page after it. Throws as `check_advance`.
template <class List>
[[nodiscard]] auto next_page(QueryTree& query, List&& list) {
  auto page = list(query);
  check_advance(page.next, query.after);
  query.after = page.next;
  return page;
}

/// The page after `page`, which `list(cursor)` reads; empty after the last one. Throws as `check_advance`.
template <class AnyPage, class List>
[[nodiscard]] std::optional<AnyPage> page_after(const AnyPage& page, List&& list) {
  if (!page.next) return std::nullopt;
  AnyPage following = list(*page.next);
  check_advance(following.next, page.next);
  return following;
}

/// Calls `visit(page)` with `page` and every later page until it returns false.
///
/// - `page`: the first page
/// - `list`: `list(cursor)` returns the page after a cursor
/// - `visit`: receives each page as const and returns whether to continue
/// - `parallelism`: with 2, the next page is read while `visit` runs, in another thread; 1 uses only the caller's
///   thread
///
/// Throws `invalid` for a `parallelism` below 1.
template <class AnyPage, class List, class Visit>
void walk_from(AnyPage page, List&& list, Visit&& visit, int parallelism = 1) {
  std::atomic<bool> wanted{true};
  while (wanted) {
    std::optional<AnyPage> following;
    run_parallel(2, parallelism, [&](std::size_t step) {
      if (step == 0) {
        if (!visit(std::as_const(page))) wanted = false;
      } else if (wanted) {
        following = page_after(page, list);
      }
    });
    if (!following) return;
    page = *std::move(following);
  }
}

/// Calls `visit(page)` with every page of matches, in the order of the query, until it returns false. One request per
/// page.
///
/// - `container`: a collection (`CollectionSchema`) or a `Bucket`
/// - `query`: its `limit` is the size of a page
/// - `visit`, `parallelism`: as in `walk_from`
template <class B, class Container, class Visit>
void walk(B& backend, const Container& container, QueryTree query, Visit&& visit, int parallelism = 1) {
  const auto list = [&](const Cursor& after) {
    query.after = after;
    return backend.list(container, query);
  };
  walk_from(backend.list(container, query), list, visit, parallelism);
}

/// Visits all records of a collection in insertion order, 500 per page.
template <RecordBackend B, class Visit>
void walk(B& backend, const CollectionSchema& schema, Visit&& visit, int parallelism = 1) {
  walk(backend, schema, QueryTree{.limit = 500}, visit, parallelism);
}

/// Visits all blobs of a bucket in insertion order, 100 per page.
template <BlobBackend B, class Visit>
void walk(B& backend, const Bucket& bucket, Visit&& visit, int parallelism = 1) {
  walk(backend, bucket, BlobQuery{.limit = 100}, visit, parallelism);
}

}  // namespace reel::driver
