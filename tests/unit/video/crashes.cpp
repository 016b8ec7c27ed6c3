#include <signal.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include <reel/backends/filesystem/settings.hpp>
#include <reel/video/catalog.hpp>
#include <reel/video/orphans.hpp>

#include "dying_store.hpp"
#include "stores.hpp"
#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/hooked_calls.hpp"

// A program that ends at any write of a call that has several.

namespace crashes_tests {

using reel::video::Catalog;
using reel::video::Video;
using video_tests::DyingStore;
using AnyCatalog = Catalog<reel::AnyStore>;

/// Runs `work(catalog)` with one more allowed write each time, until it ends without a fault. After each run calls
/// `check(store)`. `prepare(catalog)` runs on the whole store first.
template <class Prepare, class Work, class Check>
int at_each_write(Prepare&& prepare, Work&& work, Check&& check) {
  for (int writes = 0;; ++writes) {
    INFO(writes << " writes");
    reel::AnyStore store = video_tests::memory_store();
    const AnyCatalog catalog(store);
    catalog.setup();
    prepare(catalog);
    const auto dying = std::make_shared<DyingStore>(store, writes);
    try {
      reel::AnyStore program(dying);
      work(AnyCatalog(program));
    } catch (const reel::Error& error) {
      REQUIRE(error.code() == reel::Errc::unavailable);
    }
    check(store);
    if (!dying->has_died()) return writes;
  }
}

/// Runs `work(catalog)` on a Filesystem in a process that is killed before its n-th change of the disk, for each n that
/// it reaches. `prepare(catalog)` runs on the store first. After each run calls `check(store)`.
template <class Prepare, class Work, class Check>
int killed_at_each_change(Prepare&& prepare, Work&& work, Check&& check) {
  const reel::FilesystemOptions relaxed{.durability = reel::Durability::relaxed};
  for (int fatal = 1;; ++fatal) {
    INFO("killed before change " << fatal);
    const reel::testing::TemporaryFolder folder;
    {
      reel::AnyStore store(std::make_shared<reel::Filesystem>(folder.path(), relaxed));
      const AnyCatalog catalog(store);
      catalog.setup();
      prepare(catalog);
    }
    reel::testing::Child program([&](const reel::testing::Child::Pipe&) {
      int changes = 0;
      reel::testing::HookedCalls calls([&] {
        if (++changes == fatal) ::kill(::getpid(), SIGKILL);
        return true;
      });
      reel::Filesystem files = reel::filesystem::Seams{.calls = &calls}.open(folder.path(), relaxed);
      reel::AnyStore store(std::shared_ptr<reel::Filesystem>(std::shared_ptr<void>(), &files));
      work(AnyCatalog(store));
    });
    const bool was_killed = program.was_killed();
    reel::AnyStore store(std::make_shared<reel::Filesystem>(folder.path(), relaxed));
    check(store);
    if (!was_killed) return fatal - 1;
  }
}

/// The orphans of the store.
std::vector<std::string> names(reel::AnyStore& store) {
  std::vector<std::string> names;
  for (const reel::video::Orphan& orphan : reel::video::orphans(store))
    names.push_back(orphan.container + " " + orphan.id);
  return names;
}

/// Expects that every address of a video is the id of a blob.
void check_addresses(reel::AnyStore& store) {
  const auto finals = reel::blobs(store, reel::video::final_videos());
  const auto kept = reel::blobs(store, reel::video::artifacts());
  for (const auto& video : reel::records<Video>(store).all())
    if (video.value.combined_video_url) CHECK(finals.exists(reel::BlobId{*video.value.combined_video_url}));
  for (const auto& artifact : reel::records<reel::video::Artifact>(store).all())
    CHECK(kept.exists(reel::BlobId{artifact.value.blob_id}));
}

TEST_CASE("no record refers to a blob that does not exist, wherever attach_final ends", "[crash]") {
  const reel::Id<Video> id{"v"};
  const int writes = at_each_write(
      [&](const AnyCatalog& catalog) {
        catalog.create_video({.topic = "t", .id = id});
        catalog.attach_final(id, reel::from_bytes("old"), {.name = "a.mp4"});
      },
      [&](const AnyCatalog& catalog) { catalog.attach_final(id, reel::from_bytes("new"), {.name = "a.mp4"}); },
      [](reel::AnyStore& store) { check_addresses(store); });
  CHECK(writes == 3);
}

TEST_CASE("no record refers to a blob that does not exist, wherever a process within attach_final is killed",
          "[crash]") {
  const reel::Id<Video> id{"v"};
  const int changes = killed_at_each_change(
      [&](const AnyCatalog& catalog) {
        catalog.create_video({.topic = "t", .id = id});
        catalog.attach_final(id, reel::from_bytes("old"), {.name = "a.mp4"});
      },
      [&](const AnyCatalog& catalog) { catalog.attach_final(id, reel::from_bytes("new"), {.name = "a.mp4"}); },
      [&](reel::AnyStore& store) {
        check_addresses(store);
        const bool has_address = AnyCatalog(store).get(id).value.combined_video_url.has_value();
        const std::vector<std::string> orphan{"final_videos video_v"};
        CHECK(names(store) == (has_address ? std::vector<std::string>{} : orphan));
        AnyCatalog(store).attach_final(id, reel::from_bytes("again"), {.name = "a.mp4"});
        CHECK(names(store).empty());
      });
  CHECK(changes > 5);
}

TEST_CASE("no artifact refers to a blob that does not exist, wherever fail and remove end", "[crash]") {
  const reel::Id<Video> id{"v"};
  at_each_write([&](const AnyCatalog& catalog) { catalog.create_video({.topic = "t", .id = id}); },
                [&](const AnyCatalog& catalog) { catalog.fail(id, std::string(5000, 'x')); },
                [](reel::AnyStore& store) { check_addresses(store); });
  at_each_write(
      [&](const AnyCatalog& catalog) {
        catalog.create_video({.topic = "t", .id = id}, {{.number = 1}});
        catalog.attach_final(id, reel::from_bytes("old"), {.name = "a.mp4"});
        catalog.fail(id, std::string(5000, 'x'));
      },
      [&](const AnyCatalog& catalog) { catalog.remove(id); }, [](reel::AnyStore& store) { check_addresses(store); });
}

TEST_CASE("a video has all its scenes or does not exist, wherever create_video ends", "[crash]") {
  const reel::Id<Video> id{"v"};
  const int writes =
      at_each_write([](const AnyCatalog&) {},
                    [&](const AnyCatalog& catalog) {
                      catalog.create_video({.topic = "t", .id = id}, {{.number = 1}, {.number = 2}, {.number = 3}});
                    },
                    [&](reel::AnyStore& store) {
                      const AnyCatalog catalog(store);
                      if (!catalog.find(id)) return;
                      CHECK(catalog.scenes_of(id).size() == 3);
                      CHECK(catalog.history(id).size() <= 1);
                    });
  CHECK(writes == 3);
}

TEST_CASE("a video has all its scenes or does not exist, wherever a process within create_video is killed", "[crash]") {
  const reel::Id<Video> id{"v"};
  const int changes =
      killed_at_each_change([](const AnyCatalog&) {},
                            [&](const AnyCatalog& catalog) {
                              catalog.create_video({.topic = "t", .id = id}, {{.number = 1}, {.number = 2}});
                            },
                            [&](reel::AnyStore& store) {
                              const AnyCatalog catalog(store);
                              const bool exists = catalog.find(id).has_value();
                              if (exists) CHECK(catalog.scenes_of(id).size() == 2);
                              if (exists) CHECK(names(store).empty());
                              catalog.remove(id);
                              CHECK(names(store).empty());
                              catalog.create_video({.topic = "t", .id = id}, {{.number = 1}});
                            });
  CHECK(changes > 5);
}

TEST_CASE("what an interrupted call leaves is an orphan with a name", "[crash]") {
  reel::AnyStore store = video_tests::memory_store();
  const AnyCatalog catalog(store);
  catalog.setup();
  const reel::Id<Video> id{"v"};
  catalog.create_video({.topic = "t", .id = id}, {{.number = 1}});
  catalog.attach_final(id, reel::from_bytes("f"), {.name = "a.mp4"});
  catalog.fail(id, std::string(5000, 'x'));
  CHECK(names(store).empty());

  const auto attaching = std::make_shared<DyingStore>(store, 2);
  reel::AnyStore program(attaching);
  CHECK_THROWS_AS(AnyCatalog(program).attach_final(id, reel::from_bytes("new"), {.name = "a.mp4"}), reel::Error);
  CHECK(names(store) == std::vector<std::string>{"final_videos video_v"});

  const auto creating = std::make_shared<DyingStore>(store, 2);
  reel::AnyStore other(creating);
  CHECK_THROWS_AS(AnyCatalog(other).create_video({.topic = "t"}, {{.number = 1}}), reel::Error);
  const std::vector<std::string> left = names(store);
  REQUIRE(left.size() == 3);
  CHECK(left[0].starts_with("scenes "));
  CHECK(left[1].starts_with("video_events "));
}

TEST_CASE("orphans are found among records of older programs", "[crash]") {
  reel::AnyStore store = video_tests::memory_store();  // the only local store that takes other names of states
  const AnyCatalog catalog(store);
  catalog.setup();
  using VideoRow = reel::video::VideoRowOf<std::string>;
  using SceneRow = reel::video::SceneRowOf<std::string>;
  const auto made = catalog.create_video({.topic = "t", .id = reel::Id<Video>{"v"}}, {{.number = 1}});
  const auto scene = catalog.scenes_of(made.id).front().id;
  catalog.attach_final(made.id, reel::from_bytes("f"), {.name = "a.mp4"});
  catalog.attach_source(scene, reel::from_bytes("c"), {.name = "a.py"});
  reel::records<VideoRow>(store).update(
      reel::Id<VideoRow>{"v"}, reel::Patch<VideoRow>{}.set(reel::field<&VideoRow::status>, std::string("processing")));
  reel::records<SceneRow>(store).update(
      reel::Id<SceneRow>{scene.str()},
      reel::Patch<SceneRow>{}.set(reel::field<&SceneRow::status>, std::string("drafted")));
  CHECK(names(store).empty());
  reel::records<VideoRow>(store).remove(reel::Id<VideoRow>{"v"});
  const std::vector<std::string> left{"video_events v", "final_videos video_v", "source_code code_" + scene.str()};
  CHECK(names(store) == left);  // the store has removed the scene with its video
}

}  // namespace crashes_tests
