#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

#include <reel/driver/change_feed.hpp>
#include <reel/driver/jitter.hpp>
#include <reel/error.hpp>

namespace reel::detail {

/// The waits between the rounds of a mirror. Not thread-safe.
class MirrorPace {
 public:
  /// `interval`: between two rounds of which the first has found something.
  explicit MirrorPace(std::chrono::milliseconds interval) : interval_(interval), next_(interval) {}

  /// After a failure: at random, longer as it lasts, and as long as a server has asked for.
  [[nodiscard]] std::chrono::milliseconds after(const Error& failure) {
    using std::chrono_literals::operator""ms;
    pause_ = jitter_.after_failure(pause_, std::min(interval_, 100ms), 30'000ms);
    return pause_ + failure.context().retry_after.value_or(0ms);
  }
  /// Without a failure. `grows`: the round has found nothing, and each one costs requests to a server.
  [[nodiscard]] std::chrono::milliseconds after_round(bool grows) {
    pause_ = {};
    next_ = grows ? std::min(2 * next_, 30 * interval_) : interval_;
    return next_;
  }
  /// Waits. `stops()` is called every 20 ms and ends it.
  template <class Stops>
  static void wait(std::chrono::milliseconds time, Stops&& stops) {
    using Clock = std::chrono::steady_clock;
    constexpr std::chrono::milliseconds most{20};
    const Clock::time_point end = Clock::now() + time;
    while (!stops() && Clock::now() < end)
      driver::sleep_unless_stopped(std::min(most, std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now())),
                                   {});
  }

 private:
  std::chrono::milliseconds interval_, next_;
  std::chrono::milliseconds pause_{0};  ///< after the last failure in a row
  driver::Jitter jitter_{};
};

}  // namespace reel::detail
