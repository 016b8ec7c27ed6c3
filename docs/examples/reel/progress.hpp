#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <reel/migration/progress.hpp>

#include "transfer_rate.hpp"

namespace tool {

/// Shows progress on standard error: a bar on a terminal, otherwise one line for each collection and bucket that is not
/// empty, and further lines every few seconds. The destructor clears the bar.
///
/// The bar shows the share of all work, which never decreases, the rate and the time left, if the reports have a total
/// of all kinds; otherwise that of one kind after another.
class ProgressLine {
 public:
  /// `count` returns the total of a collection or bucket, or nothing if it is unknown; without a function, the reports
  /// have it.
  using Count = std::function<std::optional<std::int64_t>(const reel::MigrationKind&)>;

  explicit ProgressLine(std::string verb, Count count = {});
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const reel::MigrationProgress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::string amount(const reel::MigrationProgress& progress) const;
  [[nodiscard]] std::string overall(const reel::MigrationProgress& progress) const;
  void draw(const reel::MigrationProgress& progress) const;

  std::string verb_;
  Count count_;
  bool terminal_ = false;
  reel::MigrationKind kind_{};
  std::optional<std::int64_t> total_{};
  Clock::time_point shown_{};
  TransferRate rate_;
};

}  // namespace tool
