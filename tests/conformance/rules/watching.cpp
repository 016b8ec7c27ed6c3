#include <reel/testing/rules/watching.hpp>

#include "conformance/rules.hpp"

reel::testing::Suite watching_rules() { return reel::testing::rules::watching(); }
