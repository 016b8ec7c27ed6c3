#include <string>
#include <vector>

#include <emulator/tests/server.hpp>

#include "support/catch.hpp"

namespace bulk_rules_tests {

using namespace reel::emulator;

struct Store : Server {
  Store() {
    add("integer", "n");
    add("string", "s", {{"size", 9}});
    add("string", "list", {{"size", 9}, {"array", true}});
    add("integer", "filled", {{"default", 7}});
  }
  Json put(Json documents) { return call("PUT", all, {{"documents", std::move(documents)}}); }
  Json post(Json documents) { return call("POST", all, {{"documents", std::move(documents)}}); }
  Json get(const std::string& id) { return call("GET", all + "/" + id); }
  /// Creates a document and returns its sequence number.
  std::int64_t next_number() {
    return call("POST", all, {{"documentId", "unique()"}, {"data", {{"s", "next"}}}})
        .at("$sequence")
        .get<std::int64_t>();
  }
};

TEST_CASE("a bulk statement uses a sequence number for each document, inserted or not") {
  Store server;
  CHECK(server.post({{{"$id", "a"}, {"n", 1}}, {{"$id", "b"}, {"n", 2}}}).at("total") == 2);
  SECTION("an upsert numbers new documents from the first reserved number on") {
    const Json done = server.put({{{"$id", "a"}, {"n", 3}}, {{"$id", "c"}, {"n", 4}}});
    CHECK(done.at("documents").at(0).at("$sequence") == 1);
    CHECK(done.at("documents").at(1).at("$sequence") == 3);
    CHECK(server.next_number() == 5);
  }
  SECTION("a duplicate uses up all numbers") {
    CHECK(server.post({{{"$id", "x"}, {"n", 3}}, {{"$id", "a"}, {"n", 4}}, {{"$id", "y"}}}).at("code") == 409);
    CHECK(server.next_number() == 6);
  }
  SECTION("an invalid document uses up no number") {
    CHECK(server.post({{{"$id", "x"}, {"n", 3}}, {{"$id", "y"}, {"n", "4"}}}).at("code") == 400);
    CHECK(server.next_number() == 3);
  }
}

TEST_CASE("an upsert compares loosely with the values stored before the request") {
  Store server;
  server.post({{{"$id", "a"}, {"n", 5}, {"s", nullptr}, {"list", nullptr}, {"filled", 7}}});
  const Json same{{"$id", "a"}, {"n", "5"}, {"s", ""}, {"list", nullptr}, {"filled", 7.0}};
  const Json other{{"$id", "a"}, {"n", 6}};
  CHECK(server.put(Json::array({same})).at("total") == 0);
  CHECK(server.put({other, same}).at("total") == 1);
  CHECK(server.get("a").at("n") == 6);
  CHECK(server.put({other, {{"$id", "a"}, {"n", 5}}}).at("type") == "document_already_exists");
}

TEST_CASE("an upsert compares permissions as sets, an update also compares their order") {
  Store server;
  const Json grants{"read(\"any\")", "update(\"users\")"};
  const Json reversed{"update(\"users\")", "read(\"any\")"};
  const Json document{{"$id", "a"}, {"n", 1}, {"s", "x"}, {"list", {"y"}}, {"filled", 7}};
  Json granted = document;
  granted["$permissions"] = grants;
  server.post(Json::array({granted}));
  granted["$permissions"] = reversed;
  CHECK(server.put(Json::array({granted})).at("total") == 0);
  CHECK(server.call("PATCH", server.all + "/a", {{"permissions", reversed}}).at("$permissions") == reversed);
  granted["$permissions"] = Json::array();
  CHECK(server.put(Json::array({granted})).at("total") == 1);
}

TEST_CASE("an upsert creates no document from values that loosely equal null") {
  Store server;
  CHECK(server.put({{{"$id", "a"}}, {{"$id", "b"}, {"n", 0}, {"s", ""}, {"list", Json::array()}}}).at("total") == 0);
  CHECK(server.outcome("PUT", server.all + "/a", {{"data", {{"s", nullptr}}}}) == "200");
  CHECK(server.ids({}).empty());
  CHECK(server.put({{{"$id", "a"}, {"$permissions", {"read(\"any\")"}}}, {{"s", "0"}}}).at("total") == 2);
}

TEST_CASE("a bulk upsert does not parse documents that are strings") {
  Store server;
  CHECK(server.outcome("PUT", server.all, {{"documents", {R"({"$id":"t","n":1})"}}}) == "500 general_unknown");
  CHECK(server.ids({}).empty());
}

TEST_CASE("the response to a bulk update shows defaults that are not stored") {
  Store server;
  server.post({{{"$id", "a"}, {"n", 1}}});
  const Json done = server.call("PATCH", server.all, {{"data", {{"filled", nullptr}}}});
  CHECK(done.at("documents").at(0).at("filled") == 7);
  CHECK(server.get("a").at("filled").is_null());
  const Json counted =
      server.call("PATCH", server.all, {{"data", {{"n", {{"method", "increment"}, {"values", {1}}}}}}});
  CHECK(counted.at("documents").at(0).at("n") == 2);
  CHECK(counted.at("documents").at(0).at("filled").is_null());
}

TEST_CASE("a bulk write returns the selected attributes, and an update returns the others as null") {
  Store server;
  server.post({{{"$id", "a"}, {"n", 1}, {"s", "x"}, {"filled", 1}}});
  const Json queries{R"({"method":"select","values":["n"]})"};
  const Json updated = server.call("PATCH", server.all, {{"data", {{"list", {"y"}}}}, {"queries", queries}});
  const Json shown = updated.at("documents").at(0);
  CHECK(shown.at("n") == 1);
  CHECK(shown.at("list") == Json{"y"});
  CHECK(shown.at("s").is_null());
  CHECK(shown.at("filled") == 7);
  CHECK(server.get("a").at("filled") == 1);
  const Json deleted = server.call("DELETE", server.all, {{"queries", queries}}).at("documents").at(0);
  CHECK(deleted.at("n") == 1);
  CHECK_FALSE(deleted.contains("s"));
}

TEST_CASE("an update of a single document turns null lists into empty ones") {
  Store server;
  server.post({{{"$id", "a"}, {"n", 1}}, {{"$id", "b"}, {"n", 1}}});
  const Json unset{{"method", "isNull"}, {"attribute", "list"}};
  server.call("PATCH", server.all, {{"data", {{"n", 2}}}});
  CHECK(server.ids({unset}) == std::vector<std::string>{"a", "b"});
  server.call("PATCH", server.all + "/a", {{"data", {{"n", 3}}}});
  CHECK(server.ids({unset}) == std::vector<std::string>{"b"});
}

TEST_CASE("a bulk update of members that the server removes changes nothing") {
  Store server;
  server.post({{{"$id", "a"}, {"n", 1}}});
  CHECK(server.call("PATCH", server.all, {{"data", {{"$sequence", 5}, {"$collectionId", "x"}}}}).at("total") == 0);
  CHECK(server.call("PATCH", server.all, {{"data", {{"$id", "x"}}}}).at("total") == 1);
  CHECK(server.ids({}) == std::vector<std::string>{"a"});
}

TEST_CASE("$tableId is unknown under /databases, and $collectionId under /tablesdb") {
  Store server;
  CHECK(server.call("POST", server.all, {{"documentId", "a"}, {"data", {{"n", 1}, {"$tableId", "c"}}}}).at("message") ==
        "Invalid document structure: Unknown attribute: \"$tableId\"");
  const Json row{{"rowId", "a"}, {"data", {{"n", 1}, {"$collectionId", "c"}}}};
  CHECK(server.message("POST", "/tablesdb/d/tables/c/rows", row) ==
        "Invalid document structure: Unknown attribute: \"$collectionId\"");
  CHECK(server.status("POST", "/tablesdb/d/tables/c/rows", {{"rowId", "a"}, {"data", {{"n", 1}, {"$tableId", "c"}}}}) ==
        201);
}

}  // namespace bulk_rules_tests
