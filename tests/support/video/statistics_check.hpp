#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/agent_memory.hpp>
#include <reel/video/queue.hpp>
#include <reel/video/statistics.hpp>

/// A generated pipeline, and its statistics counted one record after the other.
namespace statistics_check {

using namespace reel::video;
using namespace std::chrono_literals;
using reel::Timestamp;
using Milliseconds = std::chrono::milliseconds;

/// The present time of the generated pipelines.
inline constexpr Timestamp present{Milliseconds{1'780'000'123'456}};

/// The records of a pipeline.
struct Pipeline {
  std::map<std::string, VideoRowOf<std::string>> videos{};
  std::map<std::string, Timestamp> video_times{};  ///< `Record::created_at`
  std::map<std::string, SceneRowOf<std::string>> scenes{};
  std::vector<Event> events{};  ///< in the order of insertion
  std::vector<Fix> fixes{};
  std::vector<QueueEntry> entries{};
  std::map<std::string, QueueControl> queues{};
};

/// Generates pipelines.
class Generator {
 public:
  /// `has_unknown`: whether some records have names of states that the enums lack, or none. `has_gaps`: whether some
  /// videos lack attributes that `Video` requires.
  Generator(std::uint64_t seed, bool has_unknown, bool has_gaps = true)
      : chance_(seed), has_unknown_(has_unknown), has_gaps_(has_gaps) {}

  Pipeline make(int videos) {
    for (int i = 0; i < videos; ++i) add_video("v" + std::to_string(i));
    for (const char* name : {"render", "plan"}) made_.queues[name] = {.is_paused = one_in(2)};
    for (int i = 0; i < 20; ++i)
      made_.fixes.push_back({.error_hash = "h",
                             .error_message = "e",
                             .original_code = "a",
                             .fixed_code = "b",
                             .fix_method = static_cast<FixMethod>(below(3)),
                             .success_count = below(9),
                             .failure_count = below(9)});
    return made_;
  }

 private:
  std::int64_t below(std::int64_t end) {
    return static_cast<std::int64_t>(chance_() % static_cast<std::uint64_t>(end));
  }
  bool one_in(int n) { return below(n) == 0; }

  void add_video(const std::string& id) {
    VideoRowOf<std::string> row;
    if (!one_in(20) || !has_gaps_) row.topic = "Topic " + std::to_string(below(15));
    if (one_in(3)) row.owner_id = "owner" + std::to_string(below(4));
    Timestamp at = present - Milliseconds{below(Milliseconds{60h}.count())};
    if (!one_in(10) || !has_gaps_) row.created_at = at + Milliseconds{below(2000) - 1000};  // the clock of a program
    made_.video_times[id] = at;
    std::string state = "queued";
    if (!one_in(8)) made_.events.push_back({.video_id = id, .to = state, .at = at + Milliseconds{below(3000) - 1500}});
    for (std::int64_t moves = below(12); moves > 0; --moves) at = move(id, state, at);
    if (has_unknown_ && one_in(9)) state = one_in(2) ? "processing" : one_in(2) ? "archived" : "";
    if (!state.empty()) row.status = state;
    made_.videos[id] = row;
    for (std::int64_t scenes = below(4), number = 1; number <= scenes; ++number) add_scene(id, number, at);
    if (one_in(2))
      made_.entries.push_back({.queue = one_in(3) ? "plan" : "render", .state = static_cast<EntryState>(below(6))});
  }

  /// Moves the video, mostly as the states allow, and records most moves.
  Timestamp move(const std::string& id, std::string& state, Timestamp at) {
    std::vector<std::string> next;
    for (const auto& [from, to, reason] : video_transitions)
      if (reel::enum_name(from) == state) next.emplace_back(reel::enum_name(to));
    const std::string to = next.at(static_cast<std::size_t>(below(std::ssize(next))));
    at += Milliseconds{below(Milliseconds{5h}.count())};
    if (one_in(15)) at -= 7h;  // another clock
    Event event{.video_id = id, .from = state, .to = to, .at = at};
    if (one_in(3)) event.attempt = 1 + below(4);
    if (one_in(2)) event.message = message();
    if (!one_in(10)) made_.events.push_back(event);
    state = to;
    return at;
  }
  std::string message() {
    const std::vector<std::string> all{"ValueError: no scale is set",
                                       "Traceback (most recent call last):\n  File \"a.py\", line 3, in construct\n    "
                                       "x.y()\nAttributeError: 'Circle' "
                                       "object has no attribute 'y'",
                                       "the lease of worker 'w' has ended", "queued again", ""};
    return all[static_cast<std::size_t>(below(std::ssize(all)))];
  }

