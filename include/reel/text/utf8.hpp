#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

/// UTF-8 (RFC 3629): validation, decoding and encoding.
namespace reel::text {

namespace detail {

/// Eight bytes as one number, in native order.
constexpr std::uint64_t word_at(const char* position) noexcept {
  std::uint64_t word = 0;
  if (std::is_constant_evaluated()) {
    for (int i = 0; i < 8; ++i) word = word << 8 | static_cast<unsigned char>(position[i]);
  } else {
    std::memcpy(&word, position, sizeof word);
  }
  return word;
}

/// The number of ASCII bytes at `position`, in whole groups of eight.
constexpr std::size_t ascii_groups(const char* position, const char* end) noexcept {
  const char* const first = position;
  while (end - position >= 8 && (word_at(position) & 0x8080808080808080U) == 0) position += 8;
  return static_cast<std::size_t>(position - first);
}

}  // namespace detail

/// The length of the well-formed sequence at `position`; 0 if it is malformed. Needs `position < end`.
constexpr std::size_t sequence_length(const char* position, const char* end) noexcept {
  const auto byte = [&](int i) { return static_cast<unsigned char>(position[i]); };
  const auto continues = [&](int i, unsigned low = 0x80, unsigned high = 0xBF) {
    return end - position > i && byte(i) >= low && byte(i) <= high;
  };
  const unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return continues(1) ? 2 : 0;
  if (lead < 0xF0) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80;   // below: overlong
    const unsigned high = lead == 0xED ? 0x9F : 0xBF;  // above: a surrogate
    return continues(1, low, high) && continues(2) ? 3 : 0;
  }
  if (lead > 0xF4) return 0;
  const unsigned low = lead == 0xF0 ? 0x90 : 0x80;   // below: overlong
  const unsigned high = lead == 0xF4 ? 0x8F : 0xBF;  // above: beyond U+10FFFF
  return continues(1, low, high) && continues(2) && continues(3) ? 4 : 0;
}

/// Whether `text` is well-formed: no surrogates, no overlong forms, no code points above U+10FFFF. ASCII is checked
/// eight bytes at a time.
constexpr bool is_valid_utf8(std::string_view text) noexcept {
  const char* position = text.data();
  const char* const end = position + text.size();
  while (position != end) {
    position += detail::ascii_groups(position, end);
    if (position == end) break;
    const std::size_t length = sequence_length(position, end);
    if (length == 0) return false;
    position += length;
  }
  return true;
}

/// The number of code points in valid UTF-8. For other strings, the number of bytes that are not continuation bytes.
constexpr std::size_t code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char byte : text) count += (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U ? 1 : 0;
  return count;
}

/// Returns the code point at `position` and advances `position` after it. Needs `position < end`. A byte that does not
/// begin a well-formed sequence is skipped alone and returns U+FFFD.
constexpr char32_t next_code_point(const char*& position, const char* end) noexcept {
  const auto lead = static_cast<std::uint32_t>(static_cast<unsigned char>(*position));
  if (lead < 0x80) {
    ++position;
    return lead;
  }
  const std::size_t length = sequence_length(position, end);
  if (length == 0) {
    ++position;
    return 0xFFFD;
  }
  std::uint32_t point = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) point = point << 6 | (static_cast<unsigned char>(position[i]) & 0x3FU);
  position += length;
  return point;
}

/// The first `count` code points of UTF-8; all of it if it has fewer. O(count).
[[nodiscard]] constexpr std::string_view first_code_points(std::string_view text, std::size_t count) noexcept {
  const char* at = text.data();
  const char* const end = at + text.size();
  for (; count > 0 && at != end; --count) static_cast<void>(next_code_point(at, end));
  return text.substr(0, static_cast<std::size_t>(at - text.data()));
}

/// Appends a code point below 0x200000 in the encoding of UTF-8; surrogates are encoded, too. The byte order of such
/// strings is the order of their code points, and no sequence occurs inside another one.
template <class String>
constexpr void append_code_point(String& out, char32_t point) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (point < 0x80) return put(point);
  if (point < 0x800) {
    put(0xC0U | point >> 6);
  } else {
    if (point < 0x10000) {
      put(0xE0U | point >> 12);
    } else {
      put(0xF0U | point >> 18);
      put(0x80U | (point >> 12 & 0x3FU));
    }
    put(0x80U | (point >> 6 & 0x3FU));
  }
  put(0x80U | (point & 0x3FU));
}

}  // namespace reel::text
