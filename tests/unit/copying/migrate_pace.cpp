#include <reel/migrate.hpp>
#include <reel/migration/control.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/layer.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"

/// Limits, pauses and stores that do not respond.
namespace migrate_pace_tests {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using reel::Errc;
using reel::Memory;
using reel::MigrationControl;
using reel::MigrationReport;
using reel::testing::error_from;
using reel::video::Video;

const reel::Bucket films = reel::video::final_videos();
const reel::MigrationSet set = reel::migration_set<Video>({films});

void fill(Memory& store, int videos, int blobs, std::size_t size = 10) {
  const reel::Repository<Video, Memory> records(store);
  records.setup();
  for (int i = 0; i < videos; ++i)
    records.create(Video{.topic = "t"}, {.id = reel::Id<Video>{"v" + std::to_string(i)}});
  const reel::BlobStore<Memory> files(store, films);
  files.setup();
  for (int i = 0; i < blobs; ++i)
    files.put(reel::BlobId{"b" + std::to_string(i)}, reel::from_bytes(std::string(size, 'x')), {.name = "b.mp4"});
}

/// A store that counts its operations and fails as `failure` in some of them. It may be a server.
class Server : public reel::driver::Layer<Memory> {
 public:
  using Layer::Layer, Layer::list, Layer::find, Layer::put;

  [[nodiscard]] reel::driver::StoreIdentity identity() const {
    reel::driver::StoreIdentity identity = Layer::identity();
    identity.reconnects = reconnects;
    return identity;
  }
  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) {
    begin(failing_reads);
    return Layer::list(schema, query);
  }
  std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                               std::vector<reel::driver::Write> writes, reel::driver::Batch batch) {
    if (failing_after_writes > 0) {  // the response is lost
      Layer::write(schema, writes, batch);
      begin(failing_after_writes);
    }
    begin(failing_writes);
    return Layer::write(schema, std::move(writes), batch);
  }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    begin(failing_puts);
    return Layer::put(bucket, std::move(info), source, overwrite);
  }
  std::optional<reel::BlobInfo> read(const reel::Bucket& bucket, std::string_view id, reel::ByteRange range,
                                     reel::BlobSink& sink) {
    begin(failing_blob_reads);
    return Layer::read(bucket, id, range, sink);
  }

  bool reconnects = true;
  Errc failure = Errc::unavailable;
  int failing_reads = 0, failing_writes = 0, failing_after_writes = 0, failing_puts = 0, failing_blob_reads = 0;
  std::atomic<int> calls{0};

 private:
  void begin(int& failing) {
    ++calls;
    if (failing > 0 && failing-- > 0) throw reel::Error(failure, "no response");
  }
};

TEST_CASE("a migration waits for a server that does not respond", "[migrate]") {
  Memory from, to;
  fill(from, 3, 2);
  Server source(from), target(to);
  source.failure = Errc::rate_limited;
  source.failing_reads = 2;
  target.failing_reads = target.failing_writes = target.failing_puts = target.failing_blob_reads = 1;
  std::vector<std::string> waits;
  MigrationControl control;
  const auto note = [&](const reel::MigrationProgress& progress) {
    CHECK(control.status().waits_for.has_value() == !progress.waits_for.empty());
    if (!progress.waits_for.empty()) waits.push_back(progress.waits_for);
  };
  const MigrationReport report = reel::migrate(source, target, set, {.control = control, .on_progress = note});
  CHECK(report.clean());
  CHECK(report.total().created == 5);
  CHECK(report.total().verified == 5);
  REQUIRE(waits.size() == 6);
  CHECK(waits[0].find("no response") != std::string::npos);
  CHECK_FALSE(control.status().is_running);
  CHECK(reel::verify(from, to, set).clean());
}

TEST_CASE("a write whose response is lost is counted once", "[migrate]") {
  Memory from, to;
  fill(from, 3, 0);
  Server target(to);
  target.failure = Errc::timed_out;
  target.failing_after_writes = 1;
  const MigrationReport report = reel::migrate(from, target, set);
  CHECK(report.clean());
  CHECK(report.collection("videos").created == 3);
  CHECK(report.collection("videos").unchanged == 0);
  CHECK(to.count(reel::schema_of<Video>(), {}) == 3);
}

