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

TEST_CASE("waits have bounds and spread between them") {
  Jitter jitter(1);
  const Waits after_failure = sorted_waits([&] { return jitter.up_to(1000ms); });
  CHECK(after_failure.front() >= 0ms);
  CHECK(after_failure.back() <= 1000ms);
  CHECK((after_failure[500] > 400ms && after_failure[500] < 600ms));
  const Waits repeated = sorted_waits([&] { return jitter.nearly(1000ms); });
  CHECK(repeated.front() >= 750ms);
  CHECK(repeated.back() <= 1000ms);
  CHECK((repeated[500] > 850ms && repeated[500] < 900ms));
}

TEST_CASE("a wait is never longer than its bound, however short that is") {
  Jitter jitter(1);
  for (const auto longest : {0ms, 1ms, 3ms}) {
    CHECK(jitter.up_to(longest) <= longest);
    CHECK(jitter.nearly(longest) == longest);
  }
}

TEST_CASE("waits are those of their seed, and without one differ from those of another object") {
  const auto waits = [](Jitter jitter) {
    Waits all;
    for (int i = 0; i < 20; ++i) all.push_back(jitter.up_to(1h));
    return all;
  };
  CHECK(waits(Jitter(7)) == waits(Jitter(7)));
  CHECK(waits(Jitter(7)) != waits(Jitter(8)));
  CHECK(waits(Jitter()) != waits(Jitter()));
}

}  // namespace jitter_tests
