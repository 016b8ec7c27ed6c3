#pragma once

#include <chrono>
#include <string_view>

#include <emulator/values/time.hpp>

namespace reel::emulator {

/// A named time zone with the rules in force today, which are applied to past times, too.
struct TimeZone {
  /// The rule of daylight saving time.
  enum class Summer { none, european, american };

  std::string_view name;           ///< In lower case.
  std::chrono::minutes offset{0};  ///< East of UTC, without daylight saving time.
  Summer summer = Summer::none;

  /// Converts local time to UTC.
  Time to_utc(Time local) const;
};

/// The zone of this name, compared without case; null if it is unknown. Valid for the whole program.
const TimeZone* find_time_zone(std::string_view name);

}  // namespace reel::emulator
