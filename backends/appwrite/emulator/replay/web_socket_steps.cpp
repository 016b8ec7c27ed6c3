#include <emulator/replay/web_socket_steps.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>
#include <vector>

#include <emulator/replay/comparison.hpp>
#include <emulator/replay/payload.hpp>

namespace reel::emulator::replay {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 10s;  ///< For a frame that the recording contains.
constexpr auto quiet = 600ms;   ///< After which a real server is expected to send nothing more.

Json frame_json(const ReceivedFrame& frame) {
  Json json{{"dir", "in"}};
  if (frame.kind == ReceivedFrame::Kind::pong) json["pong"] = frame.text;
  if (frame.kind == ReceivedFrame::Kind::close) json["close"] = frame.code;
  if (frame.kind == ReceivedFrame::Kind::end) json["eof"] = true;
  if (frame.kind != ReceivedFrame::Kind::text) return json;
  Json text = Json::parse(frame.text, nullptr, false);
  json["text"] = text.is_discarded() ? Json(frame.text) : std::move(text);
  return json;
}

/// The recorded frames that the client received.
Json incoming(const Step& step) {
  Json frames = Json::array();
  for (const Json& frame : step.exchange.value("frames", Json::array())) {
    if (frame.value("dir", std::string{}) == "in") frames.push_back(frame);
  }
  return frames;
}

bool is_pong(const ReceivedFrame& frame) { return frame.text == R"({"type":"pong"})"; }

bool has_ended(const ReceivedFrame& frame) {
  return frame.kind == ReceivedFrame::Kind::close || frame.kind == ReceivedFrame::Kind::end;
}

bool are_events(const Json& frames) {
  return std::all_of(frames.begin(), frames.end(), [](const Json& frame) {
    const Json* text = member(frame, "text");
    return text != nullptr && text->is_object() && text->value("type", "") == "event";
  });
}

}  // namespace

void WebSocketSteps::connect(const Step& step, const Placeholders& placeholders) {
  std::string target = "/v1/realtime";
  for (const Json& parameter : step.exchange.value("params", Json::array())) {
    target += target.find('?') == std::string::npos ? '?' : '&';
    target += encode_percent(parameter.at(0).get<std::string>()) + "=" +
              encode_percent(placeholders.fill(parameter.at(1).get<std::string>()));
  }
  Pairs headers;
  const Json sent = step.exchange.value("headers", Json::object());
  for (const auto& [name, value] : sent.items())
    headers.emplace_back(name, placeholders.fill(value.get<std::string>()));
  clients_.erase(step.text("ws"));
  clients_.try_emplace(step.text("ws"), target_.host, target_.port, target, headers);
}

std::vector<ReceivedFrame> WebSocketSteps::collect(WebSocketClient& client) const {
  constexpr auto all = std::numeric_limits<std::size_t>::max();
  if (!target_.finish_work) return client.receive(all, quiet);
  // The emulator has queued every event before it answers the request, so they all precede the answer to a ping.
  client.send(R"({"type":"ping"})");
  std::vector<ReceivedFrame> frames;
  while (true) {
    std::vector<ReceivedFrame> next = client.receive(1, patience);
    if (next.empty() || is_pong(next.front())) return frames;
    frames.push_back(std::move(next.front()));
    if (has_ended(frames.back())) return frames;
  }
}

Json WebSocketSteps::receive(WebSocketClient& client, const Step& step, std::size_t expected) const {
  Json frames = Json::array();
  const bool all = step.text("action") == "collect";
  for (const ReceivedFrame& frame : all ? collect(client) : client.receive(expected, patience)) {
    frames.push_back(frame_json(frame));
  }
  return frames;
}

std::string WebSocketSteps::run(const Step& step, Placeholders& placeholders) {
  const std::string action = step.text("action");
  if (action == "connect") connect(step, placeholders);
  WebSocketClient& client = clients_.at(step.text("ws"));
  if (action == "connect" && client.status() != step.exchange.value("handshake", 101)) {
    return "handshake: got " + std::to_string(client.status());
  }
  if (action == "close") {
    client.close();
    clients_.erase(step.text("ws"));
    return {};
  }
  if (action == "send") {
    const Json out = placeholders.fill_all(step.exchange.at("out"));
    client.send(out.is_string() ? out.get<std::string>() : out.dump());
  }
  if (action == "ping") client.ping("abc");
  const Json expected = incoming(step);
  const Json actual = receive(client, step, expected.size());
  const bool flaky = step.flag("flaky") && action == "collect";
  if (flaky) return are_events(actual) ? "" : "frames: got " + actual.dump();
  return difference(expected, actual, placeholders, "frames");
}

}  // namespace reel::emulator::replay
