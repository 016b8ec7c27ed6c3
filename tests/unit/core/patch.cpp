#include <reel/patch.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace patch_tests {

using reel::Timestamp;
using reel::driver::List;
using reel::driver::Value;

enum class Mood { calm, bright };
struct Album {
  std::string name;
};
struct Track {
  std::string title;
  std::optional<std::string> note;
  std::int16_t plays = 0;
  std::optional<double> score;
  bool live = false;
  Mood mood = Mood::calm;
  std::vector<std::string> tags;
  Timestamp recorded_at{};
  std::optional<reel::Id<Album>> album_id;
};

}  // namespace patch_tests

template <>
struct reel::EnumNames<patch_tests::Mood> {
  using Mood = patch_tests::Mood;
  static constexpr auto names = reel::enum_names(std::pair{Mood::calm, "calm"}, std::pair{Mood::bright, "bright"});
};
template <>
struct reel::Schema<patch_tests::Album> {
  using Album = patch_tests::Album;
  static constexpr auto collection =
      reel::collection("albums", "Albums", reel::attribute("name", &Album::name, reel::max_length(10)));
};
template <>
struct reel::Schema<patch_tests::Track> {
  using Album = patch_tests::Album;
  using Track = patch_tests::Track;
  static constexpr auto collection = reel::collection(
      "tracks", "Tracks", reel::attribute("title", &Track::title, reel::max_length(255)),
      reel::attribute("note", &Track::note, reel::max_length(1000)), reel::attribute("plays", &Track::plays),
      reel::attribute("score", &Track::score), reel::attribute("live", &Track::live),
      reel::attribute("mood", &Track::mood), reel::attribute("tags", &Track::tags, reel::max_length(64)),
      reel::attribute("recorded_at", &Track::recorded_at),
      reel::attribute("album_id", &Track::album_id, reel::references<Album>()));
};

namespace patch_tests {

using Patch = reel::Patch<Track>;
using Values = std::vector<std::pair<int, Value>>;

TEST_CASE("a patch contains the new values of its attributes", "[patch]") {
  const reel::driver::Change change = Patch{}
                                          .set<&Track::title>("Blue")
                                          .set<&Track::plays>(7)
                                          .set<&Track::score>(5)
                                          .set<&Track::live>(true)
                                          .set<&Track::mood>(Mood::bright)
                                          .set<&Track::recorded_at>(Timestamp{})
                                          .set<&Track::album_id>(reel::Id<Album>{"red"})
                                          .change();
  CHECK(change.values == Values{{0, Value{"Blue"}},
                                {2, Value{std::int64_t{7}}},
                                {3, Value{5.0}},
                                {4, Value{true}},
                                {5, Value{"bright"}},
                                {7, Value{Timestamp{}}},
                                {8, Value{"red"}}});
  CHECK_FALSE(change.permissions);
  CHECK_FALSE(change.if_unchanged_since);
}

TEST_CASE("a patch accepts every value that converts to the attribute's type", "[patch]") {
  const auto value = [](const Patch& patch) { return patch.change().values.at(0).second; };
  CHECK(value(Patch{}.set<&Track::title>(std::string("x"))) == Value{"x"});
  CHECK(value(Patch{}.set<&Track::title>(std::string_view("x"))) == Value{"x"});
  CHECK(value(Patch{}.set<&Track::note>("x")) == Value{"x"});
  CHECK(value(Patch{}.set<&Track::note>(std::optional<std::string>("x"))) == Value{"x"});
  CHECK(value(Patch{}.set<&Track::note>(std::optional<std::string>{})).is_null());
  CHECK(value(Patch{}.set<&Track::plays>(std::int64_t{100'000})) == Value{std::int64_t{100'000}});  // refused later
  CHECK(value(Patch{}.set<&Track::score>(0.5F)) == Value{0.5});
  CHECK(value(Patch{}.set<&Track::tags>(std::vector<std::string>{"a"})) == Value{List{Value{"a"}}});
  const std::string title = "kept";
  CHECK(value(Patch{}.set<&Track::title>(title)) == Value{"kept"});
  CHECK(title == "kept");
}

TEST_CASE("clearing sets an optional to null and empties a list", "[patch]") {
  CHECK(Patch{}.clear<&Track::note>().change().values == Values{{1, Value{}}});
  CHECK(Patch{}.clear<&Track::tags>().change().values == Values{{6, Value{List{}}}});
  CHECK(Patch{}.clear<&Track::album_id>().change().values == Values{{8, Value{}}});
}

TEST_CASE("the last value set for an attribute is used", "[patch]") {
  Patch patch;
  patch.set<&Track::plays>(1).set<&Track::title>("x").set<&Track::plays>(2).clear<&Track::note>().set<&Track::note>(
      "n");
  CHECK(patch.change().values == Values{{2, Value{std::int64_t{2}}}, {0, Value{"x"}}, {1, Value{"n"}}});
}

TEST_CASE("permissions are part of a patch, and an empty list is a value", "[patch]") {
  CHECK(Patch{}.empty());
  CHECK_FALSE(Patch{}.permissions({}).empty());
  CHECK_FALSE(Patch{}.set<&Track::plays>(1).empty());
  const std::vector<reel::Permission> readers{reel::Permission::read(reel::Role::any())};
  Patch patch;
  patch.permissions({}).permissions(readers);
  CHECK(patch.change().permissions == readers);
}

TEST_CASE("a patch can be built in a variable or in one expression", "[patch]") {
  Patch patch;
  patch.set<&Track::plays>(1);
  const reel::driver::Change copied = patch.change();
  CHECK(copied.values.size() == 1);
  const reel::driver::Change moved = std::move(patch).change();
  CHECK(moved.values == copied.values);
}

}  // namespace patch_tests
