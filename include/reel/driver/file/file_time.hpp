#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

#include <reel/timestamp.hpp>

namespace reel::driver {

/// The time of a file: nanoseconds since 1970-01-01 UTC, negative before. 64 bits would cover only the years 1677 to
/// 2262, but file systems store seconds of 34 to 64 bits.
__extension__ typedef __int128 FileTime;

/// Converts a time from stat(2).
[[nodiscard]] constexpr FileTime file_time(const timespec& time) {
  return FileTime{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Whether a file or folder with this modification time may change without a change of the time: file systems count in
/// steps of up to two seconds. To be called before the content is read.
[[nodiscard]] inline bool may_change_unseen(FileTime modified) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return file_time(now) - modified <= 2'000'000'000;
}

/// The millisecond that contains a file's time, limited to the range that a store can hold (`earliest_timestamp` to
/// `latest_timestamp`).
[[nodiscard]] constexpr Timestamp timestamp_of(FileTime time) {
  constexpr FileTime millisecond = 1'000'000;
  const FileTime count = time / millisecond - (time % millisecond < 0 ? 1 : 0);
  const FileTime first = earliest_timestamp.time_since_epoch().count(),
                 last = latest_timestamp.time_since_epoch().count();
  const FileTime kept = count < first ? first : count > last ? last : count;
  return Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(kept)}};
}

}  // namespace reel::driver
