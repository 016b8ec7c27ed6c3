#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <reel/driver/crc32c.hpp>
#include <reel/driver/crc_digits.hpp>

/// Lines that contain one JSON object and its checksum:
///
///     {"op":"remove","id":"a","seq":1,"synced":0,"crc":"c15709db"}
///     \_________________________________________/       CRC-32C of these bytes, as 8 hexadecimal digits
namespace reel::json {

/// Ends a line: appends the checksum, the closing brace and a newline.
///
/// - `start`: the position in `out` of the object, whose closing brace is missing
inline void seal(std::string& out, std::size_t start) {
  const std::uint32_t crc = driver::crc32c(std::string_view(out).substr(start));
  out += R"(,"crc":")";
  driver::append_crc(out, crc);
  out += "\"}\n";
}

/// The line of a whole object.
[[nodiscard]] inline std::string sealed_line(std::string object) {
  object.pop_back();
  seal(object, 0);
  return object;
}

/// The bytes of a line that its checksum covers: the object without checksum and closing brace. Empty if the line is
/// damaged. `line` is without its newline.
[[nodiscard]] inline std::optional<std::string_view> unseal(std::string_view line) {
  constexpr std::string_view head = R"(,"crc":")", tail = R"("})";
  constexpr std::size_t size = head.size() + driver::crc_digits + tail.size();
  if (line.size() < size || !line.ends_with(tail)) return std::nullopt;
  const std::string_view sealed = line.substr(0, line.size() - size);
  if (line.substr(sealed.size(), head.size()) != head) return std::nullopt;
  const auto crc = driver::parse_crc(line.substr(sealed.size() + head.size(), driver::crc_digits));
  return crc == driver::crc32c(sealed) ? std::optional{sealed} : std::nullopt;
}

/// The whole object of a line; empty if the line is damaged. `line` is without its newline.
[[nodiscard]] inline std::optional<std::string> unsealed_object(std::string_view line) {
  const auto sealed = unseal(line);
  return sealed ? std::optional(std::string(*sealed) + '}') : std::nullopt;
}

}  // namespace reel::json
