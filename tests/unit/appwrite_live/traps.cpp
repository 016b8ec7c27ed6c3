#include "support/catch.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <reel/backends/memory.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/testing/results.hpp>
#include <reel/testing/samples.hpp>

#include "support/appwrite_local.hpp"

// Behaviour of real servers that loses or damages records unless the client avoids it.

namespace traps_tests {

using namespace reel;
using appwrite_local::HttpRequest;
using appwrite_local::HttpResponse;
using appwrite_local::Method;
using appwrite_local::Server;
using nlohmann::json;
using testing::Article;
using testing::Mood;
using testing::Preset;
using testing::Reading;
using testing::Seat;
using testing::Track;

const std::string collections = "/databases/video_metadata/collections";

/// A server with one collection, set up.
template <class T>
struct Shelf {
  explicit Shelf(const std::string& version = "1.8.1") : server(version) {
    records.setup();
    server.transport().take_requests();
  }

  [[nodiscard]] std::vector<std::string> names(const Query<T>& query) const {
    std::vector<std::string> all;
    for (const auto& record : records.list(query).records) all.push_back(testing::name_of(record.value));
    return all;
  }
  /// Returns the number of requests of this kind since the last call.
  template <class F>
  [[nodiscard]] std::size_t sent(F&& which) {
    const auto requests = server.transport().take_requests();
    return static_cast<std::size_t>(std::count_if(requests.begin(), requests.end(), which));
  }

  Server server;
  Appwrite store = server.store();
  Repository<T, Appwrite> records{store};
};

bool is_put(const HttpRequest& request) { return request.method == Method::put; }
bool is_write(const HttpRequest& request) { return request.method != Method::get; }

template <class F>
Errc code_of(F&& action) {
  try {
    static_cast<void>(action());
  } catch (const Error& error) {
    return error.code();
  }
  FAIL("it was done");
  return Errc::internal;
}

TEST_CASE("an upsert that violates a unique index keeps the other record and sends no PUT", "[appwrite]") {
  Shelf<Seat> shelf;
  const auto other = shelf.records.create({.row = 1, .number = 7, .code = "abc"});
  CHECK(code_of([&] { return shelf.records.upsert(Id<Seat>{"new"}, {.row = 2, .code = "ABC"}); }) ==
        Errc::already_exists);
  CHECK(shelf.records.get(other.id).value.number == 7);
  CHECK(shelf.records.get(other.id).updated_at == other.updated_at);
  shelf.records.upsert(Id<Seat>{"new"}, {.row = 2});
  shelf.records.upsert(Id<Seat>{"new"}, {.row = 3});
  CHECK(shelf.records.get(Id<Seat>{"new"}).value.row == 3);
  CHECK(shelf.sent(is_put) == 0);
}

TEST_CASE("an upsert that loses a race for its id replaces the winner", "[appwrite]") {
  Shelf<Seat> shelf;
  bool raced = false;
  shelf.server.transport().before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.method == Method::post && !std::exchange(raced, true))
      shelf.server.ask(Method::post, collections + "/seats/documents",
                       {{"documentId", "new"}, {"data", {{"row", 9}, {"code", "theirs"}}}});
    return std::nullopt;
  };
  CHECK(shelf.records.upsert(Id<Seat>{"new"}, {.row = 2}).value.row == 2);
  CHECK_FALSE(shelf.records.get(Id<Seat>{"new"}).value.code);
}

TEST_CASE("increments keep to the range, treat null as 0 and keep fractions", "[appwrite]") {
  Shelf<Preset> shelf;
  const auto preset = shelf.records.create({.grade = 8, .ratio = 0.5});
  CHECK(shelf.records.increment<&Preset::grade>(preset.id, 1).value.grade == 9);
  CHECK(code_of([&] { return shelf.records.increment<&Preset::grade>(preset.id, 1); }) == Errc::invalid);
  CHECK(shelf.records.get(preset.id).value.grade == 9);
  CHECK(shelf.records.increment<&Preset::ratio>(preset.id, 0.25).value.ratio == 0.75);

  Shelf<Reading> readings;
  const auto reading = readings.records.create({.name = "a"});
  readings.records.increment<&Reading::level>(reading.id, 5);
  CHECK(readings.records.get(reading.id).value.level == 5);
  CHECK(readings.sent([](const HttpRequest& request) { return request.path.find("increment") != std::string::npos; }) ==
        0);
}

