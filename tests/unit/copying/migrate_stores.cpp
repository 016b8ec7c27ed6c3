#include <reel/migrate.hpp>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/layer.hpp>
#include <reel/repository.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/temporary_folder.hpp"

/// The operations of a migration on whole stores: before the first write and after the last one.
namespace migrate_stores_tests {

using reel::Errc;
using reel::Filesystem;
using reel::Memory;
using reel::testing::error_from;
using reel::testing::TemporaryFolder;
using reel::video::Scene;
using reel::video::Video;

const reel::Bucket films = reel::video::final_videos();
const reel::MigrationSet set = reel::migration_set<Video, Scene>({films});

/// A store with one video and one film.
template <class Store>
void fill(Store& store) {
  const reel::Repository<Video, Store> videos(store);
  videos.setup();
  videos.create(Video{.topic = "red"}, {.id = reel::Id<Video>{"red"}});
  reel::Repository<Scene, Store>(store).setup();
  const reel::BlobStore<Store> blobs(store, films);
  blobs.setup();
  blobs.put(reel::BlobId{"film"}, reel::from_bytes("a film"), {.name = "film.mp4"});
}

/// A store in memory that records what a migration asks of it, and cannot set up the collection `refused`.
class Target : public reel::driver::Layer<Memory> {
 public:
  using Layer::Layer, Layer::ensure, Layer::put;

  reel::driver::SetupPreview preview(const reel::driver::CollectionSchema& schema) const {
    if (schema.id == refused) throw reel::Error(Errc::unsupported, "it has no such collection");
    return {.exists = true};
  }
  void ensure(const reel::driver::CollectionSchema& schema) {
    calls.push_back("ensure " + schema.id);
    if (schema.id == refused_late) throw reel::Error(Errc::conflict, "it has another schema");
    Layer::ensure(schema);
  }
  std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                               std::vector<reel::driver::Write> writes, reel::driver::Batch batch) {
    calls.push_back("write " + schema.id);
    return Layer::write(schema, std::move(writes), batch);
  }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    calls.push_back("put " + info.id.str());
    return Layer::put(bucket, std::move(info), source, overwrite);
  }
  void sync() { calls.emplace_back("sync"); }
  void settle() { calls.emplace_back("settle"); }

  std::string refused{}, refused_late{};
  std::vector<std::string> calls{};
};

TEST_CASE("a store is not copied onto itself whatever path leads to it", "[migrate]") {
  const auto refusal = [](auto& source, auto& target) {
    const reel::Error error = error_from([&] { reel::migrate(source, target, set); });
    CHECK(error.code() == Errc::invalid);
    CHECK(error.reason() == "source and target are the same store; choose another target");
  };
  Memory memory;
  refusal(memory, memory);
  reel::driver::Layer<Memory> layer(memory);
  refusal(memory, layer);

  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "other");
  std::filesystem::create_directory_symlink(folder / "store", folder / "link");
  Filesystem store(folder / "store");
  Filesystem linked(folder / "link");
  Filesystem spelled(folder / "other/../store/.");
  refusal(store, linked);
  refusal(spelled, store);
  std::filesystem::create_directory(folder / "tree");
  std::filesystem::create_directory_symlink(folder / "tree", folder / "output");
  CHECK(reel::Legacy(folder / "tree").identity().records == reel::Legacy(folder / "output").identity().records);
}

TEST_CASE("stores with other data are not the same", "[migrate]") {
  Memory one, other;
  CHECK(one.identity().records != other.identity().records);
  const TemporaryFolder folder;
  Filesystem store(folder / "store");
  fill(store);
  std::filesystem::copy(folder / "store", folder / "copy", std::filesystem::copy_options::recursive);
  Filesystem copy(folder / "copy");
  CHECK(store.identity().records != copy.identity().records);
  const reel::MigrationReport report = reel::migrate(store, copy, set);
  CHECK(report.clean());
  CHECK(report.total().unchanged == 2);
}

