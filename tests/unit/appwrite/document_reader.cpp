#include "support/catch.hpp"

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/testing/samples.hpp>

#include "support/error_from.hpp"

namespace document_reader_tests {

using namespace reel;
using appwrite::Json;

Json stored_reading() {
  return {{"$id", "a1"},
          {"$sequence", 7},
          {"$createdAt", "2026-01-02T03:04:05.678+00:00"},
          {"$updatedAt", "2026-01-02T03:04:06.001+00:00"},
          {"$permissions", {"read(\"any\")", "delete(\"user:u1\")"}},
          {"$databaseId", "main"},
          {"name", "x"}};
}

const driver::CollectionSchema& readings() { return schema_of<testing::Reading>(); }

driver::Value value_named(const driver::Document& document, std::string_view name) {
  return document.values.at(static_cast<std::size_t>(readings().position(name).value()));
}

driver::Document read(const Json& stored) {
  return *appwrite::document_answer(readings(), {.status = 200, .body = stored.dump()});
}

Errc refusal_of(const std::string& text) {
  try {
    static_cast<void>(appwrite::document_answer(readings(), {.status = 200, .body = text}));
  } catch (const Error& error) {
    return error.code();
  }
  return Errc::internal;
}

Errc refusal_of(const Json& stored) { return refusal_of(stored.dump()); }

/// Returns the response to a list, built from JSON documents.
appwrite::ListAnswer list_of(const std::string& documents) {
  const appwrite::Routes routes("main", false);
  return appwrite::list_answer(routes, readings(),
                               {.status = 200, .body = R"({"total":2,"documents":)" + documents + "}"});
}

TEST_CASE("a document is read with its id, times, sequence and permissions") {
  const driver::Document document = read(stored_reading());
  CHECK(document.id == "a1");
  CHECK(document.sequence == 7);
  CHECK(format_timestamp(document.created_at) == "2026-01-02T03:04:05.678+00:00");
  CHECK(format_timestamp(document.updated_at) == "2026-01-02T03:04:06.001+00:00");
  CHECK(document.permissions == std::vector{Permission::read(Role::any()), Permission::remove(Role::user("u1"))});
}

TEST_CASE("the sequence is a number, a numeric string, or derived from time and id") {
  Json stored = stored_reading();
  stored["$sequence"] = "9007199254740993";
  CHECK(read(stored).sequence == 9007199254740993);
  stored.erase("$sequence");
  const driver::Document first = read(stored);
  CHECK(appwrite::pseudo_sequence_time(first.sequence) == first.created_at);
  stored["$id"] = "a2";
  CHECK(read(stored).sequence != first.sequence);
  stored["$createdAt"] = "2026-01-02T03:04:05.679+00:00";
  CHECK(read(stored).sequence > first.sequence);
  stored["$sequence"] = "0197e1a2-7b3c-7def-8a9b-0123456789ab";
  CHECK(refusal_of(stored) == Errc::unsupported);
}

TEST_CASE("a number without a fraction is read as a float if the attribute is one") {
  Json stored = stored_reading();
  stored["weight"] = 10;
  stored["weights"] = {1, 2.5};
  stored["level"] = std::numeric_limits<std::int64_t>::max();
  const driver::Document document = read(stored);
  CHECK(value_named(document, "weight") == driver::Value{10.0});
  CHECK(value_named(document, "weights") == driver::Value{driver::List{driver::Value{1.0}, driver::Value{2.5}}});
  CHECK(value_named(document, "level") == driver::Value{std::numeric_limits<std::int64_t>::max()});
}

TEST_CASE("a missing attribute is null, a missing list is empty, and a missing required one has its default") {
  const driver::Document document = read(stored_reading());
  CHECK(value_named(document, "level").is_null());
  CHECK(value_named(document, "levels") == driver::Value{driver::List{}});
  driver::AttributeSchema attribute{
      .name = "grade", .kind = driver::AttributeType::integer, .default_value = std::int64_t{3}};
  CHECK(appwrite::value_of(attribute, "null") == driver::Value{std::int64_t{3}});
  attribute.required = false;
  CHECK(appwrite::value_of(attribute, "null").is_null());
}

TEST_CASE("a missing required attribute is corrupt unless the query selected other attributes") {
  const driver::AttributeSchema attribute{.name = "grade", .kind = driver::AttributeType::integer};
  const auto absent = [&] { static_cast<void>(appwrite::value_of(attribute, "")); };
  CHECK(testing::error_from(absent).code() == Errc::corrupt);
  CHECK(testing::error_from(absent).attribute() == "grade");
  CHECK(appwrite::value_of(attribute, "", appwrite::Fields::selected).is_null());
}

TEST_CASE("a stored value of the wrong type is corrupt and the error names the attribute") {
  Json stored = stored_reading();
  stored["level"] = "5";
  CHECK(refusal_of(stored) == Errc::corrupt);
  stored["level"] = 5.5;
  CHECK(refusal_of(stored) == Errc::corrupt);
  stored["level"] = 5;
  stored["at"] = "tomorrow";
  CHECK(refusal_of(stored) == Errc::corrupt);
  stored["at"] = nullptr;
  stored["levels"] = {1, nullptr};
  CHECK(refusal_of(stored) == Errc::corrupt);
  try {
    static_cast<void>(read(stored));
    FAIL("it was read");
  } catch (const Error& error) {
    CHECK(error.attribute() == "levels");
    CHECK(error.id() == "a1");
  }
  CHECK(refusal_of(Json::array()) == Errc::corrupt);
}

TEST_CASE("an integer outside 64 bits is corrupt") {
  Json stored = stored_reading();
  stored["level"] = std::numeric_limits<std::uint64_t>::max();
  CHECK(refusal_of(stored) == Errc::corrupt);
  stored["level"] = std::numeric_limits<std::int64_t>::min();
  CHECK(value_named(read(stored), "level") == driver::Value{std::numeric_limits<std::int64_t>::min()});
}

TEST_CASE("a number keeps every digit") {
  Json stored = stored_reading();
  for (const double number : {0.1, 1.0 / 3, 123456789.123456789, 1e22, -2.5e-8, 1.7976931348623157e308, 5e-324}) {
    stored["weight"] = number;
    CHECK(value_named(read(stored), "weight") == driver::Value{number});
  }
}

TEST_CASE("of two members with the same name the last is used") {
  std::string text = stored_reading().dump();
  text.pop_back();
  const auto answer =
      appwrite::document_answer(readings(), {.status = 200, .body = text + R"(,"level":"x","level":2})"});
  CHECK(value_named(*answer, "level") == driver::Value{std::int64_t{2}});
  CHECK(refusal_of(text + R"(,"level":2,"level":"x"})") == Errc::corrupt);
}

TEST_CASE("members are read in any order, with escaped names and white space") {
  const auto answer = appwrite::document_answer(readings(), {.status = 200, .body = R"( {
      "level" : 3 , "\u0024createdAt":"2026-01-02T03:04:05.678+00:00", "other":{"level":[{}, [], "]}"]},
      "$updatedAt":"2026-01-02T03:04:05.678\u002b00:00", "label":"\/ \ud83c\udfac \n", "$id":"a1", "name":"Mars", "levels":[ 1 , 2 ] } )"});
  CHECK(answer->id == "a1");
  CHECK(answer->created_at == answer->updated_at);
  CHECK(value_named(*answer, "level") == driver::Value{std::int64_t{3}});
  CHECK(value_named(*answer, "label") == driver::Value{"/ \xf0\x9f\x8e\xac \n"});
  CHECK(value_named(*answer, "levels") ==
        driver::Value{driver::List{driver::Value{std::int64_t{1}}, driver::Value{std::int64_t{2}}}});
}

TEST_CASE("unknown members may be nested to any depth") {
  const std::size_t deep = 200'000;
  std::string text = stored_reading().dump();
  text.pop_back();
  text += ",\"deep\":" + std::string(deep, '[') + std::string(deep, ']') + "}";
  CHECK(appwrite::document_answer(readings(), {.status = 200, .body = text})->id == "a1");
  text.replace(text.size() - 2, 1, "}");
  CHECK(refusal_of(text) == Errc::corrupt);
}

TEST_CASE("a permission that is not a string or not known is corrupt") {
  for (const Json& permissions : {Json::array({1}), Json::array({"fly(\"any\")"}), Json("read(\"any\")")}) {
    Json stored = stored_reading();
    stored["$permissions"] = permissions;
    CHECK(refusal_of(stored) == Errc::corrupt);
  }
}

TEST_CASE("a list of documents is read with its total") {
  const std::string one = stored_reading().dump();
  CHECK(list_of("[]").documents.empty());
  const appwrite::ListAnswer two = list_of("[" + one + " , " + one + "]");
  CHECK(two.total == 2);
  REQUIRE(two.documents.size() == 2);
  CHECK(*two.documents.front() == *two.documents.back());
  for (const std::string& bad : {std::string("{}"), std::string("7"), "[" + one + ",]", "[" + one, "[" + one + ",1]"}) {
    try {
      static_cast<void>(list_of(bad));
      FAIL("it was read: " + bad);
    } catch (const Error& error) {
      CHECK(error.code() == Errc::corrupt);
    }
  }
}

TEST_CASE("the document reader rejects exactly the strings that a full JSON parser rejects") {
  Json stored = stored_reading();
  stored["label"] = "h\xc3\xa9 \xf0\x9f\x8e\xac \"\\\n";
  stored["unknown"] = {{"a", {1.5, -2e-3, true, false, nullptr}}, {"b", Json::object()}};
  const std::string whole = stored.dump();
  std::mt19937 chance{7};
  const std::string bytes = "{}[]\",:\\0123456789.-+eEtfnul \n\x01\x7f\xc3\xa9\xff";
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text = whole;
    const std::size_t place = chance() % text.size();
    if (i % 3 == 0) text.erase(place, 1);
    if (i % 3 == 1) text[place] = bytes[chance() % bytes.size()];
    if (i % 3 == 2) text.insert(place, 1, bytes[chance() % bytes.size()]);
    json::Reader in(text);
    const bool taken = in.skip_value() && in.ends() && text::is_valid_utf8(text);
    if (taken != Json::accept(text)) FAIL("a different result for " + text);
    refused += taken ? 0 : 1;
    if (!taken && refusal_of(text) != Errc::corrupt) FAIL("read all the same: " + text);
  }
  CHECK(refused > 2'000);
  CHECK(refused < 20'000);
}

}  // namespace document_reader_tests
