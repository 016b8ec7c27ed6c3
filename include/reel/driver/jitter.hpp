#pragma once

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

  /// Returns a wait from 0 to `longest`, for attempts after a failure: the average load is that of half the time, and
  /// no moment has more attempts than another.
  [[nodiscard]] std::chrono::milliseconds up_to(std::chrono::milliseconds longest) {
    using Count = std::chrono::milliseconds::rep;
    return std::chrono::milliseconds{std::uniform_int_distribution<Count>(0, longest.count())(random_)};
  }
  /// Returns a wait from three quarters of `longest` to `longest`, for something that is repeated: a few repetitions
  /// spread evenly.
  [[nodiscard]] std::chrono::milliseconds nearly(std::chrono::milliseconds longest) {
    return longest - up_to(longest / 4);
  }

 private:
  std::minstd_rand random_;
};

}  // namespace reel::driver
