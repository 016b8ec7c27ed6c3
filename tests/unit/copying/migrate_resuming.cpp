#include <reel/migrate.hpp>

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/layer.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/temporary_folder.hpp"

/// A migration with a journal, interrupted and started again.
namespace migrate_resuming_tests {

using reel::Errc;
using reel::Filesystem;
using reel::Memory;
using reel::MigrationReport;
using reel::testing::content_of;
using reel::testing::error_from;
using reel::testing::TemporaryFolder;
using reel::video::Video;

const reel::Bucket films = reel::video::final_videos();
const reel::MigrationSet set = reel::migration_set<Video>({films});

/// Videos and films with ids in ascending order.
template <class Store>
void fill(Store& store, int videos, int blobs) {
  const reel::Repository<Video, Store> records(store);
  records.setup();
  std::vector<reel::Draft<Video>> values;
  for (int i = 0; i < videos; ++i)
    values.push_back({.value = Video{.topic = "t" + std::to_string(i)},
                      .options = {.id = reel::Id<Video>{"v" + std::to_string(i)}}});
  records.create_many(values);
  const reel::BlobStore<Store> files(store, films);
  files.setup();
  for (int i = 0; i < blobs; ++i)
    files.put(reel::BlobId{"b" + std::to_string(i)}, reel::from_bytes("film " + std::to_string(i)), {.name = "b.mp4"});
}

/// A source that counts what is read from it.
template <class Store>
class Witness : public reel::driver::Layer<Store> {
 public:
  using Base = reel::driver::Layer<Store>;
  using Base::Base, Base::list;

  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) {
    auto page = Base::list(schema, query);
    records += static_cast<int>(page.items.size());
    return page;
  }
  std::optional<reel::BlobInfo> read(const reel::Bucket& bucket, std::string_view id, reel::ByteRange range,
                                     reel::BlobSink& sink) {
    ++blobs;
    return Base::read(bucket, id, range, sink);
  }

  int records = 0;
  int blobs = 0;
};

void write(const std::string& path, std::string_view content) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
}

/// Options that stop a run after the first page of videos.
reel::MigrationOptions stopped_after(std::int64_t items, const std::string& journal) {
  return {.journal = journal,
          .on_progress = [items](const reel::MigrationProgress& progress) { return progress.done < items; }};
}

TEST_CASE("an interrupted migration reads nothing again that is done", "[migrate]") {
  const TemporaryFolder folder;
  const std::string journal = folder / "journal";
  Memory below, target;
  fill(below, 1200, 5);
  Witness<Memory> source(below);
  const MigrationReport first = reel::migrate(source, target, set, stopped_after(500, journal));
  CHECK(first.cancelled);
  CHECK(first.total().created == 500);
  source.records = 0;
  const MigrationReport second = reel::migrate(source, target, set, {.journal = journal});
  CHECK(second.clean());
  CHECK(second.collection("videos").created == 1200);  // of both runs
  CHECK(second.bucket(films.id).created == 5);
  CHECK(source.records == 700);
  CHECK(reel::verify(below, target, set).clean());

  SECTION("the next run copies nothing") {
    const MigrationReport third = reel::migrate(source, target, set, {.journal = journal});
    CHECK(third.total().unchanged == 1205);
    CHECK(third.total().created == 0);
  }
  SECTION("the next run reads nothing unless a store has changed") {
    source.records = source.blobs = 0;
    CHECK(reel::migrate(source, target, set, {.journal = journal}).total().verified == 1205);
    CHECK(source.records + source.blobs == 0);
    target.remove(reel::schema_of<Video>(), "v7", std::nullopt);
    CHECK(reel::migrate(source, target, set, {.journal = journal}).total().created == 1);
    CHECK(source.records == 1200);
  }
  SECTION("a finished migration finds what the source has got since") {
    reel::Repository<Video, Memory>(below).create(Video{.topic = "new"}, {.id = reel::Id<Video>{"new"}});
    CHECK(reel::migrate(source, target, set, {.journal = journal}).total().created == 1);
  }
}

/// When the first of the runs that a journal continues was started.
reel::Timestamp started(const std::string& journal) {
  std::string header = content_of(journal);
  header.resize(header.find('\n'));
  const auto json = nlohmann::json::parse(header);
  return reel::Timestamp{std::chrono::milliseconds{json.value("started", json["begun"].get<std::int64_t>())}};
}

