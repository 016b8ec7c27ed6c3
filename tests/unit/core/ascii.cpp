#include <reel/text/ascii.hpp>

#include "support/catch.hpp"

namespace ascii_tests {

using namespace reel::text;

TEST_CASE("lower case changes A to Z and no other byte", "[ascii]") {
  CHECK(lower_ascii("AbZ@[`{ 09") == "abz@[`{ 09");
  CHECK(lower_ascii("\xC3\x84\xFF") == "\xC3\x84\xFF");
  CHECK(lower_ascii("").empty());
}

TEST_CASE("comparison ignores case, and a prefix sorts first", "[ascii]") {
  CHECK(compare_ignoring_case("AB", "ab") == 0);
  CHECK(compare_ignoring_case("a", "B") < 0);
  CHECK(compare_ignoring_case("B", "a") > 0);
  CHECK(compare_ignoring_case("a", "ab") < 0);
  CHECK(compare_ignoring_case("\xFF", "a") > 0);
  CHECK(equal_ignoring_case("Blob", "bLOB"));
  CHECK_FALSE(equal_ignoring_case("blob", "blobs"));
  CHECK_FALSE(equal_ignoring_case("[", "{"));
}

}  // namespace ascii_tests
