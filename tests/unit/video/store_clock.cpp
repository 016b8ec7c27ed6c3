#include <reel/video/store_clock.hpp>

#include <chrono>

#include "support/catch.hpp"

namespace store_clock_tests {
namespace {

using namespace std::chrono_literals;
using reel::Timestamp;
using reel::video::StoreClock;

}  // namespace

TEST_CASE("the clock of a store counts from the latest write", "[queue]") {
  const Timestamp written = reel::now() - 1h;
  const auto at = std::chrono::steady_clock::now();
  StoreClock clock;
  CHECK_FALSE(clock.now(at));
  clock.learn(written, at);
  CHECK(clock.now(at + 3s) == written + 3s);
  clock.learn(written + 4s, at + 5s);
  CHECK(clock.now(at + 5s) == written + 5s);
  clock.learn(written + 7s, at + 6s);
  CHECK(clock.now(at + 6s) == written + 7s);
}

TEST_CASE("the clock of a store is asked again after a minute without a write", "[queue]") {
  const auto at = std::chrono::steady_clock::now();
  StoreClock clock;
  clock.learn(Timestamp{}, at);
  CHECK(clock.now(at + 59s));
  CHECK_FALSE(clock.now(at + 61s));
  clock.learn(Timestamp{} + 2h, at + 61s);
  CHECK(clock.now(at + 61s) == Timestamp{} + 2h);
}

}  // namespace store_clock_tests
