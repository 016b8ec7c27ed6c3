#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/detail/migrate_blobs.hpp>
#include <reel/detail/migrate_records.hpp>
#include <reel/detail/migration_walk.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/driver/validate.hpp>
#include <reel/driver/walk.hpp>
#include <reel/verify.hpp>

namespace reel::detail {

/// Compares two stores, one collection or bucket after another. Neither is written. For each of them:
///
///     each page of the source --> look up its ids in the target --> same, differing or missing
///     count the target        --> as many as were found: no extra ones
///     else each page of it    --> look up its ids in the source --> counted, or extra
///
/// The pages are read by the caller's thread, the blobs of a page by up to `parallelism` threads. `mutex_` guards the
/// progress and the request to stop, which all of them use; everything else belongs to the caller's thread.
class Verification {
 public:
  /// Reads nothing yet. Both stores and the options must outlive the object.
  Verification(driver::ErasedStore& source, driver::ErasedStore& target, const VerificationOptions& options)
      : source_(source), target_(target), options_(options) {}

  /// The results so far.
  [[nodiscard]] VerificationReport& report() { return report_; }
  /// Whether the caller wants to stop. From any thread.
  [[nodiscard]] bool stopping() {
    const std::lock_guard lock(mutex_);
    if (options_.stop.requested()) report_.cancelled = true;
    return report_.cancelled;
  }

  /// Compares one collection or bucket: looks up each item of the source in the target, then reads the target for items
  /// that the source does not have. An item that cannot be read counts as differing. The error of a store that cannot
  /// be listed is in the report.
  template <class Container>
  void compare(const Container& container) {
    begin({.id = container.id, .bucket = std::is_same_v<Container, Bucket>});
    found_ = 0;
    const bool read =
        each_page(source_, container, "the source", [&](const auto& items, const std::vector<Error>& failed) {
          if (!items.empty()) compare(container, items);
          for (const Error& error : failed) settle(error.id(), error);
          if (!failed.empty()) advance(static_cast<std::int64_t>(failed.size()));
        });
    if (!read) return;
    if (has_only_found(container)) {
      counts().target = found_;
      return;
    }
    each_page(target_, container, "the target", [&](const auto& items, const std::vector<Error>& failed) {
      std::vector<std::string_view> ids;
      for (const auto& item : items) ids.push_back(driver::id_of(item));
      for (const Error& error : failed) ids.push_back(error.id());
      look_for_extra(container, ids);
    });
  }

 private:
  /// The counts of the collection or bucket that is being compared.
  VerificationCounts& counts() { return report_.kinds.back(); }

  /// Adds a collection or bucket to the report.
  void begin(MigrationKind kind) {
    report_.kinds.push_back({.kind = std::move(kind)});
    progress_ = {.kind = counts().kind};
  }

  /// Reports progress. Calls must not overlap.
  void advance(std::int64_t items) {
    progress_.done += items;
    if (!options_.on_progress(progress_)) report_.cancelled = true;
  }

  /// Calls `visit` for each page. False if it was stopped or the store failed. A store without this collection or
  /// bucket counts as empty.
  template <class Container, class F>
  bool each_page(driver::ErasedStore& backend, const Container& container, const char* side, F&& visit) {
    try {
      driver::walk(backend, container, [&](const auto& page) {
        visit(page.items, page.failed);
        return !stopping();
      });
      return !stopping();
    } catch (const Error& error) {
      const bool none = error.code() == Errc::not_found;
      if (none) report_.notes.push_back(counts().kind.str() + ": " + side + " does not have it");
      if (!none)
        report_.differences.push_back(
            {counts().kind, {}, "list", error.code(), std::string("in ") + side + ": " + error.reason()});
      return none;
    }
  }

  /// Whether the target has no records or blobs but those found there. False if that cannot be counted.
  template <class Container>
  bool has_only_found(const Container& container) {
    try {
      if constexpr (std::is_same_v<Container, Bucket>) {
        return target_.list(container, {.limit = 1, .with_total = true}).total == found_;
      } else {
        return target_.count(container, {}) == found_;
      }
    } catch (const Error&) {  // reading the pages reports it
      return false;
    }
  }

  /// Counts items of the target, and lists those that only the target has. An item that the source cannot read is
  /// listed already.
  template <class Container>
  void look_for_extra(const Container& container, const std::vector<std::string_view>& ids) {
    const auto in_source = driver::look_up(source_, container, ids, options_.parallelism);
    counts().target += static_cast<std::int64_t>(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (in_source[i].found || in_source[i].error) continue;
      ++counts().extra;
      report_.extra.push_back({counts().kind, std::string(ids[i])});
    }
  }

