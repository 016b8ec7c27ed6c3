#pragma once

#include <reel/migration_set.hpp>
#include <reel/video/artifact.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

namespace reel::video {

/// Every collection and bucket of the pipeline: `reel::migrate(from, to, reel::video::everything)`.
struct Everything {
  operator MigrationSet() const { return migration_set<Video, Scene, Fix, Artifact>(buckets()); }
};
inline constexpr Everything everything{};

}  // namespace reel::video
