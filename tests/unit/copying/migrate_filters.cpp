#include <reel/migrate.hpp>
#include <reel/migration/kind_options_of.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/temporary_folder.hpp"

/// Migrations of a part of a store, and into other names.
namespace migrate_filters_tests {

using reel::Errc;
using reel::field;
using reel::Filesystem;
using reel::kind_options;
using reel::Memory;
using reel::MigrationReport;
using reel::testing::error_from;
using reel::testing::TemporaryFolder;
using reel::video::Scene;
using reel::video::Video;

const reel::Bucket films = reel::video::final_videos();
const reel::MigrationSet set = reel::migration_set<Video, Scene>({films});

reel::Timestamp day(int number) { return reel::Timestamp{std::chrono::sys_days{std::chrono::year{2024} / 5 / number}}; }

/// Videos `a`, `b`, `c`, last changed on the days 1, 2, 3, each with a scene and a film of 1, 2 and 3 bytes.
template <class Store>
void fill(Store& store) {
  const reel::Repository<Video, Store> videos(store);
  const reel::Repository<Scene, Store> scenes(store);
  const reel::BlobStore<Store> blobs(store, films);
  videos.setup();
  scenes.setup();
  blobs.setup();
  int number = 0;
  for (const std::string id : {"a", "b", "c"}) {
    ++number;
    videos.create(Video{.topic = "topic " + id, .scene_count = number},
                  {.id = reel::Id<Video>{id}, .created_at = day(1), .updated_at = day(number)});
    scenes.create(Scene{.video_id = reel::Id<Video>{id}, .generated_code = "x", .scene_number = 1},
                  {.id = reel::Id<Scene>{id}, .created_at = day(1), .updated_at = day(number)});
    blobs.put(reel::BlobId{id}, reel::from_bytes(std::string(static_cast<std::size_t>(number), 'x')),
              {.name = id + ".mp4"});
  }
}

/// Checks that the outcomes add up.
MigrationReport checked(MigrationReport report) {
  for (const reel::MigrationCounts& one : report.kinds) {
    INFO(one.kind.str());
    CHECK(one.found ==
          one.created + one.overwritten + one.unchanged + one.skipped + one.renamed + one.filtered + one.failed);
  }
  return report;
}

TEST_CASE("only what matches the conditions is copied and the rest is counted", "[migrate]") {
  Memory source, target;
  fill(source);
  const std::vector<reel::KindOptions> kinds{
      kind_options<Video>().where(field<&Video::scene_count> > 1).where(field<&Video::topic> != "topic c"),
      kind_options<Scene>().where(reel::Query<Scene>{}.where(field<&Scene::video_id> == reel::Id<Video>{"b"})),
      kind_options(films).where(field<&reel::BlobInfo::size> < 3)};
  const MigrationReport report = checked(reel::migrate(source, target, set, {.kinds = kinds}));
  CHECK(report.clean());
  CHECK(report.collection("videos").found == 3);
  CHECK(report.collection("videos").created == 1);
  CHECK(report.collection("videos").filtered == 2);
  CHECK(report.collection("scenes").filtered == 2);
  CHECK(report.bucket(films.id).created == 2);
  CHECK(report.bucket(films.id).filtered == 1);
  CHECK(target.count(reel::schema_of<Video>(), {}) == 1);
  CHECK(target.find(reel::schema_of<Video>(), "b"));
  CHECK_FALSE(target.find(films, "c"));
  CHECK(checked(reel::migrate(source, target, set, {.plan = true, .kinds = kinds})).total().filtered == 5);
}

TEST_CASE("only what has changed since a time is copied", "[migrate]") {
  Memory source, target;
  fill(source);
  const reel::MigrationSet records = reel::migration_set<Video>();
  const MigrationReport report = checked(reel::migrate(source, target, records, {.changed_since = day(2)}));
  CHECK(report.total().created == 2);
  CHECK(report.total().filtered == 1);
  CHECK_FALSE(target.find(reel::schema_of<Video>(), "a"));
}

TEST_CASE("a record that refers to one that is left out fails", "[migrate]") {
  Memory source, target;
  fill(source);
  SECTION("by a condition") {
    const MigrationReport report = checked(reel::migrate(
        source, target, set, {.kinds = {kind_options<Video>().where(field<&Video::topic> == "topic a")}}));
    CHECK(report.collection("scenes").created == 1);
    REQUIRE(report.failures.size() == 2);
    CHECK(report.failures[0].kind.id == "scenes");
    CHECK(report.failures[0].code == Errc::invalid);
    CHECK(report.failures[0].reason == "attribute 'video_id' refers to 'b', which is not in videos");
    CHECK_FALSE(target.find(reel::schema_of<Scene>(), "b"));
  }
  SECTION("with its collection") {
    const MigrationReport report =
        checked(reel::migrate(source, target, set, {.kinds = {kind_options<Video>().leave_out()}}));
    CHECK(report.kinds.size() == 2);
    CHECK(report.collection("scenes").failed == 3);
  }
  SECTION("unless the target has it") {
    CHECK(reel::migrate(source, target, reel::migration_set<Video>()).clean());
    const MigrationReport report =
        checked(reel::migrate(source, target, set, {.kinds = {kind_options<Video>().leave_out()}}));
    CHECK(report.clean());
    CHECK(report.collection("scenes").created == 3);
  }
}

TEST_CASE("collections buckets and attributes have other names in the target", "[migrate]") {
  const TemporaryFolder folder;
  Memory source;
  Filesystem target(folder / "store");
  fill(source);
  const std::vector<reel::KindOptions> kinds{kind_options<Video>().rename("movies").attribute<&Video::topic>("subject"),
                                             kind_options(films).rename("reels")};
  const MigrationReport report = checked(reel::migrate(source, target, set, {.kinds = kinds}));
  CHECK(report.clean());
  CHECK(report.collection("videos").created == 3);  // by the names of the source
  CHECK(report.total().verified == 9);

  reel::driver::CollectionSchema movies = reel::schema_of<Video>();
  movies.id = "movies";
  movies.attributes[0].name = "subject";
  CHECK(target.find(movies, "a")->values == source.find(reel::schema_of<Video>(), "a")->values);
  CHECK(error_from([&] { static_cast<void>(target.count(reel::schema_of<Video>(), {})); }).code() == Errc::not_found);
  reel::Bucket reels = films;
  reels.id = "reels";
  CHECK(target.find(reels, "c")->size == 3);
  const auto referrers = target.referrers("movies");  // references follow the new name
  REQUIRE(referrers.size() == 1);
  CHECK(referrers[0]->id == "scenes");
  CHECK(checked(reel::migrate(source, target, set, {.kinds = kinds})).total().unchanged == 9);
  CHECK(checked(reel::migrate(source, target, set, {.plan = true, .kinds = kinds})).total().unchanged == 9);
}

TEST_CASE("a function changes the records of a type", "[migrate]") {
  Memory source, target;
  fill(source);
  const reel::KindOptions kind = kind_options<Video>().map("short topics", [](Video& video) {
    if (video.topic == "topic c") throw std::runtime_error("no topic");
    video.topic = video.topic.substr(6);
    return video.topic != "b";
  });
  const reel::MigrationSet records = reel::migration_set<Video>();
  const MigrationReport report = checked(reel::migrate(source, target, records, {.kinds = {kind}}));
  CHECK(report.total().created == 1);
  CHECK(report.total().verified == 1);
  CHECK(report.total().filtered == 1);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].id == "c");
  CHECK(report.failures[0].operation == "transform");
  CHECK(report.failures[0].reason == "no topic");
  CHECK(*target.find(reel::schema_of<Video>(), "a")->values[0].as<std::string>() == "a");
  CHECK_FALSE(target.find(reel::schema_of<Video>(), "b"));
  CHECK(checked(reel::migrate(source, target, records, {.kinds = {kind}})).total().unchanged == 1);
}

