#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Case of ASCII letters, independent of the locale. All other bytes, those of UTF-8 sequences included, are kept.
namespace reel::text {

/// `c`, or the lower-case letter if it is `A` to `Z`.
[[nodiscard]] constexpr char lower_ascii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// `text` with `A` to `Z` in lower case.
[[nodiscard]] inline std::string lower_ascii(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = lower_ascii(c);
  return lower;
}

/// Negative, 0 or positive, as `a` sorts before, equal to or after `b` with `A` to `Z` read as lower case. Bytes
/// compare as unsigned.
[[nodiscard]] constexpr int compare_ignoring_case(std::string_view a, std::string_view b) {
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    const char x = lower_ascii(a[i]), y = lower_ascii(b[i]);
    if (x != y) return static_cast<unsigned char>(x) < static_cast<unsigned char>(y) ? -1 : 1;
  }
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

/// Whether the strings are equal with `A` to `Z` read as lower case.
[[nodiscard]] constexpr bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && compare_ignoring_case(a, b) == 0;
}

}  // namespace reel::text
