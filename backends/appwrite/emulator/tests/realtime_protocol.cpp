// The messages of a connection to /v1/realtime, without sockets.

#include <emulator/tests/listener.hpp>
#include <emulator/tests/server.hpp>

#include "support/catch.hpp"

namespace realtime_protocol_tests {

using namespace reel::emulator;

Pairs with_key(Pairs headers = {}) {
  headers.emplace_back("x-appwrite-project", "test");
  headers.emplace_back("x-appwrite-key", "secret");
  headers.emplace_back("content-type", "application/json");
  return headers;
}

Json ask(App& app, const std::string& method, const std::string& path, const std::string& body = "{}") {
  return Json::parse(app.handle({method, path, {}, with_key(), body}).body);
}

/// Creates the user `ada` and returns the secret of a session.
std::string sign_in(App& app) {
  ask(app, "POST", "/users", R"({"userId":"ada","email":"ada@example.com"})");
  return ask(app, "POST", "/users/ada/sessions").at("secret");
}

Config config(const std::string& version) { return {.keys = {{"all", "secret", {"*"}}}, .version = version}; }

/// The id of the user in the `connected` frame; `guest` without one.
std::string user_of(Listener&& listener) {
  const std::vector<Json> frames = listener.take();
  REQUIRE(frames.size() == 1);
  const Json& user = frames[0].at("data").at("user");
  return user.is_null() ? "guest" : user.at("$id").get<std::string>();
}

std::string authentication(const std::string& secret) {
  return Json{{"type", "authentication"}, {"data", {{"session", secret}}}}.dump();
}

TEST_CASE("a session, a cookie or a JWT identifies a connection, an API key does not") {
  App app{config("1.8.1")};
  const std::string secret = sign_in(app);
  const std::string token = ask(app, "POST", "/users/ada/jwts").at("jwt");
  CHECK(user_of(Listener{app, {"documents"}, {{"x-appwrite-session", secret}}}) == "ada");
  CHECK(user_of(Listener{app, {"documents"}, {{"cookie", "a_session_test=" + secret}}}) == "ada");
  CHECK(user_of(Listener{app, {"documents"}, {{"x-appwrite-jwt", token}}}) == "ada");
  CHECK(user_of(Listener{app, {"documents"}, {{"x-appwrite-session", "wrong"}}}) == "guest");
  CHECK(user_of(Listener{app, {"documents"}, {{"x-appwrite-key", "secret"}}}) == "guest");
  CHECK(user_of(Listener{app, {"documents"}, {{"x-appwrite-key", "wrong"}}}) == "guest");
  CHECK(user_of(Listener{app, {"documents"}, {}, {{"session", secret}}}) == "guest");
  Listener invalid{app, {"documents"}, {{"x-appwrite-jwt", "bad"}}};
  CHECK(invalid.last() == "error 401");
  CHECK(invalid.finished());
}

TEST_CASE("the project is named by parameter or header") {
  App app{config("1.8.1")};
  Listener by_header{app, Pairs{{"channels[]", "documents"}}, Pairs{{"x-appwrite-project", "test"}}};
  CHECK(by_header.last() == "connected");
  Listener unknown{app, Pairs{{"project", "nope"}, {"channels[]", "documents"}}, Pairs{}};
  CHECK(unknown.last() == "error 1008");
  CHECK(unknown.finished());
  // Without a project the connection belongs to the console, which has no events.
  Listener console{app, Pairs{{"channels[]", "documents"}}, Pairs{}};
  CHECK(console.last() == "connected");
}

TEST_CASE("a refused connection receives an error and is closed") {
  App app{config("1.8.1")};
  Listener nothing{app, {}};
  const std::vector<Json> frames = nothing.take();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0] == Json{{"type", "error"}, {"data", {{"code", 1008}, {"message", "Error: Server Error"}}}});
  CHECK(nothing.finished());
  Listener text{app, Pairs{{"project", "test"}, {"channels", "documents"}}, Pairs{}};
  CHECK(text.last() == "error 0");
  CHECK(text.finished());
}

TEST_CASE("a foreign origin is refused") {
  App app{config("1.8.1")};
  const auto outcome = [&](const std::string& origin) {
    return Listener{app, {"documents"}, {{"origin", origin}, {"host", "films.example:8080"}}}.last();
  };
  CHECK(outcome("http://localhost:3000") == "connected");
  CHECK(outcome("https://films.example") == "connected");
  CHECK(outcome("exp://anything") == "connected");
  CHECK(outcome("http://evil.example") == "error 1008");
  CHECK(outcome("null") == "error 1008");
}

TEST_CASE("a wrong message is answered with an error and the connection stays open") {
  App app{config("1.8.1")};
  Listener listener{app};
  const auto answer = [&](const char* message) {
    listener.take();
    listener.say(message);
    return listener.last();
  };
  CHECK(answer(R"({"type":"ping"})") == "pong");
  for (const char* message : {"not json", "null", "[]", "{}", R"({"type":"nope"})", R"({"type":"subscribe","data":[]})",
                              R"({"type":"authentication","data":{"session":"bad"}})",
                              R"({"type":"authentication","data":{"secret":"x"}})"}) {
    CAPTURE(message);
    CHECK(answer(message) == "error 1003");
  }
  CHECK(answer("5") == "error 0");
  CHECK(answer(R"({"type":"authentication"})") == "error 0");
  CHECK_FALSE(listener.finished());
}

