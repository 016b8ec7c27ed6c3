#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/actor.hpp>
#include <reel/as.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/tree_seams.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/layer.hpp>
#include <reel/repository.hpp>
#include <reel/testing/watcher.hpp>
#include <reel/video/everything.hpp>
#include <reel/watch.hpp>

#include "ordinary_user.hpp"
#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/small_disk.hpp"
#include "tree_folder.hpp"

namespace watching_tests {

using namespace reel;
using namespace reel::video;
using namespace std::chrono_literals;
using legacy_tree::writable;
using reel::testing::Child;
using reel::testing::error_from;
using reel::testing::Watcher;
using Clock = std::chrono::steady_clock;

constexpr auto outline = "<SCENE_OUTLINE><SCENE_1>A</SCENE_1></SCENE_OUTLINE>";

/// Waits for an event of this kind after the first `after` events, and returns it.
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

Query<Artifact> named(const std::string& name) {
  return Query<Artifact>{}.where(field<&Artifact::path>.ends_with(name));
}

/// Writes a file as a slow program does: half of the content, a pause, the rest.
void write_slowly(const std::string& path, std::chrono::milliseconds pause, int flags = O_CREAT | O_TRUNC) {
  const std::string half(5000, 'x');
  const int file = ::open(path.c_str(), O_WRONLY | flags, 0644);
  for (int i = 0; i < 2; ++i) {
    if (::write(file, half.data(), half.size()) != 5000) std::abort();
    if (i == 0) std::this_thread::sleep_for(pause);
  }
  ::close(file);
}

TEST_CASE("a pipeline that works on a tree is watched") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  Legacy tree(folder.path());
  const Watcher<Video> watcher(records<Video>(tree), {});
  wait_for(watcher, ChangeKind::bookmark);
  CHECK(watcher.events().front().kind == ChangeKind::present);

  write(folder / "two/two_scene_outline.txt", outline);
  const auto entered = wait_for(watcher, ChangeKind::entered);
  CHECK(watcher.status().state == WatchState::live);
  CHECK(entered.record->value.topic == "Two");
  CHECK(records<Video>(tree).count() == 2);

  std::filesystem::remove_all(folder / "two");
  CHECK(wait_for(watcher, ChangeKind::removed).id == entered.id);
  CHECK(records<Video>(tree).count() == 1);
}

TEST_CASE("a file is reported once its writer has closed it, however long it pauses") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  Legacy tree(folder.path());
  const Watcher<Artifact> watcher(records<Artifact>(tree), named(".mp4"));
  wait_for(watcher, ChangeKind::bookmark);
  const auto slow = [&](const std::string& name) {
    const std::size_t before = watcher.events().size();
    Child writer([&](const Child::Pipe& pipe) {
      const std::filesystem::path path = folder / name;
      std::filesystem::create_directories(path.parent_path());
      write_slowly(path, 1500ms);
      pipe.write(".");
    });
    static_cast<void>(writer.read());
    const auto closed = Clock::now();
    const auto event = wait_for(watcher, ChangeKind::entered, before);
    CHECK(Clock::now() - closed < 1s);
    CHECK(event.record->value.size == 10000);
    CHECK(watcher.events().size() == before + 1);
  };
  slow("one/a.mp4");
  slow("one/media/videos/one_scene1_v0/1080p60/b.mp4");  // folders that are not yet watched
  slow("two/scene3/c.mp4");
}

TEST_CASE("a file that is open when the watch starts is reported once it is closed") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  Legacy tree(folder.path());
  Child writer([&](const Child::Pipe& pipe) {
    const int file = ::open((folder / "one/notes.txt").c_str(), O_WRONLY | O_CREAT, 0644);
    static_cast<void>(::write(file, "half", 4) == 4);
    pipe.write(".");
    std::this_thread::sleep_for(700ms);
    static_cast<void>(::write(file, " whole", 6) == 6);
    ::close(file);
  });
  CHECK(writer.read(1) == ".");
  const Watcher<Artifact> watcher(records<Artifact>(tree), named("notes.txt"));
  CHECK(wait_for(watcher, ChangeKind::entered).record->value.size == 10);
  CHECK(watcher.events().size() == 2);  // with the bookmark
}

