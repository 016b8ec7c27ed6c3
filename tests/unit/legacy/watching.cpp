#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/tree_feed.hpp>
#include <reel/repository.hpp>
#include <reel/testing/watcher.hpp>
#include <reel/video/everything.hpp>
#include <reel/watch.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "temporary_folder.hpp"

namespace watching_tests {

using namespace reel;
using namespace reel::video;
using namespace std::chrono_literals;
using legacy_tree::writable;
using reel::testing::error_from;
using reel::testing::Watcher;

void write(const std::filesystem::path& path, const std::string& content) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out << content;
}

/// Waits for an event with this kind, and returns it.
template <class T>
Change<T> wait_for(const Watcher<T>& watcher, ChangeKind kind, std::size_t after = 0) {
  const auto find = [&](const std::vector<Change<T>>& events) {
    for (std::size_t i = after; i < events.size(); ++i) {
      if (events[i].kind == kind) return std::optional{events[i]};
    }
    return std::optional<Change<T>>{};
  };
  watcher.wait_until([&](const auto& events) { return find(events).has_value(); }, "an event");
  return *find(watcher.events());
}

TEST_CASE("a pipeline that works on a tree is watched") {
  const TemporaryFolder folder;
  write(folder.path() / "one/one_scene_outline.txt", "<SCENE_OUTLINE><SCENE_1>A</SCENE_1></SCENE_OUTLINE>");
  Legacy tree(folder.path());
  const Watcher<Video> watcher(records<Video>(tree), {});
  const auto first = wait_for(watcher, ChangeKind::bookmark);
  CHECK(watcher.events().front().kind == ChangeKind::present);

  write(folder.path() / "two/two_scene_outline.txt", "<SCENE_OUTLINE><SCENE_1>B</SCENE_1></SCENE_OUTLINE>");
  const auto entered = wait_for(watcher, ChangeKind::entered);
  CHECK(entered.record->value.topic == "Two");
  CHECK(records<Video>(tree).count() == 2);

  std::filesystem::remove_all(folder.path() / "two");
  CHECK(wait_for(watcher, ChangeKind::removed).id == entered.id);
  CHECK(records<Video>(tree).count() == 1);
}

TEST_CASE("a file that is still being written is reported once it is complete") {
  const TemporaryFolder folder;
  write(folder.path() / "one/one_scene_outline.txt", "<SCENE_OUTLINE></SCENE_OUTLINE>");
  Legacy tree(folder.path());
  const auto logs = Query<Artifact>{}.where(field<&Artifact::path>.ends_with("notes.txt"));
  const Watcher<Artifact> watcher(records<Artifact>(tree), logs);
  wait_for(watcher, ChangeKind::bookmark);
  std::string content;
  for (int i = 0; i < 25; ++i) {
    content += "line " + std::to_string(i) + "\n";
    write(folder.path() / "one/notes.txt", content);
    std::this_thread::sleep_for(100ms);
  }
  const auto entered = wait_for(watcher, ChangeKind::entered);
  CHECK(entered.record->value.size == static_cast<std::int64_t>(content.size()));
  write(folder.path() / "one/notes.txt", "other");
  CHECK(wait_for(watcher, ChangeKind::changed).record->value.size == 5);
}

TEST_CASE("what this store writes itself is seen by its watches") {
  const TemporaryFolder folder;
  Legacy tree(folder.path(), writable());
  const auto videos = records<Video>(tree);
  const Watcher<Video> watcher(videos, {});
  wait_for(watcher, ChangeKind::bookmark);
  const auto made = videos.create({.topic = "Mine"});
  CHECK(wait_for(watcher, ChangeKind::entered).id == made.id);
  videos.remove(made.id);
  CHECK(wait_for(watcher, ChangeKind::removed).id == made.id);
}

TEST_CASE("a watch of a tree that disappears is unavailable") {
  const TemporaryFolder folder;
  const std::filesystem::path root = folder.path() / "tree";
  write(root / "one/one_scene_outline.txt", "<SCENE_OUTLINE></SCENE_OUTLINE>");
  Legacy tree(root);
  const auto watch = records<Video>(tree).watch();
  auto event = watch.begin();
  ++event;
  REQUIRE(event->kind == ChangeKind::bookmark);
  std::filesystem::rename(root, folder.path() / "elsewhere");
  const Error error = error_from([&] { ++event; });
  CHECK(error.code() == Errc::unavailable);
  CHECK(error.reason().find(root.string()) != std::string::npos);
}

TEST_CASE("the signature of a tree shows each kind of change") {
  const TemporaryFolder folder;
  const auto signature = [&] { return legacy::tree_signature(folder.path().string()); };
  std::uint64_t before = signature();
  const auto differs = [&] {
    const std::uint64_t now = signature();
    return std::exchange(before, now) != now;
  };
  CHECK_FALSE(differs());
  write(folder.path() / "a/b", "one");
  CHECK(differs());
  write(folder.path() / "a/b", "longer");
  CHECK(differs());
  write(folder.path() / "a/new", "longer");
  std::filesystem::rename(folder.path() / "a/new", folder.path() / "a/b");
  CHECK(differs());
  std::filesystem::create_directory(folder.path() / "empty");
  CHECK(differs());
  std::filesystem::rename(folder.path() / "empty", folder.path() / "other");
  CHECK(differs());
  std::filesystem::last_write_time(folder.path() / "a/b", std::filesystem::file_time_type::clock::now() - 1h);
  CHECK(differs());
  std::filesystem::remove(folder.path() / "a/b");
  CHECK(differs());
  CHECK_FALSE(differs());
  CHECK(error_from([&] { static_cast<void>(legacy::tree_signature(folder.path().string() + "/none")); }).code() ==
        Errc::unavailable);
}

}  // namespace watching_tests
