#include <reel/repository.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>

#include "support/catch.hpp"

namespace references_tests {

using reel::Errc;

struct Artist {
  std::string name;
  std::optional<reel::Id<Artist>> teacher_id;  // set_null
  std::optional<reel::Id<Artist>> founder_id;  // cascade, to itself
};
struct Album {
  std::string name;
  reel::Id<Artist> artist_id;  // cascade
};
struct Track {
  std::string title;
  reel::Id<Album> album_id;              // cascade
  std::vector<reel::Id<Artist>> guests;  // set_null
  std::vector<reel::Id<Album>> also_on;  // cascade
};
struct Contract {
  std::string terms;
  std::optional<reel::Id<Artist>> artist_id;  // restrict
  std::vector<reel::Id<Album>> albums;        // restrict
  std::optional<reel::Id<Track>> track_id;    // cascade
};

}  // namespace references_tests

template <>
struct reel::Schema<references_tests::Artist> {
  using Artist = references_tests::Artist;
  static constexpr auto collection = reel::collection(
      "artists", "Artists", reel::attribute("name", &Artist::name, reel::max_length(50)),
      reel::attribute("teacher_id", &Artist::teacher_id, reel::references<Artist>(reel::on_remove::set_null)),
      reel::attribute("founder_id", &Artist::founder_id, reel::references<Artist>(reel::on_remove::cascade)),
      reel::index("by_teacher", &Artist::teacher_id), reel::index("by_founder", &Artist::founder_id));
};
template <>
struct reel::Schema<references_tests::Album> {
  using Artist = references_tests::Artist;
  using Album = references_tests::Album;
  static constexpr auto collection = reel::collection(
      "albums", "Albums", reel::attribute("name", &Album::name, reel::max_length(50)),
      reel::attribute("artist_id", &Album::artist_id, reel::references<Artist>(reel::on_remove::cascade)));
};
template <>
struct reel::Schema<references_tests::Track> {
  using Artist = references_tests::Artist;
  using Album = references_tests::Album;
  using Track = references_tests::Track;
  static constexpr auto collection =
      reel::collection("tracks", "Tracks", reel::attribute("title", &Track::title, reel::max_length(50)),
                       reel::attribute("album_id", &Track::album_id, reel::references<Album>(reel::on_remove::cascade)),
                       reel::attribute("guests", &Track::guests, reel::references<Artist>(reel::on_remove::set_null)),
                       reel::attribute("also_on", &Track::also_on, reel::references<Album>(reel::on_remove::cascade)));
};
template <>
struct reel::Schema<references_tests::Contract> {
  using Artist = references_tests::Artist;
  using Album = references_tests::Album;
  using Track = references_tests::Track;
  using Contract = references_tests::Contract;
  static constexpr auto collection = reel::collection(
      "contracts", "Contracts", reel::attribute("terms", &Contract::terms, reel::max_length(50)),
      reel::attribute("artist_id", &Contract::artist_id, reel::references<Artist>()),
      reel::attribute("albums", &Contract::albums, reel::references<Album>(reel::on_remove::restrict)),
      reel::attribute("track_id", &Contract::track_id, reel::references<Track>(reel::on_remove::cascade)));
};

namespace references_tests {

template <class T>
reel::Id<T> id(const std::string& text) {
  return reel::Id<T>{text};
}

/// Three artists (the second taught by the first), two albums of the first and one of the second, four tracks.
class World {
 public:
  World() {
    artists.setup();
    albums.setup();
    tracks.setup();
    contracts.setup();
    artists.create({.name = "Ann"}, {.id = id<Artist>("ann")});
    artists.create({.name = "Bob", .teacher_id = id<Artist>("ANN")}, {.id = id<Artist>("bob")});
    artists.create({.name = "Cid"}, {.id = id<Artist>("cid")});
    albums.create({.name = "Red", .artist_id = id<Artist>("ann")}, {.id = id<Album>("red")});
    albums.create({.name = "Blue", .artist_id = id<Artist>("Ann")}, {.id = id<Album>("blue")});
    albums.create({.name = "Grey", .artist_id = id<Artist>("bob")}, {.id = id<Album>("grey")});
    track("r1", "red", {"bob", "cid"});
    track("b1", "blue", {});
    track("g1", "grey", {"ann", "cid", "Ann"});
    track("g2", "grey", {}, {"blue"});
  }

