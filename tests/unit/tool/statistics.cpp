#include <sys/wait.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/timestamp.hpp>
#include <reel/video/catalog.hpp>

#include "run_tool.hpp"
#include "site.hpp"
#include "support/json_schema.hpp"
#include "support/video/statistics_check.hpp"

// The renderings of reel stats have the same numbers.

namespace statistics_tests {

using namespace reel::video;
using namespace std::chrono_literals;
using nlohmann::json;
using statistics_check::present;

/// A store with a generated pipeline.
class Pipeline {
 public:
  Pipeline() {
    reel::Filesystem store(folder_ / "store", {.durability = reel::Durability::relaxed});
    statistics_check::store<VideoStatus, SceneStatus>(pipeline, store);
    const auto films = reel::blobs(store, final_videos());
    for (const char* id : {"a", "b"})
      films.put(reel::BlobId{id}, reel::from_bytes(std::string_view("12345")), {.name = "film.mp4"});
  }

  /// The output of the command with these options.
  [[nodiscard]] std::string print(const Arguments& options) const {
    Arguments arguments{"stats",   url(), "--since", reel::format_timestamp(present - 24h * 3),
                        "--until", until, "--top",   "4"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return done(arguments).out;
  }
  [[nodiscard]] std::string url() const { return "file:" + (folder_ / "store"); }
  [[nodiscard]] std::string page() const { return folder_ / "page.html"; }

  const statistics_check::Pipeline pipeline = statistics_check::Generator(21, false).make(200);
  const std::string until = reel::format_timestamp(present);

 private:
  TemporaryFolder folder_;
};

/// The cells of all sheets: by sheet, row and column.
using Key = std::tuple<std::string, std::string, std::string>;
using Cells = std::map<Key, std::string>;

/// The value for programs, see `tool::exact_text`.
std::string exact(const std::string& column, const json& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get<std::string>();
  if (!column.ends_with("_seconds")) return value.dump();
  char text[64];
  std::snprintf(text, sizeof text, "%.3f", value.get<double>());
  return text;
}

/// The value for people, see `tool::short_text`.
std::string shortened(const std::string& column, const json& value) {
  char text[64];
  if (value.is_null()) return "-";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (column.ends_with("_seconds")) {
    const double seconds = value.get<double>();
    const auto whole = static_cast<long long>(seconds);
    if (seconds < 60) {
      std::snprintf(text, sizeof text, "%.3f s", seconds);
    } else {
      std::snprintf(text, sizeof text, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    }
    return text;
  }
  if (column.ends_with("bytes")) return value.dump() + " B";
  if (column.ends_with("per_hour") || column == "success_share") {
    const bool is_share = column == "success_share";
    std::snprintf(text, sizeof text, is_share ? "%.1f %%" : "%.2f", value.get<double>() * (is_share ? 100 : 1));
    return text;
  }
  if (!value.is_string()) return value.dump();
  const std::string string = value.get<std::string>();
  const bool is_time = column == "latest" || column == "oldest_waiting" || column == "read_since";
  return is_time ? string.substr(0, 16) + "Z" : string.substr(0, string.find('\n'));
}

/// Turns `stats --json` into cells, with `value_of(column, value)` for each.
template <class F>
Cells cells_of(const json& stats, F&& value_of) {
  Cells cells;
  const auto add = [&](const std::string& sheet, const std::string& row, const std::string& column, const json& value) {
    cells[{sheet, row, column}] = value_of(column, value);
  };
  const auto add_row = [&](const std::string& sheet, const std::string& row, const json& object,
                           const std::set<std::string>& without) {
    for (const auto& [column, value] : object.items())
      if (!without.contains(column)) add(sheet, row, column, value);
  };
  const auto name_of = [](const json& name) {
    return name.is_null() || name == "" ? "(none)" : name.get<std::string>();
  };
  for (const char* sheet : {"summary", "events"})  // the unit is in the name of the row
    for (const auto& [row, value] : stats[sheet].items()) cells[{sheet, row, "value"}] = value_of(row, value);
  if (stats["summary"]["is_partial"] == false) cells.erase({"summary", "is_partial", "value"});
  for (const char* sheet : {"videos", "scenes"}) {
    for (const auto& [status, count] : stats[sheet]["by_status"].items()) add(sheet, name_of(status), "count", count);
    add(sheet, "total", "count", stats[sheet]["total"]);
  }
  for (const json& one : stats["durations"]) add_row("durations", one["stage"], one, {"stage"});
  for (const char* sheet : {"hours", "days"})
    for (const json& one : stats[sheet])
      add_row(sheet, one["start"].get<std::string>().substr(0, 16) + "Z", one, {"start"});
  for (const char* sheet : {"topics", "owners"}) {
    for (const json& one : stats[sheet]["top"]) add_row(sheet, name_of(one["name"]), one, {"name"});
    const json& others = stats[sheet]["others"];
    if (others["count"] > 0) add_row(sheet, "(" + others["count"].dump() + " others)", others, {"count"});
  }
  for (const json& one : stats["errors"]["top"]) add_row("errors", name_of(one["fingerprint"]), one, {"fingerprint"});
  std::vector<std::pair<std::string, json>> sums{{"total", stats["errors"]["total"]}};
  const json& others = stats["errors"]["others"];
  if (others["count"] > 0) sums.emplace_back("(" + others["count"].dump() + " others)", others["total"]);
  for (const auto& [row, count] : sums) {
    add("errors", row, "count", count);
    for (const char* column : {"latest", "video", "example"}) add("errors", row, column, json());
  }
  for (const json& one : stats["fixes"]["methods"]) add_row("fixes", one["method"], one, {"method"});
  for (const json& one : stats["buckets"]) add_row("buckets", one["id"], one, {"id"});
  for (const json& one : stats["queues"]) add_row("queues", one["name"], one, {"name"});
  return cells;
}

/// Reads CSV of RFC 4180.
std::vector<std::vector<std::string>> csv_rows(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string& field = rows.back().back();
    if (text[i] == '"' && is_quoted && i + 1 < text.size() && text[i + 1] == '"') {
      field += text[i++];
    } else if (text[i] == '"') {
      is_quoted = !is_quoted;
    } else if (text[i] == ',' && !is_quoted) {
      rows.back().emplace_back();
    } else if (text[i] == '\n' && !is_quoted) {
      rows.push_back({""});
    } else {
      field += text[i];
    }
  }
  rows.pop_back();
  return rows;
}

TEST_CASE("CSV has the numbers of JSON", "[tool][statistics]") {
  const Pipeline one;
  const auto rows = csv_rows(one.print({"--csv"}));
  REQUIRE(rows.size() > 100);
  CHECK(rows[0] == std::vector<std::string>{"sheet", "row", "column", "value"});
  Cells found;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    REQUIRE(rows[i].size() == 4);
    CHECK(found.emplace(Key{rows[i][0], rows[i][1], rows[i][2]}, rows[i][3]).second);
  }
  CHECK(found == cells_of(json::parse(one.print({"--json"})), exact));
}

/// The parts of a line that two or more spaces separate.
std::vector<std::string> split(const std::string& line) {
  static const std::regex gap("  +");
  std::vector<std::string> parts(std::sregex_token_iterator(line.begin(), line.end(), gap, -1), {});
  return parts;
}

TEST_CASE("the table has the numbers of JSON", "[tool][statistics]") {
  const Pipeline one;
  const std::map<std::string, std::string> keys{
      {"Now", "summary"},          {"Videos", "videos"},         {"Scenes", "scenes"},
      {"Queues", "queues"},        {"Recorded moves", "events"}, {"Durations of stages", "durations"},
      {"Topics", "topics"},        {"Owners", "owners"},         {"Commonest errors", "errors"},
      {"Storage", "buckets"},      {"Fixes by method", "fixes"}, {"Finished per hour", "hours"},
      {"Finished per day", "days"}};
  const std::map<std::string, std::vector<std::string>> columns{
      {"summary", {"value"}},
      {"events", {"value"}},
      {"videos", {"count"}},
      {"scenes", {"count"}},
      {"durations", {"count", "min_seconds", "median_seconds", "p90_seconds", "p99_seconds", "max_seconds", "unknown"}},
      {"hours", {"completed", "failed"}},
      {"days", {"completed", "failed"}},
      {"topics", {"completed", "failed"}},
      {"owners", {"completed", "failed"}},
      {"errors", {"count", "latest", "video", "example"}},
      {"fixes", {"fixes", "successes", "failures"}},
      {"buckets", {"files", "bytes", "new_files", "new_bytes", "is_partial"}},
      {"queues", {"announced", "waiting", "claimed", "dead", "is_paused", "is_partial"}}};
  std::istringstream lines(one.print({}));
  Cells found;
  std::string sheet;
  bool has_titles = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || keys.contains(line)) {
      sheet = line.empty() ? "" : keys.at(line);
      has_titles = false;
    } else if (!sheet.empty() && !std::exchange(has_titles, true)) {
      CHECK(split(line).size() == columns.at(sheet).size() + 1);
    } else if (!sheet.empty()) {
      const auto parts = split(line);
      CAPTURE(line);
      REQUIRE(parts.size() == columns.at(sheet).size() + 1);
      for (std::size_t i = 1; i < parts.size(); ++i) found[{sheet, parts[0], columns.at(sheet)[i - 1]}] = parts[i];
    }
  }
  Cells expected = cells_of(json::parse(one.print({"--json"})), shortened);
  const auto title_of = [](std::string name) {
    if (name.ends_with("_seconds")) name.resize(name.size() - 8);
    std::replace(name.begin(), name.end(), '_', ' ');
    return name;
  };
  Cells titled;
  for (const auto& [key, value] : expected) {
    const auto& [of, row, column] = key;
    titled[{of, of == "summary" || of == "events" ? title_of(row) : row, column}] = value;
  }
  expected = std::move(titled);
  // Statuses and periods without a video are left out.
  const std::set<std::string> may_lack{"videos", "scenes", "hours", "days"};
  std::erase_if(expected, [&](const auto& cell) {
    const auto& [of, row, column] = cell.first;
    return may_lack.contains(of) && row != "total" && !found.contains(cell.first) && cell.second == "0";
  });
  CHECK(found == expected);
}

