#include "support/catch.hpp"

#include <reel/backends/appwrite/schema_limits.hpp>
#include <reel/testing/samples.hpp>
#include <reel/video/everything.hpp>

namespace schema_limits_tests {

using namespace reel;
using appwrite::ServerAttribute;

driver::AttributeSchema text(std::string name, std::int64_t length) {
  return {.name = std::move(name), .kind = driver::AttributeType::text, .max_length = length};
}
Error refusal_of(const driver::CollectionSchema& schema) {
  try {
    appwrite::check_limits(schema);
  } catch (const Error& error) {
    return error;
  }
  FAIL("a schema that no server takes was not refused");
  return Error(Errc::internal, "");
}

TEST_CASE("a string attribute has a size that the server supports and that holds it in any script") {
  CHECK(appwrite::size_for(1) == 1);
  CHECK(appwrite::size_for(16'115) == 16'115);
  for (const std::int64_t length : {16'116, 16'381, 16'382, 20'000, 65'535})
    CHECK(appwrite::size_for(length) == 65'536);
  CHECK(appwrite::size_for(1'000'000) == 1'000'000);
}

TEST_CASE("the width of a row is computed as the server does") {
  const auto wide = [](std::int64_t size) { return row_width(ServerAttribute{.kind = "string", .size = size}); };
  CHECK(wide(255) == 1'021);
  CHECK(wide(256) == 1'026);
  CHECK(wide(16'381) == 65'526);
  CHECK(wide(16'382) == 20);
  CHECK(row_width(ServerAttribute{.kind = "url"}) == 8'002);
  CHECK(row_width(ServerAttribute{.kind = "enum"}) == 1'021);
  CHECK(row_width(ServerAttribute{.kind = "integer"}) == 8);
  CHECK(row_width(ServerAttribute{.kind = "integer", .maximum = 100}) == 4);
  CHECK(row_width(ServerAttribute{.kind = "string", .list = true, .size = 255}) == 20);
}

TEST_CASE("a string of 16,115 characters and one bool fill a row") {
  driver::CollectionSchema schema{
      .id = "c", .attributes = {text("long", 16'115), {.name = "flag", .kind = driver::AttributeType::boolean}}};
  CHECK_NOTHROW(appwrite::check_limits(schema));
  schema.attributes.push_back({.name = "other", .kind = driver::AttributeType::boolean});
  const Error error = refusal_of(schema);
  CHECK(error.code() == Errc::invalid);
  CHECK(error.attribute() == "long");
  CHECK(error.reason().find("max_length") != std::string::npos);
}

TEST_CASE("an index over more than 768 characters is refused, or shortened if it only affects speed") {
  driver::CollectionSchema schema{.id = "c", .attributes = {text("a", 700), text("b", 100)}};
  schema.indexes.push_back(
      {.name = "both", .kind = driver::IndexKind::unique, .parts = {{.attribute = 0}, {.attribute = 1}}});
  const Error error = refusal_of(schema);
  CHECK(error.context().index == "both");
  CHECK(error.attribute() == "a");
  schema.indexes[0].parts.pop_back();
  CHECK_NOTHROW(appwrite::check_limits(schema));
  schema.attributes[0].max_length = 5'000;
  CHECK(refusal_of(schema).context().index == "both");
  schema.indexes[0].kind = driver::IndexKind::key;
  CHECK_NOTHROW(appwrite::check_limits(schema));
  const auto columns = appwrite::wanted_columns(schema);
  CHECK(appwrite::wanted_index(schema, schema.indexes[0], columns).lengths.at(0) > 0);
  schema.indexes[0].kind = driver::IndexKind::full_text;
  CHECK_NOTHROW(appwrite::check_limits(schema));
}

TEST_CASE("too many attributes, indexes or enumerators are refused before a request is sent") {
  driver::CollectionSchema schema{.id = "c"};
  for (int i = 0; i < 59; ++i) {
    schema.attributes.push_back({.name = "n" + std::to_string(i), .kind = driver::AttributeType::integer});
    schema.indexes.push_back({.name = "by" + std::to_string(i), .parts = {{.attribute = i}}});
  }
  CHECK(refusal_of(schema).code() == Errc::invalid);
  schema.indexes.clear();
  CHECK_NOTHROW(appwrite::check_limits(schema));
  schema.attributes.push_back(
      {.name = "e", .kind = driver::AttributeType::enumeration, .elements = std::vector<std::string>(101, "x")});
  CHECK(refusal_of(schema).attribute() == "e");
}

TEST_CASE("the pipeline's collections fit within the server's limits") {
  CHECK_NOTHROW(appwrite::check_limits(schema_of<video::Video>()));
  CHECK_NOTHROW(appwrite::check_limits(schema_of<video::Scene>()));
  CHECK_NOTHROW(appwrite::check_limits(schema_of<video::Fix>()));
  CHECK_NOTHROW(appwrite::check_limits(schema_of<video::Artifact>()));
}

TEST_CASE("an attribute with the name of the change counter is refused") {
  const Error error =
      refusal_of({.id = "c", .attributes = {{.name = "reel_ver", .kind = driver::AttributeType::integer}}});
  CHECK(error.code() == Errc::invalid);
  CHECK(error.attribute() == "reel_ver");
}

}  // namespace schema_limits_tests
