#include "stats_html.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <variant>
#include <vector>

#include <reel/text/utf8.hpp>
#include <reel/timestamp.hpp>

#include "stats_sheets.hpp"
#include "text.hpp"

namespace tool {
namespace {

using reel::video::PeriodCount;
using reel::video::Statistics;

/// The most rows of a table and the most columns of a string, so that the page stays small.
constexpr std::size_t most_rows = 25, most_periods = 48, longest_name = 120, longest_text = 200;

constexpr const char* style = R"css(
:root{color-scheme:light dark;--back:#fff;--text:#1b1b1f;--soft:#5b5b66;--line:#d5d5dc;--tile:#f4f4f7;--good:#0072b2;--bad:#d55e00}
@media(prefers-color-scheme:dark){:root{--back:#16161a;--text:#ececf1;--soft:#a9a9b5;--line:#3a3a44;--tile:#212128;--good:#56b4e9;--bad:#e69f00}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:72rem;background:var(--back);color:var(--text);font:16px/1.5 system-ui,sans-serif}
h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}
p{margin:.25rem 0;color:var(--soft);overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.75rem;margin:1rem 0}
dl div{background:var(--tile);border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem}
dt{color:var(--soft);font-size:.85rem}dd{margin:0;font-size:1.4rem;font-weight:600;overflow-wrap:anywhere}
main{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,28rem),1fr));gap:0 2rem}
section{min-width:0}.whole{grid-column:1/-1}
dd time{font-size:1rem}
.wide{overflow-x:auto;border:1px solid var(--line);border-radius:.5rem}
.wide:focus-visible{outline:3px solid var(--good)}
table{border-collapse:collapse;width:100%}
th,td{padding:.35rem .75rem;text-align:right;white-space:nowrap;border-top:1px solid var(--line);vertical-align:top}
thead th{border-top:0;color:var(--soft);font-size:.8rem;font-weight:600}
th:first-child,td.text{text-align:left}th:first-child,td.text{white-space:normal;overflow-wrap:anywhere;min-width:10.5rem}
tbody th{font-weight:500}
svg{display:block;width:100%;height:auto;margin:.5rem 0}
svg text{fill:var(--soft);font-size:12px}.good{fill:var(--good)}.bad{fill:url(#stripes)}.stripe{stroke:var(--bad)}.axis{stroke:var(--line)}
@media(max-width:600px){svg text{font-size:20px}}
@media print{:root{--back:#fff;--text:#000;--soft:#333;--line:#999;--tile:#fff;--good:#0072b2;--bad:#d55e00}body{max-width:none;padding:0}.wide{overflow:visible}h2{break-after:avoid}tr,svg,dl div{break-inside:avoid}}
)css";

std::string html_cut(const std::string& text, std::size_t columns) { return html_escaped(cut(text, columns)); }

std::string value_html(const Cell& cell) {
  if (std::holds_alternative<std::monostate>(cell)) return "-";
  const std::string exact = exact_text(cell);
  if (std::holds_alternative<reel::Timestamp>(cell))
    return "<time datetime=\"" + exact + "\">" + short_text(cell) + "</time>";
  return "<data value=\"" + exact + "\">" + short_text(cell) + "</data>";
}

std::string cell_html(const Cell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell))
    return "<td class=\"text\">" + html_cut(*text, longest_text) + "</td>";
  return "<td>" + value_html(cell) + "</td>";
}

/// The figures that an operator looks at first.
std::string tiles_of(const Sheet& sheet) {
  std::string html = "<dl id=\"" + sheet.key + "\">\n";
  for (const SheetRow& row : sheet.rows)
    html += "<div data-row=\"" + row.name + "\"><dt>" + title_of(sheet, row) + "</dt><dd>" + value_html(row.cells[0]) +
            "</dd></div>\n";
  return html + "</dl>\n";
}

std::string table_of(const Sheet& sheet) {
  const bool has_periods = sheet.key == "hours" || sheet.key == "days";
  const std::size_t most = std::min(sheet.rows.size(), has_periods ? most_periods : most_rows);
  std::string html = "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-labelledby=\"title-" + sheet.key +
                     "\"><table id=\"" + sheet.key + "\"><thead><tr><th scope=\"col\">" + sheet.name + "</th>";
  for (const SheetColumn& column : sheet.columns)
    html += "<th scope=\"col\" data-column=\"" + column.key + "\">" + column.title + "</th>";
  html += "</tr></thead><tbody>\n";
  for (std::size_t i = 0; i < most; ++i) {
    html += "<tr><th scope=\"row\">" + html_cut(title_of(sheet, sheet.rows[i]), longest_name) + "</th>";
    for (const Cell& cell : sheet.rows[i].cells) html += cell_html(cell);
    html += "</tr>\n";
  }
  html += "</tbody></table></div>\n";
  if (most < sheet.rows.size())
    html += "<p>" + std::to_string(sheet.rows.size() - most) + " more rows: reel stats --csv</p>\n";
  return html;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

std::string bar(double x, double y, double width, double height, const char* kind, const std::string& title) {
  if (height <= 0) return {};
  return "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(width) + "\" height=\"" +
         number(height) + "\" class=\"" + kind + "\"><title>" + title + "</title></rect>";
}

/// Bars of completed videos, with the failed ones on top, which are striped.
std::string chart_of(const std::string& key, const std::string& title, const std::vector<PeriodCount>& periods) {
  constexpr double width = 720, bottom = 120, left = 40;
  std::int64_t highest = 1;
  for (const PeriodCount& one : periods) highest = std::max(highest, one.completed + one.failed);
  std::string html = "<svg viewBox=\"0 0 720 140\" role=\"img\" aria-labelledby=\"chart-" + key +
                     "\"><title id=\"chart-" + key + "\">" + title +
                     ": completed videos, and failed ones striped; the numbers are in the table below</title>";
  const double step = (width - left) / static_cast<double>(std::max<std::size_t>(periods.size(), 1));
  const double scale = (bottom - 15) / static_cast<double>(highest);
  for (std::size_t i = 0; i < periods.size(); ++i) {
    const auto& [start, completed, failed] = periods[i];
    const double x = left + step * static_cast<double>(i) + step * 0.1;
    const double good = static_cast<double>(completed) * scale, bad = static_cast<double>(failed) * scale;
    const std::string from = time_text(start);
    html += bar(x, bottom - good, step * 0.8, good, "good", from + ": " + std::to_string(completed) + " completed");
    html += bar(x, bottom - good - bad, step * 0.8, bad, "bad", from + ": " + std::to_string(failed) + " failed");
  }
  html +=
      "<line class=\"axis\" x1=\"40\" x2=\"720\" y1=\"120\" y2=\"120\"/><text x=\"34\" y=\"24\" "
      "text-anchor=\"end\">" +
      std::to_string(highest) + "</text><text x=\"34\" y=\"120\" text-anchor=\"end\">0</text>";
  if (!periods.empty()) {
    html += "<text x=\"40\" y=\"136\">" + time_text(periods.front().start) + "</text><text x=\"720\" y=\"136\" " +
            "text-anchor=\"end\">" + time_text(periods.back().start) + "</text>";
  }
  return html + "</svg>\n";
}

std::string section_of(const Sheet& sheet, const Statistics& statistics) {
  const bool is_whole = sheet.columns.size() > 3 || sheet.is_figures || sheet.key == "hours" || sheet.key == "days";
  std::string html = std::string(is_whole ? "<section class=\"whole\">" : "<section>") + "<h2 id=\"title-" + sheet.key +
                     "\">" + sheet.title + "</h2>\n";
  if (!sheet.note.empty()) html += "<p>" + sheet.note + "</p>\n";
  if (sheet.is_blank) return html + "</section>\n";
  if (sheet.key == "hours") html += chart_of(sheet.key, sheet.title, statistics.hours);
  if (sheet.key == "days") html += chart_of(sheet.key, sheet.title, statistics.days);
  html += sheet.key == "summary" ? tiles_of(sheet) : table_of(sheet);
  return html + "</section>\n";
}

/// The range, and the chosen owner and topic.
std::string choice_of(const Statistics& statistics) {
  std::string html = "<p>From <time datetime=\"" + reel::format_timestamp(statistics.since) + "\">" +
                     time_text(statistics.since) + "</time> to <time datetime=\"" +
                     reel::format_timestamp(statistics.at) + "\">" + time_text(statistics.at) + "</time>";
  if (statistics.owner_id) html += ", owner " + html_cut(*statistics.owner_id, longest_name);
  if (statistics.topic) html += ", topic " + html_cut(*statistics.topic, longest_text);
  return html + "</p>\n";
}

}  // namespace

std::string html_escaped(std::string_view text) {
  std::string escaped;
  for (const char* at = text.data(); at != text.data() + text.size();) {
    const char* const start = at;
    const char32_t point = reel::text::next_code_point(at, text.data() + text.size());
    const bool is_control = (point < 0x20 && point != '\n' && point != '\t') || (point >= 0x7f && point < 0xa0);
    const bool is_invalid = point == 0xfffd || is_control;
    if (is_invalid) {
      escaped += "\xef\xbf\xbd";
    } else if (point == '&') {
      escaped += "&amp;";
    } else if (point == '<') {
      escaped += "&lt;";
    } else if (point == '>') {
      escaped += "&gt;";
    } else if (point == '"') {
      escaped += "&quot;";
    } else if (point == '\'') {
      escaped += "&#39;";
    } else {
      escaped.append(start, at);
    }
  }
  return escaped;
}

std::string html_of(const Statistics& statistics) {
  std::string html =
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"Content-Security-Policy\" "
      "content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>Video pipeline</title><style>";
  html += style;
  html +=
      "</style></head><body>\n<svg width=\"0\" height=\"0\" style=\"position:absolute\" aria-hidden=\"true\"><defs>"
      "<pattern id=\"stripes\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
      "patternTransform=\"rotate(45)\"><line class=\"stripe\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\" "
      "stroke-width=\"7\"/></pattern></defs></svg>\n<header><h1>Video pipeline</h1>\n";
  html += choice_of(statistics);
  html += "</header><main>\n";
  for (const Sheet& sheet : sheets_of(statistics)) html += section_of(sheet, statistics);
  return html + "</main></body></html>\n";
}

}  // namespace tool
