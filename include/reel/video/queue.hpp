#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/video/claim.hpp>
#include <reel/video/claim_rounds.hpp>
#include <reel/video/queue_core.hpp>
#include <reel/video/queue_intake.hpp>
#include <reel/video/queue_scan.hpp>
#include <reel/video/queue_signal.hpp>

namespace reel::video {

/// How long `Queue::wait_next` waits.
struct WaitForWork {
  std::stop_token stop{};                              ///< ends the wait
  std::optional<std::chrono::milliseconds> timeout{};  ///< none: until a video comes or `stop`
};

/// Why a video is claimed next, or not: the result of `Queue::explain`.
struct QueueExplanation {
  bool is_claimable = false;          ///< whether the next `claim_next` may return it
  std::string reason{};               ///< a sentence
  std::optional<QueueEntry> entry{};  ///< the entry, if the video has one
};

/// Videos that wait for workers. Any number of threads, programs and computers share a queue by its name; each video
/// goes to exactly one of them.
///
///     video::Queue queue(store);
///     queue.setup();
///     queue.add({.topic = "Bayes' theorem"});
///     while (auto claim = queue.claim_next("worker-1", 30s)) {
///       catalog.attach_final(claim->id(), from_file(render(claim->video())));
///       claim->complete();
///     }
///
/// - The video with the highest priority is claimed first, of those the one that was queued first. Processes that claim
///   at the same time choose among the first videos of equal priority.
/// - A claim has a lease. A worker that ends or is stopped for longer loses the video, and another one gets it.
/// - A claim has an epoch. A worker whose claim was lost cannot complete, fail or release the video any more.
/// - A failed video is tried again after a backoff, and is dead after `QueueOptions::max_attempts`.
/// - The state of a claimed video is `Stage::busy`. Older workers look at `status` alone and do not take such a video.
/// - Videos that older programs queue by `status` alone are found too. A program that changes `status` without a
///   condition may take the same video as a worker; see `docs/guide/queue.md`.
///
/// A `Queue` is a cheap handle: copies share a thread that waits for work. Use it from several threads at once. The
/// backend must outlive it and its claims. Errors are those of `Repository`. Clocks of workers need not agree: leases
/// are measured by the clock of the store.
template <class Backend>
requires RecordBackend<Backend> && BlobBackend<Backend>
class Queue {
 public:
  /// A handle on the queue in `backend`. Accesses nothing. Throws `invalid` for options out of range.
  explicit Queue(Backend& backend, QueueOptions options = {})
      : core_(std::make_shared<detail::QueueCore<Backend>>(backend, std::move(options))),
        intake_(std::make_shared<detail::QueueIntake<Backend>>(core_)),
        scan_(std::make_shared<detail::QueueScan<Backend>>(core_)),
        rounds_(std::make_shared<detail::ClaimRounds<Backend>>(core_, scan_)),
        signal_(std::make_shared<detail::QueueSignal<Backend>>(core_)) {}

  /// The options as passed to the constructor.
  [[nodiscard]] const QueueOptions& options() const noexcept { return core_->options(); }

  /// Creates the collections and buckets of the catalog and of the queue.
  void setup() const {
    core_->catalog().setup();
    core_->entries().setup();
    core_->controls().setup();
    try {
      core_->controls().create({}, {.id = core_->control_id()});
    } catch (const Error& error) {
      if (error.code() != Errc::already_exists) throw;
    }
  }

  /// Creates a video and queues it. No worker gets it without its priority and delay. A program that ends in between
  /// leaves a video that is queued all the same, or an entry without a video, which the queue removes after a minute.
  /// Errors as `Catalog::create_video`.
  StoredVideo add(NewVideo video, const QueueVideo& how = {}, std::vector<NewScene> scenes = {}) const {
    video.status = options().stage.sources.front();
    return intake_->add(std::move(video), how, std::move(scenes));
  }

  /// Queues an existing video: for the first time, again after it was completed, failed or dead, or with another
  /// priority if it waits. Moves it to a state from which the queue takes it: from `planning`, for example, to
  /// `ready_for_render`. No worker gets it without its priority and delay, so do not move it before.
  ///
  /// Throws:
  /// - `conflict`: the video is claimed, or in a state from which it cannot be queued
  /// - `not_found`: no video has the id
  void enqueue(const Id<Video>& id, const QueueVideo& how = {}) const { intake_->enqueue(id, how); }

  /// Claims the next video for `worker`, or returns nothing if none can be claimed now. `lease`: the time that the
  /// worker may be silent, at least 10 ms.
  ///
  /// Requests: two reads and, for a claim, one read and three writes; threads that ask at the same time share them.
  /// Throws `invalid` for an empty name or one of
  /// more than 128 characters, and for a lease out of range.
  [[nodiscard]] std::optional<Claim<Backend>> claim_next(const std::string& worker,
                                                         std::chrono::milliseconds lease) const {
    detail::check_worker(worker, lease);
    auto claimed = rounds_->next(worker, lease);
    if (!claimed) return std::nullopt;
    return Claim<Backend>(core_, std::move(claimed->first), std::move(claimed->second));
  }

