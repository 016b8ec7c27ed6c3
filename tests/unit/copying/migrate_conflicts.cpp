#include <reel/migrate.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/layer.hpp>
#include <reel/md5.hpp>
#include <reel/migration/renamed_id.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/temporary_folder.hpp"

/// Ids that the target has with other content.
namespace migrate_conflicts_tests {

using namespace std::chrono_literals;
using reel::Errc;
using reel::Memory;
using reel::MigrationReport;
using reel::OnConflict;
using reel::testing::error_from;
using reel::testing::TemporaryFolder;
using reel::video::Artifact;
using reel::video::Scene;
using reel::video::Video;

const reel::Bucket films = reel::video::final_videos();
const reel::MigrationSet set = reel::migration_set<Video, Scene>({films});
const reel::driver::CollectionSchema& videos = reel::schema_of<Video>();
const reel::driver::CollectionSchema& scenes = reel::schema_of<Scene>();

/// The topic of a video; empty without one.
template <class Store>
std::string topic(Store& store, std::string_view id) {
  const reel::driver::DocumentPtr found = store.find(videos, id);
  return found ? *found->values[0].template as<std::string>() : std::string();
}
template <class Store>
void put(Store& store, const std::string& id, const std::string& text) {
  reel::BlobStore<Store>(store, films)
      .put(reel::BlobId{id}, reel::from_bytes(text), {.name = "f.mp4", .overwrite = true});
}
std::string film(Memory& store, const std::string& id) {
  std::string text;
  reel::BlobStore<Memory>(store, films).get(reel::BlobId{id}, reel::to_bytes(text));
  return text;
}
void set_up(Memory& store) {
  store.ensure(videos);
  store.ensure(scenes);
  store.ensure(films);
}
void create(Memory& store, const char* id, const std::string& topic) {
  reel::Repository<Video, Memory>(store).create(Video{.topic = topic}, {.id = reel::Id<Video>{id}});
}

/// A source and a target that differ in the video `red` and the film `red`. Only the source has `blue`.
struct Conflicting {
  Memory source{}, target{}, backup{};

  Conflicting() {
    set_up(source);
    set_up(target);
    create(source, "red", "of the source");
    create(source, "blue", "of the source");
    reel::Repository<Scene, Memory>(source).create(
        Scene{.video_id = reel::Id<Video>{"red"}, .generated_code = "x", .scene_number = 1},
        {.id = reel::Id<Scene>{"red1"}});
    create(target, "red", "of the target");
    put(source, "red", "film of the source");
    put(source, "blue", "another film");
    put(target, "red", "film of the target");
  }
};

/// Whether the outcomes add up to the items found.
bool adds_up(const MigrationReport& report) {
  return std::all_of(report.kinds.begin(), report.kinds.end(), [](const reel::MigrationCounts& one) {
    return one.found ==
           one.created + one.overwritten + one.unchanged + one.skipped + one.renamed + one.filtered + one.failed;
  });
}

/// A target in which another writer changes the video `red` before each of the first `changes` writes.
class Busy : public reel::driver::Layer<Memory> {
 public:
  using Layer::Layer, Layer::put;

  std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                               std::vector<reel::driver::Write> writes, reel::driver::Batch batch) {
    if (batch == reel::driver::Batch::atomic) {
      ++attempts;
      if (attempts <= changes) change();
    }
    return Layer::write(schema, std::move(writes), batch);
  }
  std::function<void()> change{};
  int changes = 0, attempts = 0;
};

