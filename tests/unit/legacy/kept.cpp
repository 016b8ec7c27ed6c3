#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/tree_seams.hpp>
#include <reel/blob_store.hpp>
#include <reel/json/sealed_line.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/hooked_calls.hpp"
#include "support/legacy/kept_tree.hpp"
#include "tree_folder.hpp"

namespace kept_tests {

using legacy_tree::Json;
using legacy_tree::writable;
using reel::Legacy;
using reel::testing::error_from;

// Trees of earlier versions, and their contents as those versions read them. "not settled" was copied while it was open
// for writing, "closed" afterwards.

const Json& kept_trees() {
  static const Json trees = Json::parse(std::ifstream(REEL_SOURCE_DIR "/tests/data/kept/legacy_trees.json"));
  return trees;
}

const std::vector<std::string> own_buckets{"Posters", "Nothing", "buckets", "collections"};

void check_contents(Legacy& tree, const Json& wanted) {
  const Json found = legacy_tree::contents_of(tree, own_buckets);
  for (const auto& [part, expected] : wanted.items()) {
    INFO(part << '\n' << expected.dump(1) << "\nbut found\n" << found.at(part).dump(1));
    CHECK((found.at(part) == expected));
  }
}

TEST_CASE("a tree of an earlier version is read unchanged", "[legacy]") {
  for (const auto& [name, kept] : kept_trees().items()) {
    INFO(name);
    const TreeFolder folder;
    legacy_tree::unpack(kept["files"], folder / "tree");
    {
      Legacy tree(folder / "tree");
      check_contents(tree, kept["contents"]);
    }
    CHECK((legacy_tree::pack(folder / "tree") == kept["files"]));
  }
}

TEST_CASE("a tree of an earlier version is opened for writing and keeps its contents", "[legacy]") {
  for (const auto& [name, kept] : kept_trees().items()) {
    INFO(name);
    const TreeFolder folder;
    legacy_tree::unpack(kept["files"], folder / "tree");
    for (int again = 0; again < 2; ++again) {
      {
        Legacy tree(folder / "tree", writable());
        check_contents(tree, kept["contents"]);
        tree.settle();
        check_contents(tree, kept["contents"]);
      }
      Legacy tree(folder / "tree");
      check_contents(tree, kept["contents"]);
    }
  }
}

// Buckets in an earlier format.

const Json& closed_tree() { return kept_trees().at("closed"); }

const reel::Bucket posters{.id = "Posters", .name = "Posters"};

std::string content(Legacy& tree, const char* id) {
  std::string bytes;
  reel::BlobStore<Legacy>(tree, posters).get(reel::BlobId{id}, reel::to_bytes(bytes));
  return bytes;
}

/// Returns the path of the only file in a folder whose name starts with this string.
std::filesystem::path file_in(const std::filesystem::path& folder, const std::string& start) {
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().filename().string().starts_with(start)) return entry.path();
  return {};
}

/// Writes a blob to a bucket and removes it again. Returns the blob.
reel::BlobInfo write_once(Legacy& tree) {
  const reel::BlobStore<Legacy> store(tree, posters);
  reel::BlobInfo info = store.put(reel::BlobId{"new"}, reel::from_bytes("new"), {.name = "new.png"});
  store.remove(info.id);
  return info;
}

TEST_CASE("the first write converts buckets in an earlier format and keeps every blob", "[legacy]") {
  const TreeFolder folder;
  legacy_tree::unpack(closed_tree()["files"], folder / "tree");
  {
    Legacy tree(folder / "tree", writable());
    CHECK_FALSE(std::filesystem::exists(folder / "tree/.reel-buckets/reel.json"));
    write_once(tree);
    check_contents(tree, closed_tree()["contents"]);
  }
  Legacy tree(folder / "tree");
  check_contents(tree, closed_tree()["contents"]);
  reel::Filesystem store(folder / "tree/.reel-buckets", {.access = reel::Access::read_only});
  CHECK(reel::BlobStore<reel::Filesystem>(store, posters).list().blobs.size() == 3);
  CHECK_FALSE(std::filesystem::exists(folder / "tree/.reel-new-buckets"));
}

