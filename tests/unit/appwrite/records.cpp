#include "support/catch.hpp"

#include <reel/backends/appwrite/bulk_writer.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>

#include "unit/appwrite/scripted.hpp"

// The requests of writes, and how lost responses are resolved.

namespace records_tests {

using namespace reel;
using namespace reel::appwrite;
using namespace std::chrono_literals;
using scripted::error_from;
using testing::Planet;
using testing::Preset;
using testing::Reading;
using testing::Seat;

constexpr const char* earlier = "2026-01-01T00:00:01.000+00:00";
constexpr const char* later = "2026-01-01T00:00:02.000+00:00";

/// Returns a response with a record of the collection.
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

/// Returns a list with a single record.
template <class T>
std::string listed(Json values, const char* updated_at = earlier) {
  return page_of<T>({stored<T>(std::move(values), updated_at)});
}

/// A writer with scripted responses.
template <class T>
struct Script {
  explicit Script(const char* version = "1.8.1", Writers writers = Writers::many) {
    line.settings.writers = writers;
    client = line.client();
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
  Script& finds(Json values, const char* updated_at = earlier) {
    return answers(200, listed<T>(std::move(values), updated_at));
  }
  Script& finds_nothing() { return answers(200, page_of<T>({})); }
  /// Scripts a transaction up to its commit.
  Script& stages(int operations) {
    answers(201, R"({"$id":"t1","status":"pending","operations":0})");
    return answers(201, Json{{"$id", "t1"}, {"status", "pending"}, {"operations", operations}}.dump());
  }
  Script& commits() { return answers(200, R"({"$id":"t1","status":"committed","operations":2})"); }
  Script& discards() { return answers(204, ""); }
  /// Returns the operations that request number `i` stages.
  [[nodiscard]] Json operations(std::size_t i) const { return body(i).at("operations"); }
  /// Scripts a lost response: the server may have done the request.
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

driver::Document planet(const char* name) { return {.id = "a", .values = {driver::Value{name}}}; }
driver::Change renamed(const char* name) { return {.values = {{0, driver::Value{name}}}}; }

TEST_CASE("a record is created by POST, with null values and permissions", "[appwrite]") {
  Script<Seat> script;
  script.answers(201, stored<Seat>({{"row", 1}, {"number", nullptr}, {"code", nullptr}}));
  const driver::DocumentPtr made = script.writer().create(
      {.id = "a", .permissions = {Permission::read(Role::any())}, .values = {driver::Value{std::int64_t{1}}, {}, {}}});
  CHECK(made->values[0] == driver::Value{std::int64_t{1}});
  CHECK(script.request(0).method == Method::post);
  CHECK(script.request(0).path == "/databases/films/collections/seats/documents");
  CHECK(script.body(0) == Json::parse(R"json({"documentId":"a","permissions":["read(\"any\")"],
                                          "data":{
    "row" : 1, "number" : null, "code" : null}
})json"));
}

TEST_CASE("table routes use the table names of members", "[appwrite]") {
  Script<Planet> script;
  script.routes = Routes{"films", true};
  script.answers(201, stored<Planet>({{"name", "x"}})).answers(200, R"({"total":0,"rows":[]})");
  script.writer().create(planet("x"));
  CHECK(script.request(0).path == "/tablesdb/films/tables/planets/rows");
  CHECK(script.body(0).contains("rowId"));
  CHECK(find_document(script.client, script.routes, schema_of<Planet>(), "b") == nullptr);
}

TEST_CASE("a create whose response was lost is resolved by reading the record", "[appwrite]") {
  Script<Planet> script;
  script.loses().refuses(409, "document_already_exists").finds({{"name", "Mars"}});
  CHECK(script.writer().create(planet("Mars"))->values[0] == driver::Value{"Mars"});
  CHECK(script.body(1) == script.body(0));
}

TEST_CASE("a record that another writer created meanwhile is not taken for the caller's", "[appwrite]") {
  Script<Planet> script;
  script.loses().refuses(409, "document_already_exists").finds({{"name", "Venus"}});
  CHECK(error_from([&] { script.writer().create(planet("Mars")); }).code() == Errc::already_exists);
}

TEST_CASE("equal values do not excuse a duplicate id if no response was lost", "[appwrite]") {
  Script<Planet> script;
  script.refuses(409, "document_already_exists").finds({{"name", "Mars"}});
  CHECK(error_from([&] { script.writer().create(planet("Mars")); }).code() == Errc::already_exists);
}

TEST_CASE("a unique violation is distinguished from a taken id, and the error names the index", "[appwrite]") {
  Script<Seat> script;
  script.refuses(409, "document_already_exists")
      .finds_nothing()
      .answers(200, page_of<Seat>({}))
      .answers(200, page_of<Seat>({stored<Seat>({{"row", 9}, {"code", "abc"}})}));
  const Error error = error_from([&] {
    script.writer().create(
        {.id = "b", .values = {driver::Value{std::int64_t{1}}, driver::Value{std::int64_t{2}}, driver::Value{"abc"}}});
  });
  CHECK(error.code() == Errc::already_exists);
  CHECK(error.context().index == "by_code");
}

TEST_CASE("an update writes the columns of its patch and counts the change", "[appwrite]") {
  Script<Seat> script;
  script.finds({{"row", 1}, {"number", 2}, {"code", "x"}}).finds({{"row", 1}, {"number", 2}, {"code", nullptr}}, later);
  const driver::DocumentPtr written =
      script.writer().update("a", {.values = {{0, driver::Value{std::int64_t{1}}}, {2, {}}}});
  CHECK(written->values[2].is_null());
  CHECK(script.request(0).method == Method::get);
  CHECK(script.request(0).path == "/databases/films/collections/seats/documents");
  CHECK(script.request(1).method == Method::patch);
  CHECK(script.request(1).path == "/databases/films/collections/seats/documents");
  CHECK(script.body(1)["data"] ==
        Json{{"row", 1}, {"code", nullptr}, {"reel_ver", R"({"method":"increment","values":[1]})"}});
  CHECK(script.body(1)["queries"] == Json::array({R"({"attribute":"$id","method":"equal","values":["a"]})"}));
}

TEST_CASE("an update of a record that was removed meanwhile creates none", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}}).finds_nothing();
  CHECK(script.writer().update("a", renamed("x")) == nullptr);
  script.finds_nothing();
  CHECK(script.writer().update("a", renamed("x")) == nullptr);
}

