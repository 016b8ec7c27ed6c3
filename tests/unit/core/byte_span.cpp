#include <cstdint>
#include <limits>

#include <reel/driver/byte_span.hpp>

#include "support/catch.hpp"

namespace byte_span_tests {

using reel::driver::ByteSpan;
using reel::driver::clamped;

TEST_CASE("a range is limited to the size of the blob") {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(clamped({}, 10) == ByteSpan{0, 10});
  CHECK(clamped({.offset = 4}, 10) == ByteSpan{4, 10});
  CHECK(clamped({.offset = 4, .length = 3}, 10) == ByteSpan{4, 7});
  CHECK(clamped({.offset = 4, .length = 6}, 10) == ByteSpan{4, 10});
  CHECK(clamped({.offset = 4, .length = 7}, 10) == ByteSpan{4, 10});
  CHECK(clamped({.offset = 4, .length = 0}, 10) == ByteSpan{4, 4});
  CHECK(clamped({.offset = 10}, 10) == ByteSpan{10, 10});
  CHECK(clamped({.offset = 11, .length = 5}, 10) == ByteSpan{10, 10});
  CHECK(clamped({.offset = most, .length = most}, 10) == ByteSpan{10, 10});
  CHECK(clamped({.offset = 1, .length = most}, 10) == ByteSpan{1, 10});
  CHECK(clamped({.offset = 0, .length = 5}, 0) == ByteSpan{0, 0});
  CHECK(clamped({.offset = 4, .length = 3}, 10).size() == 3);
}

}  // namespace byte_span_tests