TEST_CASE("counts above 5,000, where the server stops counting, are exact", "[appwrite]") {
  constexpr int many = 5'003;
  Shelf<Seat> shelf;
  std::vector<Seat> seats(many);
  for (int i = 0; i < many; ++i) seats[static_cast<std::size_t>(i)].row = i;
  shelf.records.create_many(seats);
  const auto query = Query<Seat>{}.where(reel::field<&Seat::row> >= 1);
  CHECK(shelf.records.count() == many);
  CHECK(shelf.records.count(query) == many - 1);
  CHECK(shelf.records.list(Query<Seat>{}.with_total()).total == many);
}

TEST_CASE("no write relies on the server's cached state of a record", "[appwrite]") {
  Shelf<Seat> shelf;
  const auto seat = shelf.records.create({.row = 1});
  shelf.server.transport().take_requests();
  shelf.records.update(seat.id, Patch<Seat>{}.set<&Seat::row>(2));
  shelf.records.update(seat.id, Patch<Seat>{}.set<&Seat::row>(3), {shelf.records.get(seat.id).updated_at});
  shelf.records.increment<&Seat::row>(seat.id, 1);
  shelf.records.modify(seat.id, [](Seat& one) { one.row = 9; });
  shelf.records.update_where({}, Patch<Seat>{}.set<&Seat::row>(10));
  shelf.records.remove(seat.id);
  for (const HttpRequest& request : shelf.server.transport().take_requests()) {
    CAPTURE(target_of(request));
    CHECK(request.path.find("/documents/") == std::string::npos);
    CHECK_FALSE(request.headers.find("X-Appwrite-Timestamp"));
  }
}

TEST_CASE("the change counter is not part of a record", "[appwrite]") {
  Shelf<Seat> shelf;
  const auto seat = shelf.records.create({.row = 1});
  shelf.records.update(seat.id, Patch<Seat>{}.set<&Seat::row>(2));
  const json stored = shelf.server.ask(Method::get, collections + "/seats/documents/" + seat.id.str());
  CHECK(stored.at("reel_ver") == 1);
  shelf.records.setup();
  CHECK(shelf.records.get(seat.id).value.row == 2);
  CHECK(shelf.records.count() == 1);
}

TEST_CASE("remove_where removes exactly the matches, one by one", "[appwrite]") {
  Shelf<Seat> shelf;
  shelf.records.create_many(std::vector<Seat>{{.row = 1}, {.row = 3}});
  const Id<Seat> second = shelf.records.create({.row = 2}).id;
  shelf.server.transport().take_requests();
  CHECK(shelf.records.remove_where(Query<Seat>{}.where(field<&Seat::row> == 2)) == 1);
  CHECK(shelf.records.count() == 2);
  std::vector<std::string> removed;
  for (const HttpRequest& request : shelf.server.transport().take_requests()) {
    CHECK((request.method != Method::remove));  // of a record or of all
    if (!request.path.ends_with("/operations")) continue;
    const json staged = json::parse(request.body);
    for (const json& operation : staged.at("operations")) {
      CHECK(operation.at("action") != "bulkDelete");
      if (operation.at("action") == "delete") removed.push_back(operation.at("documentId"));
    }
  }
  CHECK(removed == std::vector<std::string>{second.str()});
}

TEST_CASE("remove_where removes 33 records in a transaction", "[appwrite]") {
  Shelf<Seat> shelf;
  std::vector<Seat> seats;
  for (int i = 0; i < 60; ++i) seats.push_back({.row = i});
  shelf.records.create_many(seats);
  shelf.server.transport().take_requests();
  CHECK(shelf.records.remove_where({}) == 60);
  CHECK(shelf.records.count() == 0);
  CHECK(shelf.server.transport().take_requests().size() <= 9);
}

