#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/memory.hpp>

#include "restored.hpp"
#include "support/legacy/random_tree.hpp"
#include "tree_folder.hpp"

/// Copies of a tree, and to a tree, that are stopped and continued with a journal. All stores are closed between.
namespace resuming_tests {

using namespace legacy_tree;
using reel::video::everything;

/// Stops at the given number of questions whether to stop.
reel::MigrationOptions stopped_after(int steps, const std::string& journal) {
  return {.journal = journal, .stop = [left = std::make_shared<int>(steps)] { return (*left)-- <= 0; }};
}

TEST_CASE("a copy of a tree is continued with a journal", "[legacy]") {
  TreeFolder folder;
  random_tree(folder / "tree", {.seed = 12, .topics = 4, .scenes = 4, .hazards = 0.3});
  std::int64_t found = 0;
  {
    reel::Legacy tree(folder / "tree");
    reel::Memory memory;
    found = reel::migrate(tree, memory, everything).total().found;
  }
  int copies = 0;
  for (int steps = 10;; steps += 40) {
    INFO("stopped after " << steps << " steps");
    const std::string number = std::to_string(++copies);
    const std::string store = folder / ("store" + number), journal = folder / ("journal" + number);
    bool cancelled = false;
    {
      reel::Legacy tree(folder / "tree");
      reel::Filesystem target(store, {.durability = reel::Durability::relaxed});
      cancelled = reel::migrate(tree, target, everything, stopped_after(steps, journal)).cancelled;
    }
    reel::Legacy tree(folder / "tree");
    reel::Filesystem target(store, {.durability = reel::Durability::relaxed});
    const reel::MigrationReport report = reel::migrate(tree, target, everything, {.journal = journal});
    check_clean(report);
    CHECK(report.total().found == found);
    CHECK(report.total().created + report.total().unchanged == found);
    check_same_records(tree, target);
    if (!cancelled) break;
  }
  CHECK(copies > 2);
}

TEST_CASE("a copy of a tree that has changed since begins again and misses nothing", "[legacy]") {
  TreeFolder folder;
  random_tree(folder / "tree", {.seed = 12, .topics = 4, .scenes = 4, .hazards = 0.0});
  random_tree(folder / "other", {.seed = 13, .topics = 1, .scenes = 2, .hazards = 0.0});
  const std::string journal = folder / "journal";
  reel::Filesystem target(folder / "store", {.durability = reel::Durability::relaxed});
  {
    reel::Legacy tree(folder / "tree");
    CHECK(reel::migrate(tree, target, everything, stopped_after(60, journal)).cancelled);
  }
  for (const auto& entry : files::directory_iterator(folder / "other"))
    files::rename(entry.path(), files::path(folder / "tree") / ("a_" + entry.path().filename().string()));
  reel::Legacy tree(folder / "tree");
  reel::migrate(tree, target, everything, {.on_conflict = reel::OnConflict::fail, .journal = journal});
  const reel::VerificationReport compared = reel::verify(tree, target, everything);
  CHECK(compared.missing.empty());
}

TEST_CASE("a copy into a tree is continued with a journal", "[legacy]") {
  TreeFolder folder;
  random_tree(folder / "tree", {.seed = 12, .topics = 4, .scenes = 4, .hazards = 0.3});
  reel::Memory memory;
  reel::Legacy tree(folder / "tree");
  check_clean(reel::migrate(tree, memory, everything));
  int copies = 0;
  for (int steps = 10;; steps += 40) {
    INFO("stopped after " << steps << " steps");
    const std::string number = std::to_string(++copies);
    const auto copy = folder / ("copy" + number);
    const std::string journal = folder / ("journal" + number);
    bool cancelled = false;
    {
      reel::Legacy target(copy, writable());
      cancelled = reel::migrate(memory, target, everything, stopped_after(steps, journal)).cancelled;
    }
    {
      reel::Legacy target(copy, writable());
      check_clean(reel::migrate(memory, target, everything, {.journal = journal}));
    }
    check_same_files(tree.tree(), copy);
    if (!cancelled) break;
  }
  CHECK(copies > 2);
}

}  // namespace resuming_tests
