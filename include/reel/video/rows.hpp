#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <reel/record.hpp>
#include <reel/schema.hpp>
#include <reel/video/event.hpp>
#include <reel/video/limits.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

/// @file
/// Videos and scenes as older programs have stored them: attributes that are missing, and names of states that the
/// enums lack. A row is another view of the same collection, without the rules of `Video` and `Scene`.
///
/// `Status` is the enum, or `std::string` for a view that reads any name. Only a server can contain other names, and
/// only there the second view exists: local stores refuse a view whose attributes have other types.
///
/// The attribute `video_id` of a scene row refers to the event of the creation of its video, which has the id of the
/// video. So the scenes of a new video can be written before the video.

namespace reel::video {

/// A stored video without the rules of `Video`. The attributes have the same names and order.
template <class Status>
struct VideoRowOf {
  std::optional<std::string> topic{};               ///< see `Video::topic`
  std::optional<std::string> description{};         ///< see `Video::description`
  std::optional<std::string> owner_id{};            ///< see `Video::owner_id`
  std::optional<std::string> session_id{};          ///< see `Video::session_id`
  std::optional<std::string> combined_video_url{};  ///< see `Video::combined_video_url`
  std::optional<std::string> subtitles_url{};       ///< see `Video::subtitles_url`
  std::optional<std::string> error_message{};       ///< see `Video::error_message`
  std::optional<Status> status{};                   ///< see `Video::status`
  std::optional<std::int64_t> scene_count{};        ///< see `Video::scene_count`
  std::optional<std::int64_t> progress{};           ///< see `Video::progress`
  std::optional<std::int64_t> current_scene{};      ///< see `Video::current_scene`
  std::optional<double> total_duration{};           ///< see `Video::total_duration`
  std::optional<Timestamp> created_at{};            ///< see `Video::created_at`
  std::optional<Timestamp> updated_at{};            ///< see `Video::updated_at`
};

/// A stored scene without the rules of `Scene`. The attributes have the same names and order.
template <class Status>
struct SceneRowOf {
  std::optional<Id<Event>> video_id{};          ///< see `Scene::video_id`
  std::optional<std::string> scene_plan{};      ///< see `Scene::scene_plan`
  std::optional<std::string> storyboard{};      ///< see `Scene::storyboard`
  std::optional<std::string> technical_plan{};  ///< see `Scene::technical_plan`
  std::optional<std::string> generated_code{};  ///< see `Scene::generated_code`
  std::optional<std::string> video_url{};       ///< see `Scene::video_url`
  std::optional<std::string> code_url{};        ///< see `Scene::code_url`
  std::optional<std::string> error_message{};   ///< see `Scene::error_message`
  std::optional<std::int64_t> scene_number{};   ///< see `Scene::scene_number`
  std::optional<double> duration{};             ///< see `Scene::duration`
  std::optional<Status> status{};               ///< see `Scene::status`
  std::optional<Timestamp> created_at{};        ///< see `Scene::created_at`
  std::optional<Timestamp> updated_at{};        ///< see `Scene::updated_at`
};

/// The view that every store has.
using VideoRow = VideoRowOf<VideoStatus>;
/// The view that every store has.
using SceneRow = SceneRowOf<SceneStatus>;

/// A video with the name of its state as it is stored.
struct StoredVideo : Record<Video> {
  /// Empty if the record has none. Differs from the name of `value.status` if an older program has written another one.
  std::string status_text{};
};

/// A scene with the name of its state as it is stored.
struct StoredScene : Record<Scene> {
  /// See `StoredVideo::status_text`.
  std::string status_text{};
};

/// The state of a stored name: `processing`, which earlier programs have written, is `rendering`; every other name that
/// the enum lacks is `failed`, a state in which no worker takes the video and from which it can be queued again.
[[nodiscard]] inline VideoStatus video_status(std::string_view name) {
  if (name == "processing") return VideoStatus::rendering;
  return enum_value<VideoStatus>(name).value_or(VideoStatus::failed);
}

/// The state of a stored name. One that the enum lacks is `failed`.
[[nodiscard]] inline SceneStatus scene_status(std::string_view name) {
  return enum_value<SceneStatus>(name).value_or(SceneStatus::failed);
}

namespace detail {

/// The state in a row, and its stored name.
template <class Status>
[[nodiscard]] std::string name_in(const std::optional<Status>& status) {
  if constexpr (std::is_same_v<Status, std::string>) {
    return status.value_or("");
  } else {
    return status ? std::string(enum_name(*status)) : "";
  }
}
template <class Status>
[[nodiscard]] VideoStatus status_in(const VideoRowOf<Status>& row) {
  return video_status(name_in(row.status));
}
template <class Status>
[[nodiscard]] SceneStatus status_in(const SceneRowOf<Status>& row) {
  return scene_status(name_in(row.status));
}

/// The attribute `status` of a row.
template <class Row, class Status>
[[nodiscard]] constexpr auto status_attribute() {
  if constexpr (std::is_same_v<Status, std::string>) {
    return attribute("status", &Row::status, max_length(255));
  } else {
    return attribute("status", &Row::status);
  }
}

/// Copies everything but the value.
template <class Row, class Stored>
void copy_header(const Record<Row>& row, Stored& stored) {
  using Value = decltype(stored.value);
  stored.id = Id<Value>{row.id.str()};
  stored.created_at = row.created_at;
  stored.updated_at = row.updated_at;
  stored.permissions = row.permissions;
  stored.sequence = row.sequence;
}

}  // namespace detail

/// The video in a row. A missing attribute has the initial value of its member; a missing time is that of the record.
template <class Status>
[[nodiscard]] StoredVideo stored_video(Record<VideoRowOf<Status>> row) {
  StoredVideo stored;
  detail::copy_header(row, stored);
  VideoRowOf<Status>& from = row.value;
  stored.status_text = detail::name_in(from.status);
  stored.value = {.topic = std::move(from.topic).value_or(""),
                  .description = std::move(from.description),
                  .owner_id = std::move(from.owner_id),
                  .session_id = std::move(from.session_id),
                  .combined_video_url = std::move(from.combined_video_url),
                  .subtitles_url = std::move(from.subtitles_url),
                  .error_message = std::move(from.error_message),
                  .status = detail::status_in(from),
                  .scene_count = from.scene_count.value_or(0),
                  .progress = from.progress.value_or(0),
                  .current_scene = from.current_scene,
                  .total_duration = from.total_duration,
                  .created_at = from.created_at.value_or(row.created_at),
                  .updated_at = from.updated_at.value_or(row.updated_at)};
  return stored;
}

/// The scene in a row. A missing attribute has the initial value of its member; a missing time is that of the record.
template <class Status>
[[nodiscard]] StoredScene stored_scene(Record<SceneRowOf<Status>> row) {
  StoredScene stored;
  detail::copy_header(row, stored);
  SceneRowOf<Status>& from = row.value;
  stored.status_text = detail::name_in(from.status);
  stored.value = {.video_id = Id<Video>{from.video_id ? from.video_id->str() : ""},
                  .scene_plan = std::move(from.scene_plan),
                  .storyboard = std::move(from.storyboard),
                  .technical_plan = std::move(from.technical_plan),
                  .generated_code = std::move(from.generated_code),
                  .video_url = std::move(from.video_url),
                  .code_url = std::move(from.code_url),
                  .error_message = std::move(from.error_message),
                  .scene_number = from.scene_number.value_or(0),
                  .duration = from.duration,
                  .status = detail::status_in(from),
                  .created_at = from.created_at.value_or(row.created_at),
                  .updated_at = from.updated_at.value_or(row.updated_at)};
  return stored;
}

}  // namespace reel::video

