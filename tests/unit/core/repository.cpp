#include <reel/repository.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>

#include "support/catch.hpp"

namespace repository_tests {

using reel::Errc;
using reel::Timestamp;

enum class Mood { calm, bright, unnamed };
struct Track {
  std::string title;
  std::optional<std::string> note;
  std::int32_t plays = 0;
  std::optional<double> score;
  Mood mood = Mood::calm;
  std::optional<std::string> language;
  std::vector<std::string> tags;
  int unstored = 0;

  friend bool operator==(const Track&, const Track&) = default;
};

}  // namespace repository_tests

template <>
struct reel::EnumNames<repository_tests::Mood> {
  using Mood = repository_tests::Mood;
  static constexpr auto names = reel::enum_names(std::pair{Mood::calm, "calm"}, std::pair{Mood::bright, "bright"});
};
template <>
struct reel::Schema<repository_tests::Track> {
  using Track = repository_tests::Track;
  static constexpr auto collection =
      reel::collection("tracks", "Tracks", reel::attribute("title", &Track::title, reel::max_length(10)),
                       reel::attribute("note", &Track::note, reel::max_length(10)),
                       reel::attribute("plays", &Track::plays, reel::range(0, 1000)),
                       reel::attribute("score", &Track::score), reel::attribute("mood", &Track::mood),
                       reel::attribute("language", &Track::language, reel::max_length(2), reel::default_value("en")),
                       reel::attribute("tags", &Track::tags, reel::max_length(5)),
                       reel::unique("by_title", &Track::title), reel::not_stored(&Track::unstored));
};

namespace repository_tests {

/// A store in which another writer runs between the steps of an operation.
class Meddled : public reel::Memory {
 public:
  std::function<void()> before_create = [] {};
  std::function<void()> before_update = [] {};

  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
    before_create();
    return Memory::create(schema, std::move(document));
  }
  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   const reel::driver::Change& change) {
    before_update();
    return Memory::update(schema, id, change);
  }
};
static_assert(reel::check_backend<Meddled>());

/// A store with the required operations only, so that the core provides the others.
class Plain {
 public:
  void ensure(const reel::driver::CollectionSchema& schema) { store.ensure(schema); }
  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
    return store.create(schema, std::move(document));
  }
  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id) {
    return store.find(schema, id);
  }
  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   const reel::driver::Change& change) {
    return store.update(schema, id, change);
  }
  bool remove(const reel::driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> since) {
    return store.remove(schema, id, since);
  }
  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) {
    return store.list(schema, query);
  }
  std::int64_t count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) {
    return store.count(schema, query);
  }

  Meddled store;
};
static_assert(reel::RecordBackend<Plain> && !reel::driver::BulkBackend<Plain> &&
              !reel::driver::IncrementBackend<Plain> && !reel::driver::ReferrerBackend<Plain> &&
              !reel::driver::ExplainBackend<Plain>);

using Patch = reel::Patch<Track>;
using Query = reel::Query<Track>;
using reel::field;

const reel::Id<Track> red{"red"};

template <class Backend = reel::Memory>
struct World {
  Backend store;
  reel::Repository<Track, Backend> tracks{store};
  World() { tracks.setup(); }
};

template <class Work>
reel::Error error_of(Work work) {
  try {
    work();
  } catch (const reel::Error& error) {
    return error;
  }
  FAIL("no error");
  return reel::Error(Errc::internal, "");
}
template <class Work>
std::string what(Work work) {
  return error_of(work).what();
}

TEST_CASE("a record is read back as it was created, with id, times and sequence", "[repository]") {
  const World world;
  const Track track{.title = "Red", .plays = 3, .score = 0.5, .tags = {"a", "b"}, .unstored = 7};
  const std::vector<reel::Permission> readers{reel::Permission::read(reel::Role::any())};
  const auto made = world.tracks.create(track, {.id = red, .permissions = readers});
  CHECK(made.id.str() == "red");
  CHECK(made.sequence == 1);
  CHECK(made.permissions == readers);
  CHECK(made.created_at == made.updated_at);
  CHECK(made.value.title == "Red");
  CHECK(made.value.language == "en");  // the default replaced null
  CHECK(made.value.unstored == 7);

  auto found = world.tracks.get(red);
  CHECK(found.value.unstored == 0);
  found.value.unstored = 7;
  CHECK(found == made);
  CHECK(world.tracks.find(reel::Id<Track>{"RED"})->id.str() == "red");
  CHECK(world.tracks.exists(red));
  CHECK_FALSE(world.tracks.exists(reel::Id<Track>{"blue"}));
  CHECK_FALSE(world.tracks.find(reel::Id<Track>{"blue"}));
  CHECK(world.tracks.create({.title = "other"}).id.str().size() == 20);
}

