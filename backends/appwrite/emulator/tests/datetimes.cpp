#include <emulator/values/datetime.hpp>

#include <string>

#include "support/catch.hpp"

namespace datetimes_tests {

using reel::emulator::parse_datetime;

TEST_CASE("the usual form of a time has the meaning of the others") {
  for (const std::string time :
       {"2026-01-02T03:04:05.678", "1000-01-01T00:00:00.000", "9999-12-31T23:59:59.999", "2024-02-29T12:00:00.001",
        "2026-02-30T00:00:00.000", "2026-13-01T00:00:00.000", "2026-00-10T00:00:00.000", "2026-01-01T24:00:00.000",
        "2026-01-01T25:00:00.000", "2026-01-01T00:60:00.000", "2026-01-01T00:00:60.000"}) {
    INFO(time);
    CHECK(parse_datetime(time + "+00:00") == parse_datetime(time + "Z"));
  }
  CHECK(parse_datetime("2026-01-02T03:04:05.678+01:00") == parse_datetime("2026-01-02T02:04:05.678Z"));
  CHECK(parse_datetime("2026-01-02T03:04:05.67x+00:00") == parse_datetime("2026-01-02T03:04:05.67x Z"));
}

}  // namespace datetimes_tests
