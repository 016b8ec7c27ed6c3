#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <reel/backends/legacy.hpp>
#include <reel/blob_store.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "temporary_folder.hpp"

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
  TemporaryFolder folder{};
  fs::path root = folder / "output";
  fs::path bucket = root / ".reel-buckets/posters";
  fs::path log = bucket / "blobs.jsonl";

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

TEST_CASE("A tree that is open for writing takes buckets of one's own, and the pipeline's files stay as they are") {
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

TEST_CASE("A bucket of one's own is read from a tree that is only read, and not written") {
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

TEST_CASE("A blob in a bucket of the pipeline is not renamed") {
  const World world;
  Legacy tree(world.root, writable());
  const Store store(tree, {.id = "artifacts", .name = "Artifacts"});
  CHECK(error_from([&] { store.update(BlobId{"any"}, {.name = "a.png"}); }).code() == Errc::unsupported);
}

TEST_CASE("What a program left that ended in the middle of a put is cleared away by the next writer") {
  const World world;
  {
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    store.setup();
    put(store, "one", "first");
    put(store, "two", "second");
  }
  const std::string whole = bytes_of(world.log);
  write(world.bucket / ".reel-new-1-1", "half");
  write(world.bucket / "three~00000000000000000000", "never acknowledged");
  for (std::size_t cut = whole.find('\n') + 1; cut < whole.size(); ++cut) {
    INFO(cut);
    write(world.log, std::string_view(whole).substr(0, cut));
    Legacy tree(world.root);
    CHECK(Store(tree, posters).list().blobs.size() == 1);
  }
  Legacy tree(world.root, writable());
  const Store store(tree, posters);
  CHECK(content(store, "one") == "first");
  CHECK_FALSE(store.exists(BlobId{"two"}));
  CHECK(names_below(world.bucket) == std::set<std::string>{"blobs.jsonl", world.file_of("one").filename().string()});
  put(store, "two", "again");
  CHECK(content(store, "two") == "again");
}

TEST_CASE("Every bit of a bucket's log and files counts") {
  const World world;
  {
    Legacy tree(world.root, writable());
    const Store store(tree, posters);
    store.setup();
    put(store, "one", "first");
  }
  const auto flipped = [](std::string bytes, std::size_t bit) {
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << bit % 8));
    return bytes;
  };
  const auto get = [&] {
    Legacy tree(world.root);
    return content(Store(tree, posters), "one");
  };
  const std::string log = bytes_of(world.log), bytes = bytes_of(world.file_of("one"));
  for (std::size_t bit = 0; bit < 8 * (log.size() - 1); bit += 7) {
    INFO(bit);
    write(world.log, flipped(log, bit));
    CHECK(error_from(get).code() == Errc::corrupt);
  }
  write(world.log, log);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    write(world.file_of("one"), flipped(bytes, bit));
    CHECK(error_from(get).code() == Errc::corrupt);
  }
  write(world.file_of("one"), "firs");
  CHECK(error_from(get).code() == Errc::corrupt);
  fs::remove(world.file_of("one"));
  CHECK(error_from(get).code() == Errc::corrupt);
}

TEST_CASE("A sequence is never given again, and a log does not grow for ever") {
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
  { Legacy(world.root, writable()).ensure(posters); }
  CHECK(std::ranges::count(bytes_of(world.log), '\n') == 1);
}

TEST_CASE("A bucket's folder that is a link leads nowhere") {
  const World world;
  const fs::path elsewhere = world.folder / "elsewhere";
  fs::create_directories(elsewhere);
  fs::create_directories(world.root / ".reel-buckets");
  fs::create_directory_symlink(elsewhere, world.bucket);
  Legacy tree(world.root, writable());
  CHECK_THROWS_AS(Store(tree, posters).setup(), Error);
  CHECK(fs::is_empty(elsewhere));
}

}  // namespace own_buckets_tests