TEST_CASE("given times of a record are stored", "[repository]") {
  const World world;
  const Timestamp then{std::chrono::hours{1}}, later{std::chrono::hours{2}};
  const auto made = world.tracks.create({.title = "x"}, {.id = red, .created_at = then, .updated_at = later});
  CHECK(made.created_at == then);
  CHECK(made.updated_at == later);
  CHECK(world.tracks.get(red).updated_at == later);
}

TEST_CASE("an error names operation, collection and id", "[repository]") {
  const World world;
  world.tracks.create({.title = "taken"}, {.id = reel::Id<Track>{"taken"}});
  const Track too_long{.title = "longer than ten"};
  const Track unnamed{.title = "x", .mood = Mood::unnamed};
  const std::string long_title = "invalid: attribute 'title' is longer than its max_length of 10 characters";
  const std::string no_name = "invalid: the enumerator has no name in reel::EnumNames";
  const std::string missing = "not_found: there is no such record";
  const auto& tracks = world.tracks;
  CHECK(what([&] { tracks.create(too_long, {.id = red}); }) == "tracks.create red: " + long_title);
  CHECK(what([&] { tracks.create(unnamed, {.id = red}); }) == "tracks.create red: " + no_name);
  CHECK(what([&] { tracks.create({.title = "x"}, {.id = reel::Id<Track>{"TAKEN"}}); }) ==
        "tracks.create TAKEN: already_exists: a record with this id already exists");
  CHECK(what([&] { static_cast<void>(tracks.get(red)); }) == "tracks.get red: " + missing);
  CHECK(what([&] { tracks.update(red, Patch{}.set<&Track::plays>(1)); }) == "tracks.update red: " + missing);
  CHECK(what([&] { tracks.replace(red, {.title = "x"}); }) == "tracks.replace red: " + missing);
  CHECK(what([&] { tracks.replace(red, unnamed); }) == "tracks.replace red: " + no_name);
  CHECK(what([&] { tracks.upsert(red, too_long); }) == "tracks.upsert red: " + long_title);
  CHECK(what([&] { tracks.upsert(red, unnamed); }) == "tracks.upsert red: " + no_name);
  CHECK(what([&] { tracks.modify(red, [](Track&) {}); }) == "tracks.modify red: " + missing);
  CHECK(what([&] { tracks.increment<&Track::plays>(red, 1); }) == "tracks.increment red: " + missing);
  CHECK(what([&] { static_cast<void>(tracks.list(Query{}.limit(0))); }) ==
        "tracks.list: invalid: limit is at least 1, not 0");
  CHECK(what([&] { static_cast<void>(tracks.count(Query{}.limit(0))); }).find("tracks.count: ") == 0);
  CHECK(what([&] { static_cast<void>(tracks.explain(Query{}.limit(0))); }).find("tracks.explain: ") == 0);
  CHECK(error_of([&] { tracks.replace(red, unnamed); }).attribute() == "mood");
  CHECK_FALSE(tracks.remove(red));
}

TEST_CASE("an invalid id is refused by every operation", "[repository]") {
  const World world;
  const auto& tracks = world.tracks;
  const reel::Id<Track> bad{"no id"};
  const std::pair<const char*, std::function<void()>> operations[] = {
      {"create", [&] { tracks.create({.title = "x"}, {.id = bad}); }},
      {"find", [&] { static_cast<void>(tracks.find(bad)); }},
      {"get", [&] { static_cast<void>(tracks.get(bad)); }},
      {"exists", [&] { static_cast<void>(tracks.exists(bad)); }},
      {"update", [&] { tracks.update(bad, Patch{}.set<&Track::plays>(1)); }},
      {"replace", [&] { tracks.replace(bad, {.title = "x"}); }},
      {"upsert", [&] { tracks.upsert(bad, {.title = "x"}); }},
      {"modify", [&] { tracks.modify(bad, [](Track&) {}); }},
      {"increment", [&] { tracks.increment<&Track::plays>(bad, 1); }},
      {"remove", [&] { tracks.remove(bad); }},
      {"create_many", [&] { tracks.create_many({{.value = {.title = "x"}, .options = {.id = bad}}}); }},
      {"update_many", [&] { tracks.update_many({{.id = bad, .patch = Patch{}.set<&Track::plays>(1)}}); }}};
  for (const auto& [operation, run] : operations) {
    const reel::Error error = error_of(run);
    INFO(error.what());
    CHECK(error.code() == Errc::invalid);
    CHECK(error.operation() == operation);
    CHECK(error.id() == "no id");
  }
}

