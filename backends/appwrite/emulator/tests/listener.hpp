#pragma once

#include <string>
#include <utility>
#include <vector>

#include <emulator/realtime/connection.hpp>
#include <emulator/server/app.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// A connection to `/v1/realtime` without a socket.
class Listener : public Outlet {
 public:
  /// Subscribes a client of the project `test` to these channels. `more` are further parameters.
  explicit Listener(App& app, const std::vector<std::string>& channels = {"documents"}, Pairs headers = {},
                    Pairs more = {})
      : connection_{app, *this} {
    Pairs query{{"project", "test"}};
    for (const std::string& channel : channels) query.emplace_back("channels[]", channel);
    query.insert(query.end(), more.begin(), more.end());
    connection_.open({"GET", "/realtime", query, std::move(headers), {}});
  }
  /// Opens a connection with exactly these parameters.
  Listener(App& app, const Pairs& query, const Pairs& headers) : connection_{app, *this} {
    connection_.open({"GET", "/realtime", query, headers, {}});
  }

  void send(Frame frame) override { frames_.push_back(Json::parse(*frame)); }
  void finish() override { finished_ = true; }
  void stop_answering() override { stopped_ = true; }

  /// Sends a message of the client.
  void say(const std::string& message) { connection_.receive(message); }
  /// Returns the frames since the last call.
  std::vector<Json> take() { return std::exchange(frames_, {}); }
  /// Returns the first name of each event since the last call; other frames are dropped.
  std::vector<std::string> events() {
    std::vector<std::string> names;
    for (const Json& frame : take()) {
      if (frame.at("type") == "event") names.push_back(frame.at("data").at("events").at(0));
    }
    return names;
  }
  /// The last frame since the last call, in short: its type, or `error` and its code.
  std::string last() {
    const std::vector<Json> frames = take();
    if (frames.empty()) return "nothing";
    const Json& frame = frames.back();
    const std::string type = frame.at("type");
    return type == "error" ? "error " + frame.at("data").at("code").dump() : type;
  }
  /// Whether the server has closed the connection.
  bool finished() const noexcept { return finished_; }
  /// Whether the server has stopped reading.
  bool stopped() const noexcept { return stopped_; }

 private:
  std::vector<Json> frames_;
  bool finished_ = false;
  bool stopped_ = false;
  RealtimeConnection connection_;
};

}  // namespace reel::emulator
