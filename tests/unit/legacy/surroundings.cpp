#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>

#include <reel/backends/legacy.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"
#include "support/standard_descriptors.hpp"
#include "tree_folder.hpp"

namespace surroundings_tests {

using namespace reel;
using namespace reel::video;
using reel::testing::Child;
using reel::testing::error_from;

/// Runs `body` in a child process, which must succeed.
template <class F>
void in_child(F&& body) {
  Child child([&](const Child::Pipe& pipe) {
    ::alarm(60);
    try {
      body();
    } catch (const std::exception& error) {
      pipe.write(error.what());
      ::_exit(1);
    }
  });
  const std::string complaint = child.read();
  INFO(complaint);
  CHECK(child.wait());
}

void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

void write_topic(Legacy& tree, const std::string& name) {
  const Repository<Video, Legacy> videos(tree);
  const Repository<Scene, Legacy> scenes(tree);
  const auto video = videos.create({.topic = name});
  scenes.create({.video_id = video.id, .scene_plan = "\nplan\n", .scene_number = 1});
  const BlobStore<Legacy> films(tree, final_videos());
  films.put(final_video_id(video.id), from_bytes("the film"), {.name = "film.mp4"});
  const BlobStore<Legacy> own(tree, Bucket{.id = "own", .name = "Own"});
  own.setup();
  own.put(BlobId::make(), from_bytes("bytes"), {.name = "a.bin"});
}

std::int64_t count_videos(Legacy& tree) { return Repository<Video, Legacy>(tree).count(); }

TEST_CASE("no file of a tree uses a standard descriptor", "[legacy]") {
  const TreeFolder folder;
  in_child([&] {
    reel::testing::close_standard_descriptors();
    Legacy tree(folder / "tree", legacy_tree::writable());
    reel::testing::log_without_descriptors("opened");
    for (int i = 0; i < 5; ++i) {
      write_topic(tree, "topic " + std::to_string(i));
      reel::testing::log_without_descriptors("written");
    }
    tree.settle();
    reel::testing::log_without_descriptors("settled");
    Legacy reading(folder / "tree");
    require(count_videos(reading) == 5, "a video is missing");
    reel::testing::log_without_descriptors("read");
  });
  Legacy tree(folder / "tree");
  CHECK(count_videos(tree) == 5);
  const BlobStore<Legacy> films(tree, final_videos());
  for (const BlobInfo& one : films.all()) {
    std::string bytes;
    films.get(one.id, to_bytes(bytes));
    CHECK(bytes == "the film");
  }
}

TEST_CASE("a tree in a relative folder is found after the current directory has changed", "[legacy]") {
  const TreeFolder folder;
  std::filesystem::create_directories(folder / "here");
  std::filesystem::create_directories(folder / "elsewhere");
  in_child([&] {
    std::filesystem::current_path(folder / "here");
    Legacy tree("tree", legacy_tree::writable());
    write_topic(tree, "before");
    std::filesystem::current_path(folder / "elsewhere");
    write_topic(tree, "after");
    tree.settle();
    require(count_videos(tree) == 2, "a video is missing");
  });
  Legacy tree(folder / "here/tree");
  CHECK(count_videos(tree) == 2);
  const BlobStore<Legacy> own(tree, Bucket{.id = "own", .name = "Own"});
  CHECK(own.list().blobs.size() == 2);
  CHECK_FALSE(std::filesystem::exists(folder / "elsewhere/tree"));
}

TEST_CASE("a child cannot write to a tree until its parent has closed it", "[legacy]") {
  const TreeFolder folder;
  auto tree = std::make_unique<Legacy>(folder / "tree", legacy_tree::writable());
  write_topic(*tree, "before");
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  Child child([&](const Child::Pipe& pipe) {
    ::alarm(60);
    for (const auto& error :
         {error_from([&] { write_topic(*tree, "too early"); }), error_from([&] { static_cast<void>(tree->tree()); }),
          error_from([&] { count_videos(*tree); })})
      require(error.code() == Errc::unavailable, error.what());
    pipe.write("refused");
    char byte = 0;
    require(::read(ends[0], &byte, 1) == 1, "no word from the parent");
    write_topic(*tree, "child");
    tree.reset();
  });
  CHECK(child.read(7) == "refused");
  write_topic(*tree, "parent");
  tree.reset();
  REQUIRE(::write(ends[1], "x", 1) == 1);
  CHECK(child.wait());
  ::close(ends[0]);
  ::close(ends[1]);
  Legacy again(folder / "tree");
  CHECK(count_videos(again) == 3);
}

TEST_CASE("a child that exits with an inherited tree changes no file", "[legacy]") {
  const TreeFolder folder;
  auto tree = std::make_unique<Legacy>(folder / "tree", legacy_tree::writable());
  write_topic(*tree, "before");
  in_child([&] { tree.reset(); });
  write_topic(*tree, "after");
  const auto error = error_from([&] { Legacy(folder / "tree", legacy_tree::writable()); });
  CHECK(error.code() == Errc::unavailable);  // the child has not released the lock
  tree.reset();
  Legacy again(folder / "tree", legacy_tree::writable());
  CHECK(count_videos(again) == 2);
}

TEST_CASE("children can read a tree while other threads of the parent read it", "[legacy]") {
  const TreeFolder folder;
  {
    Legacy tree(folder / "tree", legacy_tree::writable());
    write_topic(tree, "before");
  }
  Legacy tree(folder / "tree");
  std::atomic<bool> running = true;
  std::thread reader([&] {
    while (running) count_videos(tree);
  });
  for (int i = 0; i < 10; ++i) in_child([&] { require(count_videos(tree) == 1, "the video is missing"); });
  running = false;
  reader.join();
}

}  // namespace surroundings_tests
