#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <reel/md5.hpp>
#include <reel/separate.hpp>
#include <reel/text/full_text.hpp>
#include <reel/text/utf8.hpp>
#include <reel/video/error_hash.hpp>

namespace reel::video {
namespace detail {

/// The lower case of ASCII, Latin-1, Greek and Cyrillic capitals; any other character unchanged.
constexpr char32_t lower_case(char32_t point) noexcept {
  const auto within = [point](char32_t first, char32_t last) { return point >= first && point <= last; };
  if (within(U'A', U'Z') || (within(0xC0, 0xDE) && point != 0xD7)) return point + 32;
  if ((within(0x391, 0x3A9) && point != 0x3A2) || within(0x410, 0x42F)) return point + 32;
  return within(0x400, 0x40F) ? point + 80 : point;
}

/// The error in lower case, with `<VAR>` for every word that contains a digit: the form that is hashed.
inline std::string normalized_error(std::string_view error) {
  std::string text;
  std::size_t word = 0;  // the start of the current word in `text`
  bool in_word = false;
  bool has_digit = false;
  const auto end_word = [&] {
    if (in_word && has_digit) text.replace(word, std::string::npos, "<VAR>");
    in_word = has_digit = false;
  };
  const char* at = error.data();
  const char* const end = at + error.size();
  while (at != end) {
    const char32_t point = lower_case(text::next_code_point(at, end));
    if (!text::is_word_character(point)) {
      end_word();
    } else if (!in_word) {
      in_word = true;
      word = text.size();
    }
    if (point >= U'0' && point <= U'9') has_digit = true;
    text::append_code_point(text, point);
  }
  end_word();
  return text;
}

/// The string with LF for each CR LF. A lone CR stays.
inline std::string with_unix_line_ends(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] != '\r' || i + 1 == text.size() || text[i + 1] != '\n') result += text[i];
  return result;
}

}  // namespace detail

REEL_INLINE std::string_view last_log_entry(std::string_view log) {
  std::string_view entry = log;
  for (std::string_view rest = log; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    const bool is_attempt = line.starts_with("Error in attempt ") && line.ends_with(':');
    if (is_attempt || (line == "Error:" && entry.size() == log.size())) entry = rest;
  }
  return entry;
}

REEL_INLINE std::string pipeline_error_hash(std::string_view log, std::string_view code) {
  std::string error = detail::with_unix_line_ends(last_log_entry(log));
  if (error.ends_with('\n')) error.pop_back();                // the pipeline appends one to the message of the renderer
  constexpr std::size_t counted = 200, enough = 5 * counted;  // bytes: four for a character, and a CR
  const std::string source = detail::with_unix_line_ends(code.substr(0, enough));
  const std::string_view start = text::first_code_points(source, counted);
  return md5_hex(detail::normalized_error(error) + ":" + std::string(start)).substr(0, 8);
}

}  // namespace reel::video
