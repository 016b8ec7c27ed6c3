#pragma once

#include <string_view>

/// Typed repositories and blob stores over interchangeable backends. `reel/reel.hpp` describes the layers.
namespace reel {

/// The version of the library (https://semver.org). The build system and the packages read it from this line. Before
/// 1.0, a new minor version may change names and file formats.
inline constexpr std::string_view version = "0.1.0";

}  // namespace reel