/// The attributes of `Schema<Video>` without its rules. Only `Schema<Video>` sets up the collection.
template <class Status>
struct reel::Schema<reel::video::VideoRowOf<Status>> {
  /// Short for the lines below.
  using Row = reel::video::VideoRowOf<Status>;
  // clang-format off
  /// Indexes: as of `Video`.
  static constexpr auto collection = reel::collection("videos", "Videos",
      attribute("topic", &Row::topic, max_length(255)),
      attribute("description", &Row::description, max_length(video::long_text)),
      attribute("owner_id", &Row::owner_id, max_length(36)),
      attribute("session_id", &Row::session_id, max_length(100)),
      attribute("combined_video_url", &Row::combined_video_url, max_length(500)),
      attribute("subtitles_url", &Row::subtitles_url, max_length(500)),
      attribute("error_message", &Row::error_message, max_length(video::long_text)),
      video::detail::status_attribute<Row, Status>(),
      attribute("scene_count", &Row::scene_count),
      attribute("progress", &Row::progress, range(0, 100)),
      attribute("current_scene", &Row::current_scene, video::not_negative),
      attribute("total_duration", &Row::total_duration),
      attribute("created_at", &Row::created_at),
      attribute("updated_at", &Row::updated_at),
      index("by_status_created", &Row::status, descending(&Row::created_at)),
      index("by_owner_created", &Row::owner_id, descending(&Row::created_at)),
      full_text("search_topic", &Row::topic));
  // clang-format on
};

/// The attributes of `Schema<Scene>` without its rules. Only `Schema<Scene>` sets up the collection.
template <class Status>
struct reel::Schema<reel::video::SceneRowOf<Status>> {
  /// Short for the lines below.
  using Row = reel::video::SceneRowOf<Status>;
  // clang-format off
  /// Indexes: as of `Scene`.
  static constexpr auto collection = reel::collection("scenes", "Scenes",
      attribute("video_id", &Row::video_id, references<video::Event>()),
      attribute("scene_plan", &Row::scene_plan, max_length(video::long_text)),
      attribute("storyboard", &Row::storyboard, max_length(video::long_text)),
      attribute("technical_plan", &Row::technical_plan, max_length(video::long_text)),
      attribute("generated_code", &Row::generated_code, max_length(video::long_text)),
      attribute("video_url", &Row::video_url, max_length(500)),
      attribute("code_url", &Row::code_url, max_length(500)),
      attribute("error_message", &Row::error_message, max_length(video::long_text)),
      attribute("scene_number", &Row::scene_number),
      attribute("duration", &Row::duration),
      video::detail::status_attribute<Row, Status>(),
      attribute("created_at", &Row::created_at),
      attribute("updated_at", &Row::updated_at),
      unique("by_video_number", &Row::video_id, &Row::scene_number),
      index("by_status", &Row::status));
  // clang-format on
};
