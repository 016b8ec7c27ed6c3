#pragma once

#include <chrono>
#include <string>

#include <reel/progress.hpp>

namespace tool {

/// `42.0 MiB of 300.0 MiB, 12.1 MiB/s, 21 s left`
[[nodiscard]] std::string transfer_text(const reel::Progress& progress);

/// Shows the progress of one file on standard error if that is a terminal. The destructor clears the line.
class TransferLine {
 public:
  explicit TransferLine(std::string what);
  ~TransferLine();
  TransferLine(const TransferLine&) = delete;
  TransferLine& operator=(const TransferLine&) = delete;

  void show(const reel::Progress& progress);

 private:
  using Clock = std::chrono::steady_clock;

  std::string what_;
  bool terminal_ = false;
  Clock::time_point shown_{};
};

}  // namespace tool
