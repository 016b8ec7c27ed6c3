#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/detail/migration/mirror_container.hpp>
#include <reel/detail/migration/mirror_journal.hpp>
#include <reel/detail/migration/mirror_kind.hpp>
#include <reel/detail/migration/mirror_pace.hpp>
#include <reel/detail/migration/walk.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/driver/parallel.hpp>
#include <reel/driver/transient.hpp>
#include <reel/migrate.hpp>
#include <reel/mirror.hpp>
#include <reel/verify.hpp>

namespace reel::detail {

/// Runs a mirror:
///
///     begin      a position of each kind, in the journal         before the copy, so that nothing is missed after it
///     copy       migrate
///     round      read_changes   of all kinds, the last first: what a record refers to is read after it
///                apply          in the order of references
///                remove         in the opposite order
///     checkpoint sync of the target, then the journal            at most once a second
///     cut_over   settle, positions in the target, verify, one more round that finds nothing, turn the journal
class MirrorRun {
 public:
  MirrorRun(driver::ErasedStore& source, driver::ErasedStore& target, const MigrationSet& set,
            const MirrorOptions& options)
      : source_(source),
        target_(target),
        set_(set),
        options_(options),
        stores_{.source = source,
                .target = target,
                .options = {.on_conflict = OnConflict::overwrite,
                            .verify = Verify::none,
                            .parallelism = options.parallelism,
                            .wait_for_store = std::chrono::milliseconds(0),  // `try_round` waits
                            .on_progress = [this](const MigrationProgress&) { return tell_meanwhile(); },
                            .stop = StopCondition([this] { return stopping(); })}} {}
  MirrorRun(const MirrorRun&) = delete;
  MirrorRun& operator=(const MirrorRun&) = delete;