TEST_CASE("a length of time counts from the first of the interrupted runs", "[migrate]") {
  using std::chrono::milliseconds;
  const TemporaryFolder folder;
  const std::string journal = folder / "journal";
  const reel::MigrationSet videos = reel::migration_set<Video>();
  const reel::Timestamp begin = reel::now();
  Memory source, target;
  std::vector<reel::Draft<Video>> values;
  for (int i = 0; i < 2000; ++i)  // of the last 100 seconds, the newest first
    values.push_back(
        {.value = Video{.topic = "t" + std::to_string(i)},
         .options = {.created_at = begin - milliseconds(50 * i), .updated_at = begin - milliseconds(50 * i)}});
  const reel::Repository<Video, Memory> records(source);
  records.setup();
  records.create_many(values);
  const auto within = [&](reel::Timestamp time) {
    const auto since = time - std::chrono::seconds(50);
    return std::count_if(values.begin(), values.end(),
                         [&](const auto& one) { return *one.options.updated_at >= since; });
  };
  const auto options = [&](reel::MigrationOptions one) {
    one.changed_within = std::chrono::seconds(50);
    return one;
  };
  CHECK(reel::migrate(source, target, videos, options(stopped_after(500, journal))).cancelled);
  const reel::Timestamp first = started(journal);
  std::this_thread::sleep_for(milliseconds(120));
  const MigrationReport second = reel::migrate(source, target, videos, options({.journal = journal}));
  CHECK(second.is_resumed);
  CHECK(second.clean());
  CHECK(started(journal) == first);
  CHECK(second.total().created == within(first));
  CHECK(second.total().found == 2000);

  SECTION("after a finished run the next one counts from now") {
    std::this_thread::sleep_for(milliseconds(120));
    records.create(Video{.topic = "new"});
    const MigrationReport third = reel::migrate(source, target, videos, options({.journal = journal}));
    CHECK(started(journal) > first);
    CHECK(third.total().created == 1);
    CHECK(third.total().unchanged == within(started(journal)));
  }
  SECTION("also if the finished run has left something") {
    records.create(Video{.topic = "differs"}, {.id = reel::Id<Video>{"new"}});
    reel::Repository<Video, Memory>(target).create(Video{.topic = "other"}, {.id = reel::Id<Video>{"new"}});
    CHECK(reel::migrate(source, target, videos, options({.journal = journal})).total().failed == 1);
    const reel::Timestamp third = started(journal);
    std::this_thread::sleep_for(milliseconds(20));
    CHECK(reel::migrate(source, target, videos, options({.journal = journal})).total().failed == 1);
    CHECK(started(journal) > third);
  }
  SECTION("another length, or a time, needs another journal") {
    const auto refusal = [&](reel::MigrationOptions other) {
      other.journal = journal;
      return error_from([&] { reel::migrate(source, target, videos, other); }).code();
    };
    CHECK(refusal({.changed_within = std::chrono::seconds(51)}) == Errc::conflict);
    CHECK(refusal({.changed_since = first - std::chrono::seconds(50)}) == Errc::conflict);
    CHECK(refusal({}) == Errc::conflict);
  }
}

TEST_CASE("after a continued run a length of time covers what the first half of it has missed", "[migrate]") {
  const TemporaryFolder folder;
  const std::string journal = folder / "journal";
  const reel::MigrationSet videos = reel::migration_set<Video>();
  const reel::Timestamp begin = reel::now();
  Memory source, target;
  std::vector<reel::Draft<Video>> values;
  for (int i = 0; i < 2000; ++i) {  // each copied by every run, except one in the second page
    const reel::Timestamp updated = begin + std::chrono::hours(i == 700 ? -1 : 1);
    values.push_back({.value = Video{.topic = "t"},
                      .options = {.id = reel::Id<Video>{"v" + std::to_string(i)},
                                  .created_at = begin - std::chrono::hours(2),
                                  .updated_at = updated}});
  }
  const reel::Repository<Video, Memory> records(source);
  records.setup();
  records.create_many(values);
  const auto run = [&](reel::MigrationOptions options) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    options.journal = journal;
    options.changed_within = std::chrono::milliseconds(0);
    return reel::migrate(source, target, videos, options);
  };
  CHECK(run(stopped_after(1000, journal)).cancelled);
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  records.update(reel::Id<Video>{"v700"}, reel::Patch<Video>{}.set<&Video::topic>("changed"));
  const MigrationReport second = run({});
  CHECK(second.is_resumed);
  CHECK(second.total().created == 1999);

  SECTION("the next run copies it") { CHECK(run({}).total().created == 1); }
  SECTION("the next run copies it after an interruption") {
    CHECK(run(stopped_after(500, journal)).cancelled);
    CHECK(run({}).total().created == 1);
  }
  SECTION("later runs count from now") {
    CHECK(run({}).total().unchanged == 1999);
    records.create(Video{.topic = "new"}, {.id = reel::Id<Video>{"new"}});
    CHECK(run({}).total().filtered == 2);
  }
}

