#include <cstdint>
#include <limits>
#include <string>

#include <reel/text/whole_number.hpp>

#include "support/catch.hpp"

namespace whole_number_tests {

using reel::text::whole_number;

TEST_CASE("a string is a number only as a whole", "[text]") {
  CHECK(whole_number<int>("0") == 0);
  CHECK(whole_number<int>("007") == 7);
  CHECK(whole_number<int>("-12") == -12);
  for (const char* string : {"", "-", "+1", " 1", "1 ", "1.0", "0x1", "1e3", "one"})
    CHECK_FALSE(whole_number<int>(string));
  CHECK_FALSE(whole_number<std::uint64_t>("-1"));
  const auto greatest = std::numeric_limits<std::int64_t>::max();
  CHECK(whole_number<std::int64_t>(std::to_string(greatest)) == greatest);
  CHECK_FALSE(whole_number<std::int64_t>("9223372036854775808"));
}

}  // namespace whole_number_tests