TEST_CASE("a file that is rewritten keeps its earlier state until it is closed") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  write(folder / "one/notes.txt", "first");
  Legacy tree(folder.path());
  const Watcher<Artifact> watcher(records<Artifact>(tree), named("notes.txt"));
  wait_for(watcher, ChangeKind::bookmark);
  Child writer([&](const Child::Pipe&) { write_slowly(folder / "one/notes.txt", 1200ms, O_TRUNC); });
  CHECK(wait_for(watcher, ChangeKind::changed).record->value.size == 10000);
  CHECK(writer.wait());
  CHECK(watcher.events().size() == 3);
}

TEST_CASE("other files of a topic are reported while one is being written") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  Legacy tree(folder.path());
  const Watcher<Artifact> watcher(records<Artifact>(tree), named("x.txt"));
  wait_for(watcher, ChangeKind::bookmark);
  const int open = ::open((folder / "one/open-x.txt").c_str(), O_WRONLY | O_CREAT, 0644);
  write(folder / "one/other-x.txt", "text");
  CHECK(wait_for(watcher, ChangeKind::entered).record->value.path == "one/other-x.txt");
  ::close(open);
  CHECK(wait_for(watcher, ChangeKind::entered, 2).record->value.path == "one/open-x.txt");
}

TEST_CASE("a file that is written under another name and renamed is reported under its last name") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  write(folder / "one/old.mp4", "old");
  Legacy tree(folder.path());
  const Watcher<Artifact> watcher(records<Artifact>(tree), {});
  wait_for(watcher, ChangeKind::bookmark);
  const std::size_t before = watcher.events().size();
  Child writer([&](const Child::Pipe&) {
    for (const char* name : {"new.mp4", "old.mp4"}) {
      write_slowly(folder / "one/part.tmp", 300ms);
      std::filesystem::rename(folder / "one/part.tmp", folder / "one" / name);
    }
  });
  CHECK(writer.wait());
  CHECK(wait_for(watcher, ChangeKind::changed).record->value.path == "one/old.mp4");
  const auto events = watcher.events();
  REQUIRE(events.size() == before + 2);
  CHECK(events[before].record->value.path == "one/new.mp4");
  CHECK(events[before].record->value.size == 10000);
}

TEST_CASE("what a writer has written when it is killed is reported") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  Legacy tree(folder.path());
  const Watcher<Artifact> watcher(records<Artifact>(tree), named("part.mp4"));
  wait_for(watcher, ChangeKind::bookmark);
  Child writer([&](const Child::Pipe& pipe) {
    const int file = ::open((folder / "one/part.mp4").c_str(), O_WRONLY | O_CREAT, 0644);
    static_cast<void>(::write(file, "half", 4) == 4);
    pipe.write(".");
    for (;;) ::pause();
  });
  CHECK(writer.read(1) == ".");
  std::this_thread::sleep_for(1300ms);
  CHECK(watcher.events().size() == 1);
  writer.kill();
  CHECK(wait_for(watcher, ChangeKind::entered).record->value.size == 4);
}

TEST_CASE("a file of another user is reported once it has not changed for a second") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  Child writer([&](const Child::Pipe& pipe) {
    pipe.write(".");
    std::this_thread::sleep_for(500ms);
    for (int i = 0; i < 8; ++i) write_slowly(folder / "one/part.mp4", 150ms, O_CREAT | (i == 0 ? O_TRUNC : O_APPEND));
  });
  CHECK(writer.read(1) == ".");
  const OrdinaryUser user;
  Legacy tree(folder.path());
  const Watcher<Artifact> watcher(records<Artifact>(tree), named("part.mp4"));
  CHECK(wait_for(watcher, ChangeKind::entered).record->value.size == 80000);
  CHECK(watcher.events().size() == 2);
}

TEST_CASE("files in folders that appear at once are all reported") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  Legacy tree(folder.path());
  const Watcher<Artifact> watcher(records<Artifact>(tree), named(".txt"));
  wait_for(watcher, ChangeKind::bookmark);
  for (int i = 0; i < 60; ++i) write(folder / ("t" + std::to_string(i)) / "a/b/c" / "file.txt", "text");
  watcher.wait_until([](const auto& events) { return events.size() >= 2 + 60; }, "60 files");
  CHECK(watcher.events().size() == 2 + 60);
}

