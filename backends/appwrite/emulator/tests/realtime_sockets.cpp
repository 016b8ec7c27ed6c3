// /v1/realtime over WebSockets.

#include <chrono>
#include <functional>
#include <thread>

#include <emulator/emulator.hpp>
#include <emulator/http/http_client.hpp>
#include <emulator/http/web_socket_client.hpp>
#include <emulator/realtime/hub.hpp>
#include <emulator/server/knobs.hpp>
#include <emulator/values/json.hpp>

#include "support/catch.hpp"

namespace realtime_sockets_tests {

using namespace reel::emulator;
using namespace std::chrono_literals;

constexpr auto patience = 10s;
constexpr auto moment = 100ms;  ///< For what must not happen.

/// A running server with the collection `c`, which everyone may read.
struct RunningServer {
  RunningServer() : emulator{{.keys = {{"all", "secret", {"*"}}}, .worker_delay = 1h}} {
    emulator.start();
    ask("POST", "/databases", {{"databaseId", "d"}, {"name", "d"}});
    ask("POST", "/databases/d/collections", {{"collectionId", "c"}, {"name", "c"}, {"permissions", {"read(\"any\")"}}});
    ask("POST", "/databases/d/collections/c/attributes/string", {{"key", "t"}, {"size", 2000000}, {"required", false}});
    emulator.app().finish_work("test");
  }
  int ask(const std::string& method, const std::string& path, const Json& body) {
    HttpClient client{"127.0.0.1", emulator.port()};
    return client
        .send(method, "/v1" + path,
              {{"X-Appwrite-Project", "test"}, {"X-Appwrite-Key", "secret"}, {"Content-Type", "application/json"}},
              body.dump())
        .status;
  }
  int create(const std::string& id, const std::string& text = "x") {
    return ask("POST", "/databases/d/collections/c/documents", {{"documentId", id}, {"data", {{"t", text}}}});
  }
  std::size_t subscribers() { return emulator.app().project("test")->hub->size(); }

