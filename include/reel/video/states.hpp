#pragma once

#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <reel/error.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

/// @file
/// The states of videos and scenes, and the moves between them. `Catalog` and `Queue` allow no other move. The diagram
/// in `docs/guide/queue.md` is printed from these tables.

namespace reel::video {

/// A legal move from one state to another. `Status` is `VideoStatus` or `SceneStatus`.
template <class Status>
struct Transition {
  Status from{};              ///< the state before
  Status to{};                ///< the state after
  std::string_view reason{};  ///< why a pipeline makes this move, in a few words
};

/// All legal moves of a video.
inline constexpr auto video_transitions = [] {
  using enum VideoStatus;
  return std::to_array<Transition<VideoStatus>>({
      {queued, planning, "a planner takes it"},
      {queued, queued_for_render, "it needs no plan"},
      {queued, failed, "it is given up"},
      {planning, ready_for_render, "every scene has code"},
      {planning, rendering, "the planner renders it too"},
      {planning, queued, "the planner releases it"},
      {planning, failed, "it cannot be planned"},
      {ready_for_render, queued_for_render, "it is handed to a renderer"},
      {ready_for_render, rendering, "a renderer takes it"},
      {ready_for_render, planning, "it is planned again"},
      {ready_for_render, failed, "it is given up"},
      {queued_for_render, rendering, "a renderer takes it"},
      {queued_for_render, ready_for_render, "it is withdrawn"},
      {queued_for_render, failed, "it is given up"},
      {rendering, completed, "the combined video is stored"},
      {rendering, queued_for_render, "the renderer releases it or is lost"},
      {rendering, failed, "it cannot be rendered"},
      {completed, queued_for_render, "it is rendered again"},
      {failed, queued, "it is planned again"},
      {failed, queued_for_render, "it is rendered again"},
  });
}();

/// All legal moves of a scene.
inline constexpr auto scene_transitions = [] {
  using enum SceneStatus;
  return std::to_array<Transition<SceneStatus>>({
      {planned, coded, "it has code"},
      {planned, rendered, "its code is kept elsewhere"},
      {planned, failed, "it cannot be coded"},
      {coded, rendered, "its video is stored"},
      {coded, planned, "it is planned again"},
      {coded, failed, "its code cannot be rendered"},
      {rendered, coded, "its code changes"},
      {rendered, planned, "it is planned again"},
      {failed, coded, "its code is fixed"},
      {failed, planned, "it is planned again"},
  });
}();

/// The table for a type of status.
template <class Status>
[[nodiscard]] constexpr const auto& transitions() {
  if constexpr (std::is_same_v<Status, VideoStatus>) {
    return video_transitions;
  } else {
    static_assert(std::is_same_v<Status, SceneStatus>, "reel: only VideoStatus and SceneStatus have transitions");
    return scene_transitions;
  }
}

/// Whether a video or scene in state `from` may move to `to`. False if they are equal: no state is entered twice.
template <class Status>
[[nodiscard]] constexpr bool can_move(Status from, Status to) {
  for (const Transition<Status>& transition : transitions<Status>()) {
    if (transition.from == from && transition.to == to) return true;
  }
  return false;
}

/// The error of an illegal move: `conflict`, and the message names both states and the states that can follow the
/// first. `from` is the stored name, which may be one that the enum lacks.
template <class Status>
[[nodiscard]] Error illegal_move(std::string_view from, Status now, Status to) {
  std::string reason = "cannot move from '" + std::string(from) + "' to '" + std::string(enum_name(to)) + "'; from '" +
                       std::string(from) + "' it can move to ";
  std::string_view separator;
  for (const Transition<Status>& transition : transitions<Status>()) {
    if (transition.from != now) continue;
    reason += separator;
    reason += enum_name(transition.to);
    separator = ", ";
  }
  return Error(Errc::conflict, std::move(reason));
}

/// The moves as a state diagram in the notation of Mermaid (https://mermaid.js.org/syntax/stateDiagram.html), one line
/// for each.
template <class Status>
[[nodiscard]] std::string state_diagram() {
  std::string diagram = "stateDiagram-v2\n";
  diagram += "  [*] --> " + std::string(enum_name(transitions<Status>().front().from)) + "\n";
  for (const Transition<Status>& transition : transitions<Status>()) {
    diagram += "  " + std::string(enum_name(transition.from)) + " --> " + std::string(enum_name(transition.to)) + ": ";
    diagram += transition.reason;
    diagram += '\n';
  }
  return diagram;
}

}  // namespace reel::video
