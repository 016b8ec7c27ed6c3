#include <reel/driver/value.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

#include <reel/driver/document.hpp>

#include "support/catch.hpp"

namespace value_tests {

using reel::Timestamp;
using reel::driver::List;
using reel::driver::Value;

TEST_CASE("a value contains one of seven types and reports which", "[value]") {
  CHECK(Value{}.is_null());
  CHECK(Value{reel::driver::Null{}}.is_null());
  CHECK(*Value{true}.as<bool>());
  CHECK(*Value{std::int64_t{-5}}.as<std::int64_t>() == -5);
  CHECK(*Value{0.5}.as<double>() == 0.5);
  CHECK(*Value{std::string("text")}.as<std::string>() == "text");
  CHECK(*Value{Timestamp{std::chrono::milliseconds{7}}}.as<Timestamp>() == Timestamp{std::chrono::milliseconds{7}});
  CHECK(Value{List{Value{true}, Value{}}}.as<List>()->size() == 2);

  const Value number{std::int64_t{1}};
  CHECK_FALSE(number.is_null());
  CHECK(number.as<double>() == nullptr);
  CHECK(number.as<bool>() == nullptr);
  CHECK(Value{}.as<std::string>() == nullptr);
}

TEST_CASE("a literal is a string and not a bool, and other types do not convert", "[value]") {
  CHECK(*Value{"literal"}.as<std::string>() == "literal");
  CHECK_FALSE(std::is_constructible_v<Value, int>);
  CHECK_FALSE(std::is_constructible_v<Value, float>);
  CHECK_FALSE(std::is_constructible_v<Value, char>);
  CHECK_FALSE(std::is_constructible_v<Value, const int*>);
  CHECK_FALSE(std::is_constructible_v<Value, std::nullptr_t>);
}

TEST_CASE("values are equal if type and content are equal", "[value]") {
  CHECK(Value{0.0} == Value{-0.0});
  CHECK(Value{std::int64_t{1}} != Value{1.0});
  CHECK(Value{"a"} != Value{"A"});
  CHECK(Value{"a"} != Value{"a "});
  CHECK(Value{} == Value{});
  CHECK(Value{} != Value{false});
  CHECK(Value{List{Value{"a"}}} == Value{List{Value{"a"}}});
  CHECK(Value{List{Value{"a"}}} != Value{List{Value{"a"}, Value{}}});
  CHECK(Value{std::numeric_limits<double>::quiet_NaN()} != Value{std::numeric_limits<double>::quiet_NaN()});
}

TEST_CASE("a value can be modified in place", "[value]") {
  Value value{"text"};
  *value.as<std::string>() += "!";
  CHECK(value == Value{"text!"});
  value = Value{List{}};
  value.as<List>()->emplace_back(true);
  CHECK(value == Value{List{Value{true}}});
}

TEST_CASE("emplace replaces the content with an empty value of another type", "[value]") {
  Value value{std::string(100, 'x')};
  CHECK(value.emplace<List>().empty());
  value.as<List>()->emplace_back(std::string(100, 'y'));
  CHECK(value.emplace<std::string>().empty());
  CHECK_FALSE(value.emplace<bool>());
  CHECK(value.emplace<double>() == 0.0);
  CHECK(value.emplace<Timestamp>() == Timestamp{});
  value.emplace<std::int64_t>() = 7;
  CHECK(value == Value{std::int64_t{7}});
}

TEST_CASE("a new document has no times until the store sets them", "[value]") {
  const reel::driver::Document document{.id = "a"};
  CHECK(document.created_at == reel::driver::by_store);
  CHECK(document.updated_at == reel::driver::by_store);
  CHECK(document == reel::driver::Document{.id = "a"});
  CHECK(document != reel::driver::Document{.id = "A"});
}

}  // namespace value_tests
