#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <emulator/server/config.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator::replay {

/// One exchange with a real server, as recorded.
struct Step {
  int number = 0;
  Json exchange;

  bool flag(const char* name) const { return exchange.value(name, false); }
  std::string text(const char* name) const { return exchange.value(name, std::string{}); }
  const Json& request() const { return exchange.at("request"); }
  const Json& response() const { return exchange.at("response"); }
};

/// Exchanges that follow one another, from an empty server.
struct Scenario {
  std::string name;
  std::vector<Step> steps;
};

/// The scenarios of a `.jsonl` file; throws std::runtime_error.
std::vector<Scenario> read_recording(const std::filesystem::path& file);

/// The secret of a limited key.
std::string limited_secret(const std::string& name);
/// The keys that a scenario needs: one for everything, with that secret, and its limited ones.
std::vector<ApiKey> keys_of(const Scenario& scenario, const std::string& secret);

}  // namespace reel::emulator::replay
