#include <chrono>
#include <string>
#include <thread>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/blob_store.hpp>
#include <reel/mirror.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/emulator_process.hpp"
#include "support/filesystem/child.hpp"
#include "support/following.hpp"
#include "support/legacy/pipeline_writer.hpp"
#include "support/store_writer.hpp"
#include "unit/legacy/restored.hpp"
#include "unit/legacy/tree_folder.hpp"

/// A server as the target and as the source of a mirror.
namespace mirroring_tests {

using namespace reel;
using namespace std::chrono_literals;
using legacy_tree::check_same_records;
using legacy_tree::PipelineWriter;
using reel::testing::Child;
using reel::testing::EmulatorProcess;
using reel::testing::FollowingPlan;
using reel::testing::StoreWriter;
using reel::testing::written_set;
using reel::video::everything;
using Clock = std::chrono::steady_clock;

reel::emulator::Config quick_server() {
  reel::emulator::Config config;
  config.worker_delay = {};
  config.storage_limit = 4 * GiB;
  return config;
}

AppwriteConfig config_of(const EmulatorProcess& server) {
  AppwriteConfig config;
  config.endpoint = server.url();
  config.project = "project";
  config.key = ApiKey("secret");
  config.writers = Writers::many;
  return config;
}

TEST_CASE("a server follows a pipeline that writes files", "[appwrite][mirror][following]") {
  const FollowingPlan plan = FollowingPlan::from_environment();
  const EmulatorProcess server(quick_server(), "project", "secret");
  const TreeFolder folder;
  const std::string tree = (folder / "output").string(), journal = (folder / "journal").string();
  PipelineWriter before(tree, 1);
  for (int i = 0; i < 15; ++i) before.step();
  const Clock::time_point end = Clock::now() + plan.duration;
  Child pipeline([&](const Child::Pipe&) {
    PipelineWriter writer(tree + "/second_run", 2);
    for (; Clock::now() < end; std::this_thread::sleep_for(40ms)) writer.step();
  });
  int killed = 0;
  plan.kill_until(
      end,
      [&](const Child::Pipe&) {
        Legacy source(tree);
        Appwrite target(config_of(server));
        static_cast<void>(mirror(source, target, everything, {.follow = true, .journal = journal, .poll_every = 50ms}));
      },
      killed);
  CHECK(killed == plan.kills);
  CHECK(pipeline.wait());
  Legacy source(tree);
  Appwrite target(config_of(server));
  const MirrorReport report =
      mirror(source, target, everything, {.cut_over = true, .journal = journal, .poll_every = 20ms});
  for (const auto& one : report.waiting) UNSCOPED_INFO(one.kind.str() << ' ' << one.id << ": " << one.reason);
  CHECK(report.end == MirrorEnd::cut_over);
  CHECK(report.clean());
  check_same_records(source, target);
  WARN("killed " << killed << " times; " << report.applied << " written and " << report.removed << " removed by the "
                 << "cut-over, " << records<video::Artifact>(target).count() << " files in all");
}

TEST_CASE("a store follows a server", "[appwrite][mirror]") {
  const EmulatorProcess server(quick_server(), "project", "secret");
  const TreeFolder folder;
  const std::string journal = (folder / "journal").string();
  Appwrite source(config_of(server));
  Filesystem target((folder / "store").string());
  StoreWriter<Appwrite> writer(source, "w", 1);
  for (int i = 0; i < 20; ++i) writer.step();
  CHECK(mirror(source, target, written_set(), {.journal = journal, .poll_every = 20ms}).clean());
  for (int i = 0; i < 30; ++i) writer.step();  // with removals, after which the server has no history
  const MirrorReport report =
      mirror(source, target, written_set(), {.cut_over = true, .journal = journal, .poll_every = 20ms});
  CHECK(report.end == MirrorEnd::cut_over);
  CHECK(report.removed > 0);
  CHECK(verify(source, target, written_set()).clean());

  StoreWriter<Filesystem> after(target, "z", 2);
  for (int i = 0; i < 20; ++i) after.step();
  CHECK(mirror(target, source, written_set(), {.journal = journal, .poll_every = 20ms}).clean());
  CHECK(verify(target, source, written_set()).clean());
}

}  // namespace mirroring_tests
