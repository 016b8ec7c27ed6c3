#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration/choices.hpp>
#include <reel/detail/migration/clock.hpp>
#include <reel/detail/migration/conflict.hpp>
#include <reel/detail/migration/journal.hpp>
#include <reel/detail/migration/migrated_item.hpp>
#include <reel/detail/migration/pace.hpp>
#include <reel/detail/migration/survey.hpp>
#include <reel/detail/migration/throttled_store.hpp>
#include <reel/detail/migration/verification_sample.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/migration/control.hpp>
#include <reel/migration/items.hpp>
#include <reel/migration/options.hpp>
#include <reel/migration/remedies.hpp>
#include <reel/migration/report.hpp>
#include <reel/migration/set.hpp>
#include <reel/timestamp.hpp>

namespace reel::detail {

/// A migration in progress: the two stores, the options, and the report so far. It has what copying records and copying
/// blobs share. Members marked "from any thread" may be called by several at once, the others by one at a time.
class MigrationRun {
  MigrationControl control_;
  StopCondition stop_{[this] { return stopping(); }};
  ThrottledStore throttled_source_, throttled_target_;

 public:
  /// `only`: the records and blobs to copy; null: all. Throws for options that cannot be followed, see
  /// `MigrationChoices`.
  MigrationRun(driver::ErasedStore& from, driver::ErasedStore& to, const MigrationSet& set,
               const MigrationOptions& wanted, const MigrationItems* only = nullptr)
      : control_(wanted.control.value_or(MigrationControl())),
        throttled_source_(from, control_.pace(), wanted.wait_for_store, stop_),
        throttled_target_(to, control_.pace(), wanted.wait_for_store, stop_),
        options(wanted),
        choices(set, wanted),
        source(throttled_source_),
        target(throttled_target_),
        only_(only) {
    pace().begin({wanted.parallelism, wanted.requests_per_second, wanted.bytes_per_second},
                 [this](const std::optional<Error>& error) { wait_for(error); });
    choices.count_from(now());
    report_.is_plan = options.plan;
    if (target.abilities().limits) limits_ = target.limits();
  }

  MigrationRun(const MigrationRun&) = delete;
  MigrationRun& operator=(const MigrationRun&) = delete;
  ~MigrationRun() { pace().end(); }

  const MigrationOptions& options;
  MigrationChoices choices;  ///< the options by collection and bucket
  driver::ErasedStore& source;
  driver::ErasedStore& target;

  /// The number of requests and blobs at the same time, at present.
  [[nodiscard]] int parallelism() const { return pace().limits().parallelism; }
  /// Whether records are created in the order of the source. In a local store this costs nothing.
  [[nodiscard]] bool keeps_order() const { return options.ordered || !throttled_target_.reconnects(); }
  /// The pauses for a blob, or a page of records, whose copying is repeated: until the source responds, or the target.
  [[nodiscard]] BackOff back_off(bool is_source = false) {
    return (is_source ? throttled_source_ : throttled_target_).back_off();
  }
  /// Whether the source is a server that may respond again.
  [[nodiscard]] bool source_reconnects() const { return throttled_source_.reconnects(); }
  /// Ends the run, which can be continued, because a store does not respond. From any thread.
  void halt(std::string_view operation, const Error& error) {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    if (halted_) return;
    halted_ = {.kind = progress_.kind,
               .operation = std::string(operation),
               .code = error.code(),
               .reason = error.reason(),
               .remedy = std::string(remedy_of(error.code(), operation))};
  }
  /// The error of `halt`, once nothing is copied in another thread; none if the run was not ended by one.
  [[nodiscard]] const std::optional<MigrationProblem>& halted() const { return halted_; }
  /// Adds the error of `halt` to the report, once nothing uses that in another thread. Whether there is one.
  bool report_halt() {
    if (halted_ && !is_halt_reported_) report_.failures.push_back(*halted_);
    is_halt_reported_ = halted_.has_value();
    report_.cancelled = report_.cancelled || is_halt_reported_;
    return is_halt_reported_;
  }

