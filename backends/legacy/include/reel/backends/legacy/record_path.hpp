#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/text/utf8.hpp>

/// The form in which records contain the path of a file. A record contains UTF-8; a name on disk may have any bytes
/// except `/` and NUL.
///
///     on disk                                       in a record
///     a byte that is part of no valid sequence      \xHH, two upper-case hexadecimal digits
///     a backslash                                   two of them
///     everything else                               the same
///
/// Every path has exactly one written form, which for most paths is the path itself.
namespace reel::legacy {

/// The written form of `path`, which is raw bytes.
[[nodiscard]] inline std::string record_path(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string written;
  written.reserve(path.size());
  const char* at = path.data();
  const char* const end = at + path.size();
  while (at != end) {
    const std::size_t length = text::sequence_length(at, end);
    if (length == 0) {
      const auto byte = static_cast<unsigned char>(*at++);
      written += "\\x";
      written += digits[byte >> 4U];
      written += digits[byte & 15U];
      continue;
    }
    if (*at == '\\') written += '\\';
    written.append(at, length);
    at += length;
  }
  return written;
}

/// The path whose written form is `written`; nothing if `written` is not the written form of a path.
[[nodiscard]] inline std::optional<std::string> disk_path(std::string_view written) {
  std::string path;
  path.reserve(written.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    const bool is_escape = written[i] == '\\' && i + 1 < written.size();
    if (is_escape && written[i + 1] == 'x') {
      const std::string_view digits = written.substr(i + 2, 2);
      unsigned char byte = 0;
      static_cast<void>(std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16));
      path += static_cast<char>(byte);
      i += 3;
    } else {
      if (is_escape) ++i;
      path += written[i];
    }
  }
  // Refuses everything that is not the written form, such as an unknown escape.
  return record_path(path) == written ? std::optional{std::move(path)} : std::nullopt;
}

/// The same for records of other programs: returns `written` unchanged if it is not the written form of a path.
[[nodiscard]] inline std::string disk_path_or_same(std::string_view written) {
  return disk_path(written).value_or(std::string(written));
}

}  // namespace reel::legacy
