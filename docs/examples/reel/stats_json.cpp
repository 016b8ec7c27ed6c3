#include "stats_json.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/timestamp.hpp>

namespace tool {
namespace {

using namespace reel::video;

Json json_of_value(std::chrono::milliseconds time) { return static_cast<double>(time.count()) / 1000; }
Json json_of_value(reel::Timestamp time) { return reel::format_timestamp(time); }
Json json_of_value(double number) { return number; }
Json json_of_value(const std::string& text) { return text; }
template <class T>
Json json_or_null(const std::optional<T>& value) {
  return value ? json_of_value(*value) : Json();
}
template <class T, class F>
Json json_list(const std::vector<T>& values, F&& one) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(one(value));
  return list;
}

Json json_of_summary(const PipelineSummary& of) {
  return {{"waiting", of.waiting},
          {"in_progress", of.in_progress},
          {"oldest_waiting", json_or_null(of.oldest_waiting)},
          {"longest_wait_seconds", json_or_null(of.longest_wait)},
          {"completed_last_hour", of.completed_last_hour},
          {"failed_last_hour", of.failed_last_hour},
          {"completed_last_day", of.completed_last_day},
          {"failed_last_day", of.failed_last_day},
          {"completed", of.completed},
          {"failed", of.failed},
          {"completed_per_hour", of.completed_per_hour},
          {"failed_per_hour", of.failed_per_hour},
          {"success_share", json_or_null(of.success_share)},
          {"time_to_empty_seconds", json_or_null(of.time_to_empty)},
          {"is_partial", of.is_partial}};
}

Json json_of_counts(const StatusCounts& counts) {
  Json by_status = Json::object(), partial = Json::array();
  for (const auto& [status, count, is_partial] : counts.by_status) {
    by_status[status] = count;
    if (is_partial) partial.push_back(status);
  }
  return {{"total", counts.total},
          {"is_partial", counts.is_partial},
          {"by_status", std::move(by_status)},
          {"partial_statuses", std::move(partial)}};
}

Json json_of_durations(const StageDurations& of) {
  const auto time = [&](std::chrono::milliseconds value) { return of.count > 0 ? json_of_value(value) : Json(); };
  return {{"stage", of.stage},
          {"count", of.count},
          {"min_seconds", time(of.minimum)},
          {"median_seconds", time(of.median)},
          {"p90_seconds", time(of.p90)},
          {"p99_seconds", time(of.p99)},
          {"max_seconds", time(of.maximum)},
          {"unknown", of.unknown}};
}

Json json_of_period(const PeriodCount& of) {
  return {{"start", json_of_value(of.start)}, {"completed", of.completed}, {"failed", of.failed}};
}

Json json_of_groups(const GroupCounts& groups) {
  return {
      {"is_partial", groups.is_partial},
      {"top",
       json_list(groups.top,
                 [](const GroupCount& of) {
                   return Json{{"name", json_or_null(of.name)}, {"completed", of.completed}, {"failed", of.failed}};
                 })},
      {"others", {{"count", groups.others}, {"completed", groups.others_completed}, {"failed", groups.others_failed}}}};
}

Json json_of_errors(const ErrorCounts& errors) {
  return {{"total", errors.total},
          {"top", json_list(errors.top,
                            [](const ErrorCount& of) {
                              return Json{{"fingerprint", of.fingerprint},
                                          {"count", of.count},
                                          {"example", of.example},
                                          {"video", of.video_id},
                                          {"latest", json_of_value(of.latest)}};
                            })},
          {"others", {{"count", errors.others}, {"total", errors.others_total}}}};
}

Json json_of_fixes(const Statistics& statistics) {
  return {{"is_partial", statistics.fixes_are_partial},
          {"methods", json_list(statistics.fixes, [](const FixCount& of) {
             return Json{
                 {"method", of.method}, {"fixes", of.fixes}, {"successes", of.successes}, {"failures", of.failures}};
           })}};
}

Json json_of_bucket(const BucketUsage& of) {
  return {{"id", of.bucket},           {"files", of.files},         {"bytes", of.bytes},
          {"new_files", of.new_files}, {"new_bytes", of.new_bytes}, {"is_partial", of.is_partial}};
}

Json json_of_queue(const QueueDepth& of) {
  return {{"name", of.queue},      {"is_paused", of.is_paused}, {"announced", of.announced},  {"waiting", of.waiting},
          {"claimed", of.claimed}, {"dead", of.dead},           {"is_partial", of.is_partial}};
}

Json json_of_events(const EventCounts& of) {
  return {{"read", of.read},
          {"is_partial", of.is_partial},
          {"counts_are_partial", of.counts_are_partial},
          {"read_since", json_or_null(of.read_since)},
          {"attempts", of.attempts},
          {"retries", of.retries}};
}

}  // namespace

Json json_of(const Statistics& statistics) {
  Json videos = json_of_counts(statistics.videos);
  videos["completed_share"] = json_or_null(statistics.completed_share());
  return {{"version", 1},
          {"at", json_of_value(statistics.at)},
          {"since", json_of_value(statistics.since)},
          {"owner", json_or_null(statistics.owner_id)},
          {"topic", json_or_null(statistics.topic)},
          {"is_partial", statistics.is_partial()},
          {"summary", json_of_summary(statistics.summary)},
          {"videos", std::move(videos)},
          {"scenes", json_of_counts(statistics.scenes)},
          {"events", json_of_events(statistics.events)},
          {"durations", json_list(statistics.durations, json_of_durations)},
          {"hours", json_list(statistics.hours, json_of_period)},
          {"days", json_list(statistics.days, json_of_period)},
          {"topics", json_of_groups(statistics.topics)},
          {"owners", json_of_groups(statistics.owners)},
          {"errors", json_of_errors(statistics.errors)},
          {"fixes", json_of_fixes(statistics)},
          {"buckets", json_list(statistics.buckets, json_of_bucket)},
          {"queues", json_list(statistics.queues, json_of_queue)}};
}

}  // namespace tool
