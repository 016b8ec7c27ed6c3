#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>
#include <reel/mirror.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "support/following.hpp"
#include "support/legacy/pipeline_writer.hpp"
#include "tree_folder.hpp"

/// A tree that a pipeline writes while a mirror follows it.
namespace mirroring_tests {

using namespace reel;
using namespace std::chrono_literals;
using legacy_tree::check_same_records;
using legacy_tree::PipelineWriter;
using legacy_tree::writable;
using reel::testing::Child;
using reel::testing::FollowingPlan;
using reel::video::everything;
using reel::video::Video;
using Clock = std::chrono::steady_clock;

void note_waiting(const MirrorReport& report) {
  for (const auto& one : report.waiting) UNSCOPED_INFO(one.kind.str() << ' ' << one.id << ": " << one.reason);
}

TEST_CASE("a store follows a pipeline that writes files and the tree can follow back", "[mirror][following]") {
  const FollowingPlan plan = FollowingPlan::from_environment();
  const TreeFolder folder;
  const std::string tree = (folder / "output").string(), store = (folder / "store").string();
  const std::string journal = (folder / "journal").string();
  {
    PipelineWriter before(tree, 1);
    for (int i = 0; i < 30; ++i) before.step();
  }
  const Clock::time_point end = Clock::now() + plan.duration;
  Child pipeline([&](const Child::Pipe&) {
    PipelineWriter writer(tree + "/second_run", 2);
    for (; Clock::now() < end; std::this_thread::sleep_for(10ms)) writer.step();
  });
  int killed = 0;
  plan.kill_until(
      end,
      [&](const Child::Pipe&) {
        Legacy source(tree);
        Filesystem target(store, {.durability = Durability::relaxed});
        static_cast<void>(mirror(source, target, everything, {.follow = true, .journal = journal, .poll_every = 20ms}));
      },
      killed);
  CHECK(killed == plan.kills);
  CHECK(pipeline.wait());

  Filesystem target(store);
  {
    Legacy source(tree);
    const MirrorReport report =
        mirror(source, target, everything, {.cut_over = true, .journal = journal, .poll_every = 20ms});
    note_waiting(report);
    CHECK(report.end == MirrorEnd::cut_over);
    CHECK(report.clean());
    check_same_records(source, target);
    CHECK(records<Video>(source).count() > 3);
  }
  const Record<Video> made = records<Video>(target).create({.topic = "Written to the store"});
  Legacy back(tree, writable());
  const MirrorReport report = mirror(target, back, everything, {.journal = journal, .poll_every = 20ms});
  note_waiting(report);
  CHECK(report.clean());
  CHECK_FALSE(report.copy);
  CHECK(records<Video>(back).exists(made.id));
  check_same_records(target, back);
}

TEST_CASE("a tree that is a target loses what the source removes", "[mirror]") {
  const TreeFolder folder;
  const std::string journal = (folder / "journal").string();
  PipelineWriter writer(folder / "output", 3);
  for (int i = 0; i < 60; ++i) writer.step();
  Legacy source((folder / "output").string());
  Legacy target((folder / "copy").string(), writable());
  const MirrorReport copied = mirror(source, target, everything, {.journal = journal, .poll_every = 20ms});
  note_waiting(copied);
  CHECK(copied.clean());
  check_same_records(source, target);
  for (int i = 0; i < 60; ++i) writer.step();
  const MirrorReport followed = mirror(source, target, everything, {.journal = journal, .poll_every = 20ms});
  note_waiting(followed);
  CHECK(followed.clean());
  CHECK(followed.removed > 0);
  check_same_records(source, target);
}

/// How many pipelines are followed through each kind of store: 1, or REEL_FOLLOW_SEEDS.
std::uint32_t followed_seeds() {
  const char* const wanted = std::getenv("REEL_FOLLOW_SEEDS");
  return wanted ? static_cast<std::uint32_t>(std::stoul(wanted)) : 1;
}

/// Mirrors the tree of a pipeline to `between` and from there to another tree, again and again while the pipeline
/// renders scenes in new versions and qualities. Expects a tree that is equal after each round, and cuts it over.
template <class Store>
void follow_through(Store& between, std::uint32_t seed) {
  INFO("seed " << seed);
  const TreeFolder folder;
  const std::string there = (folder / "there").string(), back = (folder / "back").string();
  PipelineWriter writer(folder / "output", seed);
  Legacy target((folder / "copy").string(), writable());
  for (int round = 0; round < 4; ++round) {
    INFO("round " << round);
    for (int i = 0; i < 15; ++i) writer.step();
    Legacy source((folder / "output").string());
    CHECK(mirror(source, between, everything, {.journal = there, .poll_every = 5ms}).clean());
    const MirrorReport report = mirror(between, target, everything, {.journal = back, .poll_every = 5ms});
    note_waiting(report);
    REQUIRE(report.clean());
    check_same_records(between, target);
  }
  const MirrorReport over = mirror(between, target, everything, {.cut_over = true, .journal = back, .poll_every = 5ms});
  note_waiting(over);
  CHECK(over.end == MirrorEnd::cut_over);
  CHECK(over.clean());
  check_same_records(between, target);
}

TEST_CASE("a tree that is a target follows another choice among the renders of a scene", "[mirror][following]") {
  for (std::uint32_t seed = 17; seed < 17 + followed_seeds(); ++seed) {
    Memory memory;
    follow_through(memory, seed);
    const TreeFolder folder;
    Filesystem store((folder / "store").string(), {.durability = Durability::relaxed});
    follow_through(store, seed);
  }
}

}  // namespace mirroring_tests
