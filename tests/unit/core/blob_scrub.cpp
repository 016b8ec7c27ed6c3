#include <reel/blob_store.hpp>
#include <reel/driver/hashed_source.hpp>

#include <atomic>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/plain_store.hpp"

namespace blob_scrub_tests {

using reel::BlobId;
using reel::Errc;

/// Changes the first byte of blobs whose id starts with `bad`, and fails to read those with `lost`.
struct Damaged {
  PlainStore store{};
  std::atomic<int> reads = 0;

  void ensure(const reel::Bucket& bucket) { store.ensure(bucket); }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    return store.put(bucket, std::move(info), source, overwrite);
  }
  std::optional<reel::BlobInfo> find(const reel::Bucket& bucket, std::string_view id) { return store.find(bucket, id); }
  bool remove(const reel::Bucket& bucket, std::string_view id) { return store.remove(bucket, id); }
  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket& bucket, const reel::BlobQuery& query) {
    return store.list(bucket, query);
  }
  std::optional<reel::BlobInfo> read(const reel::Bucket& bucket, std::string_view id, reel::ByteRange range,
                                     reel::BlobSink& sink) {
    ++reads;
    if (id.starts_with("gone")) return std::nullopt;
    if (id.starts_with("lost")) throw reel::Error(Errc::unavailable, "the medium does not answer");
    if (!id.starts_with("bad")) return store.read(bucket, id, range, sink);
    std::string other = "?";
    sink.write(std::as_bytes(std::span(other)));
    return store.find(bucket, id);
  }
};

const reel::Bucket bucket{.id = "anything", .name = "Anything"};

reel::BlobStore<Damaged> filled(Damaged& store, const std::vector<std::string>& ids) {
  reel::BlobStore<Damaged> blobs{store, bucket};
  blobs.setup();
  for (const std::string& id : ids) blobs.put(BlobId{id}, reel::from_bytes("x"));
  return blobs;
}

TEST_CASE("a scrub of intact blobs passes", "[blob_scrub]") {
  Damaged store;
  const reel::ScrubReport report = filled(store, {"a", "b"}).scrub();
  CHECK(report.ok());
  CHECK(report.blobs == 2);
  CHECK(report.bytes == 2);
  Damaged empty;
  CHECK(filled(empty, {}).scrub().ok());
}

TEST_CASE("a scrub finds every damaged blob and reads all others", "[blob_scrub]") {
  for (const int parallelism : {1, 4}) {
    Damaged store;
    const auto blobs = filled(store, {"bad1", "a", "lost", "gone", "bad2", "b"});
    const reel::ScrubReport report = blobs.scrub({.parallelism = parallelism});
    CHECK_FALSE(report.ok());
    CHECK(report.complete);
    CHECK(report.blobs == 5);  // the blob that was removed meanwhile is not counted
    REQUIRE(report.failures.size() == 3);
    CHECK(report.failures[0].code() == Errc::corrupt);
    CHECK(report.failures[0].id() == "bad1");
    CHECK(report.failures[0].collection() == "anything");
    CHECK(report.failures[1].code() == Errc::unavailable);
    CHECK(report.failures[2].id() == "bad2");
  }
}

TEST_CASE("a scrub covers all pages and can be stopped between them", "[blob_scrub]") {
  Damaged store;
  std::vector<std::string> ids;
  for (int i = 0; i < 250; ++i) ids.push_back("b" + std::to_string(i));
  const auto blobs = filled(store, ids);
  std::vector<std::int64_t> seen;
  CHECK(blobs.scrub({.on_progress = [&](const reel::ScrubReport& so_far) { seen.push_back(so_far.blobs); }}).ok());
  CHECK(seen == std::vector<std::int64_t>{100, 200, 250});

  const reel::ScrubReport stopped = blobs.scrub({.on_progress = [](const reel::ScrubReport&) { return false; }});
  CHECK(stopped.blobs == 100);
  CHECK_FALSE(stopped.complete);
  store.reads = 0;
  CHECK_FALSE(blobs.scrub({.stop = [] { return true; }}).complete);
  CHECK(store.reads == 0);
}

}  // namespace blob_scrub_tests
