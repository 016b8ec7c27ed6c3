#include <reel/mirror.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
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

}  // namespace mirror_following_tests
