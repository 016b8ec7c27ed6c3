#pragma once

#include <chrono>
#include <utility>

#include <reel/any_store.hpp>
#include <reel/video/queue.hpp>

namespace video_tests {

using AnyQueue = reel::video::Queue<reel::AnyStore>;
using AnyCatalog = reel::video::Catalog<reel::AnyStore>;

/// Options of a queue whose claims end quickly: no heartbeats.
[[nodiscard]] inline reel::video::QueueOptions without_heartbeats() {
  return {.backoff = {}, .poll = std::chrono::milliseconds{1}, .sends_heartbeats = false};
}

/// A queue in `store`, set up.
[[nodiscard]] inline AnyQueue queue_in(reel::AnyStore& store, reel::video::QueueOptions options) {
  AnyQueue queue(store, std::move(options));
  queue.setup();
  return queue;
}

/// The present status of a video.
[[nodiscard]] inline reel::video::VideoStatus status_of(reel::AnyStore& store, const reel::Id<reel::video::Video>& id) {
  return AnyCatalog(store).get(id).value.status;
}

}  // namespace video_tests
