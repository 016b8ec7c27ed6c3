#include <memory>
#include <string>
#include <vector>

#include <reel/video/catalog.hpp>
#include <reel/video/orphans.hpp>

#include "dying_store.hpp"
#include "stores.hpp"
#include "support/catch.hpp"

// A program that ends at any write of a call that has several.

namespace {

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

}  // namespace

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
