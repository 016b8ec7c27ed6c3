#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/record.hpp>
#include <reel/video/event.hpp>
#include <reel/video/memory_entry.hpp>
#include <reel/video/rows.hpp>
#include <reel/video/statistics_types.hpp>

/// The part of `statistics` that is computed from events in memory.
namespace reel::video::detail {

/// The range of a `Statistics`, resolved.
struct StatisticsRange {
  Timestamp since{};                 ///< its beginning
  Timestamp at{};                    ///< its end, or the present time
  std::optional<Timestamp> until{};  ///< its end; none: open

  /// The beginning of the events to read: the range, and the day before its end.
  [[nodiscard]] Timestamp read_since() const { return std::min(since, at - std::chrono::hours{24}); }
  /// Whether the range contains the time.
  [[nodiscard]] bool contains(Timestamp time) const { return time >= since && (!until || time < *until); }
  /// The hours of the range.
  [[nodiscard]] double hours() const { return std::chrono::duration<double, std::ratio<3600>>(at - since).count(); }
};

/// Whether a video in this state waits for a worker.
[[nodiscard]] constexpr bool is_waiting(VideoStatus status) {
  return status == VideoStatus::queued || status == VideoStatus::ready_for_render ||
         status == VideoStatus::queued_for_render;
}
/// Whether a worker has a video in this state.
[[nodiscard]] constexpr bool is_in_progress(VideoStatus status) {
  return status == VideoStatus::planning || status == VideoStatus::rendering;
}

/// The stages of `StageDurations`, in its order.
enum class StageOf { wait, plan, code, render, total };
/// Their names.
inline constexpr std::array<std::string_view, 5> stage_names = {"wait", "plan", "code", "render", "total"};

/// The stage of a video in this state; none: it is at its end.
[[nodiscard]] constexpr std::optional<StageOf> stage_of(VideoStatus status) {
  if (is_waiting(status)) return StageOf::wait;
  if (status == VideoStatus::planning) return StageOf::plan;
  if (status == VideoStatus::rendering) return StageOf::render;
  return std::nullopt;
}

/// The distribution of times. O(n log n).
[[nodiscard]] inline StageDurations durations_of(std::string_view stage, std::vector<std::chrono::milliseconds> times,
                                                 std::int64_t unknown) {
  StageDurations durations{.stage = std::string(stage), .count = std::ssize(times), .unknown = unknown};
  if (times.empty()) return durations;
  std::sort(times.begin(), times.end());
  const auto rank = [&](std::size_t percent) { return times[(times.size() * percent + 99) / 100 - 1]; };
  durations.minimum = times.front();
  durations.median = rank(50);
  durations.p90 = rank(90);
  durations.p99 = rank(99);
  durations.maximum = times.back();
  return durations;
}

/// Completed and failed videos.
struct Finished {
  std::int64_t completed = 0;  ///< moves to `completed`
  std::int64_t failed = 0;     ///< moves to `failed`

  /// Adds one of both.
  void add(bool is_completed) { ++(is_completed ? completed : failed); }
};

/// Full hours or days of UTC that cover the end of a range, at most `most` of them.
template <class Period>
[[nodiscard]] std::vector<PeriodCount> periods_of(const StatisticsRange& range, std::int64_t most) {
  const auto end = range.until ? *range.until - std::chrono::milliseconds{1} : range.at;
  const auto last = std::chrono::floor<Period>(end);
  const auto first = std::max(std::chrono::floor<Period>(range.since), last - Period{most - 1});
  std::vector<PeriodCount> periods;
  for (auto start = first; start <= last; start += Period{1}) periods.push_back({.start = start});
  return periods;
}

/// Adds a move at `time` to its period. Later times are in the last one: another clock is ahead.
inline void add_to(std::vector<PeriodCount>& periods, Timestamp time, bool is_completed) {
  const auto after = std::upper_bound(periods.begin(), periods.end(), time,
                                      [](Timestamp one, const PeriodCount& period) { return one < period.start; });
  if (after == periods.begin()) return;
  ++(is_completed ? std::prev(after)->completed : std::prev(after)->failed);
}

/// The errors of events, grouped by fingerprint.
class ErrorTally {
 public:
  /// Counts the message of an event. Events come in the order of their times.
  void add(const Event& event) {
    const auto [known, is_new] = fingerprints_.try_emplace(*event.message);
    if (is_new) known->second = fingerprints_of(parse_error(*event.message)).exact;
    ErrorCount& error = errors_[known->second];
    error.fingerprint = known->second;
    ++error.count;
    error.example = *event.message;
    error.video_id = event.video_id;
    error.latest = event.at;
  }

