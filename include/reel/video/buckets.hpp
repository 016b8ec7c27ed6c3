#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reel/blob.hpp>
#include <reel/md5.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

namespace reel::video {

/// The combined video of each `Video`, under the id `final_video_id`.
[[nodiscard]] inline Bucket final_videos() {
  return {.id = "final_videos", .name = "Final Videos", .max_size = 500 * MiB, .extensions = {"mp4", "mkv", "avi"}};
}
/// The rendered video of each `Scene`, under the id `scene_video_id`.
[[nodiscard]] inline Bucket scene_videos() {
  return {.id = "scene_videos", .name = "Scene Videos", .max_size = 100 * MiB, .extensions = {"mp4", "mkv", "avi"}};
}
/// The subtitles of each `Video`, under the id `subtitles_id`.
[[nodiscard]] inline Bucket subtitles() {
  return {.id = "subtitles", .name = "Subtitles", .max_size = 1 * MiB, .extensions = {"srt", "vtt", "ass"}};
}
/// The source code of each `Scene`, under the id `source_code_id`.
[[nodiscard]] inline Bucket source_code() {
  return {.id = "source_code", .name = "Source Code", .max_size = 10 * MiB, .extensions = {"py", "txt", "json"}};
}
/// All other files, of any size and name. The collection `artifacts` lists them.
[[nodiscard]] inline Bucket artifacts() { return {.id = "artifacts", .name = "Artifacts"}; }

/// All buckets of the pipeline.
[[nodiscard]] inline std::vector<Bucket> buckets() {
  return {final_videos(), scene_videos(), subtitles(), source_code(), artifacts()};
}

/// The id `<prefix><id>` of a blob that belongs to a record. If it is longer than `max_id_length`, the beginning of the
/// MD5 checksum of the lower-case id replaces the id.
[[nodiscard]] inline BlobId derived_id(std::string_view prefix, std::string id) {
  if (prefix.size() + id.size() > max_id_length) {
    id = md5_hex(text::lower_ascii(id)).substr(0, max_id_length - prefix.size());
  }
  return BlobId{std::string(prefix) + id};
}

/// `video_<id>`, in `final_videos`; see `derived_id`. Ids of up to 30 characters fit.
[[nodiscard]] inline BlobId final_video_id(const Id<Video>& video) { return derived_id("video_", video.str()); }
/// `scene_<id>`, in `scene_videos`.
[[nodiscard]] inline BlobId scene_video_id(const Id<Scene>& scene) { return derived_id("scene_", scene.str()); }
/// `subs_<id>`, in `subtitles`.
[[nodiscard]] inline BlobId subtitles_id(const Id<Video>& video) { return derived_id("subs_", video.str()); }
/// `code_<id>`, in `source_code`.
[[nodiscard]] inline BlobId source_code_id(const Id<Scene>& scene) { return derived_id("code_", scene.str()); }

}  // namespace reel::video
