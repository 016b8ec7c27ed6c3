#pragma once

#include <cstdint>
#include <set>
#include <string>

#include <reel/detail/migration/run.hpp>
#include <reel/detail/migration/verification_sample.hpp>
#include <reel/detail/migration/walk.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/walk.hpp>
#include <reel/error.hpp>
#include <reel/migration/on_conflict.hpp>
#include <reel/migration/options.hpp>
#include <reel/migration/report.hpp>

namespace reel::detail {

/// Compares the numbers of items after a copy:
///
///     begin      before anything is written: is the target empty, and how large is the sample?
///     compare    after everything is copied, with `n` items that the copy has written or found there
///
///     | the target has | and was empty before | otherwise |
///     |----------------|----------------------|-----------|
///     | fewer than n   | a difference         | likewise  |
///     | more           | a difference, unless they are items whose copy failed (1) | a note |
///
/// A copy of listed items only is not compared with more, and one that renames is only noted.
///
/// (1) `Verify::full` walks the target and lists each item that the source does not have. A note if the target is a
///     `SettlingBackend`, which may derive records from what was copied.
class CountVerification {
 public:
  /// `run` must outlive the object.
  explicit CountVerification(MigrationRun& run) : run_(run) {}

  /// Notes what the target has before the copy. An error counts as a target that is not empty: the copy reports it.
  template <class Container>
  void begin(const Container& container) {
    try {
      if (run_.began_empty([&] { return count_or_zero(run_.target, container); })) empty_.insert(run_.kind().str());
    } catch (const Error&) {
    }
  }
  /// Whether the target had nothing of the current collection or bucket.
  [[nodiscard]] bool began_empty() const { return empty_.contains(run_.kind().str()); }
  /// Takes the sample of a collection or bucket; everything if the source does not count it.
  template <class Container>
  void take_sample(const Container& container) {
    run_.take({});
    if (run_.options.verify != Verify::sample) return;
    try {
      run_.take({count_or_zero(run_.source, container), run_.options.sample_seed});
    } catch (const Error&) {
    }
  }

  /// Reports whether the target has more or fewer items than were copied.
  template <class Container>
  void compare(const Container& container) {
    if (run_.options.verify == Verify::none || run_.stopping()) return;
    const MigrationCounts& counts = run_.counts();
    const std::int64_t copied =
        counts.created + counts.overwritten + counts.unchanged + counts.skipped + counts.renamed;
    try {
      const std::int64_t stored = count_or_zero(run_.target, run_.choices.in_target(container));
      if (stored < copied) {
        differ("the target has " + counted(stored) + ", fewer than the " + std::to_string(copied) +
               " that were copied or there before");
      } else if (stored > copied && !run_.ids()) {
        compare_extra(container, stored - copied);
      }
    } catch (const Error& error) {
      run_.differ({}, "count", error);
    }
  }

 private:
  /// Reports items of the target that the copy did not touch. They may be those whose copy failed.
  template <class Container>
  void compare_extra(const Container& container, std::int64_t extra) {
    const bool renames = run_.on_conflict() == OnConflict::rename;  // ids of the target need not be in the source
    if (!began_empty() || renames || run_.target.abilities().settle) {
      run_.note("the target has " + counted(extra) + " besides those that were copied or compared");
    } else if (run_.options.verify == Verify::full) {
      list_extra(container);
    } else if (extra > run_.counts().failed) {
      differ("the target has " + counted(extra - run_.counts().failed) + " that the source does not have");
    }
  }
  template <class Container>
  void list_extra(const Container& container) {
    driver::walk(run_.target, run_.choices.in_target(container), [&](const auto& page) {
      each_extra(
          run_.source, container, page, run_.parallelism(),
          [&](const std::string& id) {
            run_.differ(id, "verify",
                        Error(Errc::conflict, "the source does not have it, and the target was empty before"));
          },
          [&](const Error& error) { run_.differ(error.id(), "read", error); });
      return !run_.stopping();
    });
  }

  void differ(const std::string& reason) { run_.differ({}, "count", Error(Errc::conflict, reason)); }
  /// `1 record`, `5 blobs`.
  [[nodiscard]] std::string counted(std::int64_t items) const {
    return std::to_string(items) + (run_.kind().bucket ? " blob" : " record") + (items == 1 ? "" : "s");
  }

  MigrationRun& run_;
  std::set<std::string> empty_;  ///< kinds of which the target had nothing
};

}  // namespace reel::detail
