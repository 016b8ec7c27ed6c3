#include <reel/migrate.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/driver/layer.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

/// The order in which records are created, and what is looked up before.
namespace migrate_order_tests {

using namespace std::chrono_literals;
using reel::Errc;
using reel::Memory;
using reel::MigrationReport;
using reel::OnConflict;
using reel::Verify;
using reel::driver::Batch;
using reel::driver::CollectionSchema;
using reel::driver::DocumentPtr;
using reel::driver::Page;
using reel::driver::QueryTree;
using reel::driver::Write;
using reel::driver::WriteResult;
using reel::video::Video;

const reel::MigrationSet set = reel::migration_set<Video>();
const CollectionSchema& videos = reel::schema_of<Video>();

void fill(Memory& store, int count) {
  const reel::Repository<Video, Memory> records(store);
  records.setup();
  for (int i = 0; i < count; ++i)
    records.create(Video{.topic = "of the source"}, {.id = reel::Id<Video>{"v" + std::to_string(i)}});
}

std::vector<std::string> ids_in(Memory& store) {
  std::vector<std::string> ids;
  for (const DocumentPtr& one : store.list(videos, QueryTree{.limit = 100'000}).items) ids.push_back(one->id);
  return ids;
}

/// A server that counts look-ups and the writes at the same time. It writes at most 100 records at once.
class Server : public reel::driver::Layer<Memory> {
 public:
  using Layer::Layer, Layer::list;

  [[nodiscard]] reel::driver::StoreIdentity identity() const {
    reel::driver::StoreIdentity identity = Layer::identity();
    identity.reconnects = is_server;
    return identity;
  }
  [[nodiscard]] reel::driver::StoreLimits limits() const { return {.records_per_request = 100}; }
  Page<DocumentPtr> list(const CollectionSchema& schema, const QueryTree& query) {
    if (!query.where.empty()) ++look_ups;
    return Layer::list(schema, query);
  }
  std::vector<WriteResult> write(const CollectionSchema& schema, std::vector<Write> writes, Batch batch) {
    begin(writes.size());
    // Waits for other writes, as long as they may come.
    const auto end = std::chrono::steady_clock::now() + patience;
    while (most_writes < expected_writes && std::chrono::steady_clock::now() < end) std::this_thread::sleep_for(1ms);
    if (before_write && !has_begun.exchange(true)) before_write();
    if (written++ == failing_write) throw reel::Error(Errc::unavailable, "no space");
    std::vector<WriteResult> results = Layer::write(schema, std::move(writes), batch);
    --writing;
    return results;
  }

  bool is_server = true;
  int expected_writes = 1;
  int failing_write = -1;  ///< the number of the write that fails; -1: none
  std::chrono::milliseconds patience{0};
  std::function<void()> before_write{};  ///< called once
  std::atomic<int> look_ups{0}, writing{0}, written{0}, most_writes{0};
  std::atomic<std::size_t> most_records{0};

 private:
  void begin(std::size_t records) {
    const std::lock_guard lock(mutex);
    most_records = std::max(most_records.load(), records);
    most_writes = std::max(most_writes.load(), ++writing);
  }

  std::mutex mutex{};
  std::atomic<bool> has_begun{false};
};

/// Checks that the target gets one write after another.
void check_ordered(bool is_server, const reel::MigrationOptions& options) {
  Memory from, to;
  fill(from, 1'750);
  Server target(to);
  target.is_server = is_server;
  target.expected_writes = 2;
  target.patience = 5ms;
  CHECK(reel::migrate(from, target, set, options).clean());
  CHECK(target.most_writes == 1);
  CHECK(ids_in(to) == ids_in(from));
}

TEST_CASE("records are created in the order of the source, however many are copied at the same time", "[migrate]") {
  check_ordered(true, {.parallelism = 8});
}

TEST_CASE("without an order a server gets as many writes at the same time as there are threads", "[migrate]") {
  Memory from, to;
  fill(from, 1'750);
  Server target(to);
  target.expected_writes = 8;
  target.patience = 60s;
  const MigrationReport report = reel::migrate(from, target, set, {.parallelism = 8, .ordered = false});
  CHECK(report.clean());
  CHECK(report.total().created == 1'750);
  CHECK(report.total().verified == 1'750);
  CHECK(target.most_writes == 8);
  CHECK(target.most_records == 100);
  CHECK(reel::verify(from, to, set).clean());
}

TEST_CASE("a local store keeps the order in any case", "[migrate]") {
  check_ordered(false, {.parallelism = 8, .ordered = false});
}

TEST_CASE("a plan finds that the order of the source is given up", "[migrate]") {
  Memory from, to;
  fill(from, 101);
  Server target(to);
  const auto says_so = [&](int parallelism, bool ordered) {
    const MigrationReport report =
        reel::migrate(from, target, set, {.plan = true, .parallelism = parallelism, .ordered = ordered});
    return std::any_of(report.findings.begin(), report.findings.end(), [](const reel::PlanFinding& finding) {
      return finding.text ==
             "101 records are sent in up to 4 requests at the same time, and may be stored in another order";
    });
  };
  CHECK(says_so(4, false));
  CHECK_FALSE(says_so(4, true));
  CHECK_FALSE(says_so(1, false));
}

/// Runs a migration with a journal, in four threads, that ends early, and continues it.
template <class First>
void check_continued(Memory& from, Memory& to, Server& target, First&& first) {
  const reel::testing::TemporaryFolder folder;
  reel::MigrationOptions options{.parallelism = 4, .journal = folder / "journal"};
  first(options);
  const std::int64_t before = to.count(videos, {});
  CHECK(before < 3'000);
  CHECK(reel::migrate(from, target, set, options).clean());
  CHECK(ids_in(to) == ids_in(from));
}

TEST_CASE("an exception in a thread ends the others, and the next run leaves nothing out", "[migrate]") {
  Memory from, to;
  fill(from, 3'000);
  Server target(to);
  bool has_thrown = false;
  check_continued(from, to, target, [&](reel::MigrationOptions& options) {
    SECTION("of the observer") {
      options.on_progress = [](const reel::MigrationProgress& progress) {
        if (progress.done >= 500) throw std::runtime_error("observer");
      };
      CHECK_THROWS_AS(reel::migrate(from, target, set, options), std::runtime_error);
      options.on_progress = {};
    }
    SECTION("of a function for records") {
      const auto throws_once = [&](reel::driver::Document& video) {
        if (video.id == "v750" && !std::exchange(has_thrown, true)) throw 42;
        return true;
      };
      options.kinds = {{.kind = {.id = "videos"}, .transform = throws_once, .transform_name = "throws once"}};
      CHECK_THROWS_AS(reel::migrate(from, target, set, options), int);
    }
  });
}

TEST_CASE("no record is created after one that a stop has left out", "[migrate]") {
  Memory from, to;
  fill(from, 3'000);
  Server target(to);
  target.is_server = false;
  target.failing_write = 2;  // the third one
  check_continued(from, to, target, [&](const reel::MigrationOptions& options) {
    const MigrationReport report = reel::migrate(from, target, set, options);
    CHECK(report.cancelled);
    CHECK(to.count(videos, {}) == 200);
    target.failing_write = -1;
  });
}

TEST_CASE("ids are not looked up in a target that was empty", "[migrate]") {
  Memory from, to;
  fill(from, 1'200);
  Server target(to);
  CHECK(reel::migrate(from, target, set, {.verify = Verify::counts}).clean());
  CHECK(target.look_ups == 0);
  CHECK(reel::migrate(from, target, set, {.verify = Verify::counts}).total().unchanged == 1'200);
  CHECK(target.look_ups == 12);
}

TEST_CASE("records that another program creates in an empty target meanwhile are compared", "[migrate]") {
  Memory from, to;
  fill(from, 1'000);
  Server target(to);
  const auto create = [&](const char* id, const char* topic) {
    reel::driver::Document copy = *from.find(videos, id);
    copy.values[0] = reel::driver::Value{topic};
    copy.is_copy = true;
    to.create(videos, copy);
  };
  target.before_write = [&] {
    create("v3", "of the source");
    create("v4", "of another program");
  };
  const auto migrate = [&](OnConflict treatment) {
    return reel::migrate(from, target, set, {.on_conflict = treatment, .parallelism = 3});
  };
  SECTION("and equal ones are unchanged, others conflicts") {
    const MigrationReport report = migrate(OnConflict::fail);
    CHECK(report.total().created == 998);
    CHECK(report.total().unchanged == 1);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].id == "v4");
    CHECK(report.failures[0].operation == "compare");
    CHECK(report.failures[0].code == Errc::already_exists);
  }
  SECTION("and overwritten if this is wanted") {
    const MigrationReport report = migrate(OnConflict::overwrite);
    CHECK(report.clean());
    CHECK(report.total().overwritten == 1);
    CHECK(report.total().verified == 1'000);
    CHECK(reel::verify(from, to, set).clean());
  }
  SECTION("and renamed if this is wanted") {
    const MigrationReport report = migrate(OnConflict::rename);
    CHECK(report.clean());
    CHECK(report.total().renamed == 1);
    CHECK(to.count(videos, {}) == 1'001);
  }
}

}  // namespace migrate_order_tests
