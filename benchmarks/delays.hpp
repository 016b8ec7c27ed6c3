#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "side_by_side.hpp"

namespace bench {

/// Nanoseconds of the clock that all processes share.
inline std::int64_t clock_now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

/// The value below which this part of the values is, as a time.
inline Seconds quantile(std::vector<std::int64_t> nanoseconds, double part) {
  std::sort(nanoseconds.begin(), nanoseconds.end());
  const auto index = static_cast<std::size_t>(static_cast<double>(nanoseconds.size() - 1) * part);
  return std::chrono::nanoseconds{nanoseconds[index]};
}

/// Returns the delays of this many writes, in nanoseconds.
using Delays = std::function<std::vector<std::int64_t>(std::size_t writes)>;

/// Compares the median and the 99th percentile of delays.
inline void add_delays(const std::string& work, const std::string& peer, std::size_t writes, double target,
                       const Delays& ours, const Delays& theirs) {
  for (const auto& [name, part] : {std::pair{"p50", 0.5}, std::pair{"p99", 0.99}})
    add({.work = work + ", " + name,
         .peer = peer,
         .target = target,
         .rounds = 3,
         .ours = [=, part = part] { return quantile(ours(writes), part); },
         .theirs = [=, part = part] { return quantile(theirs(writes), part); }});
}

}  // namespace bench
