#include "stats_sheets.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "text.hpp"

namespace tool {
namespace {

using namespace reel::video;

template <class T>
Cell cell_or_none(const std::optional<T>& value) {
  if (!value) return {};
  return *value;
}

constexpr const char* none_finished = "No recorded move completed or failed a video in the range.";

/// Shows people a sentence instead of rows that contain nothing.
void explain(Sheet& sheet, const char* sentence) {
  sheet.note = sentence;
  sheet.is_blank = true;
}

Sheet summary_sheet(const PipelineSummary& of) {
  Sheet sheet{.key = "summary", .title = "Now", .name = "FIGURE", .columns = {{"value", "VALUE"}}, .is_figures = true};
  const auto add = [&](const char* name, Cell cell) { sheet.rows.push_back({name, {std::move(cell)}}); };
  add("waiting", of.waiting);
  add("in_progress", of.in_progress);
  add("oldest_waiting", cell_or_none(of.oldest_waiting));
  add("longest_wait_seconds", cell_or_none(of.longest_wait));
  add("completed_last_hour", of.completed_last_hour);
  add("failed_last_hour", of.failed_last_hour);
  add("completed_last_day", of.completed_last_day);
  add("failed_last_day", of.failed_last_day);
  add("completed", of.completed);
  add("failed", of.failed);
  add("completed_per_hour", Rate{of.completed_per_hour});
  add("failed_per_hour", Rate{of.failed_per_hour});
  add("success_share", of.success_share ? Cell(Share{*of.success_share}) : Cell());
  add("time_to_empty_seconds", cell_or_none(of.time_to_empty));
  if (of.is_partial) {
    add("is_partial", true);
    sheet.note = "Not everything was read: some of these numbers are lower bounds.";
  }
  return sheet;
}

Sheet status_sheet(const char* key, const char* title, const StatusCounts& counts) {
  Sheet sheet{.key = key, .title = title, .name = "STATUS", .columns = {{"count", "COUNT"}}};
  if (counts.is_partial) {
    sheet.columns.push_back({"is_partial", "PARTIAL"});
    sheet.note = "Not all were read: partial numbers are lower bounds. --complete reads all.";
  }
  const auto add = [&](const std::string& name, std::int64_t count, bool is_partial, bool is_spare) {
    SheetRow& row = sheet.rows.emplace_back(SheetRow{.name = name, .cells = {count}, .is_spare = is_spare});
    if (counts.is_partial) row.cells.emplace_back(is_partial);
  };
  for (const auto& [status, count, is_partial] : counts.by_status)
    add(status.empty() ? "(none)" : status, count, is_partial, count == 0 && !is_partial);
  add("total", counts.total, counts.is_partial, false);
  return sheet;
}

Sheet duration_sheet(const std::vector<StageDurations>& durations) {
  Sheet sheet{.key = "durations",
              .title = "Durations of stages",
              .name = "STAGE",
              .columns = {{"count", "COUNT"},
                          {"min_seconds", "MIN"},
                          {"median_seconds", "MEDIAN"},
                          {"p90_seconds", "P90"},
                          {"p99_seconds", "P99"},
                          {"max_seconds", "MAX"},
                          {"unknown", "UNKNOWN"}}};
  for (const StageDurations& one : durations) {
    const auto time = [&](std::chrono::milliseconds value) { return one.count > 0 ? Cell(value) : Cell(); };
    sheet.rows.push_back({one.stage,
                          {one.count, time(one.minimum), time(one.median), time(one.p90), time(one.p99),
                           time(one.maximum), one.unknown}});
  }
  const bool has_any = std::any_of(durations.begin(), durations.end(),
                                   [](const StageDurations& one) { return one.count + one.unknown > 0; });
  if (!has_any) explain(sheet, "No recorded move ended a stage in the range. A migrated tree has no recorded moves.");
  return sheet;
}

Sheet event_sheet(const EventCounts& events) {
  Sheet sheet{.key = "events",
              .title = "Recorded moves",
              .name = "FIGURE",
              .columns = {{"value", "VALUE"}},
              .is_figures = true};
  sheet.rows = {{"read", {events.read}},
                {"attempts", {events.attempts}},
                {"retries", {events.retries}},
                {"is_partial", {events.is_partial}},
                {"counts_are_partial", {events.counts_are_partial}},
                {"read_since", {cell_or_none(events.read_since)}}};
  if (events.read == 0) sheet.note = "No moves are recorded in the range.";
  if (events.is_partial)
    sheet.note = "Not all moves were read: durations, attempts, topics, owners and errors are those of the newest.";
  if (events.counts_are_partial) sheet.note = "Not all moves were read: all numbers of moves are those of the newest.";
  return sheet;
}

const std::vector<SheetColumn> finished_columns{{"completed", "COMPLETED"}, {"failed", "FAILED"}};

Sheet period_sheet(const char* key, const char* title, const Statistics& statistics,
                   const std::vector<PeriodCount>& periods) {
  Sheet sheet{.key = key, .title = title, .name = "FROM", .columns = finished_columns};
  if (statistics.events.counts_are_partial) sheet.note = "Not all moves were read: the numbers are lower bounds.";
  for (const auto& [start, completed, failed] : periods)
    sheet.rows.push_back({time_text(start), {completed, failed}, completed + failed == 0});
  if (std::all_of(sheet.rows.begin(), sheet.rows.end(), [](const SheetRow& row) { return row.is_spare; }))
    explain(sheet, none_finished);
  return sheet;
}

Sheet group_sheet(const char* key, const char* title, const GroupCounts& groups) {
  Sheet sheet{.key = key, .title = title, .name = "NAME", .columns = finished_columns};
  for (const auto& [name, completed, failed] : groups.top)
    sheet.rows.push_back({name.value_or("(none)"), {completed, failed}});
  if (groups.others > 0)
    sheet.rows.push_back(
        {"(" + std::to_string(groups.others) + " others)", {groups.others_completed, groups.others_failed}});
  if (sheet.rows.empty()) explain(sheet, none_finished);
  if (groups.is_partial) sheet.note = "Not everything was read: the numbers are those of the newest moves and videos.";
  return sheet;
}

Sheet error_sheet(const ErrorCounts& errors) {
  Sheet sheet{.key = "errors",
              .title = "Commonest errors",
              .name = "FINGERPRINT",
              .columns = {{"count", "COUNT"}, {"latest", "LATEST"}, {"video", "VIDEO"}, {"example", "EXAMPLE"}}};
  for (const ErrorCount& one : errors.top)
    sheet.rows.push_back(
        {one.fingerprint.empty() ? "(none)" : one.fingerprint, {one.count, one.latest, one.video_id, one.example}});
  if (errors.others > 0)
    sheet.rows.push_back({"(" + std::to_string(errors.others) + " others)", {errors.others_total, {}, {}, {}}});
  sheet.rows.push_back({"total", {errors.total, {}, {}, {}}});
  if (errors.total == 0) explain(sheet, "No recorded move has an error in the range.");
  return sheet;
}

Sheet fix_sheet(const Statistics& statistics) {
  Sheet sheet{.key = "fixes",
              .title = "Fixes by method",
              .name = "METHOD",
              .columns = {{"fixes", "FIXES"}, {"successes", "SUCCESSES"}, {"failures", "FAILURES"}}};
  for (const auto& [method, fixes, successes, failures] : statistics.fixes)
    sheet.rows.push_back({method, {fixes, successes, failures}});
  if (statistics.fixes_are_partial) sheet.note = "Not all fixes were read: the numbers are lower bounds.";
  return sheet;
}

Sheet bucket_sheet(const std::vector<BucketUsage>& buckets) {
  Sheet sheet{.key = "buckets",
              .title = "Storage",
              .name = "BUCKET",
              .columns = {{"files", "FILES"},
                          {"bytes", "SIZE"},
                          {"new_files", "NEW FILES"},
                          {"new_bytes", "NEW SIZE"},
                          {"is_partial", "PARTIAL"}}};
  for (const BucketUsage& one : buckets) {
    sheet.rows.push_back(
        {one.bucket, {one.files, Bytes{one.bytes}, one.new_files, Bytes{one.new_bytes}, one.is_partial}});
    if (one.is_partial) sheet.note = "Not all files were read: the numbers of partial buckets are lower bounds.";
  }
  return sheet;
}

Sheet queue_sheet(const std::vector<QueueDepth>& queues) {
  Sheet sheet{.key = "queues",
              .title = "Queues",
              .name = "QUEUE",
              .columns = {{"announced", "ANNOUNCED"},
                          {"waiting", "WAITING"},
                          {"claimed", "CLAIMED"},
                          {"dead", "DEAD"},
                          {"is_paused", "PAUSED"},
                          {"is_partial", "PARTIAL"}}};
  for (const QueueDepth& one : queues) {
    sheet.rows.push_back(
        {one.queue, {one.announced, one.waiting, one.claimed, one.dead, one.is_paused, one.is_partial}});
    if (one.is_partial) sheet.note = "Not all entries were read: the numbers are lower bounds. --complete reads all.";
  }
  return sheet;
}

/// `1:02:03`, or `45.250 s` if it is shorter than a minute.
std::string duration_text(std::chrono::milliseconds time) {
  if (time < std::chrono::minutes{1}) return seconds_text(time) + " s";
  const auto seconds = time.count() / 1000;
  char text[48];
  std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", static_cast<long long>(seconds / 3600),
                static_cast<long long>(seconds / 60 % 60), static_cast<long long>(seconds % 60));
  return text;
}

std::string formatted(const char* format, double number) {
  char text[64];
  std::snprintf(text, sizeof text, format, number);
  return text;
}

}  // namespace

