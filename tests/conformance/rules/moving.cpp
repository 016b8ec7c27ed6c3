#include <reel/testing/rules/moving.hpp>

#include "conformance/rules.hpp"

reel::testing::Suite moving_rules() { return reel::testing::rules::moving(); }