TEST_CASE("a record that changes in the target is compared again before it is overwritten", "[migrate]") {
  Conflicting stores;
  Busy target(stores.target);
  int written = 0;
  target.change = [&] {
    stores.target.update(videos, "red", {.values = {{0, reel::driver::Value{"change " + std::to_string(++written)}}}});
  };
  const reel::MigrationSet records = reel::migration_set<Video>();
  SECTION("until it stays the same") {
    target.changes = 3;  // the first write is that of blue
    const MigrationReport report =
        reel::migrate(stores.source, target, records, {.on_conflict = OnConflict::overwrite});
    CHECK(report.clean());
    CHECK(report.collection("videos").overwritten == 1);
    CHECK(topic(target, "red") == "of the source");
    CHECK(written == 3);
  }
  SECTION("and the backup has the value that was replaced") {
    target.changes = 3;
    const MigrationReport report =
        reel::migrate(stores.source, target, records, {.on_conflict = OnConflict::overwrite, .backup = stores.backup});
    CHECK(report.clean());
    CHECK(topic(target, "red") == "of the source");
    CHECK(topic(stores.backup, "red") == "change 3");
  }
  SECTION("unless the backup has a value that an earlier migration has replaced") {
    const reel::driver::DocumentPtr before = stores.target.find(videos, "red");
    const reel::MigrationOptions options{.on_conflict = OnConflict::overwrite, .backup = stores.backup};
    CHECK(reel::migrate(stores.source, stores.target, records, options).clean());
    stores.target.remove(videos, "red", std::nullopt);
    stores.target.create(videos, *before);
    target.changes = 1;
    const MigrationReport report = reel::migrate(stores.source, target, records, options);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].operation == "backup");
    CHECK(topic(target, "red") == "change 1");
    CHECK(topic(stores.backup, "red") == "of the target");
  }
  SECTION("at most three times") {
    target.changes = 100;
    const MigrationReport report =
        reel::migrate(stores.source, target, records, {.on_conflict = OnConflict::overwrite});
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].operation == "overwrite");
    CHECK(report.failures[0].code == Errc::conflict);
    CHECK(topic(target, "red") == "change 4");
    CHECK(adds_up(report));
  }
  SECTION("and decided again") {
    target.changes = 2;
    stores.source.update(videos, "red", {.updated_at = stores.target.find(videos, "red")->updated_at + 1h});
    target.change = [&] {  // the target becomes equal to the source
      const reel::driver::DocumentPtr red = stores.source.find(videos, "red");
      stores.target.remove(videos, "red", std::nullopt);
      stores.target.create(videos, *red);
    };
    const MigrationReport report =
        reel::migrate(stores.source, target, records, {.on_conflict = OnConflict::overwrite});
    CHECK(report.collection("videos").overwritten == 0);
    CHECK(report.collection("videos").unchanged == 1);
  }
  SECTION("and created if it was removed") {
    target.changes = 2;
    target.change = [&] { stores.target.remove(videos, "red", std::nullopt); };
    const MigrationReport report =
        reel::migrate(stores.source, target, records, {.on_conflict = OnConflict::overwrite});
    CHECK(report.clean());
    CHECK(report.collection("videos").created == 2);
    CHECK(topic(target, "red") == "of the source");
  }
}

TEST_CASE("a blob that changes in the target is compared again before it is overwritten", "[migrate]") {
  /// A target in which another writer replaces the film `red` before it is looked up alone.
  struct BusyFilms : reel::driver::Layer<Memory> {
    using Layer::Layer, Layer::find;
    std::optional<reel::BlobInfo> find(const reel::Bucket& bucket, std::string_view id) {
      if (id == "red" && changes-- > 0)
        migrate_conflicts_tests::put(below(), "red", "change " + std::to_string(changes));
      return Layer::find(bucket, id);
    }
    int changes = 0;
  };
  Conflicting stores;
  BusyFilms target(stores.target);
  const reel::MigrationSet blobs = reel::migration_set<>({films});
  target.changes = 2;
  CHECK(reel::migrate(stores.source, target, blobs, {.on_conflict = OnConflict::overwrite})
            .bucket(films.id)
            .overwritten == 1);
  CHECK(film(stores.target, "red") == "film of the source");
  put(stores.target, "red", "film of the target");
  target.changes = 100;
  const MigrationReport report = reel::migrate(stores.source, target, blobs, {.on_conflict = OnConflict::overwrite});
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].operation == "overwrite");
  CHECK(report.failures[0].code == Errc::conflict);
  CHECK(film(stores.target, "red").starts_with("change "));
}

