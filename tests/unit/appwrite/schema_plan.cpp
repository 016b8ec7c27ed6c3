#include "support/catch.hpp"

#include <algorithm>
#include <limits>

#include <reel/backends/appwrite/schema_plan.hpp>
#include <reel/testing/samples.hpp>
#include <reel/video/video.hpp>

namespace schema_plan_tests {

using namespace reel;
using appwrite::Json;
using appwrite::SchemaPlan;
using appwrite::ServerCollection;

/// Returns the collection that a server has after the setup of the schema.
ServerCollection made_from(const driver::CollectionSchema& schema) {
  ServerCollection made{.attributes = appwrite::wanted_columns(schema)};
  made.attributes.push_back(appwrite::wanted_version_attribute());
  for (const driver::IndexSchema& index : schema.indexes)
    made.indexes.push_back(appwrite::wanted_index(schema, index, made.attributes));
  return made;
}
SchemaPlan compared(const driver::CollectionSchema& schema, const ServerCollection& stored) {
  return appwrite::SchemaComparison(schema, stored)();
}
bool is_empty(const SchemaPlan& plan) {
  return plan.new_attributes.empty() && plan.changed_attributes.empty() && plan.new_indexes.empty() &&
         plan.unwanted_indexes.empty() && plan.broken_attributes.empty() && plan.conflicts.empty() &&
         plan.conflicts_with_records.empty();
}
appwrite::ServerAttribute& attribute(ServerCollection& stored, std::string_view key) {
  return *std::find_if(stored.attributes.begin(), stored.attributes.end(), [&](auto& one) { return one.key == key; });
}
const driver::CollectionSchema& presets() { return schema_of<testing::Preset>(); }
const driver::CollectionSchema& tracks() { return schema_of<testing::Track>(); }

TEST_CASE("a collection that was created from a schema needs no change") {
  for (const driver::CollectionSchema& schema :
       {presets(), tracks(), schema_of<testing::Reading>(), schema_of<testing::Seat>(), schema_of<testing::Article>(),
        schema_of<testing::Survey>(), schema_of<video::Video>()})
    CHECK(is_empty(compared(schema, made_from(schema))));
}

TEST_CASE("missing attributes and indexes are created") {
  const SchemaPlan plan = compared(tracks(), {});
  CHECK(plan.new_attributes.size() == tracks().attributes.size() + 1);
  CHECK(plan.new_attributes.back().key == "reel_ver");
  CHECK(plan.new_indexes.size() == tracks().indexes.size());
  CHECK(plan.conflicts.empty());
}

TEST_CASE("attributes are read as the server writes them") {
  const auto text = appwrite::server_attribute_of(
      Json::parse(R"({"key":"title","type":"string","status":"available","error":"","required":true,"array":false,
                      "size":128,"default":null,"encrypt":false})"));
  CHECK(text.kind == "string");
  CHECK(text.size == 128);
  CHECK(text.required);
  const auto choice = appwrite::server_attribute_of(
      Json::parse(R"({"key":"mood","type":"string","format":"enum","elements":["a","b"],"status":"available",
                      "required":false,"array":false,"default":"a"})"));
  CHECK(choice.kind == "enum");
  CHECK(choice.elements == std::vector<std::string>{"a", "b"});
  const auto moment = appwrite::server_attribute_of(
      Json::parse(R"({"key":"at","type":"datetime","format":"","status":"processing","required":false,"array":true})"));
  CHECK(moment.kind == "datetime");
  CHECK(moment.list);
  CHECK(moment.status == "processing");
  const auto number = appwrite::server_attribute_of(Json::parse(
      R"({"key":"f","type":"double","status":"available","required":false,"array":false,"min":0,"max":1})"));
  CHECK(number.kind == "double");
  CHECK(number.route == "float");
}

TEST_CASE("a string attribute that is too short is widened, and a longer one is kept") {
  ServerCollection stored = made_from(tracks());
  attribute(stored, "note").size = 2'000;
  attribute(stored, "title").size = 5'000;
  const SchemaPlan plan = compared(tracks(), stored);
  REQUIRE(plan.changed_attributes.size() == 1);
  CHECK(plan.changed_attributes[0].key == "note");
  CHECK(plan.changed_attributes[0].size == 100'000);
  CHECK(plan.conflicts.empty());
}

TEST_CASE("a size in bytes holds a quarter as many characters") {
  ServerCollection stored = made_from(tracks());
  driver::CollectionSchema schema = tracks();
  schema.attributes[1].max_length = 30'000;
  attribute(stored, "note").size = 65'535;
  REQUIRE(compared(schema, stored).changed_attributes.size() == 1);
  CHECK(compared(schema, stored).changed_attributes[0].size == 65'536);
  schema.attributes[1].max_length = 16'383;
  CHECK(compared(schema, stored).changed_attributes.empty());
}

TEST_CASE("an enumeration keeps names that the schema does not have, and new ones are appended") {
  ServerCollection stored = made_from(tracks());
  attribute(stored, "mood").elements = {"old", "calm"};
  const SchemaPlan plan = compared(tracks(), stored);
  REQUIRE(plan.changed_attributes.size() == 1);
  CHECK(plan.changed_attributes[0].elements == std::vector<std::string>{"old", "calm", "bright", "dark"});
}

TEST_CASE("a range is widened to that of the schema and never narrowed") {
  ServerCollection stored = made_from(tracks());
  attribute(stored, "plays").minimum = std::int64_t{10};
  attribute(stored, "plays").maximum = std::numeric_limits<std::int64_t>::max();
  attribute(stored, "score").maximum = 5;
  const SchemaPlan plan = compared(tracks(), stored);
  REQUIRE(plan.changed_attributes.size() == 2);
  CHECK(plan.changed_attributes[0].minimum == 0);
  CHECK(plan.changed_attributes[0].maximum == std::numeric_limits<std::int64_t>::max());
  CHECK(plan.changed_attributes[1].maximum == std::numeric_limits<double>::max());
}

TEST_CASE("required is removed in place, and added only if there are no records") {
  ServerCollection stored = made_from(tracks());
  attribute(stored, "note").required = true;
  attribute(stored, "title").required = false;
  const SchemaPlan plan = compared(tracks(), stored);
  REQUIRE(plan.changed_attributes.size() == 2);
  CHECK(plan.conflicts.empty());
  CHECK(plan.conflicts_with_records.size() == 1);
  CHECK(plan.conflicts_with_records[0].find("title") != std::string::npos);
}

TEST_CASE("a default is changed to that of the schema") {
  ServerCollection stored = made_from(presets());
  attribute(stored, "grade").default_value = 5;
  attribute(stored, "small").required = false;
  attribute(stored, "small").default_value = 7;
  const SchemaPlan plan = compared(presets(), stored);
  REQUIRE(plan.changed_attributes.size() == 2);
  CHECK(plan.changed_attributes[0].default_value == 3);
  CHECK(plan.changed_attributes[1].default_value.is_null());
}

TEST_CASE("one error reports every change that would lose values") {
  ServerCollection stored = made_from(tracks());
  stored.attributes.push_back({.key = "extra", .kind = "string", .required = true, .size = 10});
  attribute(stored, "plays").kind = "string";
  attribute(stored, "tags").list = false;
  attribute(stored, "score").status = "stuck";
  const SchemaPlan plan = compared(tracks(), stored);
  CHECK(plan.conflicts.size() == 4);
  for (const char* key : {"extra", "plays", "tags", "score"})
    CHECK(std::any_of(plan.conflicts.begin(), plan.conflicts.end(),
                      [&](const std::string& one) { return one.find(key) != std::string::npos; }));
}

TEST_CASE("a type of fixed size cannot be widened") {
  ServerCollection stored = made_from(tracks());
  attribute(stored, "note").route = "text";
  attribute(stored, "note").size = 65'535;
  CHECK(compared(tracks(), stored).conflicts.size() == 1);
}

TEST_CASE("an index that failed or covers other attributes is created again") {
  ServerCollection stored = made_from(tracks());
  stored.indexes[0].status = "failed";
  stored.indexes[1].orders = {"ASC", "ASC"};
  const SchemaPlan plan = compared(tracks(), stored);
  CHECK(plan.unwanted_indexes == std::vector<std::string>{"by_title", "by_mood_plays"});
  CHECK(plan.new_indexes.size() == 2);
  stored.indexes[1].orders = {"asc", "DESC"};
  stored.indexes[0].status = "available";
  CHECK(is_empty(compared(tracks(), stored)));
}

TEST_CASE("a column that only the server has is kept unless it would prevent creates") {
  ServerCollection stored = made_from(tracks());
  stored.attributes.push_back({.key = "rating", .kind = "integer"});
  SchemaPlan plan = compared(tracks(), stored);
  CHECK(is_empty(plan));
  CHECK(plan.foreign_columns == std::vector<std::string>{"rating"});
  attribute(stored, "rating").required = true;
  plan = compared(tracks(), stored);
  REQUIRE(plan.conflicts.size() == 1);
  CHECK(plan.conflicts[0].find("'rating' is required on the server and not in the schema") != std::string::npos);
}

TEST_CASE("an index is planned with the sizes that the strings have on the server") {
  ServerCollection stored = made_from(tracks());
  stored.indexes.clear();
  attribute(stored, "title").size = 2'000;
  driver::CollectionSchema schema = tracks();
  schema.indexes = {{.name = "by_title", .kind = driver::IndexKind::unique, .parts = {{.attribute = 0}}}};
  const SchemaPlan plan = compared(schema, stored);
  REQUIRE(plan.conflicts.size() == 1);
  CHECK(plan.conflicts[0].find("'by_title'") != std::string::npos);
  CHECK(plan.conflicts[0].find("'title' has a size of 2000") != std::string::npos);

  schema.indexes[0].kind = driver::IndexKind::key;
  const SchemaPlan shortened = compared(schema, stored);
  CHECK(shortened.conflicts.empty());
  REQUIRE(shortened.new_indexes.size() == 1);
  CHECK(shortened.new_indexes[0].lengths == std::vector<std::int64_t>{384});
}

TEST_CASE("an encrypted attribute is a conflict only if it is indexed") {
  ServerCollection stored = made_from(tracks());
  attribute(stored, "note").encrypted = true;
  CHECK(compared(tracks(), stored).conflicts.empty());
  attribute(stored, "title").encrypted = true;
  const SchemaPlan plan = compared(tracks(), stored);
  REQUIRE_FALSE(plan.conflicts.empty());
  CHECK(plan.conflicts[0].find("attribute 'title' is encrypted on the server") != std::string::npos);
  CHECK(plan.conflicts[0].find("'by_title'") != std::string::npos);
  CHECK(appwrite::server_attribute_of(Json::parse(R"({"key":"a","type":"string","status":"available","encrypt":true})"))
            .encrypted);
  CHECK_FALSE(
      appwrite::server_attribute_of(Json::parse(R"({"key":"a","type":"string","status":"available","encrypt":null})"))
          .encrypted);
}

TEST_CASE("a column that failed because the collection did not exist yet is created again") {
  ServerCollection stored = made_from(tracks());
  attribute(stored, "note").status = "failed";
  attribute(stored, "note").error = "Collection not found";
  const SchemaPlan plan = compared(tracks(), stored);
  CHECK(plan.conflicts.empty());
  CHECK(plan.broken_attributes == std::vector<std::string>{"note"});
  REQUIRE(plan.new_attributes.size() == 1);
  CHECK(plan.columns.size() == tracks().attributes.size() + 1);  // and reel_ver
  attribute(stored, "note").error = "Row size too large";
  CHECK(compared(tracks(), stored).conflicts.size() == 1);
}

TEST_CASE("indexes of other programs count towards the server's limit") {
  ServerCollection stored = made_from(tracks());
  stored.indexes.clear();
  for (int i = 0; i < 57; ++i) stored.indexes.push_back({.key = "other" + std::to_string(i), .type = "key"});
  const SchemaPlan plan = compared(tracks(), stored);
  REQUIRE(plan.conflicts.size() == 1);
  CHECK(plan.conflicts[0].find("would have 59 indexes") != std::string::npos);
  stored.indexes.pop_back();
  CHECK(compared(tracks(), stored).conflicts.empty());
}

TEST_CASE("the change counter is added, and one of another type is a conflict") {
  ServerCollection stored = made_from(tracks());
  stored.attributes.pop_back();
  const SchemaPlan plan = compared(tracks(), stored);
  REQUIRE(plan.new_attributes.size() == 1);
  CHECK(plan.new_attributes[0].key == "reel_ver");
  CHECK(plan.new_attributes[0].maximum == 2'147'483'647);

  const auto conflicts_with = [](auto change) {
    ServerCollection other = made_from(tracks());
    change(attribute(other, "reel_ver"));
    return compared(tracks(), other).conflicts.size();
  };
  CHECK(conflicts_with([](auto& one) { one.maximum = 2'147'483'648; }) == 1);
  CHECK(conflicts_with([](auto& one) { one.required = true; }) == 1);
  CHECK(conflicts_with([](auto& one) { one.kind = "string"; }) == 1);
  CHECK(conflicts_with([](auto& one) { one.default_value = 0; }) == 1);
  CHECK(conflicts_with([](auto&) {}) == 0);
}

}  // namespace schema_plan_tests
