#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <emulator/server/config.hpp>
#include <emulator/server/knobs.hpp>

namespace reel::emulator {

struct CommandLine {
  Config config;
  std::vector<FaultRule> faults;
  std::chrono::milliseconds least_latency{0};
  std::chrono::milliseconds most_latency{0};
  std::uint64_t seed = 1;
};

/// Reads the arguments; nothing if help was asked for and printed. Throws std::invalid_argument.
std::optional<CommandLine> read_command_line(int argc, const char* const* argv);

/// Reads `KIND[,NAME=VALUE]…`, e.g. `refuse,status=429,reset-in=2,path=/documents,skip=3,times=5`; throws
/// std::invalid_argument.
FaultRule read_fault(const std::string& text);

/// Reads `NAME=SECRET:scope,scope`; throws std::invalid_argument.
ApiKey read_limited_key(const std::string& text);

}  // namespace reel::emulator
