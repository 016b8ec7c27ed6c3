#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/enumerator_name.hpp>
#include <reel/error.hpp>
#include <reel/migration/plan.hpp>
#include <reel/migration/progress.hpp>

namespace reel {

/// The result of the migration of one record or blob.
enum class Outcome {
  created,      ///< written under an id that was free
  overwritten,  ///< replaced, see `OnConflict`
  unchanged,    ///< the target had it with the same content
  skipped,      ///< left as it was, see `OnConflict`
  renamed,      ///< written under another id, see `OnConflict::rename`
  filtered,     ///< left out by `KindOptions::where`, `KindOptions::transform` or `MigrationOptions::changed_since`
  failed,       ///< not copied; listed in `MigrationReport::failures`
};

/// The name of the enumerator: `created`.
[[nodiscard]] constexpr std::string_view to_string(Outcome outcome) {
  using enum Outcome;
  return driver::enumerator_name(outcome, {{created, "created"},
                                           {overwritten, "overwritten"},
                                           {unchanged, "unchanged"},
                                           {skipped, "skipped"},
                                           {renamed, "renamed"},
                                           {filtered, "filtered"},
                                           {failed, "failed"}});
}

/// One failure or one difference.
struct MigrationProblem {
  MigrationKind kind{};     ///< where
  std::string id{};         ///< of the record or blob; empty: the whole collection or bucket
  std::string operation{};  ///< the step that failed: `setup`, `list`, `validate`, `create`, `overwrite`, `verify`, …
  Errc code = Errc::internal;  ///< the kind of the failure or difference
  std::string reason{};        ///< the explanation, as `Error::reason`
  /// The attribute whose value was refused; those of a unique index with commas between them. Empty: none.
  std::string attribute{};
  std::string remedy{};  ///< what to do about it; set in every report of `migrate`
};

/// The number of records or blobs of one collection or bucket, by outcome.
struct MigrationCounts {
  MigrationKind kind{};          ///< the collection or bucket
  std::int64_t found = 0;        ///< in the source: the sum of the outcomes below
  std::int64_t created = 0;      ///< see `Outcome`
  std::int64_t overwritten = 0;  ///< see `Outcome`
  std::int64_t unchanged = 0;    ///< see `Outcome`
  std::int64_t skipped = 0;      ///< see `Outcome`
  std::int64_t renamed = 0;      ///< see `Outcome`
  std::int64_t filtered = 0;     ///< see `Outcome`
  std::int64_t failed = 0;       ///< see `Outcome`
  std::int64_t verified = 0;     ///< read back from the target and equal
  std::int64_t differing = 0;    ///< read back and different, or not readable
  std::int64_t bytes = 0;        ///< of the blobs created, overwritten and renamed; in a plan, of those to be
  std::int64_t conflicting = 0;  ///< the target had other content under the id; counted above, too, by their outcome
  /// Bytes of all that was found: of blobs exactly, of records what `record_size` estimates.
  std::int64_t source_bytes = 0;

  /// Counts one record or blob.
  void add(Outcome outcome) {
    ++found;
    std::int64_t* const counters[] = {&created, &overwritten, &unchanged, &skipped, &renamed, &filtered, &failed};
    ++*counters[static_cast<std::size_t>(outcome)];
  }
  /// Adds the counts of other records or blobs. The kind stays.
  MigrationCounts& operator+=(const MigrationCounts& other) {
    found += other.found;
    created += other.created;
    overwritten += other.overwritten;
    unchanged += other.unchanged;
    skipped += other.skipped;
    renamed += other.renamed;
    filtered += other.filtered;
    failed += other.failed;
    verified += other.verified;
    differing += other.differing;
    bytes += other.bytes;
    conflicting += other.conflicting;
    source_bytes += other.source_bytes;
    return *this;
  }
};

/// The steps of a migration between which its time is divided.
enum class MigrationStage {
  planning,   ///< what a plan does
  preparing,  ///< checking the stores and setting up the target
  copying,    ///< reading, comparing and writing
  verifying,  ///< reading back what was written; with several threads, the longest of them
  finishing,  ///< completing the copy and putting it on the medium of the target
};

/// The name of the enumerator: `copying`.
[[nodiscard]] constexpr std::string_view to_string(MigrationStage stage) {
  using enum MigrationStage;
  return driver::enumerator_name(stage, {{planning, "planning"},
                                         {preparing, "preparing"},
                                         {copying, "copying"},
                                         {verifying, "verifying"},
                                         {finishing, "finishing"}});
}

/// How long a stage took, in this run.
struct StageTime {
  MigrationStage stage{};            ///< which
  std::chrono::milliseconds took{};  ///< wall-clock time
};

/// A column of the source that is not in the schema. Its values are not copied.
struct UncopiedColumn {
  std::string collection{};               ///< the id of the collection
  std::string column{};                   ///< the name of the column
  std::optional<std::int64_t> records{};  ///< records with a value in it; none if unknown
  bool is_accepted = false;               ///< the caller chose to leave it, see `ForeignColumns`
};

/// The result of `migrate`; after a plan, the expected result.
struct MigrationReport {
  bool is_plan = false;  ///< whether nothing was written, see `MigrationOptions`
  /// Stopped on request, or because a store no longer responded or the journal could not be written. Only
  /// what was reached is counted.
  bool cancelled = false;
  std::vector<MigrationCounts> kinds{};      ///< in the order in which they were copied
  std::vector<MigrationProblem> failures{};  ///< all that are counted as failed, and kinds that could not be copied
  /// All that are counted as differing, items that only the target has, and wrong numbers of items; see `Verify`.
  std::vector<MigrationProblem> differences{};
  std::vector<UncopiedColumn> uncopied{};          ///< with and without values in them
  std::vector<std::string> notes{};                ///< what the source does not have, and what a plan cannot find out
  std::vector<PlanFinding> findings{};             ///< of a plan, with one for each failure
  std::vector<StageTime> stages{};                 ///< of this run, in order
  std::optional<std::chrono::seconds> expected{};  ///< of a plan: about how long the run would take; none if unknown
  bool is_resumed = false;          ///< continued the journal of an earlier run, whose counts it includes
  bool has_source_changed = false;  ///< another program wrote to the source during the run

