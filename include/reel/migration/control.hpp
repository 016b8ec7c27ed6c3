#pragma once

#include <memory>
#include <optional>

#include <reel/detail/migration/pace.hpp>
#include <reel/error.hpp>
#include <reel/migration/limits.hpp>
#include <reel/migration/status.hpp>

namespace reel {

/// Pauses and limits a migration that runs in another thread, and reports its state. Pass it in
/// `MigrationOptions::control`. Copies refer to the same migration. All functions may be called from any thread,
/// before, during and after the run. One control belongs to one run at a time.
///
///     MigrationControl control;
///     std::thread copying([&] { report = migrate(source, target, set, {.control = control}); });
///     control.limit({.parallelism = 2, .requests_per_second = 10});
///     control.pause();
class MigrationControl {
 public:
  /// For one run, which is not paused.
  MigrationControl() : pace_(std::make_shared<detail::MigrationPace>()) {}

  /// Lets no further operation of either store begin. Operations in progress are completed.
  void pause() const { pace_->pause(true); }
  /// Ends `pause`.
  void resume() const { pace_->pause(false); }
  /// Replaces the limits, also those of `MigrationOptions`. Throws `invalid` for a `parallelism` below 1 or a negative
  /// rate.
  void limit(const MigrationLimits& limits) const { pace_->limit(limits); }
  /// The state at present.
  [[nodiscard]] MigrationStatus status() const { return pace_->status(); }

  /// For the library.
  [[nodiscard]] detail::MigrationPace& pace() const noexcept { return *pace_; }

 private:
  std::shared_ptr<detail::MigrationPace> pace_;
};

}  // namespace reel
