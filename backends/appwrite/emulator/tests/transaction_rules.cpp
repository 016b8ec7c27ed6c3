#include <string>

#include <emulator/tests/server.hpp>

#include "support/catch.hpp"

namespace transaction_rules_tests {

using namespace reel::emulator;

/// A collection with a document `a`, and a pending transaction `id`.
struct Store : Server {
  Store() {
    add("integer", "n", {{"max", 100}});
    add("string", "s", {{"size", 9}});
    create("a", {{"n", 5}});
    id = call("POST", "/databases/transactions", Json::object()).at("$id");
  }
  void stage(const std::string& method, const std::string& path, Json body) {
    body["transactionId"] = id;
    const int answered = status(method, path, body);
    CHECK((answered == 200 || answered == 201));
  }
  Json commit() { return call("PATCH", "/databases/transactions/" + id, {{"commit", true}}); }
  std::string state() { return call("GET", "/databases/transactions/" + id).at("status"); }

  std::string a = all + "/a";
  std::string rows = "/tablesdb/d/tables/c/rows";
  std::string id;
};

TEST_CASE("a commit ignores the times in staged documents") {
  Store server;
  const char* const then = "2001-01-01T00:00:00.000+00:00";
  server.stage("POST", server.all, {{"documentId", "b"}, {"data", {{"n", 1}, {"$createdAt", then}}}});
  server.stage("POST", server.all, {{"documents", {{{"$id", "c"}, {"n", 1}, {"$createdAt", then}}}}});
  server.stage("PATCH", server.all, {{"data", {{"n", 2}, {"$createdAt", then}}}});
  CHECK(server.commit().at("status") == "committed");
  for (const char* id : {"a", "b", "c"}) {
    const Json document = server.call("GET", server.all + "/" + id);
    CHECK(document.at("n") == 2);
    CHECK(document.at("$createdAt") != then);
  }
}

TEST_CASE("a bulk operation conflicts with later changes, except the transaction's own") {
  Store server;
  SECTION("changed by another caller") {
    server.stage("PATCH", server.all, {{"data", {{"s", "x"}}}});
    const Json later{{"$updatedAt", "2999-01-01T00:00:00.000+00:00"}};
    server.call("PATCH", server.a, {{"data", later}});
    CHECK(server.commit().at("type") == "transaction_conflict");
    CHECK(server.state() == "failed");
  }
  SECTION("changed by the same transaction") {
    server.stage("PATCH", server.a + "/n/increment", {{"value", 1}});
    server.stage("PATCH", server.all, {{"data", {{"s", "x"}}}});
    server.stage("PATCH", server.a, {{"data", {{"s", "y"}}}});
    CHECK(server.commit().at("status") == "committed");
    CHECK(server.call("GET", server.a).at("n") == 6);
    CHECK(server.call("GET", server.a).at("s") == "y");
  }
}

TEST_CASE("an increment does not conflict with later changes") {
  Store server;
  server.stage("PATCH", server.a + "/n/increment", {{"value", 1}});
  server.call("PATCH", server.a, {{"data", {{"n", 7}, {"$updatedAt", "2999-01-01T00:00:00.000+00:00"}}}});
  CHECK(server.commit().at("status") == "committed");
  CHECK(server.call("GET", server.a).at("n") == 8);
}

TEST_CASE("errors of a commit use the words of documents") {
  Store server;
  SECTION("structure") {
    server.stage("POST", server.rows, {{"rowId", "b"}, {"data", {{"n", "x"}}}});
    CHECK(server.commit().at("type") == "document_invalid_structure");
    CHECK(server.state() == "failed");
  }
  SECTION("a limit") {
    server.stage("PATCH", server.a + "/n/increment", {{"value", 1}, {"max", 5}});
    CHECK(server.commit().at("message") == "Attribute value exceeds maximum limit: 5");
  }
  SECTION("an attribute that is not a number") {
    server.stage("PATCH", server.a + "/s/increment", {{"value", 1}});
    CHECK(server.commit().at("type") == "general_unknown");
    CHECK(server.state() == "pending");
  }
  SECTION("a document that was deleted") {
    server.stage("PATCH", server.a, {{"data", {{"n", 1}}}});
    server.call("DELETE", server.a);
    CHECK(server.commit().at("type") == "document_not_found");
  }
}

TEST_CASE("a bulk update with operators is refused for documents changed in the same transaction") {
  Store server;
  const Json step{{"n", op("increment", {1})}};
  server.stage("PATCH", server.all, {{"data", step}});
  SECTION("a second bulk update") {
    server.stage("PATCH", server.all, {{"data", step}});
    CHECK(server.commit().at("type") == "document_invalid_structure");
    CHECK(server.call("GET", server.a).at("n") == 5);
  }
  SECTION("an increment is allowed") {
    server.stage("PATCH", server.a + "/n/increment", {{"value", 1}});
    CHECK(server.commit().at("status") == "committed");
    CHECK(server.call("GET", server.a).at("n") == 7);
  }
}

}  // namespace transaction_rules_tests
