#pragma once

#include <atomic>
#include <chrono>
#include <stop_token>
#include <thread>

#include "outages.hpp"
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
  /// The watches of the command. Their outages are reported from when they are added on.
  [[nodiscard]] Outages& outages() { return outages_; }
  /// Call it last. If no program reads the output, discards the rest of it, so that it is not a failure.
  static void finish_output();

 private:
  void observe();

  const std::chrono::milliseconds patience_;
  std::stop_source source_{};
  Outages outages_{};
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace tool
