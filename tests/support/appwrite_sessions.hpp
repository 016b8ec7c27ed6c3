#pragma once

#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <reel/actor.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/requests.hpp>
#include <reel/backends/appwrite/routes.hpp>

/// Users, teams and sessions on a server, created with the key of a store.
class AppwriteSessions {
 public:
  /// Uses the key of `config`.
  explicit AppwriteSessions(reel::AppwriteConfig config) : store_(std::move(config)) {}

  /// The configuration with which a program acts for `actor`, who is created if there is no such user.
  [[nodiscard]] reel::AppwriteConfig open(const reel::Actor& actor) const {
    reel::AppwriteConfig config = store_.client().config();
    config.key = {};
    if (actor.user_id().empty()) return config;
    create(actor);
    const reel::appwrite::Json session =
        reel::appwrite::body_of(post(user(actor, {"sessions"}), reel::appwrite::Json::object()).response);
    config.session = reel::ApiKey(reel::appwrite::field<std::string>(session, "secret"));
    return config;
  }

 private:
  using Json = reel::appwrite::Json;
  using Method = reel::appwrite::Method;

  /// The path of a user, or of something below.
  static std::string user(const reel::Actor& actor, std::initializer_list<std::string_view> below) {
    return reel::appwrite::path_of({"users", actor.user_id()}) + reel::appwrite::path_of(below);
  }
  reel::appwrite::Answer send(Method method, std::string path, const Json& body) const {
    return store_.client().call(
        reel::appwrite::with_body(method, std::move(path), reel::appwrite::Idempotency::settled, body));
  }
  reel::appwrite::Answer post(std::string path, const Json& body) const {
    return send(Method::post, std::move(path), body);
  }
  /// Creates something that may exist already.
  void make(std::string path, const Json& body) const {
    try {
      post(std::move(path), body);
    } catch (const reel::Error& error) {
      if (error.context().http_status != 409) throw;
    }
  }

  void create(const reel::Actor& actor) const {
    make("/users", {{"userId", actor.user_id()}, {"email", actor.user_id() + "@example.com"}});
    Json labels = Json::array();
    std::set<std::string> teams;
    for (const std::string& role : actor.roles()) {
      if (role == "users/verified") send(Method::patch, user(actor, {"verification"}), {{"emailVerification", true}});
      if (role.starts_with("label:")) labels.push_back(role.substr(6));
      if (role.starts_with("team:") && role.find('/') == role.npos) teams.insert(role.substr(5));
    }
    if (!labels.empty()) send(Method::put, user(actor, {"labels"}), {{"labels", labels}});
    for (const std::string& team : teams) join(actor, team);
  }
  void join(const reel::Actor& actor, const std::string& team) const {
    make("/teams", {{"teamId", team}, {"name", team}});
    Json roles = Json::array();
    for (const std::string& role : actor.roles()) {
      if (role.starts_with("team:" + team + "/")) roles.push_back(role.substr(team.size() + 6));
    }
    make(reel::appwrite::path_of({"teams", team, "memberships"}), {{"userId", actor.user_id()}, {"roles", roles}});
  }

  reel::Appwrite store_;
};
