#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Checksums of 32 bits as strings of eight hexadecimal digits.
namespace reel::driver {

/// The number of digits of a checksum.
inline constexpr std::size_t crc_digits = 8;

/// Appends a checksum: lower case, most significant digit first.
inline void append_crc(std::string& out, std::uint32_t crc) {
  for (int shift = 28; shift >= 0; shift -= 4) out += "0123456789abcdef"[(crc >> shift) & 0xfU];
}

/// The checksum that `append_crc` wrote. Empty for any other string, upper case digits included, because a single
/// flipped bit changes `a` into `A`.
[[nodiscard]] inline std::optional<std::uint32_t> parse_crc(std::string_view digits) {
  if (digits.size() != crc_digits) return std::nullopt;
  std::uint32_t crc = 0;
  for (const char digit : digits) {
    const std::size_t value = std::string_view{"0123456789abcdef"}.find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    crc = crc << 4 | static_cast<std::uint32_t>(value);
  }
  return crc;
}

}  // namespace reel::driver
