#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <emulator/values/time.hpp>

namespace reel::emulator {

/// Parses a date as PHP's date parser does, for the forms that programs write: ISO 8601 and its variants, week dates,
/// European and American dates, month names, `@seconds`, `now`, `today`, `tomorrow`, `yesterday`. Without a zone the
/// time is UTC; an empty string means now. Fractions of a second are truncated to milliseconds. Empty if the string is
/// not a date.
std::optional<Time> parse_datetime(std::string_view text);

/// Like parse_datetime(), but empty for an empty string and for dates outside of the years 1000 to 9999, which the
/// database cannot store.
std::optional<Time> read_datetime(std::string_view text);

/// Like read_datetime(), for parameters and queries, whose validator requires a year of four digits in the string:
/// neither `now` nor `20200615` is valid there.
std::optional<Time> read_dated_text(std::string_view text);

/// The validator's message.
inline constexpr const char* datetime_sentence =
    "Value must be valid date between 1000-01-01 00:00:00 and 9999-12-31 23:59:59.";

}  // namespace reel::emulator
