#pragma once

#include <algorithm>
#include <chrono>
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
#include <reel/driver/look_up.hpp>
#include <reel/driver/query_tree.hpp>
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
  MigrationRun(driver::ErasedStore& from, driver::ErasedStore& to, const MigrationOptions& wanted)
      : source(from), target(to), options(wanted) {
    report_.is_plan = options.plan;
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
  void settle_conflict(MigratedItem& result, Timestamp in_source, Timestamp in_target) const {
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

  /// The results of the items that the source has but cannot read.
  [[nodiscard]] static std::vector<MigratedItem> unread(const std::vector<Error>& errors) {
    std::vector<MigratedItem> results;
    for (const Error& error : errors)
      results.emplace_back(MigratedItem{.id = error.id(), .is_unread = true}).fail("read", error);
    return results;
  }

  /// Adds the results of a page to the report and to the journal, each once. `next`: the position after the page. Puts
  /// them on the media at intervals.
  void settle(const std::vector<MigratedItem>& results, const std::optional<driver::Cursor>& next) {
    MigrationCounts page;
    std::vector<const MigratedItem*> unrecorded;
    std::string kept;
    for (const MigratedItem& result : results) {
      if (!result.outcome) continue;
      page.add(*result.outcome);
      page.bytes += result.bytes;
      page.verified += result.verified ? 1 : 0;
      page.differing += result.difference ? 1 : 0;
      report(result);
      const bool is_recorded = progress_.kind.bucket && !result.is_unread;
      if (!is_recorded && (result.failure || result.difference)) unrecorded.push_back(&result);
      if (!result.failure) kept = result.id;
    }
    counts() += page;
    const bool is_whole = page.found == static_cast<std::int64_t>(results.size());  // else it was stopped
    if (!journal_ || !is_whole) return;
    journal_->page(progress_.kind, unrecorded, page, kept, next);
    checkpoint();
  }
  /// Records a blob before its page is settled. From any thread.
  void record(const MigratedItem& item) {
    if (journal_) journal_->item(progress_.kind, item);
  }

  /// Opens the journal, if the options name one.
  void open_journal(const JournalBinding& binding) {
    if (options.journal.empty() || options.plan) return;
    journal_.emplace(options.journal, binding, target.abilities().sync);
  }
  /// Throws `conflict` if the target has lost what the journal has as copied.
  template <class Container>
  void check_kept(const Container& container) {
    const std::string kept = journal_ ? journal_->of(progress_.kind).kept : std::string();
    if (kept.empty()) return;
    const auto found = driver::look_up(target, container, kept);
    if (found.error) throw *found.error;
    if (!found.found)
      throw Error(Errc::conflict, "the target has lost '" + kept + "' of " + progress_.kind.str() +
                                      ", which the journal '" + options.journal +
                                      "' has as copied; remove the journal to begin again");
  }
  /// Adds the results of earlier runs in this collection or bucket to the report, and returns them; null without a
  /// journal.
  [[nodiscard]] const JournaledKind* resume() {
    if (!journal_) return nullptr;
    const JournaledKind& earlier = journal_->of(progress_.kind);
    counts() += earlier.counts;
    for (MigrationProblem problem : earlier.failures) add(report_.failures, std::move(problem));
    for (MigrationProblem problem : earlier.differences) add(report_.differences, std::move(problem));
    progress_.done = earlier.counts.found;
    progress_.bytes = earlier.counts.bytes;
    return &earlier;
  }
  /// Puts what the target holds back on its medium, and records that. The whole migration is complete with
  /// `is_finished`.
  void sync(bool is_finished) {
    if (target.abilities().sync) target.sync();
    if (!journal_) return;
    is_finished ? journal_->finished() : journal_->synced();
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// Adds the failure and the difference of an item to the report.
  void report(const MigratedItem& item) {
    if (item.failure)
      add(report_.failures, {{}, item.id, item.operation, item.failure->code(), item.failure->reason()});
    if (item.difference)
      add(report_.differences, {{}, item.id, "verify", item.difference->code(), item.difference->reason()});
  }
  void add(std::vector<MigrationProblem>& problems, MigrationProblem problem) {
    problem.kind = progress_.kind;
    problems.push_back(std::move(problem));
  }
  /// Syncs once a second, and no more than a tenth of the time.
  void checkpoint() {
    const Clock::time_point begin = Clock::now();
    if (begin < next_sync_) return;
    sync(false);
    const Clock::time_point end = Clock::now();
    next_sync_ = end + std::max<Clock::duration>(std::chrono::seconds(1), 9 * (end - begin));
  }

  std::optional<MigrationJournal> journal_;
  Clock::time_point next_sync_ = Clock::now() + std::chrono::seconds(1);
  MigrationReport report_;
  MigrationProgress progress_;
  std::size_t current_ = 0;  ///< in `report_.kinds`
  std::mutex mutex_;
  bool stopped_ = false;
};

}  // namespace reel::detail
