#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/change.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/migrate.hpp>
#include <reel/testing/rules/create.hpp>
#include <reel/testing/rules/put.hpp>

namespace reel::testing::rules {

[[nodiscard]] inline MigrationOptions on_conflict(OnConflict what) {
  MigrationOptions options;
  options.on_conflict = what;
  return options;
}

/// Migrates, and rethrows an `unsupported` error of the target.
template <class Target>
MigrationReport migrate_or_refuse(AnyStore& source, Target& target, const MigrationSet& set,
                                  const MigrationOptions& options = {}) {
  MigrationReport report = migrate(source, target, set, options);
  for (const MigrationProblem& failure : report.failures) {
    if (failure.code == Errc::unsupported) throw Error(failure.code, failure.reason);
  }
  return report;
}

/// A store that returns the given values but stores different ones.
class Forgetful final : public driver::Layer<AnyStore> {
 public:
  using Layer::Layer, Layer::put;
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    driver::DocumentPtr answer = below().create(schema, std::move(document));
    damage(schema, *answer);
    return answer;
  }
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    std::vector<driver::WriteResult> answers = below().write(schema, std::move(writes), batch);
    for (const driver::WriteResult& answer : answers) {
      if (answer.document) damage(schema, *answer.document);
    }
    return answers;
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    BlobInfo answer = below().put(bucket, std::move(info), source, overwrite);
    TextSource other(std::string(static_cast<std::size_t>(answer.size), '?'));
    below().put(bucket, answer, other, true);
    return answer;
  }

 private:
  void damage(const driver::CollectionSchema& schema, const driver::Document& document) {
    if (document.id == "b")
      below().update(schema, document.id, driver::Change{.values = {{0, driver::Value{"damaged"}}}});
  }
};

/// Creates the tracks a, b and c.
inline void fill(AnyStore& store) {
  const auto tracks = Bench::records<Track>(store);
  for (const char* name : {"c", "a", "b"}) tracks.create({.title = name}, with_id<Track>(name));
}

