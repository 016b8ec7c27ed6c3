#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <reel/schema.hpp>
#include <reel/video/limits.hpp>

namespace reel::video {

/// One move of a video or scene from a state to another, as `Catalog` and `Queue` record it. Written after the move, so
/// a program that ends in between leaves a gap, which `Catalog::history` fills.
struct Event {
  std::string video_id{};                 ///< the video that moved, or that the scene belongs to
  std::optional<std::string> scene_id{};  ///< the scene that moved; none: the video
  std::optional<std::string> from{};      ///< the name of the state before; none: it was created
  std::string to{};                       ///< the name of the state after
  std::optional<std::string> worker{};    ///< the name of the worker that moved it
  std::optional<std::int64_t> attempt{};  ///< the attempt of the worker, from 1
  Timestamp at{};                         ///< the time of the move, by the clock of the store
  std::optional<std::string> message{};   ///< a reason, up to `event_message_length` characters

  /// Compares all members.
  friend bool operator==(const Event&, const Event&) = default;
};

/// The longest name of a worker, in characters.
inline constexpr std::int64_t worker_length = 128;
/// The `max_length` of `Event::message`.
inline constexpr std::int64_t event_message_length = 1000;

}  // namespace reel::video

/// Collection `video_events`. The ids are not references: an event costs one request, and `Catalog::remove` removes the
/// events of a video.
template <>
struct reel::Schema<reel::video::Event> {
  /// Short for the lines below.
  using Event = reel::video::Event;
  // clang-format off
  /// Indexes: by video and time, by time, and by state and time, those of videos apart from those of scenes.
  static constexpr auto collection = reel::collection("video_events", "Video Events",
      attribute("video_id", &Event::video_id, max_length(36)),
      attribute("scene_id", &Event::scene_id, max_length(36)),
      attribute("from", &Event::from, max_length(64)),
      attribute("to", &Event::to, max_length(64)),
      attribute("worker", &Event::worker, max_length(video::worker_length)),
      attribute("attempt", &Event::attempt, video::not_negative),
      attribute("at", &Event::at),
      attribute("message", &Event::message, max_length(video::event_message_length)),
      index("by_video_at", &Event::video_id, &Event::at),
      index("by_at", &Event::at),
      index("by_scene_to_at", &Event::scene_id, &Event::to, &Event::at));
  // clang-format on
};