TEST_CASE("an update changes the attributes of its patch and no others", "[repository]") {
  const World world;
  const auto made = world.tracks.create({.title = "Red", .note = "n", .plays = 3, .tags = {"a"}}, {.id = red});
  const auto changed = world.tracks.update(red, Patch{}.set<&Track::plays>(4).clear<&Track::note>());
  CHECK(changed.value == Track{.title = "Red", .plays = 4, .language = "en", .tags = {"a"}});
  CHECK(changed.updated_at > made.updated_at);
  CHECK(changed.created_at == made.created_at);
  CHECK(world.tracks.update(red, Patch{}.set<&Track::plays>(4)).updated_at == changed.updated_at);
  CHECK(world.tracks.update(red, {}).updated_at == changed.updated_at);
  CHECK(world.tracks.update(red, Patch{}.clear<&Track::language>()).value.language == "en");
  CHECK(error_of([&] { world.tracks.update(red, Patch{}.set<&Track::plays>(1001)); }).attribute() == "plays");
  CHECK(world.tracks.get(red).value.plays == 4);
}

TEST_CASE("a stale write is a conflict and changes nothing", "[repository]") {
  const World world;
  const auto seen = world.tracks.create({.title = "Red"}, {.id = red}).updated_at;
  const auto now = world.tracks.update(red, Patch{}.set<&Track::plays>(1), {.if_unchanged_since = seen}).updated_at;
  const auto stale = [&](auto write) { CHECK(error_of(write).code() == Errc::conflict); };
  stale([&] { world.tracks.update(red, Patch{}.set<&Track::plays>(2), {.if_unchanged_since = seen}); });
  stale([&] { world.tracks.update(red, Patch{}.set<&Track::plays>(1), {.if_unchanged_since = seen}); });
  stale([&] { world.tracks.replace(red, {.title = "x"}, {.if_unchanged_since = seen}); });
  stale([&] { world.tracks.remove(red, {.if_unchanged_since = seen}); });
  stale([&] {
    world.tracks.update_many({{.id = red, .patch = Patch{}.set<&Track::plays>(2), .if_unchanged_since = seen}});
  });
  CHECK(world.tracks.get(red).value.plays == 1);
  CHECK(world.tracks.remove(red, {.if_unchanged_since = now}));
}

TEST_CASE("replace sets every attribute", "[repository]") {
  const World world;
  world.tracks.create({.title = "Red", .note = "n", .plays = 3, .tags = {"a"}}, {.id = red});
  CHECK(world.tracks.replace(red, {.title = "Blue"}).value == Track{.title = "Blue", .language = "en"});
  CHECK(world.tracks.get(red).value == Track{.title = "Blue", .language = "en"});
}

TEST_CASE("a unique index applies to every kind of write", "[repository]") {
  const World world;
  world.tracks.create({.title = "Red"}, {.id = red});
  const auto blue = world.tracks.create({.title = "Blue"}).id;
  const auto taken = [&](auto write) {
    const reel::Error error = error_of(write);
    CHECK(error.code() == Errc::already_exists);
    CHECK(error.context().index == "by_title");
  };
  taken([&] { world.tracks.create({.title = "RED "}); });
  taken([&] { world.tracks.update(blue, Patch{}.set<&Track::title>("red")); });
  taken([&] { world.tracks.replace(blue, {.title = "red"}); });
  taken([&] { world.tracks.upsert(blue, {.title = "red"}); });
  taken([&] { world.tracks.upsert(reel::Id<Track>{"new"}, {.title = "red"}); });
  taken([&] { world.tracks.modify(blue, [](Track& track) { track.title = "red"; }); });
  taken([&] { world.tracks.create_many(std::vector<Track>{{.title = "x"}, {.title = "X"}}); });
  taken([&] { world.tracks.update_where({}, Patch{}.set<&Track::title>("all")); });
  CHECK(world.tracks.count() == 2);
  CHECK_NOTHROW(world.tracks.update(red, Patch{}.set<&Track::title>("all")));
}

TEST_CASE("upsert replaces or creates", "[repository]") {
  const World world;
  CHECK(world.tracks.upsert(red, {.title = "Red", .plays = 1}).sequence == 1);
  const auto again = world.tracks.upsert(reel::Id<Track>{"RED"}, {.title = "Red", .note = "n"});
  CHECK(again.sequence == 1);
  CHECK(again.id.str() == "red");
  CHECK(again.value == Track{.title = "Red", .note = "n", .language = "en"});
}

