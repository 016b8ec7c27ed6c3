#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

#include <reel/timestamp.hpp>

namespace reel::driver {

/// A file's time: nanoseconds since 1970 UTC, negative before. In 64 bits they would cover 1677 to 2262 alone, while
/// file systems keep seconds of 34 to 64 bits.
__extension__ typedef __int128 FileTime;

[[nodiscard]] constexpr FileTime file_time(const timespec& time) {
  return FileTime{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// The millisecond that a file's time is in; the first or last moment a store can hold where it is outside those.
[[nodiscard]] constexpr Timestamp timestamp_of(FileTime time) {
  constexpr FileTime millisecond = 1'000'000;
  const FileTime count = time / millisecond - (time % millisecond < 0 ? 1 : 0);
  const FileTime first = earliest_timestamp.time_since_epoch().count(),
                 last = latest_timestamp.time_since_epoch().count();
  const FileTime kept = count < first ? first : count > last ? last : count;
  return Timestamp{std::chrono::milliseconds{static_cast<std::int64_t>(kept)}};
}

}  // namespace reel::driver
