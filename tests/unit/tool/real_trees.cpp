#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>

#include "check_accounting.hpp"
#include "run_tool.hpp"

namespace real_trees_tests {

namespace fs = std::filesystem;

/// Output trees of real pipelines, which are kept outside the project; nothing, with a warning, if they are missing.
std::optional<fs::path> real_trees() {
  const char* const shared = std::getenv("REEL_SHARED");
  const fs::path trees =
      (shared != nullptr ? fs::path{shared} : fs::path{REEL_SOURCE_DIR} / "../shared") / "legacy/trees";
  if (fs::exists(trees)) return trees;
  WARN("skipped: there is no folder " << trees.string() << " (set REEL_SHARED)");
  SUCCEED();
  return std::nullopt;
}

TEST_CASE("real trees: the right fix is among the first 3 for 9 of 10 errors of other scenes", "[tool][memory]") {
  const std::optional<fs::path> trees = real_trees();
  if (!trees) return;
  const nlohmann::json result = done({"memory", "legacy:" + trees->string(), "eval", "--json"}).json();
  CHECK(result["cases"] >= 18);
  const auto recall = [&](std::size_t row) { return result["methods"][row]["recall_3"]["mean"].get<double>(); };
  CHECK(recall(4) >= 0.9);
  // The trees have few topics, so that the search of earlier programs finds 0.778 of their errors. Twice as many does
  // not exist here; generated errors show it (memory_evaluation.cpp).
  CHECK(recall(4) > recall(0));
}

TEST_CASE("real trees are copied and verified, and every file of them is accounted for", "[tool]") {
  const std::optional<fs::path> trees = real_trees();
  if (!trees) return;
  int moved = 0;
  for (const auto& tree : fs::directory_iterator(*trees)) {
    if (!tree.is_directory()) continue;
    INFO(tree.path());
    TemporaryFolder folder;
    const std::string source = "legacy:" + tree.path().string(), target = "file:" + (folder / "store");
    const ToolResult dry = done({"migrate", source, target, "--dry-run", "--report", folder / "dry.json"});
    done({"migrate", source, target, "--report", folder / "report.json"});
    const auto report = nlohmann::json::parse(read_file(folder / "report.json"));
    const auto planned = nlohmann::json::parse(read_file(folder / "dry.json"));
    CHECK(report["total"]["created"] == report["total"]["found"]);
    CHECK(planned["total"]["created"] == report["total"]["created"]);
    CHECK(planned["files"] == report["files"]);
    check_accounting(tree.path(), folder / "store", report);
    done({"verify", source, target});
    const auto stats = [](const std::string& store) {
      return done({"stats", store, "--json", "--since", "2020-01-01", "--until", "2026-01-01"}).json();
    };
    CHECK(stats(source) == stats(target));
    ++moved;
  }
  CHECK(moved >= 3);
}

}  // namespace real_trees_tests
