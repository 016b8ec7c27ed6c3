#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <optional>
#include <random>
#include <regex>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/item_digest.hpp>
#include <reel/driver/range_digest.hpp>
#include <reel/driver/walk.hpp>
#include <reel/json/sealed_line.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/migration/witness.hpp"

/// Digests of ranges of ids, and verifications that read only the ranges that differ.
namespace verify_digests_tests {

using reel::Errc;
using reel::Filesystem;
using reel::Memory;
using reel::VerificationReport;
using reel::driver::Document;
using reel::driver::RangeDigest;
using reel::driver::Value;
using reel::testing::error_from;
using reel::testing::fill;
using reel::testing::films;
using reel::testing::films_and_videos;
using reel::testing::TemporaryFolder;
using reel::testing::Witness;
using reel::video::Video;

const reel::driver::CollectionSchema& videos() { return reel::schema_of<Video>(); }

/// The digests of the listed records and blobs, computed here.
template <class Store>
std::pair<std::vector<RangeDigest>, std::vector<RangeDigest>> recomputed(Store& store) {
  std::vector<RangeDigest> records(reel::driver::digest_ranges), blobs(reel::driver::digest_ranges);
  reel::driver::walk(store, videos(), [&](const auto& page) {
    for (const auto& one : page.items)
      records[reel::driver::range_of(one->id)] += reel::driver::digest_of_record(videos(), *one);
    return true;
  });
  reel::driver::walk(store, films(), [&](const auto& page) {
    for (const auto& one : page.items) blobs[reel::driver::range_of(one.id.str())] += reel::driver::digest_of_blob(one);
    return true;
  });
  return {std::move(records), std::move(blobs)};
}
/// The digests that a store knows.
template <class Store>
std::pair<std::vector<RangeDigest>, std::vector<RangeDigest>> known(Store& store) {
  return {store.digests(videos()), store.digests(films())};
}

/// Random creates, updates and removals of up to 300 records and 30 blobs.
template <class Store>
void write_randomly(Store& store, std::mt19937& random, int writes) {
  const auto below = [&](int end) { return std::uniform_int_distribution(0, end - 1)(random); };
  const reel::Repository<Video, Store> records(store);
  const reel::BlobStore<Store> files(store, films());
  for (int i = 0; i < writes; ++i) {
    const reel::Id<Video> id{"v" + std::to_string(below(300))};
    const std::string text = "t" + std::to_string(below(5));
    const int what = below(100);
    if (what < 40) {
      records.upsert(id, Video{.topic = text});
    } else if (what < 60) {
      if (records.exists(id)) records.update(id, reel::Patch<Video>{}.set<&Video::topic>(text));
    } else if (what < 65) {
      std::vector<reel::Draft<Video>> batch;
      for (int n = 0; n < 3; ++n) batch.push_back({.value = Video{.topic = text}});
      for (const auto& made : records.create_many(batch).items) records.remove(made.record->id);
    } else if (what < 97) {
      records.remove(id);
    } else {
      const reel::BlobId blob{"b" + std::to_string(below(30))};
      if (below(3) == 0) {
        files.remove(blob);
      } else {
        files.put(blob, reel::from_bytes(text), {.name = text + ".mp4", .overwrite = true});
      }
    }
  }
}

TEST_CASE("the digest of a record depends on everything that is compared", "[verify]") {
  Memory store;
  fill(store, 1, 1);
  const Document record = *store.find(videos(), "v0");
  const auto of = [](const Document& document) { return reel::driver::digest_of_record(videos(), document); };
  const auto with = [&](auto&& change) {
    Document other = record;
    change(other);
    return of(other);
  };
  CHECK(with([](Document& d) { d.sequence += 1; }) == of(record));
  CHECK(with([](Document& d) { d.id = "V0"; }) == of(record));
  CHECK(with([](Document& d) { d.id = "v1"; }) != of(record));
  CHECK(with([](Document& d) { d.created_at += std::chrono::milliseconds(1); }) != of(record));
  CHECK(with([](Document& d) { d.updated_at += std::chrono::milliseconds(1); }) != of(record));
  for (std::size_t i = 0; i < record.values.size(); ++i) {
    INFO(videos().attributes[i].name);
    CHECK(with([&](Document& d) { d.values[i] = record.values[i].is_null() ? Value{"x"} : Value{}; }) != of(record));
  }
  const reel::Permission read = reel::Permission::read(reel::Role::any()),
                         update = reel::Permission::update(reel::Role::any());
  const auto permitted = [&](std::vector<reel::Permission> all) {
    return with([&](Document& d) { d.permissions = std::move(all); });
  };
  CHECK(permitted({read}) != of(record));
  CHECK(permitted({read, update}) == permitted({update, read, read}));

  const reel::BlobInfo blob = *store.find(films(), "b0");
  const auto blob_with = [&](auto&& change) {
    reel::BlobInfo other = blob;
    change(other);
    return reel::driver::digest_of_blob(other) == reel::driver::digest_of_blob(blob);
  };
  CHECK(blob_with([](reel::BlobInfo& b) { b.updated_at += std::chrono::milliseconds(1); }));
  CHECK(blob_with([](reel::BlobInfo& b) { b.content_type = "x/y"; }));
  CHECK_FALSE(blob_with([](reel::BlobInfo& b) { b.size += 1; }));
  CHECK_FALSE(blob_with([](reel::BlobInfo& b) { b.md5.back() = b.md5.back() == '0' ? '1' : '0'; }));
  CHECK_FALSE(blob_with([](reel::BlobInfo& b) { b.name += "x"; }));
  CHECK_FALSE(blob_with([&](reel::BlobInfo& b) { b.permissions = {read}; }));
}

TEST_CASE("the ids of ranges are those of their records", "[verify]") {
  Memory store;
  fill(store, 2000, 50);
  const std::vector<RangeDigest> records = store.digests(videos()), blobs = store.digests(films());
  std::vector<std::size_t> all;
  for (std::size_t range = 0; range < reel::driver::digest_ranges; ++range) all.push_back(range);
  CHECK(store.ids_in(videos(), all).size() == 2000);
  CHECK(store.ids_in(films(), all).size() == 50);
  CHECK(store.ids_in(videos(), {}).empty());
  for (std::size_t range = 0; range < reel::driver::digest_ranges; range += 50) {
    const std::size_t ranges[] = {range};
    const auto ids = store.ids_in(videos(), ranges);
    for (const std::string& id : ids) {
      if (reel::driver::range_of(id) != range) FAIL(id << " is in another range");
    }
    if (std::ssize(ids) != records[range].count) FAIL("range " << range);
    if (std::ssize(store.ids_in(films(), ranges)) != blobs[range].count) FAIL("range " << range);
  }
}

TEST_CASE("the digests of a Memory follow its writes", "[verify]") {
  Memory store;
  fill(store, 200, 10);
  std::mt19937 random(1);
  for (int round = 0; round < 4; ++round) {
    CHECK(known(store) == recomputed(store));
    write_randomly(store, random, 1000);
  }
  CHECK(known(store) == recomputed(store));
}

TEST_CASE("the digests of a Filesystem follow writes, restarts and other processes", "[verify]") {
  const TemporaryFolder folder;
  const reel::FilesystemOptions relaxed{.durability = reel::Durability::relaxed};
  std::mt19937 random(2);
  auto store = std::make_unique<Filesystem>(folder / "store", relaxed);
  fill(*store, 200, 10);
  for (int round = 0; round < 3; ++round) {
    INFO(round);
    CHECK(known(*store) == recomputed(*store));
    write_randomly(*store, random, 2000);
    CHECK(known(*store) == recomputed(*store));
    store = std::make_unique<Filesystem>(folder / "store", relaxed);  // closed before it is opened again
    CHECK(known(*store) == recomputed(*store));
    store.reset();
    reel::testing::Child other([&](const auto&) {
      Filesystem same(folder / "store", relaxed);
      static_cast<void>(known(same));
      std::mt19937 theirs(static_cast<unsigned>(round));
      write_randomly(same, theirs, 2000);
    });
    CHECK(other.wait());
    store = std::make_unique<Filesystem>(folder / "store", relaxed);
    CHECK(known(*store) == recomputed(*store));
    store->sync();
  }
}

TEST_CASE("the digests of an open Filesystem follow another process", "[verify]") {
  const TemporaryFolder folder;
  const reel::FilesystemOptions relaxed{.durability = reel::Durability::relaxed};
  Filesystem store(folder / "store", relaxed);
  fill(store, 200, 10);
  static_cast<void>(known(store));
  reel::testing::Child other([&](const auto&) {
    Filesystem same(folder / "store", relaxed);
    std::mt19937 random(3);
    write_randomly(same, random, 3000);
    same.sync();  // replaces the journal
    write_randomly(same, random, 100);
  });
  CHECK(other.wait());
  CHECK(known(store) == recomputed(store));
}

/// The number of records, from the environment for a complete run.
int records_to_compare() {
  const char* const wanted = std::getenv("REEL_DIGEST_RECORDS");
  return wanted ? std::atoi(wanted) : 10'000;
}

/// Changes 10 records of the target in all ways.
template <class Store>
void differ_in_ten(Store& target) {
  const reel::Repository<Video, Store> records(target);
  for (int i = 0; i < 6; ++i)
    records.update(reel::Id<Video>{"v" + std::to_string(7 * i)}, reel::Patch<Video>{}.set<&Video::topic>("changed"));
  for (int i = 0; i < 2; ++i) records.remove(reel::Id<Video>{"v" + std::to_string(100 + i)});
  for (int i = 0; i < 2; ++i)
    records.create(Video{.topic = "extra"}, {.id = reel::Id<Video>{"extra" + std::to_string(i)}});
}

/// Compares two stores that differ in 10 records, and checks that all are named and at most 1 % is read.
template <class Source, class Target>
void check_cheap(Source& source, Target& target, int number) {
  Witness<Source> first(source);
  Witness<Target> second(target);
  const VerificationReport report = reel::verify(first, second, reel::migration_set<Video>(), {.by_digests = true});
  CHECK(report.differences.size() == 6);
  CHECK(report.missing.size() == 2);
  CHECK(report.extra.size() == 2);
  CHECK(report.notes.empty());
  const reel::VerificationCounts& counts = report.kinds.at(0);
  CHECK(counts.source == number);
  CHECK(counts.target == number);
  CHECK(counts.source == counts.same + counts.differing + counts.missing);
  CHECK(first.records + second.records > 0);
  CHECK(first.records <= number / 100);
  CHECK(second.records <= number / 100);
  CHECK(counts.by_digest >= number - number / 100);
}

TEST_CASE("a second verification by digests reads a hundredth", "[verify]") {
  const int number = records_to_compare();
  const TemporaryFolder folder;
  const reel::FilesystemOptions relaxed{.durability = reel::Durability::relaxed};
  Memory source;
  fill(source, number, 0);
  {
    Filesystem target(folder / "target", relaxed);
    reel::migrate(source, target, reel::migration_set<Video>(), {.verify = reel::Verify::none});
    const VerificationReport first = reel::verify(source, target, reel::migration_set<Video>(), {.by_digests = true});
    CHECK(first.clean());
    CHECK(first.kinds.at(0).by_digest == number);
  }
  Filesystem target(folder / "target", relaxed);
  differ_in_ten(target);
  check_cheap(source, target, number);
}

TEST_CASE("blobs are compared by digests without reading them", "[verify]") {
  Memory below, target;
  fill(below, 0, 500);
  reel::migrate(below, target, films_and_videos());
  const reel::BlobStore<Memory> blobs(target, films());
  blobs.put(reel::BlobId{"b1"}, reel::from_bytes("other"), {.name = "b.mp4", .overwrite = true});
  blobs.remove(reel::BlobId{"b2"});
  blobs.put(reel::BlobId{"extra"}, reel::from_bytes("x"), {.name = "b.mp4"});
  Witness<Memory> source(below);
  const VerificationReport report = reel::verify(source, target, films_and_videos(), {.by_digests = true});
  REQUIRE(report.differences.size() == 1);
  CHECK(report.differences[0].id == "b1");
  CHECK(report.differences[0].reason == "the two stores differ in size, md5");
  REQUIRE(report.missing.size() == 1);
  CHECK(report.missing[0].id == "b2");
  REQUIRE(report.extra.size() == 1);
  CHECK(report.extra[0].id == "extra");
  CHECK(source.blobs <= 5);  // neighbours in the same ranges
}

TEST_CASE("stores that differ in most ranges are read as without digests", "[verify]") {
  Memory below, target;
  fill(below, 3000, 0);
  fill(target, 3000, 0);  // other times
  Witness<Memory> source(below);
  const VerificationReport report = reel::verify(source, target, reel::migration_set<Video>(), {.by_digests = true});
  CHECK(source.records == 3000);
  CHECK(report.kinds.at(0).by_digest == 0);
  CHECK(report.kinds.at(0).same + report.kinds.at(0).differing == 3000);
}

TEST_CASE("a store without digests is read, which is a note", "[verify]") {
  struct Plain : reel::driver::Layer<Memory, reel::driver::AbilitySet{.records = true}> {
    using Layer::Layer;
  };
  Memory source, below;
  fill(source, 3, 0);
  reel::migrate(source, below, reel::migration_set<Video>());
  Plain target(below);
  const VerificationReport report = reel::verify(source, target, reel::migration_set<Video>(), {.by_digests = true});
  CHECK(report.clean());
  CHECK(report.kinds.at(0).same == 3);
  CHECK(report.kinds.at(0).by_digest == 0);
  REQUIRE(report.notes.size() == 1);
  CHECK(report.notes[0] ==
        "collection videos: compared without digests, because no store of this kind knows digests of its records");
  CHECK(error_from([&] {
          reel::verify(source, target, reel::migration_set<Video>(),
                       {.level = reel::Verify::sample, .by_digests = true});
        }).code() == Errc::invalid);
}

TEST_CASE("an interrupted verification by digests is continued", "[verify]") {
  const TemporaryFolder folder;
  Memory below, target;
  fill(below, 3000, 0);
  reel::migrate(below, target, reel::migration_set<Video>());
  const reel::Repository<Video, Memory> records(target);
  for (int i = 0; i < 400; ++i)
    records.update(reel::Id<Video>{"v" + std::to_string(7 * i)}, reel::Patch<Video>{}.set<&Video::topic>("changed"));
  Witness<Memory> source(below);
  const std::string journal = folder / "journal";
  int reports = 0;
  const VerificationReport first =
      reel::verify(source, target, reel::migration_set<Video>(),
                   {.by_digests = true, .journal = journal, .on_progress = [&](const auto&) { return ++reports < 2; }});
  CHECK(first.cancelled);
  const int done = source.records;
  CHECK(done > 100);
  const VerificationReport rest =
      reel::verify(source, target, reel::migration_set<Video>(), {.by_digests = true, .journal = journal});
  CHECK(rest.differences.size() == 400);
  CHECK(rest.kinds.at(0).source == 3000);
  CHECK(rest.kinds.at(0).same == 2600);
  CHECK(source.records == rest.kinds.at(0).source - rest.kinds.at(0).by_digest);
}

/// A store that counts the requests for the ids of ranges, and whose first one fails if `fails` is set.
struct Ranges : Witness<Memory> {
  using Witness::Witness, Witness::ids_in;