TEST_CASE("folders that are moved, into the tree and out of it, are followed") {
  const TreeFolder folder;
  const std::filesystem::path root = folder / "tree";
  write(root / "one/one_scene_outline.txt", outline);
  write(folder / "two/scene1/notes.txt", "text");
  Legacy tree(root);
  Watcher<Artifact> watcher(records<Artifact>(tree), {});
  wait_for(watcher, ChangeKind::bookmark);
  std::size_t seen = watcher.events().size();
  std::filesystem::rename(folder / "two", root / "two");
  CHECK(wait_for(watcher, ChangeKind::entered, seen).record->value.path == "two/scene1/notes.txt");
  seen = watcher.events().size();
  std::filesystem::rename(root / "two", root / "three");
  CHECK(wait_for(watcher, ChangeKind::entered, seen).record->value.path == "three/scene1/notes.txt");
  seen = watcher.events().size();
  write(root / "three/scene1/notes.txt", "longer text");
  CHECK(wait_for(watcher, ChangeKind::changed, seen).record->value.size == 11);
  seen = watcher.events().size();
  std::filesystem::rename(root / "three", folder / "two");
  wait_for(watcher, ChangeKind::removed, seen);
  watcher.expect_copy([&] { return testing::WatchedCopy<Artifact>::of(records<Artifact>(tree), {}); });
}

TEST_CASE("a file whose time and size stay is reported when it is replaced") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  write(folder / "one/notes.txt", "first");
  Legacy tree(folder.path());
  const Watcher<Artifact> watcher(records<Artifact>(tree), named("notes.txt"));
  wait_for(watcher, ChangeKind::bookmark);
  const auto time = std::filesystem::last_write_time(folder / "one/notes.txt");
  write(folder / "new", "other");
  std::filesystem::last_write_time(folder / "new", time);
  std::filesystem::rename(folder / "new", folder / "one/notes.txt");
  CHECK(wait_for(watcher, ChangeKind::changed).record->value.size == 5);
}

TEST_CASE("the blobs of a tree are watched, and keep their order when files are added between them") {
  const TreeFolder folder;
  write(folder / "one/b.txt", "b");
  write(folder / "one/one_scene_outline.txt", outline);
  Legacy tree(folder.path());
  const auto blobs = reel::blobs(tree, video::artifacts());
  const Watcher<BlobInfo> watcher(blobs, {});
  wait_for(watcher, ChangeKind::bookmark);
  const std::size_t seen = watcher.events().size();
  write(folder / "one/a.txt", "a");
  CHECK(wait_for(watcher, ChangeKind::entered).blob->name == "one/a.txt");
  CHECK(watcher.events().size() == seen + 1);
}

TEST_CASE("what this store writes itself is seen by its watches") {
  const TreeFolder folder;
  Legacy tree(folder.path(), writable());
  const auto videos = records<Video>(tree);
  const Watcher<Video> watcher(videos, {});
  wait_for(watcher, ChangeKind::bookmark);
  const auto made = videos.create({.topic = "Mine"});
  CHECK(wait_for(watcher, ChangeKind::entered).id == made.id);
  videos.remove(made.id);
  CHECK(wait_for(watcher, ChangeKind::removed).id == made.id);
}

TEST_CASE("a watch that was opened before a fork works in the child") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  Legacy tree(folder.path());
  const auto watch = records<Video>(tree).watch();
  auto event = watch.begin();
  ++event;
  REQUIRE(event->kind == ChangeKind::bookmark);
  Child child([&](const Child::Pipe& pipe) {
    ++event;
    pipe.write(std::string(enum_name(event->kind)));
    ::_exit(0);
  });
  write(folder / "two/two_scene_outline.txt", outline);
  CHECK(child.read() == "entered");
  ++event;
  CHECK(event->kind == ChangeKind::entered);
}

/// A tree in which another program changes a file before a list.
class ChangedBeforeList : public driver::Layer<Legacy> {
 public:
  std::function<void()> change{};
  int number = 0;  ///< of the list; 1 is the first

