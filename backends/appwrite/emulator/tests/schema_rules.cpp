#include <string>

#include <emulator/tests/server.hpp>

#include "support/catch.hpp"

namespace schema_rules_tests {

using namespace reel::emulator;

Json patch(Json more = Json::object()) {
  Json body{{"required", false}, {"default", nullptr}};
  body.update(more);
  return body;
}

TEST_CASE("an attribute cannot be resized beyond the limits of its indexes") {
  Server server;
  server.add("string", "s", {{"size", 700}});
  server.add("string", "t", {{"size", 100}});
  server.call("POST", server.c + "/indexes",
              {{"key", "part"}, {"type", "key"}, {"attributes", {"t"}}, {"lengths", {60}}});
  server.add_index("whole", "key", {"s"});
  const std::string s = server.c + "/attributes/string/s";
  CHECK(server.outcome("PATCH", s, patch({{"size", 769}})) == "400 index_invalid");
  CHECK(server.message("PATCH", s, patch({{"size", 769}})) == "Index length is longer than the maximum: 768");
  CHECK(server.call("GET", server.c + "/attributes/s").at("size") == 700);
  CHECK(server.status("PATCH", s, patch({{"size", 768}})) == 200);
  CHECK(server.status("PATCH", server.c + "/attributes/string/t", patch({{"size", 5000}})) == 200);
  CHECK(server.outcome("PATCH", server.c + "/attributes/string/t", patch({{"size", 59}})) == "400 index_invalid");
  CHECK(server.outcome("PATCH", "/tablesdb/d/tables/c/columns/string/s", patch({{"size", 769}})) ==
        "400 column_index_invalid");
}

TEST_CASE("an update through the route of another kind returns the members of that kind") {
  Server server;
  server.add("string", "s", {{"size", 9}});
  server.add("integer", "i", {{"min", 1}, {"max", 5}});
  const Json text = server.call("PATCH", server.c + "/attributes/integer/s", patch());
  CHECK(text.at("type") == "string");
  CHECK(text.at("min").is_null());
  CHECK_FALSE(text.contains("size"));
  const Json number = server.call("PATCH", server.c + "/attributes/boolean/i", patch());
  CHECK(number.at("type") == "integer");
  CHECK_FALSE(number.contains("min"));
  CHECK(server.call("GET", server.c + "/attributes/i").at("min") == 1);
  CHECK(server.outcome("PATCH", server.c + "/attributes/integer/s", patch({{"default", 5}})) == "500 general_unknown");
  CHECK(server.call("GET", server.c + "/attributes/s").at("default").is_null());
}

TEST_CASE("messages about bounds round halves away from 0") {
  Server server;
  server.add("float", "f", {{"min", -0.4}, {"max", 2.5}});
  CHECK(server.message("PATCH", server.c + "/attributes/float/f", patch({{"default", 9}})) ==
        "Value must be a valid range between 0 and 3");
  CHECK(server.message("PATCH", server.c + "/attributes/float/f", patch({{"default", 9}, {"min", 0.5}})) ==
        "Value must be a valid range between 1 and 3");
}

TEST_CASE("an integer column keeps its width when its bounds change") {
  Server server;
  server.add("integer", "i", {{"max", 10}});
  CHECK(server.status("PATCH", server.c + "/attributes/integer/i", patch({{"max", 5'000'000'000}})) == 200);
  CHECK(server.message("POST", server.c + "/documents", {{"documentId", "a"}, {"data", {{"i", 3'000'000'000}}}}) ==
        "Invalid document structure: Attribute \"i\" has invalid format. Value must be a valid range between "
        "-2,147,483,647 and 2,147,483,647");
  CHECK(server.status("POST", server.c + "/documents", {{"documentId", "a"}, {"data", {{"i", 2'000'000'000}}}}) == 201);
}

TEST_CASE("a removed default still fills new rows until the attribute has been required") {
  Server server;
  server.add("integer", "i", {{"default", 7}});
  server.add("boolean", "b");
  const std::string i = server.c + "/attributes/integer/i";
  const auto filled = [&](const char* id) {
    server.create(id, {{"b", true}, {"i", nullptr}});
    return server.call("GET", server.c + "/documents/" + id).at("i");
  };
  CHECK(server.call("PATCH", i, patch()).at("default").is_null());
  CHECK(filled("a") == 7);
  CHECK(server.status("PATCH", i, patch({{"default", 8}})) == 200);
  CHECK(filled("b") == 8);
  CHECK(server.status("PATCH", i, patch({{"required", true}})) == 200);
  CHECK(server.status("PATCH", i, patch()) == 200);
  CHECK(filled("c").is_null());
}

TEST_CASE("attributes are found without case, except by updates; indexes only for deletion") {
  Server server;
  server.add("string", "Title", {{"size", 9}});
  server.add_index("Idx", "key", {"Title"});
  CHECK(server.call("GET", server.c + "/attributes/TITLE").at("key") == "Title");
  CHECK(server.outcome("PATCH", server.c + "/attributes/string/title", patch()) == "404 collection_not_found");
  CHECK(server.outcome("GET", server.c + "/indexes/idx") == "404 index_not_found");
  CHECK(server.status("DELETE", server.c + "/indexes/idx") == 204);
  CHECK(server.status("DELETE", server.c + "/attributes/title") == 204);
  server.work();
  CHECK(server.call("GET", server.c).at("attributes").empty());
  CHECK(server.call("GET", server.c).at("indexes").empty());
}

TEST_CASE("size queries on attributes match strings and integers; other kinds have size 0") {
  Server server;
  server.add("string", "s", {{"size", 9}});
  server.add("integer", "wide");
  server.add("integer", "narrow", {{"max", 10}});
  server.add("boolean", "b");
  const auto sized = [&](int size) {
    const Json query{{"method", "equal"}, {"attribute", "size"}, {"values", {size}}};
    return server.call("GET", server.c + "/attributes", nullptr, Server::queries({query}))
        .at("attributes")
        .at(0)
        .at("key");
  };
  CHECK(sized(9) == "s");
  CHECK(sized(8) == "wide");
  CHECK(sized(4) == "narrow");
  CHECK(sized(0) == "b");
}

TEST_CASE("lists check their queries before the database and collection") {
  Server server;
  const Pairs bad{{"queries[0]", "{"}};
  for (const char* path : {"/databases/no/collections", "/databases/no/collections/c/attributes",
                           "/databases/no/collections/c/indexes", "/tablesdb/no/tables"}) {
    CHECK(server.outcome("GET", path, nullptr, bad) == "400 general_argument_invalid");
    CHECK(server.outcome("GET", path) == "404 database_not_found");
  }
}

TEST_CASE("an attribute in a unique index over several attributes cannot be deleted") {
  Server server;
  for (const char* key : {"a", "b", "u"}) server.add("string", key, {{"size", 9}});
  server.add_index("pair", "unique", {"a", "b"});
  server.add_index("single", "unique", {"u"});
  server.add_index("mixed", "key", {"u", "a"});
  for (const char* key : {"a", "u"}) server.call("DELETE", server.c + "/attributes/" + key);
  server.work();
  CHECK(server.call("GET", server.c + "/attributes/a").at("status") == "stuck");
  CHECK(server.call("GET", server.c + "/indexes/pair").at("attributes") == Json{"a", "b"});
  CHECK(server.status("GET", server.c + "/attributes/u") == 404);
  CHECK(server.status("GET", server.c + "/indexes/single") == 404);
  CHECK(server.call("GET", server.c + "/indexes/mixed").at("attributes") == Json{"a"});
}

TEST_CASE("deleting an attribute removes its length and order, and all equal ones, from indexes") {
  Server server;
  for (const char* key : {"a", "b", "c"}) server.add("string", key, {{"size", 50}});
  const auto add = [&](const char* key, Json attributes, Json orders, Json lengths) {
    server.call("POST", server.c + "/indexes",
                {{"key", key}, {"type", "key"}, {"attributes", attributes}, {"orders", orders}, {"lengths", lengths}});
  };
  add("one", {"a", "b", "c"}, {"ASC", "DESC", "ASC"}, {10, 20, 10});
  add("same", {"b", "c"}, {"DESC"}, {20});
  add("other", {"b", "c"}, Json::array(), Json::array());
  server.work();
  server.call("DELETE", server.c + "/attributes/a");
  server.work();
  // The rest equals `same` in attributes and orders.
  CHECK(server.status("GET", server.c + "/indexes/one") == 404);
  CHECK(server.call("GET", server.c + "/indexes/same").at("lengths") == Json{20, 0});
  server.call("DELETE", server.c + "/attributes/c");
  server.work();
  CHECK(server.call("GET", server.c + "/indexes/same").at("lengths") == Json{20});
  CHECK(server.call("GET", server.c + "/indexes/same").at("orders") == Json{"DESC"});
  CHECK(server.call("GET", server.c + "/indexes/other").at("lengths").empty());
}

TEST_CASE("an index with a length for an attribute other than a string fails") {
  Server server;
  server.add("integer", "n");
  server.add("string", "s", {{"size", 50}});
  const auto status = [&](const char* key, Json attributes, Json lengths) {
    server.call("POST", server.c + "/indexes",
                {{"key", key}, {"type", "key"}, {"attributes", attributes}, {"lengths", lengths}});
    server.work();
    return server.call("GET", server.c + "/indexes/" + key).at("status");
  };
  CHECK(status("i1", {"s", "n"}, {10}) == "available");
  CHECK(status("i2", {"s", "n"}, {10, 5}) == "failed");
  CHECK(status("i3", {"$createdAt"}, {1}) == "failed");
  CHECK(status("i4", {"$id"}, {10}) == "available");
  CHECK(server.call("GET", server.c + "/indexes/i2").at("error") == "");
}

TEST_CASE("a list attribute in an index has no order, at any position") {
  Server server;
  for (const char* key : {"a", "b"}) server.add("string", key, {{"size", 50}});
  server.add("string", "list", {{"size", 50}, {"array", true}});
  const auto orders = [&](const char* key, Json attributes, Json given) {
    return server.call("POST", server.c + "/indexes",
                       {{"key", key}, {"type", "key"}, {"attributes", attributes}, {"orders", given}})["orders"];
  };
  CHECK(orders("i1", {"a", "list"}, {"ASC", "DESC"}) == Json{"ASC", nullptr});
  CHECK(orders("i2", {"a", "list"}, {"DESC"}) == Json{"DESC", nullptr});
  CHECK(orders("i3", {"list", "a"}, Json::array()) == Json(std::vector<Json>{nullptr}));
  CHECK(orders("i4", {"a", "list"}, Json::array()) == Json::object({{"1", nullptr}}));
  CHECK(server.outcome("POST", server.c + "/indexes", {{"key", "Primary"}, {"type", "key"}, {"attributes", {"a"}}}) ==
        "400 index_invalid");
}

}  // namespace schema_rules_tests