  std::vector<std::string> ids_in(const reel::driver::CollectionSchema& schema,
                                  std::span<const std::size_t> ranges) const {
    ++requests;
    if (std::exchange(fails, false)) throw reel::Error(Errc::unavailable, "away");
    return Witness::ids_in(schema, ranges);
  }

  mutable int requests = 0;
  mutable bool fails = false;
};

TEST_CASE("equal stores are asked for no ids", "[verify]") {
  Memory source, below;
  fill(source, 300, 0);
  reel::migrate(source, below, reel::migration_set<Video>());
  Ranges target(below);
  CHECK(reel::verify(source, target, reel::migration_set<Video>(), {.by_digests = true}).clean());
  CHECK(target.requests == 0);
}

TEST_CASE("an outage while ranges are compared is a failure and compares no more", "[verify]") {
  const TemporaryFolder folder;
  Memory source, below;
  fill(source, 300, 0);
  const reel::MigrationSet set = reel::migration_set<Video>();
  reel::migrate(source, below, set);
  reel::Repository<Video, Memory>(below).update(reel::Id<Video>{"v7"},
                                                reel::Patch<Video>{}.set<&Video::topic>("changed"));
  Ranges target(below);
  target.fails = true;
  std::int64_t progress = 0;
  const std::string journal = folder / "journal";
  const VerificationReport failed =
      reel::verify(source, target, set, {.by_digests = true, .journal = journal, .on_progress = [&](const auto& state) {
                                           progress = state.done;
                                           return true;
                                         }});
  REQUIRE(failed.differences.size() == 1);
  CHECK(failed.differences[0].operation == "digests");
  CHECK(failed.differences[0].code == Errc::unavailable);
  CHECK(failed.notes.empty());
  CHECK(failed.kinds.at(0).source == 0);
  CHECK(progress == 0);
  CHECK(target.records == 0);

  const VerificationReport rest = reel::verify(source, target, set, {.by_digests = true, .journal = journal});
  REQUIRE(rest.differences.size() == 1);
  CHECK(rest.differences[0].id == "v7");
  CHECK(rest.kinds.at(0).source == 300);
  CHECK(target.records < 10);
}

TEST_CASE("a journal that has all equal ranges in one line begins again", "[verify]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source, 300, 0);
  const reel::MigrationSet set = reel::migration_set<Video>();
  reel::migrate(source, target, set);
  const std::string journal = folder / "journal";
  static_cast<void>(reel::verify(source, target, set, {.by_digests = true, .journal = journal}));
  const std::string content = reel::testing::content_of(journal);
  std::string header = reel::json::unsealed_object(content.substr(0, content.find('\n'))).value();
  const std::string marker = R"( by page"})";
  REQUIRE(header.ends_with(marker));
  header.replace(header.size() - marker.size(), marker.size(), R"("})");
  reel::testing::write_file(
      journal, reel::json::sealed_line(header) +
                   reel::json::sealed_line(R"({"page":"collection videos","then":"ranges","sequence":0,"id":"",)"
                                           R"("source":300,"target":300,"same":300,"differing":0,"missing":0,)"
                                           R"("extra":0,"by_digest":300,"found":0,"items":[],"notes":[]})"));
  const VerificationReport report = reel::verify(source, target, set, {.by_digests = true, .journal = journal});
  CHECK(report.clean());
  CHECK(report.kinds.at(0).source == 300);
  CHECK(report.kinds.at(0).by_digest == 300);
}

