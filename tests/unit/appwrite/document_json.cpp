#include "support/catch.hpp"

#include <cstdint>
#include <vector>

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/document_json.hpp>
#include <reel/testing/samples.hpp>

namespace document_json_tests {

using namespace reel;
using appwrite::Json;

const driver::CollectionSchema& readings() { return schema_of<testing::Reading>(); }

Json written(const driver::Document& document) {
  return Json::parse(appwrite::new_document(readings(), document, "documentId"));
}

TEST_CASE("a new document is written with every attribute, and with times only if they are given") {
  driver::Document document{.id = "a1", .values = std::vector<driver::Value>(readings().attributes.size())};
  document.values[static_cast<std::size_t>(*readings().position("weight"))] = 5.0;
  document.values[static_cast<std::size_t>(*readings().position("at"))] = Timestamp{std::chrono::milliseconds{-1}};
  document.values[static_cast<std::size_t>(*readings().position("levels"))] =
      driver::List{driver::Value{std::int64_t{1}}};
  const Json data = written(document)["data"];
  CHECK(data["weight"] == 5);
  CHECK(data["at"] == "1969-12-31T23:59:59.999+00:00");
  CHECK(data["levels"] == Json::array({1}));
  CHECK(data["label"].is_null());
  CHECK(data.size() == readings().attributes.size());
  document.created_at = Timestamp{};
  CHECK(written(document)["data"]["$createdAt"] == "1970-01-01T00:00:00.000+00:00");
  CHECK_FALSE(written(document)["data"].contains("$updatedAt"));
}

TEST_CASE("a new document is written with id and permissions, alone and in bulk") {
  driver::Document document{.id = "a1",
                            .permissions = {Permission::read(Role::any()), Permission::remove(Role::user("u1"))},
                            .values = std::vector<driver::Value>(readings().attributes.size())};
  document.values[static_cast<std::size_t>(*readings().position("label"))] = "\"x\" \\ \n";
  const Json permissions{"read(\"any\")", "delete(\"user:u1\")"};
  const Json alone = written(document);
  CHECK(alone["documentId"] == "a1");
  CHECK(alone["permissions"] == permissions);
  CHECK(alone["data"]["label"] == "\"x\" \\ \n");
  std::string text;
  appwrite::append_bulk_document(text, readings(), document);
  Json one_of_many = Json::parse(text);
  CHECK(one_of_many["$id"] == "a1");
  CHECK(one_of_many["$permissions"] == permissions);
  one_of_many.erase("$id");
  one_of_many.erase("$permissions");
  CHECK(one_of_many == alone["data"]);
}

}  // namespace document_json_tests