  /// The result with at most `top` errors.
  [[nodiscard]] ErrorCounts counts(std::size_t top) const {
    ErrorCounts counts;
    for (const auto& [fingerprint, error] : errors_) {
      counts.total += error.count;
      counts.top.push_back(error);
    }
    std::stable_sort(counts.top.begin(), counts.top.end(), [](const ErrorCount& a, const ErrorCount& b) {
      return a.count != b.count ? a.count > b.count : a.latest > b.latest;
    });
    for (std::size_t i = top; i < counts.top.size(); ++i) {
      ++counts.others;
      counts.others_total += counts.top[i].count;
    }
    counts.top.resize(std::min(top, counts.top.size()));
    return counts;
  }

 private:
  std::unordered_map<std::string, std::string> fingerprints_;  ///< of a message
  std::map<std::string, ErrorCount> errors_;                   ///< by fingerprint
};

/// Adds up events. All of a store from `StatisticsRange::read_since` on, or the newest of them, are added in the order
/// of their times.
class EventTally {
 public:
  explicit EventTally(const StatisticsRange& of)
      : hours(periods_of<std::chrono::hours>(of, 48)), days(periods_of<std::chrono::days>(of, 31)), range_(of) {}

  /// Adds the creations, whose times are those of programs: whatever their position, they come first.
  void add_creations(const std::vector<Event>& events) {
    for (const Event& event : events) {
      if (event.from) continue;
      if (event.scene_id) {
        planned_[*event.scene_id] = event.at;
      } else {
        videos_[event.video_id] = {.state = event.to, .since = event.at, .created = event.at};
      }
    }
  }
  /// Adds an event.
  void add(const Event& event) {
    const bool is_in_range = range_.contains(event.at);
    if (is_in_range) ++read;
    if (is_in_range && is_error(event)) errors.add(event);
    if (event.scene_id) {
      add_scene(event, is_in_range);
      return;
    }
    count_move(event, is_in_range);
    if (event.from) time_move(event, is_in_range);
  }

  /// The times of all stages.
  [[nodiscard]] std::vector<StageDurations> durations() const {
    std::vector<StageDurations> durations;
    for (std::size_t i = 0; i < stage_names.size(); ++i)
      durations.push_back(durations_of(stage_names[i], stages_[i].times, stages_[i].unknown));
    return durations;
  }

  std::int64_t read = 0;                       ///< events of the range
  std::int64_t attempts = 0;                   ///< see `EventCounts`
  std::int64_t retries = 0;                    ///< see `EventCounts`
  Finished range{};                            ///< in the range
  Finished last_hour{};                        ///< in the last hour
  Finished last_day{};                         ///< in the last 24 hours
  std::vector<PeriodCount> hours;              ///< of the range
  std::vector<PeriodCount> days;               ///< of the range
  std::map<std::string, Finished> finished{};  ///< in the range, by video
  ErrorTally errors{};                         ///< in the range

 private:
  /// A video after the events that were added.
  struct Seen {
    std::string state{};                  ///< after the latest event
    Timestamp since{};                    ///< the time of that event
    std::optional<Timestamp> created{};   ///< when it was created
    std::optional<Timestamp> planning{};  ///< when its latest planning began
    bool was_completed = false;           ///< whether it was completed before
  };
  struct Times {
    std::vector<std::chrono::milliseconds> times{};
    std::int64_t unknown = 0;
  };