  void track(const std::string& name, const std::string& album, const std::vector<std::string>& guests,
             const std::vector<std::string>& also_on = {}) {
    Track made{.title = name, .album_id = id<Album>(album)};
    for (const std::string& guest : guests) made.guests.push_back(id<Artist>(guest));
    for (const std::string& other : also_on) made.also_on.push_back(id<Album>(other));
    tracks.create(made, {.id = id<Track>(name)});
  }

  template <class T>
  std::string ids(const reel::Repository<T, reel::Memory>& of) const {
    std::string found;
    for (const auto& record : of.all()) found += (found.empty() ? "" : " ") + record.id.str();
    return found;
  }
  std::string guests(const std::string& name) const {
    std::string found;
    for (const auto& guest : tracks.get(id<Track>(name)).value.guests)
      found += (found.empty() ? "" : " ") + guest.str();
    return found;
  }
  /// Returns the ids of all records.
  std::string all() const { return ids(artists) + " / " + ids(albums) + " / " + ids(tracks) + " / " + ids(contracts); }

 private:
  reel::Memory store_;

 public:
  reel::Repository<Artist, reel::Memory> artists{store_};
  reel::Repository<Album, reel::Memory> albums{store_};
  reel::Repository<Track, reel::Memory> tracks{store_};
  reel::Repository<Contract, reel::Memory> contracts{store_};
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

TEST_CASE("a reference to a missing record is invalid in every kind of write", "[references]") {
  const World world;
  const std::string before = world.all();
  const auto refused = [&](auto write) {
    const reel::Error error = error_of(write);
    CHECK(error.code() == Errc::invalid);
    CHECK(error.reason() == "attribute '" + error.attribute() + "' refers to 'none', which is not in artists");
    CHECK(world.all() == before);
    return error.operation() + " " + error.attribute();
  };
  const auto none = id<Artist>("none");
  const auto red = id<Album>("red");
  CHECK(refused([&] { world.albums.create({.name = "x", .artist_id = none}); }) == "create artist_id");
  CHECK(refused([&] { world.albums.update(red, reel::Patch<Album>{}.set<&Album::artist_id>(none)); }) ==
        "update artist_id");
  CHECK(refused([&] { world.albums.replace(red, {.name = "x", .artist_id = none}); }) == "replace artist_id");
  CHECK(refused([&] { world.albums.upsert(id<Album>("new"), {.name = "x", .artist_id = none}); }) ==
        "upsert artist_id");
  CHECK(refused([&] { world.albums.modify(red, [&](Album& album) { album.artist_id = none; }); }) ==
        "modify artist_id");
  CHECK(refused([&] { world.albums.create_many({{.name = "x", .artist_id = none}}); }) == "create_many artist_id");
  CHECK(refused([&] {
          world.albums.update_many({{.id = red, .patch = reel::Patch<Album>{}.set<&Album::artist_id>(none)}});
        }) == "update_many artist_id");
  CHECK(refused([&] { world.albums.update_where({}, reel::Patch<Album>{}.set<&Album::artist_id>(none)); }) ==
        "update_where artist_id");
  CHECK(refused([&] {
          world.tracks.create({.title = "x", .album_id = red, .guests = {id<Artist>("ann"), none}});
        }) == "create guests");
}

TEST_CASE("referenced ids are compared without case, and null refers to nothing", "[references]") {
  const World world;
  CHECK_NOTHROW(world.albums.create({.name = "x", .artist_id = id<Artist>("CID")}));
  CHECK_NOTHROW(world.contracts.create({.terms = "none"}));
  CHECK(world.albums.count(reel::Query<Album>{}.where(reel::field<&Album::artist_id> == id<Artist>("ANN"))) == 2);
}

TEST_CASE("cascade removes the referring records and those that refer to them", "[references]") {
  const World world;
  CHECK(world.artists.remove(id<Artist>("ANN")));
  CHECK(world.all() == "bob cid / grey / g1 / ");  // red, blue, r1, b1, and g2 because it is also on blue
  CHECK(world.guests("g1") == "cid");              // removed from the list twice
  CHECK_FALSE(world.artists.get(id<Artist>("bob")).value.teacher_id);
  CHECK_FALSE(world.artists.remove(id<Artist>("ann")));
}

namespace {

/// A store in which another writer changes the record before each of the first updates.
struct Raced : reel::Memory {
  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   reel::driver::Change change) {
    if (faster) std::exchange(faster, {})();
    return reel::Memory::update(schema, id, std::move(change));
  }
  std::function<void()> faster{};
};

}  // namespace

TEST_CASE("removing an id from a list keeps what another writer stores meanwhile", "[references]") {
  Raced store;
  const reel::Repository<Artist, Raced> artists{store};
  const reel::Repository<Album, Raced> albums{store};
  const reel::Repository<Track, Raced> tracks{store};
  artists.setup();
  albums.setup();
  tracks.setup();
  for (const char* name : {"ann", "bob", "cid"}) artists.create({.name = name}, {.id = id<Artist>(name)});
  albums.create({.name = "Red", .artist_id = id<Artist>("cid")}, {.id = id<Album>("red")});
  tracks.create({.title = "r1", .album_id = id<Album>("red"), .guests = {id<Artist>("ann")}}, {.id = id<Track>("r1")});
  artists.update(id<Artist>("cid"), reel::Patch<Artist>{}.set<&Artist::teacher_id>(id<Artist>("bob")));

  store.faster = [&] {
    tracks.modify(id<Track>("r1"), [](Track& track) { track.guests.push_back(id<Artist>("bob")); });
  };
  CHECK(artists.remove(id<Artist>("ann")));
  CHECK(tracks.get(id<Track>("r1")).value.guests == std::vector{id<Artist>("bob")});

  store.faster = [&] {
    tracks.modify(id<Track>("r1"), [](Track& track) { track.guests = {id<Artist>("cid")}; });
    artists.update(id<Artist>("cid"), reel::Patch<Artist>{}.set<&Artist::teacher_id>(id<Artist>("cid")));
  };
  CHECK(artists.remove(id<Artist>("bob")));
  CHECK(tracks.get(id<Track>("r1")).value.guests == std::vector{id<Artist>("cid")});
  CHECK(artists.get(id<Artist>("cid")).value.teacher_id == id<Artist>("cid"));
}

TEST_CASE("a removal without referring records removes just the record", "[references]") {
  const World world;
  CHECK(world.tracks.remove(id<Track>("g2")));
  CHECK(world.all() == "ann bob cid / red blue grey / r1 b1 g1 / ");
  CHECK(world.artists.remove(id<Artist>("cid")));
  CHECK(world.guests("r1") == "bob");
  CHECK(world.guests("g1") == "ann Ann");
}

TEST_CASE("restrict keeps the record and names the records that refer to it", "[references]") {
  const World world;
  world.contracts.create({.terms = "x", .artist_id = id<Artist>("Cid")}, {.id = id<Contract>("c1")});
  const std::string before = world.all();
  const reel::Error error = error_of([&] { world.artists.remove(id<Artist>("cid")); });
  CHECK(error.code() == Errc::conflict);
  CHECK(error.id() == "cid");
  CHECK(error.attribute() == "artist_id");
  CHECK(error.reason() == "record 'c1' in contracts refers to it (attribute 'artist_id', on_remove restrict)");
  CHECK(world.all() == before);
  CHECK(world.guests("r1") == "bob cid");
  CHECK(world.artists.exists(id<Artist>("cid")));
  world.contracts.remove(id<Contract>("c1"));
  CHECK(world.artists.remove(id<Artist>("cid")));
}

TEST_CASE("restrict within a cascade refuses all of it before anything is removed", "[references]") {
  const World world;
  world.contracts.create({.terms = "x", .albums = {id<Album>("grey"), id<Album>("Blue")}}, {.id = id<Contract>("c1")});
  const std::string before = world.all();
  const reel::Error error = error_of([&] { world.artists.remove(id<Artist>("ann")); });
  CHECK(error.code() == Errc::conflict);
  CHECK(error.reason() == "record 'c1' in contracts refers to it (attribute 'albums', on_remove restrict)");
  CHECK(world.all() == before);
  CHECK(world.guests("g1") == "ann cid Ann");
  CHECK(world.artists.get(id<Artist>("bob")).value.teacher_id == id<Artist>("ann"));
}

TEST_CASE("restrict ignores records that the same cascade removes", "[references]") {
  const World world;
  world.contracts.create({.terms = "x", .albums = {id<Album>("red")}, .track_id = id<Track>("b1")});
  CHECK(world.artists.remove(id<Artist>("ann")));  // removes b1, and with it the contract that restricts red
  CHECK(world.all() == "bob cid / grey / g1 / ");
}

TEST_CASE("cyclic references and references to itself terminate", "[references]") {
  const World world;
  world.artists.create({.name = "1", .founder_id = {}}, {.id = id<Artist>("one")});
  world.artists.create({.name = "2", .founder_id = id<Artist>("one")}, {.id = id<Artist>("two")});
  world.artists.create({.name = "3", .founder_id = id<Artist>("two")}, {.id = id<Artist>("three")});
  using Patch = reel::Patch<Artist>;
  world.artists.update(id<Artist>("one"), Patch{}.set<&Artist::founder_id>(id<Artist>("three")));
  world.artists.update(id<Artist>("cid"), Patch{}.set<&Artist::founder_id>(id<Artist>("cid")));
  world.artists.update(id<Artist>("cid"), Patch{}.set<&Artist::teacher_id>(id<Artist>("cid")));
  CHECK(world.artists.remove(id<Artist>("two")));
  CHECK(world.ids(world.artists) == "ann bob cid");
  CHECK(world.artists.remove(id<Artist>("cid")));
  CHECK(world.ids(world.artists) == "ann bob");
}

TEST_CASE("long chains and wide fans are removed without deep recursion", "[references]") {
  const World world;
  constexpr int length = 10'000;
  reel::Id<Artist> last = id<Artist>("cid");
  std::vector<reel::Draft<Artist>> fan;
  for (int i = 0; i < length; ++i) {
    last = world.artists.create({.name = "link", .founder_id = last}).id;
    if (i % 10 == 0) fan.push_back({.value = {.name = "leaf", .teacher_id = id<Artist>("bob"), .founder_id = last}});
  }
  const auto leaves = world.artists.create_many(fan);
  CHECK(world.artists.remove(id<Artist>("cid")));
  CHECK(world.ids(world.artists) == "ann bob");
  CHECK_FALSE(world.artists.exists(leaves.items.front().record->id));
}

TEST_CASE("a stale removal does not remove the referring records", "[references]") {
  const World world;
  const auto ann = world.artists.get(id<Artist>("ann"));
  world.artists.update(ann.id, reel::Patch<Artist>{}.set<&Artist::name>("Anna"));
  const std::string before = world.all();
  const reel::Error error = error_of([&] { world.artists.remove(ann.id, {.if_unchanged_since = ann.updated_at}); });
  CHECK(error.code() == Errc::conflict);
  CHECK(world.all() == before);
  CHECK(world.artists.remove(ann.id, {.if_unchanged_since = world.artists.get(ann.id).updated_at}));
}

TEST_CASE("remove_where applies on_remove to each record", "[references]") {
  const World world;
  const auto by_name = [](const char* name) { return reel::Query<Artist>{}.where(reel::field<&Artist::name> == name); };
  CHECK(world.artists.remove_where(by_name("Ann")) == 1);
  CHECK(world.all() == "bob cid / grey / g1 / ");
  world.contracts.create({.terms = "x", .artist_id = id<Artist>("cid")});
  const reel::Error error = error_of([&] { world.artists.remove_where(by_name("Cid")); });
  CHECK(error.code() == Errc::conflict);
  CHECK(error.id() == "cid");
  CHECK(error.operation() == "remove_where");
  CHECK(world.artists.remove_where(by_name("nobody")) == 0);
}

TEST_CASE("a record that an earlier cascade removed is not counted", "[references]") {
  const World world;
  world.artists.create({.name = "2", .founder_id = id<Artist>("cid")}, {.id = id<Artist>("two")});
  const auto both = reel::Query<Artist>{}.where(reel::id<Artist>.one_of({id<Artist>("cid"), id<Artist>("two")}));
  CHECK(world.artists.remove_where(both) == 1);
  CHECK(world.ids(world.artists) == "ann bob");
}

}  // namespace references_tests
