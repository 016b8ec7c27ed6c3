#include <iostream>
#include <string>
#include <vector>

#include <emulator/emulator.hpp>
#include <emulator/replay/recording.hpp>
#include <emulator/replay/replayer.hpp>

namespace {

using namespace reel::emulator;

/// Replays the scenarios whose name starts with `prefix` and prints the steps that differ. Returns their number.
std::size_t run(const std::string& file, const std::string& prefix, Emulator& server) {
  std::size_t steps = 0;
  std::size_t wrong = 0;
  for (const replay::Scenario& scenario : replay::read_recording(file)) {
    if (!scenario.name.starts_with(prefix)) continue;
    const std::string project = "replay";
    server.app().remove_project(project);
    server.app().add_project(project, replay::keys_of(scenario, "standard_all"));
    const replay::Target target{"127.0.0.1", server.port(), project, "standard_all",
                                [&] { server.app().finish_work(project); }};
    const auto mismatches = replay::replay(scenario, target);
    for (const auto& [name, step, what] : mismatches) std::cout << name << ' ' << step << ' ' << what << '\n';
    steps += scenario.steps.size();
    wrong += mismatches.size();
  }
  std::cout << file << ": " << steps - wrong << " of " << steps << " steps match\n";
  return wrong;
}

}  // namespace

/// Usage: reel-appwrite-replay [--scenario PREFIX] FILE…
///
/// Exit status: 0 if all steps match, 1 if some differ, 2 on failure.
int main(int argc, char** argv) try {
  std::string prefix;
  std::vector<std::string> files;
  for (int i = 1; i < argc; ++i) {
    if (std::string{argv[i]} == "--scenario" && i + 1 < argc) {
      prefix = argv[++i];
    } else {
      files.emplace_back(argv[i]);
    }
  }
  Emulator server{{.storage_limit = 600'000'000, .worker_delay = std::chrono::hours{1}}};
  server.start();
  std::size_t wrong = 0;
  for (const std::string& file : files) wrong += run(file, prefix, server);
  return wrong == 0 ? 0 : 1;
} catch (const std::exception& error) {
  std::cerr << "reel-appwrite-replay: " << error.what() << '\n';
  return 2;
}
