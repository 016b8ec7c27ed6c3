#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include <reel/video/queue_core.hpp>
#include <reel/watch.hpp>

namespace reel::video::detail {

/// Wakes the threads that wait for work. Watches, started by the first wait:
///
///     entries     one waits now: work               one does not wait any more: a claim, whose lease may end first
///     videos      one is in a source of the queue: work
///     control     the queue is not paused now: work
///
/// Thread-safe.
template <class Backend>
class QueueSignal {
 public:
  explicit QueueSignal(std::shared_ptr<QueueCore<Backend>> core) : core_(std::move(core)) {}

  using Clock = std::chrono::steady_clock;
  /// The numbers of changes.
  struct Seen {
    std::uint64_t work = 0;    ///< there may be something to claim
    std::uint64_t claims = 0;  ///< an entry has left the queue

    /// Compares both.
    friend bool operator==(const Seen&, const Seen&) = default;
  };

  /// Starts the watches if they do not run. Returns the changes so far, for `wait`.
  Seen start() {
    std::vector<WatchHandle> ended;  // their callbacks may wait for the lock, so they outlive it
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    const bool has_ended = std::ranges::any_of(watches_, &WatchHandle::has_ended);
    if (has_ended && now - started_at_ >= core_->options().poll) ended.swap(watches_);
    if (watches_.empty()) {
      start_watches();
      started_at_ = now;
    }
    return seen_;
  }

  /// Whether every later change wakes the threads at once. Otherwise the store has to be asked.
  [[nodiscard]] bool is_live() const {
    const std::lock_guard lock(mutex_);
    return std::ranges::all_of(watches_, [](const WatchHandle& watch) {
      return !watch.has_ended() && watch.status().state == WatchState::live;
    });
  }

  /// Wakes all threads that wait.
  void notify() { count(&Seen::work); }

  /// Waits until there are more changes than `seen`, for `longest` at most, or until `stop`. False if there are more
  /// claims but no work.
  bool wait(const Seen& seen, Clock::duration longest, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    const bool has_changed = changed_.wait_for(lock, stop, longest, [&] { return seen_ != seen; });
    return !has_changed || seen_.work != seen.work;
  }

 private:
  void start_watches() {
    WatchOptions options{.from = from_now, .bookmark_every = {}};
    options.poll_every = core_->options().poll;
    const auto wake = [this](const auto& change) {
      if (change.kind == ChangeKind::left) return count(&Seen::claims);
      if (change.kind != ChangeKind::removed) notify();  // a bookmark too: changes before it were not watched
    };
    watches_.push_back(
        core_->entries().watch(Query<QueueEntry>{}.where(field<&QueueEntry::queue> == core_->options().name &&
                                                         field<&QueueEntry::state> == EntryState::waiting),
                               options, wake));
    const auto wake_for_work = [this](const auto& change) {
      if (change.kind != ChangeKind::left && change.kind != ChangeKind::removed) notify();
    };
    const auto queued = Query<VideoRow>{}.where(field<&VideoRow::status>.one_of(core_->options().stage.sources));
    const RowView<VideoRow, Backend> videos(core_->catalog().backend());
    watches_.push_back(videos->watch(queued, options, wake_for_work));
    const auto open = Query<QueueControl>{}.where(reel::id<QueueControl> == core_->control_id() &&
                                                  field<&QueueControl::is_paused> == false);
    watches_.push_back(core_->controls().watch(open, options, wake_for_work));
  }

  void count(std::uint64_t Seen::*changes) {
    {
      const std::lock_guard lock(mutex_);
      ++(seen_.*changes);
    }
    changed_.notify_all();
  }

  const std::shared_ptr<QueueCore<Backend>> core_;
  mutable std::mutex mutex_{};  ///< protects the members below
  std::condition_variable_any changed_{};
  Seen seen_{};
  Clock::time_point started_at_{};      ///< of the watches
  std::vector<WatchHandle> watches_{};  ///< last: they end before the rest
};

}  // namespace reel::video::detail
