#include <reel/backends/appwrite/setup_preview.hpp>

#include <memory>

#include <reel/backends/appwrite/schema_plan.hpp>
#include <reel/backends/appwrite/server_schema.hpp>
#include <reel/testing/samples.hpp>

#include "support/catch.hpp"

/// The schema with which a plan reads a collection on a server.
namespace setup_preview_tests {

using namespace reel;
using appwrite::ServerCollection;
using driver::CollectionSchema;

/// A collection with two attributes, and an index over each.
CollectionSchema seats() {
  CollectionSchema schema{.id = "seats", .name = "Seats"};
  schema.attributes = {{.name = "row", .kind = driver::AttributeType::integer},
                       {.name = "code", .max_length = 8, .default_value = driver::Value{"new"}}};
  schema.indexes = {{.name = "by_row", .parts = {{.attribute = 0}}},
                    {.name = "by_code", .kind = driver::IndexKind::unique, .parts = {{.attribute = 1}}}};
  return schema;
}
ServerCollection made_from(const CollectionSchema& schema) {
  ServerCollection made{.attributes = appwrite::wanted_columns(schema)};
  made.attributes.push_back(appwrite::wanted_version_attribute());
  for (const driver::IndexSchema& index : schema.indexes)
    made.indexes.push_back(appwrite::wanted_index(schema, index, made.attributes));
  return made;
}
std::shared_ptr<const CollectionSchema> stored_part(const ServerCollection& stored) {
  return appwrite::stored_part(seats(), appwrite::SchemaComparison(seats(), stored)());
}

TEST_CASE("a collection that needs no change is read with its schema") {
  CHECK(stored_part(made_from(seats())) == nullptr);
}

TEST_CASE("an index is left out with a column that the server lacks or has to create again") {
  ServerCollection missing = made_from(seats()), failed = missing;
  missing.attributes.erase(missing.attributes.begin());
  failed.attributes[0].status = "failed";
  failed.attributes[0].error = "Collection not found";
  for (const ServerCollection& stored : {missing, failed}) {
    const auto part = stored_part(stored);
    REQUIRE(part);
    REQUIRE(part->attributes.size() == 1);
    REQUIRE(part->indexes.size() == 1);
    CHECK(part->indexes[0].name == "by_code");
    CHECK(part->indexes[0].parts[0].attribute == 0);
  }
}

}  // namespace setup_preview_tests