TEST_CASE("a length of time is not negative and excludes a time", "[migrate]") {
  Memory source, target;
  const auto refusal = [&](const reel::MigrationOptions& options) {
    return error_from([&] { reel::migrate(source, target, reel::migration_set<Video>(), options); }).code();
  };
  CHECK(refusal({.changed_within = std::chrono::milliseconds(-1)}) == Errc::invalid);
  CHECK(refusal({.changed_since = reel::now(), .changed_within = std::chrono::seconds(1)}) == Errc::invalid);
}

TEST_CASE("a blob that was copied before an interruption is not read again", "[migrate]") {
  const TemporaryFolder folder;
  Memory below, target;
  fill(below, 0, 10);
  Witness<Memory> source(below);
  CHECK(reel::migrate(source, target, set, stopped_after(4, folder / "journal")).cancelled);
  CHECK(source.blobs == 4);
  const MigrationReport rest = reel::migrate(source, target, set, {.journal = folder / "journal"});
  CHECK(rest.clean());
  CHECK(rest.bucket(films.id).created == 10);
  CHECK(rest.bucket(films.id).verified == 10);
  CHECK(source.blobs == 10);
}

TEST_CASE("the failures of an interrupted run are in the report of the next one", "[migrate]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source, 600, 0);
  target.ensure(reel::schema_of<Video>());
  reel::Repository<Video, Memory>(target).create(Video{.topic = "other"}, {.id = reel::Id<Video>{"v7"}});
  CHECK(reel::migrate(source, target, set, stopped_after(500, folder / "journal")).failures.size() == 1);
  const MigrationReport rest = reel::migrate(source, target, set, {.journal = folder / "journal"});
  REQUIRE(rest.failures.size() == 1);
  CHECK(rest.failures[0].kind.str() == "collection videos");
  CHECK(rest.failures[0].id == "v7");
  CHECK(rest.failures[0].operation == "compare");
  CHECK(rest.failures[0].code == Errc::already_exists);
  CHECK(rest.total().found == 600);
  CHECK(rest.total().failed == 1);
  CHECK(rest.total().verified == 599);
}

/// The journal of a run that stopped before its last blob, and the stores.
struct Interrupted {
  TemporaryFolder folder{};
  std::string path = folder / "journal";
  Memory source{}, target{};

  Interrupted() {
    fill(source, 2, 4);
    reel::migrate(source, target, set, stopped_after(3, path));
  }
};

TEST_CASE("a journal that was cut off anywhere is continued", "[migrate]") {
  Interrupted run;
  const std::string whole = content_of(run.path);
  REQUIRE(whole.size() > 500);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    INFO(size);
    write(run.path, std::string_view(whole).substr(0, size));
    const MigrationReport report = reel::migrate(run.source, run.target, set, {.journal = run.path});
    const reel::MigrationCounts total = report.total();
    const bool is_right =
        report.clean() && total.found == 6 && total.created + total.unchanged == 6 && total.verified == 6;
    if (!is_right) FAIL("not the result of an undisturbed run");
  }
  CHECK(reel::verify(run.source, run.target, set).clean());
}

TEST_CASE("a damaged journal is refused or has only lost its end", "[migrate]") {
  Interrupted run;
  const std::string whole = content_of(run.path);
  int refused = 0;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    INFO(at);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    write(run.path, damaged);
    try {
      if (reel::migrate(run.source, run.target, set, {.journal = run.path}).total().found != 6) FAIL("items are lost");
    } catch (const reel::Error& error) {
      ++refused;
      if (error.code() != Errc::corrupt && error.code() != Errc::invalid) throw;
      if (content_of(run.path) != damaged) FAIL("the journal has changed");
    }
  }
  CHECK(refused > static_cast<int>(whole.size()) / 2);
}

