#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/transport.hpp>

#include "support/catch.hpp"
#include "unit/appwrite/scripted.hpp"

namespace client_limits_tests {

using namespace reel::appwrite;
using namespace std::chrono_literals;
using reel::Errc;
using reel::Error;
using scripted::error_from;
using scripted::Line;

const Call read_call{.request = {.path = "/databases"}};

TEST_CASE("the caller's deadline ends attempts and waits", "[appwrite]") {
  Line line;
  const auto deadline = line.clock->now() + 1s;
  line.transport->answers(503, "").answers(503, "").answers(503, "").answers(503, "");
  const Error error = error_from([&] { line.client().limited({.deadline = deadline}).call(read_call); });
  CHECK(error.code() == Errc::unavailable);
  CHECK(error.reason().ends_with(
      ", after 4 attempts; the next attempt would start in 800 ms, and the time left is 300 ms"));
  CHECK(line.clock->waits == std::vector{100ms, 200ms, 400ms});
  CHECK(line.transport->timeouts == std::vector{1000ms, 900ms, 700ms, 300ms});

  const auto sent = line.transport->requests.size();
  CHECK(error_from([&] { line.client().limited({.deadline = line.clock->now()}).call(read_call); }).code() ==
        Errc::timed_out);
  CHECK(line.transport->requests.size() == sent);
}

TEST_CASE("a wait beyond the deadline fails at once and reports how long it would be", "[appwrite]") {
  Line line;
  line.transport->refuses(429, "general_rate_limit_exceeded", {{"Retry-After", "3"}});
  const auto deadline = line.clock->now() + 2s;
  const Error error = error_from([&] { line.client().limited({.deadline = deadline}).call(read_call); });
  CHECK(error.code() == Errc::rate_limited);
  CHECK(error.context().retry_after == 3s);
  CHECK(line.clock->waits.empty());
}

TEST_CASE("an attempt has a timeout, and the whole call another", "[appwrite]") {
  Line line;
  line.settings.attempt_timeout = 2s;
  line.settings.call_timeout = 3s;
  line.transport->steps.emplace_back([&](const HttpRequest&) -> HttpResponse {
    line.clock->passed += 2s;
    throw TransportError(Fault::timed_out, true, "slow");
  });
  line.transport->answers(200);
  line.client().call(read_call);
  CHECK(line.transport->timeouts == std::vector{2000ms, 900ms});
}

TEST_CASE("a transfer is not limited in time while bytes move", "[appwrite]") {
  Line line;
  line.settings.call_timeout = 1s;
  Call call = read_call;
  call.request.sink = [](std::span<const std::byte>) {};
  line.transport->answers(200);
  line.client().call(call);
  CHECK(line.transport->timeouts.at(0) > 24h);
}

TEST_CASE("a stop request is checked before each attempt", "[appwrite]") {
  Line line;
  std::stop_source source;
  line.transport->answers(503, "");
  line.clock->on_wait = [&] { source.request_stop(); };
  const Client client = line.client().limited({.stop = source.get_token()});
  CHECK(error_from([&] { client.call(read_call); }).code() == Errc::cancelled);
  CHECK(line.transport->requests.size() == 1);
  CHECK(error_from([&] { client.call(read_call); }).code() == Errc::cancelled);
  CHECK(line.transport->requests.size() == 1);
  CHECK(error_from([&] { client.wait(1s); }).code() == Errc::cancelled);
}

TEST_CASE("waiting for the server ends at the deadline", "[appwrite]") {
  Line line;
  const Client client = line.client().limited({.deadline = line.clock->now() + 250ms});
  client.wait(200ms);
  CHECK(error_from([&] { client.wait(200ms); }).code() == Errc::timed_out);
  CHECK(line.clock->waits == std::vector{200ms, 50ms});
  line.client().wait(1s);
  CHECK(line.clock->waits.back() == 1s);
}

TEST_CASE("a wait on the real clock ends as soon as it is stopped", "[appwrite]") {
  std::stop_source source;
  source.request_stop();
  const auto start = std::chrono::steady_clock::now();
  Clock().wait(1h, source.get_token());
  CHECK(std::chrono::steady_clock::now() - start < 1min);
}

}  // namespace client_limits_tests
