#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <emulator/server/config.hpp>
#include <emulator/server/knobs.hpp>

namespace reel::emulator {

/// The parsed command line of `reel-appwrite-emulator`.
struct CommandLine {
  Config config;
  std::vector<FaultRule> faults;               ///< One for each `--fault`, in order.
  std::chrono::milliseconds least_latency{0};  ///< Delay of every response, at least.
  std::chrono::milliseconds most_latency{0};   ///< Delay of every response, at most.
  std::uint64_t seed = 1;                      ///< Seed of `chance` and of the latencies (Knobs::seed).
};

/// Parses the arguments. With `--help` it prints the help text on standard output and returns an empty optional. Throws
/// std::invalid_argument if an argument is unknown, malformed or missing.
std::optional<CommandLine> read_command_line(int argc, const char* const* argv);

/// Parses `KIND[,NAME=VALUE]…`, for example `refuse,status=429,reset-in=2,path=/documents,skip=3,times=5`. Throws
/// std::invalid_argument for an unknown kind or name and for a value that is not a number where one is needed.
FaultRule read_fault(const std::string& text);

/// Parses `NAME=SECRET:scope,scope`. The list of scopes may be empty, NAME and SECRET may not. Throws
/// std::invalid_argument, whose message does not contain the secret.
ApiKey read_limited_key(const std::string& text);

}  // namespace reel::emulator
