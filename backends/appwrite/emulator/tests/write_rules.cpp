#include <string>

#include <emulator/tests/server.hpp>

#include "support/catch.hpp"

namespace write_rules_tests {

using namespace reel::emulator;

struct Store : Server {
  Store() {
    add("integer", "n");
    add("string", "s", {{"size", 9}});
    add("integer", "list", {{"array", true}});
    create("a", {{"n", 5}, {"s", "x"}, {"list", {1}}});
  }
  /// Updates `a` and returns the stored value of an attribute.
  Json after(const Json& data, const char* key) {
    call("PATCH", a, {{"data", data}});
    return call("GET", a).at(key);
  }

  std::string a = all + "/a";
};

TEST_CASE("lists of documents contain objects, or strings of them") {
  Store server;
  for (const Json& bad : {Json("x"), Json(5), Json(true), Json(nullptr)}) {
    CHECK(server.outcome("POST", server.all, {{"documents", Json::array({bad})}}) == "400 general_argument_invalid");
  }
  CHECK(server.message("PUT", server.all, {{"documents", {"x"}}}) ==
        "Invalid `documents` param: Value must a valid array no longer than 100 items and Value must be a valid JSON "
        "string");
  CHECK(server.status("POST", server.all, {{"documents", {R"({"$id":"t","n":1})"}}}) == 201);
}

TEST_CASE("a bulk upsert accepts any id, but none twice") {
  Store server;
  const auto put = [&](Json documents) { return server.outcome("PUT", server.all, {{"documents", documents}}); };
  CHECK(put({{{"$id", "a"}, {"n", 6}}, {{"$id", "a"}, {"n", 7}}}) == "409 document_already_exists");
  CHECK(server.call("GET", server.a).at("n") == 5);
  CHECK(put({{{"$id", "a"}, {"n", 6}}, {{"$id", "b"}, {"n", 7}}}) == "200");
  CHECK(put({{{"$id", "unique()"}, {"n", 1}}}) == "200");
  CHECK(server.ids({}) == std::vector<std::string>{"a", "b", "unique()"});
  CHECK(put({{{"$id", 5}, {"n", 1}}}) == "400 document_invalid_structure");
  CHECK(server.message("PUT", server.all, {{"documents", {{{"$id", "a"}, {"$permissions", "x"}}}}}) ==
        "$permissions must be of type array");
}

TEST_CASE("bulk updates store permissions unchanged") {
  Store server;
  const Json any{"write(\"any\")"};
  const Json queries{R"({"method":"equal","attribute":"$id","values":["a"]})"};
  server.call("PATCH", server.all, {{"data", {{"$permissions", any}}}, {"queries", queries}});
  CHECK(server.call("GET", server.a).at("$permissions") == any);
  CHECK(server.outcome("PATCH", server.all,
                       {{"data", {{"$permissions", {"no"}}}},
                        {"queries", {R"({"method":"equal","attribute":"no","values":[1]})"}}}) ==
        "400 general_bad_request");
  server.call("POST", server.all, {{"documents", {{{"$id", "b"}, {"$permissions", any}}}}});
  CHECK(server.call("GET", server.all + "/b").at("$permissions").size() == 2);
}

TEST_CASE("a bulk write cannot start at a cursor") {
  Store server;
  const Json queries{R"({"method":"cursorAfter","values":["a"]})"};
  CHECK(server.outcome("PATCH", server.all, {{"data", {{"n", 1}}}, {"queries", queries}}) == "500 general_unknown");
  CHECK(server.outcome("DELETE", server.all, {{"queries", queries}}) == "500 general_unknown");
  CHECK(server.status("GET", server.a) == 200);
}

TEST_CASE("the response to a staged bulk write has the number of its documents") {
  Store server;
  const std::string id = server.call("POST", "/databases/transactions", Json::object()).at("$id");
  const auto staged = [&](const char* method, Json body) {
    body["transactionId"] = id;
    return server.call(method, server.all, body)["total"];
  };
  CHECK(staged("POST", {{"documents", {{{"n", 1}}, {{"n", 2}}}}}) == 2);
  CHECK(staged("PUT", {{"documents", {{{"n", 1}}}}}) == 1);
  CHECK(staged("PATCH", {{"data", {{"n", 1}}}}) == 0);
  CHECK(server.outcome("POST", server.all, {{"documents", {{{"$id", "bad id"}}}}, {"transactionId", id}}) ==
        "400 general_bad_request");
}

TEST_CASE("operators are objects or strings of JSON, with any white space around") {
  Store server;
  CHECK(server.after({{"n", op("increment", {2})}}, "n") == 7);
  CHECK(server.after({{"n", "  " + op("decrement", {"3"}).dump() + " "}}, "n") == 4);
  CHECK(server.after({{"n", op("increment", {100, 6})}}, "n") == 6);
  CHECK(server.after({{"n", op("increment", {1, nullptr})}}, "n") == 7);
  CHECK(server.outcome("PATCH", server.a, {{"data", {{"n", {{"method", "increment"}, {"values", 5}}}}}}) ==
        "400 general_bad_request");
  CHECK(server.message("PATCH", server.a, {{"data", {{"n", {{"method", "increment"}, {"attribute", 1}}}}}}) ==
        "Invalid operator for attribute \"n\": Invalid operator attribute. Must be a string, got integer");
}

TEST_CASE("quotients of integers round half up, other results round half to even") {
  Store server;
  CHECK(server.after({{"n", op("divide", {2})}}, "n") == 3);
  CHECK(server.after({{"n", op("increment", {1.5})}}, "n") == 4);
}

TEST_CASE("operators add only 32-bit integers to lists") {
  Store server;
  const auto message = [&](const Json& data) { return server.message("PATCH", server.a, {{"data", data}}); };
  const std::string beyond = " operator: array items must be between -2147483648 and 2147483647";
  const std::string start = "Invalid document structure: Cannot apply ";
  CHECK(message({{"list", op("arrayAppend", {1, 3'000'000'000})}}) == start + "arrayAppend" + beyond);
  CHECK(message({{"list", op("arrayInsert", {0, 3'000'000'000})}}) == start + "arrayInsert" + beyond);
  CHECK(server.after({{"list", op("arrayAppend", {2, 3})}}, "list") == Json{1, 2, 3});
}

TEST_CASE("increments accept numeric strings and check the attribute first") {
  Store server;
  CHECK(server.call("PATCH", server.a + "/n/increment", {{"value", "2"}, {"max", "7"}}).at("n") == 7);
  CHECK(server.outcome("PATCH", server.a + "/n/increment", {{"value", " 1 "}, {"max", "7"}}) ==
        "400 attribute_limit_exceeded");
  CHECK(server.outcome("PATCH", server.a + "/n/increment", {{"value", "1x"}}) == "400 general_argument_invalid");
  CHECK(server.outcome("PATCH", server.all + "/no/s/increment", Json::object()) == "400 attribute_type_invalid");
}

TEST_CASE("an update stores the id with the case of its path, an upsert does not") {
  Store server;
  CHECK(server.call("PUT", server.all + "/A", {{"data", {{"n", 6}}}}).at("$id") == "A");
  CHECK(server.ids({}) == std::vector<std::string>{"a"});
  CHECK(server.call("PATCH", server.all + "/A", {{"data", {{"n", 6}}}}).at("$id") == "A");
  CHECK(server.ids({}) == std::vector<std::string>{"A"});
}

TEST_CASE("the contents of operations in a transaction are checked by the commit") {
  Store server;
  const std::string transaction = "/databases/transactions/";
  const std::string id = server.call("POST", "/databases/transactions", Json::object()).at("$id");
  const Json operation{{"action", "bulkCreate"}, {"databaseId", "d"}, {"collectionId", "c"}, {"data", {"x"}}};
  CHECK(server.status("POST", transaction + id + "/operations", {{"operations", Json::array({operation})}}) == 201);
  CHECK(server.outcome("PATCH", transaction + id, {{"commit", true}}) == "500 general_unknown");
  CHECK(server.call("GET", transaction + id).at("status") == "pending");
}

TEST_CASE("data must not be an array, and a scalar in a string of JSON is an internal error") {
  Store server;
  for (const char* method : {"PATCH", "PUT"}) {
    CHECK(server.outcome(method, server.a, {{"data", "5"}}) == "500 general_unknown");
    CHECK(server.outcome(method, server.a, {{"data", "0"}}) == "400 document_missing_payload");
  }
  CHECK(server.outcome("PUT", server.a, {{"data", {1, 2}}}) == "400 document_missing_payload");
  CHECK(server.outcome("PATCH", server.a, {{"data", {1, 2}}}) == "400 document_invalid_structure");
  CHECK(server.message("POST", server.all, {{"documentId", "b"}, {"data", {{"n", 1}, {"$permissions", "x"}}}}) ==
        "$permissions must be of type array");
}

TEST_CASE("a time that is null counts as not sent") {
  Store server;
  const std::string before = server.call("GET", server.a).at("$createdAt");
  const Json data{{"n", 6}, {"$createdAt", nullptr}, {"$updatedAt", nullptr}, {"$tenant", 1}};
  CHECK(server.call("PATCH", server.a, {{"data", data}}).at("$createdAt") == before);
  CHECK(server.status("POST", server.all, {{"documentId", "b"}, {"data", data}}) == 201);
}

TEST_CASE("a body that nests deeper than 512 levels counts as empty") {
  Store server;
  const auto sent = [&](std::size_t depth) {
    Request request{"PATCH", server.a, {}, {{"x-appwrite-project", "test"}, {"x-appwrite-key", "secret"}}};
    request.headers.emplace_back("content-type", "application/json");
    request.body = R"({"data":{"s":)" + std::string(depth - 2, '[') + std::string(depth - 2, ']') + "}}";
    return Json::parse(server.app.handle(request).body).at("type");
  };
  CHECK(sent(512) == "document_invalid_structure");
  CHECK(sent(513) == "document_missing_payload");
}

TEST_CASE("relations to documents that do not exist are ignored") {
  Server server;
  server.call("POST", "/databases/d/collections", {{"collectionId", "e"}, {"name", "e"}});
  server.call("POST", server.c + "/attributes/relationship",
              {{"relatedCollectionId", "e"}, {"type", "manyToOne"}, {"key", "to"}});
  server.call("POST", server.c + "/attributes/relationship",
              {{"relatedCollectionId", "e"}, {"type", "manyToMany"}, {"key", "more"}});
  server.add("boolean", "b");
  server.create("a", {{"b", true}, {"to", "no"}, {"more", {"no"}}});
  const Json query{{"method", "select"}, {"values", {"*", "to.*", "more.*"}}};
  const Json shown = server.call("GET", server.c + "/documents/a", nullptr, Server::queries({query}));
  CHECK(shown.at("to").is_null());
  CHECK(shown.at("more").empty());
  const auto message = [&](const Json& data) {
    return server.message("POST", server.c + "/documents", {{"documentId", "z"}, {"data", data}});
  };
  CHECK(message({{"to", {"x"}}}) ==
        "Invalid relationship value. Must be either a document ID or a document, array given.");
  CHECK(message({{"more", "x"}}) ==
        "Invalid relationship value. Must be either an array of documents or document IDs, document ID given.");
}

TEST_CASE("lists leave out an attribute named collection, unless it is null") {
  Server server;
  server.add("string", "collection", {{"size", 20}});
  server.add("string", "attribute", {{"size", 20}});
  const Json made =
      server.call("POST", server.all, {{"documentId", "a"}, {"data", {{"collection", "C"}, {"attribute", "A"}}}});
  CHECK(made.at("collection") == "C");
  CHECK(server.call("GET", server.all + "/a").at("collection") == "C");
  server.create("b", {{"attribute", "B"}});
  const Json listed = server.call("GET", server.all).at("documents");
  CHECK_FALSE(listed.at(0).contains("collection"));
  CHECK(listed.at(0).at("attribute") == "A");
  CHECK(listed.at(1).at("collection").is_null());
  const Json query{{"method", "equal"}, {"attribute", "collection"}, {"values", {"C"}}};
  CHECK(server.ids({query}) == std::vector<std::string>{"a"});
  const Json changed = server.call("PATCH", server.all, {{"data", {{"attribute", "X"}}}}).at("documents");
  CHECK_FALSE(changed.at(0).contains("collection"));
  CHECK(server.call("GET", server.all + "/a").at("collection") == "C");
}

TEST_CASE("floating-point numbers are stored with 14 digits, but the response to the write has all") {
  constexpr double third = 1.0 / 3;
  constexpr double kept = 0.33333333333333;
  Server server;
  server.add("float", "x");
  server.add("float", "list", {{"array", true}});
  const std::string a = server.all + "/a";
  const Json made = server.call("POST", server.all, {{"documentId", "a"}, {"data", {{"x", third}, {"list", {third}}}}});
  CHECK(made.at("x") == third);
  CHECK(server.call("GET", a).at("x") == kept);
  CHECK(server.call("GET", a).at("list").at(0) == third);
  CHECK(server.call("GET", server.all).at("documents").at(0).at("x") == kept);
  CHECK(server.call("PATCH", a, {{"data", {{"x", 2 * third}}}}).at("x") == 2 * third);
  CHECK(server.call("GET", a).at("x") == 0.66666666666667);
  CHECK(server.call("PUT", a, {{"data", {{"x", third}}}}).at("x") == third);
  CHECK(server.call("PATCH", server.all, {{"data", {{"x", third}}}}).at("documents").at(0).at("x") == third);
  CHECK(server.call("GET", a).at("x") == kept);
  SECTION("an integer stays exact until another attribute is written") {
    const std::int64_t whole = 1234567890123456;
    server.call("PATCH", a, {{"data", {{"x", whole}}}});
    CHECK(server.call("GET", a).at("x") == whole);
    server.call("PATCH", a, {{"data", {{"list", Json::array()}}}});
    CHECK(server.call("GET", a).at("x") == 1234567890123500);
  }
  SECTION("operators calculate with doubles, and their operand has 14 digits") {
    server.call("PATCH", server.all, {{"data", {{"x", 0.1}}}});
    server.call("PATCH", server.all, {{"data", {{"x", op("increment", {0.2})}}}});
    CHECK(server.call("GET", a).at("x") == 0.1 + 0.2);
    server.call("PATCH", server.all, {{"data", {{"x", 0}}}});
    server.call("PATCH", server.all, {{"data", {{"x", op("increment", {third})}}}});
    CHECK(server.call("GET", a).at("x") == kept);
    server.call("PATCH", a + "/x/increment", {{"value", third}});
    CHECK(server.call("GET", a).at("x") == kept + kept);
  }
}

TEST_CASE("a result beyond a 32-bit column is refused, and nothing is written") {
  Server server;
  server.add("integer", "narrow", {{"min", 0}, {"max", 2147483647}});
  server.add("integer", "wide");
  server.create("a", {{"narrow", 1}, {"wide", 1}});
  server.create("b", {{"narrow", nullptr}, {"wide", 1}});
  const Json step = op("increment", {2147483647});
  CHECK(server.outcome("PATCH", server.all, {{"data", {{"wide", 7}, {"narrow", step}}}}) == "500 general_unknown");
  CHECK(server.call("GET", server.all + "/a").at("wide") == 1);
  CHECK(server.outcome("PATCH", server.all + "/a/narrow/increment", {{"value", 2147483647}}) ==
        "400 attribute_limit_exceeded");
  CHECK(server.status("PATCH", server.all, {{"data", {{"wide", step}}}}) == 200);
  const Json only_b{{"method", "equal"}, {"attribute", "$id"}, {"values", {"b"}}};
  CHECK(server.status("PATCH", server.all, {{"data", {{"narrow", step}}}, {"queries", {only_b.dump()}}}) == 200);
  CHECK(server.call("GET", server.all + "/b").at("narrow") == 2147483647);
}

}  // namespace write_rules_tests