TEST_CASE("a journal of another migration is refused before anything is written", "[migrate]") {
  Interrupted run;
  const std::string before = content_of(run.path);
  Memory other;
  const auto refusal = [&](Memory& target, const reel::MigrationSet& what, reel::OnConflict on_conflict) {
    const reel::Error error =
        error_from([&] { reel::migrate(run.source, target, what, {.on_conflict = on_conflict, .journal = run.path}); });
    CHECK(error.code() == Errc::conflict);
    CHECK(content_of(run.path) == before);
    return error.reason();
  };
  const auto with = [&](const std::string& what) {
    return "the journal '" + run.path + "' belongs to a migration with another " + what +
           "; name another journal, or remove it to begin again";
  };
  CHECK(refusal(other, set, reel::OnConflict::fail) == with("target"));
  CHECK(error_from([&] { static_cast<void>(other.count(reel::schema_of<Video>(), {})); }).code() == Errc::not_found);
  CHECK(refusal(run.target, reel::migration_set<Video>(), reel::OnConflict::fail) ==
        with("set of collections and buckets"));
  CHECK(refusal(run.target, set, reel::OnConflict::skip) == with("treatment of conflicts"));

  write(run.path, "minutes of a meeting\n");
  CHECK(error_from([&] { reel::migrate(run.source, run.target, set, {.journal = run.path}); }).code() == Errc::invalid);
  CHECK(content_of(run.path) == "minutes of a meeting\n");
  CHECK(error_from([&] { reel::migrate(run.source, other, set, {.journal = "/no/such/folder/j"}); }).code() ==
        Errc::not_found);
}

TEST_CASE("a target that has lost what the journal has as copied is refused", "[migrate]") {
  Interrupted run;
  CHECK(run.target.remove(reel::schema_of<Video>(), "v1", std::nullopt));
  const reel::Error error = error_from([&] { reel::migrate(run.source, run.target, set, {.journal = run.path}); });
  CHECK(error.code() == Errc::conflict);
  CHECK(error.reason().starts_with("the target has lost 'v1' of collection videos"));
}

TEST_CASE("two migrations do not use a journal at the same time", "[migrate]") {
  Interrupted run;
  std::optional<reel::Error> second;
  reel::migrate(run.source, run.target, set,
                {.journal = run.path, .on_progress = [&](const reel::MigrationProgress&) {
                   second = error_from([&] { reel::migrate(run.source, run.target, set, {.journal = run.path}); });
                   return true;
                 }});
  REQUIRE(second);
  CHECK(second->code() == Errc::unavailable);
}

TEST_CASE("a migration killed at any moment ends as an undisturbed one", "[migrate]") {
  const TemporaryFolder folder;
  constexpr int videos = 1100, blobs = 12;  // three pages of records, and each blob
  {
    Filesystem source(folder / "source");
    fill(source, videos, blobs);
  }
  const std::string journal = folder / "journal";
  for (const int moment : {1, 2, 3, 4, 9, 15}) {
    INFO(moment);
    const std::string to = folder / ("target" + std::to_string(moment));
    reel::testing::Child killed([&](const auto&) {
      Filesystem source(folder / "source"), target(to, {.durability = reel::Durability::relaxed});
      int reported = 0;
      reel::migrate(source, target, set, {.journal = journal, .on_progress = [&](const reel::MigrationProgress&) {
                                            if (++reported == moment) ::kill(::getpid(), SIGKILL);
                                            return true;
                                          }});
    });
    CHECK_FALSE(killed.wait());
    Filesystem below(folder / "source"), target(to);
    Witness<Filesystem> source(below);
    const MigrationReport report = reel::migrate(source, target, set, {.journal = journal});
    CHECK(report.clean());
    CHECK(report.total().found == videos + blobs);
    CHECK(source.records == (moment <= 3 ? videos - 500 * (moment - 1) : 0));
    CHECK(source.blobs == blobs - std::max(0, moment - 3));
    CHECK(reel::verify(below, target, set).clean());
    CHECK(reel::migrate(below, target, set, {.journal = journal}).total().created == 0);
    std::filesystem::remove(journal);
  }
}

}  // namespace migrate_resuming_tests
