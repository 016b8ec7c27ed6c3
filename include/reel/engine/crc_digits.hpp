#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Checksums of 32 bits as text.
namespace reel::engine {

inline constexpr std::size_t crc_digits = 8;

/// Hexadecimal, the highest digit first.
inline void append_crc(std::string& out, std::uint32_t crc) {
  for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789abcdef"[(crc >> shift) & 0xfU];
}

/// Nothing unless the text is `crc_digits` long and what `append_crc` writes.
[[nodiscard]] inline std::optional<std::uint32_t> parse_crc(std::string_view digits) {
  std::uint32_t crc = 0;
  const char* const end = digits.data() + digits.size();
  if (digits.size() != crc_digits || std::from_chars(digits.data(), end, crc, 16).ptr != end) return std::nullopt;
  return crc;
}

}  // namespace reel::engine