  /// Compares a page of records. A null in the source that the target has stored as the default is not a difference.
  /// One look-up for each `driver::ids_per_query` records.
  void compare(const driver::CollectionSchema& schema, const std::vector<driver::DocumentPtr>& documents) {
    std::vector<std::string_view> ids;
    for (const driver::DocumentPtr& document : documents) ids.push_back(document->id);
    const auto found = driver::look_up(target_, schema, ids, options_.parallelism);
    for (std::size_t i = 0; i < documents.size(); ++i) {
      if (found[i].error) {
        settle(documents[i]->id, found[i].error);
      } else if (!found[i].found) {
        miss(documents[i]->id);
      } else {
        ++found_;
        const std::string names = difference(schema, as_written(schema, *documents[i]), *found[i].found);
        settle(documents[i]->id, names.empty() ? std::nullopt : different(names));
      }
    }
    advance(static_cast<std::int64_t>(documents.size()));
  }

  /// The document that a migration would write: a missing value may be the default in the target. The document itself
  /// if it is not valid.
  static driver::Document as_written(const driver::CollectionSchema& schema, const driver::Document& document) {
    driver::Document written = document;
    try {
      driver::validate(schema, written);
    } catch (const Error&) {
      return document;
    }
    return written;
  }

  /// Compares a page of blobs. Those that were not reached before a stop are not counted.
  void compare(const Bucket& bucket, const std::vector<BlobInfo>& blobs) {
    struct BlobComparison {
      bool reached = false, in_target = true;
      std::optional<Error> error{};
    };
    std::vector<BlobComparison> results(blobs.size());
    std::vector<std::string_view> ids;
    for (const BlobInfo& blob : blobs) ids.push_back(blob.id.str());
    const auto found = driver::look_up(target_, bucket, ids, options_.parallelism);
    const StopCondition stop([this] { return stopping(); });
    driver::run_parallel(blobs.size(), options_.parallelism, [&](std::size_t i) {
      if (stop.requested()) return;
      results[i].reached = true;
      try {
        results[i].in_target = compare(bucket, blobs[i], found[i], stop);
      } catch (const Error& error) {
        results[i].error = error;
      }
      const std::lock_guard lock(mutex_);
      advance(1);
    });
    for (std::size_t i = 0; i < blobs.size(); ++i) {
      if (!results[i].reached) continue;
      if (found[i].found) ++found_;
      if (results[i].in_target) settle(blobs[i].id.str(), results[i].error);
      if (!results[i].in_target) miss(blobs[i].id.str());
    }
  }

  /// Compares one blob. False if the target does not have it. The bytes are read only if the properties agree. Throws
  /// `conflict` with the names of the properties that differ, `corrupt` for bytes that do not match their md5, and the
  /// error of reading either store. Called from several threads.
  bool compare(const Bucket& bucket, const BlobInfo& wanted, const driver::Lookup<std::optional<BlobInfo>>& existing,
               const StopCondition& stop) {
    if (existing.error) throw *existing.error;
    if (!existing.found) return false;
    const std::string names = difference(wanted, *existing.found);
    if (!names.empty()) throw *different(names);
    if (options_.blobs == Verify::full) {
      verify_blob(source_, bucket, wanted, stop);
      verify_blob(target_, bucket, wanted, stop);
    }
    return true;
  }

  /// The error that reports a difference.
  static std::optional<Error> different(const std::string& names) {
    return Error(Errc::conflict, "the two stores differ in " + names);
  }

  /// Counts an item that both stores have.
  void settle(const std::string& id, const std::optional<Error>& error) {
    ++counts().source;
    ++(error ? counts().differing : counts().same);
    if (error) report_.differences.push_back({counts().kind, id, "verify", error->code(), error->reason()});
  }
  /// Counts an item that only the source has.
  void miss(const std::string& id) {
    ++counts().source;
    ++counts().missing;
    report_.missing.push_back({counts().kind, id});
  }

  driver::ErasedStore& source_;
  driver::ErasedStore& target_;
  const VerificationOptions& options_;
  VerificationReport report_;
  MigrationProgress progress_;
  std::int64_t found_ = 0;  ///< items of the collection or bucket that are in both stores
  std::mutex mutex_;
};

REEL_INLINE VerificationReport verify(driver::ErasedStore& source, driver::ErasedStore& target, const MigrationSet& set,
                                      const VerificationOptions& options) {
  driver::check_parallelism(options.parallelism);
  Verification verification(source, target, options);
  for_each_kind(source.abilities(), target.abilities(), set, [&](const auto& kind) {
    if (!verification.stopping()) verification.compare(kind);
  });
  return std::move(verification.report());
}

}  // namespace reel::detail
