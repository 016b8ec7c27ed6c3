#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/timestamp.hpp>
#include <reel/video/event.hpp>

namespace reel::video {

/// An event of a history.
struct HistoryEntry {
  Event event{};  ///< the move
  /// Whether the event is missing in the store, because a program ended between a move and its event or because a
  /// program without Reel made the move. Its time is that of the next event, or of the record; its worker is unknown.
  bool is_inferred = false;

  /// Compares both members.
  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

/// A stay in a state.
struct Stay {
  std::string state{};               ///< its name
  Timestamp since{};                 ///< when it was entered
  std::optional<Timestamp> until{};  ///< when it was left; none: it is the present state

  /// The time spent in the state, up to `now` in the present one.
  [[nodiscard]] std::chrono::milliseconds duration(Timestamp now) const { return until.value_or(now) - since; }
  /// Compares all members.
  friend bool operator==(const Stay&, const Stay&) = default;
};

/// Orders events of a video and its scenes that are in the order in which they were recorded: those of the video, and
/// those of each scene, by their times, because a program may record its move after a later one. Times of different
/// records are not compared: that of a record with many changes runs ahead of the clock.
inline void order_by_record(std::vector<Event>& events) {
  std::map<std::optional<std::string>, std::vector<std::size_t>> positions;  // of the scene; none: of the video
  for (std::size_t i = 0; i < events.size(); ++i) positions[events[i].scene_id].push_back(i);
  for (const auto& [scene, own] : positions) {
    std::vector<Event> ordered;
    for (const std::size_t i : own) ordered.push_back(std::move(events[i]));
    std::ranges::stable_sort(ordered, {}, &Event::at);
    for (std::size_t i = 0; i < own.size(); ++i) events[own[i]] = std::move(ordered[i]);
  }
}

/// The events of a video and its scenes without gaps in those of the video: where one does not begin in the state in
/// which the one before ended, the missing move is inferred.
///
/// - `events`: in order; that of the creation, which has a time of the program, comes first in any position
/// - `state`, `since`: the present state of the video and the time of the last change of its record
[[nodiscard]] inline std::vector<HistoryEntry> without_gaps(std::vector<Event> events, std::string_view state,
                                                            Timestamp since) {
  std::stable_partition(events.begin(), events.end(),
                        [](const Event& event) { return !event.scene_id && !event.from; });
  std::vector<HistoryEntry> history;
  std::optional<std::string> present;
  const auto fill = [&](const std::string& video, const std::string& to, Timestamp at) {
    if (present == to) return;
    history.push_back({{.video_id = video, .from = present, .to = to, .at = at}, true});
  };
  for (Event& event : events) {
    if (!event.scene_id) {
      if (event.from) fill(event.video_id, *event.from, event.at);
      present = event.to;
    }
    history.push_back({std::move(event), false});
  }
  if (present) fill(history.back().event.video_id, std::string(state), since);
  return history;
}

/// The stays of the video, in order; moves of its scenes are ignored.
[[nodiscard]] inline std::vector<Stay> stays(const std::vector<HistoryEntry>& history) {
  std::vector<Stay> stays;
  for (const HistoryEntry& entry : history) {
    if (entry.event.scene_id) continue;
    if (!stays.empty()) stays.back().until = entry.event.at;
    stays.push_back({.state = entry.event.to, .since = entry.event.at});
  }
  return stays;
}

}  // namespace reel::video
