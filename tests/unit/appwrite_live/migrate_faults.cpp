#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <emulator/emulator.hpp>
#include <emulator/server/knobs.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"

/// Migrations to and from a server that does not respond.
namespace migrate_faults_tests {

using namespace std::chrono_literals;
using namespace reel;
using reel::video::Video;

const Bucket films{.id = "films", .name = "Films", .max_size = MiB};
const MigrationSet set = migration_set<Video>({films});

/// A server, a store that does not repeat requests itself, and a source of 120 videos and 3 films.
struct Fixture {
  Fixture() {
    server.start();
    server.add_project("project", "secret");
    const Repository<Video, Memory> videos(source);
    videos.setup();
    for (int i = 0; i < 120; ++i) videos.create(Video{.topic = "t"}, {.id = Id<Video>{"v" + std::to_string(i)}});
    const BlobStore<Memory> blobs(source, films);
    blobs.setup();
    for (const char* id : {"a", "b", "c"}) blobs.put(BlobId{id}, from_bytes("a film"), {.name = "f.mp4"});
    AppwriteConfig config;
    config.endpoint = server.url();
    config.project = "project";
    config.key = ApiKey("secret");
    config.retry.max_attempts = 1;
    store.emplace(config);
    // The target is set up without faults.
    require_clean(migrate(source, *store, set, {.changed_since = latest_timestamp}));
  }

  static void require_clean(const MigrationReport& report) {
    for (const MigrationProblem& problem : report.failures)
      UNSCOPED_INFO(problem.kind.str() + ' ' + problem.id + ' ' + problem.operation + ' ' + problem.reason);
    REQUIRE(report.clean());
  }

  void add(emulator::Fault fault, int times) { server.app().knobs().add({.fault = std::move(fault), .times = times}); }
  /// Copies everything, and checks that nothing is lost or doubled.
  void copy() {
    int waits = 0;
    const MigrationReport report =
        migrate(source, *store, set, {.parallelism = 2, .on_progress = [&](const MigrationProgress& progress) {
                                        if (!progress.waits_for.empty()) ++waits;
                                      }});
    require_clean(report);
    CHECK(report.collection("videos").created == 120);
    CHECK(report.bucket(films.id).created == 3);
    CHECK(report.total().verified == 123);
    CHECK(waits > 0);
    server.app().knobs().clear();
    CHECK(verify(source, *store, set).clean());
  }

  emulator::Emulator server{emulator::Config{}};
  Memory source{};
  std::optional<Appwrite> store{};
};

TEST_CASE("a migration outlasts a burst of refusals", "[appwrite]") {
  Fixture fixture;
  fixture.add({.kind = emulator::FaultKind::refuse, .status = 429}, 6);
  fixture.copy();
}

TEST_CASE("a migration outlasts lost requests and responses", "[appwrite]") {
  Fixture fixture;
  fixture.add({.kind = emulator::FaultKind::drop_before}, 3);
  fixture.add({.kind = emulator::FaultKind::drop_after}, 3);
  fixture.copy();
}

TEST_CASE("a migration that gives up can be continued", "[appwrite]") {
  Fixture fixture;
  fixture.add({.kind = emulator::FaultKind::refuse, .status = 503}, 0);
  const MigrationReport report = migrate(fixture.source, *fixture.store, set, {.wait_for_store = 200ms});
  CHECK_FALSE(report.clean());
  CHECK(report.total().created == 0);
  fixture.server.app().knobs().clear();
  fixture.add({.kind = emulator::FaultKind::refuse, .status = 429}, 2);
  fixture.copy();
}

}  // namespace migrate_faults_tests
