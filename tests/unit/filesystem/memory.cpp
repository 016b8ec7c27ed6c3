#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/blob_store.hpp>
#include <reel/migrate.hpp>

#include "support/catch.hpp"
#include "support/filesystem/memory_growth.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/scale.hpp"

// The memory that a process needs for a large blob. REEL_BIG_BLOB_MIB=1024 sets all sizes to a gibibyte. Not meaningful
// with sanitizers, which need more memory.
#if !REEL_SANITIZED

namespace memory_tests {

using namespace reel::testing;

const reel::Bucket films{.id = "films", .name = "Films"};

/// Creates a file `film.mp4` of this size in MiB, or of REEL_BIG_BLOB_MIB.
void make_film(const TemporaryFolder& folder, long long mebibytes) {
  const char* const wanted = std::getenv("REEL_BIG_BLOB_MIB");
  const std::int64_t size = (wanted != nullptr ? std::stoll(wanted) : mebibytes) * reel::MiB;
  write_file(folder / "film.mp4", "a film of which most is a hole");
  std::filesystem::resize_file(folder / "film.mp4", static_cast<std::uintmax_t>(size));
}

/// Puts a file and a stream, and gets a file.
void there_and_back(auto& store, const TemporaryFolder& folder) {
  const reel::BlobStore blobs(store, films);
  blobs.setup();
  const std::string file = folder / "film.mp4", copy = folder / "copy.mp4";
  blobs.put(reel::BlobId{"a"}, reel::from_file(file), {.overwrite = true});
  blobs.get(reel::BlobId{"a"}, reel::to_file(copy));
  std::filesystem::remove(copy);
  std::ifstream stream(file, std::ios::binary);
  blobs.put(reel::BlobId{"a"}, reel::from_stream(stream), {.overwrite = true});
}

void copy(auto& from, auto& to) {
  reel::MigrationSet set;
  set.buckets = {films};
  if (!reel::migrate(from, to, set, {.verify = reel::Verify::full}).clean()) throw std::runtime_error("not clean");
}

const reel::FilesystemOptions relaxed{.durability = reel::Durability::relaxed};

TEST_CASE("a put and a get of a gibibyte need little memory", "[filesystem][big]") {
  const TemporaryFolder folder(TemporaryFolder::on_disk());
  make_film(folder, 1024);
  CHECK(growth_kib([&] {
          reel::Filesystem store(folder / "store", relaxed);
          const reel::BlobStore blobs(store, films);
          blobs.setup();
          blobs.put(reel::BlobId{"a"}, reel::from_file(folder / "film.mp4"));
          blobs.get(reel::BlobId{"a"}, reel::to_file(folder / "copy.mp4"));
        }) < most_growth_kib);
}

TEST_CASE("a large blob passes through streams, copies and trees in little memory", "[filesystem][big]") {
  const TemporaryFolder folder(TemporaryFolder::on_disk());
  make_film(folder, 64);
  CHECK(growth_kib([&] {
          reel::Filesystem store(folder / "store", relaxed);
          there_and_back(store, folder);
        }) < most_growth_kib);
  CHECK(growth_kib([&] {
          reel::Filesystem from(folder / "store");
          reel::Legacy to(folder / "tree", {.write_as = reel::legacy::Variant::v2, .durable = false});
          copy(from, to);
        }) < most_growth_kib);
  CHECK(growth_kib([&] {
          reel::Legacy tree(folder / "tree", {.write_as = reel::legacy::Variant::v2, .durable = false});
          there_and_back(tree, folder);
        }) < most_growth_kib);
  CHECK(growth_kib([&] {
          reel::Legacy from(folder / "tree");
          reel::Filesystem to(folder / "copy", relaxed);
          copy(from, to);
        }) < most_growth_kib);
}

}  // namespace memory_tests

#endif
