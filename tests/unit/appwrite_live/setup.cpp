#include "support/catch.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <set>
#include <thread>
#include <utility>

#include <reel/backends/appwrite/transport.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/together.hpp>
#include <reel/video/everything.hpp>

#include "support/appwrite_local.hpp"
#include "support/error_from.hpp"

// Setup of collections on the emulator.

namespace setup_tests {

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

Error refusal_of(Appwrite& store, const driver::CollectionSchema& schema) {
  try {
    store.ensure(schema);
  } catch (const Error& error) {
    return error;
  }
  FAIL("the schema was not refused");
  return Error(Errc::internal, "");
}

/// Returns the error code of an update of a record that does not exist.
Errc code_of_update(Appwrite& store, const driver::CollectionSchema& schema) {
  return testing::error_from([&] { store.update(schema, "x", {.values = {{0, driver::Value{"y"}}}}); }).code();
}

/// Waits until the server has finished its background work.
void finish(Server& server) { server.app().finish_work("project"); }

/// Creates the database of older deployments of the pipeline, with a row in each collection.
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

TEST_CASE("the pipeline's old collections are widened in place and keep their rows", "[appwrite]") {
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

TEST_CASE("a second setup of collections of every kind sends no write", "[appwrite]") {
  using namespace testing;
  for (const char* version : {"1.6.2", "1.7.4", "1.8.0", "1.8.1", "1.9.5"}) {
    CAPTURE(version);
    Server server(version);
    const auto set_up = [&](Appwrite store) {
      for (const driver::CollectionSchema* schema :
           {&schema_of<Track>(), &schema_of<Reading>(), &schema_of<Preset>(), &schema_of<Word>(), &schema_of<Article>(),
            &schema_of<Seat>(), &schema_of<Planet>(), &schema_of<Moon>(), &schema_of<Survey>(), &schema_of<Folder>()})
        store.ensure(*schema);
    };
    set_up(server.store());
    server.transport().take_requests();
    set_up(server.store());
    for (const HttpRequest& request : server.transport().take_requests()) {
      CAPTURE(target_of(request));
      CHECK(request.method == Method::get);
    }
  }
}

TEST_CASE("a second setup sends three requests and changes nothing", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  store.ensure(schema_of<Track>());
  server.transport().take_requests();
  store.ensure(schema_of<Track>());
  const auto requests = server.transport().take_requests();
  CHECK(requests.size() == 3);
  for (const HttpRequest& request : requests) CHECK(request.method == Method::get);
}

TEST_CASE("20 concurrent pairs of setups create one schema without an error", "[appwrite]") {
  for (int round = 0; round < 20; ++round) {
    Server server("1.8.1", std::chrono::milliseconds{round % 3});
    server.transport().before =
        [](const HttpRequest& request) {  // so that one setup reads while the other is about to write
          if (request.method != Method::get) std::this_thread::sleep_for(1ms);
          return std::optional<appwrite_local::HttpResponse>();
        };
    const auto both = [&](const driver::CollectionSchema& schema) {
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
    CHECK(keys == std::multiset<std::string>{"row", "number", "code", "reel_ver"});
    CHECK(server.ask(Method::get, collections + "/seats/indexes")["indexes"].size() == 2);
  }
}

TEST_CASE("setup waits for the server, reports why, and gives up in time", "[appwrite]") {
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

TEST_CASE("the state of attributes is read from their list, which is never stale", "[appwrite]") {
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

TEST_CASE("one error reports every change that would lose values, and nothing has changed", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  driver::CollectionSchema first = schema_of<Planet>();
  first.attributes.push_back({.name = "radius", .kind = driver::AttributeType::integer, .required = false});
  first.attributes.push_back({.name = "rings", .kind = driver::AttributeType::boolean});
  store.ensure(first);
  driver::CollectionSchema second = schema_of<Planet>();
  second.attributes[0].max_length = 100;
  second.attributes.push_back(
      {.name = "radius", .kind = driver::AttributeType::text, .required = false, .max_length = 5});
  second.attributes.push_back({.name = "new", .kind = driver::AttributeType::text, .required = false, .max_length = 5});
  const Error error = refusal_of(store, second);
  CHECK(error.code() == Errc::conflict);
  CHECK(error.reason().find("radius") != std::string::npos);
  CHECK(error.reason().find("rings") != std::string::npos);
  CHECK(server.ask(Method::get, collections + "/planets/attributes")["total"] == 4);  // and reel_ver
  CHECK(attribute_of(server, "planets", "name")["size"] == 40);
}

TEST_CASE("a schema that does not fit is refused before any request", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  driver::CollectionSchema wide = schema_of<Planet>();
  for (const char* name : {"a", "b", "c"})
    wide.attributes.push_back(
        {.name = name, .kind = driver::AttributeType::text, .required = false, .max_length = 8'000});
  const Error error = refusal_of(store, wide);
  CHECK(error.code() == Errc::invalid);
  CHECK_FALSE(error.attribute().empty());
  CHECK(server.transport().take_requests().empty());
}

TEST_CASE("sizes that the server cannot create or counts in bytes are enlarged", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  for (const std::int64_t length : {16'115, 16'116, 16'117, 16'381, 16'384, 30'000}) {
    CAPTURE(length);
    driver::CollectionSchema schema{.id = "long" + std::to_string(length), .name = "Long"};
    schema.attributes.push_back({.name = "text", .kind = driver::AttributeType::text, .max_length = length});
    store.ensure(schema);
    std::string emoji;
    for (std::int64_t i = 0; i < length; ++i) emoji += "😀";
    store.create(schema, {.id = "a", .values = {driver::Value{emoji}}});
    CHECK(store.find(schema, "a")->values[0] == driver::Value{emoji});
  }
}

TEST_CASE("a unique index over duplicates is a conflict and is removed again", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  Repository<Planet, Appwrite> planets{store};
  planets.setup();
  planets.create({.name = "Mars"});
  planets.create({.name = "mars"});
  driver::CollectionSchema unique = schema_of<Planet>();
  unique.indexes.push_back({.name = "by_name", .kind = driver::IndexKind::unique, .parts = {{.attribute = 0}}});
  const Error error = refusal_of(store, unique);
  CHECK(error.code() == Errc::conflict);
  CHECK(error.context().index == "by_name");
  finish(server);
  CHECK(server.ask(Method::get, collections + "/planets/indexes")["total"] == 0);
  planets.remove_where(Query<Planet>{}.limit(1));
  store.ensure(unique);
  CHECK(server.ask(Method::get, collections + "/planets/indexes")["total"] == 1);
}

TEST_CASE("a new default is filled into existing records", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  store.ensure(schema_of<Planet>());
  store.create(schema_of<Planet>(), {.id = "mars", .values = {driver::Value{"Mars"}}});
  driver::CollectionSchema graded = schema_of<Planet>();
  graded.attributes.push_back(
      {.name = "grade", .kind = driver::AttributeType::integer, .default_value = std::int64_t{3}});
  store.ensure(graded);
  CHECK(store.find(graded, "mars")->values[1] == driver::Value{std::int64_t{3}});
  const driver::Condition third{
      .op = driver::Operator::equal, .attribute = 1, .values = {driver::Value{std::int64_t{3}}}};
  CHECK(store.count(graded, {.where = {third}}) == 1);
}

bool fills_rows(const HttpRequest& request) {
  return request.method == Method::patch && request.path == collections + "/planets/documents";
}

TEST_CASE("a default that an interrupted setup did not fill in is filled in by the next", "[appwrite]") {
  driver::CollectionSchema graded = schema_of<Planet>();
  graded.attributes.push_back(
      {.name = "grade", .kind = driver::AttributeType::integer, .required = false, .default_value = std::int64_t{3}});
  for (const char* version : {"1.7.4", "1.8.1", "1.9.5"}) {
    CAPTURE(version);
    Server server(version);
    server.store().ensure(schema_of<Planet>());
    server.store().create(schema_of<Planet>(), {.id = "mars", .values = {driver::Value{"Mars"}}});
    std::this_thread::sleep_for(2ms);
    server.transport().before = [](const HttpRequest& request) -> std::optional<appwrite_local::HttpResponse> {
      if (!fills_rows(request)) return std::nullopt;
      return appwrite_local::HttpResponse{.status = 403, .body = R"({"message":"no","code":403,"type":"general_x"})"};
    };
    Appwrite store = server.store();
    CHECK(refusal_of(store, graded).code() == Errc::forbidden);
    std::this_thread::sleep_for(2ms);
    for (const char* id : {"venus", "earth"})  // one has a value, the other an intended null
      server.ask(Method::post, collections + "/planets/documents",
                 {{"documentId", id}, {"data", {{"name", id}, {"grade", id[0] == 'v' ? json(7) : json()}}}});
    server.transport().before = {};
    for (int times = 0; times < 2; ++times) server.store().ensure(graded);
    CHECK(store.find(graded, "mars")->values[1] == driver::Value{std::int64_t{3}});
    CHECK(store.find(graded, "venus")->values[1] == driver::Value{std::int64_t{7}});
    CHECK(store.find(graded, "earth")->values[1].is_null());
    CHECK(attribute_of(server, "planets", "grade")["default"] == 3);
  }
}

TEST_CASE("an enumeration is extended in place, and a name that only the server has is kept", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  driver::CollectionSchema first{.id = "moods", .name = "Moods"};
  first.attributes.push_back({.name = "mood", .kind = driver::AttributeType::enumeration, .elements = {"old", "calm"}});
  store.ensure(first);
  driver::CollectionSchema second = first;
  second.attributes[0].elements = {"calm", "bright"};
  store.ensure(second);
  store.create(second, {.id = "a", .values = {driver::Value{"bright"}}});
  CHECK(attribute_of(server, "moods", "mood")["elements"] == json::array({"old", "calm", "bright"}));
}

TEST_CASE("table routes lead to the same collections", "[appwrite]") {
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

/// Returns the response of a server that refuses a request with this error type.
appwrite_local::HttpResponse refusal(int status, const std::string& type, const std::string& message) {
  const json body{{"message", message}, {"code", status}, {"type", type}, {"version", "1.8.1"}};
  return {.status = status, .body = body.dump()};
}

TEST_CASE("an index is requested until the server reports its attributes as available", "[appwrite]") {
  for (const char* type : {"attribute_not_available", "column_not_available", "attribute_unknown"}) {
    CAPTURE(type);
    Server server;
    int refused = 0;
    bool is_freed = false;
    server.transport().before = [&](const HttpRequest& request) -> std::optional<appwrite_local::HttpResponse> {
      if (request.method == Method::put && request.path == collections + "/seats") is_freed = true;
      if (request.method != Method::post || !request.path.ends_with("/indexes") || is_freed) return std::nullopt;
      ++refused;
      return refusal(400, type, "The requested attribute 'row' is not yet available.");
    };
    server.store().ensure(schema_of<Seat>());
    CHECK(refused > 1);
    CHECK(server.ask(Method::get, collections + "/seats/indexes")["total"] == 2);
    const json collection = server.ask(Method::get, collections + "/seats");
    CHECK(collection["documentSecurity"] == true);
    CHECK(collection["name"] == schema_of<Seat>().name);
    CHECK(collection["enabled"] == true);
  }
}

TEST_CASE("attributes that never become available end setup at the deadline", "[appwrite]") {
  Server server;
  server.transport().before = [&](const HttpRequest& request) -> std::optional<appwrite_local::HttpResponse> {
    if (request.method != Method::post || !request.path.ends_with("/indexes")) return std::nullopt;
    return refusal(400, "attribute_not_available", "The requested attribute 'row' is not yet available.");
  };
  appwrite::SetupOptions hasty;
  hasty.timeout = 30ms;
  Appwrite store = server.store(hasty);
  CHECK(refusal_of(store, schema_of<Seat>()).code() == Errc::timed_out);
}

TEST_CASE("no attribute is requested before the collection has its table", "[appwrite]") {
  for (const int status : {404, 500}) {
    CAPTURE(status);
    Server server;
    std::atomic<int> without_table = 3;
    bool was_early = false;
    server.transport().before = [&](const HttpRequest& request) -> std::optional<appwrite_local::HttpResponse> {
      const bool is_list = request.method == Method::get && request.path == collections + "/seats/documents";
      if (is_list && without_table > 0 && without_table-- > 0)
        return status == 404 ? refusal(404, "collection_not_found", "Collection not found")
                             : refusal(500, "general_unknown", "Server Error");
      const bool is_attribute = request.method == Method::post && request.path.find("/attributes") != std::string::npos;
      was_early = was_early || (is_attribute && without_table > 0);
      return std::nullopt;
    };
    server.store().ensure(schema_of<Seat>());
    CHECK_FALSE(was_early);
    CHECK(without_table == 0);
  }
}

TEST_CASE("setup waits for a collection that appears late, and creates it again from time to time", "[appwrite]") {
  Server server;
  server.ask(Method::post, "/databases", {{"databaseId", "video_metadata"}, {"name", "video_metadata"}});
  int late = 5;
  server.transport().before = [&](const HttpRequest& request) -> std::optional<appwrite_local::HttpResponse> {
    if (request.method != Method::get || request.path != collections + "/seats/attributes" || late == 0)
      return std::nullopt;
    --late;
    return refusal(404, "collection_not_found", "Collection not found");
  };
  server.store().ensure(schema_of<Seat>());
  CHECK(late == 0);
}

TEST_CASE("attributes that failed because the collection was not found are created again", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  store.ensure(schema_of<Planet>());
  bool has_failed = false, is_removed = false;
  server.transport().after = [&](const HttpRequest& request, appwrite_local::HttpResponse& response) {
    if (request.method == Method::remove && request.path == collections + "/planets/attributes/name") is_removed = true;
    if (request.method != Method::get || !request.path.starts_with(collections + "/planets/attributes") || is_removed)
      return;
    json body = json::parse(response.body);
    json& attribute = body.contains("attributes") ? body["attributes"][0] : body;
    attribute["status"] = "failed";
    attribute["error"] = "Collection not found";
    response.body = body.dump();
    has_failed = true;
  };
  store.ensure(schema_of<Planet>());
  CHECK(has_failed);
  CHECK(is_removed);
  CHECK(attribute_of(server, "planets", "name")["status"] == "available");
}

/// A store with a key that may read records and schemas but write nothing.
Appwrite reader_of(Server& server) {
  server.app().add_project("project", {reel::emulator::ApiKey{"all", "secret", {"*"}},
                                       reel::emulator::ApiKey{"reader",
                                                              "reader",
                                                              {"databases.read", "collections.read", "attributes.read",
                                                               "indexes.read", "documents.read"}}});
  AppwriteConfig config = server.config();
  config.key = ApiKey("reader");
  return server.store(config);
}

TEST_CASE("setup of an unchanged store accepts a key that may only read", "[appwrite]") {
  Server server;
  {
    Appwrite store = server.store();
    const MigrationSet all = video::everything;
    for (const driver::CollectionSchema* schema : all.collections) store.ensure(*schema);
  }
  Appwrite reader = reader_of(server);
  server.transport().take_requests();
  const MigrationSet all = video::everything;
  for (const driver::CollectionSchema* schema : all.collections) CHECK_NOTHROW(reader.ensure(*schema));
  for (const HttpRequest& request : server.transport().take_requests()) CHECK(request.method == Method::get);
}

/// Creates a collection `planets` whose attribute `name` is longer than in the schema.
void deploy_long_planets(Server& server) {
  server.ask(Method::post, "/databases", {{"databaseId", "video_metadata"}, {"name", "video_metadata"}});
  server.ask(Method::post, collections, {{"collectionId", "planets"}, {"name", "Planets"}});
  const std::string attributes = collections + "/planets/attributes/string";
  server.ask(Method::post, attributes, {{"key", "name"}, {"size", 2'000}, {"required", true}});
  finish(server);
}

TEST_CASE("an index over a string that is longer on the server covers the beginning of the string", "[appwrite]") {
  Server server;
  deploy_long_planets(server);
  driver::CollectionSchema schema = schema_of<Planet>();
  schema.indexes.push_back({.name = "by_name", .parts = {{.attribute = 0}}});
  Appwrite store = server.store();
  store.ensure(schema);
  CHECK(server.ask(Method::get, collections + "/planets/indexes/by_name")["lengths"] == json::array({384}));
  server.transport().take_requests();
  store.ensure(schema);
  for (const HttpRequest& request : server.transport().take_requests()) CHECK(request.method == Method::get);
}

TEST_CASE("one error names every index that does not fit, and nothing has changed", "[appwrite]") {
  for (const char* version : {"1.7.4", "1.8.1"}) {
    CAPTURE(version);
    Server server(version);
    deploy_long_planets(server);
    driver::CollectionSchema schema = schema_of<Planet>();
    schema.attributes.push_back({.name = "moons", .kind = driver::AttributeType::integer, .required = false});
    schema.indexes.push_back({.name = "only_name", .kind = driver::IndexKind::unique, .parts = {{.attribute = 0}}});
    schema.indexes.push_back(
        {.name = "only_both", .kind = driver::IndexKind::unique, .parts = {{.attribute = 1}, {.attribute = 0}}});
    schema.indexes.push_back({.name = "by_name", .parts = {{.attribute = 0}}});
    Appwrite store = server.store();
    const Error error = refusal_of(store, schema);
    CHECK(error.code() == Errc::conflict);
    CHECK(error.reason().find("'only_name'") != std::string::npos);
    CHECK(error.reason().find("'only_both'") != std::string::npos);
    CHECK((error.reason().find("'by_name'") != std::string::npos) == (version == std::string("1.7.4")));
    CHECK(error.reason().find("'name' has a size of 2000 on the server") != std::string::npos);
    CHECK(server.ask(Method::get, collections + "/planets/attributes")["total"] == 1);
    CHECK(server.ask(Method::get, collections + "/planets/indexes")["total"] == 0);
  }
}

TEST_CASE("an encrypted attribute in an index is reported before anything has changed", "[appwrite]") {
  Server server;
  server.ask(Method::post, "/databases", {{"databaseId", "video_metadata"}, {"name", "video_metadata"}});
  server.ask(Method::post, collections, {{"collectionId", "planets"}, {"name", "Planets"}});
  server.ask(Method::post, collections + "/planets/attributes/string",
             {{"key", "name"}, {"size", 150}, {"required", true}, {"encrypt", true}});
  finish(server);
  Appwrite store = server.store();
  CHECK_NOTHROW(store.ensure(schema_of<Planet>()));
  driver::CollectionSchema schema = schema_of<Planet>();
  schema.indexes.push_back({.name = "by_name", .parts = {{.attribute = 0}}});
  const Error error = refusal_of(store, schema);
  CHECK(error.code() == Errc::conflict);
  CHECK(error.reason().find("attribute 'name' is encrypted on the server") != std::string::npos);
  CHECK(error.reason().find("'by_name'") != std::string::npos);
  CHECK(server.ask(Method::get, collections + "/planets/indexes")["total"] == 0);
}

TEST_CASE("a column that was added in the console keeps its values and is counted", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  Repository<Planet, Appwrite> planets{store};
  planets.setup();
  server.ask(Method::post, collections + "/planets/attributes/integer", {{"key", "rating"}, {"required", false}});
  finish(server);
  server.ask(Method::post, collections + "/planets/documents",
             {{"documentId", "mars"}, {"data", {{"name", "Mars"}, {"rating", 5}}}});
  planets.setup();
  planets.create({.name = "Venus"}, {.id = Id<Planet>{"venus"}});
  CHECK(planets.count() == 2);

  const auto columns = store.foreign_columns(schema_of<Planet>());
  REQUIRE(columns.size() == 1);
  CHECK(columns[0].name == "rating");
  CHECK(columns[0].records == 1);

  const Id<Planet> mars{"mars"};
  planets.update(mars, Patch<Planet>{}.set<&Planet::name>("Ares"));
  planets.replace(mars, {.name = "Barsoom"});
  planets.upsert(mars, {.name = "Mangala"});
  planets.modify(mars, [](Planet& planet) { planet.name = "Mars"; });
  CHECK(server.ask(Method::get, collections + "/planets/documents/mars")["rating"] == 5);
}

TEST_CASE("a preview reports what setup would do and changes nothing", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  CHECK_FALSE(store.preview(schema_of<Planet>()).exists);
  CHECK(server.ask(Method::get, "/databases")["total"] == 0);

  store.ensure(schema_of<Planet>());
  driver::SetupPreview preview = store.preview(schema_of<Planet>());
  CHECK(preview.exists);
  CHECK(preview.changes.empty());
  driver::CollectionSchema wider = schema_of<Planet>();
  wider.attributes[0].max_length = 100;
  wider.attributes.push_back({.name = "moons", .kind = driver::AttributeType::integer, .required = false});
  preview = store.preview(wider);
  CHECK(preview.changes == std::vector<std::string>{"attribute 'moons' is created", "attribute 'name' is changed"});
  CHECK(server.ask(Method::get, collections + "/planets/attributes")["total"] == 2);  // with `reel_ver`

  driver::CollectionSchema other = schema_of<Planet>();
  other.attributes[0] = {.name = "name", .kind = driver::AttributeType::integer};
  try {
    static_cast<void>(store.preview(other));
    FAIL("a conflict was not seen");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::conflict);
  }
}

TEST_CASE("a preview of a bucket considers the server's limit", "[appwrite]") {
  Server server;
  const Bucket films{.id = "films", .name = "Films", .max_size = 50'000'000};
  const Bucket small{.id = "films", .name = "Films", .max_size = 1'000'000};
  Appwrite store = server.store();
  CHECK_FALSE(store.preview(small).exists);
  appwrite::SetupOptions limited;
  limited.limit_buckets_to_server = true;
  CHECK_FALSE(server.store(limited).preview(films).exists);
  const auto code_of = [&] {
    try {
      static_cast<void>(store.preview(films));
    } catch (const Error& error) {
      CHECK(error.reason().find("_APP_STORAGE_LIMIT") != std::string::npos);
      return error.code();
    }
    return Errc::internal;
  };
  CHECK(code_of() == Errc::too_large);
  store.ensure(small);
  CHECK(store.preview(small).exists);
  CHECK(store.preview(small).changes.empty());
  CHECK(code_of() == Errc::too_large);
  const Bucket wider{.id = "films", .name = "Films", .max_size = 2'000'000};
  CHECK(store.preview(wider).changes.size() == 1);
  CHECK(server.ask(Method::get, "/storage/buckets/films")["maximumFileSize"] == 1'000'000);
}

TEST_CASE("a preview is refused if the key could not do the setup", "[appwrite]") {
  Server server;
  Appwrite reader = reader_of(server);
  for (const bool exists : {false, true}) {
    if (exists) server.store().ensure(schema_of<Planet>());
    std::optional<Error> refusal;
    try {
      refusal = reader.preview(schema_of<Planet>()).refusal;
      CHECK(exists);
    } catch (const Error& error) {
      CHECK_FALSE(exists);
      refusal = error;
    }
    REQUIRE(refusal);
    CHECK(refusal->code() == Errc::forbidden);
    CHECK(refusal->reason().find(exists ? "documents.write" : "databases.write") != std::string::npos);
  }
}

const std::string locks = collections + "/reel_locks/documents";

bool adds_beyond_the_end(const HttpRequest& request) {
  return request.method == Method::patch && request.path.starts_with(locks) &&
         request.body.find("2147483647") != std::string::npos;
}

/// Makes the server respond like a database that truncates too large numbers instead of refusing them.
void cut_off_numbers(Server& server) {
  server.transport().before = [](const HttpRequest& request) -> std::optional<appwrite_local::HttpResponse> {
    if (!adds_beyond_the_end(request)) return std::nullopt;
    return appwrite_local::HttpResponse{.status = 200, .body = R"({"total":1,"documents":[{"reel_ver":2147483647}]})"};
  };
}

int proofs_in(const std::vector<HttpRequest>& requests) {
  return static_cast<int>(std::ranges::count_if(requests, adds_beyond_the_end));
}

TEST_CASE("the guard of writes is tested once for a database", "[appwrite]") {
  for (const char* version : {"1.8.0", "1.8.1", "1.9.5"}) {
    CAPTURE(version);
    Server server(version);
    Appwrite store = server.store();
    store.ensure(schema_of<Planet>());
    store.ensure(schema_of<Seat>());
    CHECK(proofs_in(server.transport().take_requests()) == 1);
    CHECK(server.ask(Method::get, locks)["total"] == 1);
    server.store().ensure(schema_of<Track>());
    CHECK(proofs_in(server.transport().take_requests()) == 0);
    server.store().ensure(schema_of<Planet>());
    for (const HttpRequest& request : server.transport().take_requests()) CHECK(request.method == Method::get);
  }
}

TEST_CASE("a database that truncates numbers is refused at every setup with a remedy", "[appwrite]") {
  for (const char* version : {"1.8.0", "1.8.1"}) {
    CAPTURE(version);
    Server server(version);
    cut_off_numbers(server);
    Appwrite store = server.store();
    for (int times = 0; times < 2; ++times) {
      const Error error = refusal_of(store, schema_of<Planet>());
      CHECK(error.code() == Errc::unsupported);
      for (const char* part : {"STRICT_TRANS_TABLES", "sql_mode", "APPWRITE_WRITERS=one"})
        CHECK(error.reason().find(part) != std::string::npos);
    }
    CHECK(server.ask(Method::get, locks)["total"] == 0);
    AppwriteConfig alone = server.config();
    alone.writers = Writers::one;
    CHECK_NOTHROW(server.store(alone).ensure(schema_of<Planet>()));
  }
}

TEST_CASE("a refusal after which the row has changed does not prove the guard", "[appwrite]") {
  Server server;
  server.transport().after = [](const HttpRequest& request, appwrite_local::HttpResponse& response) {
    if (request.method != Method::get || request.path != locks) return;
    json body = json::parse(response.body);
    for (json& row : body["documents"]) row["reel_ver"] = 2'147'483'647;
    response.body = body.dump();
  };
  Appwrite store = server.store();
  CHECK(refusal_of(store, schema_of<Planet>()).code() == Errc::unsupported);
}

TEST_CASE("an error that is not the refusal of the number proves nothing", "[appwrite]") {
  const std::vector<std::pair<int, std::string>> others = {
      {400, R"({"message":"","code":400,"type":"general_argument_invalid"})"},
      {400, R"({"message":"","code":400,"type":"document_invalid_structure"})"},
      {500, R"({"message":"Error: Server Error","code":500})"},
      {500, R"({"message":"","code":500,"type":"general_argument_invalid"})"}};
  for (const auto& [status, body] : others) {
    CAPTURE(status, body);
    Server server;
    server.transport().before = [&](const HttpRequest& request) -> std::optional<appwrite_local::HttpResponse> {
      if (!adds_beyond_the_end(request)) return std::nullopt;
      return appwrite_local::HttpResponse{.status = status, .body = body};
    };
    Appwrite store = server.store();
    CHECK(refusal_of(store, schema_of<Planet>()).context().http_status == status);
    CHECK(server.ask(Method::get, locks)["total"] == 0);
  }
}

TEST_CASE("the guard is not tested if the server has none or the key may not use it", "[appwrite]") {
  Server old("1.7.4");
  AppwriteConfig many = old.config();
  many.writers = Writers::many;
  old.store(many).ensure(schema_of<Planet>());
  CHECK(proofs_in(old.transport().take_requests()) == 0);

  Server server;
  server.app().add_project(
      "project", {reel::emulator::ApiKey{"all", "secret", {"*"}},
                  reel::emulator::ApiKey{
                      "builder",
                      "builder",
                      {"databases.read", "databases.write", "collections.read", "collections.write", "attributes.read",
                       "attributes.write", "indexes.read", "indexes.write", "documents.read"}}});
  AppwriteConfig builder = server.config();
  builder.key = ApiKey("builder");
  CHECK_NOTHROW(server.store(builder).ensure(schema_of<Planet>()));
  CHECK(proofs_in(server.transport().take_requests()) == 0);
  server.store().ensure(schema_of<Planet>());
  CHECK(proofs_in(server.transport().take_requests()) == 1);
}

/// Creates the collection without attributes, like an interrupted setup.
void make_bare_collection(Server& server, const std::string& id) {
  server.ask(Method::post, "/databases", {{"databaseId", "video_metadata"}, {"name", "v"}});
  server.ask(Method::post, collections, {{"collectionId", id}, {"name", id}});
}

TEST_CASE("a collection that another program completes and fills during a setup is accepted", "[appwrite]") {
  // After reading the schema, the table, and the records.
  const auto [path, turn] = GENERATE(std::pair{"/planets/indexes", 1}, std::pair{"/planets/documents", 1},
                                     std::pair{"/planets/documents", 2});
  CAPTURE(path, turn);
  Server server;
  make_bare_collection(server, "planets");
  int seen = 0;
  server.transport().after = [&, awaited = collections + path, last = turn](const HttpRequest& request,
                                                                            appwrite_local::HttpResponse&) {
    if (request.path != awaited || ++seen != last) return;
    Appwrite other = server.store();
    other.ensure(schema_of<Planet>());
    other.create(schema_of<Planet>(), {.id = "mars", .values = {driver::Value{"Mars"}}});
  };
  Appwrite store = server.store();
  CHECK_NOTHROW(store.ensure(schema_of<Planet>()));
  CHECK(seen >= turn);

  driver::CollectionSchema stricter = schema_of<Planet>();
  stricter.attributes.push_back({.name = "mass", .kind = driver::AttributeType::integer});
  CHECK(refusal_of(store, stricter).code() == Errc::conflict);  // the record existed before
}

TEST_CASE("several programs can set up references on servers without transactions", "[appwrite]") {
  for (const char* version : {"1.6.2", "1.7.4"}) {
    CAPTURE(version);
    Server server(version);
    AppwriteConfig many = server.config();
    many.writers = Writers::many;
    Appwrite store = server.store(many);
    REQUIRE_NOTHROW(store.ensure(schema_of<testing::Survey>()));
    Appwrite other = server.store(many);
    REQUIRE(other.referrers("moons").size() == 1);
    driver::CollectionSchema without = schema_of<testing::Survey>();
    std::erase_if(without.attributes, [](const driver::AttributeSchema& one) { return !one.references.empty(); });
    REQUIRE_NOTHROW(store.ensure(without));
    CHECK(server.store(many).referrers("moons").empty());
    CHECK(code_of_update(store, without) == Errc::unsupported);  // of the program's own record
  }
}

TEST_CASE("a reference is found however many references a database has", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  store.ensure(schema_of<testing::Survey>());
  constexpr int others = 10'000, batch = 100;
  for (int first = 0; first < others; first += batch) {
    json rows = json::array();
    for (int i = first; i < first + batch; ++i) {
      rows.push_back({{"$id", "other" + std::to_string(i)},
                      {"holder", "other" + std::to_string(i)},
                      {"attribute", "target"},
                      {"target", "others"},
                      {"on_remove", "cascade"},
                      {"list", false}});
    }
    server.ask(Method::post, collections + "/reel_references/documents", {{"documents", rows}});
  }
  store.ensure(schema_of<testing::Base>());
  CHECK(server.store().referrers("others").size() == others);
  CHECK(server.store().referrers("moons").size() == 2);
}

/// Returns `reel_ver` of every record of the collection.
json versions_in(Server& server, const std::string& collection) {
  const json list = server.ask(Method::get, collections + "/" + collection + "/documents");
  json versions = json::array();
  for (const json& row : list.at("documents")) versions.push_back(row.at("reel_ver"));
  return versions;
}

TEST_CASE("records of a database from 1.7 have a version after a setup on 1.8.0", "[appwrite]") {
  const std::string folder = std::filesystem::temp_directory_path() / ("reel-upgrade-" + make_id());
  const auto start = [&](const std::string& version) {
    reel::emulator::Config config;
    config.version = version;
    config.data = folder;
    return std::make_unique<reel::emulator::App>(config);
  };
  const auto store_of = [](reel::emulator::App& app, Writers writers) {
    AppwriteConfig config;
    config.endpoint = "http://127.0.0.1/v1";
    config.project = "project";
    config.key = ApiKey("secret");
    config.writers = writers;
    return Appwrite(config, appwrite::AnyTransport(std::make_shared<appwrite_local::Transport>(app)));
  };
  {
    const auto app = start("1.7.4");
    app->add_project("project", {reel::emulator::ApiKey{"all", "secret", {"*"}}});
    Appwrite store = store_of(*app, Writers::one);
    store.ensure(schema_of<Planet>());
    store.create(schema_of<Planet>(), {.id = "mars", .values = {driver::Value{"Mars"}}});
    app->save();
  }
  const auto app = start("1.8.0");
  app->add_project("project", {reel::emulator::ApiKey{"all", "secret", {"*"}}});
  Appwrite store = store_of(*app, Writers::many);
  store.ensure(schema_of<Planet>());
  const driver::DocumentPtr read = store.find(schema_of<Planet>(), "mars");
  REQUIRE(read);
  const auto change = [&](const char* name) {
    return store.update(
        schema_of<Planet>(), "mars",
        {.values = {{0, driver::Value{name}}}, .if_unchanged_since = read->updated_at, .as_read = read});
  };
  CHECK(change("Ares")->revision == 1);
  CHECK_THROWS_AS(change("late"), Error);
  std::filesystem::remove_all(folder);
}

TEST_CASE("a setup on 1.8.0 sets the version of every record, and the next one writes nothing", "[appwrite]") {
  Server server("1.8.0");
  Appwrite store = server.store();
  store.ensure(schema_of<Planet>());
  for (const char* id : {"a", "b"})  // like programs that do not use versions
    server.ask(Method::post, collections + "/planets/documents",
               {{"documentId", id}, {"data", json::object({{"name", id}})}});
  CHECK(versions_in(server, "planets") == json::array({nullptr, nullptr}));
  server.store().ensure(schema_of<Planet>());
  CHECK(versions_in(server, "planets") == json::array({0, 0}));
  server.transport().take_requests();
  server.store().ensure(schema_of<Planet>());
  for (const HttpRequest& request : server.transport().take_requests()) CHECK(request.method == Method::get);
}

}  // namespace setup_tests
