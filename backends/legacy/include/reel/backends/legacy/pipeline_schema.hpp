#pragma once

#include <string_view>

#include <reel/driver/collection_schema.hpp>
#include <reel/schema.hpp>
#include <reel/video/artifact.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

namespace reel::legacy {

/// The schema that the pipeline has for a collection, whatever schema a program uses.
///
/// - `collection`: one of the four collections of a tree; `agent_memory` for any other
///
/// Valid until the program ends. Thread-safe.
[[nodiscard]] inline const driver::CollectionSchema& pipeline_schema(std::string_view collection) {
  return collection == "videos"      ? schema_of<video::Video>()
         : collection == "scenes"    ? schema_of<video::Scene>()
         : collection == "artifacts" ? schema_of<video::Artifact>()
                                     : schema_of<video::Fix>();
}

}  // namespace reel::legacy
