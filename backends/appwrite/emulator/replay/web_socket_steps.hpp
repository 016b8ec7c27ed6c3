#pragma once

#include <map>
#include <string>

#include <emulator/http/web_socket_client.hpp>
#include <emulator/replay/placeholders.hpp>
#include <emulator/replay/recording.hpp>
#include <emulator/replay/replayer.hpp>

namespace reel::emulator::replay {

/// Executes the WebSocket steps of a scenario and keeps its connections.
class WebSocketSteps {
 public:
  /// `target` must outlive the object.
  explicit WebSocketSteps(const Target& target) : target_{target} {}

  /// Executes a step and returns one line about the first difference; empty if the received frames match. Of a `flaky`
  /// step only the upgrade and the types of the frames are compared.
  std::string run(const Step& step, Placeholders& placeholders);

 private:
  void connect(const Step& step, const Placeholders& placeholders);
  /// The frames that the step receives, in the form of the recording.
  Json receive(WebSocketClient& client, const Step& step, std::size_t expected) const;
  /// Everything that has arrived since the last step.
  std::vector<ReceivedFrame> collect(WebSocketClient& client) const;

  const Target& target_;
  std::map<std::string, WebSocketClient> clients_;  ///< By name of the connection.
};

}  // namespace reel::emulator::replay
