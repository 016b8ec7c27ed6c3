#pragma once

#include <reel/testing/rules/actor_watches.hpp>
#include <reel/testing/rules/actors.hpp>
#include <reel/testing/rules/blob_actors.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Suite acting() { return {actors_area, blob_actors_area, actor_watch_area, blob_actor_watch_area}; }

}  // namespace reel::testing::rules
