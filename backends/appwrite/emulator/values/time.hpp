#pragma once

#include <chrono>
#include <string>

namespace reel::emulator {

/// A point in time in UTC, in milliseconds.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// Formats a time as responses do: `2026-01-02T03:04:05.678+00:00`.
std::string write_time(Time time);

/// The current time, truncated to milliseconds.
inline Time current_time() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

/// A new id like those of PHP's uniqid(): 13 hexadecimal digits of the time in microseconds and 7 random ones.
std::string make_id();
/// A string of `digits` random hexadecimal digits. Not for secrets that must withstand an attacker.
std::string random_hex(std::size_t digits);

}  // namespace reel::emulator