  /// Whether to read back this record or blob.
  [[nodiscard]] bool verifies(std::string_view id) const {
    return options.verify == Verify::full || (options.verify == Verify::sample && sample_.contains(id));
  }
  /// Sets the sample of the collection or bucket.
  void take(VerificationSample sample) { sample_ = sample; }
  /// The report so far.
  [[nodiscard]] MigrationReport& report() { return report_; }
  /// The times of the stages.
  [[nodiscard]] StageClock& clock() { return clock_; }
  /// The amounts of the kinds in the source.
  [[nodiscard]] MigrationSurvey& survey() { return survey_; }
  /// The limits of the target at the beginning.
  [[nodiscard]] const driver::StoreLimits& limits() const { return limits_; }
  /// Whether something of the collection or bucket is to be copied.
  [[nodiscard]] bool has(const MigrationKind& kind) const { return !only_ || only_->has(kind); }
  /// The ids to copy of this collection or bucket; null: all.
  [[nodiscard]] const std::vector<std::string>* ids() const { return only_ ? only_->of(progress_.kind) : nullptr; }

  /// Begins a collection or bucket, or returns to one. All later results belong to it.
  void begin(MigrationKind kind) {
    progress_.kind = std::move(kind);
    progress_.done = progress_.bytes = 0;
    progress_.total.reset();
    with_user_roles_ = 0;
    is_interrupted_ = false;
    const auto is_same = [&](const MigrationCounts& one) { return one.kind == progress_.kind; };
    const auto begun = std::find_if(report_.kinds.begin(), report_.kinds.end(), is_same);
    current_ = static_cast<std::size_t>(begun - report_.kinds.begin());
    if (begun == report_.kinds.end()) report_.kinds.push_back({.kind = progress_.kind});
    pace().report(progress_);
  }
  /// The collection or bucket.
  [[nodiscard]] const MigrationKind& kind() const { return progress_.kind; }
  /// The counts of the collection or bucket.
  [[nodiscard]] MigrationCounts& counts() { return report_.kinds[current_]; }
  /// The treatment of its conflicts.
  [[nodiscard]] OnConflict on_conflict() const { return choices.on_conflict(progress_.kind); }
  /// How many records or blobs of this kind have permissions for users, teams or labels.
  [[nodiscard]] std::int64_t with_user_roles() const { return with_user_roles_; }
  /// Looks up ids in the target with `requests` at the same time, and measures how long one takes. From any thread.
  template <class Container>
  auto look_up_target(const Container& container, const std::vector<std::string_view>& ids, int requests) {
    const Clock::time_point begin = Clock::now();
    auto found = driver::look_up(target, container, ids, requests);
    looked_up_ += (Clock::now() - begin).count();
    lookups_ += static_cast<std::int64_t>((ids.size() + driver::ids_per_query - 1) / driver::ids_per_query);
    return found;
  }
  /// How long a request to the target took so far, on average.
  [[nodiscard]] std::chrono::nanoseconds time_of_request() const {
    return lookups_ == 0 ? Clock::duration(0) : Clock::duration(looked_up_ / lookups_);
  }
  /// Whether the source has a record or blob of this kind.
  [[nodiscard]] bool has_found() { return counts().found != 0; }
  /// Takes the total of this collection or bucket from the survey.
  void expect() {
    progress_.all_total = survey_.items();
    if (const auto size = survey_.of(progress_.kind)) progress_.total = size->items;
  }
  /// Counts what the source has and a filter leaves out.
  void filter(std::int64_t items) {
    if (items <= 0) return;  // below 0, others have changed the source meanwhile
    counts().found += items;
    counts().filtered += items;
  }
  /// Adds a note on this collection or bucket.
  void note(const std::string& text) { report_.notes.push_back(progress_.kind.str() + ": " + text); }

  /// Reports what is wrong with the collection or bucket as a whole, or with an item that only the target has.
  void differ(const std::string& id, const char* operation, const Error& error) {
    add(report_.differences, {.id = id, .operation = operation, .code = error.code(), .reason = error.reason()});
  }
  /// The collection or bucket failed as a whole.
  void fail_kind(const char* operation, const Error& error) {
    add(report_.failures,
        {.operation = operation, .code = error.code(), .reason = error.reason(), .attribute = error.attribute()});
  }

  /// Decides the outcome for an id that the target has with other content. The times are the `updated_at` of both
  /// sides.
  void settle_conflict(MigratedItem& result, Timestamp in_source, Timestamp in_target) const {
    detail::settle_conflict(result, on_conflict(), in_source, in_target,
                            journal_ ? journal_->unchanged_since() : std::nullopt);
  }

