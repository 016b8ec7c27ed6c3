#pragma once

#include <string_view>

namespace video_tests {

/// Whether `part` occurs in `text`.
[[nodiscard]] inline bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

}  // namespace video_tests