TEST_CASE("the sequence of a removed blob in an earlier format is never used again", "[legacy]") {
  const TreeFolder folder;
  legacy_tree::unpack(closed_tree()["files"], folder / "tree");
  const auto log = folder / "tree/.reel-buckets/posters/blobs.jsonl";
  std::string removal = R"({"collection":"blobs","record":{"id":"last","removed":true,"values":{"$sequence":4}})";
  reel::json::seal(removal, 0);
  write(log, legacy_tree::bytes_of(log) + removal);
  for (const std::int64_t expected : {5, 6}) {
    Legacy tree(folder / "tree", writable());
    CHECK(write_once(tree).sequence == expected);
  }
}

TEST_CASE("a program that is killed during the conversion of buckets loses no blob", "[legacy]") {
  bool finished = false;
  for (int fatal = 1; !finished; fatal += fatal < 12 ? 1 : 5) {
    INFO("killed at change " << fatal);
    const TreeFolder folder;
    legacy_tree::unpack(closed_tree()["files"], folder / "tree");
    const pid_t child = ::fork();
    if (child == 0) {
      int changes = 0;
      bool counts = false;
      reel::testing::HookedCalls calls([&] {
        if (counts && ++changes == fatal) ::_exit(9);
        return true;
      });
      Legacy tree = reel::legacy::TreeSeams{.calls = &calls}.open(folder / "tree", writable());
      counts = true;
      reel::BlobStore<Legacy>(tree, posters).remove(reel::BlobId{"absent"});
      ::_exit(0);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE((WEXITSTATUS(status) == 9 || WEXITSTATUS(status) == 0));
    finished = WEXITSTATUS(status) == 0;
    {
      Legacy tree(folder / "tree");
      check_contents(tree, closed_tree()["contents"]);
    }
    Legacy tree(folder / "tree", writable());
    write_once(tree);
    check_contents(tree, closed_tree()["contents"]);
  }
}

TEST_CASE("damage to a bucket in an earlier format is detected before and after the first write", "[legacy]") {
  for (const bool missing : {false, true}) {
    const TreeFolder folder;
    legacy_tree::unpack(closed_tree()["files"], folder / "tree");
    const auto file = file_in(folder / "tree/.reel-buckets/posters", "one~");
    missing ? void(std::filesystem::remove(file)) : write(file, "First");
    Legacy tree(folder / "tree", writable());
    for (int again = 0; again < 2; ++again) {
      CHECK(error_from([&] { content(tree, "one"); }).code() == reel::Errc::corrupt);
      CHECK(content(tree, "last").empty());
      write_once(tree);
    }
  }
}

TEST_CASE("every flipped bit in the log of a bucket in an earlier format is detected", "[legacy]") {
  const TreeFolder folder;
  legacy_tree::unpack(closed_tree()["files"], folder / "tree");
  const auto log = folder / "tree/.reel-buckets/posters/blobs.jsonl";
  const std::string lines = legacy_tree::bytes_of(log);
  for (std::size_t bit = 0; bit < 8 * (lines.size() - 1); bit += 97) {
    INFO(bit);
    std::string flipped = lines;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << bit % 8));
    write(log, flipped);
    Legacy tree(folder / "tree", writable());
    CHECK(error_from([&] { content(tree, "one"); }).code() == reel::Errc::corrupt);
    CHECK(error_from([&] { write_once(tree); }).code() == reel::Errc::corrupt);
    CHECK(legacy_tree::bytes_of(log) == flipped);
  }
  // An incomplete last line was never acknowledged.
  const std::size_t last = lines.rfind('\n', lines.size() - 2) + 1;
  for (std::size_t size = last; size < lines.size(); size += 17) {
    write(log, std::string_view(lines).substr(0, size));
    Legacy tree(folder / "tree");
    CHECK(content(tree, "one") == "first");
  }
}

