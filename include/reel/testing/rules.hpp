#pragma once

#include <reel/testing/rules/acting.hpp>
#include <reel/testing/rules/keeping.hpp>
#include <reel/testing/rules/listing.hpp>
#include <reel/testing/rules/moving.hpp>
#include <reel/testing/rules/querying.hpp>
#include <reel/testing/rules/sharing.hpp>
#include <reel/testing/rules/storing.hpp>
#include <reel/testing/rules/watching.hpp>
#include <reel/testing/rules/writing.hpp>

namespace reel::testing {

/// Returns every rule for backends. Including this header takes about a minute to compile: use a separate translation
/// unit.
[[nodiscard]] inline Suite every_rule() {
  Suite all;
  for (const Suite& part : {rules::writing(), rules::querying(), rules::listing(), rules::keeping(), rules::sharing(),
                            rules::storing(), rules::moving(), rules::watching(), rules::acting()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace reel::testing
