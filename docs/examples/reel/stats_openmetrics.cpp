#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/codec.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

#include "stats_sheets.hpp"
#include "stats_text.hpp"

namespace tool {
namespace {

using namespace reel::video;
using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Writes metric families.
class MetricWriter {
 public:
  /// Begins a family of gauges, or of counters, whose samples end in `_total`. `unit`: the end of the name, if it is
  /// one.
  void begin(std::string_view name, std::string_view help, std::string_view unit = {}, bool is_counter = false) {
    name_ = "reel_" + std::string(name);
    text_ += "# TYPE " + name_ + (is_counter ? " counter\n" : " gauge\n");
    if (!unit.empty()) text_ += "# UNIT " + name_ + " " + std::string(unit) + "\n";
    text_ += "# HELP " + name_ + " " + std::string(help) + "\n";
    if (is_counter) name_ += "_total";
  }
  void add(const Labels& labels, std::string_view value) {
    text_ += name_;
    char separator = '{';
    for (const auto& [key, label] : labels) {
      text_ += separator + std::string(key) + "=\"" + escaped_label(label) + "\"";
      separator = ',';
    }
    text_ += separator == '{' ? " " : "} ";
    text_ += value;
    text_ += '\n';
  }
  void add(const Labels& labels, std::int64_t value) { add(labels, std::to_string(value)); }
  void add(const Labels& labels, std::chrono::milliseconds value) { add(labels, seconds_text(value)); }
  /// A family with one sample, or without a sample if the value is unknown.
  template <class T>
  void one(std::string_view name, std::string_view help, const std::optional<T>& value, std::string_view unit = {}) {
    begin(name, help, unit);
    if (value) add({}, *value);
  }

  [[nodiscard]] std::string text() && { return std::move(text_) + "# EOF\n"; }

 private:
  static std::string escaped_label(std::string_view label) {
    std::string escaped;
    for (const char character : label) {
      if (character == '\\' || character == '"') escaped += '\\';
      if (character == '\n') {
        escaped += "\\n";
      } else {
        escaped += character;
      }
    }
    return escaped;
  }

