#include <reel/testing/rules/keeping.hpp>

#include "conformance/rules.hpp"

reel::testing::Suite keeping_rules() { return reel::testing::rules::keeping(); }