  /// Whether everything was copied, or would be: no failure, no finding that blocks, no difference, no value in a
  /// column that is not in the schema, and not cancelled. Skipped records and blobs do not count against it.
  [[nodiscard]] bool clean() const {
    const bool leaves_values = std::any_of(uncopied.begin(), uncopied.end(), [](const UncopiedColumn& column) {
      return column.records != 0 && !column.is_accepted;
    });
    const bool is_blocked =
        std::any_of(findings.begin(), findings.end(), [](const PlanFinding& finding) { return finding.blocks; });
    return failures.empty() && differences.empty() && !leaves_values && !is_blocked && !cancelled;
  }

  /// The totals over all collections and buckets. Its `kind` is empty.
  [[nodiscard]] MigrationCounts total() const {
    MigrationCounts sum;
    for (const MigrationCounts& kind : kinds) sum += kind;
    return sum;
  }
  /// The counts of one collection; all zero if it was not copied.
  [[nodiscard]] MigrationCounts collection(std::string_view id) const { return counts(id, false); }
  /// The counts of one bucket; all zero if it was not copied.
  [[nodiscard]] MigrationCounts bucket(std::string_view id) const { return counts(id, true); }

 private:
  [[nodiscard]] MigrationCounts counts(std::string_view id, bool bucket) const {
    for (const MigrationCounts& counted : kinds) {
      if (counted.kind.id == id && counted.kind.bucket == bucket) return counted;
    }
    return {};
  }
};

/// Names one record or blob.
struct MigrationItem {
  MigrationKind kind{};  ///< the collection or bucket
  std::string id{};      ///< of the record or blob
};

/// The result of comparing one collection or bucket.
struct VerificationCounts {
  MigrationKind kind{};        ///< the collection or bucket
  std::int64_t source = 0;     ///< records or blobs in the source; with `Verify::full` same + differing + missing
  std::int64_t target = 0;     ///< records or blobs in the target
  std::int64_t same = 0;       ///< in both, and equal
  std::int64_t differing = 0;  ///< in both and different, or not readable
  std::int64_t missing = 0;    ///< only in the source
  std::int64_t extra = 0;      ///< only in the target; counted with `Verify::full`
  std::int64_t by_digest = 0;  ///< of `same`: not read, see `VerificationOptions::by_digests`

  /// Adds the counts of other records or blobs. The kind stays.
  VerificationCounts& operator+=(const VerificationCounts& other) {
    source += other.source;
    target += other.target;
    same += other.same;
    differing += other.differing;
    missing += other.missing;
    extra += other.extra;
    by_digest += other.by_digest;
    return *this;
  }
};

/// The result of `verify`.
///
///     VerificationReport report = verify(old, store, video::everything);
///     for (const MigrationItem& item : report.missing) std::cout << item.kind.str() << ' ' << item.id << '\n';
struct VerificationReport {
  bool cancelled = false;                       ///< stopped on request; what was not reached is not counted
  std::vector<VerificationCounts> kinds{};      ///< in the order in which they were compared
  std::vector<MigrationProblem> differences{};  ///< all that differ, what could not be read, and different numbers
  std::vector<MigrationItem> missing{};         ///< only in the source
  std::vector<MigrationItem> extra{};           ///< only in the target
  std::vector<std::string> notes{};             ///< collections and buckets that a store does not have

  /// Whether both stores have the same content and the comparison was not cancelled.
  [[nodiscard]] bool clean() const { return differences.empty() && missing.empty() && extra.empty() && !cancelled; }
};

}  // namespace reel