/// Replaces the escapes of HTML.
std::string unescaped(std::string text) {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}, {"&amp;", "&"}})
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
      text.replace(at, from.size(), to);
  return text;
}

std::string read_page(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The matches of a pattern.
std::vector<std::smatch> matches(const std::string& text, const std::string& pattern) {
  const std::regex expression(pattern);
  return {std::sregex_iterator(text.begin(), text.end(), expression), {}};
}

/// The value for programs in the content of a cell of the page.
std::string value_in(const std::string& html) {
  static const std::regex value("<(?:data value|time datetime)=\"([^\"]*)\">[^<]*</(?:data|time)>");
  std::smatch match;
  if (std::regex_match(html, match, value)) return match[1];
  return html == "-" ? "" : unescaped(html);
}

/// The substrings between `open` and `close`.
std::vector<std::string> between(const std::string& text, const std::string& open, const std::string& close) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; (at = text.find(open, at)) != std::string::npos;) {
    at += open.size();
    const std::size_t end = text.find(close, at);
    REQUIRE(end != std::string::npos);
    parts.push_back(text.substr(at, end - at));
  }
  return parts;
}

/// The cells of the page.
Cells cells_of_page(const std::string& page) {
  Cells cells;
  for (const std::smatch& row : matches(page, "<div data-row=\"([^\"]+)\"><dt>[^<]*</dt><dd>(.*)</dd></div>"))
    cells[{"summary", row[1], "value"}] = value_in(row[2]);
  for (const std::string& table : between(page, "<table id=\"", "</table>")) {
    const std::vector<std::string> columns = between(table, "data-column=\"", "\"");
    for (const std::string& row : between(table, "<tr><th scope=\"row\">", "</tr>")) {
      std::vector<std::string> values = between(row, "<td>", "</td>");
      for (std::string& text : between(row, "<td class=\"text\">", "</td>")) values.push_back(std::move(text));
      REQUIRE(values.size() == columns.size());  // strings are in the last columns
      const std::string name = unescaped(row.substr(0, row.find("</th>")));
      for (std::size_t i = 0; i < values.size(); ++i)
        cells[{table.substr(0, table.find('"')), name, columns[i]}] = value_in(values[i]);
    }
  }
  return cells;
}