TEST_CASE("each collection and bucket has its own treatment of conflicts", "[migrate]") {
  Conflicting stores;
  const MigrationReport report = reel::migrate(
      stores.source, stores.target, set,
      {.on_conflict = OnConflict::skip, .kinds = {{.kind = {.id = "videos"}, .on_conflict = OnConflict::overwrite}}});
  CHECK(report.clean());
  CHECK(report.collection("videos").overwritten == 1);
  CHECK(report.bucket(films.id).skipped == 1);
  CHECK(topic(stores.target, "red") == "of the source");
  CHECK(film(stores.target, "red") == "film of the target");
}

TEST_CASE("if_unchanged fails without an earlier migration", "[migrate]") {
  const TemporaryFolder folder;
  Conflicting stores;
  std::this_thread::sleep_for(2ms);  // the target's values are older than the migration
  for (const std::string& journal : {std::string(), std::string(folder / "journal"), std::string(folder / "journal")}) {
    const MigrationReport report =
        reel::migrate(stores.source, stores.target, set, {.on_conflict = OnConflict::if_unchanged, .journal = journal});
    CHECK(report.failures.size() == 2);
    CHECK(topic(stores.target, "red") == "of the target");
  }
}

TEST_CASE("if_unchanged replaces what the target has not changed since the last migration", "[migrate]") {
  const TemporaryFolder folder;
  struct {
    Memory source, target;
  } stores;
  {
    Conflicting filled;
    CHECK(reel::migrate(filled.source, stores.source, set).clean());
  }
  std::this_thread::sleep_for(2ms);  // the values are older than the migration
  const reel::MigrationOptions options{.on_conflict = OnConflict::if_unchanged, .journal = folder / "journal"};
  CHECK(reel::migrate(stores.source, stores.target, set, options).clean());
  const reel::Repository<Video, Memory> in_source(stores.source), in_target(stores.target);
  CHECK(topic(stores.target, "red") == "of the source");

  // changed in the source only
  in_source.update(reel::Id<Video>{"red"}, reel::Patch<Video>{}.set<&Video::topic>("second"));
  const MigrationReport second = reel::migrate(stores.source, stores.target, set, options);
  CHECK(second.clean());
  CHECK(second.collection("videos").overwritten == 1);
  CHECK(topic(stores.target, "red") == "second");

  // changed in both
  in_source.update(reel::Id<Video>{"red"}, reel::Patch<Video>{}.set<&Video::topic>("third"));
  in_target.update(reel::Id<Video>{"red"}, reel::Patch<Video>{}.set<&Video::topic>("of a user"));
  const MigrationReport third = reel::migrate(stores.source, stores.target, set, options);
  REQUIRE(third.failures.size() == 1);
  CHECK(third.failures[0].id == "red");
  CHECK(third.failures[0].operation == "compare");
  CHECK(third.failures[0].code == Errc::conflict);
  CHECK(third.failures[0].reason.starts_with("the target has changed it since 20"));
  CHECK(topic(stores.target, "red") == "of a user");

  // a migration that has listed the conflict does not settle it
  CHECK(reel::migrate(stores.source, stores.target, set, options).failures.size() == 1);
  CHECK(topic(stores.target, "red") == "of a user");
}

TEST_CASE("rename copies under another id that references follow", "[migrate]") {
  Conflicting stores;
  const reel::MigrationOptions options{.on_conflict = OnConflict::rename};
  const std::string renamed = "red-" + reel::md5_hex("collection videos\nred").substr(0, 16);
  const MigrationReport report = reel::migrate(stores.source, stores.target, set, options);
  CHECK(report.clean());
  CHECK(adds_up(report));
  CHECK(report.collection("videos").renamed == 1);
  CHECK(report.collection("videos").created == 1);
  CHECK(report.collection("videos").verified == 2);
  CHECK(report.bucket(films.id).renamed == 1);
  CHECK(topic(stores.target, "red") == "of the target");
  CHECK(topic(stores.target, renamed) == "of the source");
  CHECK(*stores.target.find(scenes, "red1")->values[0].as<std::string>() == renamed);
  CHECK(film(stores.target, "red") == "film of the target");
  CHECK(film(stores.target, "red-" + reel::md5_hex("bucket final_videos\nred").substr(0, 16)) == "film of the source");

  SECTION("the next run finds it") {
    const MigrationReport again = reel::migrate(stores.source, stores.target, set, options);
    CHECK(again.clean());
    CHECK(again.total().unchanged == 5);
    CHECK(stores.target.count(videos, {}) == 3);
  }
  SECTION("even if the target has removed its own") {
    stores.target.remove(videos, "red", std::nullopt);
    const MigrationReport again = reel::migrate(stores.source, stores.target, set, options);
    CHECK(again.total().unchanged == 5);
    CHECK(topic(stores.target, "red").empty());
  }
  SECTION("a copy that was changed is a failure") {
    stores.target.update(videos, renamed, {.values = {{0, reel::driver::Value{"changed"}}}});
    const MigrationReport again = reel::migrate(stores.source, stores.target, set, options);
    REQUIRE(again.failures.size() == 1);
    CHECK(again.failures[0].id == "red");
    CHECK(again.failures[0].code == Errc::already_exists);
    CHECK(topic(stores.target, renamed) == "changed");
  }
}

