#include <reel/driver/crc_digits.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "support/catch.hpp"

namespace crc_digits_tests {

TEST_CASE("the digits of a checksum are parsed as written, and other strings are not") {
  using reel::driver::parse_crc;

  std::string digits;
  reel::driver::append_crc(digits, 0x0a1b2cf9U);
  CHECK(digits == "0a1b2cf9");
  CHECK(parse_crc(digits) == std::optional<std::uint32_t>{0x0a1b2cf9U});

  for (std::size_t place = 0; place < digits.size(); ++place) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = digits;
      flipped[place] = static_cast<char>(flipped[place] ^ (1 << bit));
      CAPTURE(flipped);
      CHECK(parse_crc(flipped) != parse_crc(digits));
    }
  }
  CHECK_FALSE(parse_crc("0a1b2cf"));
  CHECK_FALSE(parse_crc("0a1b2cf90"));
  CHECK_FALSE(parse_crc(" 0a1b2cf"));
}

}  // namespace crc_digits_tests
