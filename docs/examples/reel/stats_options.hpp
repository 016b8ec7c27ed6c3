#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include <reel/timestamp.hpp>
#include <reel/video/statistics_types.hpp>

#include "commands.hpp"

namespace tool {

/// The length of time in a string such as `90m`, `24h`, `7d` or `2w`; nothing if it has another form.
[[nodiscard]] std::optional<std::chrono::seconds> length_of(std::string_view text);

/// The time in an option: RFC 3339, or how long before `now`, such as `90m`, `24h`, `7d` or `2w`. Throws `UsageError`.
///
/// - `option`: its name, for the message
[[nodiscard]] reel::Timestamp time_option(const std::string& option, const std::string& text, reel::Timestamp now);

/// The options of `reel stats`, or of a request with the same names. Throws `UsageError` for a time that is not one,
/// for a range that is empty, and for a `top` below 1.
[[nodiscard]] reel::video::StatisticsOptions statistics_options(const StatsArguments& arguments, reel::Timestamp now);

}  // namespace tool
