#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>

namespace reel::emulator::replay {

/// Name of the scenario and number of the step.
using StepName = std::pair<std::string, int>;

/// Steps that the emulator does not imitate, with the reasons.
using Exceptions = std::map<StepName, std::string>;

/// Reads lines of `scenario step reason`; lines that start with `#` are comments. Throws std::runtime_error if the file
/// cannot be read or a line is incomplete.
Exceptions read_exceptions(const std::filesystem::path& file);

}  // namespace reel::emulator::replay
