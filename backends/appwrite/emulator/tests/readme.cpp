// README.md is checked against the program.

#include <fstream>
#include <iostream>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <emulator/command_line.hpp>
#include <emulator/replay/recording.hpp>

#include "support/catch.hpp"

namespace readme_tests {

using namespace reel::emulator;

const std::filesystem::path folder = std::filesystem::path{REEL_SOURCE_DIR} / "backends/appwrite/emulator";

/// The first cells, without backticks, of the table rows between a heading and the next one.
std::vector<std::string> first_cells(const std::string& heading) {
  std::ifstream file(folder / "README.md");
  std::vector<std::string> cells;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) inside = line == "## " + heading;
    if (inside && line.starts_with("| `")) cells.push_back(line.substr(3, line.find('`', 3) - 3));
  }
  return cells;
}

std::string printed_help() {
  std::ostringstream printed;
  std::streambuf* const before = std::cout.rdbuf(printed.rdbuf());
  const char* const arguments[] = {"reel-appwrite-emulator", "--help"};
  const bool ended = !read_command_line(2, arguments);
  std::cout.rdbuf(before);
  CHECK(ended);
  return printed.str();
}

TEST_CASE("the README lists the options of the program and no others") {
  const std::string help = printed_help();
  const std::regex option{R"(--[a-z][a-z-]*)"};
  const std::set<std::string> offered(std::sregex_token_iterator(help.begin(), help.end(), option), {});
  const std::vector<std::string> listed = first_cells("Options");
  CHECK(offered.size() > 10);
  CHECK(std::set<std::string>(listed.begin(), listed.end()) == offered);
}

TEST_CASE("the README has a valid example of each kind of fault") {
  const std::vector<std::string> examples = first_cells("Faults");
  std::set<FaultKind> kinds;
  for (const std::string& example : examples) kinds.insert(read_fault(example).fault.kind);
  CHECK(kinds.size() == 11);
  CHECK(kinds.size() == examples.size());
}

TEST_CASE("the README counts the recorded steps") {
  std::size_t steps = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder / "recordings")) {
    if (file.path().extension() != ".jsonl") continue;
    for (const replay::Scenario& scenario : replay::read_recording(file.path())) steps += scenario.steps.size();
  }
  std::string count = std::to_string(steps);
  REQUIRE(count.size() == 4);
  std::ifstream file(folder / "README.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  CHECK(text.find(" " + count.insert(1, ",") + " recorded steps") != std::string::npos);
}

TEST_CASE("the README lists the source folders") {
  std::ifstream file(folder / "README.md");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_directory()) continue;
    CAPTURE(entry.path());
    CHECK(text.find("`" + entry.path().filename().string() + "/`") != std::string::npos);
  }
}

}  // namespace readme_tests
