#include <reel/query.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/validate.hpp>

#include "support/catch.hpp"

namespace query_tests {

using reel::field;
using reel::Timestamp;
using reel::driver::Condition;
using reel::driver::Operator;
using reel::driver::Value;

enum class Mood { calm, bright };
struct Album {
  std::string name;
};
struct Track {
  std::string title;
  std::optional<std::string> note;
  std::int64_t plays = 0;
  std::optional<std::int16_t> year;
  double score = 0;
  bool live = false;
  Mood mood = Mood::calm;
  std::vector<std::string> tags;
  std::vector<std::int64_t> numbers;
  Timestamp recorded_at{};
  std::optional<reel::Id<Album>> album_id;
};

}  // namespace query_tests

template <>
struct reel::EnumNames<query_tests::Mood> {
  using Mood = query_tests::Mood;
  static constexpr auto names = reel::enum_names(std::pair{Mood::calm, "calm"}, std::pair{Mood::bright, "bright"});
};
template <>
struct reel::Schema<query_tests::Album> {
  using Album = query_tests::Album;
  static constexpr auto collection =
      reel::collection("albums", "Albums", reel::attribute("name", &Album::name, reel::max_length(10)));
};
template <>
struct reel::Schema<query_tests::Track> {
  using Album = query_tests::Album;
  using Track = query_tests::Track;
  static constexpr auto collection = reel::collection(
      "tracks", "Tracks", reel::attribute("title", &Track::title, reel::max_length(255)),
      reel::attribute("note", &Track::note, reel::max_length(1000)), reel::attribute("plays", &Track::plays),
      reel::attribute("year", &Track::year), reel::attribute("score", &Track::score),
      reel::attribute("live", &Track::live), reel::attribute("mood", &Track::mood),
      reel::attribute("tags", &Track::tags, reel::max_length(64)), reel::attribute("numbers", &Track::numbers),
      reel::attribute("recorded_at", &Track::recorded_at),
      reel::attribute("album_id", &Track::album_id, reel::references<Album>()),
      reel::full_text("search_title", &Track::title));
};

