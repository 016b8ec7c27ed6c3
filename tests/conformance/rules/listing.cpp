#include <reel/testing/rules/listing.hpp>

#include "conformance/rules.hpp"

reel::testing::Suite listing_rules() { return reel::testing::rules::listing(); }
