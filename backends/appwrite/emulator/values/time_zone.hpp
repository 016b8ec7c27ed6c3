#pragma once

#include <chrono>
#include <string_view>

#include <emulator/values/time.hpp>

namespace reel::emulator {

/// A named zone with the rules that hold today.
struct TimeZone {
  enum class Summer { none, european, american };

  std::string_view name;
  std::chrono::minutes offset{0};  ///< In winter, east is positive.
  Summer summer = Summer::none;

  /// A time that clocks there show.
  Time to_utc(Time local) const;
};

/// Null if it is not known; upper and lower case are the same.
const TimeZone* find_time_zone(std::string_view name);

}  // namespace reel::emulator
