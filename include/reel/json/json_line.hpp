#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/crc32c.hpp>
#include <reel/driver/crc_digits.hpp>
#include <reel/driver/value.hpp>
#include <reel/json/json_text.hpp>

/// Values as JSON, and JSON objects that tell whether they are whole.
namespace reel::json {

/// A timestamp becomes the text that `format_timestamp` gives.
inline void append_value(std::string& out, const driver::Value& value) {
  if (value.is_null()) {
    out += "null";
  } else if (const auto* text = value.as<std::string>()) {
    append_string(out, *text);
  } else if (const auto* integer = value.as<std::int64_t>()) {
    append_number(out, *integer);
  } else if (const auto* real = value.as<double>()) {
    append_number(out, *real);
  } else if (const auto* flag = value.as<bool>()) {
    out += *flag ? "true" : "false";
  } else if (const auto* moment = value.as<Timestamp>()) {
    out += '"';
    append_timestamp(out, *moment);
    out += '"';
  } else {
    out += '[';
    for (const driver::Value& element : *value.as<driver::List>()) {
      if (out.back() != '[') out += ',';
      append_value(out, element);
    }
    out += ']';
  }
}

/// Closes an object that has been begun at `start` of `out` with the CRC-32C of all of its bytes so far, and the line.
inline void seal(std::string& out, std::size_t start) {
  const std::uint32_t crc = driver::crc32c(std::string_view(out).substr(start));
  out += R"(,"crc":")";
  driver::append_crc(out, crc);
  out += "\"}\n";
}

/// What is in front of the checksum of a line without its newline, if that is what was written.
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