TEST_CASE("a record that changes during remove_where is checked again", "[appwrite]") {
  Shelf<Seat> shelf;
  for (int row = 0; row < 5; ++row)
    shelf.records.create({.row = row}, testing::with_id<Seat>("s" + std::to_string(row)));
  Appwrite other = shelf.server.store();
  bool first = true;
  shelf.server.transport().before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (!first || !request.path.ends_with("/operations")) return std::nullopt;
    first = false;
    const Repository<Seat, Appwrite> theirs{other};
    theirs.update(Id<Seat>{"s1"}, Patch<Seat>{}.set<&Seat::row>(10));  // matches no longer
    theirs.update(Id<Seat>{"s2"}, Patch<Seat>{}.set<&Seat::row>(3));   // still matches
    theirs.remove(Id<Seat>{"s3"});
    return std::nullopt;
  };
  CHECK(shelf.records.remove_where(Query<Seat>{}.where(field<&Seat::row> < 10)) == 3);
  CHECK_FALSE(first);
  REQUIRE(shelf.records.count() == 1);
  CHECK(shelf.records.exists(Id<Seat>{"s1"}));
}

TEST_CASE("a cascade removes up to 100 records in a transaction", "[appwrite]") {
  Shelf<testing::Planet> shelf;
  const Repository<testing::Moon, Appwrite> moons{shelf.store};
  moons.setup();
  shelf.records.create({.name = "p"}, testing::with_id<testing::Planet>("p"));
  moons.create_many(std::vector<testing::Moon>(120, testing::Moon{.name = "m", .planet = Id<testing::Planet>{"p"}}));
  shelf.server.transport().take_requests();
  CHECK(shelf.records.remove(Id<testing::Planet>{"p"}));
  CHECK(moons.count() == 0);
  CHECK(shelf.server.transport().take_requests().size() <= 20);
}

TEST_CASE("updates in bulk that violate a unique index are refused one by one with already_exists", "[appwrite]") {
  Shelf<Seat> shelf;
  shelf.records.create({.row = 1, .code = "abc"}, testing::with_id<Seat>("a"));
  shelf.records.create({.row = 2}, testing::with_id<Seat>("b"));
  const auto result = shelf.records.update_many({{.id = Id<Seat>{"b"}, .patch = Patch<Seat>{}.set<&Seat::code>("ABC")},
                                                 {.id = Id<Seat>{"a"}, .patch = Patch<Seat>{}.set<&Seat::row>(5)}},
                                                {.partial = true});
  CHECK(result.items[0].error->code() == Errc::already_exists);
  CHECK(result.items[1].record->value.row == 5);
}

TEST_CASE("a list requests a count only if the query does, and the count is exact", "[appwrite]") {
  Shelf<Seat> shelf;
  shelf.records.create({.row = 1});
  shelf.server.transport().take_requests();
  CHECK_FALSE(shelf.records.list().total);
  const auto plain = shelf.server.transport().take_requests();
  REQUIRE(plain.size() == 1);
  CHECK(target_of(plain[0]).ends_with("total=0"));
  CHECK(shelf.records.list(Query<Seat>{}.with_total()).total == 1);
  const auto counted = shelf.server.transport().take_requests();
  REQUIRE(counted.size() == 1);
  CHECK(target_of(counted[0]).find("total") == std::string::npos);
}

TEST_CASE("a backslash in a condition and a % in a search match literally", "[appwrite]") {
  for (const char* version : {"1.6.2", "1.8.1"}) {
    Shelf<Track> shelf(version);
    for (const char* title : {"a\\b", "100%", "plain"}) shelf.records.create({.title = title});
    using Names = std::vector<std::string>;
    CHECK(shelf.names(Query<Track>{}.where(field<&Track::title>.contains("\\"))) == Names{"a\\b"});
    CHECK(shelf.names(Query<Track>{}.where(field<&Track::title>.starts_with("a\\"))) == Names{"a\\b"});
    CHECK(shelf.names(Query<Track>{}.where(!field<&Track::title>.contains("\\"))) == Names{"100%", "plain"});
    CHECK(shelf.records.count(Query<Track>{}.where(field<&Track::title>.ends_with("\\b"))) == 1);

    Shelf<Article> articles(version);
    articles.records.create({.title = "a", .body = "quick fox"});
    for (const char* words : {"%", "% %", "%quick"}) {
      const auto found = articles.names(Query<Article>{}.where(field<&Article::body>.search(words)));
      CHECK(found.size() == (std::string_view(words) == "%quick" ? 1 : 0));
    }
  }
}

