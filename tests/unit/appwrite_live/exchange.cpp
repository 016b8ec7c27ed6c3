#include <atomic>

#include <reel/backends/appwrite/curl_transport.hpp>
#include <reel/testing/together.hpp>

#include "support/catch.hpp"
#include "unit/appwrite_live/line.hpp"
#include "unit/appwrite_live/raw_server.hpp"

namespace exchange_tests {

using namespace reel::appwrite;
using namespace std::chrono_literals;

/// Returns every request as its response, on every connection.
void echo(RawConnection& connection) {
  while (const auto request = connection.request()) connection.answer(*request);
}

std::string sent(CurlTransport& transport, const HttpRequest& request) { return transport.send(request, {}).body; }

TEST_CASE("requests are sent unchanged", "[appwrite]") {
  const RawServer server(echo);
  CurlTransport transport(live::config(server.endpoint()));
  const std::string get = sent(transport, {.path = "/databases", .query = {{"a", "b c"}}, .headers = {{"X-Y", "z"}}});
  CHECK(get.starts_with("GET /v1/databases?a=b%20c HTTP/1.1\r\nHost: " + server.address() + "\r\n"));
  CHECK(get.find("\r\nX-Y: z\r\n") != std::string::npos);
  CHECK(get.find("\r\nAccept-Encoding: gzip\r\n") != std::string::npos);
  CHECK(get.ends_with("\r\n\r\n"));

  for (const Method method : {Method::post, Method::put, Method::patch, Method::remove}) {
    const std::string with = sent(transport, {.method = method, .path = "/x", .body = "{\"a\":1}"});
    CHECK(with.starts_with(std::string(to_string(method)) + " /v1/x HTTP/1.1\r\n"));
    CHECK(with.ends_with("\r\n\r\n{\"a\":1}"));
    CHECK(with.find("Expect:") == std::string::npos);
    const std::string without = sent(transport, {.method = method, .path = "/x"});
    CHECK(without.starts_with(std::string(to_string(method)) + " /v1/x HTTP/1.1\r\n"));
    CHECK(without.ends_with("\r\n\r\n"));
    CHECK((without.find("Content-Length: 0") != std::string::npos) == (method != Method::remove));
  }
  CHECK(sent(transport, {.path = "/x"}).starts_with("GET /v1/x HTTP/1.1\r\n"));
  CHECK(sent(transport, {.path = "/x", .headers = {{"Accept-Encoding", "identity"}}}).find("gzip") ==
        std::string::npos);
  CHECK(server.connections() == 1);
}

TEST_CASE("concurrent requests each have their own headers", "[appwrite]") {
  const RawServer server(echo);
  CurlTransport transport(live::config(server.endpoint()));
  std::atomic<int> right{0};
  reel::testing::together(16, [&](std::size_t thread) {
    for (int i = 0; i < 200; ++i) {
      const std::string mark = std::to_string(thread) + "-" + std::to_string(i);
      right += sent(transport, {.path = "/x", .headers = {{"X-Mark", mark}}}).find("\r\nX-Mark: " + mark + "\r\n") !=
               std::string::npos;
    }
  });
  CHECK(right == 16 * 200);
  CHECK(server.connections() <= 16);
}

TEST_CASE("headers of a response are read, and a HEAD has no body", "[appwrite]") {
  const RawServer server([](RawConnection& connection) {
    connection.request();
    connection.send("HTTP/1.1 100 Continue\r\nX-Of: the first\r\n\r\n");
    connection.send("HTTP/1.1 201 Created\r\nX-One:  1 \r\nx-two:\r\nContent-Length: 2\r\n\r\n{}");
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n");
    connection.wait_for_close();
  });
  CurlTransport transport(live::config(server.endpoint()));
  const HttpResponse response = transport.send({.path = "/x"}, {});
  CHECK(response.status == 201);
  CHECK(response.body == "{}");
  CHECK(response.headers.find("x-one") == "1");
  CHECK(response.headers.find("X-Two") == "");
  CHECK_FALSE(response.headers.find("X-Of"));
  const HttpResponse head = transport.send({.method = Method::head, .path = "/x"}, {});
  CHECK(head.headers.find("content-length") == "77");
  CHECK(head.body.empty());
}

TEST_CASE("gzip and chunked responses are decoded", "[appwrite]") {
  const RawServer server([](RawConnection& connection) {
    constexpr std::string_view packed(
        "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xab\x56\xca\x48\xcd\xc9\xc9\x57\xb2\x82\xd0\x0a\x18\xa4\x52\x2d\x00"
        "\x63\xee\x8b\xf6\x23\x00\x00\x00",
        35);
    connection.request();
    connection.answer(packed, "200 OK", "Content-Encoding: gzip\r\n");
    connection.request();
    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n");
    connection.wait_for_close();
  });
  CurlTransport transport(live::config(server.endpoint()));
  CHECK(sent(transport, {.path = "/x"}) == R"({"hello":"hello hello hello hello"})");
  CHECK(sent(transport, {.path = "/x"}) == "abcde");
}

TEST_CASE("threads share connections, which stay open", "[appwrite]") {
  const RawServer server(echo);
  reel::AppwriteConfig config = live::config(server.endpoint());
  config.connections = 4;
  CurlTransport transport(config);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        const std::string path = "/" + std::to_string(t) + "-" + std::to_string(i);
        if (!sent(transport, {.path = path}).starts_with("GET /v1" + path + " ")) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(server.connections() <= 4);
}

TEST_CASE("connections above the maximum are closed after use", "[appwrite]") {
  std::atomic<int> open{0}, come{0};
  const RawServer server([&](RawConnection& connection) {
    ++open, ++come;
    while (const auto request = connection.request()) {
      while (come < 3) std::this_thread::yield();
      connection.answer("{}");
    }
    --open;
  });
  reel::AppwriteConfig config = live::config(server.endpoint());
  config.connections = 1;
  CurlTransport transport(config);
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) threads.emplace_back([&] { sent(transport, {.path = "/x"}); });
  for (std::thread& thread : threads) thread.join();
  while (open > 1) std::this_thread::yield();
  CHECK(server.connections() == 3);
}

}  // namespace exchange_tests
