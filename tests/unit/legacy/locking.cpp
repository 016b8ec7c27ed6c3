#include <functional>
#include <string>
#include <utility>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/tree_seams.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "tree_folder.hpp"

namespace locking_tests {

// Writers that open a tree one after the other.

using namespace reel;
using namespace reel::video;
using legacy_tree::writable;
using reel::testing::error_from;

/// Calls a function once before and once after the first attempt to lock.
struct LockHooks : driver::FileCalls {
  std::function<void()> before, after;

  int lock(int file, int operation) override {
    if (before) std::exchange(before, nullptr)();
    const int result = FileCalls::lock(file, operation);
    if (after) std::exchange(after, nullptr)();
    return result;
  }
};

void add_note(Legacy& tree, const std::string& id) {
  Repository<Artifact, Legacy>(tree).create(
      {.kind = "note", .path = "notes/" + id, .bucket_id = "artifacts", .blob_id = id}, {.id = Id<Artifact>{id}});
}
void add_video(Legacy& tree, const std::string& topic) {
  Repository<Video, Legacy>(tree).create({.topic = topic, .description = "about " + topic});
}

TEST_CASE("a writer has the records of one that closed the tree just before it locked", "[legacy]") {
  const TreeFolder folder;
  {
    Legacy tree(folder / "tree", writable());
    add_note(tree, "first");
  }
  LockHooks calls;
  calls.before = [&] {
    Legacy other(folder / "tree", writable());
    add_note(other, "second");
    add_video(other, "Second");
  };
  {
    Legacy tree = legacy::TreeSeams{.calls = &calls}.open(folder / "tree", writable());
    CHECK(Repository<Artifact, Legacy>(tree).exists(Id<Artifact>{"second"}));
    add_note(tree, "third");
    add_video(tree, "Third");
  }
  Legacy tree(folder / "tree");
  for (const char* id : {"first", "second", "third"}) {
    INFO(id);
    CHECK(Repository<Artifact, Legacy>(tree).exists(Id<Artifact>{id}));
  }
  CHECK(Repository<Video, Legacy>(tree).count() == 2);
  for (const auto& video : Repository<Video, Legacy>(tree).all())
    CHECK(video.value.description == "about " + video.value.topic);
}

TEST_CASE("a writer that has locked the tree excludes others while it reads the tree", "[legacy]") {
  const TreeFolder folder;
  LockHooks calls;
  bool refused = false;
  calls.after = [&] { refused = error_from([&] { Legacy(folder / "tree", writable()); }).code() == Errc::unavailable; };
  Legacy tree = legacy::TreeSeams{.calls = &calls}.open(folder / "tree", writable());
  CHECK(refused);
  add_note(tree, "first");
}

TEST_CASE("a writer that finds the tree locked has changed nothing", "[legacy]") {
  const TreeFolder folder;
  Legacy tree(folder / "tree", writable());
  add_note(tree, "first");
  const auto before = legacy_tree::names_below(folder / "tree");
  CHECK(error_from([&] { Legacy(folder / "tree", writable()); }).code() == Errc::unavailable);
  CHECK(legacy_tree::names_below(folder / "tree") == before);
}

}  // namespace locking_tests