inline constexpr Rule migration_rules[] = {
    {"a migration copies every record with its id, values and position in the order of insertion",
     [](Bench& bench) {
       AnyStore& target = bench.another_store();
       const auto tracks = bench.records<Track>();
       tracks.create(full_track(), with_id<Track>("Zulu"));
       fill(bench.store());
       const auto report = migrate_or_refuse(bench.store(), target, migration_set<Track>());
       expect(report.clean(), "the report is not clean");
       expect_equal(report.total().created, 4, "the number of created records");
       expect_equal(report.total().verified, 4, "the number of verified records");
       const auto copies = Bench::records<Track>(target);
       expect_equal(names_in(copies), Names{"Blue in Green", "c", "a", "b"}, "the copies");
       const auto copy = copies.get(Id<Track>{"zulu"});
       expect_equal(copy.id.str(), "Zulu", "the id of a copy");
       expect(copy.value == full_track(), "the values of a copy differ");
     },
     {Capability::keeps_times}},
    {"a migration keeps times",
     [](Bench& bench) {
       AnyStore& target = bench.another_store();
       const auto tracks = bench.records<Track>();
       const auto made = tracks.create({.title = "a"}, with_id<Track>("a"));
       const auto changed = tracks.update(made.id, Patch<Track>{}.set<&Track::plays>(1));
       migrate_or_refuse(bench.store(), target, migration_set<Track>());
       const auto copy = Bench::records<Track>(target).get(made.id);
       expect_equal(copy.created_at, changed.created_at, "created_at");
       expect_equal(copy.updated_at, changed.updated_at, "updated_at");
     },
     {Capability::keeps_times}},
    {"a migration keeps permissions",
     [](Bench& bench) {
       AnyStore& target = bench.another_store();
       bench.records<Track>().create({.title = "a"},
                                     {.id = Id<Track>{"a"}, .permissions = {Permission::read(Role::any())}});
       migrate_or_refuse(bench.store(), target, migration_set<Track>());
       expect(
           Bench::records<Track>(target).get(Id<Track>{"a"}).permissions == std::vector{Permission::read(Role::any())},
           "the permissions differ");
     },
     {Capability::permissions, Capability::keeps_times}},
    {"a migration leaves the source as it is",
     [](Bench& bench) {
       fill(bench.store());
       const auto before = bench.records<Track>().list().records;
       migrate(bench.store(), bench.another_store(), migration_set<Track>());
       expect(bench.records<Track>().list().records == before, "the source changed");
     }},
    {"a repeated migration finds everything unchanged",
     [](Bench& bench) {
       AnyStore& target = bench.another_store();
       fill(bench.store());
       migrate_or_refuse(bench.store(), target, migration_set<Track>());
       const auto copies = Bench::records<Track>(target).list().records;
       const auto report = migrate_or_refuse(bench.store(), target, migration_set<Track>());
       expect(report.clean(), "the report is not clean");
       expect_equal(report.total().unchanged, 3, "the number of unchanged records");
       expect(Bench::records<Track>(target).list().records == copies, "the copies changed");
     },
     {Capability::keeps_times}},
    {"a plan writes nothing and reports what would be done",
     [](Bench& bench) {
       AnyStore& target = bench.another_store();
       fill(bench.store());
       MigrationOptions options;
       options.plan = true;
       const auto report = migrate(bench.store(), target, migration_set<Track>(), options);
       expect_equal(report.total().created, 3, "the number of records that would be created");
       expect_equal(Bench::records<Track>(target).count(), 0, "the number of records in the target");
     }},
    {"a migration copies records after the records that they refer to",
     [](Bench& bench) {
       AnyStore& target = bench.another_store();
       bench.records<Planet>().create({.name = "p"}, with_id<Planet>("p"));
       bench.records<Moon>().create({.name = "m", .planet = Id<Planet>{"p"}}, with_id<Moon>("m"));
       const auto report = migrate_or_refuse(bench.store(), target, migration_set<Moon, Planet>());
       expect(report.clean(), "the report is not clean");
       expect(Bench::records<Moon>(target).get(Id<Moon>{"m"}).value.planet == Id<Planet>{"p"}, "another reference");
     },
     {Capability::keeps_times}},
    {"an existing record with the same id is refused, kept or replaced, as the options specify",
     [](Bench& bench) {
       AnyStore& target = bench.another_store();
       fill(bench.store());
       const auto copies = Bench::records<Track>(target);
       copies.create({.title = "other"}, with_id<Track>("a"));
       const auto title = [&] { return copies.get(Id<Track>{"a"}).value.title; };
       auto report = migrate_or_refuse(bench.store(), target, migration_set<Track>(), on_conflict(OnConflict::fail));
       expect(!report.clean(), "a conflict is reported as clean");
       expect_equal(report.total().failed, 1, "the number of failures");
       expect_equal(title(), "other", "the title after fail");
       report = migrate_or_refuse(bench.store(), target, migration_set<Track>(), on_conflict(OnConflict::skip));
       expect_equal(report.total().skipped, 1, "the number of skipped records");
       expect_equal(title(), "other", "the title after skip");
       report = migrate_or_refuse(bench.store(), target, migration_set<Track>(), on_conflict(OnConflict::overwrite));
       expect_equal(report.total().overwritten, 1, "the number of overwritten records");
       expect_equal(title(), "a", "the title after overwrite");
     },
     {Capability::keeps_times}},
    {"verification after a copy reads the target and finds a record that was not stored",
     [](Bench& bench) {
       AnyStore& store = bench.another_store();
       Forgetful target(store);
       fill(bench.store());
       const auto report = migrate_or_refuse(bench.store(), target, migration_set<Track>());
       expect(!report.clean(), "a damaged copy is reported as clean");
       expect_equal(report.total().differing, 1, "the number of differing records");
       expect_equal(report.total().verified, 2, "the number of verified records");
       expect_equal(report.differences.at(0).id, "b", "the id of the difference");
     },
     {Capability::keeps_times}},
    {"verify finds missing, extra and different records",
     [](Bench& bench) {
       AnyStore& target = bench.another_store();
       fill(bench.store());
       const auto copies = Bench::records<Track>(target);
       copies.create({.title = "a"}, with_id<Track>("a"));
       copies.create({.title = "other"}, with_id<Track>("b"));
       copies.create({.title = "x"}, with_id<Track>("x"));
       const auto report = verify(bench.store(), target, migration_set<Track>());
       expect(!report.clean(), "two different stores are reported as equal");
       expect_equal(report.missing.size(), 1, "the number of missing records");
       expect_equal(report.missing.at(0).id, "c", "the missing record");
       expect_equal(report.extra.size(), 1, "the number of extra records");
       expect_equal(report.extra.at(0).id, "x", "the extra record");
       expect(!report.differences.empty(), "nothing differs");
     }},
    {"verify by digests finds the records that differ",
     [](Bench& bench) {
       AnyStore& target = bench.another_store();
       const auto originals = Bench::records<Track>(bench.store()), copies = Bench::records<Track>(target);
       const auto differing = [&] {
         const auto report = verify(bench.store(), target, migration_set<Track>(), {.by_digests = true});
         return report.differences.size() + report.missing.size() + report.extra.size();
       };
       originals.create({.title = "a"}, with_id<Track>("a"));
       expect_equal(differing(), 1, "the number of differences after a create in one store");
       copies.create({.title = "other"}, with_id<Track>("a"));
       expect_equal(differing(), 1, "the number of differences after a create in the other");
       copies.remove(Id<Track>{"a"});
       originals.remove(Id<Track>{"a"});
       expect_equal(differing(), 0, "the number of differences of two empty collections");
     }},
};

inline constexpr Area migration_area{"migration", migration_rules, {Capability::records}};

inline constexpr Rule blob_migration_rules[] = {
    {"a migration copies blobs byte by byte",
     [](Bench& bench) {
       AnyStore& target = bench.another_store();
       const AnyBlobs blobs = blobs_in(bench);
       blobs.put(blob_id("noise"), from_bytes(noise(200'000)), {.name = "noise.bin"});
       blobs.put(blob_id("empty"), from_bytes(""), {.name = "empty.txt"});
       const auto report = migrate(bench.store(), target, {.buckets = {open_bucket()}});
       expect(report.clean(), "the report is not clean");
       expect_equal(report.total().created, 2, "the number of created blobs");
       expect_equal(report.total().verified, 2, "the number of verified blobs");
       const AnyBlobs copies = blobs_in(target);
       expect_blob(copies, blob_id("noise"), noise(200'000), "a copy");
       expect_blob(copies, blob_id("empty"), "", "an empty copy");
       expect_equal(copies.stat(blob_id("noise")).name, "noise.bin", "the name of a copy");
     }},
    {"verification after a copy reads the target and finds a blob that was not stored",
     [](Bench& bench) {
       AnyStore& store = bench.another_store();
       Forgetful target(store);
       blobs_in(bench).put(blob_id("a"), from_bytes("content"));
       const auto report = migrate(bench.store(), target, {.buckets = {open_bucket()}});
       expect(!report.clean(), "a damaged copy is reported as clean");
       expect_equal(report.total().differing, 1, "the number of differing blobs");
     }},
};

inline constexpr Area blob_migration_area{"blob migration", blob_migration_rules, {Capability::blobs}};

}  // namespace reel::testing::rules
