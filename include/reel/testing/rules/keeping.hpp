#pragma once

#include <reel/testing/rules/bulk.hpp>
#include <reel/testing/rules/increment.hpp>
#include <reel/testing/rules/permissions.hpp>
#include <reel/testing/rules/references.hpp>
#include <reel/testing/rules/setup.hpp>
#include <reel/testing/rules/times.hpp>
#include <reel/testing/rules/unique.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Suite keeping() {
  return {setup_area, unique_area, references_area, bulk_area, increment_area, times_area, permissions_area};
}

}  // namespace reel::testing::rules
