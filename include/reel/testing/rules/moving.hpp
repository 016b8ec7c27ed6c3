#pragma once

#include <reel/testing/rules/migration.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Suite moving() { return {migration_area, blob_migration_area}; }

}  // namespace reel::testing::rules
