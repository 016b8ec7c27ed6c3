// A small video pipeline: create a video, plan it, claim it, render it, attach the file, complete it. Nothing depends
// on the store: `example_pipeline URL` uses the store of that URL.

#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/backends/filesystem.hpp>
#include <reel/backends/memory.hpp>
#include <reel/video/queue.hpp>
#ifdef REEL_EXAMPLE_APPWRITE
#include <reel/backends/appwrite.hpp>
#endif

using namespace std::chrono_literals;
using reel::video::VideoStatus;
using Catalog = reel::video::Catalog<reel::AnyStore>;
using Claim = reel::video::Claim<reel::AnyStore>;
using Queue = reel::video::Queue<reel::AnyStore>;
using VideoId = reel::Id<reel::video::Video>;

reel::AnyStore open_store(const std::string& url) {
#ifdef REEL_EXAMPLE_APPWRITE
  return reel::open<reel::Memory, reel::Filesystem, reel::Appwrite>(url);
#else
  return reel::open<reel::Memory, reel::Filesystem>(url);
#endif
}

/// The planner: writes a plan and code for each scene, and hands the video to the renderers.
VideoId plan(const Catalog& catalog, const Queue& queue) {
  const auto video = catalog.create_video({.topic = "Bayes' theorem"}, {{.number = 1}, {.number = 2}});
  catalog.update_status(video.id, VideoStatus::planning);
  for (const auto& scene : catalog.scenes_of(video.id)) {
    catalog.set_plan(scene.id, "an urn with balls");
    catalog.set_code(scene.id, "class Scene" + std::to_string(scene.value.scene_number) + "(Scene): ...");
  }
  queue.enqueue(video.id, {.priority = 1});  // and moves it to ready_for_render
  return video.id;
}

/// Stands for the renderer.
std::string render(const reel::video::StoredScene& scene) {
  return "frames of " + scene.value.generated_code.value_or("");
}

/// The renderer: works until the queue is empty. An exception releases the video.
void work(const Catalog& catalog, const Queue& queue) {
  while (std::optional<Claim> claim = queue.claim_next("worker-1", 30s)) {
    std::string film;
    for (const auto& scene : catalog.scenes_of(claim->id())) {
      if (claim->lost().stop_requested()) return;
      const std::string part = render(scene);
      catalog.attach_scene_video(scene.id, reel::from_bytes(part), {.name = "scene.mp4"});
      catalog.update_scene_status(scene.id, reel::video::SceneStatus::rendered);
      film += part;
    }
    catalog.attach_final(claim->id(), reel::from_bytes(film), {.name = "film.mp4"});
    claim->complete(12.5);
  }
}

/// A worker that was stopped for longer than its lease cannot complete the video any more.
void come_too_late(reel::AnyStore& store) {
  const Queue queue(store, {.sends_heartbeats = false});
  const VideoId id = queue.add({.topic = "Gauss"}).id;
  std::optional<Claim> late = queue.claim_next("slow", 10ms);
  std::optional<Claim> next = queue.wait_next("fast", 30s);
  std::cout << "epochs " << late->epoch() << " and " << next->epoch() << '\n';
  try {
    late->complete();
  } catch (const reel::Error& error) {
    std::cout << to_string(error.code()) << '\n';
  }
  next->complete();
}

int main(int argc, char** argv) {
  std::vector<std::string> urls(argv + 1, argv + argc);
  if (urls.empty()) urls = {"memory:", "file:videos"};
  for (const std::string& url : urls) {
    reel::AnyStore store = open_store(url);  // the only line that depends on the store
    const Catalog catalog(store);
    const Queue queue(store);
    queue.setup();
    const VideoId id = plan(catalog, queue);
    work(catalog, queue);
    for (const auto& [event, is_inferred] : catalog.history(id))
      if (!event.scene_id) std::cout << event.from.value_or("new") << " -> " << event.to << '\n';
    come_too_late(store);
  }
}
