#pragma once

#include <string>

namespace tool {

/// The command line of this process for a shell, without the option `without`: `reel migrate legacy:output 'file:my
/// videos'`. The paths in it are those that were given.
[[nodiscard]] std::string command_line_without(const std::string& without);

}  // namespace tool