  void add_scene(const std::string& video, std::int64_t number, Timestamp at) {
    const std::string id = video + "s" + std::to_string(number);
    SceneRowOf<std::string> row;
    row.video_id = reel::Id<Event>{video};
    row.scene_number = number;
    if (one_in(2)) made_.events.push_back({.video_id = video, .scene_id = id, .to = "planned", .at = at - 3h});
    const std::vector<std::string> states{"planned", "coded", "rendered", "failed"};
    row.status = states[static_cast<std::size_t>(below(4))];
    if (has_unknown_ && one_in(7)) row.status = "lost";
    made_.scenes[id] = row;
    if (!one_in(3))
      made_.events.push_back({.video_id = video,
                              .scene_id = id,
                              .from = "planned",
                              .to = "coded",
                              .at = at - Milliseconds{below(Milliseconds{4h}.count())}});
    if (one_in(4))
      made_.events.push_back({.video_id = video,
                              .scene_id = id,
                              .from = "coded",
                              .to = "failed",
                              .at = at,
                              .message = "SyntaxError: invalid syntax"});
  }

  std::mt19937_64 chance_;
  const bool has_unknown_;
  const bool has_gaps_;
  Pipeline made_{};
};

/// The statistics of a pipeline without buckets, by plain loops that share no code with the library's.
class Count {
 public:
  Count(const Pipeline& pipeline, const StatisticsOptions& options) : pipeline_(pipeline), options_(options) {
    found_.at = options.until.value_or(present);
    found_.since = options.since.value_or(found_.at - 24h);
    found_.owner_id = options.owner_id;
    found_.topic = options.topic;
    for (const Event& event : pipeline.events) {
      if (event.at < std::min(found_.since, found_.at - 24h)) continue;
      if (!options.until || event.at < *options.until)
        if (is_chosen(event.video_id)) events_.push_back(event);
    }
    std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
  }

  Statistics result() {
    count_records();
    count_moves();
    count_durations();
    count_groups();
    count_errors();
    summarize();
    return found_;
  }

 private:
  bool is_chosen(const std::string& video) const {
    const auto found = pipeline_.videos.find(video);
    if (options_.owner_id && (found == pipeline_.videos.end() || found->second.owner_id != options_.owner_id))
      return false;
    return !options_.topic || (found != pipeline_.videos.end() && found->second.topic == options_.topic);
  }
  bool is_in_range(const Event& event) const { return event.at >= found_.since; }
  static bool is_one_of(const std::string& state, std::set<std::string> states) { return states.contains(state); }
  static bool waits(const std::string& state) {
    return is_one_of(state, {"queued", "ready_for_render", "queued_for_render"});
  }
  static bool works(const std::string& state) { return is_one_of(state, {"planning", "rendering", "processing"}); }

  static StatusCounts ordered(const std::vector<std::string>& known, std::map<std::string, std::int64_t> counts) {
    StatusCounts result;
    for (const std::string& name : known) {
      result.by_status.push_back({name, counts[name]});
      result.total += counts[name];
      counts.erase(name);
    }
    for (const auto& [name, count] : counts) {
      result.by_status.push_back({name, count});
      result.total += count;
    }
    return result;
  }

  void count_records() {
    std::map<std::string, std::int64_t> videos, scenes;
    for (const auto& [id, row] : pipeline_.videos) {
      if (!is_chosen(id)) continue;
      const std::string state = row.status.value_or("");
      ++videos[state];
      if (works(state)) ++found_.summary.in_progress;
      if (!waits(state)) continue;
      ++found_.summary.waiting;
      const Timestamp since = row.created_at.value_or(pipeline_.video_times.at(id));
      if (!found_.summary.oldest_waiting || since < *found_.summary.oldest_waiting)
        found_.summary.oldest_waiting = since;
    }
    for (const auto& [id, row] : pipeline_.scenes)
      if (is_chosen(row.video_id->str())) ++scenes[row.status.value_or("")];
    found_.videos = ordered(
        {"queued", "planning", "ready_for_render", "queued_for_render", "rendering", "completed", "failed"}, videos);
    found_.scenes = ordered({"planned", "coded", "rendered", "failed"}, scenes);
    found_.fixes = {{.method = "auto"}, {.method = "llm"}, {.method = "manual"}};
    for (const Fix& fix : pipeline_.fixes) {
      FixCount& count = found_.fixes.at(static_cast<std::size_t>(fix.fix_method));
      ++count.fixes;
      count.successes += fix.success_count;
      count.failures += fix.failure_count;
    }
    for (const auto& [name, control] : pipeline_.queues) {
      QueueDepth& depth = found_.queues.emplace_back(QueueDepth{.queue = name, .is_paused = control.is_paused});
      for (const QueueEntry& entry : pipeline_.entries) {
        if (entry.queue != name) continue;
        if (entry.state == EntryState::announced) ++depth.announced;
        if (entry.state == EntryState::waiting) ++depth.waiting;
        if (entry.state == EntryState::claimed || entry.state == EntryState::settling) ++depth.claimed;
        if (entry.state == EntryState::dead) ++depth.dead;
      }
    }
  }

