#include "support/catch.hpp"

#include <reel/backends/appwrite/query_plan.hpp>

#include "conditions.hpp"

namespace query_plan_tests {

using namespace reel;
using namespace conditions;
using appwrite::QueryPlan;

template <class T>
QueryPlan plan(Expression<T> expression) {
  return appwrite::QueryPlanner(schema_of<T>(), true)(of(std::move(expression)));
}
std::vector<Id<Track>> ids(int n) {
  std::vector<Id<Track>> many;
  for (int i = 0; i < n; ++i) many.emplace_back("id-of-some-length-" + std::to_string(i));
  return many;
}
void check_sizes(const QueryPlan& made) {
  for (const auto& filters : made.requests) {
    CHECK(filters.size() <= 100);
    for (const std::string& filter : filters) CHECK(filter.size() <= 4'096);
  }
}

TEST_CASE("each of several required conditions becomes a query") {
  const QueryPlan made = plan(field<&Track::plays> > 1 && field<&Track::plays> < 9 && field<&Track::live> == true);
  REQUIRE(made.requests.size() == 1);
  CHECK(made.requests[0].size() == 3);
  CHECK(made.unchecked.empty());
}

TEST_CASE("no condition needs one request, and a condition that nothing matches needs none") {
  const auto everything = appwrite::QueryPlanner(schema_of<Track>(), true)({}).requests;
  REQUIRE(everything.size() == 1);
  CHECK(everything[0].empty());
  CHECK(plan(field<&Track::tags>.is_null() && field<&Track::plays> > 1).requests.empty());
}

TEST_CASE("values that do not fit into one query are split over several requests") {
  const auto many = ids(500);
  const QueryPlan made = plan(id<Track>.one_of(many) && field<&Track::live> == true);
  CHECK(made.requests.size() > 1);
  CHECK(made.unchecked.empty());
  check_sizes(made);
  std::string all;
  for (const auto& filters : made.requests) {
    CHECK(filters.size() == 2);
    for (const std::string& filter : filters) all += filter;
  }
  for (const auto& id : many) CHECK(all.find('"' + id.str() + '"') != std::string::npos);
}

TEST_CASE("an alternative that is too long for a query is split over several requests") {
  const QueryPlan made = plan(field<&Track::live> == true || id<Track>.one_of(ids(500)));
  CHECK(made.requests.size() > 2);
  CHECK(made.unchecked.empty());
  check_sizes(made);
}

TEST_CASE("a second condition that is too long is filtered by the client") {
  const QueryPlan made =
      plan(id<Track>.one_of(ids(500)) && (field<&Track::live> == true || id<Track>.one_of(ids(300))));
  CHECK(made.unchecked.size() == 1);
  check_sizes(made);
}

TEST_CASE("not one_of becomes one query for each value, combined where a request takes no more") {
  std::vector<std::int64_t> values;
  for (std::int64_t i = 0; i < 300; ++i) values.push_back(i);
  const QueryPlan made = plan(!field<&Track::plays>.one_of(values));
  REQUIRE(made.requests.size() == 1);
  CHECK(made.unchecked.empty());
  check_sizes(made);
  std::string all;
  for (const std::string& filter : made.requests[0]) all += filter;
  for (std::int64_t i = 0; i < 300; ++i) CHECK(all.find("[" + std::to_string(i) + "]") != std::string::npos);
}

TEST_CASE("conditions that the server answers inexactly are filtered by the client") {
  const QueryPlan made = plan(field<&Track::title>.contains("a\\b") && field<&Track::plays> == 1);
  REQUIRE(made.unchecked.size() == 1);
  CHECK(made.unchecked[0] == one(field<&Track::title>.contains("a\\b")));
  CHECK(made.requests.at(0).size() == 2);
}

}  // namespace query_plan_tests
