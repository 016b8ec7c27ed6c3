#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <reel/schema.hpp>
#include <reel/video/limits.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

namespace reel::video {

/// One file of the pipeline, whatever it holds: what the other collections have no attribute for, and the bytes of what
/// they have one for. The file itself is a blob, so that a tree of files can be written back byte for byte.
struct Artifact {
  std::optional<Id<Video>> video_id{};  ///< none: it belongs to the whole tree
  std::optional<Id<Scene>> scene_id{};
  std::string kind{};                     ///< what the file is: `outline`, `error_log`, …, `other`
  std::optional<std::int64_t> version{};  ///< of the scene's code, from 0
  std::string path{};                     ///< relative to the tree's root, `/` between components
  std::int64_t size = 0;                  ///< bytes
  std::string md5{};                      ///< 32 lower-case hexadecimal digits
  std::string bucket_id{};                ///< where the bytes are
  std::string blob_id{};
  std::optional<Timestamp> modified_at{};  ///< of the file, when it was found

  friend bool operator==(const Artifact&, const Artifact&) = default;
};

}  // namespace reel::video

template <>
struct reel::Schema<reel::video::Artifact> {
  using Artifact = reel::video::Artifact;
  // clang-format off
  static constexpr auto collection = reel::collection("artifacts", "Artifacts",
      attribute("video_id", &Artifact::video_id, references<video::Video>(on_remove::cascade)),
      attribute("scene_id", &Artifact::scene_id, references<video::Scene>(on_remove::cascade)),
      attribute("kind", &Artifact::kind, max_length(64)),
      attribute("version", &Artifact::version),
      attribute("path", &Artifact::path, max_length(4096)),
      attribute("size", &Artifact::size, video::not_negative),
      attribute("md5", &Artifact::md5, max_length(32)),
      attribute("bucket_id", &Artifact::bucket_id, max_length(36)),
      attribute("blob_id", &Artifact::blob_id, max_length(36)),
      attribute("modified_at", &Artifact::modified_at),
      index("by_video_kind", &Artifact::video_id, &Artifact::kind),
      index("by_scene_kind", &Artifact::scene_id, &Artifact::kind, &Artifact::version),
      index("by_md5", &Artifact::md5));
  // clang-format on
};