TEST_CASE("a connection that authenticates by a message has the roles of the user") {
  Server server;
  server.call("PUT", server.c, {{"name", "c"}, {"permissions", {"read(\"users\")"}}});
  server.add("integer", "n");
  const std::string secret = sign_in(server.app);
  Listener listener{server.app};
  server.create("a", {{"n", 1}});
  CHECK(listener.events().empty());
  listener.say(authentication(secret));
  const std::vector<Json> frames = listener.take();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].at("data").at("to") == "authentication");
  CHECK(frames[0].at("data").at("user").at("$id") == "ada");
  CHECK_FALSE(frames[0].at("data").at("user").contains("password"));
  server.create("b", {{"n", 1}});
  CHECK(listener.events() == std::vector<std::string>{"databases.d.collections.c.documents.b.create"});
}

TEST_CASE("a connection outlives its session") {
  Server server;
  server.call("PUT", server.c, {{"name", "c"}, {"permissions", {"read(\"users\")"}}});
  server.add("integer", "n");
  const std::string secret = sign_in(server.app);
  Listener listener{server.app, {"documents"}, {{"x-appwrite-session", secret}}};
  server.call("DELETE", "/users/ada/sessions");
  server.call("PATCH", "/users/ada/status", {{"status", false}});
  server.create("a", {{"n", 1}});
  CHECK(listener.events().size() == 1);
  CHECK_FALSE(listener.finished());
}

TEST_CASE("a session that has expired identifies no user") {
  Config expiring = config("1.8.1");
  expiring.session_lifetime = std::chrono::seconds{-1};
  App app{expiring};
  const std::string secret = sign_in(app);
  Listener listener{app, {"documents"}, {{"x-appwrite-session", secret}}};
  CHECK(listener.take().at(0).at("data").at("user").is_null());
  listener.say(authentication(secret));
  CHECK(listener.last() == "error 1003");
}

TEST_CASE("the channel `account` is that of the user") {
  App app{config("1.8.1")};
  const std::string secret = sign_in(app);
  const auto channels = [&](const Pairs& headers) {
    Listener listener{app, {"account", "account.other", "files", "files"}, headers};
    return listener.take().at(0).at("data").at("channels");
  };
  CHECK(channels({}) == Json{"account", "files"});
  CHECK(channels({{"x-appwrite-session", secret}}) == Json{"account", "files", "account.ada"});
  App newer{config("1.9.5")};
  Listener guest{newer, {"account.create", "account.other"}};
  CHECK(guest.take().at(0).at("data").at("channels") == Json{"account.create"});
}

TEST_CASE("from 1.9 on a connection has subscriptions, and errors of policy have a message") {
  App app{config("1.9.0")};
  Listener listener{app, {"documents", "files"}};
  const Json data = listener.take().at(0).at("data");
  CHECK(data.at("subscriptions").size() == 1);
  Listener nothing{app, {}};
  CHECK(nothing.take().at(0).at("data").at("message") == "Missing channels");
  Listener wrong{app, {"documents"}, {}, {{"documents", R"({"method":"search","attribute":"t","values":["x"]})"}}};
  CHECK(wrong.last() == "error 1008");
  Listener select{app, {"documents"}, {}, {{"documents", R"({"method":"select","values":["t"]})"}}};
  CHECK(select.last() == "error 0");
}

TEST_CASE("from 1.9.5 on messages subscribe and unsubscribe") {
  Server server{"1.9.5"};
  server.call("PUT", server.c, {{"name", "c"}, {"permissions", {"read(\"any\")"}}});
  server.add("integer", "n");
  Listener listener{server.app, {}};
  CHECK(listener.take().at(0).at("data") ==
        Json{{"channels", Json::array()}, {"subscriptions", Json::array()}, {"user", nullptr}});
  listener.say(R"({"type":"subscribe","data":[{"channels":["documents.create"],"subscriptionId":"s"}]})");
  const Json made = listener.take().at(0).at("data");
  CHECK(made.at("to") == "subscribe");
  CHECK(made.at("subscriptions") ==
        Json::array({{{"subscriptionId", "s"}, {"channels", {"documents.create"}}, {"queries", Json::array()}}}));
  server.create("a", {{"n", 1}});
  server.call("PATCH", server.all + "/a", {{"data", {{"n", 2}}}});
  CHECK(listener.events() == std::vector<std::string>{"databases.d.collections.c.documents.a.create"});
  listener.say(R"({"type":"unsubscribe","data":[{"subscriptionId":"s"},{"subscriptionId":"t"}]})");
  CHECK(listener.take().at(0).at("data").at("subscriptions") ==
        Json::array({{{"subscriptionId", "s"}, {"removed", true}}, {{"subscriptionId", "t"}, {"removed", false}}}));
  server.create("b", {{"n", 1}});
  CHECK(listener.events().empty());
  listener.say(R"({"type":"subscribe","data":[{"channels":"documents"}]})");
  CHECK(listener.last() == "error 1003");
}

TEST_CASE("with rate limits a connection may send 32 messages per minute") {
  Config limited = config("1.8.1");
  limited.rate_limits = true;
  App app{limited};
  Listener listener{app};
  std::string last;
  for (int i = 0; i < 70 && last != "error 1013"; ++i) {
    listener.take();
    listener.say(R"({"type":"ping"})");
    last = listener.last();
  }
  CHECK(last == "error 1013");
  CHECK_FALSE(listener.finished());
}

}  // namespace realtime_protocol_tests
