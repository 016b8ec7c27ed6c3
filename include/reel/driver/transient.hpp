#pragma once

#include <reel/error.hpp>

namespace reel::driver {

/// Whether a server that has failed with this code may respond to the same request later.
[[nodiscard]] constexpr bool is_transient(Errc code) {
  return code == Errc::unavailable || code == Errc::timed_out || code == Errc::rate_limited;
}

}  // namespace reel::driver
