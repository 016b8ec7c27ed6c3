#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/repository.hpp>
#include <reel/video/rows.hpp>
#include <reel/video/statistics_source.hpp>
#include <reel/video/statistics_statuses.hpp>
#include <reel/video/statistics_tally.hpp>

namespace reel::video::detail {

/// The topic and the owner of a video.
struct VideoOrigin {
  std::optional<std::string> topic{};  ///< none if it is empty too
  std::optional<std::string> owner{};  ///< likewise
};

/// The part of videos that `statistics` reads.
struct ReadVideos {
  StatusNumbers statuses{};                                ///< of all, or of the chosen videos
  std::optional<Timestamp> oldest_waiting{};               ///< when the oldest one that waits was created
  std::unordered_map<std::string, VideoOrigin> origins{};  ///< of the wanted videos
  std::optional<std::vector<std::string>> chosen{};        ///< the ids, if an owner or topic was chosen

  /// Adds a video in this state.
  void add(const std::string& status, Timestamp created_at) {
    ++statuses.counts[status];
    if (is_waiting(video_status(status))) wait_since(created_at);
  }
  /// Adds the time of a video that waits.
  void wait_since(Timestamp created_at) { oldest_waiting = std::min(oldest_waiting.value_or(created_at), created_at); }
};

/// Reads the part of `statistics` that is about videos, scenes and their moves.
template <class Backend>
class PipelineReader {
 public:
  explicit PipelineReader(const StatisticsSource<Backend>& source) : source_(source) {}

  /// Sets the members about videos, scenes and moves.
  void read(Statistics& found) const {
    found.events = {};
    found.summary = {};
    found.at = source_.range().at;
    found.since = source_.range().since;
    found.owner_id = source_.options().owner_id;
    found.topic = source_.options().topic;
    std::vector<Event> events = source_.unless_missing([&] { return read_events(found.events); });
    const ReadVideos videos = read_videos(finished_in(events));
    found.videos = status_counts<VideoStatus>(videos.statuses);
    found.scenes = status_counts<SceneStatus>(read_scenes(videos));
    if (videos.chosen) keep(events, *videos.chosen);
    EventTally tally(source_.range());
    tally.add_creations(events);
    for (const Event& event : events) tally.add(event);
    found.events.counts_are_partial = found.events.is_partial && (!source_.has_indexes() || videos.chosen);
    if (found.events.is_partial && !found.events.counts_are_partial) count_moves(tally);
    add_moves(found, tally, videos);
    summarize(found, tally, videos);
  }

 private:
  /// The events by their times, the newest `most_read`.
  [[nodiscard]] std::vector<Event> read_events(EventCounts& counts) const {
    auto query = Query<Event>{}
                     .where(field<&Event::at> >= source_.range().read_since())
                     .template order_by<&Event::at>(descending)
                     .template reading<&Event::video_id, &Event::scene_id, &Event::from, &Event::to, &Event::attempt,
                                       &Event::at, &Event::message>();
    if (source_.range().until) query = query.where(field<&Event::at> < *source_.range().until);
    std::vector<std::pair<std::int64_t, Event>> read;
    counts.is_partial =
        source_.take_first(records<Event>(source_.backend()), query, source_.most_read(),
                           [&](const Record<Event>& event) { read.emplace_back(event.sequence, event.value); });
    if (counts.is_partial) counts.read_since = read.back().second.at;
    std::sort(read.begin(), read.end(), [](const auto& a, const auto& b) {
      return a.second.at != b.second.at ? a.second.at < b.second.at : a.first < b.first;
    });
    std::vector<Event> events;
    events.reserve(read.size());
    for (auto& [sequence, event] : read) events.push_back(std::move(event));
    return events;
  }

  /// The videos that were completed or failed in the range.
  [[nodiscard]] std::unordered_set<std::string> finished_in(const std::vector<Event>& events) const {
    std::unordered_set<std::string> ids;
    for (const Event& event : events) {
      const bool is_end = event.to == enum_name(VideoStatus::completed) || event.to == enum_name(VideoStatus::failed);
      if (is_end && !event.scene_id && source_.range().contains(event.at)) ids.insert(event.video_id);
    }
    return ids;
  }

  /// Removes the events of other videos.
  static void keep(std::vector<Event>& events, const std::vector<std::string>& chosen) {
    const std::unordered_set<std::string> ids(chosen.begin(), chosen.end());
    std::erase_if(events, [&](const Event& event) { return !ids.contains(event.video_id); });
  }

