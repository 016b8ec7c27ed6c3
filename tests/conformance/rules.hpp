#pragma once

#include <reel/testing/rule.hpp>

/// The rules, compiled once for all backends with one file for each group.
reel::testing::Suite writing_rules();
reel::testing::Suite querying_rules();
reel::testing::Suite listing_rules();
reel::testing::Suite keeping_rules();
reel::testing::Suite sharing_rules();
reel::testing::Suite storing_rules();
reel::testing::Suite moving_rules();
reel::testing::Suite watching_rules();
reel::testing::Suite acting_rules();

inline reel::testing::Suite every_rule() {
  reel::testing::Suite all;
  for (const auto& part : {writing_rules(), querying_rules(), listing_rules(), keeping_rules(), sharing_rules(),
                           storing_rules(), moving_rules(), watching_rules(), acting_rules()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}
