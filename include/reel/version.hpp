#pragma once

#include <string_view>

namespace reel {

/// Of this library. The build reads it from here.
inline constexpr std::string_view version = "0.1.0";

}  // namespace reel
