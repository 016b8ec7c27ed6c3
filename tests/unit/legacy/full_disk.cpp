#include <filesystem>
#include <stdexcept>
#include <string>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/video/buckets.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/small_disk.hpp"
#include "tree_folder.hpp"

namespace full_disk_tests {

// Blobs on a full disk and on a read-only disk.

using namespace reel;
using legacy_tree::bytes_of;
using legacy_tree::names_below;
using legacy_tree::writable;
using reel::testing::error_from;
using reel::testing::make_read_only;
using reel::testing::on_small_disk;

const Bucket posters{.id = "posters", .name = "Posters"};

void require(bool holds, const char* what) {
  if (!holds) throw std::runtime_error(what);
}

/// A tree with a film, and a poster in another bucket.
struct World {
  std::filesystem::path root;
  Legacy tree{root, writable()};
  BlobStore<Legacy> films{tree, video::final_videos()}, pictures{tree, posters};
  BlobId film = films.list().blobs.at(0).id;
};

std::filesystem::path fill(const std::string& disk) {
  const std::filesystem::path root = disk + "/output";
  write(root / "big_o/big_o_scene_outline.txt", "<SCENE_1>\nA\n</SCENE_1>\n");
  write(root / "big_o/big_o_combined.mp4", "film");
  const World world{root};
  world.pictures.setup();
  world.pictures.put(BlobId{"old"}, from_bytes("old"));
  return root;
}

/// Expects that every way to store `bytes` fails with `code` and changes nothing.
void check_puts(const World& world, const std::string& bytes, Errc code) {
  const auto before = names_below(world.root);
  const auto refused = [&](const BlobStore<Legacy>& store, const BlobId& id) {
    return error_from([&] { store.put(id, from_bytes(bytes), {.name = "a.mp4", .overwrite = true}); }).code() == code;
  };
  require(refused(world.films, world.film), "a film");
  require(refused(world.pictures, BlobId{"old"}), "a poster in place of another");
  require(refused(world.pictures, BlobId{"new"}), "a new poster");
  require(names_below(world.root) == before, "something is left");
  std::string content;
  world.films.get(world.film, to_bytes(content));
  require(content == "film", "the film");
  world.pictures.get(BlobId{"old"}, to_bytes(content));
  require(content == "old", "the poster");
  require(!world.pictures.exists(BlobId{"new"}), "half a poster");
}

/// Expects that getting a blob into a file of this folder fails with `code` and leaves no file.
void check_get(const World& world, const std::string& folder, Errc code, const std::string& bytes) {
  Memory store;
  const BlobStore blobs(store, posters);
  blobs.setup();
  blobs.put(BlobId{"a"}, from_bytes(bytes));
  const auto before = names_below(world.root.parent_path());
  require(error_from([&] { blobs.get(BlobId{"a"}, to_file(folder + "/copy")); }).code() == code, "a get");
  require(names_below(world.root.parent_path()) == before, "half a file is left");
}

TEST_CASE("a full disk refuses blobs, keeps existing ones, and accepts blobs again when there is space", "[legacy]") {
  const std::string large(1'500'000, 'x');
  const bool done = on_small_disk(2'000'000, [&](const std::string& disk) {
    write(disk + "/ballast", std::string(1'000'000, '-'));
    const World world{fill(disk)};
    check_puts(world, large, Errc::unavailable);
    check_get(world, disk, Errc::unavailable, large);
    std::filesystem::remove(disk + "/ballast");
    world.pictures.put(BlobId{"new"}, from_bytes(large));
    require(world.pictures.scrub().ok(), "a poster is damaged");
  });
  INFO("needs the right to mount");
  CHECK_NOFAIL(done);
}

TEST_CASE("a read-only disk refuses blobs and still returns the existing ones", "[legacy]") {
  const bool done = on_small_disk(2'000'000, [&](const std::string& disk) {
    const std::filesystem::path root = fill(disk);
    make_read_only(disk);  // which the system refuses while a file is open for writing
    const World world{root};
    check_puts(world, "x", Errc::forbidden);
    check_get(world, disk, Errc::forbidden, "x");
    require(error_from([&] { Filesystem(disk + "/store"); }).code() == Errc::forbidden, "a new store");
  });
  INFO("needs the right to mount");
  CHECK_NOFAIL(done);
}

}  // namespace full_disk_tests
