#pragma once

#include <optional>
#include <string>
#include <utility>

#include <emulator/server/app.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// A server with the project `test` and requests for buckets and files.
struct StorageClient {
  explicit StorageClient(const std::string& version = "1.8.1", std::int64_t limit = 30'000'000,
                         std::optional<std::uint64_t> races = std::nullopt)
      : app{{.keys = {{"all", "secret", {"*"}}}, .version = version, .storage_limit = limit, .races = races}} {}

  Response ask(const std::string& method, const std::string& path, Pairs query = {}, Pairs headers = {},
               std::string body = {}) {
    headers.emplace_back("x-appwrite-project", "test");
    if (with_key) headers.emplace_back("x-appwrite-key", "secret");
    return app.handle({method, path, std::move(query), std::move(headers), std::move(body)});
  }
  Response send(const std::string& method, const std::string& path, const Json& body) {
    return ask(method, path, {}, {{"content-type", "application/json"}}, body.dump());
  }
  /// Creates the bucket `b` with these settings.
  void make_bucket(Json rules = Json::object()) {
    rules["bucketId"] = "b";
    rules["name"] = "b";
    send("POST", "/storage/buckets", rules);
  }
  /// Sends one request of an upload to the bucket `b`.
  Response upload(const std::string& id, const std::string& content, const std::string& name = "a.txt",
                  const std::string& range = {}) {
    const std::string part = "--X\r\nContent-Disposition: form-data; name=";
    const std::string body = part + "\"fileId\"\r\n\r\n" + id + "\r\n" + part + "\"file\"; filename=\"" + name +
                             "\"\r\n\r\n" + content + "\r\n--X--\r\n";
    Pairs headers{{"content-type", "multipart/form-data; boundary=X"}};
    if (!range.empty()) headers.emplace_back("content-range", range);
    return ask("POST", "/storage/buckets/b/files", {}, std::move(headers), body);
  }

  App app;
  bool with_key = true;  ///< Whether requests use the API key; otherwise they come from a guest.
};

inline Json json_of(const Response& response) { return Json::parse(response.body); }
/// Status and type of an error (`404 storage_file_not_found`), or the status alone.
inline std::string outcome(const Response& response) {
  const std::string status = std::to_string(response.status);
  return response.status < 400 ? status : status + ' ' + json_of(response).value("type", "");
}

}  // namespace reel::emulator
