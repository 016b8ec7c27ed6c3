#include <reel/testing/rules/sharing.hpp>

#include "conformance/rules.hpp"

reel::testing::Suite sharing_rules() { return reel::testing::rules::sharing(); }
