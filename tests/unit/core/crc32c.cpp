#include <reel/driver/crc32c.hpp>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>

#include "support/catch.hpp"

namespace crc32c_tests {

// The definition, one bit at a time.
std::uint32_t by_definition(std::string_view bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 1U) != 0 ? (crc >> 1) ^ 0x82f63b78U : crc >> 1;
  }
  return ~crc;
}

std::string random_bytes(std::mt19937_64& engine, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(engine() & 0xffU);
  return bytes;
}

TEST_CASE("crc32c returns the checksums of RFC 3720", "[crc32c]") {
  std::string ascending;
  std::string descending;
  for (char byte = 0; byte < 32; ++byte) {
    ascending += byte;
    descending += static_cast<char>(31 - byte);
  }
  const std::string_view read_command(
      "\x01\xc0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x14\x00\x00\x00\x00\x00\x04\x00"
      "\x00\x00\x00\x14\x00\x00\x00\x18\x28\x00\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00",
      48);
  CHECK(reel::driver::crc32c(std::string(32, '\0')) == 0x8a9136aaU);
  CHECK(reel::driver::crc32c(std::string(32, '\xff')) == 0x62a8ab43U);
  CHECK(reel::driver::crc32c(ascending) == 0x46dd794eU);
  CHECK(reel::driver::crc32c(descending) == 0x113fdb5cU);
  CHECK(reel::driver::crc32c(read_command) == 0xd9963a56U);
  CHECK(reel::driver::crc32c("123456789") == 0xe3069283U);
  CHECK(reel::driver::crc32c("") == 0U);
}

TEST_CASE("crc32c agrees with its definition for every size, alignment and path", "[crc32c]") {
  std::mt19937_64 engine(3720);
  const std::string bytes = random_bytes(engine, 300);
  for (std::size_t offset = 0; offset < 9; ++offset) {
    for (std::size_t size = 0; offset + size <= bytes.size(); ++size) {
      const std::string_view part = std::string_view(bytes).substr(offset, size);
      const std::uint32_t expected = by_definition(part);
      REQUIRE(reel::driver::crc32c(part) == expected);
      REQUIRE(~reel::driver::portable_crc32c(~0U, part.data(), part.size()) == expected);
      if (reel::driver::has_hardware_crc32c()) {
        REQUIRE(~reel::driver::hardware_crc32c(~0U, part.data(), part.size()) == expected);
      }
    }
  }
}

TEST_CASE("a crc32c that is continued with its seed equals that of the whole", "[crc32c]") {
  std::mt19937_64 engine(4);
  const std::string bytes = random_bytes(engine, 1000);
  for (std::size_t cut = 0; cut <= bytes.size(); cut += 7) {
    const std::uint32_t head = reel::driver::crc32c(std::string_view(bytes).substr(0, cut));
    REQUIRE(reel::driver::crc32c(std::string_view(bytes).substr(cut), head) == reel::driver::crc32c(bytes));
  }
}

TEST_CASE("crc32c detects every single flipped bit", "[crc32c]") {
  std::string bytes = "a line of a journal, as it was written";
  const std::uint32_t before = reel::driver::crc32c(bytes);
  for (char& byte : bytes) {
    for (int bit = 0; bit < 8; ++bit) {
      byte = static_cast<char>(byte ^ (1 << bit));
      CHECK(reel::driver::crc32c(bytes) != before);
      byte = static_cast<char>(byte ^ (1 << bit));
    }
  }
}

}  // namespace crc32c_tests
