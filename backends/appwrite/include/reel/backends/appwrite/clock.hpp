#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <stop_token>

#include <reel/driver/fork.hpp>

namespace reel::appwrite {

/// Time and chance, so that a test can have its own. Used from many threads at once.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
  [[nodiscard]] virtual std::chrono::system_clock::time_point wall() { return std::chrono::system_clock::now(); }
  /// Returns earlier if it is asked to stop.
  virtual void wait(std::chrono::milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
  }
  /// From [0, 1). A child of fork(2) draws other numbers than its parent, so that the two do not wait equally long
  /// before they try again.
  [[nodiscard]] virtual double random() {
    thread_local unsigned forks = driver::Forks::count();
    thread_local std::minstd_rand generator{std::random_device{}()};
    if (const unsigned now = driver::Forks::count(); forks != now) {
      generator.seed(std::random_device{}());
      forks = now;
    }
    return std::uniform_real_distribution<double>(0, 1)(generator);
  }
};

}  // namespace reel::appwrite
