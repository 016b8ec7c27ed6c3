#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "run_tool.hpp"
#include "support/filesystem/small_disk.hpp"
#include "support/json_schema.hpp"

// The options of `reel migrate` and `reel retry` for plans, reports and interrupted runs.

namespace migration_tests {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string tree = "legacy:" + sample_tree();

json published_schema() {
  return json::parse(read_file(std::string(REEL_SOURCE_DIR) + "/docs/schemas/migration-report.json"));
}
std::string some_blob(const std::string& store) {
  return done({"blobs", store, "source_code", "ls", "--json"}).json().at(0)["$id"];
}
/// Stores other bytes in a blob.
void change(const TemporaryFolder& folder, const std::string& store, const std::string& blob) {
  write_file(folder / "other.py", "print('another')\n");
  done({"blobs", store, "source_code", "put", folder / "other.py", "--id", blob, "--overwrite"});
}

TEST_CASE("plan and dry-run are the same option", "[tool]") {
  const ToolResult plan = done({"migrate", tree, "memory:", "--plan"});
  CHECK(plan.out_contains("Plan: nothing was written"));
  CHECK(plan.out_contains("SIZE"));
  CHECK(done({"migrate", tree, "memory:", "--dry-run"}).out_contains("Plan: nothing was written"));
}

TEST_CASE("the printed report is the written one and fits the published schema", "[tool]") {
  TemporaryFolder folder;
  for (const bool plan : {true, false}) {
    Arguments arguments{"migrate", tree, "file:" + (folder / "store"), "--json", "--report", folder / "report.json"};
    if (plan) arguments.emplace_back("--plan");
    const ToolResult outcome = done(arguments);
    CHECK(json_schema::faults(published_schema(), outcome.json()) == std::vector<std::string>{});
    CHECK(outcome.json() == json::parse(read_file(folder / "report.json")));
    CHECK(outcome.json()["plan"] == plan);
  }
}

TEST_CASE("progress as JSON never decreases and ends with everything", "[tool]") {
  TemporaryFolder folder;
  const ToolResult outcome = done({"migrate", tree, "file:" + (folder / "store"), "--json-progress"});
  std::istringstream lines(outcome.error);
  std::vector<json> all;
  for (std::string line; std::getline(lines, line);) all.push_back(json::parse(line));
  REQUIRE_FALSE(all.empty());
  CHECK(
      std::is_sorted(all.begin(), all.end(), [](const json& a, const json& b) { return a["percent"] < b["percent"]; }));
  CHECK(all.back()["percent"] == 100);
  CHECK(all.back()["done"] == all.back()["total"]);
}

TEST_CASE("a finished migration that is run again reads nothing unless told to", "[tool]") {
  TemporaryFolder folder;
  const std::string store = "file:" + (folder / "store");
  const json first = done({"migrate", tree, store, "--json"}).json();
  const json again = done({"migrate", tree, store, "--json"}).json();
  CHECK(again["total"]["identical"] == first["total"]["created"]);
  CHECK(again["total"]["copied"] == 0);
  const auto is_fast = [](const json& report) {
    return report["notes"].dump().find("unchanged since the last run") != std::string::npos;
  };
  CHECK(is_fast(again));
  CHECK_FALSE(is_fast(done({"migrate", tree, store, "--json", "--journal", "none"}).json()));
  CHECK_FALSE(is_fast(done({"migrate", tree, store, "--json", "--restart"}).json()));
  done({"blobs", store, "source_code", "rm", some_blob(store)});
  const json repaired = done({"migrate", tree, store, "--json"}).json();
  CHECK(repaired["total"]["created"] == 1);
}

TEST_CASE("retry copies only what the report has as failed", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder), report = folder / "report.json";
  const std::string blob = some_blob(store);
  change(folder, store, blob);
  CHECK(reel_tool({"migrate", tree, store, "--report", report}).status == 3);
  const ToolResult still = reel_tool({"retry", report, "--json"});
  CHECK(still.status == 3);
  CHECK(still.json()["total"]["found"] == 1);
  CHECK(still.json()["failures"][0]["id"] == blob);
  CHECK_FALSE(still.json()["failures"][0]["remedy"].get<std::string>().empty());

  done({"blobs", store, "source_code", "rm", blob});
  const json retried = done({"retry", report, "--json", "--report", folder / "second.json"}).json();
  CHECK(retried["total"]["created"] == 1);
  CHECK(retried["total"]["found"] == 1);
  CHECK(retried["kinds"].size() == 1);
  CHECK(done({"retry", folder / "second.json"}).out_contains("nothing has failed"));
  done({"verify", tree, store});

  done({"migrate", tree, store, "--plan", "--report", report});
  CHECK(reel_tool({"retry", report}).error_contains("is the report of a plan"));
}

TEST_CASE("a disk that is too small is reported before anything is written", "[tool]") {
  TemporaryFolder folder;
  fs::copy(sample_tree(), folder / "tree", fs::copy_options::recursive);
  write_file(folder / "tree/large.bin", "");
  fs::resize_file(folder / "tree/large.bin", 5'000'000);
  const bool is_mounted = reel::testing::on_small_disk(2'000'000, [&](const std::string& disk) {
    const ToolResult outcome = reel_tool({"migrate", "legacy:" + (folder / "tree"), "file:" + disk + "/store"});
    const ToolResult plan = reel_tool({"migrate", "legacy:" + (folder / "tree"), "file:" + disk + "/new", "--plan"});
    write_file(folder / "error", outcome.error);
    write_file(folder / "out", plan.out);
    write_file(folder / "status", std::to_string(outcome.status) + std::to_string(plan.status));
  });
  if (!is_mounted) {
    WARN("this machine does not permit to mount a small disk");
    return;
  }
  CHECK(read_file(folder / "status") == "13");
  CHECK(read_file(folder / "error").find("unavailable: the disk of the target lacks about ") != std::string::npos);
  CHECK(read_file(folder / "out").find("everything: the disk of the target lacks about ") != std::string::npos);
}

}  // namespace migration_tests
