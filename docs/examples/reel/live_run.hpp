#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <reel/change.hpp>

#include "store.hpp"

namespace tool {

/// A command that runs until it is stopped: by SIGINT or SIGTERM, or because no program reads its output any more.
/// Reports on standard error when a watch cannot reach its store, and when it can again.
///
/// A thread waits for the signals. Declare the object after the store, and leave its scope soon after `stop()` was
/// requested: after `patience` the thread ends the program, because a write to a full pipe and a request to a server
/// that does not respond cannot be stopped.
class LiveRun {
 public:
  /// Catches the signals.
  explicit LiveRun(std::chrono::milliseconds patience = std::chrono::seconds{2});
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;
  ~LiveRun();

  /// Requested as described above, and by `end`.
  [[nodiscard]] std::stop_token stop() const { return source_.get_token(); }
  /// Requests the stop.
  void end() { source_.request_stop(); }
  /// Reports from now on when this watch, or another reported one, becomes `offline`, and when none is any more.
  /// Thread-safe.
  void report(std::function<reel::WatchStatus()> status);
  /// Call it last. If no program reads the output, discards the rest of it, so that it is not a failure.
  static void finish_output();

 private:
  struct Reported {
    std::function<reel::WatchStatus()> status{};
    bool is_offline = false;
  };

  void observe();
  void report_changes();

  const std::chrono::milliseconds patience_;
  std::stop_source source_{};
  std::mutex mutex_;  ///< protects the next two
  std::vector<Reported> reported_{};
  bool is_offline_ = false;
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace tool
