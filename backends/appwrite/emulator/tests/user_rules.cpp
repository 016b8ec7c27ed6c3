#include "people.hpp"
#include "support/catch.hpp"

namespace user_rules_tests {

using namespace reel::emulator;

/// The collection with its attributes, and users `ada` (verified, label `gold`), `bob` and `cyd`.
struct Shared : People {
  Shared() {
    add("string", "s", {{"size", 20}});
    add("integer", "n");
    add_user("ada", true, {"gold"});
    add_user("bob");
    add_user("cyd");
  }
  std::string doc(const std::string& id) const { return all + "/" + id; }
  Json stored(const std::string& id) { return call("GET", doc(id)); }
};

const Json changed{{"data", {{"s", "y"}}}};
const Json equal{{"data", {{"s", "x"}}}};

TEST_CASE("a list compares roles without case and a read by id with it") {
  Shared server;
  server.allow({}, true);
  server.put("a", {"read(\"label:GOLD\")"});
  CHECK(server.body_as("ada", "GET", server.all).at("total") == 1);
  CHECK(server.as("ada", "GET", server.doc("a")) == "404 document_not_found");
}

TEST_CASE("two permissions that differ only in case are refused") {
  Shared server;
  server.put("a", {"read(\"any\")"});
  const Json twins{"read(\"label:gold\")", "read(\"label:GOLD\")"};
  const Json more{{"permissions", twins}};
  CHECK(server.outcome("POST", server.all, {{"documentId", "b"}, {"data", {{"s", "x"}}}, {"permissions", twins}}) ==
        "409 document_already_exists");
  CHECK(server.outcome("PATCH", server.doc("a"), more) == "409 document_already_exists");
  CHECK(server.outcome("PUT", server.doc("b"), {{"data", {{"s", "x"}}}, {"permissions", twins}}) ==
        "409 document_already_exists");
  CHECK(server.outcome("PUT", server.c, {{"name", "c"}, {"permissions", twins}}) == "500 general_unknown");
  CHECK(server.outcome("POST", "/databases/d/collections",
                       {{"collectionId", "e"}, {"name", "e"}, {"permissions", twins}}) ==
        "409 collection_already_exists");
  CHECK(server.outcome("POST", "/storage/buckets", {{"bucketId", "b"}, {"name", "b"}, {"permissions", twins}}) ==
        "409 storage_bucket_already_exists");
  CHECK(server.outcome("PATCH", server.doc("a"),
                       {{"permissions", {"read(\"label:gold\")", "update(\"label:GOLD\")"}}}) == "200");
}

TEST_CASE("an upsert that changes nothing needs no right and does not show what cannot be read") {
  Shared server;
  server.allow({}, false);
  server.put("a", {});
  const Json same{{"data", {{"s", "x"}, {"n", 1}}}};
  const Json body = server.body_as("bob", "PUT", server.doc("a"), same);
  CHECK(body == Json{{"$databaseId", "d"}, {"$collectionId", "c"}, {"$sequence", 0}});
  CHECK(server.as("bob", "PUT", server.doc("a"), equal) == "401 user_unauthorized");
  CHECK(server.as("bob", "PUT", server.doc("a"), changed) == "401 user_unauthorized");
  CHECK(server.call("PUT", server.doc("a"), same).at("$id") == "a");
  CHECK(server.outcome("PUT", server.doc("new"), {{"data", {{"s", nullptr}}}, {"permissions", Json::array()}}) ==
        "200");
  CHECK(server.outcome("GET", server.doc("new")) == "404 document_not_found");
}

TEST_CASE("an upsert without permissions is refused if the record grants a role that the user lacks") {
  Shared server;
  server.allow({}, true);
  server.put("a", {"read(\"user:ada\")", "update(\"user:bob\")"});
  CHECK(server.as("bob", "PATCH", server.doc("a"), changed) == "200");
  CHECK(server.as("bob", "PUT", server.doc("a"), equal) == "401 user_unauthorized");
  const Json own{{"data", {{"s", "x"}}}, {"permissions", {"update(\"user:bob\")"}}};
  CHECK(server.as("bob", "PUT", server.doc("a"), own) == "200");
  CHECK(server.stored("a").at("$permissions") == Json{"update(\"user:bob\")"});
}

TEST_CASE("a transaction belongs to its user") {
  Shared server;
  const std::string id = server.body_as("bob", "POST", "/databases/transactions", Json::object()).at("$id");
  const std::string path = "/databases/transactions/" + id;
  CHECK(server.as("bob", "GET", path) == "200");
  CHECK(server.as("cyd", "GET", path) == "404 transaction_not_found");
  CHECK(server.as("", "GET", path) == "404 transaction_not_found");
  CHECK(server.outcome("GET", path) == "200");
  CHECK(server.body_as("cyd", "GET", "/databases/transactions").at("total") == 0);
  const std::string guests = server.body_as("", "POST", "/databases/transactions", Json::object()).at("$id");
  CHECK(server.as("", "PATCH", "/databases/transactions/" + guests, {{"rollback", true}}) ==
        "404 transaction_not_found");
}

TEST_CASE("operations of a user are checked when they are staged") {
  Shared server;
  server.allow({"create(\"users\")"}, true);
  server.put("open", {"read(\"users\")", "update(\"users\")"});
  server.put("hidden", {"update(\"users\")", "delete(\"users\")"});
  const auto stage = [&](const char* action, const char* id, Json data) {
    const std::string own = server.body_as("bob", "POST", "/databases/transactions", Json::object()).at("$id");
    const Json one{
        {"action", action}, {"databaseId", "d"}, {"collectionId", "c"}, {"documentId", id}, {"data", std::move(data)}};
    return server.as("bob", "POST", "/databases/transactions/" + own + "/operations", {{"operations", {one}}});
  };
  CHECK(stage("create", "new", {{"s", "x"}}) == "201");
  CHECK(stage("create", "new", {{"s", "x"}, {"$permissions", {"read(\"user:ada\")"}}}) == "401 user_unauthorized");
  CHECK(stage("update", "open", {{"s", "y"}}) == "201");
  CHECK(stage("increment", "open", {{"attribute", "n"}, {"value", 1}}) == "201");
  CHECK(stage("delete", "open", Json::object()) == "401 user_unauthorized");
  CHECK(stage("update", "hidden", {{"s", "y"}}) == "404 document_not_found");
  CHECK(stage("delete", "hidden", Json::object()) == "404 document_not_found");
  CHECK(stage("upsert", "hidden", {{"s", "y"}}) == "201");
  CHECK(stage("bulkUpdate", "open", {{"data", {{"s", "y"}}}}) == "401 user_unauthorized");
}

TEST_CASE("a record that a user creates in a transaction has no permissions of its own") {
  Shared server;
  server.allow({"create(\"users\")"}, true);
  const std::string id = server.body_as("bob", "POST", "/databases/transactions", Json::object()).at("$id");
  const Json one{
      {"action", "create"}, {"databaseId", "d"}, {"collectionId", "c"}, {"documentId", "a"}, {"data", {{"s", "x"}}}};
  CHECK(server.as("bob", "POST", "/databases/transactions/" + id + "/operations", {{"operations", {one}}}) == "201");
  CHECK(server.as("bob", "PATCH", "/databases/transactions/" + id, {{"commit", true}}) == "200");
  CHECK(server.stored("a").at("$permissions") == Json::array());
  const Json alone{{"documentId", "b"}, {"data", {{"s", "x"}}}};
  CHECK(server.as("bob", "POST", server.all, alone) == "201");
  CHECK(server.stored("b").at("$permissions").size() == 3);
}

TEST_CASE("an upsert operation writes the id in its data") {
  Shared server;
  const auto run = [&](const Json& data) {
    const std::string id = server.call("POST", "/databases/transactions", Json::object()).at("$id");
    const Json one{
        {"action", "upsert"}, {"databaseId", "d"}, {"collectionId", "c"}, {"documentId", "a"}, {"data", data}};
    server.call("POST", "/databases/transactions/" + id + "/operations", {{"operations", {one}}});
    return server.outcome("PATCH", "/databases/transactions/" + id, {{"commit", true}});
  };
  CHECK(run({{"s", "x"}}) == "200");
  CHECK(server.outcome("GET", server.doc("a")) == "404 document_not_found");
  CHECK(run({{"s", "x"}, {"$id", "a"}}) == "200");
  CHECK(server.outcome("GET", server.doc("a")) == "200");
}

TEST_CASE("a write in a transaction needs a record that the user can read and no other right yet") {
  Shared server;
  server.allow({"update(\"users\")"}, false);
  server.put("a", {});
  const std::string id = server.body_as("bob", "POST", "/databases/transactions", Json::object()).at("$id");
  const Json in_it{{"data", {{"s", "y"}}}, {"transactionId", id}};
  CHECK(server.as("bob", "PATCH", server.doc("a"), in_it) == "404 document_not_found");
  server.allow({"read(\"users\")"}, false);
  CHECK(server.as("bob", "PATCH", server.doc("a"), in_it) == "200");
  CHECK(server.as("bob", "PATCH", "/databases/transactions/" + id, {{"commit", true}}) == "401 user_unauthorized");
  CHECK(server.stored("a").at("s") == "x");
}

TEST_CASE("an increment of a missing record is refused by the commit and not when it is staged") {
  Shared server;
  const std::string id = server.call("POST", "/databases/transactions", Json::object()).at("$id");
  CHECK(server.outcome("PATCH", server.doc("none") + "/n/increment", {{"transactionId", id}}) == "200");
  CHECK(server.outcome("PATCH", "/databases/transactions/" + id, {{"commit", true}}) == "404 document_not_found");
}

TEST_CASE("an update of a file that changes nothing needs the right to read the file or its bucket") {
  Shared server;
  const auto allow = [&](const std::vector<std::string>& permissions) {
    server.call("PUT", "/storage/buckets/b", {{"name", "b"}, {"fileSecurity", true}, {"permissions", permissions}});
  };
  server.call("POST", "/storage/buckets", {{"bucketId", "b"}, {"name", "b"}});
  Request upload{
      "POST", "/storage/buckets/b/files", {}, {{"x-appwrite-project", "test"}, {"x-appwrite-key", "secret"}}};
  upload.headers.emplace_back("content-type", "multipart/form-data; boundary=x");
  upload.body =
      "--x\r\nContent-Disposition: form-data; name=\"fileId\"\r\n\r\nf\r\n"
      "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nbytes\r\n--x--\r\n";
  REQUIRE(server.app.handle(upload).status == 201);
  const std::string file = "/storage/buckets/b/files/f";
  const Json same{{"name", "a.txt"}};
  allow({});
  CHECK(server.as("bob", "PUT", file, same) == "401 user_unauthorized");
  allow({"read(\"users\")"});
  CHECK(server.as("bob", "PUT", file, same) == "200");
  CHECK(server.as("bob", "PUT", file, {{"name", "b.txt"}}) == "401 user_unauthorized");
}

TEST_CASE("a read in an unknown transaction is a read outside of one") {
  Shared server;
  server.put("a", {});
  CHECK(server.outcome("GET", server.doc("a"), nullptr, {{"transactionId", "none"}}) == "200");
  CHECK(server.outcome("PATCH", server.doc("a"), {{"data", {{"s", "y"}}}, {"transactionId", "none"}}) ==
        "404 transaction_not_found");
  CHECK(server.outcome("DELETE", server.doc("z"), {{"transactionId", "none"}}) == "404 document_not_found");
  CHECK(server.outcome("PATCH", server.doc("a") + "/n/increment", {{"transactionId", "none"}}) ==
        "400 general_bad_request");
}

}  // namespace user_rules_tests
