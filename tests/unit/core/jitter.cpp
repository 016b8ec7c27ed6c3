#include <reel/driver/jitter.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

#include "support/catch.hpp"

namespace jitter_tests {

using namespace std::chrono_literals;
using reel::driver::Jitter;
using Waits = std::vector<std::chrono::milliseconds>;

template <class Draw>
Waits sorted_waits(Draw&& draw) {
  Waits waits;
  for (int i = 0; i < 1000; ++i) waits.push_back(draw());
  std::sort(waits.begin(), waits.end());
  return waits;
}

TEST_CASE("a repeated wait is up to a quarter shorter") {
  Jitter jitter(1);
  const Waits waits = sorted_waits([&] { return jitter.nearly(1000ms); });
  CHECK(waits.front() >= 750ms);
  CHECK(waits.back() <= 1000ms);
  CHECK((waits[500] > 850ms && waits[500] < 900ms));
  for (const auto longest : {0ms, 1ms, 3ms}) CHECK(jitter.nearly(longest) == longest);
}

TEST_CASE("waits after failures grow up to their limit, each up to three times the one before") {
  Jitter jitter(1);
  std::chrono::milliseconds before{0}, longest{0};
  for (int i = 0; i < 1000; ++i) {
    const auto wait = jitter.after_failure(before, 100ms, 30s);
    CHECK(wait >= 100ms);
    CHECK(wait <= std::min<std::chrono::milliseconds>(3 * std::max(before, 100ms), 30s));
    longest = std::max(longest, wait);
    before = wait;
  }
  CHECK(longest > 25s);
  const Waits first = sorted_waits([&] { return jitter.after_failure(0ms, 100ms, 30s); });
  CHECK((first[500] > 180ms && first[500] < 220ms));
}

TEST_CASE("waits are those of their seed, and without one differ from those of another object") {
  const auto waits = [](Jitter jitter) {
    Waits all;
    for (int i = 0; i < 20; ++i) all.push_back(jitter.nearly(1h));
    return all;
  };
  CHECK(waits(Jitter(7)) == waits(Jitter(7)));
  CHECK(waits(Jitter(7)) != waits(Jitter(8)));
  CHECK(waits(Jitter()) != waits(Jitter()));
}

}  // namespace jitter_tests
