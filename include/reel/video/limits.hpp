#pragma once

#include <cstdint>
#include <limits>

#include <reel/schema.hpp>

namespace reel::video {

/// The limit of texts that a person or a model writes without counting: plans, code, error messages. The older schema
/// gave them 1000 to 5000 characters; a real plan has about 13,000, so that most were refused or cut.
inline constexpr std::int64_t long_text = 1'000'000;

/// The range of what is counted from zero without an end.
inline constexpr auto not_negative = range(std::int64_t{0}, std::numeric_limits<std::int64_t>::max());

}  // namespace reel::video
