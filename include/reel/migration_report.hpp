#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/error.hpp>
#include <reel/progress.hpp>

namespace reel {

/// What to do with a record or blob whose id the target has with another content. Equal content is never a conflict.
enum class OnConflict {
  fail,       ///< list it among the failures and leave the target's as it is
  skip,       ///< leave the target's as it is
  overwrite,  ///< replace the target's
  newer,      ///< replace the target's if the source's `updated_at` is later, else leave it
};

/// Whether what the target has is read back and compared.
enum class Verify { none, full };

/// What happened to one record or blob.
enum class Outcome { created, overwritten, unchanged, skipped, failed };

[[nodiscard]] constexpr std::string_view to_string(Outcome outcome) {
  constexpr std::string_view names[] = {"created", "overwritten", "unchanged", "skipped", "failed"};
  return names[static_cast<std::size_t>(outcome)];
}

/// A collection or a bucket.
struct MigrationKind {
  std::string id{};
  bool bucket = false;

  /// `collection videos`
  [[nodiscard]] std::string str() const { return (bucket ? "bucket " : "collection ") + id; }
  friend bool operator==(const MigrationKind&, const MigrationKind&) = default;
};

/// How far a migration is; told after every page of records and after every blob.
struct MigrationProgress {
  MigrationKind kind{};
  std::int64_t done = 0;                ///< records or blobs of this kind
  std::optional<std::int64_t> total{};  ///< where the source can count them
  std::int64_t bytes = 0;               ///< of this kind's blobs written so far
};

struct MigrationOptions {
  /// Write nothing at all and report what would happen. The target is looked at, too: what it would refuse as a whole
  /// (another schema, a bucket beyond its limits, a key or folder without the right to write) is a failure of that
  /// kind.
  bool dry_run = false;
  OnConflict on_conflict = OnConflict::fail;
  Verify verify = Verify::full;
  /// Blobs under way, and requests for records made, at the same time. With more than 1 the next page of the source is
  /// fetched meanwhile, the target's order of blobs may be another, and each blob takes its own 8 MiB of memory.
  int parallelism = 1;
  std::string journal{};  ///< a file that is appended one JSON object a line for every record and blob; empty: none
  Observer<MigrationProgress> on_progress{};  ///< never called by two threads at once; false stops
  StopCondition stop{};                       ///< likewise
};

/// One failure or one difference.
struct MigrationProblem {
  MigrationKind kind{};
  std::string id{};         ///< empty: the whole collection or bucket
  std::string operation{};  ///< what was being done: `setup`, `list`, `validate`, `create`, `overwrite`, `verify`, …
  Errc code = Errc::internal;
  std::string reason{};
};

struct MigrationCounts {
  MigrationKind kind{};
  std::int64_t found = 0;  ///< in the source: created + overwritten + unchanged + skipped + failed
  std::int64_t created = 0, overwritten = 0, unchanged = 0, skipped = 0, failed = 0;
  std::int64_t verified = 0;   ///< of those the target should have now: read back and equal
  std::int64_t differing = 0;  ///< read back and not equal, or not to be read back
  std::int64_t bytes = 0;      ///< of blobs created and overwritten

  void add(Outcome outcome) {
    ++found;
    std::int64_t* const counters[] = {&created, &overwritten, &unchanged, &skipped, &failed};
    ++*counters[static_cast<std::size_t>(outcome)];
  }
};

/// A column of the source that is not in the schema, so that its values stay behind.
struct UncopiedColumn {
  std::string collection{};
  std::string column{};
  std::optional<std::int64_t> records{};  ///< those with a value in it; none: unknown
};

/// What a migration did, or in a dry run what it would do.
struct MigrationReport {
  bool dry_run = false;
  bool cancelled = false;                       ///< stopped on request; what was not reached is not counted
  std::vector<MigrationCounts> kinds{};         ///< in the order they were copied
  std::vector<MigrationProblem> failures{};     ///< everything counted as failed, and kinds that could not be copied
  std::vector<MigrationProblem> differences{};  ///< everything counted as differing
  std::vector<UncopiedColumn> uncopied{};       ///< with and without values in them
  std::vector<std::string> notes{};             ///< what there was nothing of, and what a dry run cannot know

  /// Nothing failed, nothing differs, no value of a column beside the schema stays behind, and it ran to its end. What
  /// was skipped is as it was asked for.
  [[nodiscard]] bool clean() const {
    const bool leaves_values =
        std::any_of(uncopied.begin(), uncopied.end(), [](const UncopiedColumn& column) { return column.records != 0; });
    return failures.empty() && differences.empty() && !leaves_values && !cancelled;
  }

  [[nodiscard]] MigrationCounts total() const {
    MigrationCounts sum;
    for (const MigrationCounts& kind : kinds) {
      sum.found += kind.found;
      sum.created += kind.created;
      sum.overwritten += kind.overwritten;
      sum.unchanged += kind.unchanged;
      sum.skipped += kind.skipped;
      sum.failed += kind.failed;
      sum.verified += kind.verified;
      sum.differing += kind.differing;
      sum.bytes += kind.bytes;
    }
    return sum;
  }
  /// All zero if it was not in the set.
  [[nodiscard]] MigrationCounts collection(std::string_view id) const { return counts(id, false); }
  [[nodiscard]] MigrationCounts bucket(std::string_view id) const { return counts(id, true); }

 private:
  [[nodiscard]] MigrationCounts counts(std::string_view id, bool bucket) const {
    for (const MigrationCounts& counted : kinds) {
      if (counted.kind.id == id && counted.kind.bucket == bucket) return counted;
    }
    return {};
  }
};

/// A record or a blob.
struct MigrationItem {
  MigrationKind kind{};
  std::string id{};
};

struct VerificationOptions {
  Verify blobs = Verify::full;  ///< `full`: read every blob of both sides; `none`: compare size and md5 as stored
  int parallelism = 1;          ///< blobs under way, and requests for records made, at the same time
  Observer<MigrationProgress> on_progress{};
  StopCondition stop{};
};

struct VerificationCounts {
  MigrationKind kind{};
  std::int64_t source = 0;  ///< what it has: same + differing + missing
  std::int64_t target = 0;
  std::int64_t same = 0, differing = 0;
  std::int64_t missing = 0;  ///< only in the source
  std::int64_t extra = 0;    ///< only in the target
};

/// How two stores compare.
struct VerificationReport {
  bool cancelled = false;
  std::vector<VerificationCounts> kinds{};
  std::vector<MigrationProblem> differences{};  ///< each that differs, and what could not be read
  std::vector<MigrationItem> missing{};
  std::vector<MigrationItem> extra{};
  std::vector<std::string> notes{};

  [[nodiscard]] bool clean() const { return differences.empty() && missing.empty() && extra.empty() && !cancelled; }
};

}  // namespace reel