  /// Reports progress to the caller. `bytes`: written ones; `work`: see `work_of`. From any thread.
  void advance(std::int64_t items, std::int64_t bytes, std::int64_t work) {
    const std::lock_guard lock(mutex_);
    add_progress(items, bytes, work);
    pace().report(progress_);
    if (!options.on_progress(progress_)) stopped_ = true;
  }
  /// Notes that another program has changed the source during the run. From any thread.
  void note_source_change() {
    const std::lock_guard lock(mutex_);
    report_.has_source_changed = true;
  }
  /// Whether to stop. Asked before every step that would then be left out. From any thread.
  [[nodiscard]] bool stopping() {
    const std::lock_guard lock(mutex_);
    if (!stopped_ && options.stop.requested()) stopped_ = true;
    report_.cancelled = stopped_;
    return stopped_;
  }

  /// Adds the results of a page to the report and to the journal, each once. `next`: the position after the page. Puts
  /// them on the media at intervals. After a page that was stopped none is journaled, so that the next run repeats it.
  void settle(const std::vector<MigratedItem>& results, const std::optional<driver::Cursor>& next) {
    MigrationCounts page;
    std::vector<const MigratedItem*> unrecorded;
    std::string kept;
    for (const MigratedItem& result : results) {
      if (!result.outcome) continue;
      add_item(page, result);
      with_user_roles_ += is_written(*result.outcome) && result.has_user_roles ? 1 : 0;
      report(result);
      const bool is_recorded = progress_.kind.bucket && !result.is_unread;
      if (!is_recorded && (result.failure || result.difference)) unrecorded.push_back(&result);
      if (!result.failure && !result.difference && result.outcome != Outcome::filtered)
        kept = result.target_id.empty() ? result.id : result.target_id;
    }
    counts() += page;
    if (page.found != static_cast<std::int64_t>(results.size())) is_interrupted_ = true;
    if (is_interrupted_) return;
    journaled([&] {
      journal_->page(progress_.kind, unrecorded, page, kept, next);
      checkpoint();
    });
  }
  /// Journals no later page of the collection or bucket, because one could not be settled.
  void interrupt() { is_interrupted_ = true; }
  /// Records a blob before its page is settled. From any thread.
  void record(const MigratedItem& item) {
    journaled([&] { journal_->item(progress_.kind, item); });
  }

