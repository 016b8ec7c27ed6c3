#include <reel/backends/legacy/store_folders.hpp>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/tree.hpp>
#include "ordinary_user.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "tree_folder.hpp"

namespace store_folders_tests {

using namespace reel::legacy;
using reel::Errc;
using reel::testing::error_from;
namespace fs = std::filesystem;

constexpr std::string_view store_file = "{\"reel\":\"store\",\"version\":1,\"text\":\"folded\"}\n";
constexpr std::string_view schema = R"({"reel":"collection","version":1,"id":"videos")";

void write_store(const fs::path& store) {
  write(store / "reel.json", store_file);
  for (const char* place : {"collections/videos", "buckets/artifacts"}) {
    write(store / place / "schema.json", schema);
    write(store / place / "records.jsonl", R"({"reel":"journal","version":1)");
  }
}

struct Damage {
  std::string name;
  std::function<void(const fs::path& store)> apply;
};

/// Kinds of damage to the `reel.json` of a store, alone and together with other files.
std::vector<Damage> damages() {
  const auto without = [](std::vector<std::string> lost) {
    return [lost = std::move(lost)](const fs::path& store) {
      fs::remove(store / "reel.json");
      for (const std::string& path : lost) fs::remove_all(store / path);
    };
  };
  return {{"intact", [](const fs::path&) {}},
          {"missing", without({})},
          {"empty", [](const fs::path& store) { fs::resize_file(store / "reel.json", 0); }},
          {"cut", [](const fs::path& store) { fs::resize_file(store / "reel.json", 8); }},
          {"other bytes", [](const fs::path& store) { write(store / "reel.json", std::string(40, '\0')); }},
          {"a folder",
           [](const fs::path& store) {
             fs::remove(store / "reel.json");
             fs::create_directory(store / "reel.json");
           }},
          {"only journals of collections", without({"buckets", "collections/videos/schema.json"})},
          {"only schemas of collections", without({"buckets", "collections/videos/records.jsonl"})},
          {"only journals of buckets", without({"collections", "buckets/artifacts/schema.json"})},
          {"only schemas of buckets", without({"collections", "buckets/artifacts/records.jsonl"})},
          {"damaged journals and schemas", [](const fs::path& store) {
             fs::remove(store / "reel.json");
             for (const char* name : {"schema.json", "records.jsonl"}) write(store / "collections/videos" / name, "");
           }}};
}

TEST_CASE("a store whose reel.json is damaged or lost is not a tree", "[legacy]") {
  for (const Damage& damage : damages()) {
    INFO(damage.name);
    TreeFolder folder;
    write_store(folder / "kept");
    damage.apply(folder / "kept");
    CHECK(is_store_folder(folder / "kept"));
    for (const char* path : {"kept", "kept/collections/videos", "kept/new/deeper"}) {
      const auto error = error_from([&] { refuse_store_folder((folder / path).string()); });
      CHECK(error.code() == Errc::invalid);
      CHECK(error.reason().find("a store of records and files") != std::string::npos);
    }

    write(folder / "foo/foo_scene_outline.txt", "<SCENE_1>\nA\n</SCENE_1>\n");
    CHECK_NOTHROW(refuse_store_folder(folder.path().string()));
    const Tree tree = read_tree(folder.path());
    CHECK(tree.topics.size() == 1);
    REQUIRE(tree.files.size() == 2);
    CHECK(tree.files[1].path == "kept");
    CHECK(tree.files[1].role == Role::store);
    CHECK(std::ranges::count(tree.diagnostics, Code::store_inside, &Diagnostic::code) == 1);
  }
}

TEST_CASE("a folder whose reel.json cannot be read is not opened as a tree", "[legacy]") {
  TreeFolder folder;
  write(folder / "reel.json", store_file);
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(folder / "reel.json", fs::perms::none);
  const OrdinaryUser user;
  const auto error = error_from([&] { refuse_store_folder((folder / "new").string()); });
  CHECK(error.code() == Errc::invalid);
  CHECK(error.reason().find("make that file readable") != std::string::npos);
}

TEST_CASE("a topic that has a folder named like one of a store is a topic", "[legacy]") {
  TreeFolder folder;
  write(folder / "reel.json", R"({"title":"mine"})");
  write(folder / "collections/collections_scene_outline.txt", "<SCENE_1>\nA\n</SCENE_1>\n");
  write(folder / "collections/scene1/schema.json", R"({"type":"object"})");
  write(folder / "buckets/buckets_combined.mp4");
  CHECK_NOTHROW(refuse_store_folder(folder.path().string()));
  CHECK(read_tree(folder.path()).topics.size() == 2);
}

}  // namespace store_folders_tests
