#pragma once

#include <reel/testing/rules/compare.hpp>
#include <reel/testing/rules/full_text.hpp>
#include <reel/testing/rules/lists.hpp>
#include <reel/testing/rules/logic.hpp>
#include <reel/testing/rules/text.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Suite querying() {
  return {compare_area, logic_area, lists_area, folded_area, exact_area, text_area, full_text_area};
}

}  // namespace reel::testing::rules
