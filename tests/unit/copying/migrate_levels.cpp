#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/driver/layer.hpp>
#include <reel/migrate.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/migration/witness.hpp"

/// The levels at which a copy is checked.
namespace migrate_levels_tests {

using reel::Memory;
using reel::MigrationReport;
using reel::Verify;
using reel::testing::fill;
using reel::testing::films;
using reel::testing::films_and_videos;
using reel::testing::Witness;

const reel::MigrationSet& set = films_and_videos();

TEST_CASE("a copy is checked as thoroughly as wanted", "[verify]") {
  Memory source;
  fill(source, 1000, 3);
  const auto verified = [&](Verify level) {
    Memory below;
    Witness<Memory> target(below);
    const MigrationReport report = reel::migrate(source, target, set, {.verify = level});
    CHECK(report.clean());
    CHECK(target.blobs == report.bucket(films().id).verified);
    return report.collection("videos").verified;
  };
  CHECK(verified(Verify::none) == 0);
  CHECK(verified(Verify::counts) == 0);
  CHECK(verified(Verify::full) == 1000);
  const std::int64_t sample = verified(Verify::sample);
  CHECK(sample > 60);
  CHECK(sample < 200);
  CHECK(verified(Verify::sample) == sample);
}

/// A target that loses the creation of one record, or adds a record.
class Faulty : public reel::driver::Layer<Memory> {
 public:
  using Base = reel::driver::Layer<Memory>;
  using Base::Base;

  std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                               std::vector<reel::driver::Write> writes, reel::driver::Batch batch) {
    if (!lost.empty()) {
      std::vector<reel::driver::WriteResult> results;
      for (reel::driver::Write& one : writes) {
        results.push_back({.document = std::make_shared<const reel::driver::Document>(one.document)});
        if (one.document.id != lost) below().create(schema, one.document);
      }
      return results;
    }
    if (!added.empty()) {
      reel::driver::Document more = writes.front().document;
      more.id = added;
      below().create(schema, more);
    }
    return below().write(schema, std::move(writes), batch);
  }

  std::string lost{}, added{};
};

TEST_CASE("a copy finds out that the target has fewer items", "[verify]") {
  Memory source, below;
  fill(source, 3, 0);
  Faulty target(below);
  target.lost = "v1";
  const MigrationReport report = reel::migrate(source, target, set, {.verify = Verify::counts});
  REQUIRE(report.differences.size() == 1);
  CHECK(report.differences[0].kind.str() == "collection videos");
  CHECK(report.differences[0].operation == "count");
  CHECK(report.differences[0].reason == "the target has 2 records, fewer than the 3 that were copied or there before");
  CHECK_FALSE(report.clean());
}

TEST_CASE("a copy finds items that a new target should not have", "[verify]") {
  Memory source;
  fill(source, 3, 0);
  const auto differences = [&](Verify level) {
    Memory below;
    Faulty target(below);
    target.added = "ghost";
    return reel::migrate(source, target, set, {.verify = level}).differences;
  };
  CHECK(differences(Verify::none).empty());
  const auto counted = differences(Verify::counts);
  REQUIRE(counted.size() == 1);
  CHECK(counted[0].id.empty());
  CHECK(counted[0].reason == "the target has 1 record that the source does not have");
  const auto named = differences(Verify::full);
  REQUIRE(named.size() == 1);
  CHECK(named[0].id == "ghost");
  CHECK(named[0].operation == "verify");
  CHECK(named[0].reason == "the source does not have it, and the target was empty before");
}

TEST_CASE("items that a target had before are a note", "[verify]") {
  Memory source, target;
  fill(source, 3, 0);
  fill(target, 5, 0);
  const auto copy = [&] { return reel::migrate(source, target, set, {.on_conflict = reel::OnConflict::overwrite}); };
  const MigrationReport report = copy();
  CHECK(report.clean());
  REQUIRE(report.notes.size() == 1);
  CHECK(report.notes[0] == "collection videos: the target has 2 records besides those that were copied or compared");
}

}  // namespace migrate_levels_tests
