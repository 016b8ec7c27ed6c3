#include "support/catch.hpp"

#include <reel/backends/appwrite/bulk_writer.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>

#include "unit/appwrite/scripted.hpp"

// What is asked of the server, and what is made of answers that were lost.

namespace {

using namespace reel;
using namespace reel::appwrite;
using namespace std::chrono_literals;
using scripted::error_from;
using testing::Planet;
using testing::Preset;
using testing::Seat;

constexpr const char* earlier = "2026-01-01T00:00:01.000+00:00";
constexpr const char* later = "2026-01-01T00:00:02.000+00:00";

/// An answer with a record of that collection.
template <class T>
std::string stored(Json values, const char* updated_at = earlier) {
  Json document{{"$id", "a"},
                {"$sequence", 1},
                {"$createdAt", earlier},
                {"$updatedAt", updated_at},
                {"$permissions", Json::array()}};
  document.update(values);
  return document.dump();
}
template <class T>
std::string page_of(std::initializer_list<std::string> documents) {
  Json page{{"total", documents.size()}, {"documents", Json::array()}};
  for (const std::string& document : documents) page["documents"].push_back(Json::parse(document));
  return page.dump();
}

/// A writer over a script.
template <class T>
struct Script {
  explicit Script(const char* version = "1.8.1") {
    line.transport->answers(200, Json{{"version", version}}.dump());
    static_cast<void>(client.version());
    line.transport->requests.clear();
  }
  Script& answers(int status, const std::string& body) {
    line.transport->answers(status, body);
    return *this;
  }
  Script& refuses(int status, const std::string& type) {
    line.transport->refuses(status, type);
    return *this;
  }
  /// The server may have done it, and the answer is lost.
  Script& loses() {
    line.transport->fails(Fault::broken, true);
    return *this;
  }
  [[nodiscard]] Writer writer() const { return {client, routes, schema_of<T>()}; }
  [[nodiscard]] const HttpRequest& request(std::size_t i) const { return line.transport->requests.at(i); }
  [[nodiscard]] Json body(std::size_t i) const { return Json::parse(request(i).body); }
  [[nodiscard]] std::size_t requests() const { return line.transport->requests.size(); }

