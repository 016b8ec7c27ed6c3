#pragma once

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <system_error>

#include "support/catch.hpp"

namespace reel::testing {

/// How often a test of the queue repeats its work: `part` times. With the environment variable REEL_QUEUE_PERCENT, that
/// percentage of `full`, from 1 to 100; any other value fails the test.
[[nodiscard]] inline int part_of_full(int full, int part) {
  const char* const variable = std::getenv("REEL_QUEUE_PERCENT");
  if (!variable) return part;
  const std::string_view text(variable);
  int percent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), percent);
  if (error != std::errc{} || end != text.data() + text.size() || percent < 1 || percent > 100)
    FAIL("REEL_QUEUE_PERCENT is not a number from 1 to 100: '" << text << "'");
  return full / 100 * percent;
}

}  // namespace reel::testing
