#include <reel/timestamp.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>

#include "support/catch.hpp"

namespace timestamp_tests {

using reel::format_timestamp;
using reel::parse_timestamp;
using reel::Timestamp;

std::optional<std::int64_t> milliseconds(const char* text) {
  const auto moment = parse_timestamp(text);
  return moment ? std::optional<std::int64_t>(moment->time_since_epoch().count()) : std::nullopt;
}
std::string format(std::int64_t milliseconds) {
  return format_timestamp(Timestamp{std::chrono::milliseconds{milliseconds}});
}

TEST_CASE("times are parsed and written", "[timestamp]") {
  struct Row {
    const char* text;
    std::int64_t milliseconds;
  };
  // From `date -u -d <text> +%s`.
  const Row rows[] = {{"1970-01-01T00:00:00.000+00:00", 0},
                      {"1969-12-31T23:59:59.999+00:00", -1},
                      {"1969-12-31T00:00:00.000+00:00", -86'400'000},
                      {"2026-01-02T03:04:05.678+00:00", 1'767'323'045'678},
                      {"2000-02-29T12:00:00.001+00:00", 951'825'600'001},
                      {"1900-03-01T00:00:00.000+00:00", -2'203'891'200'000},
                      {"2024-12-31T23:59:59.999+00:00", 1'735'689'599'999},
                      {"2038-01-19T03:14:08.000+00:00", 2'147'483'648'000},
                      {"1000-01-01T00:00:00.000+00:00", -30'610'224'000'000},
                      {"9999-12-31T23:59:59.999+00:00", 253'402'300'799'999}};
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(format(row.milliseconds) == row.text);
    CHECK(milliseconds(row.text) == row.milliseconds);
  }
  CHECK(reel::earliest_timestamp == parse_timestamp(rows[8].text));
  CHECK(reel::latest_timestamp == parse_timestamp(rows[9].text));
}

TEST_CASE("every valid time is parsed as it was written", "[timestamp]") {
  std::mt19937_64 chance(1);
  const std::int64_t first = reel::earliest_timestamp.time_since_epoch().count();
  const std::int64_t last = reel::latest_timestamp.time_since_epoch().count();
  std::uniform_int_distribution<std::int64_t> moments(first, last);
  for (int i = 0; i < 20'000; ++i) {
    const Timestamp moment{std::chrono::milliseconds{moments(chance)}};
    REQUIRE(parse_timestamp(format_timestamp(moment)) == moment);
  }
}

TEST_CASE("time zones, fractions and shorter forms are parsed", "[timestamp]") {
  CHECK(milliseconds("1970-01-02") == 86'400'000);
  CHECK(milliseconds("1970-01-01T00:00:01") == 1000);
  CHECK(milliseconds("1970-01-01 00:00:01") == 1000);
  CHECK(milliseconds("1970-01-01T00:00:01Z") == 1000);
  CHECK(milliseconds("1970-01-01T02:00:01+02:00") == 1000);
  CHECK(milliseconds("1970-01-01T02:00:01+0200") == 1000);
  CHECK(milliseconds("1969-12-31T18:30:01-05:30") == 1000);
  CHECK(milliseconds("1970-01-01T00:00:00-00:00") == 0);
  CHECK(milliseconds("1970-01-01T00:00:00.5Z") == 500);
  CHECK(milliseconds("1970-01-01T00:00:00.05Z") == 50);
  CHECK(milliseconds("1970-01-01T00:00:00.123456789Z") == 123);
  CHECK(milliseconds("1970-01-01T00:00:00.9999+01:00") == -3'600'000 + 999);
}

TEST_CASE("letters in a time can be in lower case", "[timestamp]") {
  CHECK(milliseconds("1970-01-01t00:00:01z") == 1000);
  CHECK(milliseconds("1970-01-01t02:00:01.5+02:00") == 1500);
  CHECK(milliseconds("1970-01-01T00:00:01z") == 1000);
}

TEST_CASE("a leap second is the first second of the next day", "[timestamp]") {
  CHECK(milliseconds("2016-12-31T23:59:60Z") == milliseconds("2017-01-01T00:00:00Z"));
  CHECK(milliseconds("2016-12-31T23:59:60.75Z") == milliseconds("2017-01-01T00:00:00.75Z"));
  CHECK(milliseconds("2017-01-01T00:59:60+01:00") == milliseconds("2017-01-01T00:00:00Z"));
  CHECK(milliseconds("1990-12-31T15:59:60-08:00") == milliseconds("1991-01-01T00:00:00Z"));  // RFC 3339, 5.8
  for (const char* text : {"2016-12-31T23:59:61Z", "2016-12-31T23:58:60Z", "2016-12-30T23:59:60Z",
                           "2016-12-31T23:59:60+01:00", "2017-01-01T00:00:60Z"}) {
    INFO(text);
    CHECK_FALSE(milliseconds(text));
  }
}

TEST_CASE("years 0000 to 9999 are parsed and written with four digits", "[timestamp]") {
  for (const char* text : {"0000-01-01T00:00:00.000+00:00", "0000-12-31T23:59:59.999+00:00",
                           "0001-01-01T00:00:00.000+00:00", "0999-12-31T23:59:59.999+00:00"}) {
    INFO(text);
    REQUIRE(milliseconds(text));
    CHECK(format(*milliseconds(text)) == text);
  }
}

TEST_CASE("a year outside four digits is written with a sign and is not parsed", "[timestamp]") {
  struct Row {
    std::int64_t milliseconds;
    const char* text;
  };
  const Row rows[] = {{253'402'300'800'000, "+10000-01-01T00:00:00.000+00:00"},
                      {-62'167'219'200'001, "-0001-12-31T23:59:59.999+00:00"},
                      {INT64_MAX, "+292278994-08-17T07:12:55.807+00:00"},
                      {INT64_MIN, "-292275055-05-16T16:47:04.192+00:00"}};
  for (const Row& row : rows) {
    CHECK(format(row.milliseconds) == row.text);
    CHECK_FALSE(milliseconds(row.text));
  }
  CHECK(milliseconds("9999-12-31T23:59:59-00:01") == 253'402'300'859'000 - 0);
}

TEST_CASE("leap days follow the calendar", "[timestamp]") {
  CHECK(milliseconds("2024-02-29"));
  CHECK(milliseconds("2000-02-29"));
  CHECK_FALSE(milliseconds("1900-02-29"));
  CHECK_FALSE(milliseconds("2023-02-29"));
  CHECK_FALSE(milliseconds("2024-02-30"));
  CHECK(*milliseconds("2024-03-01") - *milliseconds("2024-02-28") == 2 * 86'400'000);
  CHECK(*milliseconds("2023-03-01") - *milliseconds("2023-02-28") == 86'400'000);
}

TEST_CASE("an invalid time is not parsed", "[timestamp]") {
  for (const char* text : {"",
                           "now",
                           "2026",
                           "2026-01",
                           "2026-1-2",
                           "26-01-02",
                           "2026-00-01",
                           "2026-13-01",
                           "2026-01-00",
                           "2026-01-32",
                           "2026-04-31",
                           "2026/01/02",
                           "-2026-01-02",
                           " 2026-01-02",
                           "2026-01-02 ",
                           "2026-01-02T",
                           "2026-01-02T03",
                           "2026-01-02T03:04",
                           "2026-01-02T24:00:00",
                           "2026-01-02T03:60:00",
                           "2026-01-02T03:04:60",
                           "2026-01-02T3:04:05",
                           "2026-01-02X03:04:05",
                           "2026-01-02T03:04:05.",
                           "2026-01-02T03:04:05.Z",
                           "2026-01-02T03:04:05,5",
                           "2026-01-02T03:04:05z0",
                           "2026-01-02T03:04:05+",
                           "2026-01-02T03:04:05+1",
                           "2026-01-02T03:04:05+24:00",
                           "2026-01-02T03:04:05+01:60",
                           "2026-01-02T03:04:05+01:00:00",
                           "2026-01-02T03:04:05ZZ",
                           "2026-01-02T+3:04:05"}) {
    INFO("'" << text << "'");
    CHECK_FALSE(milliseconds(text));
  }
}

TEST_CASE("now has millisecond precision and is a time that a store can hold", "[timestamp]") {
  CHECK(reel::now() > reel::earliest_timestamp);
  CHECK(reel::now() < reel::latest_timestamp);
}

}  // namespace timestamp_tests
