#include <reel/testing/rules/storing.hpp>

#include "conformance/rules.hpp"

reel::testing::Suite storing_rules() { return reel::testing::rules::storing(); }
