#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <reel/backends/legacy.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/legacy/kept_tree.hpp"
#include "temporary_folder.hpp"

namespace kept_trees_tests {

using legacy_tree::Json;
using legacy_tree::writable;
using reel::Legacy;

// Trees that earlier versions wrote, and their contents as those versions read them. "not settled" was copied while it
// was open for writing, "closed" afterwards.

const Json& kept_trees() {
  static const Json trees = Json::parse(std::ifstream(REEL_SOURCE_DIR "/tests/data/legacy/kept_trees.json"));
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

TEST_CASE("a tree that an earlier version wrote is read as it was and is not changed", "[legacy]") {
  for (const auto& [name, kept] : kept_trees().items()) {
    INFO(name);
    const TemporaryFolder folder;
    legacy_tree::unpack(kept["files"], folder / "tree");
    {
      Legacy tree(folder / "tree");
      check_contents(tree, kept["contents"]);
    }
    CHECK((legacy_tree::pack(folder / "tree") == kept["files"]));
  }
}

TEST_CASE("a tree that an earlier version wrote is opened for writing and keeps its contents", "[legacy]") {
  for (const auto& [name, kept] : kept_trees().items()) {
    INFO(name);
    const TemporaryFolder folder;
    legacy_tree::unpack(kept["files"], folder / "tree");
    for (int again = 0; again < 2; ++again) {
      {
        Legacy tree(folder / "tree", writable());
        check_contents(tree, kept["contents"]);
      }
      Legacy tree(folder / "tree");
      check_contents(tree, kept["contents"]);
    }
  }
}

}  // namespace kept_trees_tests