TEST_CASE("other entries beside buckets in an earlier format hide none of them and are kept", "[legacy]") {
  for (const char* other : {"notes.txt", "posters/notes.txt", ".notes", "killed/one~00000000000000000001", ".DS_Store",
                            "posters/.DS_Store", "killed/.one~00000000000000000001", "killed/.reel-new-1-1"}) {
    INFO(other);
    const TreeFolder folder;
    legacy_tree::unpack(closed_tree()["files"], folder / "tree");
    write(folder / "tree/.reel-buckets" / other, "other");
    {
      Legacy tree(folder / "tree");
      check_contents(tree, closed_tree()["contents"]);
    }
    {
      Legacy tree(folder / "tree", writable());
      write_once(tree);
      check_contents(tree, closed_tree()["contents"]);
    }
    const auto kept = folder / "tree/.reel-buckets/earlier";
    const std::string name = std::filesystem::path(other).filename().string();
    const bool is_kept = !name.starts_with(".") || name == ".notes";
    CHECK(std::filesystem::exists(kept) == is_kept);
    if (is_kept) CHECK(legacy_tree::bytes_of(kept / other) == "other");
  }
}

TEST_CASE("a folder for buckets that contains only other entries becomes a store", "[legacy]") {
  for (const char* other : {"notes.txt", ".DS_Store", "reel.json.tmp"}) {
    INFO(other);
    const TreeFolder folder;
    write(folder / "tree/.reel-buckets" / other, "other");
    Legacy tree(folder / "tree", writable());
    reel::BlobStore<Legacy>(tree, posters).setup();
    CHECK(write_once(tree).sequence == 1);
  }
}

/// Calls `before` before a file or folder is opened by name, listed or renamed.
struct WatchedCalls final : reel::driver::FileCalls {
  std::function<void(const std::string&name)> before_open = [](const std::string&) {}, before_rename = before_open;
  std::function<bool()> can_list = [] { return true; };
  int unsynced = 0;  ///< changes since the file system was last synced

  int open_at(int folder, const std::string& name, int flags) override {
    before_open(name);
    return FileCalls::open_at(folder, name, flags);
  }
  int list_and_close(int folder, std::vector<std::string>& names) override {
    const int result = FileCalls::list_and_close(folder, names);
    if (can_list()) return result;
    names.resize(1);
    errno = EIO;
    return -1;
  }
  int link(const std::string& from, const std::string& to) override {
    ++unsynced;
    return FileCalls::link(from, to);
  }
  ssize_t write_at(int file, const void* bytes, std::size_t count, std::int64_t offset) override {
    ++unsynced;
    return FileCalls::write_at(file, bytes, count, offset);
  }
  int sync_all(const std::string& path) override {
    unsynced = 0;
    return FileCalls::sync_all(path);
  }
  int rename_at(int from_folder, const std::string& from, int to_folder, const std::string& to) override {
    before_rename(from);
    return FileCalls::rename_at(from_folder, from, to_folder, to);
  }
};

TEST_CASE("converted buckets are synced before those in an earlier format are removed", "[legacy]") {
  const TreeFolder folder;
  legacy_tree::unpack(closed_tree()["files"], folder / "tree");
  WatchedCalls calls;
  Legacy tree = reel::legacy::TreeSeams{.calls = &calls}.open(folder / "tree", writable());
  static_cast<void>(tree.tree());
  int unsynced = -1;
  calls.before_rename = [&](const std::string& name) {
    if (name == ".reel-buckets") unsynced = calls.unsynced;
  };
  write_once(tree);
  CHECK(unsynced == 0);
}

TEST_CASE("buckets in an earlier format that cannot be listed completely are not converted", "[legacy]") {
  const TreeFolder folder;
  legacy_tree::unpack(closed_tree()["files"], folder / "tree");
  {
    WatchedCalls calls;
    Legacy tree = reel::legacy::TreeSeams{.calls = &calls}.open(folder / "tree", writable());
    static_cast<void>(tree.tree());
    calls.can_list = [] { return false; };
    CHECK(error_from([&] { write_once(tree); }).code() == reel::Errc::unavailable);
    calls.can_list = [] { return true; };
  }
  Legacy tree(folder / "tree", writable());
  write_once(tree);
  check_contents(tree, closed_tree()["contents"]);
}

