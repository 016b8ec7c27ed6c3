#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <reel/blob.hpp>
#include <reel/md5.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

namespace reel::video {

[[nodiscard]] inline Bucket final_videos() {
  return {.id = "final_videos", .name = "Final Videos", .max_size = 500 * MiB, .extensions = {"mp4", "mkv", "avi"}};
}
[[nodiscard]] inline Bucket scene_videos() {
  return {.id = "scene_videos", .name = "Scene Videos", .max_size = 100 * MiB, .extensions = {"mp4", "mkv", "avi"}};
}
[[nodiscard]] inline Bucket subtitles() {
  return {.id = "subtitles", .name = "Subtitles", .max_size = 1 * MiB, .extensions = {"srt", "vtt", "ass"}};
}
[[nodiscard]] inline Bucket source_code() {
  return {.id = "source_code", .name = "Source Code", .max_size = 10 * MiB, .extensions = {"py", "txt", "json"}};
}
/// Every other file, of any size and name.
[[nodiscard]] inline Bucket artifacts() { return {.id = "artifacts", .name = "Artifacts"}; }

[[nodiscard]] inline std::vector<Bucket> buckets() {
  return {final_videos(), scene_videos(), subtitles(), source_code(), artifacts()};
}

/// `<prefix><id>`; where that is longer than ids may be, a digest stands for the id.
[[nodiscard]] inline BlobId derived_id(std::string_view prefix, std::string id) {
  if (prefix.size() + id.size() > max_id_length) {
    id = md5_hex(text::lower_ascii(id)).substr(0, max_id_length - prefix.size());
  }
  return BlobId{std::string(prefix) + id};
}

/// The id of a video's film in `final_videos`: `video_<id>`, which leaves room for ids of up to 30 characters; a longer
/// one is replaced by its digest. The same for the other three.
[[nodiscard]] inline BlobId final_video_id(const Id<Video>& video) { return derived_id("video_", video.str()); }
[[nodiscard]] inline BlobId scene_video_id(const Id<Scene>& scene) { return derived_id("scene_", scene.str()); }
[[nodiscard]] inline BlobId subtitles_id(const Id<Video>& video) { return derived_id("subs_", video.str()); }
[[nodiscard]] inline BlobId source_code_id(const Id<Scene>& scene) { return derived_id("code_", scene.str()); }

}  // namespace reel::video
