#include <reel/migrate.hpp>

#include <string>

#include <reel/backends/memory.hpp>
#include <reel/migration/items.hpp>
#include <reel/mirror.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/temporary_folder.hpp"

/// Further runs with the same journal, which must leave nothing out.
namespace migrate_again_tests {

using reel::Errc;
using reel::Memory;
using reel::OnConflict;
using reel::testing::error_from;
using reel::testing::TemporaryFolder;
using reel::video::Scene;
using reel::video::Video;

const reel::MigrationSet set = reel::migration_set<Video, Scene>();

struct Stores {
  Stores() {
    videos.setup();
    reel::Repository<Scene, Memory>(source).setup();
    for (const char* id : {"a", "b"}) videos.create({.topic = "first"}, {.id = reel::Id<Video>{id}});
    reel::Repository<Scene, Memory>(source).create({.video_id = reel::Id<Video>{"a"}, .scene_number = 1});
  }
  void change() { videos.update(reel::Id<Video>{"a"}, reel::Patch<Video>{}.set<&Video::topic>("second")); }
  std::string copied() { return reel::Repository<Video, Memory>(target).get(reel::Id<Video>{"a"}).value.topic; }

  Memory source, target;
  reel::Repository<Video, Memory> videos{source};
};

TEST_CASE("a change during a migration is copied by the next one", "[migrate]") {
  const TemporaryFolder folder;
  Stores stores;
  reel::MigrationOptions options{.on_conflict = OnConflict::overwrite, .journal = folder / "journal"};
  bool has_changed = false;
  options.on_progress = [&](const reel::MigrationProgress& progress) {
    if (progress.kind.id == "scenes" && !has_changed) stores.change(), has_changed = true;
    return true;
  };
  CHECK(reel::migrate(stores.source, stores.target, set, options).clean());
  REQUIRE(has_changed);
  REQUIRE(stores.copied() == "first");
  CHECK(reel::migrate(stores.source, stores.target, set, options).total().overwritten == 1);
  CHECK(stores.copied() == "second");
}

TEST_CASE("a change between a stopped migration and the next one is copied", "[migrate]") {
  const TemporaryFolder folder;
  Stores stores;
  reel::MigrationOptions options{.on_conflict = OnConflict::overwrite, .journal = folder / "journal"};
  options.on_progress = [](const reel::MigrationProgress& progress) { return progress.kind.id != "videos"; };
  CHECK(reel::migrate(stores.source, stores.target, set, options).cancelled);
  stores.change();
  options.on_progress = {};
  CHECK(reel::migrate(stores.source, stores.target, set, options).clean());
  CHECK(reel::migrate(stores.source, stores.target, set, options).clean());
  CHECK(stores.copied() == "second");
}

TEST_CASE("a difference is reported again by the next migration", "[migrate]") {
  const TemporaryFolder folder;
  Stores stores;
  const reel::MigrationOptions options{.journal = folder / "journal"};
  CHECK(reel::migrate(stores.source, stores.target, set, options).clean());
  reel::Repository<Video, Memory>(stores.target)
      .update(reel::Id<Video>{"b"}, reel::Patch<Video>{}.set<&Video::topic>("another"));
  for (int run = 0; run < 2; ++run) {
    INFO("run " << run);
    CHECK_FALSE(reel::migrate(stores.source, stores.target, set, options).clean());
  }
}

TEST_CASE("a journal does not pass for one with a more thorough check", "[migrate]") {
  const TemporaryFolder folder;
  Stores stores;
  reel::MigrationOptions options{.verify = reel::Verify::none, .journal = folder / "journal"};
  CHECK(reel::migrate(stores.source, stores.target, set, options).clean());
  options.verify = reel::Verify::full;
  const auto error = error_from([&] { reel::migrate(stores.source, stores.target, set, options); });
  CHECK(error.code() == Errc::conflict);
}

TEST_CASE("the items of a report that does not list all are refused", "[migrate]") {
  Stores stores;
  reel::MigrationOptions options;
  options.stop = [] { return true; };
  const reel::MigrationReport stopped = reel::migrate(stores.source, stores.target, set, options);
  REQUIRE(stopped.cancelled);
  CHECK(error_from([&] { static_cast<void>(reel::unfinished(stopped)); }).code() == Errc::invalid);
}

TEST_CASE("a mirror that was stopped in its first comparison compares again", "[mirror]") {
  const TemporaryFolder folder;
  Stores stores;
  reel::Repository<Video, Memory>(stores.target).setup();
  reel::Repository<Video, Memory>(stores.target).create({.topic = "only here"}, {.id = reel::Id<Video>{"x"}});
  reel::MirrorOptions options{.journal = folder / "journal"};
  int asked = 0;
  for (int limit = 0; limit < 12; ++limit) {
    asked = 0;
    options.stop = [&] { return ++asked > limit; };
    try {
      static_cast<void>(reel::mirror(stores.source, stores.target, set, options));
    } catch (const reel::Error& error) {
      CHECK(error.code() == Errc::conflict);
    }
    CHECK(reel::Repository<Video, Memory>(stores.target).count() == 1);
  }
  options.stop = {};
  const auto error = error_from([&] { static_cast<void>(reel::mirror(stores.source, stores.target, set, options)); });
  CHECK(error.code() == Errc::conflict);
}

}  // namespace migrate_again_tests
