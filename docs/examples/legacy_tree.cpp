// Writes a pipeline's output tree, and restores one from a copy.

#include <fstream>
#include <iostream>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob_store.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

using reel::video::Scene;
using reel::video::Video;

void write_tree() {
  reel::Legacy tree{"output", {.write_as = reel::legacy::Variant::v2}};
  reel::Repository<Video, reel::Legacy> videos{tree};
  reel::Repository<Scene, reel::Legacy> scenes{tree};

  const auto video = videos.create({.topic = "Gauss's Law (E&M)", .description = "For beginners"});
  scenes.create({.video_id = video.id, .scene_plan = "\nThe field of a charge\n", .scene_number = 1});

  reel::BlobStore<reel::Legacy> films{tree, reel::video::final_videos()};
  films.put(reel::video::final_video_id(video.id), reel::from_file("film.mp4"));
}

void restore_tree(reel::Memory& store) {
  reel::Legacy copy{"restored", {.write_as = reel::legacy::Variant::v2}};
  const reel::MigrationReport report = reel::migrate(store, copy, reel::video::everything);
  std::cout << (report.clean() ? "restored\n" : "something failed\n");
  copy.settle();
}

int main() {
  std::ofstream("film.mp4") << "film";
  write_tree();
  const reel::Legacy tree{"output"};
  for (const reel::legacy::TreeFile& file : tree.tree().files)
    if (file.path.find("trace_id") == std::string::npos) std::cout << file.path << '\n';

  reel::Legacy from{"output"};
  reel::Memory store;
  reel::migrate(from, store, reel::video::everything);
  restore_tree(store);
}
