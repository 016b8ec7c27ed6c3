#include <reel/migration/json.hpp>

#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/json_schema.hpp"

namespace migration_json_tests {

using nlohmann::json;
using reel::Errc;

json published() {
  std::ifstream file(std::string(REEL_SOURCE_DIR) + "/docs/schemas/migration-report.json");
  return json::parse(file);
}

/// A report in which no member is empty.
reel::MigrationReport full_report() {
  const reel::MigrationKind films{.id = "films", .bucket = true};
  reel::MigrationReport report{.is_plan = true};
  report.kinds = {{.kind = {.id = "videos"}, .found = 3, .created = 1, .unchanged = 1, .skipped = 1, .conflicting = 1},
                  {.kind = films, .found = 2, .overwritten = 1, .failed = 1, .bytes = 5, .source_bytes = 9}};
  report.failures = {{.kind = films,
                      .id = "a",
                      .operation = "create",
                      .code = Errc::too_large,
                      .reason = "the file 'f\xffilm' is too large",
                      .attribute = "size",
                      .remedy = "raise the limit"}};
  report.differences = {{.kind = films, .id = "b", .operation = "verify", .reason = "differs", .remedy = "repair"}};
  report.uncopied = {{.collection = "videos", .column = "rating", .records = 4},
                     {.collection = "videos", .column = "x"}};
  report.notes = {"a note with \xc3"};
  report.findings = {{.kind = films, .id = "a", .attribute = "size", .text = "too large", .remedy = "x", .count = 1},
                     {.subject = reel::PlanSubject::space, .text = "too little", .remedy = "y", .blocks = true}};
  report.stages = {{.stage = reel::MigrationStage::planning, .took = std::chrono::milliseconds(12)}};
  report.expected = std::chrono::seconds(90);
  return report;
}

TEST_CASE("the JSON of a migration fits the published schema", "[migrate]") {
  const json schema = published();
  CHECK(json_schema::faults(schema, json::parse(reel::to_json({}))) == std::vector<std::string>{});
  const json report = json::parse(reel::to_json(full_report()));
  CHECK(json_schema::faults(schema, report) == std::vector<std::string>{});
  CHECK(schema["properties"]["schema"]["const"] == reel::migration_report_schema);
  for (const auto& [name, rule] : schema["properties"].items()) CHECK(report.contains(name));
}

TEST_CASE("the published schema of a migration finds what is wrong", "[migrate]") {
  const json schema = published();
  json wrong = json::parse(reel::to_json(full_report()));
  wrong["kinds"][0]["found"] = -1;
  wrong["failures"][0]["code"] = "odd";
  wrong["failures"][0]["remedy"] = "";
  wrong["findings"][0].erase("remedy");
  wrong["stages"][0]["more"] = 1;
  wrong.erase("total");
  CHECK(json_schema::faults(schema, wrong).size() == 6);
}

TEST_CASE("the JSON of a migration has every part of the report", "[migrate]") {
  const json report = json::parse(reel::to_json(full_report()));
  CHECK(report["plan"] == true);
  CHECK(report["clean"] == false);
  CHECK(report["kinds"][0]["collection"] == "videos");
  CHECK(report["kinds"][0]["identical"] == 1);
  CHECK(report["kinds"][1]["bucket"] == "films");
  CHECK(report["total"]["found"] == 5);
  CHECK(report["total"]["copied"] == 2);
  CHECK(report["failures"][0]["reason"] == "the file 'f\xEF\xBF\xBDilm' is too large");
  CHECK(report["failures"][0]["attribute"] == "size");
  CHECK(report["differences"][0]["code"] == "internal");
  CHECK(report["findings"][1]["subject"] == "space");
  CHECK_FALSE(report["findings"][1].contains("collection"));
  CHECK(report["uncopied_columns"][0]["records"] == 4);
  CHECK_FALSE(report["uncopied_columns"][1].contains("records"));
  CHECK(report["notes"][0] == "a note with \xEF\xBF\xBD");
  CHECK(report["stages"][0] == json{{"stage", "planning"}, {"milliseconds", 12}});
  CHECK(report["expected_seconds"] == 90);
}

}  // namespace migration_json_tests
