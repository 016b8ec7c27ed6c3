// The faults of sockets, without sockets.

#include <emulator/command_line.hpp>
#include <emulator/server/knobs.hpp>
#include <emulator/tests/listener.hpp>
#include <emulator/tests/server.hpp>

#include "support/catch.hpp"

namespace realtime_faults_tests {

using namespace reel::emulator;

struct OpenServer : Server {
  OpenServer() {
    call("PUT", c, {{"name", "c"}, {"permissions", {"read(\"any\")"}}});
    add("integer", "n");
  }
  /// Creates documents and returns which of them the listener is informed of: `x` if it is, otherwise `.`.
  std::string creates(Listener& listener, int count) {
    std::string received;
    for (int i = 0; i < count; ++i) {
      create("k" + std::to_string(next_++), {{"n", i}});
      received += listener.events().empty() ? '.' : 'x';
    }
    return received;
  }

 private:
  int next_ = 0;
};

TEST_CASE("drop-event loses events by number or chance") {
  OpenServer server;
  Listener listener{server.app};
  server.app.knobs().add({.fault = {.kind = FaultKind::drop_event}, .skip = 1, .times = 2, .every = 2});
  CHECK(server.creates(listener, 7) == "xx.x.xx");
  CHECK(server.app.knobs().hits() == 2);
  server.app.knobs().add({.fault = {.kind = FaultKind::drop_event}, .times = 0, .chance = 0.5});
  const std::string some = server.creates(listener, 40);
  CHECK(some.find('x') != std::string::npos);
  CHECK(some.find('.') != std::string::npos);
}

TEST_CASE("a fault of sockets selects them by channel") {
  OpenServer server;
  Listener listener{server.app};
  server.app.knobs().add({.fault = {.kind = FaultKind::drop_event}, .path = "documents.k1", .times = 0});
  CHECK(server.creates(listener, 3) == "x.x");
}

TEST_CASE("cut-socket closes a connection instead of an event or after a number of them") {
  OpenServer server;
  Listener listener{server.app};
  server.app.knobs().add({.fault = {.kind = FaultKind::cut_socket}, .after = 2});
  CHECK(server.creates(listener, 2) == "xx");
  CHECK(listener.finished());
  CHECK(server.creates(listener, 1) == ".");
  Listener next{server.app};
  server.app.knobs().add({.fault = {.kind = FaultKind::cut_socket}});
  CHECK(server.creates(next, 1) == ".");
  CHECK(next.finished());
  server.app.knobs().add({.fault = {.kind = FaultKind::cut_socket}, .after = 0});
  Listener last{server.app};
  CHECK(last.last() == "connected");
  CHECK(last.finished());
}

TEST_CASE("mute-socket withholds all later events and answers pings unless told otherwise") {
  OpenServer server;
  server.app.knobs().add({.fault = {.kind = FaultKind::mute_socket}});
  Listener muted{server.app};
  Listener other{server.app};
  CHECK(muted.last() == "connected");
  CHECK(server.creates(muted, 2) == "..");
  CHECK(other.events().size() == 2);
  muted.say(R"({"type":"ping"})");
  CHECK(muted.last() == "pong");
  CHECK_FALSE(muted.finished());
  CHECK_FALSE(muted.stopped());
  server.app.knobs().add({.fault = {.kind = FaultKind::mute_socket, .answers_pings = false}, .after = 1});
  Listener silent{server.app};
  CHECK(server.creates(silent, 2) == "x.");
  CHECK(silent.stopped());
}

TEST_CASE("faults of sockets are parsed from their notation") {
  const FaultRule drop = read_fault("drop-event,every=3,times=0");
  CHECK(drop.fault.kind == FaultKind::drop_event);
  CHECK(drop.every == 3);
  CHECK(read_fault("cut-socket,after=5").after == 5);
  CHECK_FALSE(read_fault("mute-socket,pings=no").fault.answers_pings);
  CHECK_THROWS_AS(read_fault("mute-socket,pings=perhaps"), std::invalid_argument);
}

}  // namespace realtime_faults_tests
