#include <cstdint>
#include <cstdlib>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>

#include "restored.hpp"
#include "support/legacy/random_tree.hpp"
#include "tree_folder.hpp"

namespace round_trip_files_tests {

using namespace legacy_tree;

TEST_CASE("a generated tree is copied to the filesystem store and back unchanged", "[legacy]") {
  for (std::uint64_t seed = 201; seed <= 210; ++seed) {
    INFO("seed " << seed);
    TreeFolder folder;
    random_tree(folder / "tree", varied_shape(seed, 0.6));
    reel::Filesystem store(folder / "store", {.durability = reel::Durability::relaxed});
    check_round_trip(folder / "tree", store, folder / "copy");
  }
}

TEST_CASE("real trees are copied and restored unchanged", "[legacy]") {
  const char* const shared = std::getenv("REEL_SHARED");
  const files::path trees =
      (shared != nullptr ? files::path{shared} : files::path{REEL_SOURCE_DIR} / "../shared") / "legacy/trees";
  if (!files::exists(trees)) {
    WARN("skipped: there is no folder " << trees.string() << " (set REEL_SHARED)");
    SUCCEED();
    return;
  }
  for (const auto& entry : files::directory_iterator(trees)) {
    if (!entry.is_directory()) continue;
    INFO(entry.path().filename().string());
    TreeFolder folder;
    reel::Memory memory;
    check_round_trip(entry.path(), memory, folder / "from_memory");
    reel::Filesystem store(folder / "store", {.durability = reel::Durability::relaxed});
    check_round_trip(entry.path(), store, folder / "from_files");
  }
}

}  // namespace round_trip_files_tests
