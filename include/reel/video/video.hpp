#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <reel/schema.hpp>
#include <reel/video/limits.hpp>

namespace reel::video {

/// The state of a video in the pipeline.
enum class VideoStatus {
  queued,             ///< waits for a planner
  planning,           ///< is being planned and coded
  ready_for_render,   ///< waits for a renderer, with code for its scenes
  queued_for_render,  ///< waits for a renderer
  rendering,          ///< is being rendered
  completed,          ///< has a combined video
  failed,             ///< ended with `Video::error_message`
};

/// A video from the request to the combined file. `created_at` and `updated_at` are attributes set by the pipeline; the
/// store keeps separate times in `Record`.
struct Video {
  std::string topic{};                              ///< the subject, in a few words
  std::optional<std::string> description{};         ///< the subject in detail
  std::optional<std::string> owner_id{};            ///< the user who requested it
  std::optional<std::string> session_id{};          ///< of the run that produced it
  std::optional<std::string> combined_video_url{};  ///< an address, a path or the id of a blob
  std::optional<std::string> subtitles_url{};       ///< an address, a path or the id of a blob
  std::optional<std::string> error_message{};       ///< why it failed
  VideoStatus status = VideoStatus::queued;         ///< the state
  std::int64_t scene_count = 0;                     ///< planned scenes
  std::int64_t progress = 0;                        ///< percent
  std::optional<std::int64_t> current_scene{};      ///< the number of the scene being processed
  std::optional<double> total_duration{};           ///< seconds
  Timestamp created_at{};                           ///< set by the pipeline
  Timestamp updated_at{};                           ///< set by the pipeline

  /// Compares all members.
  friend bool operator==(const Video&, const Video&) = default;
};

}  // namespace reel::video

/// The stored names, those of existing deployments.
template <>
struct reel::EnumNames<reel::video::VideoStatus> {
  using enum reel::video::VideoStatus;
  /// See `reel::enum_names`.
  static constexpr auto names = reel::enum_names(
      std::pair{queued, "queued"}, std::pair{planning, "planning"}, std::pair{ready_for_render, "ready_for_render"},
      std::pair{queued_for_render, "queued_for_render"}, std::pair{rendering, "rendering"},
      std::pair{completed, "completed"}, std::pair{failed, "failed"});
};

/// Collection `videos`.
template <>
struct reel::Schema<reel::video::Video> {
  /// Short for the lines below.
  using Video = reel::video::Video;
  // clang-format off
  /// Indexes: by status and by owner, the latest first, and a full-text index over the topics.
  static constexpr auto collection = reel::collection("videos", "Videos",
      attribute("topic", &Video::topic, max_length(255)),
      attribute("description", &Video::description, max_length(video::long_text)),
      attribute("owner_id", &Video::owner_id, max_length(36)),
      attribute("session_id", &Video::session_id, max_length(100)),
      attribute("combined_video_url", &Video::combined_video_url, max_length(500)),
      attribute("subtitles_url", &Video::subtitles_url, max_length(500)),
      attribute("error_message", &Video::error_message, max_length(video::long_text)),
      attribute("status", &Video::status),
      attribute("scene_count", &Video::scene_count),
      attribute("progress", &Video::progress, range(0, 100), default_value(0)),
      attribute("current_scene", &Video::current_scene, video::not_negative),
      attribute("total_duration", &Video::total_duration),
      attribute("created_at", &Video::created_at),
      attribute("updated_at", &Video::updated_at),
      index("by_status_created", &Video::status, descending(&Video::created_at)),
      index("by_owner_created", &Video::owner_id, descending(&Video::created_at)),
      full_text("search_topic", &Video::topic));
  // clang-format on
};