  /// The periods of a length that overlap the range, at most `most`.
  std::vector<PeriodCount> periods(Milliseconds length, std::size_t most) const {
    std::vector<PeriodCount> all;
    const auto full = [&](Timestamp time) { return time - time.time_since_epoch() % length; };
    for (Timestamp start = full(found_.since); start < found_.at || (!options_.until && start == found_.at);
         start += length)
      all.push_back({.start = start});
    if (all.size() > most) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(most));
    for (const Event& event : ended()) {
      if (!is_in_range(event)) continue;
      for (std::size_t i = 0; i < all.size(); ++i) {
        const bool is_last = i + 1 == all.size();
        if (event.at < all[i].start || (!is_last && event.at >= all[i].start + length)) continue;
        ++(event.to == "completed" ? all[i].completed : all[i].failed);
      }
    }
    return all;
  }
  /// The moves of videos to `completed` and `failed`.
  std::vector<Event> ended() const {
    std::vector<Event> ended;
    for (const Event& event : events_)
      if (!event.scene_id && (event.to == "completed" || event.to == "failed")) ended.push_back(event);
    return ended;
  }

  void count_moves() {
    PipelineSummary& summary = found_.summary;
    for (const Event& event : events_) {
      found_.events.read += is_in_range(event) ? 1 : 0;
      if (event.scene_id || !is_in_range(event) || !works(event.to)) continue;
      ++found_.events.attempts;
      found_.events.retries += event.attempt.value_or(1) > 1 ? 1 : 0;
    }
    for (const Event& event : ended()) {
      const bool good = event.to == "completed";
      if (event.at >= found_.at - 1h) ++(good ? summary.completed_last_hour : summary.failed_last_hour);
      if (event.at >= found_.at - 24h) ++(good ? summary.completed_last_day : summary.failed_last_day);
      if (is_in_range(event)) ++(good ? summary.completed : summary.failed);
    }
    found_.hours = periods(1h, 48);
    found_.days = periods(24h, 31);
  }

