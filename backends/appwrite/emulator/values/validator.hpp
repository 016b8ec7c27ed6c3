#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <emulator/values/json.hpp>

namespace reel::emulator {

/// A check of a parameter. `problem` returns an empty string for a valid value, otherwise the message that follows
/// "Invalid `x` param: ".
struct Validator {
  std::function<std::string(const Json&)> problem;
};

/// A validator with one message for all mistakes.
Validator rule(std::function<bool(const Json&)> accepts, std::string sentence);

/// A string of `least` to `most` code points; `most` 0: no upper limit.
Validator text(std::size_t most, std::size_t least = 1);
/// The id of a new object, or `unique()`.
Validator custom_id();
/// The key of an attribute or index.
Validator key();
/// An id in a path, a cursor or a related collection.
Validator uid();
/// true or false; if `loose`, also "true", "false", "1", "0", 1 and 0.
Validator boolean(bool loose = true);
/// An integer; if `loose`, also a numeric string.
Validator integer(bool loose = false);
/// Any number.
Validator floating();
/// An integer or numeric string from `least` to `most`, both inclusive.
Validator integer_range(std::int64_t least, std::int64_t most);
/// One of the strings. With `ignore_case` the value is folded to lower case first, so the choices must be lower case.
Validator one_of(std::vector<std::string> choices, bool ignore_case = false);
/// An array of at most `most` valid elements; 0: no limit. Mistakes are reported with `element_sentence`.
Validator list_of(Validator element, std::string element_sentence, std::size_t most);
/// null or a value that `validator` accepts. Messages end with " or null".
Validator nullable(Validator validator);

/// The message of integer_range(), with thousands separated by commas.
std::string range_sentence(std::int64_t least, std::int64_t most);
/// Groups digits in thousands: 1234567 becomes `1,234,567`.
std::string with_commas(std::string digits);
/// The messages of key(), text() and one_of().
std::string key_sentence();
std::string text_sentence(std::size_t most, std::size_t least = 1);
std::string one_of_sentence(const std::vector<std::string>& choices);
/// Whether the string is a valid key: 1 to 36 of `a-z A-Z 0-9 . - _`, starting with a letter or digit.
bool is_key(std::string_view text);
/// Number of code points. Assumes valid UTF-8.
std::size_t characters(std::string_view text);

}  // namespace reel::emulator
