#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/file.hpp>
#include <reel/driver/file/descriptor.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/fork.hpp>

namespace reel::filesystem {

/// Wakes threads when files change, whichever process changes them: by inotify(7), and by a look at the status of each
/// file once a second, which finds what inotify misses (network file systems, a folder that was renamed, no free
/// watches). One thread serves all files, so a waiting thread costs nothing. It starts with the first file and sleeps
/// while no one waits.
///
/// Thread-safe. Belongs to one process, see `PerProcess`.
class FileSignals {
 public:
  /// A file, or the absence of one, under a path.
  class Signal {
   public:
    /// The number of changes that were noticed. Read it before the file, then wait for a greater one.
    [[nodiscard]] std::uint64_t count() const {
      const std::lock_guard lock(mutex_);
      return count_;
    }
    /// Waits until `count()` is not `seen`, at most for `timeout`, less if a stop is requested.
    void wait(std::uint64_t seen, std::chrono::milliseconds timeout, const std::stop_token& stop) {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, stop, timeout, [&] { return count_ != seen; });
    }

   private:
    friend FileSignals;
    void raise() {
      {
        const std::lock_guard lock(mutex_);
        ++count_;
      }
      changed_.notify_all();
    }

    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t count_ = 0;
  };

  /// Watches nothing.
  FileSignals() = default;
  FileSignals(const FileSignals&) = delete;
  FileSignals& operator=(const FileSignals&) = delete;
  /// Ends the thread. No one may wait.
  ~FileSignals() {
    is_ending_ = true;
    wake();
    if (thread_.joinable()) thread_.join();
    events_guard_.reset();
    waker_guard_.reset();
    if (events_ >= 0) ::close(events_);
    if (waker_ >= 0) ::close(waker_);
  }

  /// The signal of a file, which is watched as long as the result exists.
  [[nodiscard]] std::shared_ptr<Signal> watch(const std::string& path) {
    const std::lock_guard lock(mutex_);
    Watched& watched = files_[path];
    std::shared_ptr<Signal> signal = watched.signal.lock();
    if (!signal) {
      signal = std::make_shared<Signal>();
      watched.signal = signal;
      watched.mark = present_mark(path);
      start();
      subscribe(path, watched);
      wake();
    }
    return signal;
  }

 private:
  struct Watched {
    std::weak_ptr<Signal> signal{};
    std::optional<FileMark> mark{};  ///< when it was last looked at; empty: the file did not exist
    int subscription = -1;           ///< inotify watch descriptor; negative: none
  };

  [[nodiscard]] static std::optional<FileMark> present_mark(const std::string& path) {
    const auto found = status_of(posix_calls(), path);
    return found ? std::optional(mark_of(*found)) : std::nullopt;
  }

  // Everything below needs the mutex, except `run` and `wake`.

  /// Starts the thread if it does not run. Without descriptors for it, `Signal::wait` ends by its timeout only.
  void start() {
    if (thread_.joinable()) return;
    events_ = driver::above_standard(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
    waker_ = driver::above_standard(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (events_ >= 0) events_guard_.emplace(events_);
    if (waker_ < 0) return;
    waker_guard_.emplace(waker_);
    thread_ = std::thread([this] { run(); });
  }

  void subscribe(const std::string& path, Watched& watched) {
    if (events_ < 0) return;
    watched.subscription =
        ::inotify_add_watch(events_, path.c_str(), IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
  }

  void wake() const {
    if (waker_ >= 0) ::eventfd_write(waker_, 1);
  }

  void run() {
    bool is_idle = false;
    while (!is_ending_) {
      pollfd files[] = {{waker_, POLLIN, 0}, {events_, POLLIN, 0}};
      const int found = ::poll(files, 2, is_idle ? -1 : 1000);
      if (files[0].revents != 0) {
        eventfd_t count = 0;
        ::eventfd_read(waker_, &count);
      }
      if (files[1].revents != 0) read_events();
      const auto now = std::chrono::steady_clock::now();
      if (found == 0 || now - looked_ >= std::chrono::seconds{1}) {
        looked_ = now;
        is_idle = !look();
      } else {
        is_idle = false;
      }
    }
  }

  /// Raises the signals of the files that inotify names.
  void read_events() {
    alignas(inotify_event) char buffer[4096];
    for (;;) {
      const ssize_t size = ::read(events_, buffer, sizeof buffer);
      if (size <= 0) return;
      const std::lock_guard lock(mutex_);
      for (ssize_t at = 0; at < size;) {
        inotify_event event;
        std::memcpy(&event, buffer + at, sizeof event);
        at += static_cast<ssize_t>(sizeof event) + static_cast<ssize_t>(event.len);
        for (auto& [path, watched] : files_) {
          const bool is_overflow = (event.mask & IN_Q_OVERFLOW) != 0;
          if (!is_overflow && watched.subscription != event.wd) continue;
          if ((event.mask & IN_IGNORED) != 0) watched.subscription = -1;
          if (const auto signal = watched.signal.lock()) signal->raise();
        }
      }
    }
  }

  /// Looks at each file, forgets those that no one watches, and subscribes to new ones. Returns whether any is left.
  bool look() {
    const std::lock_guard lock(mutex_);
    for (auto file = files_.begin(); file != files_.end();) {
      auto& [path, watched] = *file;
      const auto signal = watched.signal.lock();
      if (!signal) {
        if (watched.subscription >= 0) ::inotify_rm_watch(events_, watched.subscription);
        file = files_.erase(file);
        continue;
      }
      const std::optional<FileMark> present = present_mark(path);
      if (present != watched.mark) {
        watched.mark = present;
        if (watched.subscription < 0) subscribe(path, watched);
        signal->raise();
      }
      ++file;
    }
    return !files_.empty();
  }

  std::mutex mutex_;  ///< protects `files_` and the start of the thread
  std::map<std::string, Watched> files_;
  std::chrono::steady_clock::time_point looked_{};  ///< of the thread
  std::atomic<bool> is_ending_{false};
  int events_ = -1;  ///< inotify; negative: none
  int waker_ = -1;   ///< an eventfd that wakes the thread; negative: none
  std::optional<driver::NotShared> events_guard_{}, waker_guard_{};
  std::thread thread_;
};

}  // namespace reel::filesystem