TEST_CASE("a server that does not respond in time ends the run", "[migrate]") {
  Memory from, to;
  fill(from, 3, 2);
  Server target(to);
  target.failing_puts = 1000;
  const reel::MigrationOptions options{.wait_for_store = 250ms};
  const Clock::time_point begin = Clock::now();
  const MigrationReport report = reel::migrate(from, target, set, options);
  CHECK(Clock::now() - begin >= 100ms);
  CHECK(report.cancelled);
  CHECK(report.collection("videos").created == 3);
  CHECK(report.bucket(films.id).found == 0);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].operation == "create");
  CHECK(report.failures[0].code == Errc::unavailable);
  target.failing_puts = 0;
  const MigrationReport rest = reel::migrate(from, target, set, options);
  CHECK(rest.clean());
  CHECK(rest.total().created == 2);
}

TEST_CASE("the patience with a server begins again after a write", "[migrate]") {
  Memory from, to;
  fill(from, 1'500, 0);
  Server target(to);
  target.failing_writes = 1;
  bool fails_again = false;
  const auto fail_later = [&](const reel::MigrationProgress& progress) {
    if (progress.done != 500 || std::exchange(fails_again, true)) return;
    std::this_thread::sleep_for(300ms);
    target.failing_writes = 1;
  };
  const MigrationReport report = reel::migrate(
      from, target, set, {.verify = reel::Verify::none, .wait_for_store = 250ms, .on_progress = fail_later});
  CHECK(fails_again);
  CHECK(report.clean());
  CHECK(report.total().created == 1'500);
}

TEST_CASE("a local store that fails ends the run at once and one damaged file does not", "[migrate]") {
  Memory from, to;
  fill(from, 1, 3);
  Server source(from), target(to);
  source.reconnects = target.reconnects = false;
  SECTION("the target") {
    target.failing_puts = 1;
    const MigrationReport report = reel::migrate(source, target, set);
    CHECK(report.cancelled);
    CHECK(report.bucket(films.id).found == 0);
    CHECK(target.failing_puts == 0);
    CHECK(reel::migrate(source, target, set).clean());
  }
  SECTION("a file of the source") {
    source.failing_blob_reads = 1;
    const MigrationReport report = reel::migrate(source, target, set);
    CHECK_FALSE(report.cancelled);
    CHECK(report.bucket(films.id).created == 2);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].id == "b0");
  }
}

TEST_CASE("a paused migration sends no request until it is resumed", "[migrate]") {
  Memory from, to;
  fill(from, 3, 100);
  Server source(from), target(to);
  MigrationControl control;
  MigrationReport report;
  control.limit({.requests_per_second = 200});
  std::thread run([&] { report = reel::migrate(source, target, set, {.control = control}); });
  while (source.calls + target.calls < 10) std::this_thread::sleep_for(1ms);
  control.pause();
  CHECK(control.status().is_running);
  CHECK(control.status().is_paused);
  std::this_thread::sleep_for(50ms);  // operations in progress are completed
  const int before = source.calls + target.calls;
  std::this_thread::sleep_for(300ms);
  CHECK(source.calls + target.calls == before);
  control.limit({.parallelism = 4});
  control.resume();
  run.join();
  CHECK(report.clean());
  CHECK(report.total().created == 103);
  CHECK(control.status().progress.kind.id == films.id);
  CHECK(control.status().limits == reel::MigrationLimits{.parallelism = 4});
}

TEST_CASE("a paused migration can be stopped", "[migrate]") {
  Memory from, to;
  fill(from, 3, 100);
  MigrationControl control;
  control.pause();
  std::atomic<bool> stop{false};
  MigrationReport report;
  std::thread run(
      [&] { report = reel::migrate(from, to, set, {.control = control, .stop = [&] { return stop.load(); }}); });
  std::this_thread::sleep_for(30ms);
  stop = true;
  run.join();
  CHECK(report.cancelled);
  CHECK(report.total().created == 0);
}

TEST_CASE("requests and bytes are limited", "[migrate]") {
  Memory from, to;
  fill(from, 1, 10, 10'000);
  const auto time = [&](const reel::MigrationOptions& options) {
    Memory target;
    const Clock::time_point begin = Clock::now();
    CHECK(reel::migrate(from, target, reel::migration_set<>({films}), options).clean());
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  CHECK(time({.bytes_per_second = 500'000}) > 0.25);  // 100,000 bytes to copy and as many to verify
  CHECK(time({.requests_per_second = 200}) > 0.1);    // more than 30 operations
}

TEST_CASE("limits that are not valid are refused", "[migrate]") {
  Memory from, to;
  MigrationControl control;
  CHECK(error_from([&] { control.limit({.parallelism = 0}); }).code() == Errc::invalid);
  CHECK(error_from([&] { control.limit({.requests_per_second = -1}); }).code() == Errc::invalid);
  CHECK(error_from([&] { reel::migrate(from, to, set, {.bytes_per_second = -1}); }).code() == Errc::invalid);
}

}  // namespace migrate_pace_tests
