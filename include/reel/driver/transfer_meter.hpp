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

/// What a caller may want of a transfer that is under way.
struct TransferControl {
  Observer<Progress> on_progress{};
  StopCondition stop{};
  std::int64_t max_rate = 0;  ///< bytes a second; 0: as fast as it goes
};

/// Counts the bytes of one transfer, keeps it to its rate and tells how far it is.
class TransferMeter {
 public:
  TransferMeter(TransferControl control, std::optional<std::int64_t> total)
      : control_(std::move(control)), total_(total) {}

  [[nodiscard]] std::int64_t bytes() const { return bytes_; }

  /// Throws `cancelled` if the caller asked to stop.
  void check() const {
    if (control_.stop.requested()) throw Error(Errc::cancelled, "the caller asked to stop");
  }

  /// How much to move at once, so that a slow transfer is a steady one.
  [[nodiscard]] std::size_t portion(std::size_t wanted) const {
    if (control_.max_rate <= 0) return wanted;
    const auto most = static_cast<std::size_t>(control_.max_rate / 10 + 1);
    return wanted < most ? wanted : most;
  }

  /// Bytes that were there before the transfer began, such as those of an upload that is taken up again.
  void skip(std::int64_t bytes) {
    bytes_ += bytes;
    skipped_ += bytes;
  }

  /// Bytes have been moved. Returns when that many may have been. Throws `cancelled`.
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

  /// In slices, so that a wish to stop is soon noticed.
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