  [[nodiscard]] ReadVideos read_videos(const std::unordered_set<std::string>& wanted) const {
    if (source_.is_chosen() || (!source_.has_indexes() && source_.options().is_complete))
      return source_.with_videos([&](const auto& rows) { return walk_videos(rows, wanted); });
    if (!source_.has_indexes())
      return source_.with_videos([&](const auto& rows) { return walk_newest_videos(rows, wanted); });
    ReadVideos videos;
    videos.statuses = counts_of<Video, &Video::status>();
    const Repository<VideoRow, Backend> rows(source_.backend());
    for (const auto& [status, name] : EnumNames<VideoStatus>::names) {
      if (is_waiting(status) && videos.statuses.counts[std::string(name)] > 0) find_oldest(rows, status, videos);
    }
    const std::vector<std::string> ids(wanted.begin(), wanted.end());
    source_.template for_each_batch<VideoRow>(ids, [&](const std::vector<Id<VideoRow>>& some) {
      const auto query = Query<VideoRow>{}
                             .where(reel::id<VideoRow>.one_of(some))
                             .limit(std::ssize(some))
                             .template reading<&VideoRow::topic, &VideoRow::owner_id>();
      for (const Record<VideoRow>& row : rows.list(query).records) add_origin(videos, row);
    });
    return videos;
  }

  /// Reads the videos that were changed last. If there are more, also those that are not completed, in the order of
  /// their status that begins with those in progress and those that wait.
  template <class Row>
  [[nodiscard]] ReadVideos walk_newest_videos(const Repository<Row, Backend>& rows,
                                              const std::unordered_set<std::string>& wanted) const {
    const auto query = Query<Row>{}.template reading<&Row::topic, &Row::owner_id, &Row::status, &Row::created_at>();
    const auto take_into = [&](ReadVideos& videos) {
      return [&](const Record<Row>& row) {
        videos.add(name_in(row.value.status), row.value.created_at.value_or(row.created_at));
        if (wanted.contains(row.id.str())) add_origin(videos, row);
      };
    };
    ReadVideos newest;
    if (!source_.take_first(rows, query.order_by(updated_at<Row>, descending), source_.most_read(), take_into(newest)))
      return newest;
    const std::string completed(enum_name(VideoStatus::completed));
    std::string last = completed;  // all others are before it
    ReadVideos open;
    const bool is_cut =
        source_.take_first(rows, query.where(is_not_completed<Row>()).template order_by<&Row::status>(descending),
                           source_.most_read(), [&, take = take_into(open)](const Record<Row>& row) {
                             take(row);
                             last = name_in(row.value.status);
                           });
    if (!is_cut) last = completed;
    open.statuses.is_partial = true;
    open.statuses.exact = names_before<VideoStatus>(last, true, open.statuses.counts);
    add_newest(open, newest);
    return open;
  }
  template <class Row>
  [[nodiscard]] static auto is_not_completed() {
    if constexpr (std::is_same_v<decltype(Row::status), std::optional<VideoStatus>>) {
      return field<&Row::status> != VideoStatus::completed;
    } else {
      return field<&Row::status> != enum_name(VideoStatus::completed);
    }
  }
  /// Adds what only `newest` knows.
  static void add_newest(ReadVideos& open, const ReadVideos& newest) {
    for (const auto& [name, count] : newest.statuses.counts) {
      if (open.statuses.exact.contains(name)) continue;
      std::int64_t& known = open.statuses.counts[name];
      known = std::max(known, count);
    }
    open.origins.insert(newest.origins.begin(), newest.origins.end());
    if (newest.oldest_waiting) open.wait_since(*newest.oldest_waiting);
  }

