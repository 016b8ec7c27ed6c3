#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <stop_token>

#include <reel/driver/fork.hpp>

namespace reel::appwrite {

/// Source of time and randomness, which tests replace. Implementations must be thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  /// For deadlines and durations.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }
  /// The calendar time, for comparison with times of the server.
  [[nodiscard]] virtual std::chrono::system_clock::time_point wall() { return std::chrono::system_clock::now(); }
  /// Waits for `time`, or until the stop token is triggered.
  virtual void wait(std::chrono::milliseconds time, const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
  }
  /// A random number in [0, 1), for jitter. A child of fork(2) draws other numbers than its parent, so that the two do
  /// not wait equally long before they try again.
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
