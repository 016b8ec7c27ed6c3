#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace reel::json {

/// The number of bytes at the start of a string that JSON represents as themselves: up to the first quote, backslash or
/// control character. Looks at 8 bytes at a time, as one number: `below` sets the high bit of each byte below a limit.
/// A borrow may also set the bit of a byte after a special one, so only the first is used.
[[nodiscard]] inline std::size_t plain_size(std::string_view text) {
  constexpr std::uint64_t ones = ~std::uint64_t{0} / 255;
  const auto below = [](std::uint64_t bytes, std::uint64_t limit) { return (bytes - ones * limit) & ~bytes; };
  std::size_t size = 0;
  for (; text.size() - size >= 8; size += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + size, 8);
    const std::uint64_t special = below(bytes, 0x20) | below(bytes ^ ones * '"', 1) | below(bytes ^ ones * '\\', 1);
    const std::uint64_t found = special & ones * 0x80;
    if (found == 0) continue;
    if constexpr (std::endian::native != std::endian::little) break;
    return size + static_cast<std::size_t>(std::countr_zero(found)) / 8;
  }
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; };
  while (size < text.size() && is_plain(text[size])) ++size;
  return size;
}

}  // namespace reel::json
