#include <emulator/replay/recording.hpp>

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace reel::emulator::replay {

std::vector<Scenario> read_recording(const std::filesystem::path& file) {
  std::ifstream in{file};
  if (!in) throw std::runtime_error{"cannot read '" + file.string() + "'"};
  std::vector<Scenario> scenarios;
  for (std::string line; std::getline(in, line);) {
    Json exchange = Json::parse(line);
    const auto name = exchange.at("scenario").get<std::string>();
    if (scenarios.empty() || scenarios.back().name != name) scenarios.push_back({name, {}});
    const int number = exchange.at("step").get<int>();
    scenarios.back().steps.push_back({number, std::move(exchange)});
  }
  return scenarios;
}

std::string limited_secret(const std::string& name) { return "standard_limited-" + name; }

std::vector<ApiKey> keys_of(const Scenario& scenario, const std::string& secret) {
  std::vector<ApiKey> keys{{"all", secret, {"*"}}};
  for (const Step& step : scenario.steps) {
    if (step.is_web_socket()) continue;
    const std::string auth = step.request().value("auth", std::string{});
    if (!auth.starts_with("key:")) continue;
    const std::string name = auth.substr(4);
    if (std::any_of(keys.begin(), keys.end(), [&](const ApiKey& key) { return key.name == name; })) continue;
    keys.push_back({name, limited_secret(name), step.request().value("authScopes", std::vector<std::string>{})});
  }
  return keys;
}

}  // namespace reel::emulator::replay
