#include "support/catch.hpp"

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/paging.hpp>

#include "conditions.hpp"

namespace paging_tests {

using namespace reel;
using namespace conditions;
using appwrite::Json;
using appwrite::TieBreak;

driver::Cursor cursor(std::vector<driver::OrderBy> order, std::vector<driver::Value> values) {
  return {.order = std::move(order), .values = std::move(values), .sequence = 12, .id = "a1"};
}
Json after(const driver::Cursor& position, TieBreak tie = TieBreak::sequence) {
  return Json::parse(appwrite::after_query(schema_of<Reading>(), position, tie));
}
const int level = *schema_of<Reading>().position("level");
const Json tie = Json::parse(R"({"attribute":"$sequence","method":"greaterThan","values":["12"]})");

TEST_CASE("without an order, the cursor compares the sequence as a string") { CHECK(after(cursor({}, {})) == tie); }

TEST_CASE("ascending, greater values and later equal ones follow the cursor, and nulls do not") {
  const Json made = after(cursor({{.attribute = level}}, {driver::Value{std::int64_t{5}}}));
  CHECK(made == Json::parse(R"({"method":"or","values":[
    {"attribute":"level","method":"greaterThan","values":[5]},
    {"method":"and","values":[{"attribute":"level","method":"equal","values":[5]},)" +
                            tie.dump() + "]}]}"));
}

TEST_CASE("descending, nulls follow every value") {
  const Json made = after(cursor({{.attribute = level, .descending = true}}, {driver::Value{std::int64_t{5}}}));
  CHECK(made["values"][0] == Json::parse(R"({"method":"or","values":[
    {"attribute":"level","method":"lessThan","values":[5]},{"attribute":"level","method":"isNull"}]})"));
}

TEST_CASE("ascending, all values follow a null; descending, only later nulls") {
  const Json up = after(cursor({{.attribute = level}}, {driver::Value{}}));
  CHECK(up["values"][0] == Json::parse(R"({"attribute":"level","method":"isNotNull"})"));
  CHECK(up["values"][1]["values"][0] == Json::parse(R"({"attribute":"level","method":"isNull"})"));
  const Json down = after(cursor({{.attribute = level, .descending = true}}, {driver::Value{}}));
  CHECK(down == Json{{"method", "and"}, {"values", {Json::parse(R"({"attribute":"level","method":"isNull"})"), tie}}});
}

TEST_CASE("an order by id needs no tie-breaker") {
  const Json made = after(cursor({{.attribute = driver::position::id, .descending = true}}, {driver::Value{"a1"}}));
  CHECK(made == Json::parse(R"({"attribute":"$id","method":"lessThan","values":["a1"]})"));
}

TEST_CASE("without a sequence, time and id break ties in the order and at the cursor") {
  driver::Cursor position = cursor({}, {});
  position.sequence = appwrite::pseudo_sequence(Timestamp{std::chrono::milliseconds{1}}, "a1");
  const Json made = after(position, TieBreak::time);
  CHECK(made == Json::parse(R"({"method":"or","values":[
    {"attribute":"$createdAt","method":"greaterThan","values":["1970-01-01T00:00:00.001+00:00"]},
    {"method":"and","values":[
      {"attribute":"$createdAt","method":"equal","values":["1970-01-01T00:00:00.001+00:00"]},
      {"attribute":"$id","method":"greaterThan","values":["a1"]}]}]})"));
  const auto order =
      appwrite::order_queries(schema_of<Reading>(), {{.attribute = level, .descending = true}}, TieBreak::time);
  REQUIRE(order.size() == 3);
  CHECK(Json::parse(order[0]) == Json::parse(R"({"attribute":"level","method":"orderDesc"})"));
  CHECK(Json::parse(order[1]) == Json::parse(R"({"attribute":"$createdAt","method":"orderAsc"})"));
  CHECK(Json::parse(order[2]) == Json::parse(R"({"attribute":"$id","method":"orderAsc"})"));
  CHECK(appwrite::order_queries(schema_of<Reading>(), {}, TieBreak::sequence).empty());
}

TEST_CASE("an order value that is too long for a query is refused") {
  const int label = *schema_of<Reading>().position("label");
  try {
    after(cursor({{.attribute = label}}, {driver::Value{std::string(5'000, 'x')}}));
    FAIL("a query that the server refuses was made");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::unsupported);
  }
}

}  // namespace paging_tests
