#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <reel/text/utf8.hpp>
#include <reel/video/event.hpp>

namespace reel::video {

/// The number of characters of an error message that every deployment has room for: the `error_message` of the oldest
/// schema. A longer message is kept whole as an artifact, and the attribute contains an excerpt.
inline constexpr std::size_t error_message_length = 1000;

/// `bytes` as text: bytes that are not UTF-8, and control characters other than tab and line feed, become U+FFFD; a
/// carriage return before a line feed is removed. O(size).
[[nodiscard]] inline std::string printable_text(std::string_view bytes) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const std::size_t length = text::sequence_length(bytes.data() + i, bytes.data() + bytes.size());
    const auto first = static_cast<unsigned char>(bytes[i]);
    const bool is_line_end = first == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n';
    const bool is_control = (first < 0x20 && first != '\t' && first != '\n') || first == 0x7F;
    if (length == 0 || (is_control && !is_line_end)) {
      text += replacement;
    } else if (!is_line_end) {
      text += bytes.substr(i, length);
    }
    i += length == 0 ? 1 : length;
  }
  return text;
}

namespace detail {

/// The last code points of valid UTF-8, at most `count`.
[[nodiscard]] inline std::string_view last_characters(std::string_view text, std::size_t count) {
  std::size_t start = text.size();
  for (; start > 0 && count > 0; --count) {
    do --start;
    while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xC0) == 0x80);
  }
  return text.substr(start);
}

/// The part of a large text that can be in an excerpt: enough bytes of the beginning and of the end.
[[nodiscard]] inline std::string printable_ends(std::string_view bytes, std::size_t limit) {
  const std::size_t each = 4 * limit;
  if (bytes.size() <= 2 * each) return printable_text(bytes);
  return printable_text(bytes.substr(0, each)) + printable_text(bytes.substr(bytes.size() - each));
}

}  // namespace detail

/// `message` as text of at most `limit` characters. A longer one keeps its beginning and its end, where a stack trace
/// has its cause; `mark`, between them, replaces the rest. Needs a mark that is valid UTF-8 and shorter than `limit`.
[[nodiscard]] inline std::string excerpt(std::string_view message, std::size_t limit,
                                         std::string_view mark = "\n[...]\n") {
  const std::string text = detail::printable_ends(message, limit);
  if (message.size() <= 8 * limit && text::code_points(text) <= limit) return text;
  const std::size_t room = limit - text::code_points(mark);
  const std::size_t tail = room * 2 / 3;
  std::string result{text::first_code_points(text, room - tail)};
  result += mark;
  result += detail::last_characters(text, tail);
  return result;
}

/// `message` for `Event::message`.
[[nodiscard]] inline std::string event_message(std::string_view message) {
  return excerpt(message, static_cast<std::size_t>(event_message_length));
}

}  // namespace reel::video
