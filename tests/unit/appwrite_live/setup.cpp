#include "support/catch.hpp"

#include <atomic>
#include <fstream>
#include <set>
#include <thread>

#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/together.hpp>
#include <reel/video/everything.hpp>

#include "support/appwrite_local.hpp"

// Setting up collections on the local server.

namespace {

using namespace reel;
using namespace std::chrono_literals;
using appwrite_local::HttpRequest;
using appwrite_local::Method;
using appwrite_local::Server;
using nlohmann::json;
using testing::Planet;
using testing::Preset;
using testing::Seat;
using testing::Track;

const std::string collections = "/databases/video_metadata/collections";

Error refusal_of(Appwrite& store, const CollectionSchema& schema) {
  try {
    store.ensure(schema);
  } catch (const Error& error) {
    return error;
  }
  FAIL("the schema was not refused");
  return Error(Errc::internal, "");
}

/// Waits until the server has made what it was asked to make.
void finish(Server& server) { server.app().finish_work("project"); }

/// A database as the pipeline's older deployments have it, with a row in each collection.
void deploy_old_pipeline(Server& server) {
  std::ifstream file(REEL_SOURCE_DIR "/tests/data/appwrite/pipeline_schema.json");
  const json old = json::parse(file);
  server.ask(Method::post, "/databases", {{"databaseId", old["database"]["id"]}, {"name", old["database"]["name"]}});
  for (const json& collection : old["collections"]) {
    server.ask(Method::post, collections, {{"collectionId", collection["id"]}, {"name", collection["name"]}});
    const std::string path = collections + "/" + collection["id"].get<std::string>() + "/attributes/";
    for (json attribute : collection["attributes"]) {
      const auto type = attribute["type"].get<std::string>();
      attribute.erase("type");
      const json made = server.ask(Method::post, path + type, attribute);
      INFO(made.dump());
      REQUIRE(made.contains("key"));
    }
  }
  finish(server);
}
json attribute_of(Server& server, const std::string& collection, const std::string& key) {
  return server.ask(Method::get, collections + "/" + collection + "/attributes/" + key);
}

TEST_CASE("the pipeline's old collections are widened in place, and keep their rows", "[appwrite]") {
  for (const char* version : {"1.6.2", "1.8.1", "1.9.0"}) {
    CAPTURE(version);
    Server server(version);
    deploy_old_pipeline(server);
    const json made = server.ask(Method::post, collections + "/scenes/documents",
                                 {{"documentId", "s1"},
                                  {"data",
                                   {{"video_id", "v1"},
                                    {"scene_number", 1},
                                    {"status", "planned"},
                                    {"scene_plan", std::string(2'000, 'p')},
                                    {"created_at", "2025-01-01T00:00:00.000+00:00"},
                                    {"updated_at", "2025-01-01T00:00:00.000+00:00"}}}});
    REQUIRE(made["$id"] == "s1");
    Appwrite store = server.store();
    Repository<video::Video, Appwrite> videos{store};
    Repository<video::Scene, Appwrite> scenes{store};
    for (int times = 0; times < 2; ++times) {
      videos.setup();
      scenes.setup();
      Repository<video::Fix, Appwrite>{store}.setup();
      Repository<video::Artifact, Appwrite>{store}.setup();
    }
    CHECK(attribute_of(server, "scenes", "generated_code")["size"] == 1'000'000);
    CHECK(attribute_of(server, "videos", "error_message")["size"] == 1'000'000);
    CHECK(attribute_of(server, "videos", "topic")["size"] == 255);

    auto old = scenes.get(Id<video::Scene>{"s1"});
    CHECK(old.value.scene_plan == std::string(2'000, 'p'));
    videos.create({.topic = "t"}, {.id = Id<video::Video>{"v1"}});
    old.value.generated_code = std::string(20'000, 'x');
    CHECK(scenes.replace(old.id, old.value).value == old.value);
    CHECK(scenes.count() == 1);
  }
}

TEST_CASE("a second setup asks three times and changes nothing", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  store.ensure(schema_of<Track>());
  server.transport().take_requests();
  store.ensure(schema_of<Track>());
  const auto requests = server.transport().take_requests();
  CHECK(requests.size() == 3);
  for (const HttpRequest& request : requests) CHECK(request.method == Method::get);
}

TEST_CASE("two setups at once, 20 times: one schema, no error", "[appwrite]") {
  for (int round = 0; round < 20; ++round) {
    Server server("1.8.1", std::chrono::milliseconds{round % 3});
    server.transport().before = [](const HttpRequest& request) {  // so that one reads while the other is about to write
      if (request.method != Method::get) std::this_thread::sleep_for(1ms);
      return std::optional<appwrite_local::HttpResponse>();
    };
    const auto both = [&](const CollectionSchema& schema) {
      testing::together(2, [&](std::size_t) { server.store().ensure(schema); });
    };
    if (round % 2 == 1) {
      deploy_old_pipeline(server);
      both(schema_of<video::Scene>());
      CHECK(attribute_of(server, "scenes", "generated_code")["size"] == 1'000'000);
    }
    both(schema_of<Seat>());
    const json attributes = server.ask(Method::get, collections + "/seats/attributes");
    std::multiset<std::string> keys;
    for (const json& one : attributes["attributes"]) {
      keys.insert(one["key"].get<std::string>());
      CHECK(one["status"] == "available");
    }
    CHECK(keys == std::multiset<std::string>{"row", "number", "code"});
    CHECK(server.ask(Method::get, collections + "/seats/indexes")["indexes"].size() == 2);
  }
}

TEST_CASE("setup waits for the server, tells what for, and gives up in time", "[appwrite]") {
  Server server("1.8.1", 5ms);
  std::atomic<int> waits = 0;
  appwrite::SetupOptions patient;
  patient.on_progress = [&](const appwrite::SetupProgress& progress) { waits += progress.waiting > 0 ? 1 : 0; };
  server.store(patient).ensure(schema_of<Planet>());
  CHECK(waits > 0);

  Server slow("1.8.1", 10s);
  appwrite::SetupOptions hasty;
  hasty.timeout = 50ms;
  Appwrite store = slow.store(hasty);
  const Error error = refusal_of(store, schema_of<Planet>());
  CHECK(error.code() == Errc::timed_out);
  CHECK(error.reason().find("name") != std::string::npos);
}

TEST_CASE("the state of attributes is asked of their list, where it is never stale", "[appwrite]") {
  Server server("1.8.1", 5ms);
  Appwrite store = server.store();
  store.ensure(schema_of<Planet>());
  bool asked = false;
  for (const HttpRequest& request : server.transport().take_requests()) {
    CHECK_FALSE((request.method == Method::get && request.path == collections + "/planets"));
    asked = asked || (request.method == Method::get && request.path == collections + "/planets/attributes");
  }
  CHECK(asked);
}

TEST_CASE("every difference that would lose something stands in one error, and nothing has changed", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  CollectionSchema first = schema_of<Planet>();
  first.attributes.push_back({.name = "radius", .kind = Kind::integer, .required = false});
  first.attributes.push_back({.name = "rings", .kind = Kind::boolean, .required = false});
  store.ensure(first);
  CollectionSchema second = schema_of<Planet>();
  second.attributes[0].max_length = 100;
  second.attributes.push_back({.name = "radius", .kind = Kind::text, .required = false, .max_length = 5});
  second.attributes.push_back({.name = "new", .kind = Kind::text, .required = false, .max_length = 5});
  const Error error = refusal_of(store, second);
  CHECK(error.code() == Errc::conflict);
  CHECK(error.reason().find("radius") != std::string::npos);
  CHECK(error.reason().find("rings") != std::string::npos);
  CHECK(server.ask(Method::get, collections + "/planets/attributes")["total"] == 3);
  CHECK(attribute_of(server, "planets", "name")["size"] == 40);
}

TEST_CASE("what does not fit is refused before anything is asked of the server", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  CollectionSchema wide = schema_of<Planet>();
  for (const char* name : {"a", "b", "c"})
    wide.attributes.push_back({.name = name, .kind = Kind::text, .required = false, .max_length = 8'000});
  const Error error = refusal_of(store, wide);
  CHECK(error.code() == Errc::invalid);
  CHECK_FALSE(error.attribute().empty());
  CHECK(server.transport().take_requests().empty());
}

TEST_CASE("sizes that the server cannot make, or fills with bytes, are made larger", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  for (const std::int64_t length : {16'116, 16'117, 16'381, 16'384, 30'000}) {
    CAPTURE(length);
    CollectionSchema schema{.id = "long" + std::to_string(length), .name = "Long"};
    schema.attributes.push_back({.name = "text", .kind = Kind::text, .max_length = length});
    store.ensure(schema);
    std::string emoji;
    for (std::int64_t i = 0; i < length; ++i) emoji += "😀";
    store.create(schema, {.id = "a", .values = {Value{emoji}}});
    CHECK(store.find(schema, "a")->values[0] == Value{emoji});
  }
}

TEST_CASE("a unique index over duplicates is a conflict, and does not stay behind", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  Repository<Planet, Appwrite> planets{store};
  planets.setup();
  planets.create({.name = "Mars"});
  planets.create({.name = "mars"});
  CollectionSchema unique = schema_of<Planet>();
  unique.indexes.push_back({.name = "by_name", .kind = IndexKind::unique, .parts = {{.attribute = 0}}});
  const Error error = refusal_of(store, unique);
  CHECK(error.code() == Errc::conflict);
  CHECK(error.context().index == "by_name");
  finish(server);
  CHECK(server.ask(Method::get, collections + "/planets/indexes")["total"] == 0);
  planets.remove_where(Query<Planet>{}.limit(1));
  store.ensure(unique);
  CHECK(server.ask(Method::get, collections + "/planets/indexes")["total"] == 1);
}

TEST_CASE("a new default is filled into the records that are there", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  store.ensure(schema_of<Planet>());
  store.create(schema_of<Planet>(), {.id = "mars", .values = {Value{"Mars"}}});
  CollectionSchema graded = schema_of<Planet>();
  graded.attributes.push_back({.name = "grade", .kind = Kind::integer, .default_value = std::int64_t{3}});
  store.ensure(graded);
  CHECK(store.find(graded, "mars")->values[1] == Value{std::int64_t{3}});
  const Condition third{.op = Operator::equal, .attribute = 1, .values = {Value{std::int64_t{3}}}};
  CHECK(store.count(graded, {.where = {third}}) == 1);
}

TEST_CASE("an enumeration is extended in place, and a name that only the server has stays", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  CollectionSchema first{.id = "moods", .name = "Moods"};
  first.attributes.push_back({.name = "mood", .kind = Kind::enumeration, .elements = {"old", "calm"}});
  store.ensure(first);
  CollectionSchema second = first;
  second.attributes[0].elements = {"calm", "bright"};
  store.ensure(second);
  store.create(second, {.id = "a", .values = {Value{"bright"}}});
  CHECK(attribute_of(server, "moods", "mood")["elements"] == json::array({"old", "calm", "bright"}));
}

TEST_CASE("the routes of tables lead to the same collections", "[appwrite]") {
  Server server;
  AppwriteConfig config = server.config();
  config.tables_routes = true;
  Appwrite tables = server.store(config);
  Repository<Seat, Appwrite> seats{tables};
  seats.setup();
  const auto made = seats.create({.row = 1, .code = "x"});
  seats.update(made.id, Patch<Seat>{}.set<&Seat::row>(2));
  seats.create_many(std::vector<Seat>{{.row = 3}, {.row = 4}});
  Appwrite store = server.store();
  Repository<Seat, Appwrite> same{store};
  same.setup();
  CHECK(same.get(made.id).value.row == 2);
  CHECK(seats.count() == 3);
  CHECK(seats.remove(made.id));
  CHECK_FALSE(same.exists(made.id));
}

}  // namespace
