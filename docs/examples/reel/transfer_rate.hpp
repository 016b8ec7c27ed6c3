#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <reel/migration/progress.hpp>

namespace tool {

/// How fast a migration is, from its reports of progress.
class TransferRate {
 public:
  /// Takes a report.
  void update(const reel::MigrationProgress& progress);

  /// Records and files in a second, and bytes of files; 0 in the first moments.
  [[nodiscard]] double items_per_second() const { return items_; }
  [[nodiscard]] double bytes_per_second() const { return bytes_; }
  /// The time until everything is done, if it stays as fast as it was on average.
  [[nodiscard]] std::optional<std::chrono::seconds> left() const { return left_; }

 private:
  using Clock = std::chrono::steady_clock;

  std::optional<reel::MigrationProgress> first_{};
  Clock::time_point begun_{};
  double items_ = 0, bytes_ = 0;
  std::optional<std::chrono::seconds> left_{};
};

}  // namespace tool
