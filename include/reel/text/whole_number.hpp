#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace reel::text {

/// The number that `text` is as a whole: decimal digits, after a `-` if the type has signs. Nothing for any other text,
/// and for a number outside the range of the type.
template <class Number>
[[nodiscard]] std::optional<Number> whole_number(std::string_view text) {
  Number number = 0;
  const char* const last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, number);
  return error == std::errc{} && end == last ? std::optional(number) : std::nullopt;
}

}  // namespace reel::text
