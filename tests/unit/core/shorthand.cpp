#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"

namespace shorthand {

enum class Mood { calm, bright };

struct Track {
  std::string title;
  std::optional<std::string> note;
  std::int64_t plays = 0;
  Mood mood = Mood::calm;
  std::vector<std::string> tags;
};

}  // namespace shorthand

template <>
struct reel::EnumNames<shorthand::Mood> {
  static constexpr auto names =
      reel::enum_names(std::pair{shorthand::Mood::calm, "calm"}, std::pair{shorthand::Mood::bright, "bright"});
};

template <>
struct reel::Schema<shorthand::Track> {
  using Track = shorthand::Track;
  static constexpr auto collection =
      reel::collection("tracks", "Tracks", attribute("title", &Track::title, max_length(255)),
                       attribute("note", &Track::note, max_length(1000)), attribute("plays", &Track::plays),
                       attribute("mood", &Track::mood), attribute("tags", &Track::tags, max_length(64)),
                       unique("by_title", &Track::title));
};

namespace shorthand {

using reel::field;

/// Written like a user's template: no name needs `template` before it.
template <class Store>
void use(Store& store) {
  auto tracks = reel::records<Track>(store);
  tracks.setup();
  const reel::Id<Track> red{"red"};
  tracks.upsert(red, {.title = "Red", .note = "loud"}, {.permissions = {{reel::Permission::read(reel::Role::any())}}});
  tracks.upsert(reel::Id<Track>{"blue"}, {.title = "Blue", .plays = 3, .mood = Mood::bright});
  tracks.update(red, reel::Patch<Track>{}
                         .set(field<&Track::plays>, 7)
                         .set(field<&Track::tags>, std::vector<std::string>{"a"})
                         .clear(field<&Track::note>));
  tracks.increment(red, field<&Track::plays>, 2);
}

TEST_CASE("attributes can be written with field alone", "[shorthand]") {
  reel::Memory store;
  use(store);
  const auto tracks = reel::records<Track>(store);
  const auto red = tracks.get(reel::Id<Track>{"red"});
  CHECK(red.value.plays == 9);
  CHECK_FALSE(red.value.note);
  CHECK(red.value.tags == std::vector<std::string>{"a"});
  CHECK(red.permissions == std::vector{reel::Permission::read(reel::Role::any())});
}

TEST_CASE("an upsert without permissions keeps those of the record", "[shorthand]") {
  reel::Memory store;
  use(store);
  const auto tracks = reel::records<Track>(store);
  CHECK(tracks.upsert(reel::Id<Track>{"red"}, {.title = "Red"}).permissions.size() == 1);
  CHECK(tracks.upsert(reel::Id<Track>{"red"}, {.title = "Red"}, {.permissions = std::vector<reel::Permission>{}})
            .permissions.empty());
}

TEST_CASE("first and find_by return a match", "[shorthand]") {
  reel::Memory store;
  use(store);
  const auto tracks = reel::records<Track>(store);
  const auto most = tracks.first(reel::Query<Track>{}.order_by(field<&Track::plays>, reel::descending));
  REQUIRE(most);
  CHECK(most->id == reel::Id<Track>{"red"});
  CHECK_FALSE(tracks.first(reel::Query<Track>{}.where(field<&Track::plays> > 100)));
  REQUIRE(tracks.find_by(field<&Track::title>, "Blue"));
  CHECK(tracks.find_by(field<&Track::title>, "Blue")->id == reel::Id<Track>{"blue"});
  CHECK_FALSE(tracks.find_by(field<&Track::title>, "Green"));
}

TEST_CASE("records are counted by value", "[shorthand]") {
  reel::Memory store;
  use(store);
  const auto tracks = reel::records<Track>(store);
  for (int i = 0; i < 600; ++i) tracks.create({.title = std::to_string(i), .note = "n", .mood = Mood::bright});
  CHECK(tracks.count_by(field<&Track::mood>) == std::map<Mood, std::int64_t>{{Mood::calm, 1}, {Mood::bright, 601}});
  CHECK(tracks.count_by(field<&Track::note>) ==
        std::map<std::optional<std::string>, std::int64_t>{{std::nullopt, 2}, {"n", 600}});
  const auto played = reel::Query<Track>{}.where(field<&Track::plays> > 0);
  CHECK(tracks.count_by(field<&Track::mood>, played) ==
        std::map<Mood, std::int64_t>{{Mood::calm, 1}, {Mood::bright, 1}});
}

TEST_CASE("blobs of a store can be used without naming its type", "[shorthand]") {
  reel::Memory store;
  const auto films = reel::blobs(store, reel::Bucket{.id = "films", .name = "Films"});
  films.setup();
  CHECK(films.list().blobs.empty());
}

TEST_CASE("an id prints as its string", "[shorthand]") {
  std::ostringstream out;
  out << reel::Id<Track>{"red"};
  CHECK(out.str() == "red");
}

TEST_CASE("a query that reads some attributes leaves the others at their initial values", "[query]") {
  reel::Memory store;
  auto tracks = reel::records<Track>(store);
  tracks.setup();
  tracks.create({.title = "Red", .note = "loud", .plays = 7, .tags = {"a"}});
  const auto query = reel::Query<Track>{}.where(field<&Track::note> == "loud").order_by<&Track::title>();
  const auto read = tracks.first(query.reading<&Track::plays, &Track::tags>());
  REQUIRE(read);
  CHECK(read->value.plays == 7);
  CHECK(read->value.tags == std::vector<std::string>{"a"});
  CHECK(read->value.title.empty());
  CHECK_FALSE(read->value.note);
  CHECK(tracks.first(query)->value.title == "Red");
}

}  // namespace shorthand
