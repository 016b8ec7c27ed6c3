#include <reel/verify.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <set>
#include <string>

#include <reel/backends/memory.hpp>
#include <reel/migrate.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/migration/witness.hpp"

/// The levels at which two stores are compared.
namespace verify_tests {

using reel::Errc;
using reel::Memory;
using reel::VerificationReport;
using reel::Verify;
using reel::testing::error_from;
using reel::testing::fill;
using reel::testing::films_and_videos;
using reel::testing::Witness;
using reel::video::Video;

const reel::MigrationSet& set = films_and_videos();

TEST_CASE("a comparison by counts reads no item", "[verify]") {
  Memory below, target;
  fill(below, 300, 2);
  fill(target, 299, 2);
  Witness<Memory> source(below);
  const VerificationReport report = reel::verify(source, target, set, {.level = Verify::counts});
  CHECK(source.records + source.blobs == 0);
  REQUIRE(report.differences.size() == 1);
  CHECK(report.differences[0].kind.str() == "collection videos");
  CHECK(report.differences[0].id.empty());
  CHECK(report.differences[0].operation == "count");
  CHECK(report.differences[0].reason == "the source has 300 and the target 299");
  CHECK(report.kinds[0].source == 300);
  CHECK(report.kinds[0].target == 299);
  CHECK(report.kinds[1].source == 2);
}

/// The ids of the videos in the sample: those that an empty target lacks.
std::set<std::string> sample_of(int videos, std::uint64_t seed) {
  Memory source, target;
  fill(source, videos, 0);
  fill(target, 0, 0);
  const VerificationReport report = reel::verify(source, target, set, {.level = Verify::sample, .sample_seed = seed});
  std::set<std::string> ids;
  for (const reel::MigrationItem& one : report.missing) ids.insert(one.id);
  return ids;
}

TEST_CASE("a sample has all of a few items and about 100 or more of many", "[verify]") {
  CHECK(sample_of(199, 0).size() == 199);
  for (const int items : {200, 399, 400, 2000, 3100}) {
    INFO(items);
    const std::size_t size = sample_of(items, 0).size();
    CHECK(size > 70);
    CHECK(size < 250);
  }
}

TEST_CASE("a sample depends on nothing but ids, number and seed", "[verify]") {
  const auto sample = sample_of(390, 7);
  CHECK(sample == sample_of(390, 7));
  CHECK(sample != sample_of(390, 8));
  std::set<std::string> kept;  // of a source that has grown
  for (const std::string& id : sample_of(500, 7)) {
    if (std::stoi(id.substr(1)) < 390) kept.insert(id);
  }
  CHECK(kept.size() > 50);
  CHECK(std::includes(sample.begin(), sample.end(), kept.begin(), kept.end()));
}

TEST_CASE("a comparison by sample looks up and reads the sample only", "[verify]") {
  Memory source, below;
  fill(source, 2000, 250);
  reel::migrate(source, below, set);
  Witness<Memory> target(below);
  const auto run = [&] {
    target.records = target.blobs = 0;
    return reel::verify(source, target, set, {.level = Verify::sample, .sample_seed = 1});
  };
  const std::set<std::string> sample = sample_of(2000, 1);
  const VerificationReport report = run();
  CHECK(report.clean());
  CHECK(report.kinds[0].source == 2000);
  CHECK(report.kinds[0].target == 2000);
  CHECK(report.kinds[0].same == std::ssize(sample));
  CHECK(target.records == report.kinds[0].same);
  CHECK(target.blobs == report.kinds[1].same);
  CHECK(target.blobs > 80);
  CHECK(target.blobs < 170);  // one in 2: 125 expected

  // A damaged record is found exactly if it is in the sample, by every run with the same seed.
  int other = 0;
  while (sample.contains("v" + std::to_string(other))) ++other;
  const auto damage = [&](const std::string& id) {
    below.update(reel::schema_of<Video>(), id, {.values = {{0, reel::driver::Value{"changed"}}}});
  };
  damage("v" + std::to_string(other));
  CHECK(run().clean());
  damage(*sample.begin());
  for (int i = 0; i < 2; ++i) {
    const VerificationReport found = run();
    REQUIRE(found.differences.size() == 1);
    CHECK(found.differences[0].id == *sample.begin());
  }
}

TEST_CASE("a comparison of nothing is refused", "[verify]") {
  Memory a, b;
  CHECK(error_from([&] { reel::verify(a, b, set, {.level = Verify::none}); }).code() == Errc::invalid);
}

}  // namespace verify_tests
