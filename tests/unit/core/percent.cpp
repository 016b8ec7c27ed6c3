#include <reel/text/percent.hpp>

#include "support/catch.hpp"

namespace percent_tests {

using namespace reel::text;

TEST_CASE("all bytes but the unreserved characters are encoded", "[percent]") {
  CHECK(percent_encoded("aZ09-._~") == "aZ09-._~");
  CHECK(percent_encoded("a b/%\xC3\xA4") == "a%20b%2F%25%C3%A4");
  CHECK(percent_encoded(std::string_view("\0\x7F\xFF", 3)) == "%00%7F%FF");
  std::string path = "file://";
  append_percent_encoded(path, "/a b~", "/-._~");
  CHECK(path == "file:///a%20b~");
}

TEST_CASE("every byte survives encoding and decoding", "[percent]") {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
  CHECK(percent_decoded(percent_encoded(bytes)) == bytes);
  CHECK(percent_decoded("%c3%A4+") == "\xC3\xA4+");
}

TEST_CASE("a percent sign without two hexadecimal digits is refused", "[percent]") {
  for (const char* text : {"%", "a%2", "%2", "%g0", "%0g", "%-1", "%+1", "% 1", "%%41"}) {
    CAPTURE(text);
    CHECK_FALSE(percent_decoded(text));
  }
}

}  // namespace percent_tests