  /// Whether the message of the event is an error.
  [[nodiscard]] static bool is_error(const Event& event) {
    if (!event.message || event.message->empty()) return false;
    if (event.to == enum_name(VideoStatus::failed)) return true;
    return !event.scene_id && is_in_progress(video_status(event.from.value_or(""))) &&
           is_waiting(video_status(event.to)) && event.to != enum_name(VideoStatus::ready_for_render);
  }

  void count_move(const Event& event, bool is_in_range) {
    const VideoStatus to = video_status(event.to);
    if (is_in_range && is_in_progress(to)) {
      ++attempts;
      if (event.attempt.value_or(1) > 1) ++retries;
    }
    const bool is_completed = event.to == enum_name(VideoStatus::completed);
    if (!is_completed && event.to != enum_name(VideoStatus::failed)) return;
    if (range_.until && event.at >= *range_.until) return;
    if (event.at >= range_.at - std::chrono::hours{1}) last_hour.add(is_completed);
    if (event.at >= range_.at - std::chrono::hours{24}) last_day.add(is_completed);
    if (!is_in_range) return;
    range.add(is_completed);
    add_to(hours, event.at, is_completed);
    add_to(days, event.at, is_completed);
    finished[event.video_id].add(is_completed);
  }

  void add_time(StageOf stage, std::optional<Timestamp> since, Timestamp until) {
    Times& times = stages_[static_cast<std::size_t>(stage)];
    if (since && *since <= until) {
      times.times.push_back(until - *since);
    } else {
      ++times.unknown;
    }
  }

  void time_move(const Event& event, bool is_in_range) {
    Seen& seen = videos_[event.video_id];
    const bool is_completed = event.to == enum_name(VideoStatus::completed);
    if (is_in_range) {
      if (const auto stage = stage_of(video_status(*event.from)))
        add_time(*stage, seen.state == *event.from ? std::optional(seen.since) : std::nullopt, event.at);
      if (is_completed && !seen.was_completed) add_time(StageOf::total, seen.created, event.at);
    }
    seen.state = event.to;
    seen.since = event.at;
    if (video_status(event.to) == VideoStatus::planning) seen.planning = event.at;
    seen.was_completed = seen.was_completed || is_completed;
  }

  void add_scene(const Event& event, bool is_in_range) {
    const std::string_view planned = enum_name(SceneStatus::planned);
    if (event.from && event.to == planned) planned_[*event.scene_id] = event.at;
    if (!is_in_range || event.from != planned || event.to != enum_name(SceneStatus::coded)) return;
    std::optional<Timestamp> since;
    if (const auto scene = planned_.find(*event.scene_id); scene != planned_.end()) since = scene->second;
    if (const auto video = videos_.find(event.video_id); video != videos_.end() && video->second.planning)
      since = std::max(since.value_or(*video->second.planning), *video->second.planning);
    add_time(StageOf::code, since, event.at);
  }

  const StatisticsRange range_;
  std::unordered_map<std::string, Seen> videos_;
  std::unordered_map<std::string, Timestamp> planned_;  ///< by scene: when it was planned
  std::array<Times, stage_names.size()> stages_{};
};

/// The name of a topic or owner and the counts of its videos, with at most `top` groups.
[[nodiscard]] inline GroupCounts groups_of(const std::map<std::optional<std::string>, Finished>& groups,
                                           std::size_t top) {
  GroupCounts counts;
  for (const auto& [name, finished] : groups)
    counts.top.push_back({.name = name, .completed = finished.completed, .failed = finished.failed});
  std::stable_sort(counts.top.begin(), counts.top.end(), [](const GroupCount& a, const GroupCount& b) {
    return a.completed + a.failed > b.completed + b.failed;
  });
  for (std::size_t i = top; i < counts.top.size(); ++i) {
    ++counts.others;
    counts.others_completed += counts.top[i].completed;
    counts.others_failed += counts.top[i].failed;
  }
  counts.top.resize(std::min(top, counts.top.size()));
  return counts;
}

}  // namespace reel::video::detail