  /// Reads all videos, or all chosen ones. Throws `not_found` if a choice selects none.
  template <class Row>
  [[nodiscard]] ReadVideos walk_videos(const Repository<Row, Backend>& rows,
                                       const std::unordered_set<std::string>& wanted) const {
    auto query = Query<Row>{}.template reading<&Row::topic, &Row::owner_id, &Row::status, &Row::created_at>();
    if (source_.options().owner_id) query = query.where(field<&Row::owner_id> == *source_.options().owner_id);
    if (source_.options().topic) query = query.where(field<&Row::topic> == *source_.options().topic);
    ReadVideos videos;
    if (source_.is_chosen()) videos.chosen.emplace();
    for (const Record<Row>& row : rows.all(query.limit(source_.page))) {
      videos.add(name_in(row.value.status), row.value.created_at.value_or(row.created_at));
      if (videos.chosen) videos.chosen->push_back(row.id.str());
      if (wanted.contains(row.id.str())) add_origin(videos, row);
    }
    if (videos.chosen && videos.chosen->empty()) throw no_video_chosen();
    return videos;
  }
  [[nodiscard]] Error no_video_chosen() const {
    std::string reason = "no video has";
    if (source_.options().owner_id) reason += " the owner '" + *source_.options().owner_id + "'";
    if (source_.options().owner_id && source_.options().topic) reason += " and";
    if (source_.options().topic) reason += " the topic '" + *source_.options().topic + "'";
    return Error(Errc::not_found, std::move(reason), {.operation = "statistics", .collection = "videos"});
  }

  template <class Row>
  static void add_origin(ReadVideos& videos, const Record<Row>& row) {
    const auto unless_empty = [](const std::optional<std::string>& text) {
      return text && !text->empty() ? text : std::nullopt;
    };
    videos.origins[row.id.str()] = {unless_empty(row.value.topic), unless_empty(row.value.owner_id)};
  }

  /// The records by status, by counts. A store with indexes has no other names than those of the enum.
  template <class T, auto Member>
  [[nodiscard]] StatusNumbers counts_of() const {
    const Repository<T, Backend> all(source_.backend());
    std::map<std::string, std::int64_t> counts;
    for (const auto& [status, name] : EnumNames<std::remove_cvref_t<decltype(T{}.*Member)>>::names)
      counts[std::string(name)] = all.count(Query<T>{}.where(field<Member> == status));
    counts[""] = all.count(Query<T>{}.where(field<Member>.is_null()));
    return {.counts = std::move(counts)};
  }

  /// Finds the oldest video with a status. A video without a time has that of its record.
  void find_oldest(const Repository<VideoRow, Backend>& rows, VideoStatus status, ReadVideos& videos) const {
    const auto of_status =
        Query<VideoRow>{}.where(field<&VideoRow::status> == status).template reading<&VideoRow::created_at>();
    const auto oldest = rows.first(
        of_status.where(field<&VideoRow::created_at>.is_not_null()).template order_by<&VideoRow::created_at>());
    if (oldest) videos.wait_since(*oldest->value.created_at);
    for (const Record<VideoRow>& row :
         rows.all(of_status.where(field<&VideoRow::created_at>.is_null()).limit(source_.page)))
      videos.wait_since(row.created_at);
  }

  [[nodiscard]] StatusNumbers read_scenes(const ReadVideos& videos) const {
    if (source_.has_indexes() && !videos.chosen) return counts_of<Scene, &Scene::status>();
    return source_.with_scenes([&]<class Row>(const Repository<Row, Backend>& rows) {
      const auto query = Query<Row>{}.template reading<&Row::status>();
      if (!videos.chosen) return walk_scenes(rows, query);
      StatusNumbers scenes;
      source_.template for_each_batch<Event>(*videos.chosen, [&](const std::vector<Id<Event>>& ids) {
        for (const Record<Row>& row : rows.all(query.where(field<&Row::video_id>.one_of(ids)).limit(source_.page)))
          ++scenes.counts[name_in(row.value.status)];
      });
      return scenes;
    });
  }
  /// Reads all scenes, or `most_read` of them in the order of their status, which ends with `rendered`.
  template <class Row>
  [[nodiscard]] StatusNumbers walk_scenes(const Repository<Row, Backend>& rows, Query<Row> query) const {
    if (!source_.options().is_complete) query = query.template order_by<&Row::status>();
    StatusNumbers scenes;
    std::string last;
    scenes.is_partial = source_.take_first(rows, query, source_.most_read(), [&](const Record<Row>& row) {
      last = name_in(row.value.status);
      ++scenes.counts[last];
    });
    if (scenes.is_partial) scenes.exact = names_before<SceneStatus>(last, false, scenes.counts);
    return scenes;
  }