TEST_CASE("a record that is removed while an operator is executed on it no longer exists", "[appwrite]") {
  // The server answers with the operator where it finds no result of it.
  Script<Seat> script;
  script.finds({{"row", 1}, {"number", 2}}).finds({{"row", Json::object()}, {"reel_ver", Json::object()}}, later);
  CHECK(script.writer().update("a", {.values = {{0, driver::Value{std::int64_t{3}}}}}) == nullptr);
}

TEST_CASE("a response about another record is corrupt", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}}).answers(201, stored<Planet>({{"name", "x"}}));
  CHECK(error_from([&] {
          static_cast<void>(find_document(script.client, script.routes, schema_of<Planet>(), "b"));
        }).code() == Errc::corrupt);
  driver::Document other = planet("x");
  other.id = "b";
  CHECK(error_from([&] { script.writer().create(other); }).code() == Errc::corrupt);
  script.finds({{"name", "Mars"}});
  CHECK(error_from([&] { script.writer().update("b", renamed("x")); }).code() == Errc::corrupt);
}

TEST_CASE("an update that changes nothing sends no write", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}});
  CHECK(script.writer().update("a", renamed("Mars"))->values[0] == driver::Value{"Mars"});
  CHECK(script.requests() == 1);
}

TEST_CASE("an update waits until the server's clock has passed the last update", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}}).finds({{"name", "x"}}, later);
  script.line.clock->epoch = std::chrono::sys_days{std::chrono::year(2026) / 1 / 1} - 16min;
  script.writer().update("a", renamed("x"));
  CHECK(script.line.clock->waits == std::vector{1ms});
}

TEST_CASE("a record dated in the future is advanced by one millisecond", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}}, "2226-01-01T00:00:00.999+00:00")
      .finds({{"name", "x"}}, "2226-01-01T00:00:01.000+00:00");
  script.writer().update("a", renamed("x"));
  CHECK(script.body(1)["data"]["$updatedAt"] == "2226-01-01T00:00:01.000+00:00");
}

