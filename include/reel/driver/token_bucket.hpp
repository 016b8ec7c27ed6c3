#pragma once

#include <algorithm>
#include <chrono>
#include <optional>

namespace reel::driver {

/// Limits a rate: tokens accumulate at `rate`, up to those of a tenth of a second and at least one, and each step takes
/// some. A step may take more than there are; the debt delays the steps after it, so that the rate holds on average.
/// The caller waits, and has the clock, so that tests need no real time. Used by one thread at a time.
///
///     const auto wait = bucket.take(bytes, Clock::now());
///     std::this_thread::sleep_for(wait);
class TokenBucket {
 public:
  /// The clock of `take`.
  using Clock = std::chrono::steady_clock;

  /// `rate`: tokens per second; 0: unlimited. Starts full at the first `take`.
  explicit TokenBucket(double rate = 0) : rate_(rate) {}

  /// Changes the rate. A debt stays, and is paid at the new rate.
  void limit(double rate) {
    rate_ = rate;
    tokens_ = std::min(tokens_, most());
  }
  /// Takes `tokens`, and returns how long to wait before they are used. `now` must not decrease.
  [[nodiscard]] Clock::duration take(double tokens, Clock::time_point now) {
    if (rate_ <= 0) {
      tokens_ = 0;
      filled_ = now;
      return {};
    }
    const double added = filled_ ? std::chrono::duration<double>(now - *filled_).count() * rate_ : most();
    tokens_ = std::min(tokens_ + added, most()) - tokens;
    filled_ = now;
    if (tokens_ >= 0) return {};
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(-tokens_ / rate_));
  }

 private:
  /// The most tokens that accumulate.
  [[nodiscard]] double most() const { return std::max(1.0, rate_ / 10); }

  double rate_;
  double tokens_ = 0;                          ///< negative: a debt
  std::optional<Clock::time_point> filled_{};  ///< time of the last `take`
};

}  // namespace reel::driver
