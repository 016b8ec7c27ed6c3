#include <reel/driver/error_context.hpp>

#include <new>
#include <stdexcept>
#include <string>
#include <system_error>

#include "support/catch.hpp"
#include "support/error_from.hpp"

namespace error_context_tests {

using reel::Errc;
using reel::Error;
using reel::driver::in_context;
using reel::testing::error_from;

TEST_CASE("running out of memory is a reel::Error with context") {
  const Error error = error_from([] {
    in_context([]() -> int { throw std::bad_alloc(); },
               [] { return reel::ErrorContext{.operation = "create", .collection = "tracks", .id = "red"}; });
  });
  CHECK(error.code() == Errc::unavailable);
  CHECK(std::string(error.what()) == "tracks.create red: unavailable: out of memory");
}

TEST_CASE("an error keeps its context and is given what is missing") {
  const Error error = error_from([] {
    in_context([]() -> int { throw Error(Errc::invalid, "no", {.collection = "inner"}); },
               [] { return reel::ErrorContext{.operation = "list", .collection = "outer"}; });
  });
  CHECK(std::string(error.what()) == "inner.list: invalid: no");
}

TEST_CASE("exceptions of the caller's code propagate unchanged") {
  const auto throw_from = [](const auto& exception) {
    in_context([&]() -> int { throw exception; }, [] { return reel::ErrorContext{}; });
  };
  CHECK_THROWS_AS(throw_from(std::runtime_error("own")), std::runtime_error);
  CHECK_THROWS_AS(throw_from(std::system_error(std::make_error_code(std::errc::io_error))), std::system_error);
  CHECK_THROWS_AS(throw_from(7), int);
}

}  // namespace error_context_tests
