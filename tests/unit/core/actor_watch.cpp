#include <memory>
#include <vector>

#include <reel/actor.hpp>
#include <reel/as.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/layer.hpp>
#include <reel/driver/polled_feed.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/watcher.hpp>

#include "support/catch.hpp"

namespace actor_watch_tests {

using namespace reel;
using reel::testing::Track;
using reel::testing::Watcher;

/// A `Memory` without history, in which everyone may read the record `a` only while the snapshot is read.
class ReadableForSnapshot : public driver::Layer<Memory> {
 public:
  using Layer::Layer, Layer::changes, Layer::list;
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const {
    return std::make_shared<driver::PolledFeed>(
        [this, &schema](const driver::QueryTree& query) { return below().list(schema, query); });
  }
  /// The watch first reads which records the actor may read, and then the snapshot.
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    const bool is_snapshot = ++reads_ == 2;
    if (is_snapshot) permit({Permission::read(Role::any())});
    const auto page = below().list(schema, query);
    if (is_snapshot) permit({});
    return page;
  }

 private:
  void permit(std::vector<Permission> permissions) const {
    records<Track>(below()).update(Id<Track>{"a"}, Patch<Track>{}.permissions(std::move(permissions)));
  }

  mutable int reads_ = 0;
};

TEST_CASE("a record that was readable only for the snapshot is reported as left", "[actor]") {
  Memory memory;
  records<Track>(memory).setup();
  records<Track>(memory).create({.title = "a"}, {.id = Id<Track>{"a"}});
  ReadableForSnapshot store(memory);
  auto guest = as(store, Actor::guest());
  Watcher<Track> watcher(records<Track>(guest), {});
  watcher.expect_next("present a");
  watcher.expect_next("bookmark");
  watcher.expect_next("left a");
  CHECK(watcher.events().size() == 3);
}

TEST_CASE("an actor distinguishes a removed record from a hidden one", "[actor]") {
  Memory store;
  const auto tracks = records<Track>(store);
  tracks.setup();
  const auto read_by_any = std::vector{Permission::read(Role::any())};
  tracks.create({.title = "a"}, {.id = Id<Track>{"a"}, .permissions = read_by_any});
  tracks.create({.title = "b"}, {.id = Id<Track>{"b"}, .permissions = read_by_any});
  auto guest = as(store, Actor::guest());
  Watcher<Track> watcher(records<Track>(guest), {});
  watcher.expect_next("present a");
  watcher.expect_next("present b");
  watcher.expect_next("bookmark");
  tracks.remove(Id<Track>{"a"});
  watcher.expect_next("removed a");
  tracks.update(Id<Track>{"b"}, Patch<Track>{}.permissions({}));
  watcher.expect_next("left b");
  CHECK(watcher.events().size() == 5);
}

}  // namespace actor_watch_tests
