#include <reel/testing/rules/querying.hpp>

#include "conformance/rules.hpp"

reel::testing::Suite querying_rules() { return reel::testing::rules::querying(); }