  std::string name_{};
  std::string text_{};
};

/// A sample for each status of the enum, and one for all others.
template <class Status, class F>
void add_statuses(MetricWriter& out, const StatusCounts& counts, std::int64_t others, F&& value_of) {
  for (const StatusCount& one : counts.by_status)
    if (reel::enum_value<Status>(one.status)) out.add({{"status", one.status}}, std::int64_t{value_of(one)});
  out.add({{"status", "other"}}, others);
}

/// The families `reel_<name>` and `reel_<name>_partial`.
template <class Status>
void add_counts(MetricWriter& out, const std::string& name, const std::string& title, const StatusCounts& counts) {
  std::int64_t others = counts.total;
  for (const StatusCount& one : counts.by_status)
    if (reel::enum_value<Status>(one.status)) others -= one.count;
  out.begin(name, title + " by status.");
  add_statuses<Status>(out, counts, others, [](const StatusCount& one) { return one.count; });
  out.begin(name + "_partial", "1 if the number of " + name + " with the status is a lower bound.");
  add_statuses<Status>(out, counts, counts.is_partial, [](const StatusCount& one) { return one.is_partial; });
}

void add_summary(MetricWriter& out, const PipelineSummary& of) {
  out.one("figures_partial", "1 if numbers of videos that wait, are in progress or finished are lower bounds.",
          std::optional(std::int64_t{of.is_partial}));
  out.one("videos_waiting", "Videos that wait for a worker.", std::optional(of.waiting));
  out.one("videos_in_progress", "Videos that a worker has.", std::optional(of.in_progress));
  out.one("longest_wait_seconds", "Age of the oldest video that waits.", of.longest_wait, "seconds");
  out.one("time_to_empty_seconds", "Time until no video waits, at the present rate.", of.time_to_empty, "seconds");
  out.begin("videos_finished", "Videos that were completed or failed in the last hour, day, or in the range.");
  out.add({{"window", "hour"}, {"result", "completed"}}, of.completed_last_hour);
  out.add({{"window", "hour"}, {"result", "failed"}}, of.failed_last_hour);
  out.add({{"window", "day"}, {"result", "completed"}}, of.completed_last_day);
  out.add({{"window", "day"}, {"result", "failed"}}, of.failed_last_day);
  out.add({{"window", "range"}, {"result", "completed"}}, of.completed);
  out.add({{"window", "range"}, {"result", "failed"}}, of.failed);
  out.begin("videos_finished_per_hour", "Videos that were completed or failed in an hour of the range.");
  out.add({{"result", "completed"}}, number_text(of.completed_per_hour));
  out.add({{"result", "failed"}}, number_text(of.failed_per_hour));
  out.begin("success_ratio", "Completed videos of all finished in the range.", "ratio");
  if (of.success_share) out.add({}, number_text(*of.success_share));
}

void add_durations(MetricWriter& out, const Statistics& statistics) {
  out.begin("stage_duration_seconds", "Time in a stage, of the videos or scenes that left it in the range.", "seconds");
  for (const StageDurations& one : statistics.durations) {
    if (one.count == 0) continue;
    const auto add = [&](std::string_view statistic, std::chrono::milliseconds time) {
      out.add({{"stage", one.stage}, {"statistic", statistic}}, time);
    };
    add("min", one.minimum);
    add("median", one.median);
    add("p90", one.p90);
    add("p99", one.p99);
    add("max", one.maximum);
  }
  out.begin("stage_stays", "Videos or scenes that left a stage in the range, by whether their time is known.");
  for (const StageDurations& one : statistics.durations) {
    out.add({{"stage", one.stage}, {"duration", "known"}}, one.count);
    out.add({{"stage", one.stage}, {"duration", "unknown"}}, one.unknown);
  }
}

void add_events(MetricWriter& out, const Statistics& statistics) {
  out.one("range_seconds", "Length of the range.", std::optional(statistics.at - statistics.since), "seconds");
  out.one("range_events", "Recorded moves of the range that were read.", std::optional(statistics.events.read));
  out.one("range_events_partial", "1 if the range has more moves.",
          std::optional(std::int64_t{statistics.events.is_partial}));
  out.one("range_counts_partial", "1 if the numbers of completed and failed videos lack some of these.",
          std::optional(std::int64_t{statistics.events.counts_are_partial}));
  out.one("range_attempts", "Moves of videos to planning or rendering in the range.",
          std::optional(statistics.events.attempts));
  out.one("range_retries", "Attempts after the first one in the range.", std::optional(statistics.events.retries));
  out.one("range_errors", "Errors in the range.", std::optional(statistics.errors.total));
}

void add_holdings(MetricWriter& out, const Statistics& statistics) {
  out.begin("fixes", "Fixes in the agent memory.");
  for (const FixCount& one : statistics.fixes) out.add({{"method", one.method}}, one.fixes);
  out.one("fixes_partial", "1 if the agent memory has more fixes than were read.",
          std::optional(std::int64_t{statistics.fixes_are_partial}));
  out.begin("fix_uses", "Uses of fixes.", {}, true);
  for (const FixCount& one : statistics.fixes) {
    out.add({{"method", one.method}, {"outcome", "success"}}, one.successes);
    out.add({{"method", one.method}, {"outcome", "failure"}}, one.failures);
  }
  const auto add = [&](std::string_view name, std::string_view help, std::int64_t BucketUsage::*member,
                       std::string_view unit = {}) {
    out.begin(name, help, unit);
    for (const BucketUsage& one : statistics.buckets) out.add({{"bucket", one.bucket}}, one.*member);
  };
  add("bucket_files", "Files in a bucket.", &BucketUsage::files);
  add("bucket_size_bytes", "Size of all files in a bucket.", &BucketUsage::bytes, "bytes");
  add("bucket_new_files", "Files in a bucket that were created in the range.", &BucketUsage::new_files);
  add("bucket_growth_bytes", "Size of the files that were created in the range.", &BucketUsage::new_bytes, "bytes");
  out.begin("bucket_partial", "1 if a bucket has more files than were read.");
  for (const BucketUsage& one : statistics.buckets) out.add({{"bucket", one.bucket}}, std::int64_t{one.is_partial});
}

void add_queues(MetricWriter& out, const Statistics& statistics) {
  constexpr std::size_t most = 50;
  QueueDepth others{.queue = "other"};
  std::vector<QueueDepth> queues;
  for (const QueueDepth& one : statistics.queues) {
    if (queues.size() < most) {
      queues.push_back(one);
      continue;
    }
    others.announced += one.announced;
    others.waiting += one.waiting;
    others.claimed += one.claimed;
    others.dead += one.dead;
    others.is_partial = others.is_partial || one.is_partial;
  }
  if (statistics.queues.size() > most) queues.push_back(others);
  out.begin("queue_videos", "Videos in a queue.");
  for (const QueueDepth& one : queues) {
    out.add({{"queue", one.queue}, {"state", "announced"}}, one.announced);
    out.add({{"queue", one.queue}, {"state", "waiting"}}, one.waiting);
    out.add({{"queue", one.queue}, {"state", "claimed"}}, one.claimed);
    out.add({{"queue", one.queue}, {"state", "dead"}}, one.dead);
  }
  out.begin("queue_paused", "1 if a queue is paused.");
  for (const QueueDepth& one : queues) out.add({{"queue", one.queue}}, std::int64_t{one.is_paused});
  out.begin("queue_partial", "1 if a queue has more videos than were read.");
  for (const QueueDepth& one : queues) out.add({{"queue", one.queue}}, std::int64_t{one.is_partial});
}

}  // namespace

std::string openmetrics_of(const Statistics& statistics) {
  MetricWriter out;
  add_summary(out, statistics.summary);
  add_counts<VideoStatus>(out, "videos", "Videos", statistics.videos);
  add_counts<SceneStatus>(out, "scenes", "Scenes", statistics.scenes);
  add_durations(out, statistics);
  add_events(out, statistics);
  add_holdings(out, statistics);
  add_queues(out, statistics);
  return std::move(out).text();
}

}  // namespace tool
