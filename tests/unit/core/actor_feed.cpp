#include <reel/detail/actor_feed.hpp>

#include <memory>
#include <string>
#include <vector>

#include <reel/actor.hpp>
#include <reel/as.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/polled_feed.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/watcher.hpp>

#include "support/catch.hpp"

namespace actor_feed_tests {

using namespace reel;
using reel::testing::Track;
using reel::testing::Watcher;

/// The feed of an actor who may not read the collection, over records that the test replaces. The feed below has no
/// history: it sees the records only when it looks.
struct Fixture {
  void set(std::vector<Permission> permissions) {
    driver::Document document{.id = "a", .sequence = 1, .created_at = now(), .updated_at = ++time};
    document.permissions = std::move(permissions);
    record = std::make_shared<const driver::Document>(std::move(document));
  }
  [[nodiscard]] driver::Page<driver::DocumentPtr> list() const {
    driver::Page<driver::DocumentPtr> page;
    page.items.push_back(record);
    page.total = 1;
    return page;
  }

  Timestamp time = now();
  driver::DocumentPtr record{};
  const Actor ada = Actor::user("ada");
  detail::ActorFeed feed{
      std::make_shared<driver::PolledFeed>([this](const driver::QueryTree&) { return list(); }),
      [this](const driver::QueryTree&) { return list(); },
      [this] { return std::make_shared<detail::ContainerRights>(ada, "tracks", driver::access_at_present({})); }};
};

TEST_CASE_METHOD(Fixture, "a record that was readable only for the snapshot is reported when it is hidden", "[actor]") {
  set({});
  const driver::FeedEnd end = feed.end();
  set({Permission::read(Role::user("ada"))});
  REQUIRE(feed.covers(*record));
  set({});
  const driver::CommitPage page = feed.changes(end.position, 100);
  REQUIRE(page.commits.size() == 1);
  REQUIRE(page.commits[0].changes.size() == 1);
  CHECK(page.commits[0].changes[0].is_hidden);
  CHECK(!page.commits[0].changes[0].document);
}

TEST_CASE("an actor tells a removed record from a hidden one", "[actor]") {
  Memory store;
  const auto tracks = records<Track>(store);
  tracks.setup();
  const auto read_by_any = std::vector{Permission::read(Role::any())};
  tracks.create({.title = "a"}, {.id = Id<Track>{"a"}, .permissions = read_by_any});
  tracks.create({.title = "b"}, {.id = Id<Track>{"b"}, .permissions = read_by_any});
  auto mine = as(store, Actor::guest());
  Watcher<Track> watcher(records<Track>(mine), {});
  watcher.expect_next("present a");
  watcher.expect_next("present b");
  watcher.expect_next("bookmark");
  tracks.remove(Id<Track>{"a"});
  watcher.expect_next("removed a");
  tracks.update(Id<Track>{"b"}, Patch<Track>{}.permissions({}));
  watcher.expect_next("left b");
}

}  // namespace actor_feed_tests
