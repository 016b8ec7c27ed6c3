#pragma once

#include <compare>
#include <string_view>

namespace reel::emulator {

/// A version of the server, such as 1.8.1. All zeros are lower than every version.
struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;

  friend constexpr auto operator<=>(const Version&, const Version&) = default;

  /// Reads `MAJOR.MINOR.PATCH`. Missing parts are 0; characters other than digits and dots are ignored.
  static constexpr Version parse(std::string_view text) {
    int parts[3] = {0, 0, 0};
    int index = 0;
    for (const char letter : text) {
      if (letter == '.') {
        if (++index == 3) break;
      } else if (letter >= '0' && letter <= '9') {
        parts[index] = parts[index] * 10 + (letter - '0');
      }
    }
    return {parts[0], parts[1], parts[2]};
  }
};

}  // namespace reel::emulator
