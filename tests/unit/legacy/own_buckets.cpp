#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/blob_store.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "tree_folder.hpp"

namespace own_buckets_tests {

using namespace reel;
using legacy_tree::bytes_of;
using legacy_tree::names_below;
using legacy_tree::writable;
using reel::testing::error_from;

namespace fs = std::filesystem;

using Store = BlobStore<Legacy>;

const Bucket posters{.id = "Posters", .name = "Posters", .max_size = MiB, .extensions = {"png"}};

struct World {
  TreeFolder folder{};
  fs::path root = folder / "output";
  fs::path bucket = root / ".reel-buckets/buckets/posters/data";

  World() { write(root / "big_o/big_o_scene_outline.txt", "<SCENE_1>\nA\n</SCENE_1>\n"); }

  [[nodiscard]] fs::path file_of(std::string_view id) const {
    for (const auto& entry : fs::directory_iterator(bucket))
      if (entry.path().filename().string().starts_with(std::string(id) + "~")) return entry.path();
    return {};
  }
};

BlobInfo put(const Store& store, const std::string& id, std::string_view bytes, PutOptions options = {}) {
  options.name = id + ".png";
  return store.put(BlobId{id}, from_bytes(bytes), options);
}

std::string content(const Store& store, const std::string& id) {
  std::string bytes;
  store.get(BlobId{id}, to_bytes(bytes));
  return bytes;
}

TEST_CASE("a tree that is open for writing accepts other buckets and keeps the pipeline's files unchanged") {
  const World world;
  const auto before = Legacy(world.root).tree().files.size();
  BlobInfo info;
  {
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    store.setup();
    info = put(store, "one", "first", {.permissions = {Permission::read(Role::any())}});
    CHECK(content(store, "one") == "first");
    tree.settle();
    CHECK(content(store, "one") == "first");
  }
  const Legacy read(world.root);
  CHECK(read.tree().files.size() == before);
  CHECK(read.tree().topics.size() == 1);
  CHECK(bytes_of(world.file_of("one")) == "first");
}

TEST_CASE("another bucket is read from a tree that is open for reading, and refuses writes") {
  const World world;
  BlobInfo info;
  {
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    store.setup();
    info = put(store, "one", "first", {.permissions = {Permission::read(Role::any())}});
  }
  Legacy tree(world.root);
  const Store store(tree, posters);
  store.setup();
  CHECK(store.stat(BlobId{"ONE"}) == info);
  CHECK(content(store, "one") == "first");
  CHECK(error_from([&] { put(store, "two", "x"); }).code() == Errc::unsupported);
  CHECK(error_from([&] { store.remove(BlobId{"one"}); }).code() == Errc::unsupported);
  CHECK(error_from([&] { store.update(BlobId{"one"}, {.name = "a.png"}); }).code() == Errc::unsupported);
  CHECK(error_from([&] { Store(tree, {.id = "other", .name = "Other"}).setup(); }).code() == Errc::unsupported);
  CHECK(error_from([&] { return Store(tree, {.id = "other", .name = "Other"}).list(); }).code() == Errc::not_found);
}

TEST_CASE("a blob in a bucket of the pipeline cannot be renamed") {
  const World world;
  Legacy tree(world.root, writable());
  const Store store(tree, {.id = "artifacts", .name = "Artifacts"});
  CHECK(error_from([&] { store.update(BlobId{"any"}, {.name = "a.png"}); }).code() == Errc::unsupported);
}

TEST_CASE("the next writer removes the files of an interrupted put") {
  const World world;
  {
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    store.setup();
    put(store, "one", "first");
  }
  write(world.bucket / ".two~11111111111111111111", "half");
  write(world.bucket / "three~00000000000000000000", "never acknowledged");
  Legacy tree(world.root, writable());
  const Store store(tree, posters);
  store.setup();
  CHECK(content(store, "one") == "first");
  CHECK(names_below(world.bucket) == std::set<std::string>{world.file_of("one").filename().string()});
}

TEST_CASE("the buckets of a tree are a store that can be opened separately") {
  const World world;
  BlobInfo info;
  {
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    store.setup();
    info = put(store, "one", "first", {.permissions = {Permission::read(Role::any())}});
  }
  Filesystem alone(world.root / ".reel-buckets", {.access = Access::read_only});
  const BlobStore<Filesystem> store(alone, posters);
  CHECK(store.stat(BlobId{"one"}) == info);
}

TEST_CASE("buckets whose store has lost its reel.json are neither written nor removed") {
  const World world;
  {
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    store.setup();
    put(store, "one", "first");
  }
  fs::remove(world.root / ".reel-buckets/reel.json");
  {
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    CHECK(error_from([&] { store.setup(); }).code() == Errc::corrupt);
    CHECK(error_from([&] { put(store, "two", "second"); }).code() == Errc::corrupt);
  }
  CHECK(bytes_of(world.file_of("one")) == "first");
}

TEST_CASE("a changed byte in a blob's file is detected") {
  const World world;
  {
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    store.setup();
    put(store, "one", "first");
  }
  const auto get = [&] {
    Legacy tree(world.root);
    return content(Store(tree, posters), "one");
  };
  for (const char* bytes : {"First", "firs", ""}) {
    write(world.file_of("one"), bytes);
    CHECK(error_from(get).code() == Errc::corrupt);
  }
  fs::remove(world.file_of("one"));
  CHECK(error_from(get).code() == Errc::corrupt);
}

TEST_CASE("a sequence is never used twice") {
  const World world;
  std::int64_t last = 0;
  for (int round = 0; round < 3; ++round) {
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    store.setup();
    for (int i = 0; i < 20; ++i) {
      const BlobInfo info = put(store, "one", "x");
      CHECK(info.sequence > last);
      last = info.sequence;
      store.remove(info.id);
    }
  }
}

TEST_CASE("a symbolic link that replaces a bucket's folder is not followed") {
  for (const char* path : {".reel-buckets", ".reel-buckets/posters", ".reel-buckets/buckets",
                           ".reel-buckets/buckets/posters", ".reel-buckets/buckets/posters/data"}) {
    INFO(path);
    const World world;
    const fs::path elsewhere = world.folder / "elsewhere", link = world.root / path;
    fs::create_directories(elsewhere);
    if (link != world.root / ".reel-buckets/posters" && link != world.root / ".reel-buckets") {
      Legacy tree(world.root, writable());
      Store(tree, posters).setup();
      fs::remove_all(link);
    }
    fs::create_directories(link.parent_path());
    fs::create_directory_symlink(elsewhere, link);
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    CHECK_THROWS_AS(store.setup(), Error);
    CHECK_THROWS_AS(put(store, "one", "first"), Error);
    CHECK(fs::is_empty(elsewhere));
  }
}

}  // namespace own_buckets_tests