TEST_CASE("the page has the numbers of JSON", "[tool][statistics]") {
  const Pipeline one;
  CHECK(one.print({"--html", one.page()}).empty());
  const std::string page = read_page(one.page());
  CHECK(page.size() < 150'000);
  const auto first_lines = [](const std::string& column, const json& value) {
    const std::string text = exact(column, value);
    return column == "example" ? text.substr(0, text.find('\n')) : text;
  };
  Cells expected = cells_of(json::parse(one.print({"--json"})), first_lines);
  Cells found = cells_of_page(page);
  for (const char* row : {"is_partial", "counts_are_partial", "read_since"}) {  // the page has their titles
    auto cell = found.extract({"events", std::regex_replace(row, std::regex("_"), " "), "value"});
    cell.key() = {"events", row, "value"};
    found.insert(std::move(cell));
  }
  // The page has at most 48 periods, and cuts long strings.
  for (auto& [key, value] : found)
    if (std::get<2>(key) == "example") value = value.substr(0, value.find('\n'));
  CHECK(found == expected);
  for (const char* word : {"<script", "http:", "https:", "src=", "href=", "@import", "url(http"})
    CHECK(page.find(word) == std::string::npos);
}

/// The samples of OpenMetrics, and the lines that are wrong.
struct Metrics {
  std::map<std::string, double> samples{};
  std::vector<std::string> faults{};
};

Metrics parse_metrics(const std::string& text) {
  static const std::regex type("# TYPE ([a-z_]+) (gauge|counter)"), unit("# UNIT ([a-z_]+) ([a-z]+)"),
      help("# HELP ([a-z_]+) .+\\."),
      sample("([a-z_]+)(\\{[a-z]+=\"[^\"\\\\]*\"(?:,[a-z]+=\"[^\"\\\\]*\")*\\})? (-?[0-9.e+-]+)");
  Metrics metrics;
  std::istringstream lines(text);
  std::string family, kind;
  std::set<std::string> families;
  bool has_ended = false;
  for (std::string line; std::getline(lines, line);) {
    std::smatch match;
    const auto require = [&](bool is_right) {
      if (!is_right) metrics.faults.push_back(line);
    };
    require(!has_ended);
    if (line == "# EOF") {
      has_ended = true;
    } else if (std::regex_match(line, match, type)) {
      family = match[1];
      kind = match[2];
      require(families.insert(family).second);
    } else if (std::regex_match(line, match, unit)) {
      require(match[1] == family && family.ends_with("_" + match[2].str()));
    } else if (std::regex_match(line, match, help)) {
      require(match[1] == family);
    } else if (std::regex_match(line, match, sample)) {
      require(match[1] == family + (kind == "counter" ? "_total" : ""));
      require(metrics.samples.emplace(match[1].str() + match[2].str(), std::stod(match[3])).second);
    } else {
      metrics.faults.push_back(line);
    }
  }
  if (!has_ended) metrics.faults.emplace_back("no # EOF");
  return metrics;
}

/// The samples that `stats --json` makes.
std::map<std::string, double> expected_samples(const json& stats) {
  std::map<std::string, double> samples;
  const auto add = [&](const std::string& name, const std::vector<std::pair<std::string, std::string>>& labels,
                       const json& value) {
    if (value.is_null()) return;
    std::string key = "reel_" + name;
    for (std::size_t i = 0; i < labels.size(); ++i)
      key += (i == 0 ? "{" : ",") + labels[i].first + "=\"" + labels[i].second + "\"";
    samples[labels.empty() ? key : key + "}"] = value.is_boolean() ? double(value.get<bool>()) : value.get<double>();
  };
  const json& summary = stats["summary"];
  add("figures_partial", {}, summary["is_partial"]);
  add("videos_waiting", {}, summary["waiting"]);
  add("videos_in_progress", {}, summary["in_progress"]);
  add("longest_wait_seconds", {}, summary["longest_wait_seconds"]);
  add("time_to_empty_seconds", {}, summary["time_to_empty_seconds"]);
  add("success_ratio", {}, summary["success_share"]);
  for (const char* result : {"completed", "failed"}) {
    const std::string name = result;
    add("videos_finished", {{"window", "hour"}, {"result", name}}, summary[name + "_last_hour"]);
    add("videos_finished", {{"window", "day"}, {"result", name}}, summary[name + "_last_day"]);
    add("videos_finished", {{"window", "range"}, {"result", name}}, summary[name]);
    add("videos_finished_per_hour", {{"result", name}}, summary[name + "_per_hour"]);
  }
  for (const char* sheet : {"videos", "scenes"}) {
    const std::string partial = std::string(sheet) + "_partial";
    for (const auto& [status, count] : stats[sheet]["by_status"].items()) {
      add(sheet, {{"status", status}}, count);
      add(partial, {{"status", status}}, 0);
    }
    add(sheet, {{"status", "other"}}, 0);
    add(partial, {{"status", "other"}}, 0);
  }
  for (const json& one : stats["durations"]) {
    for (const char* name : {"min", "median", "p90", "p99", "max"})
      add("stage_duration_seconds", {{"stage", one["stage"]}, {"statistic", name}},
          one[std::string(name) + "_seconds"]);
    add("stage_stays", {{"stage", one["stage"]}, {"duration", "known"}}, one["count"]);
    add("stage_stays", {{"stage", one["stage"]}, {"duration", "unknown"}}, one["unknown"]);
  }
  add("range_seconds", {}, 3 * 24 * 3600);
  add("range_events", {}, stats["events"]["read"]);
  add("range_events_partial", {}, stats["events"]["is_partial"]);
  add("range_counts_partial", {}, stats["events"]["counts_are_partial"]);
  add("range_attempts", {}, stats["events"]["attempts"]);
  add("range_retries", {}, stats["events"]["retries"]);
  add("range_errors", {}, stats["errors"]["total"]);
  add("fixes_partial", {}, stats["fixes"]["is_partial"]);
  for (const json& one : stats["fixes"]["methods"]) {
    add("fixes", {{"method", one["method"]}}, one["fixes"]);
    add("fix_uses_total", {{"method", one["method"]}, {"outcome", "success"}}, one["successes"]);
    add("fix_uses_total", {{"method", one["method"]}, {"outcome", "failure"}}, one["failures"]);
  }
  for (const json& one : stats["buckets"]) {
    add("bucket_files", {{"bucket", one["id"]}}, one["files"]);
    add("bucket_size_bytes", {{"bucket", one["id"]}}, one["bytes"]);
    add("bucket_new_files", {{"bucket", one["id"]}}, one["new_files"]);
    add("bucket_growth_bytes", {{"bucket", one["id"]}}, one["new_bytes"]);
    add("bucket_partial", {{"bucket", one["id"]}}, one["is_partial"]);
  }
  for (const json& one : stats["queues"]) {
    for (const char* state : {"announced", "waiting", "claimed", "dead"})
      add("queue_videos", {{"queue", one["name"]}, {"state", state}}, one[state]);
    add("queue_paused", {{"queue", one["name"]}}, one["is_paused"]);
    add("queue_partial", {{"queue", one["name"]}}, one["is_partial"]);
  }
  return samples;
}

/// The exit status of `promtool check metrics`, or nothing if it is not installed. It reads the older format, in which
/// a counter is declared with the name of its samples.
std::optional<int> promtool(const std::string& text, const std::string& file) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) return std::nullopt;
  std::ofstream(file) << std::regex_replace(text, std::regex("# (TYPE|HELP) reel_fix_uses "),
                                            "# $1 reel_fix_uses_total ");
  return WEXITSTATUS(std::system(("promtool check metrics < '" + file + "'").c_str()));
}