  /// As `claim_next`, but waits until there is a video, until `stop`, or until the timeout. Woken by a change where the
  /// store signals one, and by the end of a lease, a delay or a backoff. Looks for a video each `QueueOptions::poll` if
  /// the store has no signal, and each half minute otherwise.
  [[nodiscard]] std::optional<Claim<Backend>> wait_next(const std::string& worker, std::chrono::milliseconds lease,
                                                        const WaitForWork& how = {}) const {
    using Clock = std::chrono::steady_clock;
    const auto end = how.timeout ? Clock::now() + *how.timeout : Clock::time_point::max();
    Timestamp looked{};
    for (bool has_work = true;;) {  // unknown at first
      const auto seen = signal_->start();
      const bool is_live = signal_->is_live();  // before the look: a change after it is signalled
      if (how.stop.stop_requested()) return std::nullopt;
      if (has_work) {
        looked = core_->now();
        if (auto claim = claim_next(worker, lease)) return claim;
      }
      const auto now = Clock::now();
      if (now >= end) return std::nullopt;
      const auto longest = scan_->until_next(looked, is_live ? longest_wait() : options().poll);
      has_work = signal_->wait(seen, std::min<Clock::duration>(longest, end - now), how.stop);
    }
  }

  /// Stops claims until `resume`. Claims that are held stay valid. One request.
  void pause() const { set_paused(true); }
  /// Allows claims again. One request.
  void resume() const { set_paused(false); }
  /// Whether the queue is paused. One request. Throws `not_found` if the queue was not set up.
  [[nodiscard]] bool is_paused() const { return core_->is_paused(); }

  /// Queues a dead video again, with all its attempts. False if the video is not dead.
  bool redrive(const Id<Video>& id) const {
    const std::optional<Record<QueueEntry>> entry = core_->entries().find(Id<QueueEntry>{id.str()});
    if (!entry || entry->value.state != EntryState::dead || entry->value.queue != options().name) return false;
    enqueue(id, {.priority = entry->value.priority});
    return true;
  }
  /// Queues all dead videos again, and returns their number.
  std::int64_t redrive_all() const {
    std::int64_t count = 0;
    for (const Record<QueueEntry>& entry : core_->entries().all(query(EntryState::dead)))
      count += redrive(Id<Video>{entry.id.str()}) ? 1 : 0;
    return count;
  }

  /// The number of videos of this queue in a state. One request.
  [[nodiscard]] std::int64_t count(EntryState state) const { return core_->entries().count(query(state)); }
  /// One page of the entries of this queue in a state, in the order of claims. One request.
  [[nodiscard]] Page<QueueEntry> list(EntryState state, std::int64_t limit = 25) const {
    return core_->entries().list(query(state).limit(limit));
  }

  /// All entries of this queue in a state, in the order of claims, read page by page.
  [[nodiscard]] RecordRange<QueueEntry, Backend> all(EntryState state) const {
    return core_->entries().all(query(state));
  }

  /// Why the video is claimed next or not. Three requests. For people: the reason is a sentence.
  [[nodiscard]] QueueExplanation explain(const Id<Video>& id) const {
    const std::optional<StoredVideo> video = core_->catalog().find(id);
    QueueExplanation explanation{.reason = "no video has the id"};
    if (!video) return explanation;
    if (const auto entry = core_->entries().find(Id<QueueEntry>{id.str()})) explanation.entry = entry->value;
    const bool is_source = core_->is_source(video->value.status);
    explanation.reason = detail::reason_of(explanation.entry, options(), is_source, video->status_text, core_->now());
    explanation.is_claimable = explanation.reason.empty();
    if (explanation.is_claimable && is_paused()) {
      explanation = {.reason = "the queue '" + options().name + "' is paused", .entry = explanation.entry};
    } else if (explanation.is_claimable) {
      explanation.reason = ahead_of(explanation.entry);
    }
    return explanation;
  }

  /// Ends claims whose lease has ended, and queues videos that older programs have queued by their state. Claims do
  /// this as needed.
  void maintain() const { scan_->run(); }

 private:
  /// Between two looks for work although the store would have signalled it.
  [[nodiscard]] std::chrono::milliseconds longest_wait() const {
    return std::max<std::chrono::milliseconds>(options().poll, std::chrono::seconds{30});
  }

  /// The entries of this queue in a state, in the order of claims.
  [[nodiscard]] Query<QueueEntry> query(EntryState state) const { return scan_->in_order(state).limit(100); }

  void set_paused(bool paused) const {
    core_->controls().update(core_->control_id(), Patch<QueueControl>{}.set(field<&QueueControl::is_paused>, paused));
    signal_->notify();
  }

  /// The number of videos that are claimed before.
  [[nodiscard]] std::string ahead_of(const std::optional<QueueEntry>& entry) const {
    if (!entry || entry->state != EntryState::waiting) return "it is queued by its state and will be claimed";
    const auto earlier =
        field<&QueueEntry::priority> > entry->priority ||
        (field<&QueueEntry::priority> == entry->priority && field<&QueueEntry::queued_at> < entry->queued_at);
    const std::int64_t count = core_->entries().count(
        scan_->in_order(EntryState::waiting).where(earlier && field<&QueueEntry::ready_at> <= core_->now()));
    return count == 0 ? "it is the next one" : std::to_string(count) + " videos are claimed before it";
  }

  std::shared_ptr<detail::QueueCore<Backend>> core_;
  std::shared_ptr<detail::QueueIntake<Backend>> intake_;
  std::shared_ptr<detail::QueueScan<Backend>> scan_;
  std::shared_ptr<detail::ClaimRounds<Backend>> rounds_;
  std::shared_ptr<detail::QueueSignal<Backend>> signal_;
};

}  // namespace reel::video
