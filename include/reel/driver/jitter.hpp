#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace reel::driver {

/// Random waits, so that programs that begin to wait at the same moment, such as all watches of a server that is
/// restarted, do not return to it at the same moment. Not thread-safe.
class Jitter {
 public:
  /// Waits that differ from those of every other object.
  Jitter() : Jitter(std::random_device{}()) {}
  /// Waits that are the same for the same seed.
  explicit Jitter(std::uint32_t seed) : random_(seed) {}

  /// Returns the wait before another attempt, given the wait before the last one; 0: there was none. It is between
  /// `least` and three times the wait before, and at most `most` (Brooker, "Exponential Backoff And Jitter", 2015:
  /// decorrelated jitter). So the waits grow only as the failure lasts: none after the first is longer than three times
  /// the time since then.
  [[nodiscard]] std::chrono::milliseconds after_failure(std::chrono::milliseconds before,
                                                        std::chrono::milliseconds least,
                                                        std::chrono::milliseconds most) {
    return between(least, std::min(3 * std::max(before, least), most));
  }
  /// Returns a wait from three quarters of `longest` to `longest`, for something that is repeated: a few repetitions
  /// spread evenly.
  [[nodiscard]] std::chrono::milliseconds nearly(std::chrono::milliseconds longest) {
    return between(longest - longest / 4, longest);
  }

 private:
  std::chrono::milliseconds between(std::chrono::milliseconds least, std::chrono::milliseconds most) {
    using Count = std::chrono::milliseconds::rep;
    return std::chrono::milliseconds{std::uniform_int_distribution<Count>(least.count(), most.count())(random_)};
  }

  std::minstd_rand random_;
};

}  // namespace reel::driver
