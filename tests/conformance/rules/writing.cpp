#include <reel/testing/rules/writing.hpp>

#include "conformance/rules.hpp"

reel::testing::Suite writing_rules() { return reel::testing::rules::writing(); }
