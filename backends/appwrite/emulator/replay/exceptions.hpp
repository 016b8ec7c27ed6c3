#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>

namespace reel::emulator::replay {

/// A step, by its scenario and number.
using StepName = std::pair<std::string, int>;

/// Steps that are not imitated, with the reason.
using Exceptions = std::map<StepName, std::string>;

/// Lines of `scenario step reason`; `#` begins a comment. Throws std::runtime_error for a line without a reason.
Exceptions read_exceptions(const std::filesystem::path& file);

}  // namespace reel::emulator::replay
