#pragma once

#include <array>
#include <compare>
#include <optional>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/name_parts.hpp>

namespace reel::legacy {

/// The quality of a render. A better one compares greater: by the number of lines, then by the frame rate.
struct Quality {
  int height = 0;      ///< pixels
  int millihertz = 0;  ///< frames in 1000 seconds; 0 if unknown

  friend auto operator<=>(const Quality&, const Quality&) = default;
};

/// The frame rate in millihertz that a string such as `60` or `29.97` denotes. Digits beyond the third decimal are
/// ignored. Nothing for other strings, and above one million frames per second.
inline std::optional<int> frame_rate(std::string_view text) {
  const std::optional<int> whole = consume_number(text);
  if (!whole || *whole > 1'000'000) return {};
  int thousandths = 0;
  if (consume(text, ".")) {
    if (text.empty()) return {};
    for (int unit = 100; !text.empty(); unit /= 10, text.remove_prefix(1)) {
      if (text.front() < '0' || text.front() > '9') return {};
      thousandths += (text.front() - '0') * unit;
    }
  }
  return text.empty() ? std::optional{*whole * 1000 + thousandths} : std::nullopt;
}

/// The quality in the name of a render's folder; nothing if it names none:
///
///     <height>p<rate>                    as manim's `{quality}`, for any resolution
///     <height>p, <width>x<height>        rate unknown
///     <width>x<height>p, ...p<rate>
///     low_quality, fourk_quality, ...    manim's own names; the table has their values
[[nodiscard]] inline std::optional<Quality> quality_of_folder(std::string_view name) {
  constexpr std::array named = std::to_array<std::pair<std::string_view, Quality>>({
      {"low_quality", {480, 15'000}},
      {"example_quality", {480, 30'000}},
      {"medium_quality", {720, 30'000}},
      {"high_quality", {1080, 60'000}},
      {"production_quality", {1440, 60'000}},
      {"fourk_quality", {2160, 60'000}},
  });
  for (const auto& [known, quality] : named)
    if (name == known) return quality;

  std::optional<int> height = consume_number(name);
  const bool is_size = height && consume(name, "x");
  if (is_size) height = consume_number(name);
  if (!height || *height == 0) return {};
  if (name.empty()) return is_size ? std::optional{Quality{*height, 0}} : std::nullopt;
  if (!consume(name, "p")) return {};
  if (name.empty()) return Quality{*height, 0};
  const std::optional<int> rate = frame_rate(name);
  return rate ? std::optional{Quality{*height, *rate}} : std::nullopt;
}

}  // namespace reel::legacy