  using Layer::Layer, Layer::list;
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) const {
    if (++lists_ == number) change();
    return below().list(schema, query);
  }

 private:
  mutable int lists_ = 0;
};

TEST_CASE("a record whose file changes while an actor's watch starts is reported once it has been read again") {
  for (const int number : {1, 2}) {
    const TreeFolder folder;
    write(folder / "one/one_scene_outline.txt", outline);
    write(folder / "one/scene1/code/one_scene1_v0.py", "print(1)\n");
    {
      Legacy tree(folder.path(), writable());
      const auto scenes = records<Scene>(tree);
      scenes.update(scenes.first()->id, Patch<Scene>{}.permissions({Permission::read(Role::any())}));
    }
    Legacy tree(folder.path());
    ChangedBeforeList store(tree);
    store.number = number;
    store.change = [&] { write(folder / "one/scene1/code/one_scene1_v0.py", "print(1 + 1)\n"); };
    auto guest = as(store, Actor::guest());
    const Watcher<Scene> watcher(records<Scene>(guest), {});
    const auto entered = wait_for(watcher, ChangeKind::entered);
    CHECK(entered.record->value.generated_code == "print(1 + 1)\n");
    CHECK(watcher.events().front().kind == ChangeKind::bookmark);
    CHECK(watcher.events().size() == 2);
  }
}

/// Refuses watches for folders, or reports a queue of events that overflowed, as inotify does.
class PoorInotify : public driver::FileCalls {
 public:
  std::atomic<int> watches{1000};      ///< the number of watches that are left
  std::atomic<bool> overflows{false};  ///< events are dropped, and one that reports this is returned instead

  int add_watch(int inotify, const std::string& path, std::uint32_t events) override {
    inotify_ = inotify;
    if (watches-- > 0) return FileCalls::add_watch(inotify, path, events);
    errno = ENOSPC;
    return -1;
  }
  ssize_t read(int file, void* bytes, std::size_t count) override {
    const ssize_t size = FileCalls::read(file, bytes, count);
    if (file != inotify_ || size <= 0 || !overflows) return size;
    inotify_event event{.wd = -1, .mask = IN_Q_OVERFLOW, .cookie = 0, .len = 0};
    std::memcpy(bytes, &event, sizeof event);
    return sizeof event;
  }

 private:
  std::atomic<int> inotify_{-1};
};

TEST_CASE("without enough watches of inotify a tree is looked at every second") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  write(folder / "two/two_scene_outline.txt", outline);
  PoorInotify calls;
  calls.watches = 2;
  Legacy tree = legacy::TreeSeams{.calls = &calls}.open(folder.path(), {});
  const Watcher<Artifact> watcher(records<Artifact>(tree), named("notes.txt"), {});
  wait_for(watcher, ChangeKind::bookmark);
  write(folder / "two/notes.txt", "text");
  CHECK(wait_for(watcher, ChangeKind::entered).record->value.path == "two/notes.txt");
  CHECK(watcher.status().state == WatchState::polling);
  std::filesystem::remove(folder / "two/notes.txt");
  wait_for(watcher, ChangeKind::removed);
}

TEST_CASE("after lost events the whole tree is read, and new folders are watched") {
  const TreeFolder folder;
  write(folder / "one/one_scene_outline.txt", outline);
  PoorInotify calls;
  Legacy tree = legacy::TreeSeams{.calls = &calls}.open(folder.path(), {});
  const Watcher<Artifact> watcher(records<Artifact>(tree), named("notes.txt"));
  wait_for(watcher, ChangeKind::bookmark);
  calls.overflows = true;
  write(folder / "two/scene1/notes.txt", "text");
  CHECK(wait_for(watcher, ChangeKind::entered).record->value.size == 4);
  calls.overflows = false;
  write(folder / "two/scene1/notes.txt", "longer text");
  CHECK(wait_for(watcher, ChangeKind::changed).record->value.size == 11);
  CHECK(watcher.status().state == WatchState::live);
}

