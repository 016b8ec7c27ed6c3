#include "support/catch.hpp"

#include <bit>
#include <cfloat>
#include <limits>
#include <random>

#include <reel/backends/appwrite/float_parts.hpp>

namespace float_parts_tests {

using namespace reel;
using appwrite::parts_of;

/// Returns the number as the server passes it to the database, with 14 digits.
double bound(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.14g", value);
  return std::strtod(digits, nullptr);
}

driver::AttributeSchema number(std::optional<driver::Value> minimum = {}, std::optional<driver::Value> maximum = {}) {
  return {.name = "f",
          .kind = driver::AttributeType::floating,
          .minimum = std::move(minimum),
          .maximum = std::move(maximum)};
}

TEST_CASE("a number splits into two parts of 14 digits whose sum is exact") {
  std::mt19937_64 random(14);
  std::vector<double> values{1.0 / 3,  -1.0 / 3,     0.1,     1e300 / 3, DBL_MAX,
                             -DBL_MAX, DBL_TRUE_MIN, DBL_MIN, 100.0 / 3, 5e-324};
  while (values.size() < 20'000) {
    const auto value = std::bit_cast<double>(random());
    if (value - value == 0) values.push_back(value);
  }
  for (const double value : values) {
    CAPTURE(value);
    const appwrite::FloatParts parts = parts_of(number(), value);
    const bool whole = appwrite::is_whole(parts.rounded);
    REQUIRE((whole || bound(parts.rounded) == parts.rounded));
    REQUIRE(parts.rounded + bound(parts.rest) == value);
  }
}

TEST_CASE("whole numbers and numbers of up to 14 digits need one part") {
  for (const double value : {0.0, 0.5, 0.1, -2.25, 1e-300, 12345678901234.0, 9007199254740992.0, 4611686018427387904.0})
    CHECK(parts_of(number(), value).rest == 0);
  CHECK(parts_of(number(), 1.0 / 3).rest != 0);
  CHECK(appwrite::rounded_json(number(), driver::Value{9007199254740992.0}) == "9007199254740992");
  CHECK(appwrite::rounded_json(number(), driver::Value{0.5}) == "0.5");
}

TEST_CASE("the rounded part stays within the attribute's range") {
  const double third = 1.0 / 3, two_thirds = 2.0 / 3;
  CHECK(parts_of(number(driver::Value{third}), third).rounded >= third);
  CHECK(parts_of(number({}, driver::Value{two_thirds}), two_thirds).rounded <= two_thirds);
  const auto parts = parts_of(number(driver::Value{third}), third);
  CHECK(parts.rounded + bound(parts.rest) == third);
}

TEST_CASE("a query expresses exactly the numbers that 17 digits after the point represent") {
  CHECK(appwrite::is_exact_in_queries(1.0 / 3));
  CHECK(appwrite::is_exact_in_queries(DBL_MAX));
  CHECK(appwrite::is_exact_in_queries(0.01));
  CHECK_FALSE(appwrite::is_exact_in_queries(1e-5 / 3));
  CHECK_FALSE(appwrite::is_exact_in_queries(DBL_TRUE_MIN));
}

}  // namespace float_parts_tests