TEST_CASE("an upsert that loses a race replaces the record of the winner", "[repository]") {
  World<Meddled> world;
  int rounds = 0;
  world.store.before_create = [&] {
    if (rounds++ == 0)
      world.store.Memory::create(reel::schema_of<Track>(), [] {
        reel::driver::Document document{.id = "red", .values = reel::driver::encode_values(Track{.title = "first"})};
        return document;
      }());
  };
  CHECK(world.tracks.upsert(red, {.title = "second"}).value.title == "second");
  CHECK(rounds == 1);
  CHECK(world.tracks.count() == 1);
}

TEST_CASE("an upsert that alternates with creates and removals is repeated until it succeeds", "[repository]") {
  World<Meddled> world;
  int rounds = 0;
  world.store.before_create = [&] {  // exists at the create and is removed before the update
    if (++rounds <= 5) {
      reel::driver::Document document{.id = "red", .values = reel::driver::encode_values(Track{.title = "first"})};
      world.store.Memory::create(reel::schema_of<Track>(), std::move(document));
    }
  };
  world.store.before_update = [&] { world.store.remove(reel::schema_of<Track>(), "red", {}); };
  CHECK(world.tracks.upsert(red, {.title = "second"}).value.title == "second");
  CHECK(rounds == 6);
}

TEST_CASE("modify starts again after a concurrent write", "[repository]") {
  World<Meddled> world;
  world.tracks.create({.title = "Red"}, {.id = red});
  int writes = 0, calls = 0;
  world.store.before_update = [&] {
    if (writes++ < 3) {
      world.store.Memory::update(reel::schema_of<Track>(), "red",
                                 {.values = {{0, reel::driver::Value{"title " + std::to_string(writes)}}}});
    }
  };
  const auto result = world.tracks.modify(red, [&](Track& track) {
    ++calls;
    ++track.plays;
  });
  CHECK(calls == 4);
  CHECK(result.value.title == "title 3");
  CHECK(result.value.plays == 1);
}

TEST_CASE("modify gives up after many conflicts, and at once on other errors", "[repository]") {
  World<Meddled> world;
  world.tracks.create({.title = "Red"}, {.id = red});
  int calls = 0;
  CHECK(error_of([&] {
          world.tracks.modify(red, [&](Track& track) {
            ++calls;
            track.plays = -1;
          });
        }).code() == Errc::invalid);
  CHECK(calls == 1);
  int number = 0;
  world.store.before_update = [&] {
    world.store.Memory::update(reel::schema_of<Track>(), "red",
                               {.values = {{2, reel::driver::Value{std::int64_t{++number % 500}}}}});
  };
  CHECK(error_of([&] { world.tracks.modify(red, [](Track& track) { track.note = "x"; }); }).code() == Errc::conflict);
  CHECK(number == 1000);
  CHECK_FALSE(world.tracks.get(red).value.note);
}

TEST_CASE("an exception from the caller's function leaves modify, and nothing is written", "[repository]") {
  const World world;
  world.tracks.create({.title = "Red"}, {.id = red});
  CHECK_THROWS_AS(world.tracks.modify(red, [](Track&) { throw std::logic_error("mine"); }), std::logic_error);
  CHECK(world.tracks.get(red).value.plays == 0);
}

TEMPLATE_TEST_CASE("increment adds within the range and treats null as 0", "[repository]", reel::Memory, Plain) {
  World<TestType> world;
  world.tracks.create({.title = "Red", .plays = 990}, {.id = red});
  CHECK(world.tracks.template increment<&Track::plays>(red, 10).value.plays == 1000);
  CHECK(error_of([&] { world.tracks.template increment<&Track::plays>(red, 1); }).attribute() == "plays");
  CHECK(world.tracks.get(red).value.plays == 1000);
  CHECK(world.tracks.template increment<&Track::plays>(red, -1000).value.plays == 0);
  CHECK(error_of([&] { world.tracks.template increment<&Track::plays>(red, -1); }).code() == Errc::invalid);
  CHECK(world.tracks.template increment<&Track::score>(red, 0.5).value.score == 0.5);
  CHECK(world.tracks.template increment<&Track::score>(red, 1).value.score == 1.5);
}

TEST_CASE("an increment that loses a race adds to the value of the winner", "[repository]") {
  World<Plain> world;
  world.tracks.create({.title = "Red"}, {.id = red});
  int writes = 0;
  world.store.store.before_update = [&] {
    if (writes++ < 3)
      world.store.store.Memory::update(reel::schema_of<Track>(), "red",
                                       {.values = {{2, reel::driver::Value{std::int64_t{100 * writes}}}}});
  };
  CHECK(world.tracks.increment<&Track::plays>(red, 7).value.plays == 307);
}

}  // namespace repository_tests