TEST_CASE("a conditional update is guarded by the version that was read", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}, {"reel_ver", 5}}).stages(2).commits().finds({{"name", "x"}, {"reel_ver", 6}}, later);
  driver::Change change = renamed("x");
  change.if_unchanged_since = parse_timestamp(earlier);
  CHECK(script.writer().update("a", change)->values[0] == driver::Value{"x"});
  CHECK(script.request(1).path == "/databases/transactions");
  CHECK(script.request(3).path == "/databases/transactions/t1");
  CHECK(script.body(3) == Json{{"commit", true}});
  const Json operations = script.operations(2);
  REQUIRE(operations.size() == 2);
  CHECK(operations[0]["action"] == "bulkUpdate");
  CHECK(operations[0]["data"]["data"] ==
        Json{{"name", "x"}, {"reel_ver", {{"method", "increment"}, {"values", {2'147'483'642}}}}});
  CHECK(operations[0]["data"]["queries"] ==
        Json{R"({"attribute":"$id","method":"equal","values":["a"]})",
             R"({"attribute":"$updatedAt","method":"equal","values":[")" + std::string(earlier) + R"("]})"});
  CHECK(operations[1]["action"] == "decrement");
  CHECK(operations[1]["documentId"] == "a");
  CHECK(operations[1]["data"] == Json{{"attribute", "reel_ver"}, {"value", 2'147'483'641}, {"min", 6}});
}

TEST_CASE("a conditional update starts again after a concurrent write and discards its transaction", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}})
      .stages(2)
      .refuses(400, "attribute_limit_exceeded")
      .discards()
      .finds({{"name", "Ares"}, {"reel_ver", 1}}, later);
  driver::Change change = renamed("x");
  change.if_unchanged_since = parse_timestamp(earlier);
  CHECK(error_from([&] { script.writer().update("a", change); }).code() == Errc::conflict);
  CHECK(script.request(4).method == Method::remove);
  CHECK(script.request(4).path == "/databases/transactions/t1");
}

TEST_CASE("a committed update returns its own values, even if another writer changes the record before the read",
          "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}}).stages(2).commits().finds({{"name", "Ares"}, {"reel_ver", 2}}, later);
  driver::Change change = renamed("x");
  change.permissions = {Permission::read(Role::any())};
  change.if_unchanged_since = parse_timestamp(earlier);
  const driver::DocumentPtr written = script.writer().update("a", change);
  CHECK(written->values[0] == driver::Value{"x"});
  CHECK(written->permissions == *change.permissions);
  CHECK(written->updated_at == *parse_timestamp(earlier) + std::chrono::milliseconds{1});
}

TEST_CASE("an update of a stale version is refused, whatever its times", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}, {"reel_ver", 3}});
  driver::Change change = renamed("x");
  change.as_read = find_document(script.client, script.routes, schema_of<Planet>(), "a");
  script.stages(2).refuses(400, "attribute_limit_exceeded").discards().finds({{"name", "Ares"}, {"reel_ver", 4}});
  CHECK(error_from([&] { script.writer().update("a", change); }).code() == Errc::conflict);
  CHECK(script.requests() == 6);
  // The guard was compared with an outdated cache; the record has not changed.
  script.stages(2)
      .refuses(400, "attribute_limit_exceeded")
      .discards()
      .finds({{"name", "Mars"}, {"reel_ver", 3}})
      .stages(2)
      .commits()
      .finds({{"name", "x"}, {"reel_ver", 4}});
  CHECK(script.writer().update("a", change)->values[0] == driver::Value{"x"});
}

TEST_CASE("a PATCH by another program between reading and commit is a conflict", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}, {"reel_ver", 3}});
  driver::Change change = renamed("x");
  change.as_read = find_document(script.client, script.routes, schema_of<Planet>(), "a");
  script.stages(2)
      .refuses(400, "attribute_limit_exceeded")
      .discards()
      .finds({{"name", "Ares"}, {"reel_ver", 3}}, "2026-01-01T00:00:03.000+00:00");
  CHECK(error_from([&] { script.writer().update("a", change); }).code() == Errc::conflict);
}

TEST_CASE("a PATCH by another program between staging and commit makes an increment start again", "[appwrite]") {
  const Json preset{{"grade", 1}, {"small", 5}, {"port", 1}, {"ratio", 0.5}, {"reel_ver", 3}};
  Script<Preset> script;
  script.finds(preset);
  for (const char* patched : {"2026-01-01T00:00:03.000+00:00", "2026-01-01T00:00:04.000+00:00",
                              "2026-01-01T00:00:05.000+00:00", "2026-01-01T00:00:06.000+00:00"})
    script.stages(2).refuses(409, "transaction_conflict").discards().finds(preset, patched);
  Json sum = preset;
  sum.update({{"grade", 3}, {"reel_ver", 4}});
  script.stages(2).commits().finds(sum);
  CHECK(script.writer().increment("a", 0, driver::Value{std::int64_t{2}})->values[0] == driver::Value{std::int64_t{3}});
}

