#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <reel/backends/appwrite/api_key.hpp>
#include <reel/backends/appwrite/env_file.hpp>
#include <reel/backends/appwrite/retry.hpp>
#include <reel/error.hpp>

namespace reel {

/// Who writes to the collections and buckets of a server.
enum class Writers {
  /// Any program. Writes are guarded by transactions, which servers have from 1.8 on.
  many,
  /// This program alone, with any number of threads and store objects in one process. Writes take fewer requests and
  /// run on every server, but a program that writes at the same time loses updates without notice.
  one,
};

/// Which server, which project, and how patiently. docs/backends/appwrite.md tells more.
struct AppwriteConfig {
  std::string endpoint = "https://cloud.appwrite.io/v1";
  std::string project{};
  ApiKey key{};
  std::string database = "video_metadata";
  Writers writers = Writers::many;
  bool tables_routes = false;  ///< `/tablesdb` instead of `/databases`: servers from 1.8 on

  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds attempt_timeout{60'000};  ///< one exchange, connecting included
  std::chrono::milliseconds call_timeout{120'000};    ///< an operation's request with all its attempts and waits
  appwrite::RetryPolicy retry{};
  std::size_t connections = 16;  ///< kept open at most; further threads open more, which are closed after use

  /// Told a line about each attempt: method, path, status, time. Called from any thread; no key, no bodies.
  std::function<void(std::string_view)> log{};

  /// Called before each wait for another attempt, so that a program can report why nothing happens. From any thread.
  std::function<void(const appwrite::RetryNotice&)> on_retry{};

  /// From `APPWRITE_ENDPOINT`, `APPWRITE_PROJECT_ID` and `APPWRITE_API_KEY`, the environment first, then the file if
  /// there is one. `invalid`: one error that names all that are missing; or the file's line that is no setting.
  [[nodiscard]] static AppwriteConfig from_environment(const std::filesystem::path& file = ".env") {
    const std::map<std::string, std::string> settings = appwrite::read_env_file(file);
    std::string missing;
    const auto setting = [&](const char* name, const char* otherwise) -> std::string {
      if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
      if (const auto found = settings.find(name); found != settings.end() && !found->second.empty())
        return found->second;
      if (otherwise == nullptr) missing += (missing.empty() ? "" : ", ") + std::string(name);
      return otherwise == nullptr ? "" : otherwise;
    };
    AppwriteConfig config;
    config.endpoint = setting("APPWRITE_ENDPOINT", config.endpoint.c_str());
    config.project = setting("APPWRITE_PROJECT_ID", nullptr);
    config.key = ApiKey(setting("APPWRITE_API_KEY", nullptr));
    if (!missing.empty())
      throw Error(Errc::invalid, "not set: " + missing + "; set them in the environment or in " + file.string());
    config.check();
    return config;
  }

  /// `invalid` if no request could ever succeed with it; the sentence says what to change. Takes a `/` off the end of
  /// the endpoint.
  void check();
};

namespace appwrite {

/// `invalid`, or the endpoint without the `/` at its end. An endpoint is `http` or `https`, a host, and a path that
/// ends in `/v1`.
[[nodiscard]] inline std::string checked_endpoint(std::string endpoint) {
  const auto refuse = [&](const std::string& why) {
    throw Error(Errc::invalid, "the endpoint '" + endpoint + "' " + why);
  };
  if (endpoint.find('@') != std::string::npos)
    throw Error(Errc::invalid, "the endpoint has a user name in it: an Appwrite server takes project and key instead");
  constexpr std::string_view example = "https://cloud.appwrite.io/v1";
  if (endpoint.find_first_of(" \t\r\n\"'<>") != std::string::npos)
    refuse("has a space or a quote in it: write it as " + std::string(example));
  const std::size_t scheme_end = endpoint.find("://");
  if (scheme_end == std::string::npos) refuse("has no scheme: write it as " + std::string(example));
  const std::string_view scheme = std::string_view(endpoint).substr(0, scheme_end);
  if (!same_but_for_case(scheme, "https") && !same_but_for_case(scheme, "http"))
    refuse("is neither https nor http: write it as " + std::string(example));
  const std::size_t host_end = std::min(endpoint.find_first_of("/?#", scheme_end + 3), endpoint.size());
  const std::string_view host = std::string_view(endpoint).substr(scheme_end + 3, host_end - scheme_end - 3);
  if (host.empty() || host.front() == ':') refuse("names no host: write it as " + std::string(example));
  if (endpoint.find_first_of("?#") != std::string::npos) refuse("has a query or a fragment: end it with /v1");
  while (endpoint.back() == '/') endpoint.pop_back();
  if (!std::string_view(endpoint).substr(std::min(host_end, endpoint.size())).ends_with("/v1"))
    refuse("does not end with /v1: change it to " + endpoint.substr(0, host_end) + "/v1");
  return endpoint;
}

}  // namespace appwrite

inline void AppwriteConfig::check() {
  endpoint = appwrite::checked_endpoint(std::move(endpoint));
  const auto printable = [](std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
  };
  if (project.empty() || !printable(project))
    throw Error(Errc::invalid, "the project id is empty or has spaces in it: copy it from the console's settings page");
  if (!printable(key.reveal()))
    throw Error(Errc::invalid, "the API key has spaces or line ends in it: copy it again, as one line");
  if (database.empty()) throw Error(Errc::invalid, "the database id is empty");
}

}  // namespace reel
