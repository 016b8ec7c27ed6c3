#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <reel/error.hpp>
#include <reel/video/rows.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

namespace reel::video {

/// A video to create.
struct NewVideo {
  std::string topic{};                       ///< the subject, not empty
  std::optional<std::string> description{};  ///< the subject in detail
  std::int64_t scene_count = 0;              ///< planned scenes; at least as many as are created with it
  std::optional<std::string> owner_id{};     ///< the user who requested it
  std::optional<std::string> session_id{};   ///< of the run that produces it
  std::optional<Id<Video>> id{};             ///< none: a new one
  VideoStatus status = VideoStatus::queued;  ///< the first state: `queued` or `queued_for_render`
};

/// A scene to create.
struct NewScene {
  std::int64_t number = 0;                      ///< from 1, unique in the video
  std::optional<std::string> plan{};            ///< see `Scene::scene_plan`
  std::optional<std::string> storyboard{};      ///< see `Scene::storyboard`
  std::optional<std::string> technical_plan{};  ///< see `Scene::technical_plan`
  std::optional<double> duration{};             ///< seconds
};

namespace detail {

/// Throws `invalid` or `already_exists` for what can be refused before anything is written.
inline void check_new(const NewVideo& video, const std::vector<NewScene>& scenes) {
  const ErrorContext context{.operation = "create_video", .collection = "videos"};
  if (video.topic.find_first_not_of(" \t\r\n") == std::string::npos)
    throw Error(Errc::invalid, "attribute 'topic' is empty; describe the subject of the video", context);
  if (video.status != VideoStatus::queued && video.status != VideoStatus::queued_for_render)
    throw Error(Errc::invalid, "a video begins as 'queued' or 'queued_for_render'", context);
  if (video.scene_count < 0) throw Error(Errc::invalid, "attribute 'scene_count' is negative", context);
  std::set<std::int64_t> numbers;
  for (const NewScene& scene : scenes) {
    const ErrorContext of_scene{.operation = "create_video", .collection = "scenes", .attribute = "scene_number"};
    if (scene.number < 1) throw Error(Errc::invalid, "scenes are numbered from 1", of_scene);
    if (!numbers.insert(scene.number).second)
      throw Error(Errc::already_exists, "scene " + std::to_string(scene.number) + " is listed twice", of_scene);
  }
}

/// The record of a new video.
[[nodiscard]] inline Video video_of(NewVideo video, std::size_t scenes, Timestamp now) {
  const auto listed = static_cast<std::int64_t>(scenes);
  return {.topic = std::move(video.topic),
          .description = std::move(video.description),
          .owner_id = std::move(video.owner_id),
          .session_id = std::move(video.session_id),
          .status = video.status,
          .scene_count = video.scene_count > listed ? video.scene_count : listed,
          .created_at = now,
          .updated_at = now};
}

/// The record of a new scene.
[[nodiscard]] inline SceneRow row_of(NewScene scene, const Id<Video>& video, Timestamp now) {
  return {.video_id = Id<Event>{video.str()},
          .scene_plan = std::move(scene.plan),
          .storyboard = std::move(scene.storyboard),
          .technical_plan = std::move(scene.technical_plan),
          .scene_number = scene.number,
          .duration = scene.duration,
          .status = SceneStatus::planned,
          .created_at = now,
          .updated_at = now};
}

}  // namespace detail
}  // namespace reel::video