  /// Runs until the end that the options ask for.
  [[nodiscard]] MirrorReport run() {
    open();
    if (is_ready()) report_.end = follow();
    checkpoint(true);
    report_.applied = stores_.applied;
    report_.removed = stores_.removed;
    for_each_kind([&](const MirrorKind& kind) {
      for (const auto& [id, problem] : kind.failures()) report_.waiting.push_back(problem);
    });
    return std::move(report_);
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::milliseconds;

  template <class Visit>
  void for_each_kind(Visit&& visit) {
    for (const std::unique_ptr<MirrorKind>& kind : kinds_) visit(*kind);
  }
  [[nodiscard]] bool stopping() {
    if (options_.stop.requested()) stopped_ = true;
    return stopped_;
  }

  /// Checks the options, and opens the journal and the feeds.
  void open() {
    driver::check_parallelism(options_.parallelism);
    if (options_.poll_every.count() < 1) throw Error(Errc::invalid, "poll_every must be at least 1 ms");
    if (options_.journal.empty()) throw Error(Errc::invalid, "a mirror needs a journal; name a file for it");
    if (!source_.abilities().identity || !target_.abilities().identity)
      throw Error(Errc::unsupported, "a mirror needs two stores that identify their data");
    const driver::StoreIdentity from = source_.identity(), to = target_.identity();
    const bool shares_blobs = share_blobs(from, to, set_);
    target_reconnects_ = to.reconnects;
    detail::for_each_kind(source_.abilities(), target_.abilities(), set_, [&](const auto& kind) {
      using Container = std::remove_cvref_t<decltype(kind)>;
      if (shares_blobs && std::is_same_v<Container, Bucket>) return;
      kinds_.push_back(std::make_unique<MirrorContainer<Container>>(stores_, kind));
    });
    journal_.emplace(options_.journal, from.str(), to.str());
  }

  /// Whether a kind of the source has a feed for which `holds(traits)`.
  template <class Holds>
  [[nodiscard]] bool any_feed(Holds&& holds) const {
    return std::ranges::any_of(kinds_, [&](const auto& kind) { return kind->traits() && holds(*kind->traits()); });
  }

  /// Continues the kinds of the journal, begins the others, and copies. False if the copy was not completed.
  bool is_ready() {
    for_each_kind([&](MirrorKind& kind) {
      const std::string name = kind.kind().str();
      if (journal_->has(name)) kind.resume(journal_->of(name));
      kind.sets_up = journal_->is_turned() || journal_->is_copied();
    });
    std::vector<MirrorKind*> begun;
    for_each_kind([&](MirrorKind& kind) {
      if (journal_->has(kind.kind().str())) return;
      if (stopping()) return;
      kind.begin(begin_compares(kind));
      begun.push_back(&kind);
    });
    if (stopping()) return false;  // a comparison may be incomplete
    for (MirrorKind* const kind : begun) kind->record_begin(*journal_);
    if (!begun.empty()) journal_->sync();
    behind_since_ = Clock::now();
    return journal_->is_copied() || copy();
  }
  /// Whether the kind, which is new, has to be compared after the copy: if the target has some of it. Throws `conflict`
  /// if that is not what the source has, because the mirror would remove or overwrite it.
  bool begin_compares(MirrorKind& kind) {
    if (kind.is_target_empty()) return journal_->is_copied();
    if (options_.delete_extra) return true;
    const VerificationReport found =
        verify(source_, target_, kind.set(),
               {.by_digests = true, .on_progress = stores_.options.on_progress, .stop = stores_.options.stop});
    if (found.differences.empty() && found.extra.empty()) return true;
    const VerificationCounts& counts = found.kinds.front();
    throw Error(Errc::conflict, "the target has other content in " + kind.kind().str() + " (" +
                                    std::to_string(counts.extra) + " only there, " + std::to_string(counts.differing) +
                                    " different), which a mirror would remove or overwrite; empty it, or allow that "
                                    "with delete_extra");
  }
  /// Copies everything. What failed or changed meanwhile is applied by the first round. False if it was stopped, or a
  /// collection or bucket as a whole could not be copied.
  bool copy() {
    const std::string journal = options_.journal + ".copy";
    report_.copy = migrate(source_, target_, set_,
                           {.on_conflict = OnConflict::overwrite,
                            .verify = options_.verify,
                            .parallelism = options_.parallelism,
                            .journal = journal,
                            .on_progress = options_.on_progress,
                            .stop = stores_.options.stop});
    if (report_.copy->cancelled && !stopping() && !report_.copy->failures.empty()) {
      const MigrationProblem& last = report_.copy->failures.back();  // what ended the copy
      throw continuing(Error(last.code, last.reason));
    }
    if (report_.copy->cancelled) return false;
    report_.end = MirrorEnd::behind;
    for (const MigrationProblem& problem : report_.copy->failures) {
      if (problem.code == Errc::unauthorized) throw continuing(Error(problem.code, problem.reason));
    }
    const auto is_whole = [](const MigrationProblem& problem) { return problem.id.empty(); };
    if (std::ranges::any_of(report_.copy->failures, is_whole)) return false;
    for (const MigrationProblem& problem : report_.copy->failures) wait_for(problem);
    for (const MigrationProblem& problem : report_.copy->differences) wait_for(problem);
    for_each_kind([&](MirrorKind& kind) { kind.record(*journal_); });
    journal_->copied();
    journal_->sync();
    driver::posix_calls().unlink(journal);
    return true;
  }
  void wait_for(const MigrationProblem& problem) {
    for_each_kind([&](MirrorKind& kind) {
      if (kind.kind() == problem.kind) kind.fail(problem.id, problem.operation, Error(problem.code, problem.reason));
    });
  }

  /// Applies changes until the end that the options ask for.
  MirrorEnd follow() {
    std::optional<Clock::time_point> deadline;
    for (int stuck = 0;;) {
      const Clock::time_point begin = Clock::now();
      const bool is_quiet = try_round();
      if (!tell()) return MirrorEnd::stopped;
      // The first round applies a backlog, which may take longer than the patience.
      if (!deadline) deadline = Clock::now() + options_.patience;
      const bool is_late = begin >= *deadline;
      if (options_.cut_over) {
        if (is_quiet && cut_over()) return MirrorEnd::cut_over;
        if (has_difference_) return MirrorEnd::behind;
      } else if (!options_.follow) {
        if (!waits_for_ && pending() == 0 && !owes_comparison_) return MirrorEnd::caught_up;
        stuck = has_proceeded_ ? 0 : stuck + 1;
        if (!offline_ && stuck >= most_stuck) return MirrorEnd::behind;
      }
      if (is_late && !options_.follow) {
        if (offline_) throw Error(*offline_);
        return MirrorEnd::behind;
      }
      wait(is_quiet);
      if (stopping()) return MirrorEnd::stopped;
    }
  }
  /// Rounds without progress after which a mirror that does not follow ends.
  static constexpr int most_stuck = 3;

  /// A round. Returns whether it found nothing to do and nothing waits. The errors of a server that may respond again
  /// are noted in `waits_for_`.
  bool try_round() {
    offline_.reset();
    waits_for_.reset();
    is_quiet_ = false;
    try {
      const Clock::time_point begin = Clock::now();
      const bool is_quiet = round();
      if (is_quiet || pending() == 0) behind_since_ = begin;
      for_each_kind([&](const MirrorKind& kind) {
        if (!kind.failures().empty()) note_failure(kind.failures().begin()->second);
      });
      is_quiet_ = is_quiet;
      return is_quiet;
    } catch (const Error& error) {
      const Errc code = error.code();
      if (code == Errc::cancelled && stopping()) return false;
      const bool reconnects = target_reconnects_ || any_feed([](const auto& traits) { return traits.reconnects; });
      if (!driver::is_transient(code) || !reconnects) throw continuing(error);
      offline_ = waits_for_ = error;
    }
    return false;
  }
  void note_failure(const MigrationProblem& problem) {
    if (!waits_for_)
      waits_for_ =
          Error(problem.code, problem.kind.str() + " " + problem.id + ": " + problem.operation + ": " + problem.reason);
  }
  /// The error with what to do about it.
  [[nodiscard]] Error continuing(const Error& error) const {
    const bool is_session = error.code() == Errc::unauthorized;
    return Error(error.code(),
                 error.reason() + (is_session ? "; renew the session or the key, and mirror again" : "; mirror again") +
                     ": it continues from the journal '" + options_.journal + "'",
                 error.context());
  }

  bool round() {
    const std::int64_t before = stores_.applied + stores_.removed;
    const std::int64_t pending_before = pending();
    std::int64_t found = 0;
    for (const auto& kind : std::views::reverse(kinds_)) found += kind->read_changes();
    for_each_kind([&](MirrorKind& kind) {
      if (!stopping()) kind.apply();
      if (kind.has_written()) checkpoint(false);
    });
    for (const auto& kind : std::views::reverse(kinds_)) {
      if (!stopping()) kind->remove();
    }
    checkpoint(false);
    const bool has_written = stores_.applied + stores_.removed != before;
    compare_derived(has_written);
    const bool has_changed = found > 0 || has_written || owes_comparison_;
    has_proceeded_ = has_changed || pending() < pending_before;
    return !has_changed && pending() == 0 && !stopping();
  }
  /// In a target that settles, records are derived from the files of others, so a write may change what was compared
  /// before it. Unless more changes are to follow, everything is compared again after writes.
  void compare_derived(bool has_written) {
    if (options_.follow || !target_.abilities().settle) return;
    owes_comparison_ = has_written;
    if (has_written) for_each_kind([](MirrorKind& kind) { kind.compare_next(); });
  }
  [[nodiscard]] std::int64_t pending() {
    std::int64_t sum = 0;
    for_each_kind([&](const MirrorKind& kind) { sum += static_cast<std::int64_t>(kind.pending().size()); });
    return sum;
  }

  /// Puts the target on its medium and then the state of all kinds into the journal, at most once a second unless it
  /// `must`.
  void checkpoint(bool must) {
    if (!journal_ || (!must && Clock::now() < next_checkpoint_)) return;
    bool has_written = false, is_unrecorded = false;
    for_each_kind([&](const MirrorKind& kind) {
      has_written = has_written || kind.has_written();
      is_unrecorded = is_unrecorded || kind.is_unrecorded();
    });
    if (!is_unrecorded || (!must && !journal_->is_copied())) return;
    if (has_written && target_.abilities().sync) target_.sync();
    for_each_kind([&](MirrorKind& kind) {
      if (kind.is_unrecorded()) kind.record(*journal_);
    });
    journal_->sync();
    next_checkpoint_ = Clock::now() + std::chrono::seconds(1);
  }

  /// After a round that found nothing: exchanges the roles of the stores. False if the source has changed meanwhile, or
  /// if the stores differ.
  bool cut_over() {
    if (target_.abilities().settle) target_.settle();
    checkpoint(true);
    std::map<std::string, std::string> tokens = target_tokens();
    VerificationReport verified;
    for_each_kind([&](MirrorKind& kind) { kind.verify(verified); });
    if (stopping()) return false;
    // A source without history may have been written with earlier times, and settling may have changed the target.
    const bool is_settled = target_.abilities().settle;
    for_each_kind([&](MirrorKind& kind) {
      if (is_settled || (kind.traits() && !kind.traits()->is_history)) kind.compare_next();
    });
    if (!try_round()) return false;
    has_difference_ = !verified.clean();
    report_.verified = std::move(verified);
    if (has_difference_) return false;
    checkpoint(true);
    if (target_.abilities().sync) target_.sync();
    journal_->turn(tokens);
    return true;
  }
  /// The present positions of the target. None of a kind that the target does not have.
  [[nodiscard]] std::map<std::string, std::string> target_tokens() {
    std::map<std::string, std::string> tokens;
    MirrorStores back{.source = target_, .target = source_, .options = {}};
    detail::for_each_kind(target_.abilities(), source_.abilities(), set_, [&](const auto& container) {
      MirrorContainer<std::remove_cvref_t<decltype(container)>> kind(back, container);
      kind.begin(false);
      tokens[kind.kind().str()] = kind.token();
    });
    return tokens;
  }

  /// Reports the lag, during a round at most once a second. False to stop. From any thread of a copy, by one at a time.
  bool tell_meanwhile() { return Clock::now() < next_report_ ? !stopped_ : tell(); }
  /// Reports the lag. False to stop.
  bool tell() {
    next_report_ = Clock::now() + std::chrono::seconds(1);
    const auto behind = std::chrono::ceil<Milliseconds>(Clock::now() - behind_since_);  // not 0 after a quick round
    const MirrorLag lag{.behind = is_quiet_ ? Milliseconds{0} : behind,
                        .pending = pending(),
                        .applied = stores_.applied,
                        .removed = stores_.removed,
                        .waits_for = waits_for_};
    if (!options_.on_lag(lag)) stopped_ = true;
    return !stopping();
  }
  /// Waits before the next round.
  void wait(bool is_quiet) {
    const bool grows = is_quiet && any_feed([](const auto& traits) { return traits.backs_off; });
    MirrorPace::wait(waits_for_ ? pace_.after(*waits_for_) : pace_.after_round(grows), [this] { return stopping(); });
  }
  driver::ErasedStore& source_;
  driver::ErasedStore& target_;
  const MigrationSet& set_;
  const MirrorOptions& options_;
  MirrorStores stores_;
  std::vector<std::unique_ptr<MirrorKind>> kinds_{};  ///< in the order of references, then buckets
  std::optional<MirrorJournal> journal_{};
  MirrorReport report_{};
  bool target_reconnects_ = false;  ///< a store may respond again after an error
  bool stopped_ = false;
  bool is_quiet_ = false;                          ///< the last round has ended and found nothing to do
  bool has_proceeded_ = false;                     ///< the last round did anything
  bool owes_comparison_ = false;                   ///< see `compare_derived`
  bool has_difference_ = false;                    ///< found by the cut-over
  std::optional<Error> waits_for_{};               ///< why the last round left something
  std::optional<Error> offline_{};                 ///< the last round failed as a whole
  Clock::time_point behind_since_ = Clock::now();  ///< the target had everything of then
  Clock::time_point next_checkpoint_{};
  Clock::time_point next_report_ = Clock::now() + std::chrono::seconds(1);
  MirrorPace pace_{options_.poll_every};
};

REEL_INLINE MirrorReport mirror(driver::ErasedStore& source, driver::ErasedStore& target, const MigrationSet& set,
                                const MirrorOptions& options) {
  return MirrorRun(source, target, set, options).run();
}

}  // namespace reel::detail
