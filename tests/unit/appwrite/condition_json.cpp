#include "support/catch.hpp"

#include <limits>

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/condition_json.hpp>

#include "conditions.hpp"

namespace condition_json_tests {

using namespace reel;
using namespace conditions;
using appwrite::Compiled;
using appwrite::Json;
using Reach = appwrite::Compiled::Reach;

template <class T>
Compiled compiled(Expression<T> expression, bool negations = true) {
  return appwrite::ConditionCompiler(schema_of<T>(), negations)(one(std::move(expression)));
}
/// Returns the query of a condition that the server evaluates exactly.
template <class T>
Json query(Expression<T> expression) {
  const Compiled made = compiled(std::move(expression));
  CHECK(made.exact);
  CHECK(made.reach == Reach::some);
  return Json::parse(made.query);
}
template <class T>
void check_filtered(Expression<T> expression, Reach reach, bool negations = true) {
  const Compiled made = compiled(std::move(expression), negations);
  CHECK_FALSE(made.exact);
  CHECK(made.reach == reach);
}
Json leaf(const char* method, const char* attribute, Json values = {}) {
  Json made{{"method", method}, {"attribute", attribute}};
  if (!values.is_null()) made["values"] = std::move(values);
  return made;
}
Json group(const char* method, std::initializer_list<Json> parts) {
  return {{"method", method}, {"values", Json(std::vector<Json>(parts))}};
}

TEST_CASE("comparisons compile to the server's methods") {
  CHECK(query(field<&Reading::level> == 5) == leaf("equal", "level", {5}));
  CHECK(query(field<&Reading::level>.one_of({5, 6})) == leaf("equal", "level", {5, 6}));
  CHECK(query(field<&Reading::level> < 5) == leaf("lessThan", "level", {5}));
  CHECK(query(field<&Reading::level> >= 5) == leaf("greaterThanEqual", "level", {5}));
  CHECK(query(field<&Reading::label> > "x") == leaf("greaterThan", "label", {"x"}));
  CHECK(query(field<&Reading::flag> == true) == leaf("equal", "flag", {true}));
  CHECK(query(field<&Reading::mood> == Mood::dark) == leaf("equal", "mood", {"dark"}));
  CHECK(query(field<&Reading::at> <= Timestamp{}) == leaf("lessThanEqual", "at", {"1970-01-01T00:00:00.000+00:00"}));
  CHECK(query(id<Reading> == Id<Reading>{"a"}) == leaf("equal", "$id", {"a"}));
  CHECK(query(created_at<Reading> > Timestamp{}) ==
        leaf("greaterThan", "$createdAt", {"1970-01-01T00:00:00.000+00:00"}));
}

TEST_CASE("!= takes one value on the server, so several are combined with and") {
  CHECK(query(field<&Reading::level> != 5) == leaf("notEqual", "level", {5}));
  CHECK(query(!field<&Reading::level>.one_of({5, 6})) ==
        group("and", {leaf("notEqual", "level", {5}), leaf("notEqual", "level", {6})}));
}

TEST_CASE("ranges use only methods that 1.6 has") {
  CHECK(query(field<&Reading::level>.between(1, 2)) ==
        group("and", {leaf("greaterThanEqual", "level", {1}), leaf("lessThanEqual", "level", {2})}));
  CHECK(query(!field<&Reading::level>.between(1, 2)) ==
        group("or", {leaf("lessThan", "level", {1}), leaf("greaterThan", "level", {2})}));
}

TEST_CASE("a group has at least two parts") {
  driver::Condition alone{.op = driver::Operator::any, .parts = {one(field<&Reading::level> == 5)}};
  const appwrite::ConditionCompiler compile(schema_of<Reading>(), true);
  CHECK(Json::parse(compile(alone).query) == leaf("equal", "level", {5}));
  CHECK(compile({.op = driver::Operator::any}).reach == Reach::nothing);
  CHECK(compile({.op = driver::Operator::all}).reach == Reach::everything);
}

TEST_CASE("is_null and is_not_null of lists are decided without the server") {
  CHECK(compiled(field<&Track::tags>.is_null()).reach == Reach::nothing);
  CHECK(compiled(field<&Track::tags>.is_not_null()).reach == Reach::everything);
  CHECK(query(field<&Track::note>.is_null()) == leaf("isNull", "note"));
  CHECK(query(!field<&Track::note>.is_null()) == leaf("isNotNull", "note"));
}

TEST_CASE("a string with a backslash is filtered by the client, because the server does not escape it") {
  const Compiled made = compiled(field<&Track::title>.contains("ab\\cde"));
  CHECK_FALSE(made.exact);
  CHECK(Json::parse(made.query) == leaf("contains", "title", {"cde"}));
  check_filtered(field<&Track::title>.starts_with("\\"), Reach::some);
  check_filtered(!field<&Track::title>.contains("a\\"), Reach::some);
  CHECK(query(field<&Track::title>.contains("%_")) == leaf("contains", "title", {"%_"}));
}

TEST_CASE("every string contains the empty string in compiled conditions") {
  CHECK(query(field<&Track::note>.contains("")) == leaf("isNotNull", "note"));
  CHECK(compiled(!field<&Track::note>.starts_with("")).reach == Reach::nothing);
}

TEST_CASE("a search without words is not sent, and % is removed from one") {
  for (const char* words : {"", "%", "%%", "+-*", "\"\""}) {
    CHECK(compiled(field<&Article::body>.search(words)).reach == Reach::nothing);
    CHECK(query(!field<&Article::body>.search(words)) == leaf("isNotNull", "body"));
  }
  CHECK(query(field<&Article::body>.search("100% quick")) == leaf("search", "body", {"100  quick"}));
}

TEST_CASE("a negated search excludes nulls") {
  CHECK(query(!field<&Article::body>.search("quick")) ==
        group("and", {leaf("isNotNull", "body"), leaf("notSearch", "body", {"quick"})}));
}

TEST_CASE("without negations on the server, more records are requested and then filtered") {
  check_filtered(!field<&Track::title>.contains("a"), Reach::some, false);
  check_filtered(!field<&Track::title>.starts_with("a"), Reach::some, false);
  check_filtered(!field<&Track::tags>.contains("a"), Reach::everything, false);
  check_filtered(!field<&Article::body>.search("quick"), Reach::some, false);
}

TEST_CASE("elements of lists are compared exactly on the server, except ids, numbers and times") {
  CHECK(query(field<&Track::tags>.contains("a")) == leaf("contains", "tags", {"a"}));
  CHECK(query(!field<&Track::tags>.contains("a")) ==
        group("or", {leaf("notContains", "tags", {"a"}), leaf("isNull", "tags")}));
  check_filtered(field<&Survey::moons>.contains(Id<testing::Moon>{"a"}), Reach::everything);
  check_filtered(field<&Reading::weights>.contains(0.5), Reach::everything);
  check_filtered(field<&Reading::times>.contains(Timestamp{}), Reach::everything);
}

TEST_CASE("conditions on numbers and times that a query cannot express are decided by the client") {
  constexpr std::int64_t big = 5'000'000'000;
  CHECK(compiled(field<&Track::plays> == big).reach == Reach::nothing);  // its range ends below 32 bits
  CHECK(query(field<&Track::plays> != big).dump() == leaf("isNotNull", "plays").dump());
  CHECK(query(field<&Track::plays> < big) == leaf("isNotNull", "plays"));
  CHECK(compiled(field<&Track::plays> > big).reach == Reach::nothing);
  CHECK(query(field<&Track::plays> > -big) == leaf("isNotNull", "plays"));
  CHECK(query(field<&Reading::level> < big) == leaf("lessThan", "level", {big}));
  constexpr double infinite = std::numeric_limits<double>::infinity();
  CHECK(query(field<&Reading::weight> < infinite) == leaf("isNotNull", "weight"));
  CHECK(compiled(field<&Reading::weight> <= -infinite).reach == Reach::nothing);
  CHECK(query(field<&Reading::at> > Timestamp::min()) == leaf("isNotNull", "at"));
  CHECK(compiled(field<&Reading::at> > Timestamp::max()).reach == Reach::nothing);
  check_filtered(field<&Reading::at> == latest_timestamp, Reach::some);
}

TEST_CASE("a string that is too long for a query is compared by the client") {
  const std::string text(5'000, 'x');
  check_filtered(field<&Track::note> == text, Reach::some);
  check_filtered(field<&Track::note> != text, Reach::some);
  check_filtered(field<&Track::note> < text, Reach::some);
  check_filtered(field<&Track::note>.contains(text), Reach::some);
  check_filtered(field<&Track::tags>.contains(text), Reach::everything);
}

TEST_CASE("a group is exact only if all its parts are") {
  const Compiled both = compiled(field<&Track::title>.contains("a\\") || field<&Track::plays> == 1);
  CHECK_FALSE(both.exact);
  CHECK(Json::parse(both.query) == group("or", {leaf("contains", "title", {"a"}), leaf("equal", "plays", {1})}));
  CHECK(compiled(field<&Track::tags>.is_not_null() || field<&Track::title>.contains("a\\")).exact);
  CHECK(Json::parse(compiled(field<&Track::tags>.is_null() || field<&Track::plays> == 1).query) ==
        leaf("equal", "plays", {1}));
}

}  // namespace condition_json_tests
