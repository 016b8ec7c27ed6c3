#pragma once

#include <reel/testing/rules/concurrency.hpp>
#include <reel/testing/rules/handles.hpp>
#include <reel/testing/rules/restart.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Suite sharing() { return {concurrency_area, restart_area, handles_area}; }

}  // namespace reel::testing::rules
