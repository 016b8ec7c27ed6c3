#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <reel/backends/legacy/model.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>

#include "restored.hpp"
#include "support/legacy/random_tree.hpp"
#include "tree_folder.hpp"

namespace restoring_tests {

using namespace legacy_tree;

/// A tree with every kind of entry, and a store with its copy.
struct Filled {
  Filled() {
    random_tree(folder / "tree", {.seed = 12, .topics = 4, .scenes = 4, .hazards = 0.3});
    reel::Legacy tree(folder / "tree");
    reel::migrate(tree, memory, reel::video::everything, {.verify = reel::Verify::none});
  }

  TreeFolder folder;
  reel::Memory memory;
};

TEST_CASE("a copy that is stopped anywhere is resumed with the same result", "[legacy]") {
  Filled filled;
  const reel::Legacy tree(filled.folder / "tree");
  int copies = 0;
  for (int steps = 1;; steps += 13) {
    INFO("stopped after " << steps << " steps");
    const auto copy = filled.folder / ("copy" + std::to_string(++copies));
    bool cancelled = false;
    {
      reel::Legacy target(copy, writable());
      int left = steps;
      const auto stop = [&left] { return left-- <= 0; };
      cancelled =
          reel::migrate(filled.memory, target, reel::video::everything, {.verify = reel::Verify::none, .stop = stop})
              .cancelled;
    }
    {
      reel::Legacy target(copy, writable());
      check_clean(reel::migrate(filled.memory, target, reel::video::everything));
    }
    check_same_files(tree.tree(), copy);
    if (!cancelled) break;
  }
  CHECK(copies > 5);
}

TEST_CASE("a copy that is interrupted among its artifacts is resumed with the same result", "[legacy]") {
  Filled filled;
  const reel::Legacy tree(filled.folder / "tree");
  const auto copy = filled.folder / "copy";
  {
    reel::Legacy target(copy, writable(reel::legacy::Variant::v1));
    check_clean(reel::migrate(filled.memory, target, reel::migration_set<reel::video::Video, reel::video::Scene>()));
    const reel::driver::CollectionSchema& schema = reel::schema_of<reel::video::Artifact>();
    const reel::driver::Page<reel::driver::DocumentPtr> page = filled.memory.list(schema, {.limit = 100'000});
    for (std::size_t i = 0; i < page.items.size() / 3; ++i) {  // so that some videos have none
      reel::driver::Document artifact = *page.items[i];
      artifact.sequence = 0;
      artifact.is_copy = true;
      target.create(schema, std::move(artifact));
    }
  }
  {
    reel::Legacy target(copy, writable(reel::legacy::Variant::v1));
    check_clean(reel::migrate(filled.memory, target, reel::video::everything));
    target.settle();
  }
  check_same_files(tree.tree(), copy);
  reel::Legacy restored(copy);
  reel::Legacy from(filled.folder / "tree");
  check_same_records(from, restored);
}

TEST_CASE("a record that waits for files is given its own when the copy is complete", "[legacy]") {
  TreeFolder folder;
  reel::Memory memory;
  const reel::Repository<reel::video::Video, reel::Memory> videos(memory);
  const reel::Repository<reel::video::Scene, reel::Memory> scenes(memory);
  videos.setup();
  scenes.setup();
  const auto video = videos.create({.topic = "Big O notation"});
  scenes.create({.video_id = video.id, .scene_plan = "\nplan\n", .scene_number = 1});
  const auto outline = folder / "copy/big_o_notation/scene_outline.txt";
  {
    reel::Legacy copy(folder / "copy", writable());
    check_clean(reel::migrate(memory, copy, reel::migration_set<reel::video::Video, reel::video::Scene>()));
  }
  CHECK_FALSE(files::exists(outline));
  reel::Legacy copy(folder / "copy", writable());
  CHECK_FALSE(files::exists(outline));
  copy.settle();
  CHECK(files::exists(outline));
}

TEST_CASE("a restored tree that was changed is copied and restored with the changes", "[legacy]") {
  Filled filled;
  using reel::video::Scene;
  using reel::video::Video;
  {
    reel::Legacy tree(filled.folder / "tree", writable());
    reel::Repository<Video, reel::Legacy> videos(tree);
    reel::Repository<Scene, reel::Legacy> scenes(tree);
    for (const auto& video : videos.all()) {
      videos.update(video.id, reel::Patch<Video>{}.set<&Video::description>("about " + video.value.topic));
      scenes.create({.video_id = video.id, .scene_plan = "\nnew\n", .generated_code = "pass\n", .scene_number = 77});
    }
    const auto made = videos.create({.topic = "Something new"});
    scenes.create({.video_id = made.id, .storyboard = "litellm.Timeout: no plan", .scene_number = 1, .duration = 1.25});
  }
  reel::Legacy tree(filled.folder / "tree");
  reel::Memory memory;
  check_clean(reel::migrate(tree, memory, reel::video::everything));
  {
    reel::Legacy copy(filled.folder / "copy", writable());
    check_clean(reel::migrate(memory, copy, reel::video::everything));
  }
  check_same_files(tree.tree(), filled.folder / "copy");  // including sidecars
  reel::Legacy copy(filled.folder / "copy");
  check_same_records(tree, copy);
}

TEST_CASE("copying into a tree that already has everything copies nothing", "[legacy]") {
  Filled filled;
  reel::Legacy tree(filled.folder / "tree", writable());
  const reel::MigrationReport report = reel::migrate(filled.memory, tree, reel::video::everything);
  check_clean(report);
  CHECK(report.total().created == 0);
  CHECK(report.total().unchanged == report.total().found);
}

}  // namespace restoring_tests
