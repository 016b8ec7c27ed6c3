#pragma once

#include <reel/testing/rules/blob_watches.hpp>
#include <reel/testing/rules/resume.hpp>
#include <reel/testing/rules/watches.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Suite watching() { return {watch_area, resume_area, blob_watch_area}; }

}  // namespace reel::testing::rules