  /// Opens the journal, if the options name one.
  void open_journal(const JournalBinding& binding) {
    if (options.journal.empty() || options.plan) return;
    journal_.emplace(options.journal, binding, target.abilities().sync);
    choices.count_from(journal_->started(), journal_->continued());
    report_.is_resumed = journal_->continues() && !journal_->finished_state();
  }
  /// Whether the journal has a complete migration without failures, after which nothing has changed: `state` is that of
  /// the stores at present, or empty. Otherwise a complete one begins again.
  [[nodiscard]] bool is_up_to_date(const JournalBinding& binding, const std::string& state) {
    if (!journal_ || !journal_->finished_state()) return false;
    if (!state.empty() && *journal_->finished_state() == state && !journal_->has_problems()) return true;
    journal_->restart(binding);
    choices.count_from(journal_->started(), journal_->continued());
    return false;
  }
  /// Whether the journal has a complete migration.
  [[nodiscard]] bool was_finished() const { return journal_ && journal_->finished_state(); }
  /// Adds the results of the complete migration in this collection or bucket to the report: nothing was copied again.
  void repeat() {
    MigrationCounts earlier = journal_->of(progress_.kind).counts;
    earlier.unchanged +=
        std::exchange(earlier.created, 0) + std::exchange(earlier.overwritten, 0) + std::exchange(earlier.renamed, 0);
    earlier.bytes = earlier.conflicting = 0;
    counts() += earlier;
    note("unchanged since the last run, and therefore not read");
  }
  /// Throws `conflict` if the target has lost what the journal has as copied.
  template <class Container>
  void check_kept(const Container& container) {
    const std::string kept = journal_ ? journal_->of(progress_.kind).kept : std::string();
    if (kept.empty()) return;
    const auto found = driver::look_up(target, choices.in_target(container), kept);
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
    const KindSize size{.items = earlier.counts.found, .bytes = earlier.counts.source_bytes};
    add_progress(earlier.counts.found, earlier.counts.bytes, work_of(progress_.kind, size));
    return &earlier;
  }
  /// Whether the target had nothing of the collection or bucket before the first run. `count`: returns how many it has
  /// now; called in the first run only.
  template <class Count>
  [[nodiscard]] bool began_empty(Count&& count) {
    const JournaledKind* const earlier = journal_ ? &journal_->of(progress_.kind) : nullptr;
    if (earlier && (earlier->began_empty || earlier->has_begun())) return earlier->began_empty;
    const bool is_empty = count() == 0;
    if (is_empty) journaled([&] { journal_->empty(progress_.kind); });
    return is_empty;
  }
  /// The state of the source before the first page of the first run; empty without a journal. `present`: returns the
  /// state now; called in the first run only.
  template <class Present>
  [[nodiscard]] std::string source_before(Present&& present) {
    if (!journal_) return {};
    if (!journal_->continues()) {
      const std::string state = present();
      journaled([&] { journal_->begin_with(state); });
    }
    return journal_->source_state();
  }
  /// Puts what the target holds back on its medium, and records that.
  void sync() {
    if (target.abilities().sync) target.sync();
    journaled([&] { journal_->synced(); });
  }
  /// Records that the migration is complete, which was synced. `state`: of the stores, see `MigrationState`.
  void finish_journal(const std::string& state) {
    journaled([&] { journal_->finished(state); });
  }

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] MigrationPace& pace() const { return control_.pace(); }
  /// Reports that a store does not respond, or responds again.
  void wait_for(const std::optional<Error>& error) {
    const std::lock_guard lock(mutex_);
    progress_.waits_for = error ? error->what() : "";
    pace().report(progress_);
    if (!options.on_progress(progress_)) stopped_ = true;
  }

  /// Writes to the journal with `write`, if there is one. If that fails, the run ends, because another one could not
  /// continue it. From any thread.
  template <class Write>
  void journaled(Write&& write) {
    if (!journal_ || has_lost_journal_) return;
    try {
      write();
    } catch (const Error& error) {
      has_lost_journal_ = true;
      halt("journal", error);
    }
  }

  /// Adds the failure and the difference of an item to the report.
  void report(const MigratedItem& item) {
    if (item.failure) add(report_.failures, problem_of(item));
    if (item.difference) add(report_.differences, difference_of(item));
  }
  void add_progress(std::int64_t items, std::int64_t bytes, std::int64_t work) {
    progress_.done += items;
    progress_.all_done += items;
    progress_.bytes += bytes;
    progress_.all_bytes += bytes;
    progress_.share = survey_.finish(work);
  }
  void add(std::vector<MigrationProblem>& problems, MigrationProblem problem) {
    problem.kind = progress_.kind;
    problem.remedy = remedy_of(problem.code, problem.operation);
    problems.push_back(std::move(problem));
  }
  /// Syncs once a second, and no more than a tenth of the time.
  void checkpoint() {
    const Clock::time_point begin = Clock::now();
    if (begin < next_sync_) return;
    sync();
    const Clock::time_point end = Clock::now();
    next_sync_ = end + std::max<Clock::duration>(std::chrono::seconds(1), 9 * (end - begin));
  }

  const MigrationItems* only_;
  driver::StoreLimits limits_;
  StageClock clock_;
  MigrationSurvey survey_;
  std::optional<MigrationJournal> journal_;
  std::atomic<bool> has_lost_journal_{false};
  Clock::time_point next_sync_ = Clock::now() + std::chrono::seconds(1);
  MigrationReport report_;
  MigrationProgress progress_;
  VerificationSample sample_;
  std::size_t current_ = 0;      ///< in `report_.kinds`
  bool is_interrupted_ = false;  ///< a page of the collection or bucket was stopped
  std::int64_t with_user_roles_ = 0;
  std::atomic<std::int64_t> lookups_ = 0;
  std::atomic<Clock::rep> looked_up_ = 0;
  std::mutex mutex_;
  bool stopped_ = false;
  std::optional<MigrationProblem> halted_{};
  bool is_halt_reported_ = false;
};

}  // namespace reel::detail
