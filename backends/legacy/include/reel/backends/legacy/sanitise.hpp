#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <reel/text/ascii.hpp>

namespace reel::legacy {

/// Whether the name of a topic folder may contain this character.
constexpr bool is_prefix_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

/// The upper case of an ASCII letter; any other character unchanged.
constexpr char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// The name that the pipeline uses for the folder of `topic` (UTF-8), and as the prefix of its files: lower case, then
/// each run of characters other than `a-z 0-9 _` becomes one `_`.
///
/// Many topics have the same prefix. It may be empty or only `_`, and its length is not limited. Idempotent.
inline std::string topic_prefix(std::string_view topic) {
  // Two other letters have ASCII letters in their lower case: that of the kelvin sign is `k`, and that of capital I
  // with dot is `i` and a combining dot, which is a separator.
  constexpr std::string_view kelvin_sign = "\xE2\x84\xAA";
  constexpr std::string_view dotted_capital_i = "\xC4\xB0";

  std::string prefix;
  prefix.reserve(topic.size());
  bool in_run = false;
  const auto keep = [&](char c) {
    prefix += c;
    in_run = false;
  };
  const auto separate = [&] {
    if (!in_run) prefix += '_';
    in_run = true;
  };
  while (!topic.empty()) {
    const char c = text::lower_ascii(topic.front());
    std::size_t taken = 1;
    if (is_prefix_character(c)) {
      keep(c);
    } else if (topic.starts_with(kelvin_sign)) {
      keep('k');
      taken = kelvin_sign.size();
    } else if (topic.starts_with(dotted_capital_i)) {
      keep('i');
      separate();
      taken = dotted_capital_i.size();
    } else {
      separate();
    }
    topic.remove_prefix(taken);
  }
  return prefix;
}

/// A readable title for a prefix, by the rule of the pipeline's evaluation: `_s_` becomes `'s `, and each word is
/// capitalized.
///
/// A guess: it differs from the typed topic in about 60 % of real cases. Never blank unless `prefix` is empty.
inline std::string topic_guess(std::string_view prefix) {
  std::string title;
  bool word_start = true;
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (prefix.substr(i).starts_with("_s_")) {
      title += "'s ";
      i += 2;
      word_start = true;
    } else if (prefix[i] == '_') {
      title += ' ';
      word_start = true;
    } else {
      title += word_start ? ascii_upper(prefix[i]) : text::lower_ascii(prefix[i]);
      word_start = false;
    }
  }
  const std::size_t first = title.find_first_not_of(' ');
  if (first == std::string::npos) return std::string{prefix};
  return title.substr(first, title.find_last_not_of(' ') - first + 1);
}

}  // namespace reel::legacy
