#pragma once

#include <reel/video/statistics_types.hpp>

#include "json.hpp"

namespace tool {

/// The statistics in the form of `docs/stats.schema.json`.
[[nodiscard]] Json json_of(const reel::video::Statistics& statistics);

}  // namespace tool