/// Replaces the number of the next range in a journal by the cursor that earlier versions wrote. Returns how often.
int write_ranges_as_before(const std::string& journal) {
  const std::regex range(R"("range":([0-9]+))");
  std::istringstream lines(reel::testing::content_of(journal));
  std::string content;
  int replaced = 0;
  for (std::string line; std::getline(lines, line);) {
    const std::string object = reel::json::unsealed_object(line).value();
    if (std::regex_search(object, range)) ++replaced;
    content += reel::json::sealed_line(std::regex_replace(object, range, R"("sequence":$1,"id":"")"));
  }
  reel::testing::write_file(journal, content);
  return replaced;
}

TEST_CASE("a verification by digests that is continued after the stores have changed ends its journal", "[verify]") {
  const TemporaryFolder folder;
  Memory source, target;
  fill(source, 3000, 0);
  const reel::MigrationSet set = reel::migration_set<Video>();
  reel::migrate(source, target, set);
  const reel::Repository<Video, Memory> records(target);
  for (int i = 0; i < 400; ++i)
    records.update(reel::Id<Video>{"v" + std::to_string(7 * i)}, reel::Patch<Video>{}.set<&Video::topic>("changed"));
  const std::string journal = folder / "journal";
  int reports = 0;
  const auto first =
      reel::verify(source, target, set,
                   {.by_digests = true, .journal = journal, .on_progress = [&](const auto&) { return ++reports < 2; }});
  CHECK(first.cancelled);
  const std::size_t found = first.differences.size();
  CHECK(found > 0);
  CHECK(found < 400);

  SECTION("all ranges that are left are equal") {
    reel::migrate(source, target, set, {.on_conflict = reel::OnConflict::overwrite});
    const VerificationReport rest = reel::verify(source, target, set, {.by_digests = true, .journal = journal});
    CHECK(rest.differences.size() == found);
    CHECK(rest.kinds.at(0).source == 3000);
    CHECK(rest.kinds.at(0).target == 3000);
    CHECK(rest.kinds.at(0).same == 3000 - static_cast<std::int64_t>(found));
  }
  SECTION("the journal is of an earlier version") {
    CHECK(write_ranges_as_before(journal) > 0);
    const VerificationReport rest = reel::verify(source, target, set, {.by_digests = true, .journal = journal});
    CHECK(rest.differences.size() == 400);
    CHECK(rest.kinds.at(0).source == 3000);
    reel::migrate(source, target, set, {.on_conflict = reel::OnConflict::overwrite});
  }
  SECTION("others are not equal any more") {
    for (int i = 0; i < 400; ++i)
      records.update(reel::Id<Video>{"v" + std::to_string(7 * i + 1)},
                     reel::Patch<Video>{}.set<&Video::topic>("changed"));
    const VerificationReport rest = reel::verify(source, target, set, {.by_digests = true, .journal = journal});
    CHECK(rest.differences.size() > found);
    CHECK(rest.kinds.at(0).source == 3000);
    CHECK(rest.kinds.at(0).target == 3000);
    CHECK(rest.kinds.at(0).same + rest.kinds.at(0).differing == 3000);
    reel::migrate(source, target, set, {.on_conflict = reel::OnConflict::overwrite});
  }
  const VerificationReport again = reel::verify(source, target, set, {.by_digests = true, .journal = journal});
  CHECK(again.clean());  // it has begun again
  CHECK(again.kinds.at(0).by_digest == 3000);
}

}  // namespace verify_digests_tests
