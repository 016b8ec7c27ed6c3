#pragma once

#include <reel/testing/rules/explain.hpp>
#include <reel/testing/rules/order.hpp>
#include <reel/testing/rules/paging.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Suite listing() { return {order_area, paging_area, explain_area}; }

}  // namespace reel::testing::rules
