#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration_journal.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/error.hpp>
#include <reel/migration_options.hpp>
#include <reel/migration_report.hpp>
#include <reel/timestamp.hpp>

namespace reel::detail {

/// A migration in progress: the two stores, the options, and the report so far. It has what copying records and copying
/// blobs share. `advance` and `stopping` may be called from any thread; the other members only from the thread that
/// runs `migrate`.
class MigrationRun {
 public:
  /// The result of one record or blob, on its way to the report.
  struct ItemResult {
    std::string id{};
    std::optional<Outcome> outcome{};  ///< none: not reached
    bool verified = false;
    std::int64_t bytes = 0;
    std::string operation{};  ///< of `failure`
    std::optional<Error> failure{};
    std::optional<Error> difference{};

    /// Records a failure of the step `what`.
    void fail(std::string_view what, const Error& error) {
      outcome = Outcome::failed;
      operation = what;
      failure = error;
    }
  };

  MigrationRun(driver::ErasedStore& from, driver::ErasedStore& to, const MigrationOptions& wanted)
      : source(from), target(to), options(wanted), journal_(wanted.journal) {
    report_.dry_run = options.dry_run;
  }

  driver::ErasedStore& source;
  driver::ErasedStore& target;
  const MigrationOptions& options;

  /// Whether to read back what was written.
  [[nodiscard]] bool verifies() const { return options.verify == Verify::full; }
  /// The report so far.
  [[nodiscard]] MigrationReport& report() { return report_; }

  /// Begins a collection or bucket, or returns to one. All later results belong to it.
  void begin(MigrationKind kind) {
    progress_ = {.kind = std::move(kind)};
    const auto is_same = [&](const MigrationCounts& one) { return one.kind == progress_.kind; };
    const auto begun = std::find_if(report_.kinds.begin(), report_.kinds.end(), is_same);
    current_ = static_cast<std::size_t>(begun - report_.kinds.begin());
    if (begun == report_.kinds.end()) report_.kinds.push_back({.kind = progress_.kind});
  }
  /// The counts of the collection or bucket.
  [[nodiscard]] MigrationCounts& counts() { return report_.kinds[current_]; }
  /// Whether the source has a record or blob of this kind.
  [[nodiscard]] bool has_found() { return counts().found != 0; }
  /// Sets the total for progress reports.
  void expect(std::int64_t total) { progress_.total = total; }
  /// Adds a note on this collection or bucket.
  void note(const std::string& text) { report_.notes.push_back(progress_.kind.str() + ": " + text); }

  /// The collection or bucket failed as a whole.
  void fail_kind(const char* operation, const Error& error) {
    report_.failures.push_back({progress_.kind, {}, operation, error.code(), error.reason()});
  }

  /// Decides the outcome for an id that the target has with other content. The times are the `updated_at` of both
  /// sides.
  void settle_conflict(ItemResult& result, Timestamp in_source, Timestamp in_target) const {
    const bool is_newer = options.on_conflict == OnConflict::newer && in_source > in_target;
    if (is_newer || options.on_conflict == OnConflict::overwrite) {
      result.outcome = Outcome::overwritten;
    } else if (options.on_conflict == OnConflict::fail) {
      result.fail("compare", Error(Errc::already_exists, "the target has other content under this id"));
    } else {
      result.outcome = Outcome::skipped;
    }
  }

  /// Reports progress to the caller. From any thread.
  void advance(std::int64_t items, std::int64_t bytes) {
    const std::lock_guard lock(mutex_);
    progress_.done += items;
    progress_.bytes += bytes;
    if (!options.on_progress(progress_)) stopped_ = true;
  }
  /// Whether to stop. Asked before every step that would then be left out. From any thread.
  [[nodiscard]] bool stopping() {
    const std::lock_guard lock(mutex_);
    if (!stopped_ && options.stop.requested()) stopped_ = true;
    report_.cancelled = stopped_;
    return stopped_;
  }

  /// Reports the items that the source has but cannot read.
  void settle_unread(const std::vector<Error>& errors) {
    std::vector<ItemResult> results;
    for (const Error& error : errors) results.emplace_back(ItemResult{.id = error.id()}).fail("read", error);
    advance(static_cast<std::int64_t>(results.size()), 0);
    settle(results);
  }

  /// Adds results to the report and the journal, each once.
  void settle(const std::vector<ItemResult>& results) {
    MigrationCounts& counts = this->counts();
    for (const ItemResult& result : results) {
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
      journal_.write(counts.kind, options.dry_run, result);
    }
  }

 private:
  MigrationJournal journal_;
  MigrationReport report_;
  MigrationProgress progress_;
  std::size_t current_ = 0;  ///< in `report_.kinds`
  std::mutex mutex_;
  bool stopped_ = false;
};

}  // namespace reel::detail
