#pragma once

#include <chrono>

#include <reel/migration/progress.hpp>

#include "transfer_rate.hpp"

namespace tool {

/// Prints the progress of a migration as JSON to standard error: one object a line, at most one a second, and a last
/// one when everything is done.
class JsonProgress {
 public:
  void show(const reel::MigrationProgress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  TransferRate rate_;
  Clock::time_point shown_{};
};

}  // namespace tool
