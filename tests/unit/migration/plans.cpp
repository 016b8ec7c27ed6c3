#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/migrate.hpp>
#include <reel/migration/kind_options_of.hpp>
#include <reel/migration/set_up.hpp>
#include <reel/repository.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

#include "support/catch.hpp"
#include "support/migration_outcomes.hpp"
#include "support/migration_pairs.hpp"

/// A migration has the outcomes that its plan has named, in every store.
namespace plans_tests {

struct Seat {
  std::optional<std::string> code;
  std::int64_t row;
};

}  // namespace plans_tests

template <>
struct reel::Schema<plans_tests::Seat> {
  using Seat = plans_tests::Seat;
  static constexpr auto collection = reel::collection("seats", "Seats", attribute("code", &Seat::code, max_length(8)),
                                                      attribute("row", &Seat::row), unique("by_code", &Seat::code));
};

namespace plans_tests {

using migration_outcomes::failures_of;
using migration_pairs::Kind;
using migration_pairs::kinds;
using migration_pairs::Site;
using migration_pairs::Sites;
using reel::MigrationOptions;
using reel::MigrationReport;
using reel::OnConflict;
using reel::driver::CollectionSchema;
using reel::driver::Value;
using reel::video::Scene;
using reel::video::Video;

const reel::MigrationSet scenes = reel::migration_set<Video, Scene>();
const CollectionSchema& seats = reel::schema_of<Seat>();

reel::Timestamp at(int milliseconds) {
  return reel::Timestamp{std::chrono::milliseconds{1'700'000'000'000 + milliseconds}};
}

/// Runs a plan and then the migration, and expects the same outcomes. Returns the plan.
MigrationReport check_prediction(reel::AnyStore source, reel::AnyStore target, const reel::MigrationSet& set,
                                 MigrationOptions options = {}) {
  options.plan = true;
  MigrationReport plan = reel::migrate(source, target, set, options);
  options.plan = false;
  migration_outcomes::check_prediction(plan, reel::migrate(source, target, set, options));
  return plan;
}

void add_video(reel::AnyStore& store, const std::string& id) {
  reel::Repository<Video, reel::AnyStore>(store).create(
      {.topic = "Topic " + id, .created_at = at(0), .updated_at = at(0)},
      {.id = reel::Id<Video>{id}, .created_at = at(0), .updated_at = at(0)});
}
void add_scene(reel::AnyStore& store, const std::string& id, const std::string& video, int number, int updated = 1) {
  reel::Repository<Scene, reel::AnyStore>(store).create(
      {.video_id = reel::Id<Video>{video}, .scene_plan = "plan of " + id, .scene_number = number},
      {.id = reel::Id<Scene>{id}, .created_at = at(0), .updated_at = at(updated)});
}
reel::AnyStore set_up(const Site& site) {
  reel::AnyStore store = site.open();
  reel::set_up(store, scenes);
  return store;
}

TEST_CASE("a plan names the unique values that a copy between any two stores refuses", "[migration]") {
  Sites sites(scenes);
  for (const Kind from : kinds) {
    const auto source_site = sites.make(from);
    reel::AnyStore source = set_up(*source_site);
    for (const char* video : {"v1", "v2"}) {
      add_video(source, video);
      for (int number = 1; number <= 5; ++number)
        add_scene(source, "s" + std::to_string(number) + video, video, number);
    }
    for (const Kind to : kinds) {
      INFO(name_of(from) << " to " << name_of(to));
      const auto target_site = sites.make(to);
      reel::AnyStore target = set_up(*target_site);
      add_video(target, "v1");
      add_scene(target, "old", "v1", 2);
      add_scene(target, "s3v1", "v1", 3, 0);
      MigrationOptions options{.on_conflict = OnConflict::newer};
      options.kinds = {reel::kind_options<Scene>().map("four is five", [](Scene& scene) {
        if (scene.scene_number == 4) scene.scene_number = 5;
      })};
      const MigrationReport plan = check_prediction(source, target, scenes, options);
      std::set<std::string> refused;
      for (const reel::MigrationProblem& one : plan.failures) {
        if (one.reason.starts_with("the record '")) refused.insert(one.id + ": " + one.attribute);
      }
      CHECK(refused.size() == 3);
      CHECK(refused.contains("s2v1: video_id, scene_number"));
    }
  }
}

TEST_CASE("a plan takes ids that differ only in case as the same", "[migration]") {
  Sites sites(scenes);
  const auto source_site = sites.make(Kind::memory);
  reel::AnyStore source = set_up(*source_site);
  for (const char* video : {"SAME", "other"}) add_video(source, video);
  CHECK_THROWS_AS(add_video(source, "Same"), reel::Error);
  for (const Kind to : kinds) {
    INFO(name_of(to));
    const auto target_site = sites.make(to);
    reel::AnyStore target = set_up(*target_site);
    add_video(target, "same");
    reel::Repository<Video, reel::AnyStore>(target).create(
        {.topic = "Another topic", .created_at = at(0), .updated_at = at(0)},
        {.id = reel::Id<Video>{"OTHER"}, .created_at = at(0), .updated_at = at(0)});
    const MigrationReport plan = check_prediction(source, target, reel::migration_set<Video>());
    CHECK(plan.collection("videos").failed == 2);
    CHECK(plan.collection("videos").conflicting == 2);
  }
}

/// The stores that take any collection.
constexpr std::array any_collection{Kind::memory, Kind::filesystem, Kind::appwrite};

TEST_CASE("a plan knows the columns and unique values that setting up adds", "[migration]") {
  Sites sites(scenes);
  CollectionSchema narrow = seats, before = seats, after = seats;
  narrow.attributes[0].max_length = 4;
  before.attributes.erase(before.attributes.begin());
  before.indexes.clear();
  after.attributes[0].required = true;
  after.attributes[0].default_value = Value{"new"};
  const auto source_site = sites.make(Kind::memory);
  reel::AnyStore source = source_site->open();
  source.ensure(seats);
  source.create(seats, {.id = "wide", .values = {Value{"as wide"}, Value{std::int64_t{1}}}});
  source.create(seats, {.id = "new", .values = {Value{"NEW"}, Value{std::int64_t{1}}}});
  for (const Kind to : any_collection) {
    INFO(name_of(to));
    const auto narrow_site = sites.make(to), before_site = sites.make(to), optional_site = sites.make(to);
    reel::AnyStore widened = narrow_site->open(), extended = before_site->open();
    widened.ensure(narrow);
    widened.create(narrow, {.id = "old", .values = {Value{"old"}, Value{std::int64_t{1}}}});
    CHECK(check_prediction(source, widened, {.collections = {&seats}}).collection("seats").created == 2);
    extended.ensure(before);
    extended.create(before, {.id = "old", .values = {Value{std::int64_t{1}}}});
    const MigrationReport plan = check_prediction(source, extended, {.collections = {&after}});
    const std::set<std::string> same_code{"collection seats new create already_exists"};
    CHECK(failures_of(plan) == same_code);
    reel::AnyStore filled = optional_site->open();
    filled.ensure(seats);  // its code is optional, and gets its first default, which a server does not fill in
    filled.create(seats, {.id = "old", .values = {Value{}, Value{std::int64_t{1}}}});
    const MigrationReport later = check_prediction(source, filled, {.collections = {&after}});
    CHECK(failures_of(later) == (to == Kind::appwrite ? std::set<std::string>() : same_code));
  }
}

}  // namespace plans_tests
