#pragma once

#include <string_view>

namespace reel {

/// The version of the library (https://semver.org). The build system and the packages read it from this line.
inline constexpr std::string_view version = "0.1.0";

}  // namespace reel
