#include <reel/driver/validate.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <reel/driver/abilities.hpp>

#include "support/catch.hpp"

namespace validate_tests {

using reel::Errc;
using reel::Permission;
using reel::Timestamp;
using reel::driver::AttributeSchema;
using reel::driver::AttributeType;
using reel::driver::Document;
using reel::driver::List;
using reel::driver::Value;

/// Returns the reason of a refusal, or an empty string.
std::string refusal(const std::function<void()>& what) {
  try {
    what();
  } catch (const reel::Error& error) {
    CHECK(error.code() == Errc::invalid);
    return error.reason();
  }
  return {};
}
std::string refusal(const AttributeSchema& attribute, Value value) {
  std::string named;
  const std::string reason = refusal([&] {
    try {
      reel::driver::validate(attribute, value);
    } catch (const reel::Error& error) {
      named = error.attribute();
      throw;
    }
  });
  if (!reason.empty()) CHECK(named == attribute.name);
  return reason;
}

Value integer(std::int64_t number) { return Value{number}; }

const AttributeSchema text{.name = "text", .max_length = 4};
const AttributeSchema number{
    .name = "number", .kind = AttributeType::integer, .minimum = integer(-2), .maximum = integer(9)};
const AttributeSchema real{.name = "real", .kind = AttributeType::floating, .minimum = Value{0.5}};
const AttributeSchema flag{.name = "flag", .kind = AttributeType::boolean};
const AttributeSchema mood{.name = "mood", .kind = AttributeType::enumeration, .elements = {"calm", "bright"}};
const AttributeSchema moment{.name = "moment", .kind = AttributeType::timestamp};
const AttributeSchema reference{.name = "reference", .kind = AttributeType::reference, .references = "others"};
const AttributeSchema tags{.name = "tags", .required = false, .list = true, .max_length = 3};

TEST_CASE("a required attribute must not be null", "[validate]") {
  for (const AttributeSchema& attribute : {text, number, real, flag, mood, moment, reference})
    CHECK(refusal(attribute, Value{}) == "attribute '" + attribute.name + "' is required");
  AttributeSchema optional = text;
  optional.required = false;
  CHECK(refusal(optional, Value{}).empty());
}

TEST_CASE("a value must have its attribute's kind", "[validate]") {
  const Value values[] = {Value{true}, integer(1), Value{1.0}, Value{"calm"}, Value{Timestamp{}}, Value{List{}}};
  const std::pair<AttributeSchema, std::string> rows[] = {{flag, "takes a bool"},
                                                          {number, "takes an integer"},
                                                          {real, "takes a floating-point number"},
                                                          {mood, "takes one of its enum's names"},
                                                          {moment, "takes a timestamp"},
                                                          {text, "takes text"}};
  const std::size_t fitting[] = {0, 1, 2, 3, 4, 3};
  for (std::size_t row = 0; row < std::size(rows); ++row) {
    for (std::size_t i = 0; i < std::size(values); ++i) {
      INFO(rows[row].first.name << " and value " << i);
      const std::string expected =
          i == fitting[row] ? "" : "attribute '" + rows[row].first.name + "' " + rows[row].second;
      CHECK(refusal(rows[row].first, values[i]) == expected);
    }
  }
}

TEST_CASE("a string must be valid UTF-8 within its maximum length in code points", "[validate]") {
  CHECK(refusal(text, "four").empty());
  CHECK(refusal(text, "").empty());
  CHECK(refusal(text, "日本語字").empty());
  CHECK(refusal(text, "😀😀😀😀").empty());
  CHECK(refusal(text, "fives") == "attribute 'text' is longer than its max_length of 4 characters");
  CHECK(refusal(text, "日本語字x") == "attribute 'text' is longer than its max_length of 4 characters");
  CHECK(refusal(text, "\xFF") == "attribute 'text' is not valid UTF-8");
  CHECK(refusal(text, "\xC3") == "attribute 'text' is not valid UTF-8");
  CHECK(refusal(text, std::string(2, '\0')).empty());
}

TEST_CASE("the smallest 64-bit integer is refused, even without a range", "[validate]") {
  const AttributeSchema plain{.name = "plain", .kind = AttributeType::integer};
  CHECK(refusal(plain, integer(INT64_MIN)).find("attribute 'plain' takes integers from -9223372036854775807") == 0);
  CHECK(refusal(plain, integer(INT64_MIN + 1)).empty());
  CHECK(refusal(plain, integer(INT64_MAX)).empty());
}

TEST_CASE("a number must be finite and within its range, including both bounds", "[validate]") {
  for (const std::int64_t good : {-2, 0, 9}) CHECK(refusal(number, integer(good)).empty());
  for (const std::int64_t bad : {std::int64_t{-3}, std::int64_t{10}, INT64_MIN, INT64_MAX})
    CHECK(refusal(number, integer(bad)) == "attribute 'number' is outside the range -2 to 9");
  CHECK(refusal(real, 0.5).empty());
  CHECK(refusal(real, 1e308).empty());
  CHECK(refusal(real, 0.4999).find("attribute 'real' is outside the range 0.5") == 0);
  CHECK(refusal(real, std::numeric_limits<double>::infinity()) == "attribute 'real' takes a finite number");
  CHECK(refusal(real, std::numeric_limits<double>::quiet_NaN()) == "attribute 'real' takes a finite number");
}

TEST_CASE("a time must be within the years that a store can hold", "[validate]") {
  const std::chrono::milliseconds tick{1};
  CHECK(refusal(moment, reel::earliest_timestamp).empty());
  CHECK(refusal(moment, reel::latest_timestamp).empty());
  CHECK(refusal(moment, reel::earliest_timestamp - tick) == "attribute 'moment' is outside the years 1000 to 9999");
  CHECK(refusal(moment, reel::latest_timestamp + tick) == "attribute 'moment' is outside the years 1000 to 9999");
}

TEST_CASE("an enumerator must equal one of the names exactly", "[validate]") {
  CHECK(refusal(mood, "bright").empty());
  for (const char* bad : {"", "Calm", "calm ", "dark"})
    CHECK(refusal(mood, bad) == "attribute 'mood' takes one of its enum's names");
}

TEST_CASE("a reference must be a valid id", "[validate]") {
  CHECK(refusal(reference, "a.B-1").empty());
  for (const char* bad : {"", ".a", "a b"}) CHECK(refusal(reference, bad) == "attribute 'reference' takes a valid id");
  CHECK(refusal(reference, integer(1)) == "attribute 'reference' takes a valid id");
}

TEST_CASE("the rules of an attribute apply to every element of a list", "[validate]") {
  CHECK(refusal(tags, List{}).empty());
  CHECK(refusal(tags, List{Value{"a"}, Value{"abc"}}).empty());
  CHECK(refusal(tags, List{Value{"a"}, Value{"abcd"}}) ==
        "attribute 'tags' is longer than its max_length of 3 characters");
  CHECK(refusal(tags, List{Value{"a"}, Value{}}) == "attribute 'tags' takes text");
  CHECK(refusal(tags, List{integer(1)}) == "attribute 'tags' takes text");
  CHECK(refusal(tags, "a") == "attribute 'tags' takes a list");
}

TEST_CASE("null is replaced by the default, and by an empty list for a list", "[validate]") {
  AttributeSchema language{.name = "language", .required = false, .max_length = 2, .default_value = Value{"en"}};
  Value value;
  reel::driver::validate(language, value);
  CHECK(value == Value{"en"});
  value = Value{"de"};
  reel::driver::validate(language, value);
  CHECK(value == Value{"de"});
  value = Value{};
  reel::driver::validate(tags, value);
  CHECK(value == Value{List{}});
}

/// The message about a role that is not valid.
std::string role_refusal(const std::string& role) {
  return "'" + role +
         "' is not a valid role: use any, guests, users, users/verified, user:ID, user:ID/verified, team:ID, "
         "team:ID/ROLE, member:ID or label:NAME";
}

TEST_CASE("a document is validated as a whole", "[validate]") {
  const reel::driver::CollectionSchema schema{.id = "all", .attributes = {text, number}};
  const auto refused = [&](const std::function<void(Document&)>& change) {
    Document document{.id = "a", .values = {Value{"x"}, integer(1)}};
    change(document);
    return refusal([&] { reel::driver::validate(schema, document); });
  };
  CHECK(refused([](Document&) {}).empty());
  CHECK(refused([](Document& d) { d.id = "a b"; }) ==
        "the id 'a b' is not valid: use 1 to 36 of A-Z a-z 0-9 . - _, starting with a letter or digit");
  CHECK(refused([](Document& d) { d.values.pop_back(); }) == "the document has 1 values, the schema 2 attributes");
  CHECK(refused([](Document& d) { d.values[1] = integer(10); }) == "attribute 'number' is outside the range -2 to 9");
  CHECK(refused([](Document& d) { d.created_at = reel::latest_timestamp + std::chrono::milliseconds{1}; }) ==
        "created_at is outside the years 1000 to 9999");
  CHECK(refused([](Document& d) { d.updated_at = Timestamp::max(); }) ==
        "updated_at is outside the years 1000 to 9999");
  CHECK(refused([](Document& d) { d.created_at = Timestamp{}; }).empty());
  CHECK(refused([](Document& d) { d.permissions.assign(100, Permission::read(reel::Role::any())); }).empty());
  CHECK(refused([](Document& d) { d.permissions.assign(101, Permission::read(reel::Role::any())); }) ==
        "more than 100 permissions");
  CHECK(refused([](Document& d) { d.permissions = {Permission::read(reel::Role{"all"})}; }) == role_refusal("all"));
}

TEST_CASE("a change is validated for the attributes that it sets", "[validate]") {
  const reel::driver::CollectionSchema schema{.id = "all", .attributes = {text, number}};
  const auto refused = [&](reel::driver::Change change) {
    return refusal([&] { reel::driver::validate(schema, change); });
  };
  CHECK(refused({}).empty());
  CHECK(refused({.values = {{1, integer(3)}}}).empty());
  CHECK(refused({.values = {{1, integer(30)}}}) == "attribute 'number' is outside the range -2 to 9");
  CHECK(refused({.values = {{0, Value{}}}}) == "attribute 'text' is required");
  CHECK(refused({.permissions = std::vector{Permission::read(reel::Role{""})}}) == role_refusal(""));
  CHECK(refused({.created_at = Timestamp::max()}) == "created_at is outside the years 1000 to 9999");
  CHECK(refused({.updated_at = Timestamp::max()}) == "updated_at is outside the years 1000 to 9999");
}

TEST_CASE("an increment must yield a valid number", "[validate]") {
  using reel::driver::incremented;
  CHECK(incremented(number, integer(3), integer(-5)) == integer(-2));
  CHECK(incremented(number, Value{}, integer(7)) == integer(7));
  CHECK(incremented(real, Value{1.5}, Value{0.25}) == Value{1.75});
  CHECK(incremented(real, Value{}, Value{0.75}) == Value{0.75});
  const auto refused = [](const AttributeSchema& attribute, Value value, Value by) {
    return refusal([&] { static_cast<void>(incremented(attribute, value, by)); });
  };
  CHECK(refused(number, integer(3), integer(7)) == "attribute 'number' is outside the range -2 to 9");
  CHECK(refused({.name = "n", .kind = AttributeType::integer}, integer(INT64_MAX), integer(1)) ==
        "attribute 'n' would exceed 64 bits");
  CHECK(refused({.name = "n", .kind = AttributeType::integer}, integer(INT64_MIN), integer(-1)) ==
        "attribute 'n' would exceed 64 bits");
  CHECK(refused(real, Value{1e308}, Value{1e308}) == "attribute 'real' takes a finite number");
  const std::string other_kind = " takes an increment of the same type; only numbers can be incremented";
  CHECK(refused(number, integer(1), Value{1.0}) == "attribute 'number'" + other_kind);
  CHECK(refused(real, Value{1.0}, integer(1)) == "attribute 'real'" + other_kind);
  CHECK(refused(text, "a", integer(1)) == "attribute 'text'" + other_kind);
}

}  // namespace validate_tests
