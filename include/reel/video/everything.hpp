#pragma once

#include <reel/migration/set.hpp>
#include <reel/video/artifact.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/event.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/memory_records.hpp>
#include <reel/video/queue_entry.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

/// The records and buckets of a video-generation pipeline, with the names and limits of existing deployments, and the
/// collections that those do not have. Uses only the public part of the library.
namespace reel::video {

/// All collections and buckets of the pipeline, where a `MigrationSet` is expected.
struct Everything {
  /// The set of `Video`, `Scene`, `Fix`, `Artifact`, the records of `AgentMemory` and `Queue`, and `buckets()`.
  operator MigrationSet() const {
    return migration_set<Video, Scene, Fix, Artifact, MemoryOrigin, MemoryPattern, MemoryKey, Event, QueueEntry,
                         QueueControl>(buckets());
  }
};
/// All collections and buckets of the pipeline: `reel::migrate(from, to, reel::video::everything)`.
inline constexpr Everything everything{};

}  // namespace reel::video