namespace query_tests {

using Expression = reel::Expression<Track>;
using Query = reel::Query<Track>;

Value integer(std::int64_t number) { return Value{number}; }
Condition leaf(Operator op, int attribute, std::vector<Value> values = {}) {
  return {.op = op, .attribute = attribute, .values = std::move(values)};
}
Condition branch(Operator op, std::vector<Condition> parts) { return {.op = op, .parts = std::move(parts)}; }

const Expression a = field<&Track::plays> == 1;
const Expression b = field<&Track::plays> == 2;
const Expression c = field<&Track::plays> == 3;
const Condition A = leaf(Operator::equal, 2, {integer(1)});
const Condition B = leaf(Operator::equal, 2, {integer(2)});
const Condition C = leaf(Operator::equal, 2, {integer(3)});

TEST_CASE("comparisons become conditions on the index of the attribute", "[query]") {
  CHECK((field<&Track::plays> == 5).condition() == leaf(Operator::equal, 2, {integer(5)}));
  CHECK((field<&Track::plays> != 5).condition() == leaf(Operator::not_equal, 2, {integer(5)}));
  CHECK((field<&Track::plays> < 5).condition() == leaf(Operator::less, 2, {integer(5)}));
  CHECK((field<&Track::plays> <= 5).condition() == leaf(Operator::less_equal, 2, {integer(5)}));
  CHECK((field<&Track::plays> > 5).condition() == leaf(Operator::greater, 2, {integer(5)}));
  CHECK((field<&Track::plays> >= 5).condition() == leaf(Operator::greater_equal, 2, {integer(5)}));
  CHECK(field<&Track::plays>.between(5, 9).condition() == leaf(Operator::between, 2, {integer(5), integer(9)}));
  CHECK(field<&Track::plays>.one_of({5, 9}).condition() == leaf(Operator::equal, 2, {integer(5), integer(9)}));
  CHECK(field<&Track::plays>.one_of(std::vector<int>{}).condition() == leaf(Operator::equal, 2));
  CHECK(field<&Track::note>.is_null().condition() == leaf(Operator::is_null, 1));
  CHECK(field<&Track::note>.is_not_null().condition() == leaf(Operator::is_not_null, 1));
}

TEST_CASE("strings and lists have additional conditions", "[query]") {
  CHECK(field<&Track::title>.starts_with("x").condition() == leaf(Operator::starts_with, 0, {Value{"x"}}));
  CHECK(field<&Track::title>.ends_with("x").condition() == leaf(Operator::ends_with, 0, {Value{"x"}}));
  CHECK(field<&Track::title>.contains("x").condition() == leaf(Operator::contains, 0, {Value{"x"}}));
  CHECK(field<&Track::title>.search("x").condition() == leaf(Operator::search, 0, {Value{"x"}}));
  CHECK(field<&Track::tags>.contains("x").condition() == leaf(Operator::contains, 7, {Value{"x"}}));
  CHECK(field<&Track::numbers>.contains(3).condition() == leaf(Operator::contains, 8, {integer(3)}));
}

TEST_CASE("a condition accepts every value that converts to the attribute's type", "[query]") {
  const auto value = [](const Expression& expression) { return expression.condition().values.at(0); };
  CHECK(value(field<&Track::title> == "x") == Value{"x"});
  CHECK(value(field<&Track::title> == std::string("x")) == Value{"x"});
  CHECK(value(field<&Track::title> == std::string_view("x")) == Value{"x"});
  CHECK(value(field<&Track::note> == "x") == Value{"x"});
  CHECK(value(field<&Track::score> == 5) == Value{5.0});
  CHECK(value(field<&Track::score> == 0.5F) == Value{0.5});
  CHECK(value(field<&Track::live> == true) == Value{true});
  CHECK(value(field<&Track::mood> == Mood::bright) == Value{"bright"});
  CHECK(value(field<&Track::year> > 100'000) == integer(100'000));  // more than the member could hold
  CHECK(value(field<&Track::plays> == std::uint8_t{7}) == integer(7));
  CHECK(value(field<&Track::recorded_at> > Timestamp{}) == Value{Timestamp{}});
  CHECK(value(field<&Track::recorded_at> > std::chrono::sys_days{}) == Value{Timestamp{}});
  CHECK(value(field<&Track::album_id> == reel::Id<Album>{"x"}) == Value{"x"});
  CHECK(value(field<&Track::title>.one_of({"x", "y"})) == Value{"x"});
  CHECK(value(field<&Track::mood>.one_of({Mood::calm})) == Value{"calm"});
  CHECK_THROWS_AS(field<&Track::plays> == std::numeric_limits<std::uint64_t>::max(), reel::Error);
}

TEST_CASE("id, created_at and updated_at can be compared like attributes", "[query]") {
  CHECK((reel::id<Track> == reel::Id<Track>{"x"}).condition() ==
        leaf(Operator::equal, reel::driver::position::id, {Value{"x"}}));
  CHECK((reel::created_at<Track> < Timestamp{}).condition() ==
        leaf(Operator::less, reel::driver::position::created_at, {Value{Timestamp{}}}));
  CHECK((reel::updated_at<Track> >= Timestamp{}).condition() ==
        leaf(Operator::greater_equal, reel::driver::position::updated_at, {Value{Timestamp{}}}));
}

TEST_CASE("conditions of the same kind are combined in one list", "[query]") {
  CHECK((a && b).condition() == branch(Operator::all, {A, B}));
  CHECK((a || b).condition() == branch(Operator::any, {A, B}));
  CHECK((a && b && c).condition() == branch(Operator::all, {A, B, C}));
  CHECK((a || b || c).condition() == branch(Operator::any, {A, B, C}));
  CHECK((a && (b || c)).condition() == branch(Operator::all, {A, branch(Operator::any, {B, C})}));
  CHECK(((a || b) && c).condition() == branch(Operator::all, {branch(Operator::any, {A, B}), C}));
}

TEST_CASE("a negation is moved to the comparisons by De Morgan's laws", "[query]") {
  const auto not_a = leaf(Operator::not_equal, 2, {integer(1)});
  const auto not_b = leaf(Operator::not_equal, 2, {integer(2)});
  const auto not_c = leaf(Operator::not_equal, 2, {integer(3)});
  CHECK((!a).condition() == not_a);
  CHECK((!(a && b)).condition() == branch(Operator::any, {not_a, not_b}));
  CHECK((!(a || b)).condition() == branch(Operator::all, {not_a, not_b}));
  CHECK((!(a && (b || c))).condition() == branch(Operator::any, {not_a, branch(Operator::all, {not_b, not_c})}));
  CHECK((!(!a || b)).condition() == branch(Operator::all, {A, not_b}));
  CHECK((!!(a && (b || !c))).condition() == (a && (b || !c)).condition());
}

TEST_CASE("negating an operator twice yields the operator", "[query]") {
  const std::pair<Operator, Operator> pairs[] = {{Operator::equal, Operator::not_equal},
                                                 {Operator::less, Operator::greater_equal},
                                                 {Operator::less_equal, Operator::greater},
                                                 {Operator::between, Operator::not_between},
                                                 {Operator::starts_with, Operator::not_starts_with},
                                                 {Operator::ends_with, Operator::not_ends_with},
                                                 {Operator::contains, Operator::not_contains},
                                                 {Operator::search, Operator::not_search},
                                                 {Operator::is_null, Operator::is_not_null},
                                                 {Operator::all, Operator::any}};
  for (const auto& [one, other] : pairs) {
    INFO(static_cast<int>(one));
    CHECK(reel::driver::negated({.op = one, .attribute = 3, .values = {Value{true}}}) ==
          Condition{.op = other, .attribute = 3, .values = {Value{true}}});
    CHECK(reel::driver::negated({.op = other}).op == one);
  }
}

TEST_CASE("every operator has a different opposite, and at most one of the pair is negative") {
  for (int i = 0; i <= static_cast<int>(Operator::any); ++i) {
    const auto op = static_cast<Operator>(i);
    const Operator other = reel::driver::opposite(op);
    CHECK(other != op);
    CHECK(reel::driver::opposite(other) == op);
    CHECK_FALSE((reel::driver::is_negative(op) && reel::driver::is_negative(other)));
  }
  CHECK(reel::driver::is_negative(Operator::not_contains));
  CHECK_FALSE(reel::driver::is_negative(Operator::contains));
}

TEST_CASE("each step of building a query returns a copy", "[query]") {
  const Query empty;
  const Query query = empty.where(a)
                          .where(b || c)
                          .order_by<&Track::plays>(reel::descending)
                          .order_by<&Track::title>()
                          .order_by(reel::created_at<Track>, reel::descending)
                          .limit(7)
                          .with_total();
  CHECK(query.tree().where == std::vector<Condition>{A, branch(Operator::any, {B, C})});
  CHECK(query.tree().order ==
        std::vector<reel::driver::OrderBy>{{2, true}, {0, false}, {reel::driver::position::created_at, true}});
  CHECK(query.tree().limit == 7);
  CHECK(query.tree().with_total);
  CHECK_FALSE(query.tree().after);
  CHECK(empty.tree().where.empty());
  CHECK(empty.tree().order.empty());
  CHECK(empty.tree().limit == 25);
  CHECK_FALSE(empty.tree().with_total);
  CHECK(empty.order_by<&Track::plays>(reel::ascending).tree().order == std::vector<reel::driver::OrderBy>{{2, false}});
  const reel::driver::Cursor cursor{.sequence = 4, .id = "x"};
  CHECK(query.after(cursor).tree().after == cursor);
}

TEST_CASE("an invalid query is refused before it reaches a store", "[query]") {
  const auto refusal = [](const Query& query) {
    try {
      reel::driver::validate(reel::schema_of<Track>(), query.tree());
    } catch (const reel::Error& error) {
      CHECK(error.code() == reel::Errc::invalid);
      return error.reason();
    }
    return std::string();
  };
  CHECK(refusal({}).empty());
  CHECK(refusal(Query{}.limit(1)).empty());
  CHECK(refusal(Query{}.limit(0)) == "limit is at least 1, not 0");
  CHECK(refusal(Query{}.limit(-3)) == "limit is at least 1, not -3");
  CHECK(refusal(Query{}.where(field<&Track::title> == "\xFF")) == "a string in a condition is not valid UTF-8");
  CHECK(refusal(Query{}.where(!(a && field<&Track::title>.starts_with("\xC3")))) ==
        "a string in a condition is not valid UTF-8");
  CHECK(refusal(Query{}.where(field<&Track::score> > std::numeric_limits<double>::quiet_NaN())) ==
        "a condition compares with NaN");
  CHECK(refusal(Query{}.where(field<&Track::score> < std::numeric_limits<double>::infinity())).empty());
  const reel::driver::Cursor cursor{.order = {{2, false}}, .values = {integer(1)}};
  CHECK(refusal(Query{}.after(cursor)) == "the cursor is from a query with another order");
  CHECK(refusal(Query{}.order_by<&Track::plays>(reel::descending).after(cursor)) ==
        "the cursor is from a query with another order");
  CHECK(refusal(Query{}.order_by<&Track::plays>().after(cursor)).empty());
  CHECK(refusal(Query{}.where(Expression{leaf(Operator::is_null, 99)})) ==
        "a condition names no attribute of the collection");
}

}  // namespace query_tests