TEST_CASE("a violation of a unique index that the schema does not contain ends after three attempts", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}, {"reel_ver", 3}});
  driver::Change change = renamed("x");
  change.as_read = find_document(script.client, script.routes, schema_of<Planet>(), "a");
  for (int attempt = 0; attempt < 3; ++attempt)
    script.stages(2).refuses(409, "transaction_conflict").discards().finds({{"name", "Mars"}, {"reel_ver", 3}});
  CHECK(error_from([&] { script.writer().update("a", change); }).code() == Errc::already_exists);
}

TEST_CASE("a conditional update of a record dated in the future first brings it to the present", "[appwrite]") {
  const char* const future = "2226-01-01T00:00:00.999+00:00";
  Script<Planet> script;
  script.finds({{"name", "Mars"}}, future);
  script.stages(2).refuses(409, "transaction_conflict").discards().finds({{"name", "Mars"}}, future);
  script.finds({{"name", "Mars"}, {"reel_ver", 1}}, later);
  script.stages(2).commits().finds({{"name", "x"}, {"reel_ver", 3}}, "2226-01-01T00:00:01.000+00:00");
  driver::Change change = renamed("x");
  change.if_unchanged_since = parse_timestamp(future);
  CHECK(script.writer().update("a", change)->values[0] == driver::Value{"x"});
  CHECK_FALSE(script.body(6)["data"].contains("$updatedAt"));
  CHECK(script.body(6)["queries"][1] ==
        R"({"attribute":"$updatedAt","method":"equal","values":["2226-01-01T00:00:00.999+00:00"]})");
  CHECK(script.operations(8)[1]["data"]["min"] == 2);
  CHECK(script.body(10)["data"]["$updatedAt"] == "2226-01-01T00:00:01.000+00:00");
}

TEST_CASE("a PATCH by another program before a future date is brought to the present is a conflict", "[appwrite]") {
  const char* const future = "2226-01-01T00:00:00.999+00:00";
  Script<Planet> script;
  script.finds({{"name", "Mars"}}, future);
  script.stages(2).refuses(409, "transaction_conflict").discards().finds({{"name", "Mars"}}, future);
  script.finds_nothing().finds({{"name", "Ares"}}, later);
  driver::Change change = renamed("x");
  change.if_unchanged_since = parse_timestamp(future);
  CHECK(error_from([&] { script.writer().update("a", change); }).code() == Errc::conflict);
}

TEST_CASE("a stale if_unchanged_since is a conflict before anything is written", "[appwrite]") {
  Script<Planet> script;
  driver::Change change = renamed("x");
  change.if_unchanged_since = parse_timestamp(earlier);
  script.finds({{"name", "Mars"}}, later);
  CHECK(error_from([&] { script.writer().update("a", change); }).code() == Errc::conflict);
  script.finds({{"name", "Mars"}}, "2025-12-31T00:00:00.000+00:00");  // times of a server may go backwards
  CHECK(error_from([&] { script.writer().update("a", change); }).code() == Errc::conflict);
  CHECK(script.requests() == 2);
}

TEST_CASE("an unconditional update is sent again if its response was lost", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "Mars"}}).loses().finds({{"name", "x"}}, later);
  CHECK(script.writer().update("a", renamed("x"))->values[0] == driver::Value{"x"});
  CHECK(script.requests() == 3);
}

TEST_CASE("a commit is never sent again: the server is asked for its outcome", "[appwrite]") {
  driver::Change claim = renamed("taken");
  claim.if_unchanged_since = parse_timestamp(earlier);
  const auto transactions = [](const char* status) {
    return Json{{"total", 1}, {"transactions", {{{"$id", "t1"}, {"status", status}}}}}.dump();
  };
  Script<Planet> script;
  script.finds({{"name", "free"}}).stages(2).loses();
  script.answers(200, transactions("pending")).answers(200, transactions("committed"));
  script.finds({{"name", "taken"}, {"reel_ver", 1}}, later);
  CHECK(script.writer().update("a", claim)->values[0] == driver::Value{"taken"});

  Script<Planet> gone;  // the server removes a transaction that it has committed
  gone.finds({{"name", "free"}}).stages(2).loses().answers(200, R"({"total":0,"transactions":[]})");
  gone.finds({{"name", "taken"}, {"reel_ver", 1}}, later);
  CHECK(gone.writer().update("a", claim)->values[0] == driver::Value{"taken"});

  Script<Planet> failed;
  failed.finds({{"name", "free"}}).stages(2).loses().answers(200, transactions("failed")).discards();
  failed.finds({{"name", "free"}}).stages(2).commits().finds({{"name", "taken"}, {"reel_ver", 1}}, later);
  CHECK(failed.writer().update("a", claim)->values[0] == driver::Value{"taken"});

  Script<Planet> silent;
  silent.finds({{"name", "free"}}).stages(2).loses().refuses(401, "general_unauthorized_scope");
  CHECK(error_from([&] { silent.writer().update("a", claim); }).code() == Errc::unavailable);

  Script<Planet> open;
  open.finds({{"name", "free"}}).stages(2).loses();
  for (int i = 0; i < 5; ++i) open.answers(200, transactions("pending"));
  CHECK(error_from([&] { open.writer().update("a", claim); }).code() == Errc::unavailable);
}

