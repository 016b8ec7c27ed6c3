#include <reel/driver/enumerator_name.hpp>
#include <reel/error.hpp>

#include <chrono>
#include <set>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"

namespace error_tests {

using reel::Errc;
using reel::Error;

TEST_CASE("an error message contains operation, code and reason", "[error]") {
  CHECK(std::string(Error(Errc::invalid, "too long").what()) == "invalid: too long");
  CHECK(std::string(Error(Errc::not_found, "gone", {.operation = "get"}).what()) == "get: not_found: gone");
  CHECK(std::string(Error(Errc::not_found, "gone", {.collection = "tracks"}).what()) == "tracks: not_found: gone");
  CHECK(std::string(Error(Errc::already_exists, "taken", {.operation = "create", .collection = "tracks", .id = "red"})
                        .what()) == "tracks.create red: already_exists: taken");
  CHECK(std::string(
            Error(Errc::conflict, "stale", {.operation = "update_many", .collection = "tracks", .id = "red", .item = 7})
                .what()) == "tracks.update_many red item 7: conflict: stale");
  CHECK(std::string(Error(Errc::conflict, "stale", {.item = 0}).what()) == "item 0: conflict: stale");
}

TEST_CASE("an error returns the context that it was given", "[error]") {
  const Error error(Errc::rate_limited, "wait",
                    {.operation = "list",
                     .collection = "tracks",
                     .id = "red",
                     .attribute = "title",
                     .index = "by_title",
                     .item = 3,
                     .http_status = 429,
                     .server_type = "general_rate_limit_exceeded",
                     .retry_after = std::chrono::seconds{2}});
  CHECK(error.code() == Errc::rate_limited);
  CHECK(error.reason() == "wait");
  CHECK(error.operation() == "list");
  CHECK(error.collection() == "tracks");
  CHECK(error.id() == "red");
  CHECK(error.attribute() == "title");
  CHECK(error.context().index == "by_title");
  CHECK(error.context().item == 3);
  CHECK(error.context().http_status == 429);
  CHECK(error.context().server_type == "general_rate_limit_exceeded");
  CHECK(error.context().retry_after == std::chrono::milliseconds{2000});
  CHECK_THROWS_AS(throw error, std::runtime_error);
}

TEST_CASE("an outer layer adds missing context to an error", "[error]") {
  const Error inner(Errc::invalid, "too long", {.id = "red", .attribute = "title", .index = "i", .http_status = 400});
  const Error outer =
      inner.within({.operation = "create", .collection = "tracks", .id = "other", .attribute = "other", .item = 2});
  CHECK(outer.operation() == "create");
  CHECK(outer.collection() == "tracks");
  CHECK(outer.id() == "red");
  CHECK(outer.attribute() == "title");
  CHECK(outer.context().index == "i");
  CHECK(outer.context().item == 2);
  CHECK(outer.context().http_status == 400);
  CHECK(outer.reason() == "too long");
  CHECK(std::string(outer.what()) == "tracks.create red item 2: invalid: too long");
  CHECK(outer.within({.item = 9}).context().item == 2);
}

TEST_CASE("every code has a unique name", "[error]") {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Errc::internal); ++code) names.insert(to_string(static_cast<Errc>(code)));
  CHECK(names.size() == 15);
  CHECK(to_string(Errc::not_found) == "not_found");
  CHECK(to_string(Errc::unsupported_media) == "unsupported_media");
  CHECK(to_string(Errc::internal) == "internal");
}

TEST_CASE("a code is found by its name", "[error]") {
  for (int i = 0; i < 15; ++i) {
    const auto code = static_cast<Errc>(i);
    CHECK(reel::driver::enumerator_named<Errc>(to_string(code)) == code);
  }
  for (const char* const other : {"", "none", "Internal", "internal "})
    CHECK_FALSE(reel::driver::enumerator_named<Errc>(other).has_value());
}

}  // namespace error_tests
