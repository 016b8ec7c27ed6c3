#pragma once

#include <cstdint>
#include <limits>

#include <reel/schema.hpp>

namespace reel::video {

/// The `max_length` of long text: plans, code and error messages. Earlier schemas allowed 1000 to 5000 characters; a
/// plan has about 13,000, so most were refused or truncated.
inline constexpr std::int64_t long_text = 1'000'000;

/// The range of a count: 0 or more.
inline constexpr auto not_negative = range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max());

}  // namespace reel::video
