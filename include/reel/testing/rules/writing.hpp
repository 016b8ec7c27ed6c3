#pragma once

#include <reel/testing/rules/create.hpp>
#include <reel/testing/rules/find.hpp>
#include <reel/testing/rules/remove.hpp>
#include <reel/testing/rules/replace.hpp>
#include <reel/testing/rules/update.hpp>
#include <reel/testing/rules/validation.hpp>
#include <reel/testing/rules/values.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline Suite writing() {
  return {create_area, find_area, update_area, replace_area, remove_area, values_area, validation_area};
}

}  // namespace reel::testing::rules
