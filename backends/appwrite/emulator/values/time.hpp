#pragma once

#include <chrono>
#include <string>

namespace reel::emulator {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

/// `2026-01-02T03:04:05.678+00:00`.
std::string write_time(Time time);

/// The present, in milliseconds.
inline Time current_time() { return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()); }

/// A new id: 13 hex digits of time in microseconds and 7 random ones.
std::string make_id();
/// That many random hex digits.
std::string random_hex(std::size_t digits);

}  // namespace reel::emulator
