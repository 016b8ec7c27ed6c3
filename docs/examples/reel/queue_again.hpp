#pragma once

#include <reel/any_store.hpp>
#include <reel/id.hpp>
#include <reel/video/queue.hpp>
#include <reel/video/video.hpp>

namespace tool {

/// Queues a video again, with the priority that it had. Errors as `Queue::enqueue`.
void queue_again(const reel::video::Queue<reel::AnyStore>& queue, const reel::Id<reel::video::Video>& id);

}  // namespace tool