TEST_CASE("strings of 16 to 64 kB are stored in any script", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  driver::CollectionSchema schema{.id = "plans", .name = "Plans"};
  schema.attributes.push_back({.name = "plan", .kind = driver::AttributeType::text, .max_length = 20'000});
  store.ensure(schema);
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "𝄞";
  store.create(schema, {.id = "a", .values = {driver::Value{text}}});
  CHECK(store.find(schema, "a")->values[0] == driver::Value{text});
}

TEST_CASE("a body that the server would refuse is refused before it is sent", "[appwrite]") {
  Server server;
  Appwrite store = server.store();
  driver::CollectionSchema schema{.id = "books", .name = "Books"};
  schema.attributes.push_back({.name = "text", .kind = driver::AttributeType::text, .max_length = 20'000'000});
  store.ensure(schema);
  server.transport().take_requests();
  const driver::Value whole{std::string(13'000'000, 'x')};
  CHECK(code_of([&] { return store.create(schema, {.id = "a", .values = {whole}}); }) == Errc::too_large);
  std::vector<driver::Write> writes(6);
  for (std::size_t i = 0; i < writes.size(); ++i)
    writes[i].document = {.id = "b" + std::to_string(i), .values = {driver::Value{std::string(3'000'000, 'x')}}};
  for (const driver::WriteResult& result : store.write(schema, std::move(writes), driver::Batch::independent))
    CHECK(result.document);
  for (const HttpRequest& request : server.transport().take_requests()) CHECK(request.body.size() < 12'000'000);
}

TEST_CASE("an update without a change sends no write", "[appwrite]") {
  Shelf<Track> shelf;
  const auto track = shelf.records.create({.title = "a", .score = 5, .tags = {"x"}});
  static_cast<void>(shelf.sent(is_write));
  shelf.records.replace(track.id, track.value);
  shelf.records.update(track.id, Patch<Track>{}.set<&Track::score>(5.0));
  shelf.records.upsert(track.id, track.value);
  shelf.records.increment<&Track::plays>(track.id, 0);
  CHECK(shelf.sent(is_write) == 0);
  CHECK(shelf.records.get(track.id) == track);
}

/// Changes the stored mood to a value that is no longer allowed.
void spoil_mood(Shelf<Track>& shelf, const Id<Track>& id) {
  const std::string attribute = collections + "/tracks/attributes/enum/mood";
  const auto allow = [&](const json& elements) {
    shelf.server.ask(Method::patch, attribute, {{"required", true}, {"default", nullptr}, {"elements", elements}});
  };
  allow({"calm", "bright", "dark", "odd"});
  shelf.server.ask(Method::patch, collections + "/tracks/documents/" + id.str(), {{"data", {{"mood", "odd"}}}});
  allow({"calm", "bright", "dark"});
}

TEST_CASE("a value that is no longer allowed is named, and an update that sets it succeeds", "[appwrite]") {
  Shelf<Track> shelf("1.6.2");
  const auto track = shelf.records.create({.title = "a", .mood = Mood::dark});
  spoil_mood(shelf, track.id);
  try {
    shelf.store.update(schema_of<Track>(), track.id.str(), {.values = {{0, driver::Value{"b"}}}});
    FAIL("the server took an update of a row with a value that is not allowed");
  } catch (const Error& error) {
    CHECK(error.code() == Errc::invalid);
    CHECK(error.attribute() == "mood");
  }
  shelf.records.update(track.id, Patch<Track>{}.set<&Track::title>("b").set<&Track::mood>(Mood::calm));
  CHECK(shelf.records.get(track.id).value.title == "b");
}

TEST_CASE("a value that is no longer allowed does not prevent updates of other attributes", "[appwrite]") {
  Shelf<Track> shelf;
  const auto track = shelf.records.create({.title = "a", .mood = Mood::dark});
  spoil_mood(shelf, track.id);
  const auto written = shelf.store.update(schema_of<Track>(), track.id.str(), {.values = {{0, driver::Value{"b"}}}});
  CHECK(written->values[0] == driver::Value{"b"});
}

TEST_CASE("text that looks like an operator is stored as text by every write", "[appwrite]") {
  const std::string text = R"({"method":"stringConcat","values":["x"]})";
  const std::string other = R"( {"values":[1],"method":"increment"} )";
  for (const char* version : {"1.6.2", "1.8.0", "1.8.1", "1.9.0"}) {
    CAPTURE(version);
    Shelf<Track> shelf(version);
    const auto track = shelf.records.create({.title = text, .note = text, .tags = {text}});
    const auto stored = [&] { return shelf.records.get(track.id).value; };
    CHECK(stored() == track.value);
    shelf.records.update(track.id, Patch<Track>{}.set<&Track::title>(other));
    CHECK(stored().title == other);
    shelf.records.update(track.id, Patch<Track>{}.clear<&Track::note>().set<&Track::tags>(std::vector{other}));
    shelf.records.update(track.id, Patch<Track>{}.set<&Track::note>(other).set<&Track::title>(""));
    CHECK(stored().note == other);
    shelf.records.replace(track.id, {.title = text, .note = text, .tags = {text, other}});
    CHECK(stored() == Track{.title = text, .note = text, .tags = {text, other}});
    shelf.records.upsert(track.id, {.title = other});
    CHECK(stored() == Track{.title = other});
    shelf.records.update_where({}, Patch<Track>{}.set<&Track::title>(text));
    CHECK(stored().title == text);
    shelf.records.update_many({{.id = track.id, .patch = Patch<Track>{}.set<&Track::title>(other)}});
    CHECK(stored().title == other);
    const auto many = shelf.records.create_many(std::vector<Track>{{.title = text}, {.title = "plain"}});
    CHECK(shelf.records.get(many.items[0].record->id).value.title == text);
  }
}

/// Changes a seat as a program without Reel does, which does not count versions.
void patch(Shelf<Seat>& shelf, const Id<Seat>& id, const json& data) {
  std::this_thread::sleep_for(std::chrono::milliseconds{2});  // so that `$updatedAt` advances
  shelf.server.ask(Method::patch, collections + "/seats/documents/" + id.str(), {{"data", data}});
}

TEST_CASE("a change by a program without Reel is not overwritten", "[appwrite]") {
  Shelf<Seat> shelf;
  const auto seat = shelf.records.create({.row = 1, .number = 1});
  const driver::DocumentPtr read = shelf.store.find(schema_of<Seat>(), seat.id.str());

  SECTION("by a modification, which starts again") {
    int calls = 0;
    shelf.records.modify(seat.id, [&](Seat& one) {
      if (++calls == 1) patch(shelf, seat.id, {{"row", 10}});
      ++one.row;
    });
    CHECK(calls == 2);
    CHECK(shelf.records.get(seat.id).value.row == 11);
  }
  SECTION("by an update of what was read") {
    patch(shelf, seat.id, {{"row", 10}});
    const driver::Change change{.values = {{0, driver::Value{std::int64_t{2}}}}, .as_read = read};
    CHECK(code_of([&] { return shelf.store.update(schema_of<Seat>(), seat.id.str(), change); }) == Errc::conflict);
    CHECK(shelf.records.get(seat.id).value.row == 10);
  }
  SECTION("by a removal of what was read, also in a transaction with others") {
    const auto other = shelf.records.create({.row = 2});
    std::vector<driver::Write> writes;
    for (const driver::DocumentPtr& one : {shelf.store.find(schema_of<Seat>(), other.id.str()), read})
      writes.push_back({.kind = driver::WriteKind::remove, .document = {.id = one->id}, .change = {.as_read = one}});
    patch(shelf, seat.id, {{"row", 10}});
    const auto results = shelf.store.write(schema_of<Seat>(), writes, driver::Batch::independent);
    CHECK_FALSE(results[0].error);
    CHECK(results[1].error->code() == Errc::conflict);
    CHECK_FALSE(shelf.records.exists(other.id));
    CHECK(shelf.records.exists(seat.id));
  }
  SECTION("between the last look and the commit") {
    bool patched = false;
    shelf.server.transport().before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
      if (request.path == "/databases/transactions" && !std::exchange(patched, true))
        patch(shelf, seat.id, {{"row", 10}});
      return std::nullopt;
    };
    CHECK(code_of([&] { return shelf.records.update(seat.id, Patch<Seat>{}.set<&Seat::row>(2), {seat.updated_at}); }) ==
          Errc::conflict);
    CHECK(patched);
    CHECK(shelf.records.get(seat.id).value.row == 10);
  }
}

TEST_CASE("the backup of a migration has what a program without Reel wrote last", "[appwrite]") {
  Shelf<Seat> shelf;
  const auto seat = shelf.records.create({.row = 1, .number = 1});
  Memory source;
  Memory backup;
  const Repository<Seat, Memory> wanted(source);
  wanted.setup();
  wanted.create({.row = 2, .number = 1}, {.id = seat.id});
  bool patched = false;
  shelf.server.transport().before = [&](const HttpRequest& request) -> std::optional<HttpResponse> {
    if (request.path == "/databases/transactions" && !std::exchange(patched, true))
      patch(shelf, seat.id, {{"row", 10}});
    return std::nullopt;
  };
  const MigrationReport report =
      migrate(source, shelf.store, migration_set<Seat>({}), {.on_conflict = OnConflict::overwrite, .backup = backup});
  CHECK(report.clean());
  CHECK(patched);
  CHECK(shelf.records.get(seat.id).value.row == 2);
  CHECK(Repository<Seat, Memory>(backup).get(seat.id).value.row == 10);
}

TEST_CASE("a forbidden operation is distinguished from a missing record", "[appwrite]") {
  Shelf<Seat> shelf;
  const auto seat = shelf.records.create({.row = 1});
  shelf.server.app().add_project("project", {reel::emulator::ApiKey{"all", "secret", {"*"}},
                                             reel::emulator::ApiKey{"reader", "reads", {"documents.read"}}});
  AppwriteConfig config = shelf.server.config();
  config.key = ApiKey("reads");
  Appwrite reader = shelf.server.store(config);
  Repository<Seat, Appwrite> seats{reader};
  CHECK(seats.exists(seat.id));
  CHECK_FALSE(seats.exists(Id<Seat>{"none"}));
  CHECK(code_of([&] { return seats.remove(seat.id); }) == Errc::forbidden);
  CHECK(code_of([&] { return seats.remove(Id<Seat>{"none"}); }) == Errc::forbidden);
  config.key = ApiKey("wrong");
  Appwrite nobody = shelf.server.store(config);
  CHECK(code_of([&] { return nobody.find(schema_of<Seat>(), seat.id.str()); }) == Errc::unauthorized);
}

TEST_CASE("operations end at their deadline or when they are stopped", "[appwrite]") {
  Shelf<Seat> shelf;
  Appwrite late = shelf.store.with({.deadline = std::chrono::steady_clock::now()});
  CHECK(code_of([&] { return late.find(schema_of<Seat>(), "a"); }) == Errc::timed_out);
  std::stop_source source;
  source.request_stop();
  Appwrite stopped = shelf.store.with({.stop = source.get_token()});
  CHECK(code_of([&] { return stopped.find(schema_of<Seat>(), "a"); }) == Errc::cancelled);
  CHECK(shelf.store.find(schema_of<Seat>(), "a") == nullptr);
}

}  // namespace traps_tests