TEST_CASE("operations that were staged twice are discarded", "[appwrite]") {
  Script<Planet> script;
  script.finds({{"name", "free"}}).answers(201, R"({"$id":"t1"})").loses().answers(201, R"({"operations":4})");
  script.discards().stages(2).commits().finds({{"name", "x"}, {"reel_ver", 1}}, later);
  driver::Change claim = renamed("x");
  claim.if_unchanged_since = parse_timestamp(earlier);
  CHECK(script.writer().update("a", claim)->values[0] == driver::Value{"x"});
}

/// Changes the code of record `a` to that of record `b`, which is found after the steps of the script, and checks that
/// the error names the index.
void check_code_is_taken(Script<Seat>& script) {
  script.answers(200, page_of<Seat>({R"({"$id":"b","$sequence":2,"$createdAt":"2026-01-01T00:00:01.000+00:00",
        "$updatedAt":"2026-01-01T00:00:01.000+00:00","row":3,"number":4,"code":"y"})"}));
  const Error error = error_from([&] { script.writer().update("a", {.values = {{2, driver::Value{"y"}}}}); });
  CHECK(error.code() == Errc::already_exists);
  CHECK(error.context().index == "by_code");
}

TEST_CASE("an update that violates a unique index names it, even if the server reports a fault", "[appwrite]") {
  Script<Seat> script;
  script.finds({{"row", 1}, {"number", 2}, {"code", "x"}})
      .refuses(500, "general_unknown")
      .answers(200, page_of<Seat>({}));
  check_code_is_taken(script);
  CHECK(script.requests() == 4);
}

TEST_CASE("a unique index that is free at the check after a fault is checked after the next one", "[appwrite]") {
  Script<Seat> script;
  script.finds({{"row", 1}, {"number", 2}, {"code", "x"}})
      .refuses(500, "general_unknown")
      .answers(200, page_of<Seat>({}))
      .answers(200, page_of<Seat>({}))
      .refuses(500, "general_unknown")
      .answers(200, page_of<Seat>({}));
  check_code_is_taken(script);
  CHECK(script.requests() == 7);
}

TEST_CASE("a guarded update outlasts more than 3 holders of a unique value that gave it up before the check",
          "[appwrite]") {
  Script<Seat> script;
  script.finds({{"row", 1}, {"number", 2}, {"code", "x"}});
  for (int holder = 0; holder < 4; ++holder) {
    script.stages(2).refuses(500, "general_unknown");
    script.answers(200, R"({"total":1,"transactions":[{"$id":"t1","status":"failed"}]})").discards();
    script.answers(200, page_of<Seat>({}))
        .answers(200, page_of<Seat>({}))
        .finds({{"row", 1}, {"number", 2}, {"code", "x"}});
  }
  script.stages(2).commits().finds({{"row", 1}, {"number", 2}, {"code", "y"}, {"reel_ver", 1}}, later);
  driver::Change claim{.values = {{2, driver::Value{"y"}}}};
  claim.if_unchanged_since = parse_timestamp(earlier);
  CHECK(script.writer().update("a", claim)->values[2] == driver::Value{"y"});
}

TEST_CASE("an increment within a range is guarded and computed by the client", "[appwrite]") {
  Script<Preset> script;
  script.finds({{"grade", nullptr}, {"small", 5}, {"port", 1}, {"ratio", 0.5}})
      .stages(2)
      .commits()
      .finds({{"grade", 2}, {"small", 5}, {"port", 1}, {"ratio", 0.5}, {"reel_ver", 1}}, later);
  CHECK(script.writer().increment("a", 0, driver::Value{std::int64_t{2}})->values[0] == driver::Value{std::int64_t{2}});
  CHECK(script.operations(2)[0]["data"]["data"]["grade"] == 2);
  script.finds({{"grade", 8}, {"small", 5}, {"port", 1}, {"ratio", 0.5}});
  CHECK(error_from([&] { script.writer().increment("a", 0, driver::Value{std::int64_t{2}}); }).code() == Errc::invalid);
  CHECK(script.requests() == 6);
}

TEST_CASE("an increment without a range is one operation of the database", "[appwrite]") {
  Script<Reading> script;
  script.finds({{"name", "x"}, {"level", 1}}).finds({{"name", "x"}, {"level", 4}, {"reel_ver", 1}}, later);
  CHECK(script.writer().increment("a", 1, driver::Value{std::int64_t{3}})->values[1] == driver::Value{std::int64_t{4}});
  CHECK(script.body(1)["data"]["level"] == R"({"method":"increment","values":[3]})");
  script.finds({{"name", "x"}, {"level", 4}}).finds({{"name", "x"}, {"level", 1}, {"reel_ver", 2}}, later);
  script.writer().increment("a", 1, driver::Value{std::int64_t{-3}});
  CHECK(script.body(3)["data"]["level"] == R"({"method":"decrement","values":[3]})");
}

TEST_CASE("an increment whose response was lost is not applied twice", "[appwrite]") {
  Script<Reading> script;
  script.finds({{"name", "x"}, {"level", 1}}).loses();
  CHECK(error_from([&] { script.writer().increment("a", 1, driver::Value{std::int64_t{1}}); }).code() ==
        Errc::unavailable);
  CHECK(script.requests() == 2);
}

TEST_CASE("a string that looks like an operator is stored by an operator, with a guard", "[appwrite]") {
  const char* const text = R"({"method":"increment","values":[5]})";
  Script<Planet> script;
  script.finds({{"name", "Mars"}}).stages(2).commits().finds({{"name", text}, {"reel_ver", 1}}, later);
  script.writer().update("a", renamed(text));
  CHECK(script.operations(2)[0]["data"]["data"]["name"] ==
        Json{{"method", "stringReplace"}, {"values", {"Mars", text}}});
}

TEST_CASE("on 1.8.0, which has no operators, changes are counted in transactions", "[appwrite]") {
  const char* const text = R"({"method":"increment","values":[5]})";
  Script<Planet> script("1.8.0");
  script.finds({{"name", "Mars"}, {"reel_ver", 0}}).stages(2).commits().finds({{"name", text}, {"reel_ver", 1}}, later);
  script.writer().update("a", renamed(text));
  CHECK(script.operations(2)[0]["data"]["data"] == Json{{"name", text}});
  CHECK(script.operations(2)[1]["action"] == "increment");
  driver::Change change = renamed("x");
  change.if_unchanged_since = parse_timestamp(later);
  script.finds({{"name", text}, {"reel_ver", 1}}, later).stages(3).commits().finds({{"name", "x"}}, later);
  script.writer().update("a", change);
  CHECK(script.operations(7).size() == 3);
  CHECK(script.operations(7)[1]["data"]["value"] == 2'147'483'646);
  script.answers(201, stored<Planet>({{"name", "x"}}));
  script.writer().create(planet("x"));
  CHECK(script.body(10)["data"]["reel_ver"] == 0);
}

TEST_CASE("a server without transactions requires that one program writes alone", "[appwrite]") {
  Script<Planet> many("1.7.4");
  const Error error = error_from([&] { many.writer().update("a", renamed("x")); });
  CHECK(error.code() == Errc::unsupported);
  CHECK(error.reason().ends_with("set AppwriteConfig::writers to Writers::one, or APPWRITE_WRITERS=one"));
  CHECK(error_from([&] { many.writer().remove("a", {}); }).code() == Errc::unsupported);
  CHECK(many.requests() == 0);

  driver::Change change = renamed("x");
  change.if_unchanged_since = parse_timestamp(earlier);
  Script<Planet> bulk("1.7.4", Writers::one);
  bulk.finds({{"name", "Mars"}, {"reel_ver", 5}}).finds({{"name", "x"}}, later);
  CHECK(bulk.writer().update("a", change)->values[0] == driver::Value{"x"});
  CHECK(bulk.body(1)["data"] == Json{{"name", "x"}, {"reel_ver", 6}});

  Script<Seat> single("1.6.2", Writers::one);
  single.finds({{"row", 1}, {"number", 2}, {"code", "x"}}).answers(200, stored<Seat>({{"row", 3}}, later));
  single.writer().update("a", {.values = {{0, driver::Value{std::int64_t{3}}}}});
  CHECK(single.request(1).path == "/databases/films/collections/seats/documents/a");
  CHECK(single.body(1)["data"] == Json{{"row", 3}, {"number", 2}, {"code", "x"}, {"reel_ver", 1}});
}

TEST_CASE("a stored value that is no longer allowed is named if an update is refused because of it", "[appwrite]") {
  Script<Preset> script;
  script.finds({{"grade", 1}, {"mood", "gone"}, {"small", 5}, {"port", 1}, {"ratio", 0.5}})
      .refuses(400, "document_invalid_structure");
  const Error error = error_from([&] {
    script.writer().update("a", {.values = {{0, driver::Value{std::int64_t{2}}}}});
  });
  CHECK(error.code() == Errc::invalid);
  CHECK(error.attribute() == "mood");
}

TEST_CASE("a number of more than 14 digits is stored in two steps of one transaction", "[appwrite]") {
  const double third = 1.0 / 3;
  Script<Preset> script;
  const auto ratio = schema_of<Preset>().position("ratio");
  REQUIRE(ratio);
  driver::Document made{.id = "a"};
  made.values.assign(schema_of<Preset>().attributes.size(), driver::Value{});
  made.values[static_cast<std::size_t>(*ratio)] = driver::Value{third};
  script.stages(2).commits().finds({{"grade", 3}, {"small", 5}, {"port", 1}, {"ratio", third}});
  CHECK(script.writer().create(made)->values[static_cast<std::size_t>(*ratio)] == driver::Value{third});
  const Json operations = script.operations(1);
  CHECK(operations[0]["action"] == "create");
  CHECK(operations[0]["data"]["ratio"] == 0.33333333333333);
  CHECK(operations[1]["action"] == "increment");
  CHECK(operations[1]["data"]["attribute"] == "ratio");
  CHECK(operations[1]["data"]["value"].get<double>() + 0.33333333333333 == third);

  script.finds({{"grade", 3}, {"small", 5}, {"port", 1}, {"ratio", 0.5}}).stages(3).commits();
  script.finds({{"grade", 3}, {"small", 5}, {"port", 1}, {"ratio", -third}});
  script.writer().update("a", {.values = {{*ratio, driver::Value{-third}}}});
  CHECK(script.operations(6)[2]["action"] == "decrement");

  Script<Preset> old("1.7.4", Writers::one);
  CHECK(error_from([&] { old.writer().create(made); }).code() == Errc::unsupported);
  CHECK(old.requests() == 0);
}

TEST_CASE("given times need a server of 1.8 or later and are refused by others before anything is sent", "[appwrite]") {
  driver::Document document = planet("x");
  document.created_at = *parse_timestamp(earlier);
  Script<Planet> script;
  script.answers(201, stored<Planet>({{"name", "x"}}));
  script.writer().create(document);
  CHECK(script.body(0)["data"]["$createdAt"] == earlier);
  Script<Planet> old("1.7.4");
  CHECK(error_from([&] { old.writer().create(document); }).code() == Errc::unsupported);
  CHECK(old.requests() == 0);
}

TEST_CASE("a removal is a transaction, and only one of several succeeds", "[appwrite]") {
  Script<Planet> script;
  script.stages(1).commits();
  CHECK(script.writer().remove("a", {}));
  CHECK(script.operations(1)[0]["action"] == "delete");
  script.answers(201, R"({"$id":"t1"})").refuses(404, "document_not_found").discards();
  CHECK_FALSE(script.writer().remove("a", {}));
  script.stages(1).refuses(404, "document_not_found").discards();
  CHECK_FALSE(script.writer().remove("a", {}));
  script.answers(201, R"({"$id":"t1"})").refuses(404, "collection_not_found").discards();
  CHECK(error_from([&] { script.writer().remove("a", {}); }).code() == Errc::not_found);
}

TEST_CASE("a conditional remove is guarded by the version", "[appwrite]") {
  const driver::Change condition{.if_unchanged_since = parse_timestamp(earlier)};
  Script<Planet> script;
  script.finds({{"name", "Mars"}}, later);
  CHECK(error_from([&] { script.writer().remove("a", condition); }).code() == Errc::conflict);
  script.finds({{"name", "Mars"}, {"reel_ver", 7}}).stages(3).commits();
  CHECK(script.writer().remove("a", condition));
  const Json operations = script.operations(3);
  CHECK(operations[1]["data"]["min"] == 8);
  CHECK(operations[2]["action"] == "delete");
}

TEST_CASE("a single writer removes in two requests, and takes a lost response for its own removal", "[appwrite]") {
  Script<Planet> script("1.6.2", Writers::one);
  script.finds({{"name", "Mars"}}).answers(204, "");
  CHECK(script.writer().remove("a", {}));
  script.finds_nothing();
  CHECK_FALSE(script.writer().remove("a", {}));
  script.finds({{"name", "Mars"}}).loses().refuses(404, "document_not_found");
  CHECK(script.writer().remove("a", {}));
  script.finds({{"name", "Mars"}}, later);
  CHECK(error_from([&] { script.writer().remove("a", {.if_unchanged_since = parse_timestamp(earlier)}); }).code() ==
        Errc::conflict);
}

TEST_CASE("removals share a transaction, and are sent one by one if a record is missing", "[appwrite]") {
  Script<Planet> script;
  const auto write = [&] {
    std::vector<driver::Write> writes(3, {.kind = driver::WriteKind::remove});
    for (std::size_t i = 0; i < writes.size(); ++i) writes[i].document.id = std::string(1, static_cast<char>('a' + i));
    return BulkWriter(script.client, script.routes, schema_of<Planet>()).write(std::move(writes));
  };
  Json second = Json::parse(stored<Planet>({{"name", "y"}}));
  second["$id"] = "b";
  const std::string both = page_of<Planet>({stored<Planet>({{"name", "x"}}), second.dump()});
  script.answers(200, both).stages(2).commits();
  auto results = write();
  CHECK(results[1].document->values[0] == driver::Value{"y"});
  CHECK_FALSE(results[2].document);
  CHECK(script.requests() == 4);

  script.answers(200, both).stages(2).refuses(404, "document_not_found").discards();
  script.finds({{"name", "x"}}).stages(1).commits().finds_nothing().finds_nothing();
  results = write();
  CHECK(results[0].document);
  CHECK_FALSE(results[1].document);
}

TEST_CASE("the id 0, which the server cannot create, is refused and never found", "[appwrite]") {
  Script<Planet> script;
  driver::Document document = planet("x");
  document.id = "0";
  CHECK(error_from([&] { script.writer().create(document); }).code() == Errc::unsupported);
  CHECK(script.writer().update("0", renamed("y")) == nullptr);
  CHECK_FALSE(script.writer().remove("0", {}));
  CHECK(script.requests() == 0);
}

TEST_CASE("new records share a request, and are sent one by one if the server refuses that", "[appwrite]") {
  Script<Planet> script;
  const auto write = [&] {
    std::vector<driver::Write> writes{{.document = planet("x")}, {.document = planet("y")}};
    writes[1].document.id = "b";
    return BulkWriter(script.client, script.routes, schema_of<Planet>()).write(std::move(writes));
  };
  Json second = Json::parse(stored<Planet>({{"name", "y"}}));
  second["$id"] = "b";
  script.answers(201, page_of<Planet>({stored<Planet>({{"name", "x"}}), second.dump()}));
  auto results = write();
  CHECK(script.requests() == 1);
  CHECK(script.body(0)["documents"].size() == 2);
  CHECK(results[1].document->values[0] == driver::Value{"y"});

  script.refuses(409, "document_already_exists")
      .refuses(409, "document_already_exists")
      .finds({{"name", "x"}})
      .answers(201, second.dump());
  results = write();
  CHECK(results[0].error->code() == Errc::already_exists);
  CHECK(results[1].document->id == "b");

  script.loses()
      .refuses(409, "document_already_exists")
      .refuses(409, "document_already_exists")
      .finds({{"name", "x"}})
      .refuses(409, "document_already_exists")
      .answers(200, page_of<Planet>({second.dump()}));
  results = write();
  CHECK((results[0].document && results[1].document));
}

TEST_CASE("a bulk request has at most 100 records, 8 MB and no string that may be executed", "[appwrite]") {
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
    std::vector<driver::Write> writes;
    for (std::string& name : names) {
      writes.push_back(
          {.document = {.id = "p" + std::to_string(writes.size()), .values = {driver::Value{std::move(name)}}}});
    }
    static_cast<void>(BulkWriter(script.client, script.routes, schema_of<Planet>()).write(std::move(writes)));
    return sizes;
  };
  CHECK(write(std::vector<std::string>(250, "x")) == std::vector<std::size_t>{100, 100, 50});
  CHECK(write(std::vector<std::string>(4, std::string(3'000'000, 'x'))) == std::vector<std::size_t>{2, 2});
  CHECK(write({"a", "b", R"({"method":"toggle"})", "c", "d"}) == std::vector<std::size_t>{2, 1, 2});
}

}  // namespace records_tests
