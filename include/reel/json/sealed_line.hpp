#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <reel/driver/crc32c.hpp>
#include <reel/driver/crc_digits.hpp>

/// JSON objects on a line that ends in `,"crc":"xxxxxxxx"}`: the CRC-32C of all bytes before, in hexadecimal digits.
namespace reel::json {

/// Ends the object that begins at `start` of `out`, and whose brace is not closed, and its line.
inline void seal(std::string& out, std::size_t start) {
  const std::uint32_t crc = driver::crc32c(std::string_view(out).substr(start));
  out += R"(,"crc":")";
  driver::append_crc(out, crc);
  out += "\"}\n";
}

/// The part of a line, without its newline, that its checksum covers; nothing if that does not match.
[[nodiscard]] inline std::optional<std::string_view> unseal(std::string_view line) {
  constexpr std::string_view head = R"(,"crc":")", tail = R"("})";
  constexpr std::size_t size = head.size() + driver::crc_digits + tail.size();
  if (line.size() < size || !line.ends_with(tail)) return std::nullopt;
  const std::string_view sealed = line.substr(0, line.size() - size);
  if (line.substr(sealed.size(), head.size()) != head) return std::nullopt;
  const auto crc = driver::parse_crc(line.substr(sealed.size() + head.size(), driver::crc_digits));
  return crc == driver::crc32c(sealed) ? std::optional{sealed} : std::nullopt;
}

}  // namespace reel::json
