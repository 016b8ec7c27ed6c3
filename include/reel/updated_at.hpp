#pragma once

#include <algorithm>
#include <chrono>

#include <reel/error.hpp>
#include <reel/timestamp.hpp>

namespace reel {

/// The `updated_at` of a record whose last one was `before` and that changes now: the store's `clock`, or 1 ms after
/// `before` where the clock has not passed it, so that `if_unchanged_since` distinguishes the two versions.
///
/// Throws `invalid` where that is later than `latest`, the latest time that the store holds: keeping the old time would
/// let a stale write through. Such a record changes only together with an explicit `updated_at`. Every backend that
/// advances times itself calls this. O(1), thread-safe.
[[nodiscard]] inline Timestamp next_updated_at(Timestamp before, Timestamp clock, Timestamp latest = latest_timestamp) {
  if (before >= latest || clock > latest)
    throw Error(Errc::invalid, "updated_at cannot advance beyond " + format_timestamp(latest) +
                                   ", the latest time this store holds; set an earlier updated_at in the same change");
  return std::max(clock, before + std::chrono::milliseconds{1});
}

}  // namespace reel
