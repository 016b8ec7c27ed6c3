#include <reel/testing/rules/acting.hpp>

#include "conformance/rules.hpp"

reel::testing::Suite acting_rules() { return reel::testing::rules::acting(); }
