#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <emulator/values/json.hpp>

namespace reel::emulator {

/// A rule for a parameter. `problem` is empty for a good value; else the sentence that follows "Invalid `x` param: ".
struct Validator {
  std::function<std::string(const Json&)> problem;
};

/// A rule with one sentence for every mistake.
Validator rule(std::function<bool(const Json&)> accepts, std::string sentence);

/// A text of `least` to `most` characters (code points); 0: no bound.
Validator text(std::size_t most, std::size_t least = 1);
/// The id of a new object; `unique()` too.
Validator custom_id();
/// An attribute or index key.
Validator key();
/// An id in a path.
Validator uid();
/// true or false; also as texts, and as 1 and 0, if `loose`.
Validator boolean(bool loose = true);
/// An integer; a numeric text too if `loose`.
Validator integer(bool loose = false);
Validator floating();
/// An integer (a numeric text too) from `least` to `most`.
Validator integer_range(std::int64_t least, std::int64_t most);
Validator one_of(std::vector<std::string> choices, bool ignore_case = false);
/// A list of at most `most` elements; 0: any number.
Validator list_of(Validator element, std::string element_sentence, std::size_t most);
Validator nullable(Validator validator);

/// "Value must be a valid range between …": thousands separated by commas.
std::string range_sentence(std::int64_t least, std::int64_t most);
/// 1234567 as `1,234,567`.
std::string with_commas(std::string digits);
std::string key_sentence();
std::string text_sentence(std::size_t most, std::size_t least = 1);
std::string one_of_sentence(const std::vector<std::string>& choices);
bool is_key(std::string_view text);
/// Code points; nothing is checked.
std::size_t characters(std::string_view text);

}  // namespace reel::emulator
