#include <reel/local/conjunction.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace conjunction_tests {

using reel::TextRules;
using reel::driver::AttributeType;
using reel::driver::Condition;
using reel::driver::Operator;
using reel::local::Conjunction;

const reel::driver::CollectionSchema& schema() {
  static const reel::driver::CollectionSchema one{.id = "tracks",
                                                  .attributes = {{.name = "title", .kind = AttributeType::text},
                                                                 {.name = "plays", .kind = AttributeType::integer}}};
  return one;
}

reel::driver::Document track(std::string title, std::int64_t plays) {
  return {.id = "a", .values = {std::move(title), plays}};
}

const Condition is_blue{.op = Operator::equal, .attribute = 0, .values = {"blue"}};
const Condition is_played{.op = Operator::greater, .attribute = 1, .values = {std::int64_t{0}}};

TEST_CASE("a document must match every condition of a conjunction") {
  const std::vector<Condition> conditions{is_blue, is_played};
  const Conjunction both(schema(), conditions, TextRules::folded);
  CHECK_FALSE(both.is_empty());
  CHECK(both.matches(track("blue", 1)));
  CHECK_FALSE(both.matches(track("blue", 0)));
  CHECK_FALSE(both.matches(track("red", 1)));
  CHECK_FALSE(both.matches(track("red", 0)));
}

TEST_CASE("a conjunction without conditions matches every document") {
  const Conjunction none;
  CHECK(none.is_empty());
  CHECK(none.matches(track("red", 0)));
}

TEST_CASE("a condition that is added to a conjunction restricts it") {
  Conjunction conditions;
  conditions.add(schema(), is_played, TextRules::folded);
  CHECK(conditions.matches(track("red", 1)));
  conditions.add(schema(), is_blue, TextRules::folded);
  CHECK_FALSE(conditions.matches(track("red", 1)));
}

TEST_CASE("a conjunction compares text by the rules of the store") {
  const std::vector<Condition> conditions{is_blue};
  CHECK(Conjunction(schema(), conditions, TextRules::folded).matches(track("BLUE", 0)));
  CHECK_FALSE(Conjunction(schema(), conditions, TextRules::exact).matches(track("BLUE", 0)));
}

}  // namespace conjunction_tests
