// The events of changes, without sockets.

#include <algorithm>

#include <emulator/realtime/event_names.hpp>
#include <emulator/realtime/hub.hpp>
#include <emulator/tests/listener.hpp>
#include <emulator/tests/server.hpp>
#include <emulator/tests/storage_client.hpp>

#include "support/catch.hpp"

namespace realtime_events_tests {

using namespace reel::emulator;

using Names = std::vector<std::string>;

/// A server whose collection everyone may read, with an integer `n`.
struct OpenServer : Server {
  explicit OpenServer(const char* version = "1.8.1") : Server{version} {
    call("PUT", c, {{"name", "c"}, {"permissions", {"read(\"any\")"}}});
    add("integer", "n");
  }
};

Names names_of(const char* version, EventWords words = EventWords::collections, bool in_tablesdb = false) {
  return document_event_names({"d", "c", "i"}, "update", words, in_tablesdb, Version::parse(version));
}

bool has(const Names& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Json payload_of(Listener& listener) {
  const std::vector<Json> frames = listener.take();
  REQUIRE_FALSE(frames.empty());
  return frames.back().at("data").at("payload");
}

TEST_CASE("the names of an event depend on the version and the route") {
  CHECK(names_of("1.7.4").size() == 22);
  CHECK(names_of("1.8.1").size() == 42);
  CHECK(names_of("1.8.1", EventWords::tables).size() == 22);
  CHECK(names_of("1.9.0", EventWords::collections, true).size() == 64);
  CHECK(names_of("1.9.5", EventWords::tables).size() == 42);
  CHECK(names_of("1.9.0", EventWords::collections, true).front() == "tablesdb.d.tables.c.rows.i.update");
  CHECK(has(names_of("1.8.1"), "databases.*.tables.c.rows.*"));
  CHECK_FALSE(has(names_of("1.8.1", EventWords::tables), "databases.d.collections.c"));
  CHECK(file_event_names("b", "f", "create").size() == 10);
}

TEST_CASE("the channels of an event depend on the version") {
  const auto channels = [](const char* version) {
    return document_channels({"d", "c", "i"}, "create", Version::parse(version));
  };
  CHECK(channels("1.7.4").size() == 3);
  CHECK(channels("1.8.1").size() == 6);
  CHECK(channels("1.9.0").size() == 8);
  CHECK(channels("1.9.5").size() == 16);
  CHECK(has(channels("1.9.0"), "tablesdb.d.tables.c.rows.i"));
  CHECK(has(channels("1.9.5"), "databases.d.collections.c.documents.i.create"));
  CHECK(file_channels("b", "f", "create", {1, 8, 1}) == Names{"files", "buckets.b.files", "buckets.b.files.f"});
}

TEST_CASE("a connection receives an event once, however many channels match") {
  OpenServer server;
  Listener listener{server.app, {"documents", "rows", "databases.d.collections.c.documents.a"}};
  server.create("a", {{"n", 1}});
  CHECK(listener.events() == Names{"databases.d.collections.c.documents.a.create"});
  server.call("POST", server.all, {{"documentId", "a"}, {"data", {{"n", 1}}}});
  CHECK(listener.events().empty());
}

TEST_CASE("up to 1.8 the channels of an increment do not name the collection") {
  OpenServer server;
  server.create("a", {{"n", 1}});
  Listener narrow{server.app, {"databases.d.collections.c.documents"}};
  Listener broad{server.app};
  server.call("PATCH", server.all + "/a/n/increment", Json::object());
  CHECK(narrow.events().empty());
  CHECK(broad.events() == Names{"databases.d.collections.c.documents.a.update"});
  OpenServer newer{"1.9.0"};
  newer.create("a", {{"n", 1}});
  Listener found{newer.app, {"databases.d.collections.c.documents"}};
  newer.call("PATCH", newer.all + "/a/n/increment", Json::object());
  CHECK(found.events().size() == 1);
}

TEST_CASE("a removal under /tablesdb is named in the words of tables alone") {
  OpenServer server;
  server.create("a", {{"n", 1}});
  Listener listener{server.app};
  server.call("DELETE", "/tablesdb/d/tables/c/rows/a");
  const Json data = listener.take().at(1).at("data");
  CHECK(data.at("events").size() == 22);
  CHECK(data.at("events").at(0) == "databases.d.tables.c.rows.a.delete");
  CHECK(data.at("payload").at("$tableId") == "c");
}

TEST_CASE("bulk writes have an event for each of the first 100 documents, from 1.8 on") {
  OpenServer server;
  Json documents = Json::array();
  for (int i = 0; i < 60; ++i) documents.push_back({{"$id", "k" + std::to_string(i)}, {"n", i}});
  Listener listener{server.app};
  server.call("POST", server.all, {{"documents", documents}});
  CHECK(listener.events().size() == 60);
  for (Json& document : documents) document["$id"] = "x" + document.at("$id").get<std::string>();
  server.call("POST", server.all, {{"documents", documents}});
  CHECK(listener.events().size() == 60);
  server.call("DELETE", server.all, Json::object());
  const std::vector<Json> frames = listener.take();
  CHECK(frames.size() == 100);
  CHECK(frames.back().at("data").at("payload").at("$sequence").is_string());
  OpenServer older{"1.7.4"};
  Listener deaf{older.app};
  older.call("POST", older.all, {{"documents", documents}});
  CHECK(deaf.events().empty());
}

TEST_CASE("a commit has events for single operations in their order") {
  OpenServer server;
  server.create("old", {{"n", 5}});
  Listener listener{server.app};
  const std::string id = server.call("POST", "/databases/transactions", Json::object()).at("$id");
  const auto operation = [](const char* action, const char* document, const Json& data) {
    return Json{
        {"action", action}, {"databaseId", "d"}, {"collectionId", "c"}, {"documentId", document}, {"data", data}};
  };
  Json bulk = operation("bulkCreate", "", Json::array({{{"$id", "many"}, {"n", 1}}}));
  bulk.erase("documentId");
  server.call("POST", "/databases/transactions/" + id + "/operations",
              {{"operations",
                {operation("create", "a", {{"n", 1}}), operation("upsert", "b", {{"$id", "b"}, {"n", 2}}),
                 operation("update", "a", {{"n", 3}}), operation("delete", "old", nullptr), bulk}}});
  CHECK(listener.events().empty());
  CHECK(server.status("PATCH", "/databases/transactions/" + id, {{"commit", true}}) == 200);
  const std::vector<Json> frames = listener.take();
  Names names;
  for (const Json& frame : frames) names.push_back(frame.at("data").at("events").at(0));
  CHECK(names == Names{"databases.d.collections.c.documents.a.create", "databases.d.collections.c.documents.b.update",
                       "databases.d.collections.c.documents.a.update",
                       "databases.d.collections.c.documents.old.delete"});
  REQUIRE(frames.size() == 4);
  CHECK(frames[0].at("data").at("payload").at("n") == 3);  // as the transaction left it
  CHECK(frames[3].at("data").at("payload").at("n") == 5);
}

TEST_CASE("a failed commit has no events") {
  OpenServer server;
  server.create("a", {{"n", 5}});
  Listener listener{server.app};
  const std::string id = server.call("POST", "/databases/transactions", Json::object()).at("$id");
  for (const char* document : {"b", "a"}) {
    server.call("POST", server.all, {{"documentId", document}, {"data", {{"n", 1}}}, {"transactionId", id}});
  }
  CHECK(server.status("PATCH", "/databases/transactions/" + id, {{"commit", true}}) == 409);
  CHECK(listener.events().empty());
}

TEST_CASE("with document security the new permissions of the document decide") {
  OpenServer server;
  server.call("PUT", server.c, {{"name", "c"}, {"permissions", Json::array()}, {"documentSecurity", true}});
  Listener listener{server.app};
  server.create("a", {{"n", 1}});
  CHECK(listener.events().empty());
  server.call("PATCH", server.all + "/a", {{"permissions", {"read(\"guests\")"}}});
  CHECK(listener.events().size() == 1);
  server.call("PATCH", server.all + "/a", {{"permissions", Json::array()}});
  CHECK(listener.events().empty());
}

TEST_CASE("relationships are not in the payload of an update") {
  OpenServer server;
  server.call("POST", "/databases/d/collections", {{"collectionId", "k"}, {"name", "k"}});
  server.call("POST", server.c + "/attributes/relationship",
              {{"relatedCollectionId", "k"}, {"type", "manyToOne"}, {"key", "kid"}});
  server.work();
  server.create("a", {{"n", 1}, {"kid", {{"$id", "k1"}}}});
  Listener listener{server.app};
  server.call("PATCH", server.all + "/a", {{"data", {{"n", 2}}}});
  CHECK_FALSE(payload_of(listener).contains("kid"));
}

TEST_CASE("characters beyond ASCII are escaped") {
  const Frame frame = make_frame("x", {{"t", "ä€\U0001F600/"}});
  CHECK(*frame == R"({"type":"x","data":{"t":"\u00e4\u20ac\ud83d\ude00\/"}})");
}

TEST_CASE("every chunk of an upload is an event") {
  StorageClient client;
  client.make_bucket({{"permissions", {"read(\"any\")"}}});
  Listener listener{client.app, {"buckets.b.files"}};
  client.upload("f", "aaaaa", "a.txt", "bytes 0-4/12");
  client.upload("f", "bbbbb", "a.txt", "bytes 5-9/12");
  client.upload("f", "cc", "a.txt", "bytes 10-11/12");
  std::vector<Json> frames = listener.take();
  REQUIRE(frames.size() == 4);
  for (int chunk = 1; chunk <= 3; ++chunk) {
    const Json& data = frames[static_cast<std::size_t>(chunk)].at("data");
    CHECK(data.at("events").at(0) == "buckets.b.files.f.create");
    CHECK(data.at("payload").at("chunksUploaded") == chunk);
  }
  client.send("PUT", "/storage/buckets/b/files/f", {{"name", "new"}});
  client.ask("DELETE", "/storage/buckets/b/files/f");
  CHECK(listener.events() == Names{"buckets.b.files.f.update", "buckets.b.files.f.delete"});
}

TEST_CASE("with file security the permissions of the file decide") {
  StorageClient client;
  client.make_bucket({{"fileSecurity", true}});
  client.upload("f", "a");
  Listener listener{client.app, {"files"}};
  client.send("PUT", "/storage/buckets/b/files/f", {{"name", "x"}});
  CHECK(listener.events().empty());
  client.send("PUT", "/storage/buckets/b/files/f", {{"permissions", {"read(\"guests\")"}}});
  CHECK(listener.events().size() == 1);
}

TEST_CASE("from 1.9 on queries select the events of a subscription") {
  OpenServer server{"1.9.0"};
  const std::string greater = R"({"method":"greaterThan","attribute":"n","values":[5]})";
  const std::string one = R"({"method":"equal","attribute":"n","values":[1]})";
  Listener listener{server.app, {"documents"}, {}, {{"documents[0][]", greater}, {"documents[1][]", one}}};
  const Json ids = listener.take().at(0).at("data").at("subscriptions");
  REQUIRE(ids.size() == 2);
  const auto matched = [&](int n) {
    server.create("k" + std::to_string(n), {{"n", n}});
    const std::vector<Json> frames = listener.take();
    return frames.empty() ? Json() : frames.at(0).at("data").at("subscriptions");
  };
  CHECK(matched(9) == Json::array({ids[0]}));
  CHECK(matched(1) == Json::array({ids[1]}));
  CHECK(matched(3).is_null());
}

TEST_CASE("queries compare payloads by type and byte") {
  const auto match = [](const Json& query, const Json& payload) {
    return RuntimeQueries{{query.dump()}, {1, 9, 0}}.match(payload);
  };
  const Json payload{{"n", 1}, {"t", "a"}, {"z", nullptr}};
  CHECK(match({{"method", "equal"}, {"attribute", "n"}, {"values", {0, 1}}}, payload));
  CHECK_FALSE(match({{"method", "equal"}, {"attribute", "n"}, {"values", {"1"}}}, payload));
  CHECK_FALSE(match({{"method", "equal"}, {"attribute", "t"}, {"values", {"A"}}}, payload));
  CHECK(match({{"method", "notEqual"}, {"attribute", "t"}, {"values", {"b"}}}, payload));
  CHECK(match({{"method", "lessThanEqual"}, {"attribute", "t"}, {"values", {"a"}}}, payload));
  CHECK(match({{"method", "isNull"}, {"attribute", "z"}}, payload));
  CHECK_FALSE(match({{"method", "isNull"}, {"attribute", "missing"}}, payload));
  CHECK(match({{"method", "select"}, {"values", {"*"}}}, payload));
  const Json zero{{"method", "equal"}, {"attribute", "n"}, {"values", {0}}};
  const Json some{{"method", "isNotNull"}, {"attribute", "t"}};
  CHECK(match({{"method", "or"}, {"values", {zero, some}}}, payload));
  CHECK_FALSE(match({{"method", "and"}, {"values", {zero, some}}}, payload));
}

TEST_CASE("a connection that ends leaves the hub") {
  OpenServer server;
  const auto count = [&] { return server.app.project("test")->hub->size(); };
  {
    Listener listener{server.app};
    CHECK(count() == 1);
  }
  CHECK(count() == 0);
}

/// A server that may lose events as old ones do.
struct FaultyServer {
  explicit FaultyServer(bool bugs)
      : app{{.keys = {{"all", "secret", {"*"}}}, .worker_delay = std::chrono::seconds{0}, .realtime_bugs = bugs}} {
    ask("POST", "/databases", {{"databaseId", "d"}, {"name", "d"}});
    ask("POST", "/databases/d/collections", {{"collectionId", "c"}, {"name", "c"}, {"permissions", {"read(\"any\")"}}});
    ask("POST", "/databases/d/collections/c/attributes/integer", {{"key", "n"}, {"required", false}});
    app.finish_work("test");
    ask("POST", "/users", {{"userId", "ada"}});
    session = ask("POST", "/users/ada/sessions", Json::object()).at("secret");
  }
  Json ask(const std::string& method, const std::string& path, const Json& body) {
    return Json::parse(
        app.handle(
               {method,
                path,
                {},
                {{"x-appwrite-project", "test"}, {"x-appwrite-key", "secret"}, {"content-type", "application/json"}},
                body.dump()})
            .body);
  }
  void create(const std::string& id) {
    ask("POST", "/databases/d/collections/c/documents", {{"documentId", id}, {"data", {{"n", 1}}}});
  }

  App app;
  std::string session;
};

TEST_CASE("with the bugs of old servers delivery stops at the first channel of a role") {
  for (const bool bugs : {false, true}) {
    CAPTURE(bugs);
    FaultyServer server{bugs};
    Listener broad{server.app};
    Listener narrow{server.app, {"databases.d.collections.c.documents"}};
    Listener user{server.app, {"databases.d.collections.c.documents"}, {{"x-appwrite-session", server.session}}};
    server.create("a");
    CHECK(broad.events().size() == 1);
    CHECK(narrow.events().size() == (bugs ? 0 : 1));
    CHECK(user.events().size() == 1);  // has other roles
  }
}

TEST_CASE("with the bugs of old servers an authentication by message deafens later guests") {
  for (const bool bugs : {false, true}) {
    CAPTURE(bugs);
    FaultyServer server{bugs};
    {
      Listener first{server.app};
      first.say(Json{{"type", "authentication"}, {"data", {{"session", server.session}}}}.dump());
      server.create("a");
      CHECK(first.events().size() == 1);
    }
    Listener later{server.app, {"databases.d.collections.c.documents"}};
    server.create("b");
    CHECK(later.events().size() == (bugs ? 0 : 1));
  }
}

}  // namespace realtime_events_tests
