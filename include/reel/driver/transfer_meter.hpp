#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <utility>

#include <reel/error.hpp>
#include <reel/progress.hpp>

namespace reel::driver {

/// The wishes of a caller for a transfer in progress.
struct TransferControl {
  /// Called after each piece, on the transferring thread; false cancels.
  Observer<Progress> on_progress{};
  /// Cancels the transfer once it is true.
  StopCondition stop{};
  /// Bytes per second; 0: unlimited.
  std::int64_t max_rate = 0;
};

/// Counts the bytes of one transfer, limits its rate and reports its progress. Used by one thread at a time.
///
/// A loop over the pieces of a transfer:
///
///     TransferMeter meter(control, total);
///     for (;;) {
///       meter.check();
///       const std::size_t n = move_some(meter.portion(buffer.size()));
///       if (n == 0) break;
///       meter.advance(n);
///     }
class TransferMeter {
 public:
  /// Starts the clock. `total`: size of the transfer in bytes, if known.
  TransferMeter(TransferControl control, std::optional<std::int64_t> total)
      : control_(std::move(control)), total_(total) {}

  /// The number of bytes so far, those of `skip` included.
  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

  /// Throws `cancelled` if the caller asked to stop.
  void check() const {
    if (control_.stop.requested()) throw Error(Errc::cancelled, "the caller asked to stop");
  }

  /// How many of `wanted` bytes to move in the next step: at most what the rate allows in a tenth of a second, so that
  /// a slow transfer is steady.
  [[nodiscard]] std::size_t portion(std::size_t wanted) const {
    if (control_.max_rate <= 0) return wanted;
    const auto most = static_cast<std::size_t>(control_.max_rate / 10 + 1);
    return wanted < most ? wanted : most;
  }

  /// Counts bytes that were transferred earlier, such as those of a resumed upload. They do not count for the rate.
  void skip(std::int64_t bytes) {
    bytes_ += bytes;
    skipped_ += bytes;
  }

  /// Counts bytes that have been moved, waits until the rate allows that many, and reports the progress. Throws
  /// `cancelled` if the caller asked to stop.
  void advance(std::int64_t bytes) {
    bytes_ += bytes;
    if (control_.max_rate > 0) wait();
    if (control_.on_progress && !control_.on_progress(progress()))
      throw Error(Errc::cancelled, "the progress callback asked to stop");
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Seconds = std::chrono::duration<double>;

  [[nodiscard]] double elapsed() const { return Seconds(Clock::now() - start_).count(); }

  [[nodiscard]] Progress progress() const {
    Progress made{.done = bytes_, .total = total_};
    const double seconds = elapsed();
    if (seconds > 0) made.rate = static_cast<double>(bytes_ - skipped_) / seconds;
    if (total_ && made.rate > 0)
      made.left = std::chrono::milliseconds(
          static_cast<std::int64_t>(static_cast<double>(*total_ - bytes_) / made.rate * 1000));
    return made;
  }

  /// Waits in slices of 50 ms, so that a request to stop takes effect soon.
  void wait() const {
    constexpr double slice = 0.05;
    const double due = static_cast<double>(bytes_ - skipped_) / static_cast<double>(control_.max_rate);
    for (double left = due - elapsed(); left > 0; left = due - elapsed()) {
      check();
      const double now = left < slice ? left : slice;
      const std::timespec time{.tv_sec = 0, .tv_nsec = static_cast<long>(now * 1e9)};
      ::nanosleep(&time, nullptr);
    }
  }

  TransferControl control_;
  std::optional<std::int64_t> total_;
  std::int64_t bytes_ = 0;
  std::int64_t skipped_ = 0;
  Clock::time_point start_ = Clock::now();
};

}  // namespace reel::driver
