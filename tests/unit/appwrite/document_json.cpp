#include "support/catch.hpp"

#include <limits>

#include <reel/backends/appwrite/document_json.hpp>
#include <reel/testing/samples.hpp>

using namespace reel;
using appwrite::Json;

namespace {

Json stored_reading() {
  return {{"$id", "a1"},
          {"$sequence", 7},
          {"$createdAt", "2026-01-02T03:04:05.678+00:00"},
          {"$updatedAt", "2026-01-02T03:04:06.001+00:00"},
          {"$permissions", {"read(\"any\")", "delete(\"user:u1\")"}},
          {"$databaseId", "main"},
          {"name", "x"}};
}

const CollectionSchema& readings() { return schema_of<testing::Reading>(); }

Value value_named(const Document& document, std::string_view name) {
  return document.values.at(static_cast<std::size_t>(readings().position(name).value()));
}

Errc refusal_of(const Json& stored) {
  try {
    static_cast<void>(appwrite::document_of(readings(), stored));
  } catch (const Error& error) {
    return error.code();
  }
  return Errc::internal;
}

}  // namespace

TEST_CASE("a document is read with its id, times, sequence and permissions") {
  const Document document = appwrite::document_of(readings(), stored_reading());
  CHECK(document.id == "a1");
  CHECK(document.sequence == 7);
  CHECK(format_timestamp(document.created_at) == "2026-01-02T03:04:05.678+00:00");
  CHECK(format_timestamp(document.updated_at) == "2026-01-02T03:04:06.001+00:00");
  CHECK(document.permissions == std::vector{Permission::read(Role::any()), Permission::remove(Role::user("u1"))});
}

TEST_CASE("the sequence is a number, a text, or made of time and id") {
  Json stored = stored_reading();
  stored["$sequence"] = "9007199254740993";
  CHECK(appwrite::document_of(readings(), stored).sequence == 9007199254740993);
  stored.erase("$sequence");
  const Document first = appwrite::document_of(readings(), stored);
  CHECK(appwrite::pseudo_sequence_time(first.sequence) == first.created_at);
  stored["$id"] = "a2";
  CHECK(appwrite::document_of(readings(), stored).sequence != first.sequence);
  stored["$createdAt"] = "2026-01-02T03:04:05.679+00:00";
  CHECK(appwrite::document_of(readings(), stored).sequence > first.sequence);
  stored["$sequence"] = "0197e1a2-7b3c-7def-8a9b-0123456789ab";
  CHECK(refusal_of(stored) == Errc::unsupported);
}

TEST_CASE("a number printed without a fraction is a float where the attribute is one") {
  Json stored = stored_reading();
  stored["weight"] = 10;
  stored["weights"] = {1, 2.5};
  stored["level"] = std::numeric_limits<std::int64_t>::max();
  const Document document = appwrite::document_of(readings(), stored);
  CHECK(value_named(document, "weight") == Value{10.0});
  CHECK(value_named(document, "weights") == Value{List{Value{1.0}, Value{2.5}}});
  CHECK(value_named(document, "level") == Value{std::numeric_limits<std::int64_t>::max()});
}

TEST_CASE("an attribute that the answer leaves out is null, a list empty, a required one its default") {
  const Document document = appwrite::document_of(readings(), stored_reading());
  CHECK(value_named(document, "level").is_null());
  CHECK(value_named(document, "levels") == Value{List{}});
  AttributeSchema attribute{.name = "grade", .kind = Kind::integer, .default_value = std::int64_t{3}};
  CHECK(appwrite::value_of(attribute, nullptr) == Value{std::int64_t{3}});
  attribute.required = false;
  CHECK(appwrite::value_of(attribute, nullptr).is_null());
}

TEST_CASE("a stored value of another kind is corrupt, and the attribute is named") {
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
    static_cast<void>(appwrite::document_of(readings(), stored));
    FAIL("it was read");
  } catch (const Error& error) {
    CHECK(error.attribute() == "levels");
    CHECK(error.id() == "a1");
  }
  CHECK(refusal_of(Json::array()) == Errc::corrupt);
}

TEST_CASE("a new document is written with every attribute, and with times only if they are given") {
  Document document{.id = "a1", .values = std::vector<Value>(readings().attributes.size())};
  document.values[static_cast<std::size_t>(*readings().position("weight"))] = 5.0;
  document.values[static_cast<std::size_t>(*readings().position("at"))] = Timestamp{std::chrono::milliseconds{-1}};
  document.values[static_cast<std::size_t>(*readings().position("levels"))] = List{Value{std::int64_t{1}}};
  const Json data = appwrite::data_of(readings(), document);
  CHECK(data["weight"].dump() == "5.0");
  CHECK(data["at"] == "1969-12-31T23:59:59.999+00:00");
  CHECK(data["levels"] == Json::array({1}));
  CHECK(data["label"].is_null());
  CHECK(data.size() == readings().attributes.size());
  document.created_at = Timestamp{};
  CHECK(appwrite::data_of(readings(), document)["$createdAt"] == "1970-01-01T00:00:00.000+00:00");
  CHECK_FALSE(appwrite::data_of(readings(), document).contains("$updatedAt"));
}
