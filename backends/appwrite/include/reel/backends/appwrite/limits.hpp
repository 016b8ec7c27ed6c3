#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

namespace reel::appwrite {

/// When to give up.
struct Limits {
  std::optional<std::chrono::steady_clock::time_point> deadline{};
  std::stop_token stop{};
};

}  // namespace reel::appwrite
