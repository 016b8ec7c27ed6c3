#pragma once

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <utility>

#include "support/filesystem/child.hpp"

namespace reel::testing {

/// How long a mirror is followed and how often it is killed: 3 seconds and 5 times, or REEL_FOLLOW_MINUTES and
/// REEL_FOLLOW_KILLS.
struct FollowingPlan {
  std::chrono::milliseconds duration{3000};
  int kills = 5;

  [[nodiscard]] static FollowingPlan from_environment() {
    FollowingPlan plan;
    if (const char* minutes = std::getenv("REEL_FOLLOW_MINUTES"))
      plan.duration = std::chrono::minutes(std::stoi(minutes));
    if (const char* kills = std::getenv("REEL_FOLLOW_KILLS")) plan.kills = std::stoi(kills);
    return plan;
  }

  /// Runs `body` in a process, kills it, and repeats that, at random moments spread over the time until `end`. Call it
  /// while the program has a single thread. Adds the processes that were running when they were killed to `killed`.
  template <class Body>
  void kill_until(std::chrono::steady_clock::time_point end, Body&& body, int& killed) const {
    std::minstd_rand random(7);
    for (int left = kills; left > 0; --left) {
      Child mirror(body);
      const auto rest = std::chrono::duration_cast<std::chrono::microseconds>(end - std::chrono::steady_clock::now());
      const auto most = std::max<std::chrono::microseconds::rep>(1, 2 * rest.count() / (left + 1));
      std::this_thread::sleep_for(
          std::chrono::microseconds(std::uniform_int_distribution<std::chrono::microseconds::rep>(0, most)(random)));
      mirror.kill();
      killed += mirror.was_killed() ? 1 : 0;
    }
  }
};

}  // namespace reel::testing
