#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <reel/json/values.hpp>

#include "support/catch.hpp"

namespace values_tests {

namespace driver = reel::driver;
namespace json = reel::json;
using reel::Timestamp;
using reel::driver::AttributeSchema;

std::optional<driver::Value> read(std::string_view text, const AttributeSchema& attribute) {
  json::Reader in(text);
  driver::Value value;
  return json::read_value(in, attribute, value) && in.done() ? std::optional(value) : std::nullopt;
}
std::optional<driver::Value> read(std::string_view text) {
  json::Reader in(text);
  driver::Value value;
  return json::read_value(in, value) && in.done() ? std::optional(value) : std::nullopt;
}

TEST_CASE("a value is read as its attribute's kind") {
  CHECK(read("true", {.kind = driver::AttributeType::boolean}) == driver::Value{true});
  CHECK(read("-5", {.kind = driver::AttributeType::integer}) == driver::Value{std::int64_t{-5}});
  CHECK(read("10", {.kind = driver::AttributeType::floating}) == driver::Value{10.0});
  CHECK(read(R"("a\n")", {.kind = driver::AttributeType::text}) == driver::Value{"a\n"});
  CHECK(read(R"("one")", {.kind = driver::AttributeType::enumeration}) == driver::Value{"one"});
  CHECK(read(R"("id")", {.kind = driver::AttributeType::reference}) == driver::Value{"id"});
  CHECK(read(R"("1970-01-01T00:00:01.000+00:00")", {.kind = driver::AttributeType::timestamp}) ==
        driver::Value{Timestamp{std::chrono::seconds{1}}});
  CHECK(read("null", {.kind = driver::AttributeType::integer}) == driver::Value{});
  CHECK(read("[ 1, 2 ]", {.kind = driver::AttributeType::integer, .list = true}) ==
        driver::Value{driver::List{driver::Value{std::int64_t{1}}, driver::Value{std::int64_t{2}}}});
  CHECK(read("[]", {.kind = driver::AttributeType::text, .list = true}) == driver::Value{driver::List{}});
}

TEST_CASE("a value of another kind is refused") {
  CHECK_FALSE(read("1", {.kind = driver::AttributeType::boolean}));
  CHECK_FALSE(read("tru", {.kind = driver::AttributeType::boolean}));
  CHECK_FALSE(read("1.5", {.kind = driver::AttributeType::integer}));
  CHECK_FALSE(read("9223372036854775808", {.kind = driver::AttributeType::integer}));
  CHECK_FALSE(read(R"("1")", {.kind = driver::AttributeType::floating}));
  CHECK_FALSE(read("1", {.kind = driver::AttributeType::text}));
  CHECK_FALSE(read(R"("today")", {.kind = driver::AttributeType::timestamp}));
  CHECK_FALSE(read("1", {.kind = driver::AttributeType::integer, .list = true}));
  CHECK_FALSE(read("[null]", {.kind = driver::AttributeType::integer, .list = true}));
  CHECK_FALSE(read("{}", {.kind = driver::AttributeType::text}));
}

TEST_CASE("a value without a schema has the kind of its JSON type") {
  CHECK(read("null") == driver::Value{});
  CHECK(read("false") == driver::Value{false});
  CHECK(read("12") == driver::Value{std::int64_t{12}});
  CHECK(read("12.0") == driver::Value{12.0});
  CHECK(read("1e2") == driver::Value{100.0});
  CHECK(read("9223372036854775808") == driver::Value{9223372036854775808.0});
  CHECK(read(R"("1970-01-01T00:00:01.000+00:00")") == driver::Value{"1970-01-01T00:00:01.000+00:00"});
  CHECK(read(R"(["a",1,[true]])") == driver::Value{driver::List{driver::Value{"a"}, driver::Value{std::int64_t{1}},
                                                                driver::Value{driver::List{driver::Value{true}}}}});
  for (const char* bad : {"", "{}", "nul", "-", "[1", "[1,]", "abc"}) CHECK_FALSE(read(bad));
}

}  // namespace values_tests