TEST_CASE("the metrics are valid OpenMetrics and have the numbers of JSON", "[tool][statistics]") {
  const Pipeline one;
  const std::string text = one.print({"--prometheus"});
  const Metrics metrics = parse_metrics(text);
  CHECK(metrics.faults == std::vector<std::string>{});
  CHECK(metrics.samples == expected_samples(json::parse(one.print({"--json"}))));
  CHECK(text.ends_with("# EOF\n"));
  CHECK(promtool(text, one.page()).value_or(0) == 0);
}

TEST_CASE("JSON fits the published schema and has the numbers of a count of every record", "[tool][statistics]") {
  const Pipeline one;
  const json stats = json::parse(one.print({"--json"}));
  const json schema = json::parse(read_page(std::string(REEL_SOURCE_DIR) + "/docs/stats.schema.json"));
  CHECK(json_schema::faults(schema, stats) == std::vector<std::string>{});
  json wrong = stats;
  wrong["summary"]["waiting"] = -1;
  wrong["extra"] = 1;
  wrong["at"] = "yesterday";
  CHECK(json_schema::faults(schema, wrong).size() == 3);

  const StatisticsOptions options{.since = present - 24h * 3, .until = present, .top = 4};
  const Statistics expected = statistics_check::Count(one.pipeline, options).result();
  CHECK(stats["summary"]["waiting"] == expected.summary.waiting);
  CHECK(stats["summary"]["completed"] == expected.summary.completed);
  CHECK(stats["durations"][0]["count"] == expected.durations[0].count);
  CHECK(stats["durations"][3]["p90_seconds"] == static_cast<double>(expected.durations[3].p90.count()) / 1000);
  CHECK(stats["errors"]["total"] == expected.errors.total);
  CHECK(stats["topics"]["others"]["count"] == expected.topics.others);
  CHECK(stats["owners"]["top"].size() == expected.owners.top.size());
  const json ada = json::parse(one.print({"--json", "--owner", "owner1", "--complete"}));
  CHECK(ada["owner"] == "owner1");
  CHECK(ada["videos"]["total"] < stats["videos"]["total"]);
}

