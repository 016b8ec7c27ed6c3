#include <emulator/server/app.hpp>

#include "support/catch.hpp"

namespace callers_tests {

using namespace reel::emulator;

Config config(const std::string& version = "1.8.1") {
  Config made;
  made.version = version;
  made.keys = {{"all", "standard_all", {"*"}}, {"reader", "standard_reader", {"documents.read"}}};
  return made;
}

Response ask(App& app, const std::string& method, const std::string& path, Pairs headers, std::string body = {}) {
  Request request;
  request.method = method;
  request.path = path;
  request.headers = std::move(headers);
  request.headers.emplace_back("x-appwrite-project", "test");
  request.headers.emplace_back("content-type", "application/json");
  request.body = std::move(body);
  return app.handle(request);
}

std::string type_of(const Response& response) { return Json::parse(response.body).value("type", std::string{}); }
std::string message_of(const Response& response) { return Json::parse(response.body).value("message", std::string{}); }

TEST_CASE("keys, sessions and guests have their scopes") {
  App app{config()};
  const Pairs key{{"x-appwrite-key", "standard_all"}};
  CHECK(ask(app, "GET", "/users", key).status == 200);
  CHECK(type_of(ask(app, "GET", "/users", {})) == "general_unauthorized_scope");
  CHECK(message_of(ask(app, "GET", "/users", {})) == "User (role: guests) missing scopes ([\"users.read\"])");
  CHECK(message_of(ask(app, "GET", "/users", {{"x-appwrite-key", "standard_reader"}, {"host", "h:80"}})) ==
        "app.test@service.h (role: applications) missing scopes ([\"users.read\"])");
  CHECK(type_of(ask(app, "GET", "/ping", {{"x-appwrite-key", "standard_wrong"}})) == "user_unauthorized");
  CHECK(type_of(ask(app, "GET", "/ping", {{"x-appwrite-key", "nope"}})) == "user_unauthorized");
  // The holder of a key of an unknown kind is a guest.
  CHECK(ask(app, "GET", "/ping", {{"x-appwrite-key", "other_kind"}}).status == 200);
  // Users and guests have the scope `public`, keys do not.
  CHECK(ask(app, "GET", "/health/version", {}).status == 200);
  CHECK(ask(app, "GET", "/health/version", key).status == 401);
}

TEST_CASE("a session acts as its user until the user is blocked") {
  App app{config()};
  const Pairs key{{"x-appwrite-key", "standard_all"}};
  ask(app, "POST", "/users", key, R"({"userId":"alice","email":"alice@example.com"})");
  const Json made = Json::parse(ask(app, "POST", "/users/alice/sessions", key).body);
  const std::string secret = made.at("secret");
  CHECK(secret.starts_with("eyJpZCI6ImFsaWNlIiwic2VjcmV0Ijoi"));  // {"id":"alice","secret":"
  CHECK(secret.size() == 376);
  const Pairs session{{"x-appwrite-session", secret}};
  CHECK(Json::parse(ask(app, "GET", "/account", session).body).at("$id") == "alice");
  CHECK(Json::parse(ask(app, "GET", "/account", {{"cookie", "x=1; a_session_test=" + secret}}).body).at("$id") ==
        "alice");
  CHECK(type_of(ask(app, "GET", "/account", {{"x-appwrite-session", "wrong"}})) == "general_unauthorized_scope");
  CHECK(type_of(ask(app, "GET", "/ping", {{"x-appwrite-session", secret}, {"x-appwrite-key", "standard_all"}})) ==
        "user_key_and_session_set");
  ask(app, "PATCH", "/users/alice/status", key, R"({"status":false})");
  CHECK(type_of(ask(app, "GET", "/account", session)) == "user_blocked");
}

TEST_CASE("a session ends after its lifetime or when it is deleted") {
  const Pairs key{{"x-appwrite-key", "standard_all"}};
  const auto sign_in = [&](App& app) {
    ask(app, "POST", "/users", key, R"({"userId":"alice"})");
    return Json::parse(ask(app, "POST", "/users/alice/sessions", key).body);
  };
  const auto account = [&](App& app, const Json& session) {
    return ask(app, "GET", "/account", {{"x-appwrite-session", session.at("secret")}}).status;
  };
  Config expiring = config();
  expiring.session_lifetime = std::chrono::seconds{-1};
  App past{expiring};
  CHECK(account(past, sign_in(past)) == 401);
  App app{config()};
  const Json first = sign_in(app);
  const Json second = sign_in(app);
  CHECK(account(app, first) == 200);
  const std::string one = "/users/alice/sessions/" + first.at("$id").get<std::string>();
  CHECK(ask(app, "DELETE", one, key).status == 204);
  CHECK(type_of(ask(app, "DELETE", one, key)) == "user_session_not_found");
  CHECK(account(app, first) == 401);
  CHECK(account(app, second) == 200);
  CHECK(ask(app, "DELETE", "/users/alice/sessions", key).status == 204);
  CHECK(account(app, second) == 401);
}

TEST_CASE("a JWT acts as its user, and an invalid one is refused") {
  App app{config()};
  const Pairs key{{"x-appwrite-key", "standard_all"}};
  ask(app, "POST", "/users", key, R"({"userId":"alice"})");
  const std::string token = Json::parse(ask(app, "POST", "/users/alice/jwts", key).body).at("jwt");
  CHECK(ask(app, "GET", "/account", {{"x-appwrite-jwt", token}}).status == 200);
  CHECK(message_of(ask(app, "GET", "/account", {{"x-appwrite-jwt", "bad.jwt.x"}})) ==
        "Failed to verify JWT. JSON failed: Syntax error");
  CHECK(type_of(ask(app, "GET", "/ping", {{"x-appwrite-jwt", token + "x"}})) == "user_jwt_invalid");
}

TEST_CASE("1.9 accepts a key together with a session, 1.7 has another message about scopes") {
  App newer{config("1.9.0")};
  const Pairs key{{"x-appwrite-key", "standard_all"}};
  ask(newer, "POST", "/users", key, R"({"userId":"alice"})");
  const std::string secret = Json::parse(ask(newer, "POST", "/users/alice/sessions", key).body).at("secret");
  CHECK(ask(newer, "GET", "/users", {{"x-appwrite-session", secret}, {"x-appwrite-key", "standard_all"}}).status ==
        200);
  const std::string token = Json::parse(ask(newer, "POST", "/users/alice/jwts", key).body).at("jwt");
  CHECK(ask(newer, "GET", "/account", {{"x-appwrite-jwt", token}}).status == 200);
  CHECK(ask(newer, "GET", "/account", {{"x-appwrite-jwt", token}, {"x-appwrite-session", "wrong"}}).status == 200);
  CHECK(type_of(ask(newer, "GET", "/account", {{"x-appwrite-jwt", token}, {"x-appwrite-session", secret}})) ==
        "user_jwt_and_cookie_set");
  App older{config("1.7.4")};
  CHECK(message_of(ask(older, "GET", "/users", {})) == "User (role: guests) missing scope (users.read)");
}

TEST_CASE("guests have a rate limit, keys do not") {
  Config limited = config();
  limited.rate_limits = true;
  App app{limited};
  const auto create = [&](const Pairs& headers) { return ask(app, "POST", "/storage/buckets/none/files", headers); };
  Response last;
  for (int i = 0; i < 61; ++i) last = create({});
  // A new minute may have started in between, which resets the counter.
  if (last.status != 429) {
    for (int i = 0; i < 61; ++i) last = create({});
  }
  CHECK(last.status == 429);
  CHECK(find_pair(last.headers, "x-ratelimit-limit") == "60");
  CHECK(find_pair(last.headers, "x-ratelimit-remaining") == "0");
  CHECK(find_pair(last.headers, "x-ratelimit-reset"));
  CHECK_FALSE(find_pair(last.headers, "retry-after"));
  CHECK(create({{"x-appwrite-key", "standard_all"}}).status == 400);
}

TEST_CASE("every response has the headers of the real server") {
  App app{config()};
  const Response plain = ask(app, "GET", "/ping", {});
  CHECK(find_pair(plain.headers, "server") == "Appwrite");
  CHECK(find_pair(plain.headers, "access-control-allow-origin") == "http://localhost");
  CHECK(find_pair(ask(app, "GET", "/ping", {{"origin", "http://localhost:3000"}}).headers,
                  "access-control-allow-origin") == "http://localhost:3000");
  CHECK(find_pair(ask(app, "GET", "/ping", {{"origin", "http://evil.example"}}).headers,
                  "access-control-allow-origin") == "http://localhost");
  CHECK(ask(app, "OPTIONS", "/users", {}).status == 204);
  CHECK(find_pair(ask(app, "GET", "/ping", {{"x-appwrite-response-format", "1.9.0"}}).headers, "x-appwrite-warning"));
  CHECK_FALSE(find_pair(ask(app, "GET", "/ping", {{"x-appwrite-response-format", "x"}}).headers, "x-appwrite-warning"));
  CHECK(type_of(ask(app, "GET", "/nope", {})) == "general_route_not_found");
}

}  // namespace callers_tests