TEST_CASE("a plan of renames writes nothing and counts them", "[migrate]") {
  Conflicting stores;
  const MigrationReport report =
      reel::migrate(stores.source, stores.target, set, {.plan = true, .on_conflict = OnConflict::rename});
  CHECK(report.clean());
  CHECK(report.total().renamed == 2);
  CHECK(stores.target.count(videos, {}) == 1);
}

TEST_CASE("a new id is valid for ids of any length and does not depend on case", "[migrate]") {
  const std::string longest(36, 'a');
  const std::string renamed = reel::renamed_id({.id = "videos"}, longest);
  CHECK(renamed.size() == 36);
  CHECK(reel::is_valid_id(renamed));
  CHECK(reel::same_id(reel::renamed_id({.id = "v"}, "Red"), reel::renamed_id({.id = "v"}, "red")));
  CHECK(reel::renamed_id({.id = "v"}, "red") != reel::renamed_id({.id = "v", .bucket = true}, "red"));
}

TEST_CASE("what is overwritten is stored in the backup first", "[migrate]") {
  Conflicting stores;
  const reel::driver::DocumentPtr before = stores.target.find(videos, "red");
  const reel::MigrationOptions options{.on_conflict = OnConflict::overwrite, .backup = stores.backup};
  CHECK(reel::migrate(stores.source, stores.target, set, options).clean());
  CHECK(topic(stores.target, "red") == "of the source");
  REQUIRE(topic(stores.backup, "red") == "of the target");
  CHECK(stores.backup.find(videos, "red")->updated_at == before->updated_at);
  CHECK(stores.backup.count(videos, {}) == 1);
  CHECK(film(stores.backup, "red") == "film of the target");

  SECTION("a value that it has already is not stored again") {
    stores.target.remove(videos, "red", std::nullopt);
    stores.target.create(videos, *before);
    CHECK(reel::migrate(stores.source, stores.target, set, options).clean());
    CHECK(topic(stores.target, "red") == "of the source");
  }
  SECTION("what it cannot store is not overwritten") {
    stores.target.update(videos, "red", {.values = {{0, reel::driver::Value{"later"}}}});
    put(stores.target, "red", "a later film");
    const MigrationReport report = reel::migrate(stores.source, stores.target, set, options);
    REQUIRE(report.failures.size() == 2);
    CHECK(report.failures[0].operation == "backup");
    CHECK(report.failures[0].code == Errc::already_exists);
    CHECK(report.failures[1].kind.bucket);
    CHECK(report.failures[1].operation == "backup");
    CHECK(topic(stores.target, "red") == "later");
    CHECK(topic(stores.backup, "red") == "of the target");
    CHECK(film(stores.target, "red") == "a later film");
    CHECK(film(stores.backup, "red") == "film of the target");
  }
}

TEST_CASE("a backup in the source or the target is refused", "[migrate]") {
  Conflicting stores;
  for (Memory* const store : {&stores.source, &stores.target}) {
    const reel::Error error = error_from([&] {
      reel::migrate(stores.source, stores.target, set, {.on_conflict = OnConflict::overwrite, .backup = *store});
    });
    CHECK(error.code() == Errc::invalid);
    CHECK(topic(stores.target, "red") == "of the target");
  }
}

}  // namespace migrate_conflicts_tests
