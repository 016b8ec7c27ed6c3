#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/error.hpp>
#include <reel/migration_journal.hpp>
#include <reel/migration_report.hpp>
#include <reel/migration_result.hpp>
#include <reel/parallel.hpp>

/// What copying records and copying blobs have in common.
namespace reel::detail {

/// Whether an error is about the store as a whole, so that there is no use in trying the next item by itself.
[[nodiscard]] inline bool concerns_store(Errc code) {
  return code == Errc::unauthorized || code == Errc::forbidden || code == Errc::rate_limited ||
         code == Errc::unavailable || code == Errc::timed_out || code == Errc::cancelled;
}

/// A migration under way: its options and what it has to report so far.
class MigrationRun {
 public:
  explicit MigrationRun(const MigrationOptions& options) : options_(options), journal_(options.journal) {
    report_.dry_run = options.dry_run;
  }

  [[nodiscard]] const MigrationOptions& options() const { return options_; }
  [[nodiscard]] bool verifies() const { return options_.verify == Verify::full; }
  [[nodiscard]] MigrationReport& report() { return report_; }

  void begin(MigrationKind kind) {
    report_.kinds.push_back({.kind = std::move(kind)});
    progress_ = {.kind = report_.kinds.back().kind};
  }
  void expect(std::int64_t total) { progress_.total = total; }
  void note(const std::string& text) { report_.notes.push_back(progress_.kind.str() + ": " + text); }

  /// The whole collection or bucket has failed.
  void fail_kind(const char* operation, const Error& error) {
    report_.failures.push_back({progress_.kind, {}, operation, error.code(), error.reason()});
  }

  /// Tells the caller; from any thread.
  void advance(std::int64_t items, std::int64_t bytes) {
    const Lock lock(mutex_);
    progress_.done += items;
    progress_.bytes += bytes;
    if (!options_.on_progress(progress_)) stopped_ = true;
  }
  /// Asked before anything that would be left out.
  [[nodiscard]] bool stopping() {
    const Lock lock(mutex_);
    if (!stopped_ && options_.stop.requested()) stopped_ = true;
    report_.cancelled = stopped_;
    return stopped_;
  }

  void settle(const std::vector<MigrationResult>& results) {
    MigrationCounts& counts = report_.kinds.back();
    for (const MigrationResult& result : results) {
      if (!result.outcome) continue;
      counts.add(*result.outcome);
      counts.bytes += result.bytes;
      counts.verified += result.verified ? 1 : 0;
      counts.differing += result.difference ? 1 : 0;
      if (result.failure)
        report_.failures.push_back(
            {counts.kind, result.id, result.operation, result.failure->code(), result.failure->reason()});
      if (result.difference)
        report_.differences.push_back(
            {counts.kind, result.id, "verify", result.difference->code(), result.difference->reason()});
      journal_.write(counts.kind, options_.dry_run, result);
    }
  }

 private:
  const MigrationOptions& options_;
  MigrationJournal journal_;
  MigrationReport report_;
  MigrationProgress progress_;
  Mutex mutex_;
  bool stopped_ = false;
};

}  // namespace reel::detail