  void count_durations() {
    std::map<std::string, std::vector<std::int64_t>> times;
    std::map<std::string, std::int64_t> unknown;
    const auto add = [&](const std::string& stage, std::optional<Timestamp> since, Timestamp until) {
      if (since && *since <= until) {
        times[stage].push_back((until - *since).count());
      } else {
        ++unknown[stage];
      }
    };
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const Event& event = events_[i];
      if (!event.from || !is_in_range(event)) continue;
      if (event.scene_id) {
        if (event.from == "planned" && event.to == "coded") add("code", code_began(i), event.at);
        continue;
      }
      const std::string stage = waits(*event.from)         ? "wait"
                                : event.from == "planning" ? "plan"
                                : works(*event.from)       ? "render"
                                                           : "";
      if (!stage.empty()) add(stage, entered(i), event.at);
      if (event.to == "completed" && is_first_completion(i)) add("total", created(event.video_id), event.at);
    }
    for (const char* stage : {"wait", "plan", "code", "render", "total"}) {
      StageDurations& one = found_.durations.emplace_back(StageDurations{.stage = stage, .unknown = unknown[stage]});
      std::vector<std::int64_t>& all = times[stage];
      one.count = std::ssize(all);
      if (all.empty()) continue;
      std::sort(all.begin(), all.end());
      // The smallest time that at least this share of all times does not exceed.
      const auto quantile = [&](std::size_t percent) {
        for (std::size_t i = 0; i < all.size(); ++i)
          if ((i + 1) * 100 >= percent * all.size()) return Milliseconds{all[i]};
        return Milliseconds{};
      };
      one.minimum = Milliseconds{all.front()};
      one.median = quantile(50);
      one.p90 = quantile(90);
      one.p99 = quantile(99);
      one.maximum = Milliseconds{all.back()};
    }
  }
  std::optional<Timestamp> created(const std::string& video) const {
    for (const Event& event : events_)
      if (event.video_id == video && !event.scene_id && !event.from) return event.at;
    return std::nullopt;
  }
  /// When the video entered the state that event `i` leaves.
  std::optional<Timestamp> entered(std::size_t i) const {
    const Event& event = events_[i];
    for (std::size_t k = i; k-- > 0;) {
      const Event& before = events_[k];
      if (before.video_id != event.video_id || before.scene_id || !before.from) continue;
      return before.to == *event.from ? std::optional(before.at) : std::nullopt;
    }
    for (const Event& before : events_)
      if (before.video_id == event.video_id && !before.scene_id && !before.from && before.to == *event.from)
        return before.at;
    return std::nullopt;
  }
  bool is_first_completion(std::size_t i) const {
    for (std::size_t k = 0; k < i; ++k)
      if (events_[k].video_id == events_[i].video_id && !events_[k].scene_id && events_[k].from &&
          events_[k].to == "completed")
        return false;
    return true;
  }
  std::optional<Timestamp> code_began(std::size_t i) const {
    std::optional<Timestamp> scene, planning;
    for (const Event& event : events_)
      if (event.scene_id == events_[i].scene_id && !event.from) scene = event.at;
    for (std::size_t k = 0; k < i; ++k) {
      const Event& event = events_[k];
      if (event.video_id == events_[i].video_id && !event.scene_id && event.from && event.to == "planning")
        planning = event.at;
    }
    if (scene && planning) return std::max(*scene, *planning);
    return scene ? scene : planning;
  }

  void count_groups() {
    using Groups = std::map<std::optional<std::string>, GroupCount>;
    Groups topics, owners;
    for (const Event& event : ended()) {
      if (!is_in_range(event)) continue;
      const VideoRowOf<std::string>& row = pipeline_.videos.at(event.video_id);
      for (GroupCount* group : {&topics[row.topic], &owners[row.owner_id]})
        ++(event.to == "completed" ? group->completed : group->failed);
    }
    const auto top = [&](const Groups& groups) {
      std::vector<std::tuple<std::int64_t, std::optional<std::string>, GroupCount>> sorted;
      for (auto [name, group] : groups) {
        group.name = name;
        sorted.emplace_back(-(group.completed + group.failed), name, group);
      }
      std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
      });
      GroupCounts counts;
      for (const auto& [order, name, group] : sorted) {
        if (std::ssize(counts.top) < options_.top) {
          counts.top.push_back(group);
        } else {
          ++counts.others;
          counts.others_completed += group.completed;
          counts.others_failed += group.failed;
        }
      }
      return counts;
    };
    found_.topics = top(topics);
    found_.owners = top(owners);
  }

  /// Groups the messages of the generator, which are different errors.
  void count_errors() {
    std::map<std::string, ErrorCount> errors;
    for (const Event& event : events_) {
      if (!is_in_range(event) || event.message.value_or("").empty()) continue;
      const bool is_back = !event.scene_id && works(event.from.value_or("")) &&
                           (event.to == "queued" || event.to == "queued_for_render");
      if (event.to != "failed" && !is_back) continue;
      ErrorCount& error = errors[*event.message];
      error = {.count = error.count + 1, .example = *event.message, .video_id = event.video_id, .latest = event.at};
    }
    std::vector<ErrorCount> sorted;
    for (const auto& [message, error] : errors) sorted.push_back(error);
    std::sort(sorted.begin(), sorted.end(), [](const ErrorCount& a, const ErrorCount& b) {
      return std::tie(b.count, b.latest) < std::tie(a.count, a.latest);
    });
    for (const ErrorCount& error : sorted) {
      found_.errors.total += error.count;
      if (std::ssize(found_.errors.top) < options_.top) {
        found_.errors.top.push_back(error);
      } else {
        ++found_.errors.others;
        found_.errors.others_total += error.count;
      }
    }
  }

  void summarize() {
    PipelineSummary& summary = found_.summary;
    if (summary.oldest_waiting) summary.longest_wait = std::max(Milliseconds{}, found_.at - *summary.oldest_waiting);
    const double hours = static_cast<double>((found_.at - found_.since).count()) / 3'600'000;
    summary.completed_per_hour = static_cast<double>(summary.completed) / hours;
    summary.failed_per_hour = static_cast<double>(summary.failed) / hours;
    const std::int64_t ended = summary.completed + summary.failed;
    if (ended > 0) summary.success_share = static_cast<double>(summary.completed) / static_cast<double>(ended);
    const std::int64_t last_hour = summary.completed_last_hour + summary.failed_last_hour;
    const std::int64_t last_day = summary.completed_last_day + summary.failed_last_day;
    if (last_hour > 0) {
      summary.time_to_empty = Milliseconds{
          static_cast<std::int64_t>(static_cast<double>(summary.waiting) / static_cast<double>(last_hour) * 3'600'000)};
    } else if (last_day > 0) {
      summary.time_to_empty = Milliseconds{static_cast<std::int64_t>(static_cast<double>(summary.waiting) /
                                                                     (static_cast<double>(last_day) / 24) * 3'600'000)};
    }
  }

  const Pipeline& pipeline_;
  const StatisticsOptions options_;
  std::vector<Event> events_{};
  Statistics found_{};
};

