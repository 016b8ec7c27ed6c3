#include <atomic>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/legacy.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace threads_tests {

using namespace reel;
using namespace reel::video;

TEST_CASE("threads can write to a tree, read it and settle it at the same time", "[legacy]") {
  constexpr int writers = 2, scenes_each = 12;
  TreeFolder folder;
  {
    Legacy tree(folder / "tree", legacy_tree::writable());
    std::atomic<int> failures{0}, writing{writers};
    const auto guarded = [&failures](auto&& work) {
      try {
        work();
      } catch (const std::exception&) {
        ++failures;
      }
    };
    const auto write = [&](int number) {
      const std::string name = "topic " + std::to_string(number);
      const Repository<Video, Legacy> videos(tree);
      const Repository<Scene, Legacy> scenes(tree);
      const BlobStore<Legacy> films(tree, final_videos());
      const auto video = videos.create({.topic = name});
      for (int scene = 1; scene <= scenes_each; ++scene) {
        const auto made = scenes.create({.video_id = video.id, .scene_plan = "\nplan\n", .scene_number = scene});
        scenes.update(made.id, Patch<Scene>{}.set<&Scene::generated_code>(name + " " + std::to_string(scene)));
        const PutOptions options{.name = "film.mp4", .overwrite = true};
        films.put(final_video_id(video.id), from_bytes(std::as_bytes(std::span{name})), options);
      }
    };
    const auto read = [&] {
      const Repository<Scene, Legacy> scenes(tree);
      const Repository<Artifact, Legacy> artifacts(tree);
      while (writing > 0) {
        for (const auto& scene : scenes.all())
          if (scene.value.scene_number < 1) ++failures;
        static_cast<void>(artifacts.count());
        static_cast<void>(BlobStore<Legacy>(tree, final_videos()).list());
        tree.settle();
      }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < writers; ++i)
      threads.emplace_back([&, i] {
        guarded([&] { write(i); });
        --writing;
      });
    threads.emplace_back([&] { guarded(read); });
    for (std::thread& thread : threads) thread.join();
    CHECK(failures == 0);
  }
  Legacy tree(folder / "tree");
  const Repository<Scene, Legacy> scenes(tree);
  CHECK(scenes.count() == writers * scenes_each);
  for (const auto& scene : scenes.all())
    CHECK(scene.value.generated_code.value_or("").ends_with(" " + std::to_string(scene.value.scene_number)));
}

}  // namespace threads_tests
