#pragma once

#include <chrono>
#include <mutex>
#include <optional>

#include <reel/timestamp.hpp>

namespace reel::video {

/// The clock of a store, derived from its records: a write returns `updated_at`, and a monotonic clock counts from
/// there for a minute. After that the store has to be asked again: its clock may have been set, and a monotonic clock
/// does not count the time in which the computer was suspended. The result is late by the time that the response took,
/// so that a lease does not end early. Thread-safe.
class StoreClock {
 public:
  /// The monotonic clock.
  using Clock = std::chrono::steady_clock;

  /// Sets the clock from `updated_at` of a record that was just written. A response that was slower than an earlier one
  /// of the last ten seconds changes nothing.
  void learn(Timestamp updated_at, Clock::time_point at = Clock::now()) {
    const std::lock_guard lock(mutex_);
    if (learned_ && updated_at <= time_at(at) && at - learned_->at < std::chrono::seconds{10}) return;
    learned_ = {updated_at, at};
  }

  /// The present time of the store, or nothing if no write of the last minute is known.
  [[nodiscard]] std::optional<Timestamp> now(Clock::time_point at = Clock::now()) const {
    const std::lock_guard lock(mutex_);
    if (!learned_ || at - learned_->at > std::chrono::minutes{1}) return std::nullopt;
    return time_at(at);
  }

 private:
  struct Learned {
    Timestamp time{};
    Clock::time_point at{};
  };

  [[nodiscard]] Timestamp time_at(Clock::time_point at) const {
    return learned_->time + std::chrono::duration_cast<std::chrono::milliseconds>(at - learned_->at);
  }

  mutable std::mutex mutex_;
  std::optional<Learned> learned_{};
};

}  // namespace reel::video
