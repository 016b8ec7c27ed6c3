#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <utility>

namespace reel::emulator {

/// Work that a background worker would do later. It runs at the start of the first request after its time.
class WorkerQueue {
 public:
  using Clock = std::chrono::steady_clock;

  void add(Clock::duration delay, std::function<void()> task) { tasks_.emplace(Clock::now() + delay, std::move(task)); }
  void run_due() { run_until(Clock::now()); }
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