TEST_CASE("a value that a function makes invalid is a failure", "[migrate]") {
  Memory source, target;
  fill(source);
  const auto report = checked(reel::migrate(
      source, target, reel::migration_set<Video>(),
      {.kinds = {kind_options<Video>().map("too long", [](Video& video) { video.topic = std::string(300, 'x'); })}}));
  CHECK(report.total().failed == 3);
  CHECK(report.failures[0].operation == "validate");
}

TEST_CASE("options that contradict the set are refused before anything is written", "[migrate]") {
  Memory source, target;
  fill(source);
  const auto refusal = [&](std::vector<reel::KindOptions> kinds) {
    const reel::Error error = error_from([&] { reel::migrate(source, target, set, {.kinds = kinds}); });
    CHECK(error.code() == Errc::invalid);
    CHECK(error_from([&] { static_cast<void>(target.count(reel::schema_of<Video>(), {})); }).code() == Errc::not_found);
    return error.reason();
  };
  CHECK(refusal({{.kind = {.id = "songs"}}}) == "the options name collection songs, which is not in the set");
  CHECK(refusal({{.kind = {.id = "videos", .bucket = true}}}) ==
        "the options name bucket videos, which is not in the set");
  CHECK(refusal({kind_options<Video>(), kind_options<Video>()}) == "the options name collection videos twice");
  CHECK(refusal({kind_options<Video>().rename("scenes")}) == "two of the set would be collection scenes in the target");
  CHECK(refusal({kind_options<Video>().rename("no good")}).starts_with("the new name of collection videos 'no good'"));
  CHECK(refusal({kind_options<Video>().attribute<&Video::topic>("status")}) ==
        "two attributes of 'videos' get the name 'status'");
  CHECK(refusal({{.kind = {.id = "videos"}, .attributes = {{"title", "name"}}}}) ==
        "the collection 'videos' has no attribute 'title' to rename to 'name'");
  CHECK(refusal({{.kind = {.id = "videos"}, .transform = [](reel::driver::Document&) { return true; }}}) ==
        "the function for collection videos has no name; set transform_name");
  CHECK(refusal({{.kind = {.id = films.id, .bucket = true}, .attributes = {{"name", "title"}}}})
            .starts_with("bucket final_videos has no attributes"));
}