std::vector<Sheet> sheets_of(const Statistics& statistics) {
  return {summary_sheet(statistics.summary),
          status_sheet("videos", "Videos", statistics.videos),
          status_sheet("scenes", "Scenes", statistics.scenes),
          queue_sheet(statistics.queues),
          duration_sheet(statistics.durations),
          event_sheet(statistics.events),
          period_sheet("hours", "Finished per hour", statistics, statistics.hours),
          period_sheet("days", "Finished per day", statistics, statistics.days),
          group_sheet("topics", "Topics", statistics.topics),
          group_sheet("owners", "Owners", statistics.owners),
          error_sheet(statistics.errors),
          fix_sheet(statistics),
          bucket_sheet(statistics.buckets)};
}

std::string title_of(const Sheet& sheet, const SheetRow& row) {
  if (!sheet.is_figures) return row.name;
  std::string title = row.name;
  if (title.ends_with("_seconds")) title.resize(title.rfind('_'));
  std::replace(title.begin(), title.end(), '_', ' ');
  return title;
}

std::string seconds_text(std::chrono::milliseconds time) {
  const auto count = time.count();
  const auto positive = static_cast<unsigned long long>(count < 0 ? -count : count);
  char text[48];
  std::snprintf(text, sizeof text, "%s%llu.%03llu", count < 0 ? "-" : "", positive / 1000, positive % 1000);
  return text;
}

