#pragma once

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

/// Wakes the threads that wait for work: a watch on the entries that wait, and one on the videos in a state of the
/// queue. Started by the first wait. Thread-safe.
template <class Backend>
class QueueSignal {
 public:
  explicit QueueSignal(std::shared_ptr<QueueCore<Backend>> core) : core_(std::move(core)) {}

  /// Starts the watches if they do not run. Returns the number of changes so far, for `wait`.
  std::uint64_t start() {
    const std::lock_guard lock(mutex_);
    if (!watches_.empty()) return changes_;
    WatchOptions options{.from = from_now, .bookmark_every = {}};
    options.poll_every = core_->options().poll;
    const auto wake = [this](const auto& change) {
      if (change.kind != ChangeKind::left && change.kind != ChangeKind::removed) notify();
    };
    watches_.push_back(
        core_->entries().watch(Query<QueueEntry>{}.where(field<&QueueEntry::queue> == core_->options().name &&
                                                         field<&QueueEntry::state> == EntryState::waiting),
                               options, wake));
    const auto queued = Query<VideoRow>{}.where(field<&VideoRow::status>.one_of(core_->options().stage.sources));
    const RowView<VideoRow, Backend> videos(core_->catalog().backend());
    watches_.push_back(videos->watch(queued, options, wake));
    return changes_;
  }

  /// Wakes all threads that wait.
  void notify() {
    {
      const std::lock_guard lock(mutex_);
      ++changes_;
    }
    changed_.notify_all();
  }

  /// Waits until there are more changes than `seen`, for `longest` at most, or until `stop`.
  void wait(std::uint64_t seen, std::chrono::steady_clock::duration longest, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, stop, longest, [&] { return changes_ != seen; });
  }

 private:
  const std::shared_ptr<QueueCore<Backend>> core_;
  std::mutex mutex_{};  ///< protects the members below
  std::condition_variable_any changed_{};
  std::uint64_t changes_ = 0;
  std::vector<WatchHandle> watches_{};  ///< last: they end before the rest
};

}  // namespace reel::video::detail
