#include "support/catch.hpp"

#include <reel/backends/appwrite/curl_transport.hpp>
#include <reel/backends/appwrite/transport.hpp>
#include "unit/appwrite_live/line.hpp"
#include "unit/appwrite_live/raw_server.hpp"

namespace faults_tests {

using namespace reel::appwrite;
using namespace std::chrono_literals;

TEST_CASE("a closed port is reported as unreachable", "[appwrite]") {
  std::string endpoint;
  {
    endpoint = RawServer([](RawConnection&) {}).endpoint();
  }
  CurlTransport transport(live::config(endpoint));
  const TransportError error = live::fault_of([&] { transport.send({.path = "/x"}, {}); });
  CHECK(error.fault() == Fault::unreachable);
  CHECK_FALSE(error.reached_server());
}

TEST_CASE("a request whose connection ends is not repeated by the transport", "[appwrite]") {
  std::atomic<int> requests{0};
  const RawServer server([&](RawConnection& connection) {
    while (connection.request())
      if (++requests == 1)
        connection.answer("{}");
      else
        return;
  });
  CurlTransport transport(live::config(server.endpoint()));
  const HttpRequest request{.method = Method::post, .path = "/x", .body = "{}"};
  CHECK(transport.send(request, {}).status == 200);
  // On a reused connection, where libcurl would repeat the request automatically.
  const TransportError reused = live::fault_of([&] { transport.send(request, {}); });
  CHECK(reused.fault() == Fault::broken);
  CHECK(reused.reached_server());
  CHECK(requests == 2);
  const TransportError fresh = live::fault_of([&] { transport.send(request, {}); });
  CHECK(fresh.fault() == Fault::broken);
  CHECK(fresh.reached_server());
  CHECK(requests == 3);
}

TEST_CASE("half a response is a failure", "[appwrite]") {
  const RawServer server([](RawConnection& connection) {
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
  });
  CurlTransport transport(live::config(server.endpoint()));
  const TransportError error = live::fault_of([&] { transport.send({.path = "/x"}, {}); });
  CHECK(error.fault() == Fault::broken);
  CHECK(error.reached_server());
}

TEST_CASE("a response that is late or stalls is a timeout", "[appwrite]") {
  const RawServer server([](RawConnection& connection) {
    const auto request = connection.request();
    if (request && request->starts_with("GET /v1/half"))
      connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"half\":");
    connection.wait_for_close();
  });
  CurlTransport transport(live::config(server.endpoint()));
  for (const char* path : {"/none", "/half"}) {
    const TransportError error = live::fault_of([&] { transport.send({.path = path}, {.timeout = 50ms}); });
    CHECK(error.fault() == Fault::timed_out);
    CHECK(error.reached_server());
  }
  const auto sink = [](std::span<const std::byte>) {};
  CHECK(live::fault_of([&] {
          transport.send({.path = "/half", .sink = sink}, {.timeout = 1h, .stall_timeout = 1s});
        }).fault() == Fault::timed_out);
}

TEST_CASE("a stop ends a request that waits for its response at once", "[appwrite]") {
  std::atomic<bool> waiting{false};
  const RawServer server([&](RawConnection& connection) {
    if (connection.request()) waiting = true;
    connection.wait_for_close();
  });
  CurlTransport transport(live::config(server.endpoint()));
  std::stop_source source;
  std::thread stopping([&] {
    while (!waiting) std::this_thread::yield();
    source.request_stop();
  });
  const TransportError error =
      live::fault_of([&] { transport.send({.path = "/x"}, {.timeout = 1h, .stop = source.get_token()}); });
  stopping.join();
  CHECK(error.fault() == Fault::cancelled);
  CHECK(error.reached_server());
}

TEST_CASE("a server that does not speak HTTP is reported", "[appwrite]") {
  const RawServer server([](RawConnection& connection) {
    connection.request();
    connection.send("SSH-2.0-OpenSSH_9.2\r\n");
  });
  CurlTransport transport(live::config(server.endpoint()));
  CHECK(live::fault_of([&] { transport.send({.path = "/x"}, {}); }).fault() == Fault::not_http);
}

TEST_CASE("a redirect within the origin is followed, and one to another origin is not", "[appwrite]") {
  std::atomic<int> elsewhere{0};
  const RawServer other([&](RawConnection& connection) {
    while (connection.request()) ++elsewhere;
  });
  const RawServer server([&](RawConnection& connection) {
    while (const auto request = connection.request()) {
      const std::string target = request->substr(request->find(' ') + 1, 7);
      if (target == "/v1/old")
        connection.answer("", "307 Temporary Redirect", "Location: /v1/new\r\n");
      else if (target == "/v1/new")
        connection.answer(*request);
      else if (target == "/v1/all")
        connection.answer("", "301 Moved Permanently", "Location: /v1/all\r\n");
      else
        connection.answer("", "308 Permanent Redirect", "Location: " + other.endpoint() + "/new\r\n");
    }
  });
  CurlTransport transport(live::config(server.endpoint()));
  const HttpRequest request{.method = Method::post, .path = "/old", .body = "abc"};
  CHECK(transport.send(request, {}).body.ends_with("\r\n\r\nabc"));

  const TransportError error = live::fault_of([&] { transport.send({.path = "/far"}, {}); });
  CHECK(error.fault() == Fault::redirected);
  CHECK(
      std::string(error.what()).starts_with("http://" + server.address() + " redirects to http://" + other.address()));
  CHECK(live::fault_of([&] { transport.send({.path = "/all"}, {}); }).fault() == Fault::redirected);
  CHECK(live::fault_of([&] { transport.send({.method = Method::post, .path = "/all", .body = "abc"}, {}); }).fault() ==
        Fault::redirected);
  CHECK(elsewhere == 0);
}

}  // namespace faults_tests