/// Expects that a watch of a tree ends with `unavailable` when `change` runs, and returns the error.
Error unavailable_after(const std::filesystem::path& root, const std::function<void()>& change) {
  write(root / "one/one_scene_outline.txt", outline);
  write(root / "two/two_scene_outline.txt", outline);
  Legacy tree(root);
  const auto watch = records<Video>(tree).watch();
  auto event = watch.begin();
  while (event->kind != ChangeKind::bookmark) ++event;
  std::jthread changer([&] {
    std::this_thread::sleep_for(50ms);
    change();
  });
  const Error error = error_from([&] { ++event; });
  CHECK(error.code() == Errc::unavailable);
  CHECK(error.reason().find(root.string()) != std::string::npos);
  CHECK(error.operation() == "watch");
  return error;
}

TEST_CASE("a watch of a tree that disappears is unavailable") {
  const TreeFolder folder;
  const std::filesystem::path root = folder / "tree", elsewhere = folder / "elsewhere";
  unavailable_after(root, [&] { std::filesystem::rename(root, elsewhere); });
  unavailable_after(root, [&] { std::filesystem::rename(folder / "tree", folder / "gone"); });
  std::filesystem::remove_all(folder / "elsewhere");
  const std::filesystem::path inner = folder / "outer/tree";
  unavailable_after(inner, [&] { std::filesystem::rename(folder / "outer", elsewhere); });
  unavailable_after(root, [&] {
    std::filesystem::rename(root, folder / "old");
    std::filesystem::create_directory(root);  // must not count as a tree without records
  });
}

TEST_CASE("a watch of a tree whose permissions are withdrawn is unavailable") {
  const TreeFolder folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  const OrdinaryUser user;
  for (const char* closed : {"", "one"}) {
    const std::filesystem::path root = folder / ("tree of " + std::string(closed));
    const Error error =
        unavailable_after(root, [&] { std::filesystem::permissions(root / closed, std::filesystem::perms::none); });
    CHECK(error.reason().find("chmod u+rx") != std::string::npos);
    std::filesystem::permissions(root / closed, std::filesystem::perms::owner_all);
  }
}

TEST_CASE("a watch of a tree whose file system is unmounted is unavailable") {
  const bool ran = reel::testing::on_small_disk(1 << 20, [](const std::string& folder) {
    write(std::filesystem::path(folder) / "one/one_scene_outline.txt", outline);
    Legacy tree(folder);
    const auto watch = records<Video>(tree).watch();
    auto event = watch.begin();
    while (event->kind != ChangeKind::bookmark) ++event;
    if (::umount2(folder.c_str(), MNT_DETACH) != 0) throw std::runtime_error("cannot unmount");
    const Error error = error_from([&] { ++event; });
    if (error.code() != Errc::unavailable || error.reason().find("unmounted") == std::string::npos)
      throw std::runtime_error(error.what());
  });
  if (!ran) WARN("no right to mount a file system");
  CHECK((ran || ::geteuid() != 0));
}

/// The number of read(2) and pread(2) calls of this process.
std::uint64_t reads() {
  std::ifstream in("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  while (in >> name >> value)
    if (name == "syscr:") return value;
  return 0;
}

TEST_CASE("a change costs the same number of reads however many topics there are") {
  std::map<int, std::uint64_t> cost;
  for (const int topics : {3, 60}) {
    const TreeFolder folder;
    for (int i = 0; i < topics; ++i) {
      const std::string prefix = "topic_" + std::to_string(i);
      write(folder / prefix / (prefix + "_scene_outline.txt"), outline);
      write(folder / prefix / "session_id.txt", "s");
      write(folder / prefix / "scene1/code" / (prefix + "_scene1_v0.py"), "print(1)\n");
    }
    Legacy tree(folder.path());
    const auto scenes = records<Scene>(tree).watch();
    auto event = scenes.begin();
    while (event->kind != ChangeKind::bookmark) ++event;
    const std::uint64_t before = reads();
    write(folder / "topic_1/scene1/succ_rendered.txt", "");
    ++event;
    CHECK(event->record->value.status == SceneStatus::rendered);
    cost[topics] = reads() - before;
  }
  CHECK(cost[60] <= cost[3] + 4);
}

}  // namespace watching_tests