TEST_CASE("strings of a store stay text in every rendering", "[tool][statistics]") {
  TemporaryFolder folder;
  const std::vector<std::string> parts{"<script>alert(1)</script>",
                                       "\"><img src=x onerror=alert(1)>",
                                       "'\"&<>",
                                       "</title></style>",
                                       "=cmd|' /C calc'!A0",
                                       "+1",
                                       "@x",
                                       "a,b\"c",
                                       "\x1b[31mred",
                                       "javascript:alert(1)",
                                       "{{7*7}}",
                                       "\xe2\x80\xae"
                                       "gpj",
                                       "]]>",
                                       "<!--"};
  {
    reel::Filesystem store(folder / "store", {.durability = reel::Durability::relaxed});
    const Catalog catalog(store);
    catalog.setup();
    for (int i = 0; i < 60; ++i) {
      const std::string text = parts[static_cast<std::size_t>(i) % parts.size()] + std::to_string(i);
      const auto video = catalog.create_video({.topic = text, .owner_id = text.substr(0, 30)});
      catalog.fail(video.id, text + std::string(900, '<'));
    }
  }
  const auto print = [&](const Arguments& options) {
    Arguments arguments{"stats", "file:" + (folder / "store"), "--top", "1000"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return done(arguments).out;
  };
  print({"--html", folder / "page.html"});
  const std::string page = read_page(folder / "page.html");
  CHECK(page.size() < 150'000);
  for (const char* word : {"<script", "<img", "<!--", "\x1b"}) CHECK(page.find(word) == std::string::npos);
  CHECK(page.find("&lt;script&gt;") != std::string::npos);
  static const std::set<std::string> own{"html",    "head", "meta",   "title", "style", "body", "svg",   "defs",
                                         "pattern", "line", "header", "h1",    "p",     "time", "main",  "section",
                                         "h2",      "dl",   "div",    "dt",    "dd",    "data", "table", "thead",
                                         "tr",      "th",   "tbody",  "td",    "rect",  "text"};
  for (const std::smatch& tag : matches(page, "<([a-zA-Z][a-zA-Z0-9]*)")) CHECK(own.contains(tag[1]));
  for (const auto& row : csv_rows(print({"--csv"})))
    for (const std::string& field : row) CHECK((row.size() == 4 && field.find_first_of("=+@") != 0));
  const std::string table = print({});
  CHECK(table.find('\x1b') == std::string::npos);
  CHECK(parse_metrics(print({"--prometheus"})).faults.empty());
}

TEST_CASE("a time is RFC 3339 or a length before now", "[tool][statistics]") {
  const Pipeline one;
  const auto since_of = [&](const std::string& since) {
    return done({"stats", one.url(), "--json", "--since", since}).json()["since"].get<std::string>();
  };
  CHECK(since_of("2026-01-02T03:04:05Z") == "2026-01-02T03:04:05.000+00:00");
  const auto week = reel::now() - reel::parse_timestamp(since_of("7d")).value();
  CHECK(week >= 24h * 7 - 1min);
  CHECK(week < 24h * 7 + 5min);
  for (const std::string wrong : {"7", "7x", "-7d", "d", "yesterday", "99999999999w", "1.5h"})
    CHECK(reel_tool({"stats", one.url(), "--since=" + wrong}).status == 2);
}

}  // namespace statistics_tests
