#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <emulator/server/config.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator::replay {

/// A recorded request and response of a real server.
struct Step {
  int number = 0;  ///< As in the recording, within the scenario.
  Json exchange;   ///< The line of the recording.

  /// A member of the exchange; false if it is missing.
  bool flag(const char* name) const { return exchange.value(name, false); }
  /// A member of the exchange; empty if it is missing.
  std::string text(const char* name) const { return exchange.value(name, std::string{}); }
  /// Whether the step uses a WebSocket: it has an `action` instead of a request.
  bool is_web_socket() const { return exchange.contains("ws"); }
  const Json& request() const { return exchange.at("request"); }
  const Json& response() const { return exchange.at("response"); }
};

/// Steps that build on each other and start from an empty server.
struct Scenario {
  std::string name;
  std::vector<Step> steps;
};

/// The scenarios of a `.jsonl` file, in order. Throws std::runtime_error if it cannot be read, or a JSON exception.
std::vector<Scenario> read_recording(const std::filesystem::path& file);

/// The secret that replays use for the limited key `name`.
std::string limited_secret(const std::string& name);
/// The API keys of a scenario: one with all scopes and the secret `secret`, and its limited keys.
std::vector<ApiKey> keys_of(const Scenario& scenario, const std::string& secret);

}  // namespace reel::emulator::replay
