#include <reel/mirror.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/layer.hpp>
#include <reel/verify.hpp>

#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/following.hpp"
#include "support/store_writer.hpp"

/// A mirror that follows a store while other threads and processes write it.
namespace mirror_following_tests {

using namespace reel;
using namespace std::chrono_literals;
using reel::testing::Child;
using reel::testing::FollowingPlan;
using reel::testing::StoreWriter;
using reel::testing::TemporaryFolder;
using reel::testing::written_set;
using Clock = std::chrono::steady_clock;

const FilesystemOptions relaxed{.durability = Durability::relaxed};

/// Writes with two threads until `end`.
void write_until(const std::string& folder, const std::string& name, Clock::time_point end) {
  Filesystem store(folder, relaxed);
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < 2; ++i) {
    threads.emplace_back([&store, &name, end, i] {
      StoreWriter<Filesystem> writer(store, name + (i == 0 ? "x" : "y"), i + 1);
      for (; Clock::now() < end; std::this_thread::sleep_for(8ms)) writer.step();
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_CASE("nothing is lost when a mirror is killed again and again while processes write", "[mirror][following]") {
  const FollowingPlan plan = FollowingPlan::from_environment();
  const TemporaryFolder folder;
  const std::string from = folder / "from", to = folder / "to", journal = folder / "journal";
  {
    Filesystem source(from, relaxed);
    StoreWriter<Filesystem> writer(source, "w", 3);
    for (int i = 0; i < 300; ++i) writer.step();
  }
  const Clock::time_point end = Clock::now() + plan.duration;
  std::vector<Child> writers;
  for (const char* name : {"a", "b"}) writers.emplace_back([&](const Child::Pipe&) { write_until(from, name, end); });
  int killed = 0;
  plan.kill_until(
      end,
      [&](const Child::Pipe&) {
        Filesystem source(from, relaxed), target(to, relaxed);
        static_cast<void>(
            mirror(source, target, written_set(), {.follow = true, .journal = journal, .poll_every = 20ms}));
      },
      killed);
  CHECK(killed == plan.kills);
  for (Child& writer : writers) CHECK(writer.wait());

  Filesystem source(from, relaxed), target(to, relaxed);
  const MirrorReport report =
      mirror(source, target, written_set(), {.cut_over = true, .journal = journal, .poll_every = 20ms});
  CHECK(report.end == MirrorEnd::cut_over);
  CHECK(report.clean());
  CHECK(verify(source, target, written_set()).clean());
  const auto changed = report.verified->kinds.at(0);
  WARN("killed " << killed << " times; " << changed.same << " videos changed since the copy and present, "
                 << records<video::Video>(target).count() << " in all");

  StoreWriter<Filesystem> writer(target, "z", 4);
  for (int i = 0; i < 50; ++i) writer.step();
  CHECK(mirror(target, source, written_set(), {.journal = journal, .poll_every = 20ms}).clean());
  CHECK(verify(target, source, written_set()).clean());
}

TEST_CASE("a mirror follows threads and reports its lag", "[mirror][following]") {
  const TemporaryFolder folder;
  Memory source, target;
  std::atomic<bool> is_writing{true}, was_behind{false}, is_stopped{false};
  std::thread writing([&] {
    StoreWriter<Memory> writer(source, "w", 5);
    for (int i = 0; i < 400; ++i, std::this_thread::sleep_for(1ms)) writer.step();
    is_writing = false;
  });
  std::int64_t written = 0;
  const auto on_lag = [&](const MirrorLag& lag) {
    if (lag.behind > 0ms) was_behind = true;
    if (!is_writing && lag.behind == 0ms) is_stopped = true;
    written = lag.applied;
  };
  const MirrorReport report = mirror(
      source, target, written_set(),
      {.follow = true, .journal = folder / "journal", .poll_every = 10ms, .on_lag = on_lag, .stop = StopCondition([&] {
                                                                                              return is_stopped.load();
                                                                                            })});
  writing.join();
  CHECK(report.end == MirrorEnd::stopped);
  CHECK(was_behind);
  CHECK(report.applied == written);
  CHECK(written > 100);
  CHECK(verify(source, target, written_set()).clean());
}

TEST_CASE("a mirror reports its lag while it writes and removes records", "[mirror]") {
  struct Slow : driver::Layer<Memory> {
    using Layer::Layer;

    std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                           driver::Batch batch) {
      std::this_thread::sleep_for(delay);
      return Layer::write(schema, std::move(writes), batch);
    }

    std::chrono::milliseconds delay{0};
  };
  const TemporaryFolder folder;
  const MigrationSet set = migration_set<video::Video>();
  Memory source, below;
  Slow target(below);
  records<video::Video>(source).setup();
  CHECK(mirror(source, target, set, {.journal = folder / "journal"}).clean());
  target.delay = 600ms;
  const auto is_partial = [](std::int64_t done) { return done > 0 && done < 300; };

  bool reports_writing = false, reports_removing = false;
  const auto follow = [&](const MirrorLag& lag) {
    reports_writing = reports_writing || is_partial(lag.applied);
    reports_removing = reports_removing || is_partial(lag.removed);
  };
  for (int i = 0; i < 300; ++i)
    records<video::Video>(source).create({.topic = "t"}, {.id = Id<video::Video>{"v" + std::to_string(i)}});
  CHECK(mirror(source, target, set, {.journal = folder / "journal", .on_lag = follow}).applied == 300);
  for (int i = 0; i < 300; ++i) records<video::Video>(source).remove(Id<video::Video>{"v" + std::to_string(i)});
  CHECK(mirror(source, target, set, {.journal = folder / "journal", .on_lag = follow}).removed == 300);
  CHECK(reports_writing);
  CHECK(reports_removing);
}

}  // namespace mirror_following_tests
