#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <emulator/http/http_server.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/knobs.hpp>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/migration_pairs.hpp"
#include "unit/legacy/restored.hpp"

/// Copies to and from a server that refuses, loses connections, is slow, and is restarted.
namespace faults_tests {

using reel::MigrationReport;
using reel::emulator::FaultKind;
using reel::emulator::FaultRule;
using reel::testing::TemporaryFolder;
using reel::video::Video;

const reel::Bucket films = reel::video::final_videos();
const reel::MigrationSet set = reel::migration_set<Video>({films});
constexpr int videos = 620;  // two pages
constexpr int blobs = 12;

/// A server of this process that can be stopped and started.
class Server {
 public:
  explicit Server(std::chrono::milliseconds worker_delay = {}) : app_(config(worker_delay)) {
    app_.add_project("project", {reel::emulator::ApiKey{"all", "secret", {"*"}}});
    start();
  }
  void start() {
    http_ = std::make_unique<reel::emulator::HttpServer>(app_, "127.0.0.1", port_, 2U);
    port_ = http_->port();
  }
  void stop() { http_.reset(); }
  [[nodiscard]] reel::emulator::Knobs& faults() { return app_.knobs(); }
  [[nodiscard]] reel::AnyStore store() const {
    return reel::AnyStore::make<reel::Appwrite>(
        migration_pairs::Server::config("http://127.0.0.1:" + std::to_string(port_) + "/v1"));
  }

 private:
  static reel::emulator::Config config(std::chrono::milliseconds worker_delay) {
    reel::emulator::Config config;
    config.storage_limit = 500 * reel::MiB;
    config.worker_delay = worker_delay;
    return config;
  }

  reel::emulator::App app_;
  unsigned short port_ = 0;
  std::unique_ptr<reel::emulator::HttpServer> http_;
};

void fill(reel::AnyStore store) {
  const reel::Repository<Video, reel::AnyStore> records(store);
  records.setup();
  std::vector<reel::Draft<Video>> drafts;
  for (int i = 0; i < videos; ++i)
    drafts.push_back({.value = Video{.topic = "t" + std::to_string(i)},
                      .options = {.id = reel::Id<Video>{"v" + std::to_string(i)}}});
  records.create_many(drafts);
  const reel::BlobStore<reel::AnyStore> files(store, films);
  files.setup();
  for (int i = 0; i < blobs; ++i)
    files.put(reel::BlobId{"b" + std::to_string(i)}, reel::from_bytes("film " + std::to_string(i)), {.name = "b.mp4"});
}

std::vector<std::string> contents(const reel::AnyStore& store) {
  return migration_pairs::contents(store, set, {.blob_times = false});
}

/// A server and a store in memory, one of which is the source.
struct Pair {
  explicit Pair(bool to_server)
      : source(to_server ? memory : server.store()), target(to_server ? server.store() : memory) {
    fill(source);
    target.ensure(reel::schema_of<Video>());
    target.ensure(films);
  }

  Server server;
  reel::AnyStore memory = reel::AnyStore::make<reel::Memory>();
  reel::AnyStore source, target;
  TemporaryFolder folder{};
  std::string journal = folder / "journal";

  MigrationReport migrate(reel::Observer<reel::MigrationProgress> on_progress = {}) {
    return reel::migrate(
        source, target, set,
        {.wait_for_store = std::chrono::milliseconds(300), .journal = journal, .on_progress = std::move(on_progress)});
  }
  /// Expects a complete copy, and that another run copies nothing.
  void check_complete(const MigrationReport& report) {
    legacy_tree::check_clean(report);
    CHECK(report.total().found == videos + blobs);
    const bool is_same = contents(target) == contents(source);
    CHECK(is_same);
    CHECK(migrate().total().created == 0);
  }
};

TEST_CASE("a copy survives a server with faults, or is continued", "[migration]") {
  struct Case {
    const char* name;
    FaultRule rule;
  };
  const std::vector<Case> cases{
      {"a burst of 429", {.fault = {.kind = FaultKind::refuse, .status = 429}, .skip = 8, .times = 40}},
      {"429 now and then", {.fault = {.kind = FaultKind::refuse, .status = 429}, .times = 0, .chance = 0.3}},
      {"503 of a proxy", {.fault = {.kind = FaultKind::html, .status = 503}, .times = 0, .chance = 0.3}},
      {"dropped before the work", {.fault = {.kind = FaultKind::drop_before}, .times = 0, .chance = 0.3}},
      {"dropped after the work", {.fault = {.kind = FaultKind::drop_after}, .times = 0, .chance = 0.3}},
      {"dropped within the answer", {.fault = {.kind = FaultKind::half}, .times = 0, .chance = 0.3}},
  };
  for (const bool to_server : {true, false}) {
    for (const Case& one : cases) {
      INFO(one.name << (to_server ? " of the target" : " of the source"));
      Pair pair(to_server);
      pair.server.faults().add(one.rule);
      MigrationReport report = pair.migrate();
      for (int runs = 1; !report.clean() && runs < 12; ++runs) report = pair.migrate();
      CHECK(pair.server.faults().hits() > 3);
      pair.server.faults().clear();
      pair.check_complete(report);
    }
  }
}

TEST_CASE("a server that is restarted in the middle of a copy is continued", "[migration]") {
  for (const bool to_server : {true, false}) {
    for (const int moment : {1, 2, 7}) {  // after the first page, after the records, among the blobs
      INFO((to_server ? "target, " : "source, ") << moment);
      Pair pair(to_server);
      const MigrationReport first = pair.migrate([&, left = moment](const reel::MigrationProgress&) mutable {
        if (--left == 0) pair.server.stop();
        return true;
      });
      CHECK(first.cancelled);
      REQUIRE(first.failures.size() == 1);
      CHECK(first.failures[0].code == reel::Errc::unavailable);
      CHECK(first.total().failed == 0);
      pair.server.start();
      const MigrationReport second = pair.migrate();
      CHECK(second.total().unchanged <= (moment <= 2 ? 500 : 1));
      pair.check_complete(second);
    }
  }
}

TEST_CASE("a server that takes long to create attributes is waited for", "[migration]") {
  Server server(std::chrono::milliseconds{150});
  reel::AnyStore source = reel::AnyStore::make<reel::Memory>(), target = server.store();
  fill(source);
  const TemporaryFolder folder;
  legacy_tree::check_clean(reel::migrate(source, target, set, {.journal = folder / "journal"}));
  const bool is_same = contents(target) == contents(source);
  CHECK(is_same);
}

}  // namespace faults_tests
