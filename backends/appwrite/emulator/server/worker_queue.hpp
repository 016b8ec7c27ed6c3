#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <utility>

namespace reel::emulator {

/// Tasks that a background worker of the real server would run later. Here the first request of the project after their
/// due time runs them, before its handler. Guarded by the mutex of the project.
class WorkerQueue {
 public:
  using Clock = std::chrono::steady_clock;

  /// Queues `task` to become due after `delay`. Tasks due at the same time run in the order in which they were added.
  void add(Clock::duration delay, std::function<void()> task) { tasks_.emplace(Clock::now() + delay, std::move(task)); }
  /// Runs the tasks that are due.
  void run_due() { run_until(Clock::now()); }
  /// Runs all tasks, due or not.
  void run_all() { run_until(Clock::time_point::max()); }

 private:
  void run_until(Clock::time_point time) {
    while (!tasks_.empty() && tasks_.begin()->first <= time) {
      const auto task = tasks_.extract(tasks_.begin());
      task.mapped()();
    }
  }

  std::multimap<Clock::time_point, std::function<void()>> tasks_;
};

}  // namespace reel::emulator
