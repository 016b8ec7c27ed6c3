#include <optional>
#include <string>

#include <reel/driver/optimistic.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"

namespace optimistic_tests {

using namespace reel;
using driver::retry_conflicts;
using driver::unless_conflict;
using reel::testing::error_from;

TEST_CASE("an attempt is repeated until it has a result") {
  int last = 0;
  const std::string result = retry_conflicts([&](int number) -> std::optional<std::string> {
    CHECK(number == last + 1);
    last = number;
    return number == 3 ? std::optional(std::string("done")) : std::nullopt;
  });
  CHECK(result == "done");
  CHECK(last == 3);
}

TEST_CASE("a thousand attempts without a result are a conflict that names the record") {
  int attempts = 0;
  const Error error = error_from([&] {
    retry_conflicts(
        [&](int) {
          ++attempts;
          return std::optional<int>();
        },
        [] { return ErrorContext{.operation = "modify", .id = "a"}; });
  });
  CHECK(attempts == driver::max_optimistic_attempts);
  CHECK(error.code() == Errc::conflict);
  CHECK(error.id() == "a");
  CHECK(error.reason().find("1000 attempts") != std::string::npos);
}

TEST_CASE("only a conflict is repeated") {
  CHECK(unless_conflict([] { return 5; }) == 5);
  CHECK_FALSE(unless_conflict([]() -> int { throw Error(Errc::conflict, "another writer"); }));
  int attempts = 0;
  const Error error = error_from([&] {
    retry_conflicts([&](int) {
      return unless_conflict([&]() -> int {
        ++attempts;
        throw Error(Errc::invalid, "too long");
      });
    });
  });
  CHECK(error.code() == Errc::invalid);
  CHECK(attempts == 1);
}

}  // namespace optimistic_tests
