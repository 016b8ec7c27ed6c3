#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <emulator/values/time.hpp>

namespace reel::emulator {

/// Reads a date the way PHP's parser does, as far as programs write them: ISO 8601 and its relatives, week dates,
/// European and American dates, month names, `@seconds`, `now`, `today`, `tomorrow`, `yesterday`; no zone means UTC, an
/// empty text means now. Fractions are cut to milliseconds. Nothing if it is no date.
std::optional<Time> parse_datetime(std::string_view text);

/// The same in the years 1000 to 9999, which the database holds; an empty text is no date.
std::optional<Time> read_datetime(std::string_view text);

/// The same as the validator of parameters and queries takes it, which looks at the text: it must hold a year of four
/// digits, so that neither `now` nor `20200615` is one.
std::optional<Time> read_dated_text(std::string_view text);

/// The sentence of the validator.
inline constexpr const char* datetime_sentence =
    "Value must be valid date between 1000-01-01 00:00:00 and 9999-12-31 23:59:59.";

}  // namespace reel::emulator
