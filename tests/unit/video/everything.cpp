#include <reel/video/everything.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <reel/backends/legacy.hpp>
#include <reel/migrate.hpp>
#include <reel/migration/set_up.hpp>
#include <reel/verify.hpp>
#include <reel/video/queue.hpp>

#include "stores.hpp"

namespace everything_tests {

using namespace std::chrono_literals;
using reel::AnyStore;
using reel::video::EntryState;
using AnyQueue = reel::video::Queue<AnyStore>;

/// A store with videos in every state of a queue, with their history.
AnyStore filled_store() {
  AnyStore store = video_tests::memory_store();
  reel::set_up(store, reel::video::everything);
  const AnyQueue queue(store, {.max_attempts = 1, .backoff = 0ms, .sends_heartbeats = false});
  queue.setup();
  for (int i = 0; i < 4; ++i) queue.add({.topic = "Topic " + std::to_string(i)}, {}, {{.number = 1}});
  queue.claim_next("w", 1h)->complete(2.5);
  queue.claim_next("w", 1h)->fail("no memory");
  auto held = queue.claim_next("w", 1h);
  REQUIRE(held);
  held->release();
  queue.pause();
  return store;
}

/// Expects that two stores have the same contents. `has_outlines`: a tree was completed, which adds artifacts.
void check_same(AnyStore& a, AnyStore& b, const reel::MigrationSet& set = reel::video::everything,
                bool has_outlines = false) {
  const reel::VerificationReport report = reel::verify(a, b, set);
  for (const auto& one : report.differences) FAIL_CHECK(one.kind.str() << " " << one.id << ": " << one.reason);
  for (const auto& one : report.missing) FAIL_CHECK(one.kind.str() << " " << one.id << " is missing");
  for (const auto& one : report.extra) {
    if (!has_outlines || one.kind.id != "artifacts") FAIL_CHECK(one.kind.str() << " " << one.id << " is extra");
  }
  CHECK(report.clean() != has_outlines);
}

/// Copies the store to another one and from there to a third, and compares both copies with it.
void check_copies(AnyStore& through, bool has_outlines = false) {
  AnyStore store = filled_store(), last = video_tests::memory_store();
  for (auto& [from, to] :
       {std::pair<AnyStore&, AnyStore&>(store, through), std::pair<AnyStore&, AnyStore&>(through, last)}) {
    const reel::MigrationReport report = reel::migrate(from, to, reel::video::everything);
    for (const auto& failure : report.failures) FAIL_CHECK(failure.kind.str() << " " << failure.reason);
    CHECK(report.clean());
    CHECK(report.collection("video_events").found == reel::records<reel::video::Event>(store).count());
    CHECK(report.collection("video_queue").found == 4);
    CHECK(report.collection("video_queues").found == 1);
    check_same(store, to, reel::video::everything, has_outlines);
  }
  const AnyQueue copy(last);
  CHECK(copy.is_paused());
  CHECK(copy.count(EntryState::waiting) == 2);
  CHECK(copy.count(EntryState::done) == 1);
  CHECK(copy.count(EntryState::dead) == 1);
}

TEST_CASE("a copy of everything has the history and the queue", "[everything]") {
  const reel::testing::TemporaryFolder folder;
  SECTION("Memory") {
    AnyStore through = video_tests::memory_store();
    check_copies(through);
  }
  SECTION("Filesystem") {
    AnyStore through(std::make_shared<reel::Filesystem>(folder.path()));
    check_copies(through);
  }
  SECTION("Legacy") {
    const std::string root = folder.path() + "/tree";
    AnyStore through(std::make_shared<reel::Legacy>(
        root, reel::LegacyOptions{.write_as = reel::legacy::Variant::v2, .durable = false}));
    check_copies(through, true);
  }
}

TEST_CASE("a legacy tree keeps the history and the queue in its log", "[everything]") {
  const reel::testing::TemporaryFolder folder;
  const std::string root = folder.path() + "/tree";
  AnyStore store = filled_store();
  const auto open = [&] {
    return std::make_shared<reel::Legacy>(root,
                                          reel::LegacyOptions{.write_as = reel::legacy::Variant::v2, .durable = false});
  };
  for (int i = 0; i < 2; ++i) {
    const auto tree = open();
    AnyStore target(tree);
    CHECK(reel::migrate(store, target, reel::video::everything).clean());
    tree->settle();
  }
  AnyStore reopened(open());
  // The files that settling writes are artifacts, which the store does not have.
  using namespace reel::video;
  check_same(store, reopened, reel::migration_set<Video, Scene, Event, QueueEntry, QueueControl>());
}

}  // namespace everything_tests