/// Converts buckets in an earlier format to a store.
void convert(const std::filesystem::path& root) {
  Legacy tree(root, writable());
  write_once(tree);
}

TEST_CASE("an interrupted conversion is completed by the first operation of a writer", "[legacy]") {
  for (const bool reads_first : {false, true}) {
    const TreeFolder folder;
    legacy_tree::unpack(closed_tree()["files"], folder / "tree");
    convert(folder / "tree");
    std::filesystem::rename(folder / "tree/.reel-buckets", folder / "tree/.reel-new-buckets");
    Legacy tree(folder / "tree", writable());
    if (reads_first) CHECK(content(tree, "one") == "first");
    write_once(tree);
    CHECK(std::filesystem::exists(folder / "tree/.reel-buckets/reel.json"));
    CHECK_FALSE(std::filesystem::exists(folder / "tree/.reel-new-buckets"));
    check_contents(tree, closed_tree()["contents"]);
  }
}

TEST_CASE("a reader notices that another program has converted the buckets", "[legacy]") {
  const TreeFolder folder;
  legacy_tree::unpack(closed_tree()["files"], folder / "tree");
  Legacy reader(folder / "tree");
  CHECK(content(reader, "one") == "first");
  convert(folder / "tree");
  CHECK(content(reader, "one") == "first");
  check_contents(reader, closed_tree()["contents"]);
  Legacy writer(folder / "tree", writable());
  reel::BlobStore<Legacy>(writer, posters).put(reel::BlobId{"later"}, reel::from_bytes("later"), {.name = "a.png"});
  CHECK(content(reader, "later") == "later");
}

TEST_CASE("a reader of an interrupted conversion notices its completion", "[legacy]") {
  const TreeFolder folder;
  legacy_tree::unpack(closed_tree()["files"], folder / "tree");
  convert(folder / "tree");
  std::filesystem::rename(folder / "tree/.reel-buckets", folder / "tree/.reel-new-buckets");
  Legacy reader(folder / "tree");
  CHECK(content(reader, "one") == "first");
  convert(folder / "tree");
  check_contents(reader, closed_tree()["contents"]);
}

TEST_CASE("a read during the conversion of buckets finds the blob", "[legacy]") {
  bool finished = false;
  for (int at = 1; !finished; ++at) {
    INFO("converted before opening " << at);
    const TreeFolder folder;
    legacy_tree::unpack(closed_tree()["files"], folder / "tree");
    WatchedCalls calls;
    Legacy reader = reel::legacy::TreeSeams{.calls = &calls}.open(folder / "tree", {});
    static_cast<void>(reader.tree());
    int opened = 0;
    calls.before_open = [&](const std::string&) {
      if (++opened == at) convert(folder / "tree");
    };
    CHECK(content(reader, "one") == "first");
    CHECK(reel::BlobStore<Legacy>(reader, posters).list().blobs.size() == 3);
    finished = opened < at;
  }
}

TEST_CASE("a symbolic link in place of the folder of converted buckets is not followed", "[legacy]") {
  const TreeFolder folder;
  legacy_tree::unpack(closed_tree()["files"], folder / "tree");
  std::filesystem::create_directories(folder / "elsewhere");
  Legacy tree(folder / "tree", writable());
  static_cast<void>(tree.tree());
  std::filesystem::create_directory_symlink(folder / "elsewhere", folder / "tree/.reel-new-buckets");
  CHECK(error_from([&] { write_once(tree); }).code() == reel::Errc::invalid);
  CHECK(std::filesystem::is_empty(folder / "elsewhere"));
  check_contents(tree, closed_tree()["contents"]);
}

}  // namespace kept_tests
