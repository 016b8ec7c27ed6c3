#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <reel/backends/legacy/changed_folders.hpp>
#include <reel/backends/legacy/folder_watches.hpp>
#include <reel/driver/file/descriptor.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/fork.hpp>

namespace reel::legacy {

/// Notices which folders of a tree change, for all watches of a store. It exists while there is a watch.
///
///     FolderWatches (inotify) ----------------------+
///     once a second: another folder at the root?    +--> folders that changed --> count() --> watches wake up
///                    folders with unfinished files  |                                         take() --> read again
///     at intervals:  everything --------------------+
///
/// Changes are announced 20 ms after the first of them, so that a burst is read once; up to a second, and five times as
/// long as reading takes, so that a tree that always changes occupies a fifth of a processor. The interval is a minute.
/// Where inotify does not notice everything it is a second, or more if reading takes long: see `is_complete`.
///
/// Thread-safe. Belongs to one process.
class TreeMonitor {
 public:
  /// Watches the tree, which counts as changed, and starts a thread. One system call for each folder, and one to list
  /// it. `calls` must outlive this.
  ///
  /// - `root`: the absolute path of the tree
  TreeMonitor(driver::FileCalls& calls, std::string root)
      : calls_(calls), root_(std::move(root)), watches_(calls, root_) {
    identity_ = identity();
    watches_.add(".", changed_);
    changed_ = ChangedFolders::everything();
    is_complete_ = watches_.is_complete();
    waker_ = driver::above_standard(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (waker_ >= 0) waker_guard_.emplace(waker_);
    thread_ = std::make_unique<std::thread>([this] { run(); });
  }
  TreeMonitor(const TreeMonitor&) = delete;
  TreeMonitor& operator=(const TreeMonitor&) = delete;
  /// Ends the thread. In a child of fork(2), which does not have it, leaves it alone.
  ~TreeMonitor() {
    if (process_ != driver::Forks::count()) {
      static_cast<void>(thread_.release());
      return;
    }
    is_ending_ = true;
    if (waker_ >= 0) ::eventfd_write(waker_, 1);
    thread_->join();
    waker_guard_.reset();
    if (waker_ >= 0) ::close(waker_);
  }

  /// Whether changes are noticed as they happen. Otherwise some are found at intervals of at least a second.
  [[nodiscard]] bool is_complete() const { return is_complete_; }

  /// Whether the root is the folder that it was when this was created: it was not removed, renamed, replaced or
  /// unmounted. One stat(2).
  [[nodiscard]] bool has_root() const { return identity_ && identity() == identity_; }

  /// The number of announcements. Read it before `take`, then wait for a greater one.
  [[nodiscard]] std::uint64_t count() const {
    const std::lock_guard lock(mutex_);
    return count_;
  }
  /// Waits until `count()` is not `seen`, at most for `timeout`, less if a stop is requested.
  void wait(std::uint64_t seen, std::chrono::milliseconds timeout, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    announced_.wait_for(lock, stop, timeout, [&] { return count_ != seen; });
  }

  /// The folders that have changed since the last call, also if they were not yet announced. The caller reads them, or
  /// returns them by `give_back`.
  [[nodiscard]] ChangedFolders take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(changed_, {});
  }
  /// Adds folders that could not be read. They are announced with the next change, at the latest after a second.
  void give_back(const ChangedFolders& folders) {
    const std::lock_guard lock(mutex_);
    again_.add(folders);
  }
  /// Called after folders were read.
  ///
  /// - `unfinished`: the folders with files that are still being written, which are to be read again in a second
  /// - `cost`: the time that it took
  void note_reading(const std::set<std::string>& unfinished, std::chrono::steady_clock::duration cost, bool was_all) {
    const std::lock_guard lock(mutex_);
    again_.paths.insert(unfinished.begin(), unfinished.end());
    delay_ = std::clamp<Clock::duration>(4 * cost, shortest_delay, std::chrono::seconds{1});
    if (was_all) full_cost_ = cost;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds shortest_delay{20};

  /// The folder at the path of the root; empty if it does not exist.
  struct Identity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    friend bool operator==(const Identity&, const Identity&) = default;
  };
  [[nodiscard]] std::optional<Identity> identity() const {
    driver::FileStatus status;
    if (calls_.status(root_, status) != 0 || !status.is_folder()) return std::nullopt;
    return Identity{status.device, status.inode};
  }

  /// Marks folders as changed, to be announced after the delay.
  void add(const ChangedFolders& folders) {
    if (folders.empty()) return;
    const std::lock_guard lock(mutex_);
    changed_.add(folders);
    if (!due_) due_ = Clock::now() + delay_;
  }

  /// Announces changes that are due. Returns the time until the next ones are, or until the next look.
  [[nodiscard]] std::chrono::milliseconds announce() {
    const auto until = [](Clock::time_point time) {
      return std::max(std::chrono::milliseconds{0}, std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now()));
    };
    const std::lock_guard lock(mutex_);
    const auto next_look = until(looked_ + std::chrono::seconds{1});
    if (!due_) return next_look;
    if (Clock::now() < *due_) return std::min(next_look, until(*due_));
    due_.reset();
    ++count_;
    announced_.notify_all();
    return next_look;
  }

  /// Looks for what inotify does not report; once a second.
  void look() {
    looked_ = Clock::now();
    ChangedFolders found;
    if (!has_root()) found.paths.insert(".");
    {
      const std::lock_guard lock(mutex_);
      found.add(std::exchange(again_, {}));
      const Clock::duration interval = is_complete_
                                           ? std::max<Clock::duration>(std::chrono::minutes{1}, 1000 * full_cost_)
                                           : std::max<Clock::duration>(std::chrono::seconds{1}, 20 * full_cost_);
      if (looked_ - looked_at_all_ >= interval) {
        looked_at_all_ = looked_;
        found.all = true;
      }
    }
    add(found);
  }

  void run() {
    while (!is_ending_) {
      pollfd files[] = {{waker_, POLLIN, 0}, {watches_.descriptor(), POLLIN, 0}};
      ::poll(files, 2, static_cast<int>(announce().count()));
      if (files[1].revents != 0) {
        add(watches_.read());
        is_complete_ = watches_.is_complete();
      }
      if (Clock::now() - looked_ >= std::chrono::seconds{1}) look();
    }
  }

  driver::FileCalls& calls_;
  std::string root_;
  std::optional<Identity> identity_{};
  unsigned process_ = driver::Forks::count();

  FolderWatches watches_;                           ///< of the thread, once it runs
  Clock::time_point looked_ = Clock::now();         ///< of the thread
  Clock::time_point looked_at_all_ = Clock::now();  ///< of the thread
  std::atomic<bool> is_complete_{false}, is_ending_{false};

  mutable std::mutex mutex_;  ///< protects the members up to the next empty line
  std::condition_variable_any announced_;
  std::uint64_t count_ = 0;
  ChangedFolders changed_{};                ///< since the last `take`
  ChangedFolders again_{};                  ///< changed at the next look
  std::optional<Clock::time_point> due_{};  ///< when changes are announced; empty: nothing to announce
  Clock::duration delay_ = shortest_delay;
  Clock::duration full_cost_{0};  ///< of reading everything

  int waker_ = -1;  ///< an eventfd that ends the thread's wait; negative: none, it ends within a second
  std::optional<driver::NotShared> waker_guard_{};
  std::unique_ptr<std::thread> thread_;
};

}  // namespace reel::legacy