TEST_CASE("stores that share their buckets copy only records", "[migrate]") {
  struct Project : reel::driver::Layer<Memory> {
    using Layer::Layer;
    reel::driver::StoreIdentity identity() const { return {.records = Layer::identity().records, .blobs = "project"}; }
  };
  Memory from, to;
  fill(from);
  Project source(from), target(to);
  const reel::MigrationReport report = reel::migrate(source, target, set);
  CHECK(report.clean());
  CHECK(report.collection("videos").created == 1);
  CHECK(report.bucket(films.id).found == 0);
  CHECK(report.notes ==
        std::vector<std::string>{"bucket final_videos: it is the same in the source and in the target"});
  CHECK(error_from([&] { reel::migrate(source, target, reel::migration_set<>({films})); }).code() == Errc::invalid);
}

TEST_CASE("nothing is written if the target cannot take one of the collections", "[migrate]") {
  Memory source, below;
  fill(source);
  Target target(below);
  SECTION("known before") {
    target.refused = "scenes";
    const reel::MigrationReport report = reel::migrate(source, target, set);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].kind.str() == "collection scenes");
    CHECK(report.failures[0].operation == "setup");
    CHECK(report.failures[0].code == Errc::unsupported);
    CHECK(target.calls.empty());
  }
  SECTION("known when it is set up") {
    target.refused_late = "videos";
    const reel::MigrationReport report = reel::migrate(source, target, set);
    REQUIRE(report.failures.size() == 1);
    CHECK(report.failures[0].code == Errc::conflict);
    CHECK(report.total().found == 0);
    CHECK(target.calls == std::vector<std::string>{"ensure videos", "ensure scenes"});
  }
}

TEST_CASE("the target completes a copy and stores it on its medium", "[migrate]") {
  Memory source, below;
  fill(source);
  Target target(below);
  const auto ends = [&] { return std::exchange(target.calls, {}); };
  SECTION("after everything is copied") {
    CHECK(reel::migrate(source, target, set).clean());
    CHECK(ends() ==
          std::vector<std::string>{"ensure videos", "ensure scenes", "write videos", "put film", "settle", "sync"});
  }
  SECTION("an incomplete copy is stored and not completed") {
    below.ensure(reel::schema_of<Video>());
    reel::Repository<Video, Memory>(below).create(Video{.topic = "blue"}, {.id = reel::Id<Video>{"red"}});
    CHECK_FALSE(reel::migrate(source, target, set).clean());
    CHECK(ends() == std::vector<std::string>{"ensure videos", "ensure scenes", "put film", "sync"});
  }
  SECTION("a plan does neither") {
    CHECK(reel::migrate(source, target, set, {.plan = true}).clean());
    CHECK(ends().empty());
  }
}

TEST_CASE("verification reads the pages of the target only if it has more than the source", "[migrate]") {
  struct Counting : reel::driver::Layer<Memory> {
    using Layer::Layer, Layer::list;
    reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                       const reel::driver::QueryTree& query) {
      pages += query.where.empty() ? 1 : 0;
      return Layer::list(schema, query);
    }
    reel::driver::Page<reel::BlobInfo> list(const reel::Bucket& bucket, const reel::BlobQuery& query) {
      pages += query.where.empty() && !query.with_total ? 1 : 0;
      return Layer::list(bucket, query);
    }
    int pages = 0;
  };
  Memory source, below;
  fill(source);
  fill(below);
  reel::Repository<Video, Memory>(below).remove(reel::Id<Video>{"red"});
  CHECK(reel::migrate(source, below, set).clean());
  Counting target(below);
  CHECK(reel::verify(source, target, set).clean());
  CHECK(target.pages == 0);

  reel::Repository<Video, Memory>(below).create(Video{.topic = "own"}, {.id = reel::Id<Video>{"own"}});
  const reel::VerificationReport report = reel::verify(source, target, set);
  CHECK(target.pages == 1);
  REQUIRE(report.extra.size() == 1);
  CHECK(report.extra[0].id == "own");
  CHECK(report.kinds[0].target == 2);
}

}  // namespace migrate_stores_tests
