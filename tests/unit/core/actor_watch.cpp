#include <memory>
#include <set>
#include <string>
#include <vector>

#include <reel/actor.hpp>
#include <reel/as.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/layer.hpp>
#include <reel/driver/polled_feed.hpp>
#include <reel/error.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/watcher.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"

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

/// A `Memory` without history, in some of whose lists the record `a` cannot be read. Its feed reports that record
/// later.
class UnreadableInLists : public driver::Layer<Memory> {
 public:
  std::set<int> failing{};  ///< the numbers of the lists; the first one is that of the rights, then of the snapshot
  Errc error = Errc::unavailable;  ///< the feed reports only records whose error is `unavailable`

  using Layer::Layer, Layer::changes, Layer::list;
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const {
    struct Feed : driver::PolledFeed {
      using PolledFeed::PolledFeed;
      bool will_report(const Error& error) override {
        return error.code() == Errc::unavailable && error.context().id == "a";
      }
    };
    return std::make_shared<Feed>(
        [this, &schema](const driver::QueryTree& query) { return below().list(schema, query); });
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    driver::Page<driver::DocumentPtr> page = below().list(schema, query);
    const auto fails = [](const driver::DocumentPtr& document) { return document->id == "a"; };
    if (failing.contains(++lists_) && std::erase_if(page.items, fails) > 0)
      page.failed.emplace_back(error, "a secret", ErrorContext{.id = "a"});
    return page;
  }

 private:
  mutable int lists_ = 0;
};

/// A `Memory` with the records `a` and `b`, which everyone may read.
struct TwoTracks : Memory {
  Repository<Track, Memory> tracks = records<Track>(static_cast<Memory&>(*this));

  TwoTracks() {
    tracks.setup();
    for (const char* id : {"a", "b"})
      tracks.create({.title = id}, {.id = Id<Track>{id}, .permissions = {{Permission::read(Role::any())}}});
  }
};

TEST_CASE("a record that cannot be read when an actor's watch starts is left out until the feed reports it",
          "[actor]") {
  for (const std::set<int>& failing : {std::set{2}, std::set{1, 2}}) {
    TwoTracks memory;
    UnreadableInLists store(memory);
    store.failing = failing;
    auto guest = as(store, Actor::guest());
    Watcher<Track> watcher(records<Track>(guest), {});
    watcher.expect_next("present b");
    watcher.expect_next("bookmark");
    memory.tracks.update(Id<Track>{"a"}, Patch<Track>{}.set<&Track::title>("c"));
    watcher.expect_next("entered a");
    memory.tracks.remove(Id<Track>{"a"});
    watcher.expect_next("removed a");
    CHECK(watcher.events().size() == 4);
  }
}

TEST_CASE("a record that an actor's watch left out is not reported as removed", "[actor]") {
  for (const std::set<int>& failing : {std::set{2}, std::set{1, 2}}) {
    TwoTracks memory;
    UnreadableInLists store(memory);
    store.failing = failing;
    auto guest = as(store, Actor::guest());
    Watcher<Track> watcher(records<Track>(guest), {});
    watcher.expect_next("present b");
    watcher.expect_next("bookmark");
    memory.tracks.remove(Id<Track>{"a"});
    memory.tracks.remove(Id<Track>{"b"});
    watcher.expect_next("removed b");
    CHECK(watcher.events().size() == 3);
  }
}

TEST_CASE("a record that can be read for the snapshot is in it although the actor's rights were unknown before",
          "[actor]") {
  TwoTracks memory;
  UnreadableInLists store(memory);
  store.failing = {1};
  auto guest = as(store, Actor::guest());
  Watcher<Track> watcher(records<Track>(guest), {});
  watcher.expect_next("present a");
  watcher.expect_next("present b");
  watcher.expect_next("bookmark");
  memory.tracks.remove(Id<Track>{"a"});
  watcher.expect_next("removed a");
  CHECK(watcher.events().size() == 4);
}

TEST_CASE("a record that cannot be read and will not be reported ends an actor's watch", "[actor]") {
  for (const int failing : {1, 2}) {
    TwoTracks memory;
    UnreadableInLists store(memory);
    store.failing = {failing};
    store.error = Errc::corrupt;
    auto guest = as(store, Actor::guest());
    const auto watch = records<Track>(guest).watch();
    const Error error = testing::error_from([&] { static_cast<void>(watch.begin()); });
    CHECK(error.code() == Errc::corrupt);
    CHECK(error.id().empty());
    CHECK(error.reason().find("secret") == std::string::npos);
  }
}

}  // namespace actor_watch_tests