  Emulator emulator;
};

/// A client that has subscribed to `documents`.
struct Subscribed : WebSocketClient {
  explicit Subscribed(RunningServer& server)
      : WebSocketClient{"127.0.0.1", server.emulator.port(), "/v1/realtime?project=test&channels[]=documents"} {
    REQUIRE(status() == 101);
    CHECK(next() == "connected");
  }
  /// The next frame: the type of a message, the id of the document of an event, `pong`, `close` or `end`; `nothing` if
  /// none arrives.
  std::string next(std::chrono::milliseconds wait = patience) {
    const std::vector<ReceivedFrame> frames = receive(1, wait);
    if (frames.empty()) return "nothing";
    const ReceivedFrame& frame = frames.front();
    if (frame.kind == ReceivedFrame::Kind::pong) return "ping answered";
    if (frame.kind == ReceivedFrame::Kind::close) return "close";
    if (frame.kind == ReceivedFrame::Kind::end) return "end";
    const Json json = Json::parse(frame.text);
    const std::string type = json.at("type");
    return type == "event" ? json.at("data").at("payload").at("$id").get<std::string>() : type;
  }
};

void wait_until(const std::function<bool()>& condition) {
  const auto give_up = std::chrono::steady_clock::now() + patience;
  while (!condition() && std::chrono::steady_clock::now() < give_up) std::this_thread::sleep_for(5ms);
  CHECK(condition());
}

TEST_CASE("a WebSocket receives events in the order of the changes, and answers") {
  RunningServer server;
  Subscribed client{server};
  for (int i = 0; i < 20; ++i) server.create("k" + std::to_string(i));
  for (int i = 0; i < 20; ++i) CHECK(client.next() == "k" + std::to_string(i));
  client.ping("abc");
  CHECK(client.next() == "ping answered");
  client.send(R"({"type":"ping"})");
  CHECK(client.next() == "pong");
  client.send("not json");
  CHECK(client.next() == "error");
  CHECK(server.subscribers() == 1);
  client.close();
  wait_until([&] { return server.subscribers() == 0; });
}

TEST_CASE("a refused connection is upgraded, receives the error, and ends without a close frame") {
  RunningServer server;
  WebSocketClient client{"127.0.0.1", server.emulator.port(), "/v1/realtime?project=test"};
  CHECK(client.status() == 101);
  const std::vector<ReceivedFrame> frames = client.receive(3, patience);
  REQUIRE(frames.size() == 2);
  CHECK(Json::parse(frames[0].text).at("data").at("code") == 1008);
  CHECK(frames[1].kind == ReceivedFrame::Kind::end);
}

TEST_CASE("only /v1/realtime is upgraded") {
  RunningServer server;
  WebSocketClient client{"127.0.0.1", server.emulator.port(), "/v1/databases"};
  CHECK(client.status() == 401);
}

TEST_CASE("a client that does not read delays no writer and is disconnected") {
  RunningServer server;
  Subscribed slow{server};
  Subscribed fast{server};
  const std::string large(1'000'000, 'x');
  for (int i = 0; i < 40; ++i) {
    REQUIRE(server.create("k" + std::to_string(i), large) == 201);
    CHECK(fast.next() == "k" + std::to_string(i));
  }
  CHECK(server.subscribers() == 1);
  // The events that had left the server still arrive, then the connection ends.
  std::string last;
  for (int i = 0; i < 41 && last != "end"; ++i) last = slow.next();
  CHECK(last == "end");
}

TEST_CASE("faults refuse the upgrade") {
  RunningServer server;
  Knobs& knobs = server.emulator.app().knobs();
  const auto status = [&] {
    return WebSocketClient{"127.0.0.1", server.emulator.port(), "/v1/realtime?project=test&channels[]=rows"}.status();
  };
  knobs.add({.fault = {.status = 503}, .path = "/realtime"});
  CHECK(status() == 503);
  knobs.add({.fault = {.kind = FaultKind::drop_before}, .path = "/realtime"});
  CHECK(status() == 0);
  knobs.add({.fault = {.kind = FaultKind::drop_after}, .path = "/realtime"});
  CHECK(status() == 0);
  knobs.add({.fault = {.kind = FaultKind::delay, .wait = 50ms}, .path = "/realtime"});
  CHECK(status() == 101);
}

TEST_CASE("a cut WebSocket ends without a close frame after its last event") {
  RunningServer server;
  Subscribed client{server};
  server.emulator.app().knobs().add({.fault = {.kind = FaultKind::cut_socket}, .after = 1});
  server.create("a");
  CHECK(client.next() == "a");
  CHECK(client.next() == "end");
}

TEST_CASE("a muted WebSocket stays open") {
  RunningServer server;
  server.emulator.app().knobs().add({.fault = {.kind = FaultKind::mute_socket}});
  Subscribed client{server};
  server.create("a");
  client.ping("abc");
  CHECK(client.next() == "ping answered");
  CHECK(client.next(moment) == "nothing");
}

TEST_CASE("a muted WebSocket that answers nothing stays open") {
  RunningServer server;
  server.emulator.app().knobs().add({.fault = {.kind = FaultKind::mute_socket, .answers_pings = false}});
  Subscribed client{server};
  std::this_thread::sleep_for(moment);
  server.create("a");
  client.ping("abc");
  client.send(R"({"type":"ping"})");
  CHECK(client.next(moment) == "nothing");
}

TEST_CASE("all WebSockets of a project can be closed at once") {
  RunningServer server;
  Subscribed first{server};
  Subscribed second{server};
  server.emulator.app().project("test")->hub->close_all();
  CHECK(first.next() == "end");
  CHECK(second.next() == "end");
  wait_until([&] { return server.subscribers() == 0; });
}

TEST_CASE("the server stops while WebSockets are open") {
  RunningServer server;
  Subscribed client{server};
  server.emulator.stop();
  CHECK(server.subscribers() == 0);
  CHECK(client.next() == "end");
}

}  // namespace realtime_sockets_tests
