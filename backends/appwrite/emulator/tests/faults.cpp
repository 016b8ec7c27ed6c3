#include <sstream>

#include <emulator/command_line.hpp>
#include <emulator/server/app.hpp>
#include <emulator/server/knobs.hpp>
#include <emulator/server/request_log.hpp>

#include "support/catch.hpp"

namespace faults_tests {

using namespace reel::emulator;

Config config() {
  Config made;
  made.keys = {{"all", "standard_secret", {"*"}}};
  return made;
}

Request request(std::string method, std::string path) {
  Request made;
  made.method = std::move(method);
  made.path = std::move(path);
  made.headers = {{"x-appwrite-project", "test"}, {"x-appwrite-key", "standard_secret"}};
  return made;
}

TEST_CASE("a fault affects matching requests, after `skip` and for `times` of them") {
  App app{config()};
  app.knobs().add({.fault = {.status = 503}, .method = "GET", .path = "/ping", .skip = 1, .times = 2});
  CHECK(app.handle(request("GET", "/locale")).status == 200);
  CHECK(app.handle(request("GET", "/ping")).status == 200);
  CHECK(app.handle(request("GET", "/ping")).status == 503);
  CHECK(app.handle(request("GET", "/ping")).status == 503);
  CHECK(app.handle(request("GET", "/ping")).status == 200);
  CHECK(app.knobs().hits() == 2);
}

TEST_CASE("a refusal sends the requested Retry-After and X-RateLimit-Reset") {
  App app{config()};
  app.knobs().add(
      {.fault = {.status = 429, .retry_after = std::chrono::seconds{7}, .reset_in = std::chrono::seconds{9}}});
  const Response response = app.handle(request("GET", "/ping"));
  CHECK(response.status == 429);
  CHECK(find_pair(response.headers, "retry-after") == "7");
  CHECK(find_pair(response.headers, "x-ratelimit-reset"));
  CHECK(response.body.find("general_rate_limit_exceeded") != std::string::npos);
}

TEST_CASE("connections are dropped before or after the request runs, or in the middle of the body") {
  App app{config()};
  Request create = request("POST", "/users");
  create.headers.emplace_back("content-type", "application/json");
  create.body = R"({"userId":"a"})";
  app.knobs().add({.fault = {.kind = FaultKind::drop_before}});
  CHECK(app.handle(create).delivery == Delivery::dropped);
  CHECK(app.handle(request("GET", "/users/a")).status == 404);
  app.knobs().add({.fault = {.kind = FaultKind::drop_after}});
  CHECK(app.handle(create).delivery == Delivery::dropped);
  CHECK(app.handle(request("GET", "/users/a")).status == 200);
  app.knobs().add({.fault = {.kind = FaultKind::half}});
  CHECK(app.handle(request("GET", "/users/a")).delivery == Delivery::half);
}

TEST_CASE("flip-bit changes the body") {
  App app{config()};
  app.knobs().add({.fault = {.kind = FaultKind::flip_bit}});
  const std::string body = app.handle(request("GET", "/ping")).body;
  CHECK(body.size() == 5);
  CHECK(body != "Pong!");
}

TEST_CASE("html and redirect answer as a proxy does") {
  App app{config()};
  app.knobs().add({.fault = {.kind = FaultKind::html, .status = 502}});
  const Response page = app.handle(request("GET", "/ping"));
  CHECK(page.status == 502);
  CHECK(find_pair(page.headers, "content-type") == "text/html");
  app.knobs().add({.fault = {.kind = FaultKind::redirect, .location = "http://elsewhere.example/v1"}});
  CHECK(find_pair(app.handle(request("GET", "/ping")).headers, "location") == "http://elsewhere.example/v1");
}

TEST_CASE("chances are repeatable for the same seed") {
  const auto run = [](std::uint64_t seed) {
    App app{config()};
    app.knobs().seed(seed);
    app.knobs().add({.fault = {.status = 500}, .times = 0, .chance = 0.3});
    std::string hits;
    for (int i = 0; i < 50; ++i) hits += app.handle(request("GET", "/ping")).status == 500 ? 'x' : '.';
    return hits;
  };
  CHECK(run(7) == run(7));
  CHECK(run(7) != run(8));
  CHECK(run(7).find('x') != std::string::npos);
  CHECK(run(7).find('.') != std::string::npos);
}

TEST_CASE("the log contains requests without secrets") {
  App app{config()};
  Request asked = request("GET", "/ping");
  asked.query = {{"a", "b"}};
  asked.headers.emplace_back("x-appwrite-session", "session_secret");
  app.handle(asked);
  const std::vector<LoggedRequest> log = app.log().requests();
  REQUIRE(log.size() == 1);
  CHECK(log[0].method == "GET");
  CHECK(log[0].status == 200);
  CHECK(find_pair(log[0].headers, "x-appwrite-key") == "***");
  std::ostringstream printed;
  printed << log[0];
  for (const auto& [name, value] : log[0].headers) printed << name << value;
  CHECK(printed.str().find("/ping?a=b") != std::string::npos);
  CHECK(printed.str().find("secret") == std::string::npos);
}

TEST_CASE("faults and limited keys are parsed from their notation") {
  const FaultRule rule =
      read_fault("refuse,status=429,reset-in=2,method=POST,path=/documents,skip=3,times=5,chance=0.5");
  CHECK(rule.fault.status == 429);
  CHECK(rule.fault.reset_in == std::chrono::seconds{2});
  CHECK(rule.method == "POST");
  CHECK(rule.path == "/documents");
  CHECK(rule.skip == 3);
  CHECK(rule.times == 5);
  CHECK(rule.chance == 0.5);
  CHECK_THROWS_AS(read_fault("explode"), std::invalid_argument);
  CHECK_THROWS_AS(read_fault("refuse,status=x"), std::invalid_argument);
  CHECK(read_limited_key("n=standard_x:a.read,b.write").scopes == std::vector<std::string>{"a.read", "b.write"});
  CHECK(read_limited_key("n=standard_x:").scopes.empty());
  CHECK_THROWS_AS(read_limited_key("standard_x"), std::invalid_argument);
}

}  // namespace faults_tests