  /// Replaces the numbers of moves of events that were not all read.
  void count_moves(EventTally& tally) const {
    const auto hour = std::chrono::hours{1};
    tally.range = count_finished(source_.range().since, source_.range().until);
    tally.last_hour = count_finished(source_.range().at - hour, source_.range().until);
    tally.last_day = count_finished(source_.range().at - 24 * hour, source_.range().until);
    count_periods(tally.hours);
    count_periods(tally.days);
  }
  void count_periods(std::vector<PeriodCount>& periods) const {
    for (std::size_t i = 0; i < periods.size(); ++i) {
      const std::optional<Timestamp> end =
          i + 1 < periods.size() ? std::optional(periods[i + 1].start) : source_.range().until;
      const Finished finished = count_finished(std::max(periods[i].start, source_.range().since), end);
      periods[i].completed = finished.completed;
      periods[i].failed = finished.failed;
    }
  }
  [[nodiscard]] Finished count_finished(Timestamp since, std::optional<Timestamp> until) const {
    const auto count = [&](VideoStatus to) {
      auto query = Query<Event>{}.where(field<&Event::scene_id>.is_null() && field<&Event::to> == enum_name(to) &&
                                        field<&Event::at> >= since);
      if (until) query = query.where(field<&Event::at> < *until);
      return records<Event>(source_.backend()).count(query);
    };
    return {.completed = count(VideoStatus::completed), .failed = count(VideoStatus::failed)};
  }

  void add_moves(Statistics& found, const EventTally& tally, const ReadVideos& videos) const {
    found.events.read = tally.read;
    found.events.attempts = tally.attempts;
    found.events.retries = tally.retries;
    found.durations = tally.durations();
    found.hours = tally.hours;
    found.days = tally.days;
    const auto top = static_cast<std::size_t>(source_.options().top);
    found.errors = tally.errors.counts(top);
    std::map<std::optional<std::string>, Finished> topics, owners;
    bool is_partial = found.events.is_partial;
    for (const auto& [id, finished] : tally.finished) {
      const auto known = videos.origins.find(id);
      is_partial = is_partial || (known == videos.origins.end() && videos.statuses.is_partial);
      const VideoOrigin origin = known == videos.origins.end() ? VideoOrigin{} : known->second;
      for (Finished* group : {&topics[origin.topic], &owners[origin.owner]}) {
        group->completed += finished.completed;
        group->failed += finished.failed;
      }
    }
    found.topics = groups_of(topics, top);
    found.owners = groups_of(owners, top);
    found.topics.is_partial = found.owners.is_partial = is_partial;
  }

  void summarize(Statistics& found, const EventTally& tally, const ReadVideos& videos) const {
    PipelineSummary& summary = found.summary;
    summary.is_partial = found.events.counts_are_partial;
    for (const auto& [name, count, is_partial] : found.videos.by_status) {
      const VideoStatus status = video_status(name);
      if (is_waiting(status)) summary.waiting += count;
      if (is_in_progress(status)) summary.in_progress += count;
      summary.is_partial = summary.is_partial || (is_partial && (is_waiting(status) || is_in_progress(status)));
    }
    summary.oldest_waiting = videos.oldest_waiting;
    if (videos.oldest_waiting)
      summary.longest_wait = std::max(source_.range().at - *videos.oldest_waiting, std::chrono::milliseconds{0});
    summary.completed_last_hour = tally.last_hour.completed;
    summary.failed_last_hour = tally.last_hour.failed;
    summary.completed_last_day = tally.last_day.completed;
    summary.failed_last_day = tally.last_day.failed;
    summary.completed = tally.range.completed;
    summary.failed = tally.range.failed;
    summary.completed_per_hour = static_cast<double>(summary.completed) / source_.range().hours();
    summary.failed_per_hour = static_cast<double>(summary.failed) / source_.range().hours();
    if (const std::int64_t ended = summary.completed + summary.failed; ended > 0)
      summary.success_share = static_cast<double>(summary.completed) / static_cast<double>(ended);
    summary.time_to_empty = time_to_empty(summary);
  }
  [[nodiscard]] static std::optional<std::chrono::milliseconds> time_to_empty(const PipelineSummary& summary) {
    using Hours = std::chrono::duration<double, std::ratio<3600>>;
    const std::int64_t last_hour = summary.completed_last_hour + summary.failed_last_hour;
    const std::int64_t last_day = summary.completed_last_day + summary.failed_last_day;
    if (last_day == 0) return std::nullopt;
    const double per_hour = last_hour > 0 ? static_cast<double>(last_hour) : static_cast<double>(last_day) / 24;
    return std::chrono::duration_cast<std::chrono::milliseconds>(
        Hours{static_cast<double>(summary.waiting) / per_hour});
  }

  const StatisticsSource<Backend>& source_;
};

}  // namespace reel::video::detail
