#include <emulator/replay/replayer.hpp>

#include <chrono>
#include <thread>

#include <emulator/http/http_client.hpp>
#include <emulator/replay/comparison.hpp>
#include <emulator/replay/payload.hpp>
#include <emulator/replay/placeholders.hpp>
#include <emulator/replay/web_socket_steps.hpp>

namespace reel::emulator::replay {
namespace {

using namespace std::chrono_literals;

/// The member at a dotted path such as `a.b`; null if not found.
const Json* dotted(const Json& body, std::string_view path) {
  const Json* value = &body;
  while (value != nullptr && !path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    value = member(*value, path.substr(0, dot));
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  return value;
}

/// Stores the values of a response that later steps refer to.
void remember(const Step& step, const ClientResponse& response, Placeholders& placeholders) {
  const Json body = Json::parse(response.body, nullptr, false);
  if (!body.is_object()) return;
  const Json captures = step.exchange.value("capture", Json::object());
  for (const auto& [name, path] : captures.items()) {
    const Json* value = dotted(body, path.get_ref<const std::string&>());
    if (value != nullptr && value->is_string()) placeholders.captured[name] = value->get<std::string>();
  }
  const auto path = step.request().at("path").get<std::string>();
  if (step.request().at("method") != "POST" || !path.starts_with("/users/")) return;
  const std::string rest = path.substr(7);
  const std::string user = rest.substr(0, rest.find('/'));
  if (rest.ends_with("/sessions") && body.contains("secret")) placeholders.sessions[user] = body.at("secret");
  if (rest.ends_with("/jwts") && body.contains("jwt")) {
    placeholders.tokens[user] = body.at("jwt");
    placeholders.last_token = body.at("jwt");
  }
}

ClientResponse send(HttpClient& client, const Payload& payload) {
  return client.send(payload.method, payload.target, payload.headers, payload.body);
}

/// A replay of one scenario.
class Run {
 public:
  Run(const Scenario& scenario, const Target& target)
      : scenario_{scenario}, target_{target}, client_{target.host, target.port}, sockets_{target} {
    placeholders_.project = target.project;
  }

  std::vector<Mismatch> all() {
    for (std::size_t i = 0; i < scenario_.steps.size();) {
      const std::size_t end = end_of_group(i);
      if (const double pause = scenario_.steps[i].exchange.value("sleep_s", 0.0); pause > 0) {
        std::this_thread::sleep_for(std::chrono::duration<double>{pause});
      }
      if (end == i + 1) {
        one(scenario_.steps[i]);
      } else {
        together(i, end);
      }
      i = end;
    }
    return std::move(mismatches_);
  }

 private:
  std::size_t end_of_group(std::size_t begin) const {
    const std::string group = scenario_.steps[begin].text("parallel");
    std::size_t end = begin + 1;
    while (!group.empty() && end < scenario_.steps.size() && scenario_.steps[end].text("parallel") == group) ++end;
    return end;
  }

  void one(const Step& step) {
    if (step.is_web_socket()) {
      if (const std::string found = sockets_.run(step, placeholders_); !found.empty()) add_mismatch(step, found);
      return;
    }
    const Payload payload = payload_of(step, placeholders_, target_.key);
    const auto give_up = std::chrono::steady_clock::now() + 10s;
    if (step.flag("poll") && target_.finish_work) target_.finish_work();
    while (true) {
      const ClientResponse response = send(client_, payload);
      remember(step, response, placeholders_);
      const std::string found = difference(step, response, placeholders_);
      if (found.empty()) return;
      const bool again = step.flag("poll") && !target_.finish_work && std::chrono::steady_clock::now() < give_up;
      if (!again) return add_mismatch(step, found);
      std::this_thread::sleep_for(20ms);
    }
  }

  void together(std::size_t begin, std::size_t end) {
    std::vector<ClientResponse> responses(end - begin);
    std::vector<std::thread> threads;
    for (std::size_t i = begin; i < end; ++i) {
      threads.emplace_back([this, &responses, begin, i] {
        HttpClient client{target_.host, target_.port};
        responses[i - begin] = send(client, payload_of(scenario_.steps[i], placeholders_, target_.key));
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (std::size_t i = begin; i < end; ++i) {
      remember(scenario_.steps[i], responses[i - begin], placeholders_);
      const std::string found = difference(scenario_.steps[i], responses[i - begin], placeholders_);
      if (!found.empty()) add_mismatch(scenario_.steps[i], found);
    }
  }

  void add_mismatch(const Step& step, const std::string& what) {
    mismatches_.push_back({scenario_.name, step.number, what});
  }

  const Scenario& scenario_;
  const Target& target_;
  HttpClient client_;
  WebSocketSteps sockets_;
  Placeholders placeholders_;
  std::vector<Mismatch> mismatches_;
};

}  // namespace

std::vector<Mismatch> replay(const Scenario& scenario, const Target& target) { return Run{scenario, target}.all(); }

}  // namespace reel::emulator::replay
