#pragma once

#include <string>
#include <utility>
#include <vector>

#include "server.hpp"

namespace reel::emulator {

/// A server with users whose requests use sessions. The requests of Server use a key.
struct People : Server {
  using Server::Server;

  /// Adds a user with a verified or unverified e-mail address and signs in.
  void add_user(const std::string& id, bool verified = false, const std::vector<std::string>& labels = {}) {
    call("POST", "/users", {{"userId", id}, {"email", id + "@example.com"}, {"name", id}});
    call("PATCH", "/users/" + id + "/verification", {{"emailVerification", verified}});
    call("PUT", "/users/" + id + "/labels", {{"labels", labels}});
    sessions.emplace_back(id, call("POST", "/users/" + id + "/sessions").at("secret"));
  }
  /// Creates a team.
  void add_team(const std::string& id) { call("POST", "/teams", {{"teamId", id}, {"name", id}}); }
  /// Adds a user to a team and returns the id of the membership.
  std::string join(const std::string& team, const std::string& user, const std::vector<std::string>& roles) {
    return call("POST", "/teams/" + team + "/memberships", {{"userId", user}, {"roles", roles}}).at("$id");
  }

  /// Sends a request as the user; as a guest if `user` is empty.
  Response ask(const std::string& user, const std::string& method, const std::string& path, const Json& body = nullptr,
               Pairs query = {}) {
    Request request{method, path, std::move(query), {{"x-appwrite-project", "test"}}};
    for (const auto& [id, secret] : sessions) {
      if (id == user) request.headers.emplace_back("x-appwrite-session", secret);
    }
    if (!body.is_null()) {
      request.body = body.dump();
      request.headers.emplace_back("content-type", "application/json");
    }
    return app.handle(request);
  }
  /// Status and type of an error (`404 document_not_found`), or the status alone.
  std::string as(const std::string& user, const std::string& method, const std::string& path,
                 const Json& body = nullptr, Pairs query = {}) {
    const Response response = ask(user, method, path, body, std::move(query));
    const Json json = response.body.empty() ? Json() : Json::parse(response.body);
    const bool failed = json.contains("type") && json.contains("message");
    return std::to_string(response.status) + (failed ? " " + json.at("type").get<std::string>() : std::string{});
  }
  /// The body of a response as JSON.
  Json body_as(const std::string& user, const std::string& method, const std::string& path, const Json& body = nullptr,
               Pairs query = {}) {
    return Json::parse(ask(user, method, path, body, std::move(query)).body);
  }

  /// Sets the permissions of the collection.
  void allow(const std::vector<std::string>& permissions, bool document_security) {
    call("PUT", c, {{"name", "c"}, {"permissions", permissions}, {"documentSecurity", document_security}});
  }
  /// Creates a document with a key.
  void put(const std::string& id, const std::vector<std::string>& permissions) {
    call("POST", all, {{"documentId", id}, {"data", {{"s", "x"}, {"n", 1}}}, {"permissions", permissions}});
  }

  std::vector<std::pair<std::string, std::string>> sessions;  ///< Secrets by user.
};

}  // namespace reel::emulator
