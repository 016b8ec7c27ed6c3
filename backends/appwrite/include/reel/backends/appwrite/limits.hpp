#pragma once

#include <chrono>
#include <optional>
#include <stop_token>

namespace reel::appwrite {

/// When the operations of a client end early: at the deadline as `timed_out`, or when the token is triggered as
/// `cancelled`. Both are optional.
struct Limits {
  std::optional<std::chrono::steady_clock::time_point> deadline{};  ///< the moment after which no operation waits
  std::stop_token stop{};  ///< ends operations when a stop is requested, from any thread
};

}  // namespace reel::appwrite
