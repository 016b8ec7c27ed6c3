#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <reel/schema.hpp>
#include <reel/video/limits.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

namespace reel::video {

/// One file of the pipeline: a file for which the other collections have no attribute, or the bytes of one for which
/// they do. The content is a blob, so that a tree of files can be written back byte for byte.
struct Artifact {
  /// The video that the file belongs to; none: the whole tree.
  std::optional<Id<Video>> video_id{};
  /// The scene that the file belongs to; none: the whole video.
  std::optional<Id<Scene>> scene_id{};
  /// The purpose of the file: `outline`, `error_log`, …, `other`.
  std::string kind{};
  /// The version of the scene's code that the file belongs to, from 0.
  std::optional<std::int64_t> version{};
  /// Relative to the root of the tree, with `/` between the components.
  std::string path{};
  /// Bytes.
  std::int64_t size = 0;
  /// The MD5 checksum of the content, as 32 lower-case hexadecimal digits.
  std::string md5{};
  /// The bucket that contains the content.
  std::string bucket_id{};
  /// The blob in that bucket.
  std::string blob_id{};
  /// The modification time of the file when it was read.
  std::optional<Timestamp> modified_at{};

  /// Compares all members.
  friend bool operator==(const Artifact&, const Artifact&) = default;
};

}  // namespace reel::video

/// Collection `artifacts`. An artifact is removed with its video or scene.
template <>
struct reel::Schema<reel::video::Artifact> {
  /// Short for the lines below.
  using Artifact = reel::video::Artifact;
  // clang-format off
  /// Indexes: by video and kind, by scene, kind and version, and by checksum, which finds equal files.
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
