#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/tree_seams.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/hooked_calls.hpp"
#include "tree_folder.hpp"

namespace settling_tests {

// Records that wait for files never change the files of another video.

using namespace reel;
using namespace reel::video;
using legacy_tree::bytes_of;
using legacy_tree::writable;
using reel::testing::error_from;
using reel::testing::HookedCalls;

const Timestamp then{std::chrono::seconds{1'600'000'000}};
const Id<Video> owner{"owner"}, copy{"copy"};

struct Store {
  explicit Store(const std::filesystem::path& root, driver::FileCalls& calls = driver::posix_calls())
      : tree(legacy::TreeSeams{.calls = &calls}.open(root, writable())) {}

  /// Creates records as a migration does, so that they wait for their files.
  void copy_video(const Id<Video>& id, const std::string& topic) const {
    videos.create({.topic = topic, .session_id = "of " + id.str()},
                  {.id = id, .created_at = then, .updated_at = then, .is_copy = true});
  }
  void copy_scene(const Id<Video>& video) const {
    scenes.create(
        {.video_id = video, .scene_plan = "\nplan of " + video.str() + "\n", .storyboard = "b", .scene_number = 1},
        {.id = Id<Scene>{video.str() + "-1"}, .created_at = then, .updated_at = then, .is_copy = true});
  }
  void copy_artifact(const Id<Video>& video, const std::string& path, const std::string& blob) const {
    artifacts.create({.video_id = video, .kind = "other", .path = path, .bucket_id = "artifacts", .blob_id = blob},
                     {.id = Id<Artifact>{blob}, .created_at = then, .updated_at = then, .is_copy = true});
  }
  void put(const std::string& blob, std::string_view bytes) {
    BlobStore<Legacy>(tree, video::artifacts()).put(BlobId{blob}, from_bytes(bytes));
  }

  Legacy tree;
  Repository<Video, Legacy> videos{tree};
  Repository<Scene, Legacy> scenes{tree};
  Repository<Artifact, Legacy> artifacts{tree};
};

using Contents = std::map<std::string, std::string>;

Contents contents_below(const std::filesystem::path& root) {
  Contents contents;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.is_regular_file()) contents[std::filesystem::relative(entry, root).string()] = bytes_of(entry);
  return contents;
}

/// Expects that the copied video and its scene have all their values.
void check_waits(const Store& store, const Id<Video>& video, const char* topic) {
  CHECK(store.videos.get(video).value.topic == topic);
  CHECK(store.videos.get(video).value.session_id == "of " + video.str());
  CHECK(store.videos.get(video).created_at == then);
  CHECK(store.scenes.get(Id<Scene>{video.str() + "-1"}).value.scene_plan == "\nplan of " + video.str() + "\n");
}

/// Creates the folder `big_o` of a video.
void make_owner(const std::filesystem::path& root, bool with_sidecar) {
  if (!with_sidecar) {
    write(root / "big_o/big_o_scene_outline.txt", "<SCENE_1>\nplan\n</SCENE_1>\n");
    write(root / "big_o/session_id.txt", "of owner");
    write(root / "big_o/scene1/code/big_o_scene1_v0.py", "print(1)\n");
    return;
  }
  const Store store(root);
  store.videos.create({.topic = "Big O", .description = "first", .session_id = "of owner"}, {.id = owner});
  store.scenes.create({.video_id = owner, .scene_plan = "\nplan\n", .generated_code = "print(1)\n", .scene_number = 1});
}

TEST_CASE("a waiting video whose folder another video has continues to wait", "[legacy]") {
  for (const bool with_sidecar : {false, true}) {
    INFO("with a sidecar: " << with_sidecar);
    const TreeFolder folder;
    make_owner(folder / "tree", with_sidecar);
    const Contents before = contents_below(folder / "tree/big_o");
    for (int opened = 0; opened < 2; ++opened) {
      Store store(folder / "tree");
      if (opened == 0) {
        store.copy_video(copy, "BIG O");
        store.copy_scene(copy);
      }
      store.tree.settle();
      CHECK(contents_below(folder / "tree/big_o") == before);
      CHECK(store.videos.count() == 2);
      CHECK(store.scenes.count() == 2);
      check_waits(store, copy, "BIG O");
    }
    Store store(folder / "tree");
    store.videos.remove(store.videos.list().records.at(0).id);
    store.tree.settle();
    CHECK(bytes_of(folder / "tree/big_o/session_id.txt") == "of copy");
    check_waits(store, copy, "BIG O");
  }
}

TEST_CASE("the first of two waiting videos gets the folder that both would have", "[legacy]") {
  const TreeFolder folder;
  Store store(folder / "tree");
  for (const Id<Video>& video : {owner, copy}) {
    store.copy_video(video, video == owner ? "Big O" : "BIG O");
    store.copy_scene(video);
  }
  for (int again = 0; again < 2; ++again) {
    store.tree.settle();
    CHECK(store.tree.tree().topics.at(0).id == "owner");
    CHECK(bytes_of(folder / "tree/big_o/session_id.txt") == "of owner");
    CHECK(bytes_of(folder / "tree/big_o/scene_outline.txt").find("plan of owner") != std::string::npos);
    check_waits(store, owner, "Big O");
    check_waits(store, copy, "BIG O");
  }
  store.videos.remove(owner);
  store.tree.settle();
  CHECK(bytes_of(folder / "tree/big_o/session_id.txt") == "of copy");
  check_waits(store, copy, "BIG O");
}

TEST_CASE("a write for a waiting video that fails anywhere keeps the files of other videos", "[legacy]") {
  bool finished = false;
  for (int fatal = 1; !finished; ++fatal) {
    INFO("failing at change " << fatal);
    const TreeFolder folder;
    make_owner(folder / "tree", true);
    const Contents before = contents_below(folder / "tree/big_o");
    int changes = -1000;
    HookedCalls calls([&] { return ++changes != fatal; });
    Store store(folder / "tree", calls);
    store.copy_video(copy, "BIG O");
    store.copy_scene(copy);
    changes = 0;
    try {
      store.tree.settle();
    } catch (const Error&) {
    }
    finished = changes < fatal;
    CHECK(contents_below(folder / "tree/big_o") == before);
    changes = -1000;
    check_waits(store, copy, "BIG O");
  }
}

TEST_CASE("a waiting video does not get a folder with files of no video", "[legacy]") {
  const TreeFolder folder;
  write(folder / "tree/big_o/session_id.txt", "of another program");
  Store store(folder / "tree");
  store.copy_video(copy, "Big O");
  store.copy_scene(copy);
  store.tree.settle();
  CHECK((contents_below(folder / "tree/big_o") == Contents{{"session_id.txt", "of another program"}}));
  check_waits(store, copy, "Big O");
}

TEST_CASE("a waiting video does not get a folder in which files of another video are expected", "[legacy]") {
  const TreeFolder folder;
  Store store(folder / "tree");
  store.copy_video(owner, "Big O");
  store.copy_artifact(owner, "big_o/big_o_scene_outline.txt", "outline");
  store.copy_video(copy, "BIG O");
  store.copy_scene(copy);
  store.tree.settle();
  CHECK_FALSE(std::filesystem::exists(folder / "tree/big_o"));
  store.put("outline", "<SCENE_1>\nplan\n</SCENE_1>\n");
  store.tree.settle();
  CHECK(store.tree.tree().topics.at(0).id == "owner");
  CHECK(store.tree.tree().topics.size() == 1);
  CHECK(bytes_of(folder / "tree/big_o/big_o_scene_outline.txt") == "<SCENE_1>\nplan\n</SCENE_1>\n");
  check_waits(store, copy, "BIG O");
}

TEST_CASE("a video is not created in a folder in which files of another video are expected", "[legacy]") {
  const TreeFolder folder;
  Store store(folder / "tree");
  store.copy_video(owner, "Big O");
  store.copy_artifact(owner, "big_o/big_o_scene_outline.txt", "outline");
  const Error error = error_from([&] { store.videos.create({.topic = "BIG O"}, {.id = copy}); });
  CHECK(error.code() == Errc::already_exists);
  CHECK(error.attribute() == "topic");
  CHECK(error.reason().find("'big_o'") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(folder / "tree/big_o"));
  CHECK_FALSE(store.videos.exists(copy));

  store.put("outline", "<SCENE_1>\nplan\n</SCENE_1>\n");
  store.tree.settle();
  CHECK(store.tree.tree().topics.at(0).id == "owner");
  store.artifacts.remove(Id<Artifact>{"outline"});
  store.videos.remove(owner);
  store.videos.create({.topic = "BIG O"}, {.id = copy});
  CHECK(store.videos.count() == 1);
}

TEST_CASE("a waiting video gets a folder that is empty", "[legacy]") {
  const TreeFolder folder;
  std::filesystem::create_directories(folder / "tree/big_o");
  Store store(folder / "tree");
  store.copy_video(copy, "Big O");
  store.tree.settle();
  CHECK(bytes_of(folder / "tree/big_o/session_id.txt") == "of copy");
}

TEST_CASE("a waiting video gets a folder with only its files, and keeps them if a write fails", "[legacy]") {
  bool finished = false;
  for (int fatal = 1; !finished; ++fatal) {
    INFO("failing at change " << fatal);
    const TreeFolder folder;
    int changes = -1000;
    HookedCalls calls([&] { return ++changes != fatal; });
    Store store(folder / "tree", calls);
    store.copy_video(copy, "Big O");
    store.copy_artifact(copy, "big_o/notes/a.txt", "a");
    store.put("a", "note");
    store.copy_scene(copy);
    changes = 0;
    try {
      store.tree.settle();
    } catch (const Error&) {
    }
    finished = changes < fatal;
    changes = -1000;
    CHECK(bytes_of(folder / "tree/big_o/notes/a.txt") == "note");
    store.tree.settle();
    CHECK(bytes_of(folder / "tree/big_o/session_id.txt") == "of copy");
    CHECK(bytes_of(folder / "tree/big_o/notes/a.txt") == "note");
    CHECK(store.tree.tree().topics.at(0).id == "copy");
    check_waits(store, copy, "Big O");
  }
}

TEST_CASE("a scene does not get the folder of another video", "[legacy]") {
  const TreeFolder folder;
  write(folder / "tree/big_o/big_o_scene_outline.txt", "<SCENE_1>\nplan\n</SCENE_1>\n");
  write(folder / "tree/big_o/scene1/scene1_scene_outline.txt", "<SCENE_1>\nother\n</SCENE_1>\n");
  const Contents before = contents_below(folder / "tree/big_o/scene1");
  Store store(folder / "tree");
  REQUIRE(store.tree.tree().topics.size() == 2);
  const Id<Video> outer{store.tree.tree().topics[0].id};
  CHECK(error_from([&] { store.scenes.create({.video_id = outer, .storyboard = "b", .scene_number = 1}); }).code() ==
        Errc::already_exists);
  store.copy_scene(outer);
  store.tree.settle();
  CHECK(contents_below(folder / "tree/big_o/scene1") == before);
  CHECK(store.scenes.get(Id<Scene>{outer.str() + "-1"}).value.storyboard == "b");
}

TEST_CASE("an empty folder that cannot be created does not stop settling", "[legacy]") {
  const TreeFolder folder;
  write(folder / "tree/big_o/big_o_scene_outline.txt", "<SCENE_1>\nplan\n</SCENE_1>\n");
  write(folder / "tree/big_o/note", "a file");
  const auto make = [](const Store& store, const char* id, const char* path) {
    store.artifacts.create({.kind = "empty_folder", .path = path, .bucket_id = "artifacts"},
                           {.id = Id<Artifact>{id}, .created_at = then, .updated_at = then, .is_copy = true});
  };
  {
    Store store(folder / "tree");
    make(store, "blocked", "big_o/note/empty");
    make(store, "free", "big_o/empty");
    store.tree.settle();
  }
  const Store store(folder / "tree");
  CHECK(std::filesystem::is_directory(folder / "tree/big_o/empty"));
  CHECK(store.artifacts.get(Id<Artifact>{"blocked"}).value.path == "big_o/note/empty");
  CHECK(bytes_of(folder / "tree/big_o/note") == "a file");
}

}  // namespace settling_tests
