#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <reel/json/writer.hpp>
#include <reel/migration/report.hpp>
#include <reel/text/utf8.hpp>

/// Reports of migrations as JSON, in the form of docs/schemas/migration-report.json.
namespace reel {

/// The schema that `to_json` follows. A change that older readers would not understand gets another number.
inline constexpr std::string_view migration_report_schema = "reel/migration-report/1";

namespace detail {

/// The JSON of the parts of a report.
class MigrationReportJson {
 public:
  /// One member for each count. `found` is the sum of `created`, `overwritten`, `renamed`, `skipped`, `filtered`,
  /// `identical` and `failed`, and `copied` that of the first three.
  [[nodiscard]] static json::Object counts(const MigrationCounts& counts) {
    return json::Object()
        .add("found", counts.found)
        .add("copied", counts.created + counts.overwritten + counts.renamed)
        .add("created", counts.created)
        .add("overwritten", counts.overwritten)
        .add("renamed", counts.renamed)
        .add("skipped", counts.skipped)
        .add("filtered", counts.filtered)
        .add("identical", counts.unchanged)
        .add("failed", counts.failed)
        .add("conflicting", counts.conflicting)
        .add("verified", counts.verified)
        .add("differing", counts.differing)
        .add("copied_bytes", counts.bytes)
        .add("found_bytes", counts.source_bytes);
  }
  /// `{"collection":"videos"}`, `{"bucket":"films"}`, or without a member for the migration as a whole.
  [[nodiscard]] static json::Object kind(const MigrationKind& kind) {
    json::Object object;
    if (!kind.id.empty()) object.add(kind.bucket ? "bucket" : "collection", valid(kind.id));
    return object;
  }
  [[nodiscard]] static json::Object problem(const MigrationProblem& problem) {
    json::Object object = kind(problem.kind);
    if (!problem.id.empty()) object.add("id", valid(problem.id));
    if (!problem.attribute.empty()) object.add("attribute", problem.attribute);
    return object.add("operation", problem.operation)
        .add("code", to_string(problem.code))
        .add("reason", valid(problem.reason))
        .add("remedy", problem.remedy);
  }
  [[nodiscard]] static json::Object finding(const PlanFinding& finding) {
    json::Object object;
    object.add("subject", to_string(finding.subject)).add(kind(finding.kind));
    if (!finding.id.empty()) object.add("id", valid(finding.id));
    if (!finding.attribute.empty()) object.add("attribute", finding.attribute);
    return object.add("text", valid(finding.text))
        .add("remedy", finding.remedy)
        .add("count", finding.count)
        .add("blocks", finding.blocks);
  }
  [[nodiscard]] static json::Object column(const UncopiedColumn& column) {
    json::Object object;
    object.add("collection", column.collection).add("column", column.column);
    if (column.records) object.add("records", *column.records);
    return object.add("accepted", column.is_accepted);
  }

  /// The text with U+FFFD for each byte that is not UTF-8, such as those of the name of a file.
  [[nodiscard]] static std::string valid(std::string_view text) {
    std::string result;
    for (const char *at = text.data(), *const end = at + text.size(); at != end;) {
      const std::size_t length = text::sequence_length(at, end);
      length == 0 ? result.append("\xEF\xBF\xBD") : result.append(at, length);
      at += length == 0 ? 1 : length;
    }
    return result;
  }
  /// An array of what `element` returns for each element.
  template <class Elements, class Element>
  [[nodiscard]] static std::string list(const Elements& elements, Element&& element) {
    std::string text;
    json::append_list(text, elements, [&](std::string& out, const auto& one) { out += element(one).str(); });
    return text;
  }
};

}  // namespace detail

/// The members of a report, to be completed by a program that adds its own before or after them.
[[nodiscard]] inline json::Object migration_report_object(const MigrationReport& report) {
  using Json = detail::MigrationReportJson;
  std::string notes;
  json::append_list(notes, report.notes,
                    [](std::string& out, const std::string& one) { json::append_string(out, Json::valid(one)); });
  json::Object object;
  object.add("schema", migration_report_schema)
      .add("plan", report.is_plan)
      .add("clean", report.clean())
      .add("cancelled", report.cancelled)
      .add("resumed", report.is_resumed)
      .add("source_changed", report.has_source_changed)
      .add_json("kinds",
                Json::list(report.kinds,
                           [](const MigrationCounts& one) { return Json::kind(one.kind).add(Json::counts(one)); }))
      .add("total", Json::counts(report.total()))
      .add_json("failures", Json::list(report.failures, Json::problem))
      .add_json("differences", Json::list(report.differences, Json::problem))
      .add_json("findings", Json::list(report.findings, Json::finding))
      .add_json("uncopied_columns", Json::list(report.uncopied, Json::column))
      .add_json("notes", notes)
      .add_json("stages", Json::list(report.stages, [](const StageTime& one) {
                  return json::Object().add("stage", to_string(one.stage)).add("milliseconds", one.took.count());
                }));
  if (report.expected) object.add("expected_seconds", report.expected->count());
  return object;
}

/// A report as one line of JSON without a line break, valid by docs/schemas/migration-report.json.
[[nodiscard]] inline std::string to_json(const MigrationReport& report) {
  return migration_report_object(report).str();
}

}  // namespace reel