/// Stores a pipeline. `VideoType` and `SceneType`: the views through which records are written.
template <class Status, class SceneState, class Backend>
void store(const Pipeline& pipeline, Backend& backend) {
  using VideoType = VideoRowOf<Status>;
  using SceneType = SceneRowOf<SceneState>;
  if constexpr (std::is_same_v<Status, std::string>) {  // as an older program
    reel::records<Event>(backend).setup();
    reel::records<VideoType>(backend).setup();
    reel::records<SceneType>(backend).setup();
    reel::records<QueueEntry>(backend).setup();
    reel::records<QueueControl>(backend).setup();
  } else {
    Queue<Backend>(backend).setup();
  }
  reel::records<Fix>(backend).setup();
  const auto state_of = []<class State>(const std::optional<std::string>& name, std::optional<State>& state) {
    if constexpr (std::is_same_v<State, std::string>) {
      state = name;
    } else if (name) {
      state = reel::enum_value<State>(*name).value();
    }
  };
  std::vector<reel::Draft<VideoType>> videos;
  for (const auto& [id, row] : pipeline.videos) {
    const Timestamp at = pipeline.video_times.at(id);
    VideoType value{
        .topic = row.topic, .owner_id = row.owner_id, .scene_count = 0, .created_at = row.created_at, .updated_at = at};
    state_of(row.status, value.status);
    // A copy, because several have one topic and so one folder in a legacy tree.
    videos.push_back(
        {std::move(value), {.id = reel::Id<VideoType>{id}, .created_at = at, .updated_at = at, .is_copy = true}});
  }
  reel::records<Event>(backend).create_many(pipeline.events);
  std::set<std::string> announced;  // the reference of a scene
  for (const auto& [id, scene] : pipeline.scenes) announced.insert(scene.video_id->str());
  for (const std::string& id : announced)
    reel::records<Event>(backend).create({.video_id = id, .to = "queued", .at = present - 24h * 3650},
                                         {.id = reel::Id<Event>{id}});
  reel::records<VideoType>(backend).create_many(std::move(videos));
  std::vector<reel::Draft<SceneType>> scenes;
  for (const auto& [id, row] : pipeline.scenes) {
    SceneType value{
        .video_id = row.video_id, .scene_number = row.scene_number, .created_at = present, .updated_at = present};
    state_of(row.status, value.status);
    scenes.push_back({std::move(value), {.id = reel::Id<SceneType>{id}}});
  }
  reel::records<SceneType>(backend).create_many(std::move(scenes));
  reel::records<Fix>(backend).create_many(pipeline.fixes);
  reel::records<QueueEntry>(backend).create_many(pipeline.entries);
  for (const auto& [name, control] : pipeline.queues)
    reel::records<QueueControl>(backend).upsert(reel::Id<QueueControl>{name}, control);
}

/// The statistics without what differs in a comparison: fingerprints, whose groups are compared, and buckets.
inline Statistics comparable(Statistics statistics) {
  for (ErrorCount& error : statistics.errors.top) error.fingerprint.clear();
  statistics.buckets.clear();
  return statistics;
}

}  // namespace statistics_check
