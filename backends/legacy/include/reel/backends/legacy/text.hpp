#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <reel/text/utf8.hpp>
#include <reel/video/error_hash.hpp>

namespace reel::legacy {

/// The encoding in which the bytes of a file are read.
enum class Encoding { utf8, cp1252 };

/// The content of a file as UTF-8, with the properties that determined how it was read. `text` equals the bytes of the
/// file unless `byte_order_mark` is set or `encoding` is cp1252. Line ends are kept.
struct Text {
  std::string text = {};
  Encoding encoding = Encoding::utf8;
  bool byte_order_mark = false;
  std::size_t crlf = 0;      ///< line ends that are CR LF
  std::size_t lf = 0;        ///< line ends that are a lone LF
  bool rich_frames = false;  ///< boxes or color codes of a terminal

  bool mixed_line_ends() const { return crlf > 0 && lf > 0; }
};

/// The byte order mark in UTF-8.
inline constexpr std::string_view utf8_byte_order_mark = "\xEF\xBB\xBF";

/// The code points of the bytes 0x80 to 0x9F. The five bytes that cp1252 leaves undefined map to the C1 control of the
/// same number, as in the WHATWG encoding standard.
inline constexpr std::array<std::uint16_t, 32> cp1252_upper{
    0x20AC, 0x0081, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008D, 0x017D, 0x008F, 0x0090, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x009D, 0x017E, 0x0178};

/// Converts cp1252, the code page of Western Windows, to UTF-8. Never fails.
inline std::string utf8_from_cp1252(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text::append_code_point(text, byte >= 0x80 && byte < 0xA0 ? cp1252_upper[byte - 0x80U] : byte);
  }
  return text;
}

/// The string without white space at its beginning.
inline std::string_view without_leading_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

/// Whether a string contains boxes or color codes of a terminal.
inline bool has_rich_frames(std::string_view text) {
  for (const std::string_view mark : {"\xE2\x95\xAD\xE2\x94\x80" /* ╭─ */, "\x1B[", "+-------"})
    if (text.find(mark) != std::string_view::npos) return true;
  return false;
}

/// The bytes as UTF-8: unchanged, without a byte order mark, if they are strictly valid, otherwise read as cp1252.
/// Never fails.
inline std::string utf8_of(std::string bytes) {
  if (bytes.starts_with(utf8_byte_order_mark)) bytes.erase(0, utf8_byte_order_mark.size());
  if (!text::is_valid_utf8(bytes)) return utf8_from_cp1252(bytes);
  return bytes;
}

/// The same, with the properties that `inspect_texts` reports. Reads the bytes several times.
inline Text decode(std::string_view bytes) {
  Text result{.text = utf8_of(std::string(bytes)),
              .encoding = text::is_valid_utf8(bytes) ? Encoding::utf8 : Encoding::cp1252,
              .byte_order_mark = bytes.starts_with(utf8_byte_order_mark)};
  for (std::size_t i = bytes.find('\n'); i != std::string_view::npos; i = bytes.find('\n', i + 1))
    ++(i > 0 && bytes[i - 1] == '\r' ? result.crlf : result.lf);
  result.rich_frames = has_rich_frames(result.text);
  return result;
}

/// Whether an outline or a plan is the message of a failed call to the model, stored as if it were the answer.
///
/// - `head`: the first KiB or more of the file
///
/// The pipeline's wrapper of the model returns the string of the exception, so the whole file consists of one:
/// `litellm.Timeout: …`, `RateLimitError: …`, `Error code: 429 - …`, `503 The model is overloaded…`.
inline bool is_api_error(std::string_view head) {
  if (head.starts_with(utf8_byte_order_mark)) head.remove_prefix(utf8_byte_order_mark.size());
  std::string_view text = without_leading_blanks(head);
  if (text.starts_with("# Scene "))  // the title line of an implementation plan
    text = without_leading_blanks(text.substr(std::min(text.find('\n'), text.size())));
  if (text.empty() || text.front() == '<' || text.front() == '`' || text.front() == '#') return false;

  for (const std::string_view start : {"litellm.", "Error code: ", "Error: ", "Request timed out", "Connection error"})
    if (text.starts_with(start)) return true;

  const auto within = [](char c, char first, char last) { return c >= first && c <= last; };
  const bool has_http_status = text.size() > 4 && within(text[0], '4', '5') && within(text[1], '0', '9') &&
                               within(text[2], '0', '9') && text[3] == ' ' && within(text[4], 'A', 'Z');
  if (has_http_status) return true;

  // A dotted Python name that ends like an exception, then a colon.
  const auto is_name_character = [&](char c) {
    return within(c, 'a', 'z') || within(c, 'A', 'Z') || within(c, '0', '9') || c == '_' || c == '.';
  };
  const auto end = std::ranges::find_if_not(text, is_name_character);
  const std::string_view name(text.begin(), end);
  return end != text.end() && *end == ':' &&
         std::ranges::any_of(std::array<std::string_view, 3>{"Error", "Exception", "Timeout"},
                             [&](std::string_view tail) { return name.size() > tail.size() && name.ends_with(tail); });
}

/// The last entry without the blank lines around it; empty if it is blank.
inline std::string_view last_error(std::string_view log) {
  const std::string_view entry = video::last_log_entry(log);
  const std::size_t first = entry.find_first_not_of("\r\n");
  if (first == std::string_view::npos) return {};
  return entry.substr(first, entry.find_last_not_of(" \t\r\n") - first + 1);
}

}  // namespace reel::legacy