TEST_CASE("a journal belongs to the filters names and functions of its migration", "[migrate]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source);
  const auto run = [&](const reel::KindOptions& kind, std::optional<reel::Timestamp> since, bool stops) {
    return reel::migrate(source, target, set,
                         {.journal = folder / "journal",
                          .kinds = {kind},
                          .changed_since = since,
                          .on_progress = [stops](const reel::MigrationProgress&) { return !stops; }});
  };
  const auto nothing = [](Video&) {};
  const auto given = kind_options<Video>().where(field<&Video::scene_count> > 1).map("nothing", nothing);
  CHECK(run(given, day(1), true).cancelled);
  const auto refuses = [&](const reel::KindOptions& kind, std::optional<reel::Timestamp> since) {
    const reel::Error error = error_from([&] { run(kind, since, false); });
    return error.code() == Errc::conflict &&
           error.reason().find("a migration with another filter, name or function") != std::string::npos;
  };
  CHECK(refuses(kind_options<Video>().where(field<&Video::scene_count> > 2).map("nothing", nothing), day(1)));
  CHECK(refuses(kind_options<Video>().where(field<&Video::scene_count> > 1).map("other", nothing), day(1)));
  CHECK(refuses(kind_options<Video>().where(field<&Video::scene_count> > 1), day(1)));
  CHECK(refuses(reel::KindOptionsOf<Video>(given).rename("movies"), day(1)));
  CHECK(refuses(given, day(2)));
  CHECK(refuses(given, std::nullopt));
  const reel::KindOptions treated = reel::KindOptionsOf<Video>(given).on_conflict(reel::OnConflict::skip);
  CHECK(error_from([&] { run(treated, day(1), false); }).reason().find("another treatment of conflicts") !=
        std::string::npos);
  CHECK(checked(run(given, day(1), false)).collection("videos").created == 2);
}

TEST_CASE("a resumed migration counts what was left out once", "[migrate]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source);
  const auto run = [&](std::int64_t stops_after) {
    return checked(reel::migrate(
        source, target, set,
        {.journal = folder / "journal",
         .kinds = {kind_options<Video>().map("without b", [](Video& video) { return video.topic != "topic b"; }),
                   kind_options<Scene>().where(field<&Scene::video_id> == reel::Id<Video>{"a"})},
         .on_progress = [stops_after, done = std::int64_t{0}](const reel::MigrationProgress&) mutable {
           return ++done < stops_after;
         }}));
  };
  CHECK(run(1).cancelled);
  const MigrationReport report = run(100);
  CHECK(report.clean());
  CHECK(report.collection("videos").created == 2);
  CHECK(report.collection("videos").filtered == 1);
  CHECK(report.collection("scenes").created == 1);
  CHECK(report.collection("scenes").filtered == 2);
}

}  // namespace migrate_filters_tests