std::string number_text(double number) {
  char text[32];
  return std::string(text, std::to_chars(text, text + sizeof text, number).ptr);
}

std::string exact_text(const Cell& cell) {
  return std::visit(
      []<class Value>(const Value& value) -> std::string {
        if constexpr (std::is_same_v<Value, std::monostate>) {
          return {};
        } else if constexpr (std::is_same_v<Value, bool>) {
          return value ? "true" : "false";
        } else if constexpr (std::is_same_v<Value, std::int64_t>) {
          return std::to_string(value);
        } else if constexpr (std::is_same_v<Value, Bytes>) {
          return std::to_string(value.count);
        } else if constexpr (std::is_same_v<Value, Rate>) {
          return number_text(value.per_hour);
        } else if constexpr (std::is_same_v<Value, Share>) {
          return number_text(value.share);
        } else if constexpr (std::is_same_v<Value, std::chrono::milliseconds>) {
          return seconds_text(value);
        } else if constexpr (std::is_same_v<Value, reel::Timestamp>) {
          return reel::format_timestamp(value);
        } else {
          return value;
        }
      },
      cell);
}

std::string short_text(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "-";
  if (const auto* is = std::get_if<bool>(&cell)) return *is ? "yes" : "no";
  if (const auto* bytes = std::get_if<Bytes>(&cell)) return size_text(bytes->count);
  if (const auto* rate = std::get_if<Rate>(&cell)) return formatted("%.2f", rate->per_hour);
  if (const auto* share = std::get_if<Share>(&cell)) return formatted("%.1f %%", share->share * 100);
  if (const auto* time = std::get_if<std::chrono::milliseconds>(&cell)) return duration_text(*time);
  if (const auto* moment = std::get_if<reel::Timestamp>(&cell)) return time_text(*moment);
  if (const auto* text = std::get_if<std::string>(&cell)) return first_line(*text);
  return exact_text(cell);
}

}  // namespace tool
