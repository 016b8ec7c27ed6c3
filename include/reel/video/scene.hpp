#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <reel/schema.hpp>
#include <reel/video/limits.hpp>
#include <reel/video/video.hpp>

namespace reel::video {

enum class SceneStatus { planned, coded, rendered, failed };

/// One scene of a video; its number counts from 1.
struct Scene {
  Id<Video> video_id{};
  std::optional<std::string> scene_plan{};
  std::optional<std::string> storyboard{};
  std::optional<std::string> technical_plan{};
  std::optional<std::string> generated_code{};
  std::optional<std::string> video_url{};
  std::optional<std::string> code_url{};
  std::optional<std::string> error_message{};
  std::int64_t scene_number = 0;
  std::optional<double> duration{};  ///< seconds
  SceneStatus status = SceneStatus::planned;
  Timestamp created_at{};
  Timestamp updated_at{};

  friend bool operator==(const Scene&, const Scene&) = default;
};

}  // namespace reel::video

template <>
struct reel::EnumNames<reel::video::SceneStatus> {
  using enum reel::video::SceneStatus;
  static constexpr auto names = reel::enum_names(std::pair{planned, "planned"}, std::pair{coded, "coded"},
                                                 std::pair{rendered, "rendered"}, std::pair{failed, "failed"});
};

template <>
struct reel::Schema<reel::video::Scene> {
  using Scene = reel::video::Scene;
  // clang-format off
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
