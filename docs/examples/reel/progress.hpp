#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include <reel/migration_report.hpp>

namespace tool {

/// Tells on standard error how far things are: a bar where that is a terminal, else a line for each collection and
/// bucket with anything in it, and one every few seconds. The bar is gone when the object is.
class ProgressLine {
 public:
  /// `count` is asked for the total of a kind.
  using Count = std::function<std::optional<std::int64_t>(const reel::MigrationKind&)>;

  ProgressLine(std::string verb, Count count);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const reel::MigrationProgress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  [[nodiscard]] std::string amount(const reel::MigrationProgress& progress) const;
  void draw(const reel::MigrationProgress& progress) const;

  std::string verb_;
  Count count_;
  bool terminal_ = false;
  reel::MigrationKind kind_{};
  std::optional<std::int64_t> total_{};
  Clock::time_point shown_{};
};

}  // namespace tool
