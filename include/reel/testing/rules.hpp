#pragma once

#include <reel/testing/rules/keeping.hpp>
#include <reel/testing/rules/listing.hpp>
#include <reel/testing/rules/moving.hpp>
#include <reel/testing/rules/querying.hpp>
#include <reel/testing/rules/sharing.hpp>
#include <reel/testing/rules/storing.hpp>
#include <reel/testing/rules/writing.hpp>

namespace reel::testing {

/// All that a backend is held to. Takes a minute to compile: keep it in a translation unit of its own.
[[nodiscard]] inline Suite every_rule() {
  Suite all;
  for (const Suite& part : {rules::writing(), rules::querying(), rules::listing(), rules::keeping(), rules::sharing(),
                            rules::storing(), rules::moving()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace reel::testing
