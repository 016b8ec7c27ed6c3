#include <string>

#include <emulator/tests/server.hpp>

#include "support/catch.hpp"

namespace versions_tests {

using namespace reel::emulator;

/// A server whose collection has a string `t`, an integer `n`, a list of strings `list` and a document `a`.
struct Filled : Server {
  explicit Filled(const char* version) : Server{version} {
    add("string", "t", {{"size", 20}});
    add("integer", "n");
    add("string", "list", {{"size", 20}, {"array", true}});
    create("a", {{"t", "x"}, {"n", 1}});
  }

  std::string a = c + "/documents/a";
};

const Json update{{"data", {{"t", "y"}}}};

TEST_CASE("1.6 has no bulk writes, no upserts and no $sequence") {
  Filled server{"1.6.2"};
  CHECK(server.status("PUT", server.a, update) == 404);
  CHECK(server.status("PATCH", server.c + "/documents", update) == 404);
  CHECK(server.status("DELETE", server.c + "/documents", Json::object()) == 404);
  CHECK(server.status("GET", "/tablesdb") == 404);
  CHECK(server.status("PATCH", server.a + "/n/increment", Json::object()) == 404);
  CHECK_FALSE(server.call("GET", server.a).contains("$sequence"));
  CHECK_FALSE(server.call("GET", "/databases/d").contains("type"));
}

TEST_CASE("1.7 has bulk writes and upserts, but no tables") {
  Filled server{"1.7.4"};
  CHECK(server.status("PUT", server.a, update) == 200);
  CHECK(server.status("PATCH", server.c + "/documents", update) == 200);
  CHECK(server.status("POST", "/databases/transactions", Json::object()) == 404);
  CHECK(server.status("GET", "/tablesdb") == 404);
  CHECK_FALSE(server.call("GET", server.a).contains("$sequence"));
}

TEST_CASE("1.8.1 has tables, transactions, increments, operators and lists without a total") {
  Filled server{"1.8.1"};
  CHECK(server.status("GET", "/tablesdb/d/tables/c/rows/a") == 200);
  CHECK(server.status("POST", "/databases/transactions", Json::object()) == 201);
  CHECK(server.call("PATCH", server.a + "/n/increment", Json::object()).at("n") == 2);
  const Json op{{"data", {{"n", R"({"method":"increment","values":[5]})"}}}};
  CHECK(server.call("PATCH", server.a, op).at("n") == 7);
  CHECK(server.call("GET", server.c + "/documents", nullptr, {{"total", "0"}}).at("total") == 0);
  CHECK(server.call("GET", server.a).at("$sequence") == 1);
}

TEST_CASE("before 1.8.1 operators are not supported, and the total is always counted") {
  Filled server{"1.8.0"};
  const Json op{{"data", {{"n", R"({"method":"increment","values":[5]})"}}}};
  CHECK(server.status("PATCH", server.a, op) == 400);
  CHECK(server.call("GET", server.c + "/documents", nullptr, {{"total", "0"}}).at("total") == 1);
}

TEST_CASE("1.9 returns $sequence as a string and the width of a row, and refuses indexes on lists") {
  Filled server{"1.9.0"};
  CHECK(server.call("GET", server.a).at("$sequence") == "1");
  CHECK(server.call("GET", server.c).at("bytesMax") == 65535);
  const Json index{{"key", "i"}, {"type", "key"}, {"attributes", {"list"}}};
  CHECK(server.call("POST", server.c + "/indexes", index).at("type") == "index_invalid");
  CHECK(server.status("POST", server.c + "/attributes/longtext", {{"key", "l"}, {"required", false}}) == 202);
}

TEST_CASE("1.9 accepts attributes and indexes with a new collection, available at once") {
  Filled server{"1.9.0"};
  const Json made = server.call("POST", "/databases/d/collections",
                                {{"collectionId", "e"},
                                 {"name", "e"},
                                 {"attributes", {{{"key", "s"}, {"type", "string"}, {"size", 10}}}},
                                 {"indexes", {{{"key", "i"}, {"type", "unique"}, {"attributes", {"s"}}}}}});
  CHECK(made.at("attributes").at(0).at("status") == "available");
  CHECK(made.at("indexes").at(0).at("status") == "available");
  const std::string documents = "/databases/d/collections/e/documents";
  CHECK(server.status("POST", documents, {{"documentId", "a"}, {"data", {{"s", "x"}}}}) == 201);
  CHECK(server.status("POST", documents, {{"documentId", "b"}, {"data", {{"s", "X"}}}}) == 409);
}

TEST_CASE("an attribute cannot be used before the worker has created it") {
  Filled server{"1.8.1"};
  const Json late{{"key", "late"}, {"size", 5}, {"required", false}};
  CHECK(server.call("POST", server.c + "/attributes/string", late).at("status") == "processing");
  const Json document{{"documentId", "b"}, {"data", {{"late", "x"}}}};
  CHECK(server.call("POST", server.c + "/documents", document).at("type") == "document_invalid_structure");
  const Json index{{"key", "i"}, {"type", "key"}, {"attributes", {"late"}}};
  CHECK(server.call("POST", server.c + "/indexes", index).at("type") == "attribute_not_available");
  server.app.finish_work("test");
  CHECK(server.status("POST", server.c + "/documents", document) == 201);
  CHECK(server.status("POST", server.c + "/indexes", index) == 202);
}

}  // namespace versions_tests
