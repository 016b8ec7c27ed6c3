#include <iostream>
#include <set>
#include <string>
#include <vector>

#include <emulator/emulator.hpp>
#include <emulator/replay/exceptions.hpp>
#include <emulator/replay/recording.hpp>
#include <emulator/replay/replayer.hpp>

#include "support/catch.hpp"

namespace replay_tests {

using namespace reel::emulator;

const std::filesystem::path recordings =
    std::filesystem::path{REEL_SOURCE_DIR} / "backends/appwrite/emulator/recordings";
const char* const areas[] = {"databases", "collections", "attributes", "indexes",     "documents", "queries",
                             "tablesdb",  "pipeline",    "general",    "permissions", "storage",   "realtime"};

struct StepResult {
  std::size_t steps = 0;
  std::vector<replay::Mismatch> mismatches;
  std::set<replay::StepName> seen;
};

/// Replays a recording. Every scenario gets a new project, so it starts from an empty server.
void replay_area(Emulator& server, const std::string& area, StepResult& outcome) {
  for (const replay::Scenario& scenario : replay::read_recording(recordings / (area + ".jsonl"))) {
    const std::string project = "replay";
    server.app().remove_project(project);
    server.app().add_project(project, replay::keys_of(scenario, "standard_all"));
    const replay::Target target{"127.0.0.1", server.port(), project, "standard_all",
                                [&] { server.app().finish_work(project); }};
    for (replay::Mismatch& mismatch : replay::replay(scenario, target))
      outcome.mismatches.push_back(std::move(mismatch));
    for (const replay::Step& step : scenario.steps) outcome.seen.emplace(scenario.name, step.number);
    outcome.steps += scenario.steps.size();
  }
}

TEST_CASE("replayed requests get the responses recorded from a real server") {
  Emulator server{{.storage_limit = 600'000'000, .worker_delay = std::chrono::hours{1}}};
  server.start();
  StepResult outcome;
  for (const char* area : areas) replay_area(server, area, outcome);

  const replay::Exceptions exceptions = replay::read_exceptions(recordings / "exceptions.txt");
  std::set<replay::StepName> differing;
  for (const auto& [scenario, step, what] : outcome.mismatches) {
    differing.emplace(scenario, step);
    const bool excepted = exceptions.contains({scenario, step});
    std::cout << (excepted ? "excepted: " : "DIFFERS: ") << scenario << ' ' << step << ' ' << what << '\n';
    if (!excepted) {
      UNSCOPED_INFO(scenario << ' ' << step << ' ' << what);
      CHECK(excepted);
    }
  }
  std::cout << outcome.steps - differing.size() << " of " << outcome.steps << " recorded steps match\n";

  CHECK(outcome.steps >= 2000);
  CHECK(exceptions.size() * 50 <= outcome.steps);
  for (const auto& [name, reason] : exceptions) {
    INFO("stale exception: " << name.first << ' ' << name.second);
    CHECK(differing.contains(name));
  }
}

}  // namespace replay_tests