  scripted::Line line{};
  Client client = line.client();
  Routes routes{"films", false};
};

Document planet(const char* name) { return {.id = "a", .values = {Value{name}}}; }
Change renamed(const char* name) { return {.values = {{0, Value{name}}}}; }

TEST_CASE("a record is created by POST, with null values and permissions", "[appwrite]") {
  Script<Seat> script;
  script.answers(201, stored<Seat>({{"row", 1}, {"number", nullptr}, {"code", nullptr}}));
  const DocumentPtr made = script.writer().create(
      {.id = "a", .permissions = {Permission::read(Role::any())}, .values = {Value{std::int64_t{1}}, {}, {}}});
  CHECK(made->values[0] == Value{std::int64_t{1}});
  CHECK(script.request(0).method == Method::post);
  CHECK(script.request(0).path == "/databases/films/collections/seats/documents");
  CHECK(script.body(0) == Json::parse(R"json({"documentId":"a","permissions":["read(\"any\")"],
                                          "data":{
    "row" : 1, "number" : null, "code" : null}
})json"));
}

TEST_CASE("the routes of tables have other words", "[appwrite]") {
  Script<Planet> script;
  script.routes = Routes{"films", true};
  script.answers(201, stored<Planet>({{"name", "x"}})).refuses(404, "row_not_found");
  script.writer().create(planet("x"));
  CHECK(script.request(0).path == "/tablesdb/films/tables/planets/rows");
  CHECK(script.body(0).contains("rowId"));
  CHECK(find_document(script.client, script.routes, schema_of<Planet>(), "b") == nullptr);
}

TEST_CASE("a create whose answer was lost is settled by reading back", "[appwrite]") {
  Script<Planet> script;
  script.loses().refuses(409, "document_already_exists").answers(200, stored<Planet>({{"name", "Mars"}}));
  CHECK(script.writer().create(planet("Mars"))->values[0] == Value{"Mars"});
  CHECK(script.body(1) == script.body(0));
}

TEST_CASE("a record that somebody else created meanwhile is not taken for one's own", "[appwrite]") {
  Script<Planet> script;
  script.loses().refuses(409, "document_already_exists").answers(200, stored<Planet>({{"name", "Venus"}}));
  CHECK(error_from([&] { script.writer().create(planet("Mars")); }).code() == Errc::already_exists);
}

TEST_CASE("without doubt the same values are no excuse", "[appwrite]") {
  Script<Planet> script;
  script.refuses(409, "document_already_exists").answers(200, stored<Planet>({{"name", "Mars"}}));
  CHECK(error_from([&] { script.writer().create(planet("Mars")); }).code() == Errc::already_exists);
}

TEST_CASE("a unique violation is told from a taken id, and the index named", "[appwrite]") {
  Script<Seat> script;
  script.refuses(409, "document_already_exists")
      .refuses(404, "document_not_found")
      .answers(200, page_of<Seat>({}))
      .answers(200, page_of<Seat>({stored<Seat>({{"row", 9}, {"code", "abc"}})}));
  const Error error = error_from([&] {
    script.writer().create({.id = "b", .values = {Value{std::int64_t{1}}, Value{std::int64_t{2}}, Value{"abc"}}});
  });
  CHECK(error.code() == Errc::already_exists);
  CHECK(error.context().index == "by_code");
}

TEST_CASE("an update reads, and writes what differs if nobody wrote in between", "[appwrite]") {
  Script<Seat> script;
  script.answers(200, stored<Seat>({{"row", 1}, {"number", 2}, {"code", "x"}}))
      .answers(200, stored<Seat>({{"row", 1}, {"number", 2}, {"code", nullptr}}, later));
  const DocumentPtr written =
      script.writer().update("a", {.values = {{0, Value{std::int64_t{1}}}, {1, Value{std::int64_t{2}}}, {2, {}}}});
  CHECK(written->values[2].is_null());
  CHECK(script.request(1).method == Method::patch);
  CHECK(script.request(1).headers.find("X-Appwrite-Timestamp") == earlier);
  CHECK(script.body(1) == Json::parse(R"({"data":{"code":null}})"));
}

TEST_CASE("an update that changes nothing sends nothing, for it would send an event", "[appwrite]") {
  Script<Planet> script;
  script.answers(200, stored<Planet>({{"name", "Mars"}}));
  CHECK(script.writer().update("a", renamed("Mars"))->values[0] == Value{"Mars"});
  CHECK(script.requests() == 1);
}

TEST_CASE("an update waits until the server's clock can tell it from the last", "[appwrite]") {
  Script<Planet> script;
  script.answers(200, stored<Planet>({{"name", "Mars"}})).answers(200, stored<Planet>({{"name", "x"}}, later));
  script.line.clock->epoch = std::chrono::sys_days{std::chrono::year(2026) / 1 / 1} - 16min;
  script.writer().update("a", renamed("x"));
  CHECK(script.line.clock->waits == std::vector{1ms});
}

TEST_CASE("a record from the future is changed a millisecond later still", "[appwrite]") {
  Script<Planet> script;
  script.answers(200, stored<Planet>({{"name", "Mars"}}, "2226-01-01T00:00:00.999+00:00"))
      .answers(200, stored<Planet>({{"name", "x"}}, "2226-01-01T00:00:01.000+00:00"));
  script.writer().update("a", renamed("x"));
  CHECK(script.body(1)["data"]["$updatedAt"] == "2226-01-01T00:00:01.000+00:00");
}

TEST_CASE("an update starts again when somebody else wrote in between", "[appwrite]") {
  Script<Planet> script;
  script.answers(200, stored<Planet>({{"name", "Mars"}}))
      .refuses(409, "document_update_conflict")
      .answers(200, stored<Planet>({{"name", "Ares"}}, later))
      .answers(200, stored<Planet>({{"name", "x"}}, later));
  CHECK(script.writer().update("a", renamed("x"))->values[0] == Value{"x"});
  CHECK(script.request(3).headers.find("X-Appwrite-Timestamp") == later);
}

TEST_CASE("a stale if_unchanged_since is a conflict before anything is written", "[appwrite]") {
  Script<Planet> script;
  script.answers(200, stored<Planet>({{"name", "Mars"}}, later));
  Change change = renamed("x");
  change.if_unchanged_since = parse_timestamp(earlier);
  CHECK(error_from([&] { script.writer().update("a", change); }).code() == Errc::conflict);
  CHECK(script.requests() == 1);
}

TEST_CASE("an update whose answer was lost is done if the record has its values", "[appwrite]") {
  Script<Planet> script;
  script.answers(200, stored<Planet>({{"name", "Mars"}}))
      .loses()
      .refuses(409, "document_update_conflict")
      .answers(200, stored<Planet>({{"name", "x"}}, later));
  CHECK(script.writer().update("a", renamed("x"))->values[0] == Value{"x"});
  CHECK(script.requests() == 4);
}

TEST_CASE("whether a lost answer was to one's own claim or to another's is not guessed", "[appwrite]") {
  Script<Planet> script;
  script.answers(200, stored<Planet>({{"name", "free"}})).loses().refuses(409, "document_update_conflict");
  Change claim = renamed("taken");
  claim.if_unchanged_since = parse_timestamp(earlier);
  CHECK(error_from([&] { script.writer().update("a", claim); }).code() == Errc::unavailable);
  CHECK(script.requests() == 3);
}

TEST_CASE("an increment is a change of what was read, never the server's own step", "[appwrite]") {
  Script<Preset> script;
  script.answers(200, stored<Preset>({{"grade", nullptr}, {"small", 5}, {"port", 1}, {"ratio", 0.5}}))
      .answers(200, stored<Preset>({{"grade", 2}, {"small", 5}, {"port", 1}, {"ratio", 0.5}}, later));
  CHECK(script.writer().increment("a", 0, Value{std::int64_t{2}})->values[0] == Value{std::int64_t{2}});
  CHECK(script.body(1) == Json::parse(R"({"data":{"grade":2}})"));
  CHECK(script.request(1).path == "/databases/films/collections/presets/documents/a");
  script.answers(200, stored<Preset>({{"grade", 8}, {"small", 5}, {"port", 1}, {"ratio", 0.5}}));
  CHECK(error_from([&] { script.writer().increment("a", 0, Value{std::int64_t{2}}); }).code() == Errc::invalid);
  CHECK(script.requests() == 3);
}

TEST_CASE("an increment whose answer was lost is not done twice", "[appwrite]") {
  Script<Seat> script;
  script.answers(200, stored<Seat>({{"row", 1}})).loses().refuses(409, "document_update_conflict");
  CHECK(error_from([&] { script.writer().increment("a", 0, Value{std::int64_t{1}}); }).code() == Errc::unavailable);
  CHECK(script.requests() == 3);
}

TEST_CASE("a text that looks like an operator is hidden in one", "[appwrite]") {
  const char* const text = R"({"method":"increment","values":[5]})";
  Script<Planet> script;
  script.answers(200, stored<Planet>({{"name", "Mars"}})).answers(200, stored<Planet>({{"name", text}}, later));
  script.writer().update("a", renamed(text));
  CHECK(Json::parse(script.body(1)["data"]["name"].get<std::string>()) ==
        Json{{"method", "stringReplace"}, {"values", {"Mars", text}}});

  script.answers(200, stored<Planet>({{"name", "Mars"}})).answers(200, stored<Planet>({{"name", "6"}}, later));
  CHECK(error_from([&] { script.writer().update("a", renamed(text)); }).code() == Errc::internal);

  Script<Planet> old("1.8.0");
  old.answers(200, stored<Planet>({{"name", "Mars"}})).answers(200, stored<Planet>({{"name", text}}, later));
  old.writer().update("a", renamed(text));
  CHECK(old.body(1)["data"]["name"] == text);
}

TEST_CASE("a stored value that is no longer allowed is named when an update is refused for it", "[appwrite]") {
  Script<Preset> script;
  script.answers(200, stored<Preset>({{"grade", 1}, {"mood", "gone"}, {"small", 5}, {"port", 1}, {"ratio", 0.5}}))
      .refuses(400, "document_invalid_structure");
  const Error error = error_from([&] { script.writer().update("a", {.values = {{0, Value{std::int64_t{2}}}}}); });
  CHECK(error.code() == Errc::invalid);
  CHECK(error.attribute() == "mood");
}

TEST_CASE("times are kept by servers from 1.8 on, and refused by others before anything is sent", "[appwrite]") {
  Document document = planet("x");
  document.created_at = *parse_timestamp(earlier);
  Script<Planet> script;
  script.answers(201, stored<Planet>({{"name", "x"}}));
  script.writer().create(document);
  CHECK(script.body(0)["data"]["$createdAt"] == earlier);
  Script<Planet> old("1.7.4");
  CHECK(error_from([&] { old.writer().create(document); }).code() == Errc::unsupported);
  CHECK(old.requests() == 0);
}

TEST_CASE("a remove is conditional if it is asked to be, and true if its lost answer was", "[appwrite]") {
  Script<Planet> script;
  script.answers(204, "");
  CHECK(script.writer().remove("a", parse_timestamp(earlier)));
  CHECK(script.request(0).headers.find("X-Appwrite-Timestamp") == earlier);
  script.refuses(404, "document_not_found");
  CHECK_FALSE(script.writer().remove("a", {}));
  script.loses().refuses(404, "document_not_found");
  CHECK(script.writer().remove("a", {}));
  script.refuses(409, "document_update_conflict");
  CHECK(error_from([&] { script.writer().remove("a", parse_timestamp(earlier)); }).code() == Errc::conflict);
  script.refuses(404, "collection_not_found");
  CHECK(error_from([&] { script.writer().remove("a", {}); }).code() == Errc::not_found);
}

TEST_CASE("the id 0, which the server cannot create, is refused and never there", "[appwrite]") {
  Script<Planet> script;
  Document document = planet("x");
  document.id = "0";
  CHECK(error_from([&] { script.writer().create(document); }).code() == Errc::unsupported);
  CHECK(script.writer().update("0", renamed("y")) == nullptr);
  CHECK_FALSE(script.writer().remove("0", {}));
  CHECK(script.requests() == 0);
}

TEST_CASE("new records go in one request, and one by one where the server refuses that", "[appwrite]") {
  Script<Planet> script;
  const auto write = [&] {
    std::vector<Write> writes{{.document = planet("x")}, {.document = planet("y")}};
    writes[1].document.id = "b";
    return BulkWriter(script.client, script.routes, schema_of<Planet>()).write(std::move(writes));
  };
  Json second = Json::parse(stored<Planet>({{"name", "y"}}));
  second["$id"] = "b";
  script.answers(201, page_of<Planet>({stored<Planet>({{"name", "x"}}), second.dump()}));
  auto results = write();
  CHECK(script.requests() == 1);
  CHECK(script.body(0)["documents"].size() == 2);
  CHECK(results[1].document->values[0] == Value{"y"});

  script.refuses(409, "document_already_exists")
      .refuses(409, "document_already_exists")
      .answers(200, stored<Planet>({{"name", "x"}}))
      .answers(201, second.dump());
  results = write();
  CHECK(results[0].error->code() == Errc::already_exists);
  CHECK(results[1].document->id == "b");

  script.loses()
      .refuses(409, "document_already_exists")
      .refuses(409, "document_already_exists")
      .answers(200, stored<Planet>({{"name", "x"}}))
      .refuses(409, "document_already_exists")
      .answers(200, second.dump());
  results = write();
  CHECK((results[0].document && results[1].document));
}

TEST_CASE("a request for many holds at most 100 records and 8 MB, and no text that may be executed", "[appwrite]") {
  Script<Planet> script;
  std::vector<std::size_t> sizes;
  const auto count = [&](const HttpRequest& request) {
    const Json body = Json::parse(request.body);
    CHECK(request.body.size() < 10'000'000);
    sizes.push_back(body.contains("documents") ? body["documents"].size() : 1);
    return HttpResponse{401, {}, R"({"message":"no","code":401,"type":"user_unauthorized","version":"1.8.1"})"};
  };
  for (int i = 0; i < 400; ++i) script.line.transport->steps.emplace_back(count);
  const auto write = [&](std::vector<std::string> names) {
    sizes.clear();
    std::vector<Write> writes;
    for (std::string& name : names) {
      writes.push_back({.document = {.id = "p" + std::to_string(writes.size()), .values = {Value{std::move(name)}}}});
    }
    static_cast<void>(BulkWriter(script.client, script.routes, schema_of<Planet>()).write(std::move(writes)));
    return sizes;
  };
  CHECK(write(std::vector<std::string>(250, "x")) == std::vector<std::size_t>{100, 100, 50});
  CHECK(write(std::vector<std::string>(4, std::string(3'000'000, 'x'))) == std::vector<std::size_t>{2, 2});
  CHECK(write({"a", "b", R"({"method":"toggle"})", "c", "d"}) == std::vector<std::size_t>{2, 1, 2});
}

}  // namespace
