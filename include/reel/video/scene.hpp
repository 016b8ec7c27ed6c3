#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <reel/schema.hpp>
#include <reel/video/limits.hpp>
#include <reel/video/video.hpp>

namespace reel::video {

/// The state of a scene.
enum class SceneStatus {
  planned,   ///< has a plan, or is about to get one
  coded,     ///< has code
  rendered,  ///< has a video
  failed,    ///< no version of the code could be rendered
};

/// One scene of a video.
struct Scene {
  Id<Video> video_id{};                         ///< the video that it belongs to
  std::optional<std::string> scene_plan{};      ///< the plan of the scene
  std::optional<std::string> storyboard{};      ///< the vision storyboard plan
  std::optional<std::string> technical_plan{};  ///< the technical implementation plan
  std::optional<std::string> generated_code{};  ///< the latest code
  std::optional<std::string> video_url{};       ///< an address, a path or the id of a blob
  std::optional<std::string> code_url{};        ///< an address, a path or the id of a blob
  std::optional<std::string> error_message{};   ///< the latest error
  std::int64_t scene_number = 0;                ///< from 1, unique in the video
  std::optional<double> duration{};             ///< seconds
  SceneStatus status = SceneStatus::planned;    ///< the state
  Timestamp created_at{};                       ///< set by the pipeline
  Timestamp updated_at{};                       ///< set by the pipeline

  /// Compares all members.
  friend bool operator==(const Scene&, const Scene&) = default;
};

}  // namespace reel::video

/// The stored names, those of existing deployments.
template <>
struct reel::EnumNames<reel::video::SceneStatus> {
  using enum reel::video::SceneStatus;
  /// See `reel::enum_names`.
  static constexpr auto names = reel::enum_names(std::pair{planned, "planned"}, std::pair{coded, "coded"},
                                                 std::pair{rendered, "rendered"}, std::pair{failed, "failed"});
};

/// Collection `scenes`. A scene is removed with its video.
template <>
struct reel::Schema<reel::video::Scene> {
  /// Short for the lines below.
  using Scene = reel::video::Scene;
  // clang-format off
  /// Indexes: by video and number, which is unique, and by status.
  static constexpr auto collection = reel::collection("scenes", "Scenes",
      attribute("video_id", &Scene::video_id, references<video::Video>(on_remove::cascade)),
      attribute("scene_plan", &Scene::scene_plan, max_length(video::long_text)),
      attribute("storyboard", &Scene::storyboard, max_length(video::long_text)),
      attribute("technical_plan", &Scene::technical_plan, max_length(video::long_text)),
      attribute("generated_code", &Scene::generated_code, max_length(video::long_text)),
      attribute("video_url", &Scene::video_url, max_length(500)),
      attribute("code_url", &Scene::code_url, max_length(500)),
      attribute("error_message", &Scene::error_message, max_length(video::long_text)),
      attribute("scene_number", &Scene::scene_number),
      attribute("duration", &Scene::duration),
      attribute("status", &Scene::status),
      attribute("created_at", &Scene::created_at),
      attribute("updated_at", &Scene::updated_at),
      unique("by_video_number", &Scene::video_id, &Scene::scene_number),
      index("by_status", &Scene::status));
  // clang-format on
};
