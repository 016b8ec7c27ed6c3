#pragma once

#include <string>
#include <utility>
#include <vector>

#include <emulator/server/app.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// An operator, as the value of an attribute.
inline Json op(const char* method, Json values = Json::array()) {
  return {{"method", method}, {"values", std::move(values)}};
}

/// A server with an empty collection `c` in database `d`. Requests use a key with all scopes. The background worker
/// runs only when work() is called.
struct Server {
  explicit Server(const char* version = "1.8.1", std::optional<std::uint64_t> races = std::nullopt)
      : app{{.keys = {{"all", "secret", {"*"}}},
             .version = version,
             .worker_delay = std::chrono::hours{1},
             .races = races}} {
    call("POST", "/databases", {{"databaseId", "d"}, {"name", "d"}});
    call("POST", "/databases/d/collections", {{"collectionId", "c"}, {"name", "c"}});
  }

  /// Sends a request and returns the response.
  Response answer(const std::string& method, const std::string& path, const Json& body = nullptr, Pairs query = {}) {
    Request request{method, path, std::move(query), {{"x-appwrite-project", "test"}, {"x-appwrite-key", "secret"}}};
    if (!body.is_null()) {
      request.body = body.dump();
      request.headers.emplace_back("content-type", "application/json");
    }
    return app.handle(request);
  }
  int status(const std::string& method, const std::string& path, const Json& body = nullptr, Pairs query = {}) {
    return answer(method, path, body, std::move(query)).status;
  }
  /// The body of the response; null if it is empty.
  Json call(const std::string& method, const std::string& path, const Json& body = nullptr, Pairs query = {}) {
    const std::string text = answer(method, path, body, std::move(query)).body;
    return text.empty() ? Json() : Json::parse(text);
  }
  /// The same with one more header.
  Response answer_with(const std::string& method, const std::string& path, const Json& body, const std::string& name,
                       const std::string& value) {
    Request request{method, path, {}, {{"x-appwrite-project", "test"}, {"x-appwrite-key", "secret"}}};
    request.headers.emplace_back("content-type", "application/json");
    request.headers.emplace_back(name, value);
    if (!body.is_null()) request.body = body.dump();
    return app.handle(request);
  }
  /// Status and type of an error (`404 document_not_found`), or the status alone.
  std::string outcome(const std::string& method, const std::string& path, const Json& body = nullptr,
                      Pairs query = {}) {
    const Response response = answer(method, path, body, std::move(query));
    const Json json = response.body.empty() ? Json() : Json::parse(response.body);
    return std::to_string(response.status) + (json.contains("type") && json.contains("message")
                                                  ? " " + json.at("type").get<std::string>()
                                                  : std::string{});
  }
  /// The message of an error; empty without one.
  std::string message(const std::string& method, const std::string& path, const Json& body = nullptr,
                      Pairs query = {}) {
    return call(method, path, body, std::move(query)).value("message", std::string{});
  }

  /// Runs the background worker.
  void work() { app.finish_work("test"); }
  /// Adds an attribute and makes it available.
  void add(const std::string& kind, const std::string& key, Json more = Json::object()) {
    Json body{{"key", key}, {"required", false}};
    body.update(more);
    call("POST", c + "/attributes/" + kind, body);
    work();
  }
  /// Adds an index and makes it available.
  void add_index(const std::string& key, const std::string& type, const std::vector<std::string>& attributes) {
    call("POST", c + "/indexes", {{"key", key}, {"type", type}, {"attributes", attributes}});
    work();
  }
  void create(const std::string& id, const Json& data) {
    call("POST", c + "/documents", {{"documentId", id}, {"data", data}});
  }
  /// The parameters `queries[0]`, `queries[1]` …
  static Pairs queries(const std::vector<Json>& list) {
    Pairs pairs;
    for (const Json& query : list) pairs.emplace_back("queries[" + std::to_string(pairs.size()) + "]", query.dump());
    return pairs;
  }
  /// The ids in a list of documents with these queries.
  std::vector<std::string> ids(const std::vector<Json>& list) {
    const Json answer = call("GET", c + "/documents", nullptr, queries(list));
    std::vector<std::string> found;
    for (const Json& one : answer.at("documents")) found.push_back(one.at("$id"));
    return found;
  }

  App app;
  std::string c = "/databases/d/collections/c";
  std::string all = c + "/documents";
};

}  // namespace reel::emulator
