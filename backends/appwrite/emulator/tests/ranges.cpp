#include <emulator/http/ranges.hpp>

#include "support/catch.hpp"

namespace ranges_tests {

using namespace reel::emulator;

/// The part of a file that is sent, as `first-last`, or `refused`.
std::string sent(std::string_view header, std::int64_t size = 36, std::int64_t most = 10 * 1024 * 1024) {
  const auto span = satisfy(parse_range(header), size, most);
  return span ? std::to_string(span->first) + "-" + std::to_string(span->last) : "refused";
}

std::string chunk(std::string_view header) {
  const auto range = parse_content_range(header);
  return range ? std::to_string(range->start) + "-" + std::to_string(range->end) + "/" + std::to_string(range->total)
               : "refused";
}

TEST_CASE("only ranges of more than one byte inside the file are sent") {
  CHECK(sent("bytes=0-9") == "0-9");
  CHECK(sent("bytes=30-") == "30-35");
  CHECK(sent("bytes=0-35") == "0-35");
  for (const char* header : {"bytes=0-0", "bytes=35-35", "bytes=35-", "bytes=-5", "bytes=0-36", "bytes=36-",
                             "bytes=5-3", "bytes=0-4,10-14", "bytes=", "bytes=-", "bytes=a-b", "bytes=1", "items=0-5",
                             "Bytes=0-4", "bytes = 0-4", "bytes=0 - 4", "0-4", "bytes=+1-4"}) {
    CAPTURE(header);
    CHECK(sent(header) == "refused");
  }
}

TEST_CASE("open and very long ranges are cut") {
  constexpr std::int64_t size = 100'000'000;
  CHECK(sent("bytes=5-", size, 1000) == "5-1004");
  CHECK(sent("bytes=0-20000000", size, 1000) == "0-20000000");
  CHECK(sent("bytes=0-20000001", size, 1000) == "0-999");
  CHECK(sent("bytes=99999990-", size, 1000) == "99999990-99999999");
}

TEST_CASE("a content range has a unit, two bounds and a total") {
  CHECK(chunk("bytes 0-9/20") == "0-9/20");
  CHECK(chunk("items 0-0/1") == "0-0/1");
  CHECK(chunk("bytes 0-10/10") == "0-10/10");
  for (const char* header : {"bytes 5-3/10", "bytes 0-11/10", "bytes 0-9", "bytes */10", "0-9/10", "bytes a-b/c",
                             "bytes 0-9/*", "bytes=0-9/10", "bytes -5-9/20", "bytes  0-9/20", ""}) {
    CAPTURE(header);
    CHECK(chunk(header) == "refused");
  }
}

}  // namespace ranges_tests
