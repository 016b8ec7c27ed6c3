#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/api_key.hpp>
#include <reel/backends/appwrite/env_file.hpp>
#include <reel/backends/appwrite/retry.hpp>
#include <reel/error.hpp>
#include <reel/store_url.hpp>
#include <reel/text/ascii.hpp>

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
  static constexpr std::array<std::string_view, 2> url_options{"database", "writers"};  ///< see `from`

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

  /// Lines of the file of settings that were ignored, a sentence each, to report to a person.
  std::vector<std::string> warnings{};

  /// The settings `APPWRITE_ENDPOINT`, `APPWRITE_PROJECT_ID`, `APPWRITE_API_KEY` and `APPWRITE_WRITERS` (`one` or
  /// `many`) from the environment; those that are not set there from `file`, which need not exist and is not read if
  /// the first three are. An empty one is not set.
  ///
  /// `invalid`: one error that names all settings that are missing, another value of `APPWRITE_WRITERS`, a line of the
  /// file that is to set one of them and does not parse, or what `check()` refuses; `unavailable`: the file exists and
  /// cannot be read.
  [[nodiscard]] static AppwriteConfig from_environment(const std::filesystem::path& file = ".env");

  /// The same settings from `file`; those that it does not set from the environment. `not_found`: no such file;
  /// `invalid`: a folder; else as `from_environment`.
  [[nodiscard]] static AppwriteConfig from_file(const std::filesystem::path& file);

  /// The configuration of `appwrite:FILE`: from that file, as `from_file`; of `appwrite:` as `from_environment`.
  /// Options of the URL: `database=ID`, and `writers=one` or `many`, which counts more than the setting.
  [[nodiscard]] static AppwriteConfig from(const StoreUrl& url);

  /// Whether both name the same database of the same project on the same server. Compares endpoints as URLs:
  /// `HTTPS://A` is `https://a:443`; two names of one host are different.
  [[nodiscard]] bool names_same_store_as(const AppwriteConfig& other) const;

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
  if (!text::equal_ignoring_case(scheme, "https") && !text::equal_ignoring_case(scheme, "http"))
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

/// A checked endpoint in lower case up to its path, and without the port that its scheme implies.
[[nodiscard]] inline std::string canonical_endpoint(std::string endpoint) {
  const std::size_t host = endpoint.find("://") + 3;
  const std::size_t path = std::min(endpoint.find('/', host), endpoint.size());
  endpoint.replace(0, path, text::lower_ascii(std::string_view(endpoint).substr(0, path)));
  const std::string_view port = endpoint.starts_with("https:") ? ":443" : ":80";
  if (std::string_view(endpoint).substr(0, path).ends_with(port)) endpoint.erase(path - port.size(), port.size());
  return endpoint;
}

/// The settings of one source; an empty one is not set.
using SettingSource = std::function<std::optional<std::string>(const std::string&)>;

[[nodiscard]] inline SettingSource settings_of(const EnvFile& file) {
  return [&file](const std::string& name) -> std::optional<std::string> {
    const auto found = file.settings.find(name);
    return found == file.settings.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

/// What to do where writes cannot be guarded, for the end of an error message.
inline constexpr std::string_view write_alone = "set AppwriteConfig::writers to Writers::one, or APPWRITE_WRITERS=one";

/// `invalid` unless it is `one` or `many`.
[[nodiscard]] inline Writers writers_of(const std::string& setting) {
  if (setting == "one") return Writers::one;
  if (setting == "many") return Writers::many;
  throw Error(Errc::invalid, "APPWRITE_WRITERS is '" + setting +
                                 "': set it to many, or to one if no other program writes to the database");
}

/// The configuration from the first source that has each setting. `invalid`: one error names all that are missing.
[[nodiscard]] inline AppwriteConfig config_from(const SettingSource& first, const SettingSource& second,
                                                const std::vector<std::string>& warnings,
                                                const std::filesystem::path& file) {
  std::string missing;
  const auto setting = [&](const std::string& name) -> std::optional<std::string> {
    for (const SettingSource* source : {&first, &second}) {
      std::optional<std::string> value = (*source)(name);
      if (value && !value->empty()) return value;
    }
    return std::nullopt;
  };
  const auto required = [&](const std::string& name) {
    std::optional<std::string> value = setting(name);
    if (!value) missing += (missing.empty() ? "" : ", ") + name;
    return value.value_or("");
  };
  AppwriteConfig config;
  config.endpoint = setting("APPWRITE_ENDPOINT").value_or(config.endpoint);
  config.project = required("APPWRITE_PROJECT_ID");
  config.key = ApiKey(required("APPWRITE_API_KEY"));
  config.warnings = warnings;
  if (!missing.empty()) {
    std::string reason = "not set: " + missing + "; set them in the environment or in " + file.string();
    for (const std::string& warning : warnings) reason += "; " + warning;
    throw Error(Errc::invalid, reason);
  }
  if (const std::optional<std::string> writers = setting("APPWRITE_WRITERS")) config.writers = writers_of(*writers);
  config.check();
  return config;
}

/// `invalid` if a line that is to set one of the settings does not parse: the default or another source's value would
/// send the key to another server.
inline void check_settings_parse(const EnvFile& file) {
  for (const char* const name : {"APPWRITE_ENDPOINT", "APPWRITE_PROJECT_ID", "APPWRITE_API_KEY"}) {
    const auto found = file.broken.find(name);
    if (found == file.broken.end()) continue;
    throw Error(Errc::invalid, found->second + ": cannot read the setting " + name +
                                   ": the line is not of the form NAME=value; check its quotes");
  }
}

}  // namespace appwrite

inline bool AppwriteConfig::names_same_store_as(const AppwriteConfig& other) const {
  return project == other.project && database == other.database &&
         appwrite::canonical_endpoint(endpoint) == appwrite::canonical_endpoint(other.endpoint);
}

inline AppwriteConfig AppwriteConfig::from_environment(const std::filesystem::path& file) {
  const appwrite::SettingSource environment = appwrite::env::variable;
  const auto is_set = [&](const char* name) { return !environment(name).value_or("").empty(); };
  std::optional<appwrite::EnvFile> settings;
  if (!is_set("APPWRITE_ENDPOINT") || !is_set("APPWRITE_PROJECT_ID") || !is_set("APPWRITE_API_KEY"))
    settings = appwrite::read_env_file(file, appwrite::EnvPriority::environment);
  const appwrite::EnvFile read = settings.value_or(appwrite::EnvFile{});
  appwrite::check_settings_parse(read);
  return appwrite::config_from(environment, appwrite::settings_of(read), read.warnings, file);
}

inline AppwriteConfig AppwriteConfig::from_file(const std::filesystem::path& file) {
  const std::optional<appwrite::EnvFile> read = appwrite::read_env_file(file, appwrite::EnvPriority::file);
  std::error_code none;
  if (!read && std::filesystem::is_directory(file, none))
    throw Error(Errc::invalid, "cannot read settings from '" + file.string() +
                                   "': it is a folder; name a file with the settings, such as '" +
                                   (file / ".env").string() + "'");
  if (!read)
    throw Error(Errc::not_found, "cannot read settings from '" + file.string() +
                                     "': there is no such file; check the path, or create it with "
                                     "APPWRITE_ENDPOINT, APPWRITE_PROJECT_ID and APPWRITE_API_KEY");
  appwrite::check_settings_parse(*read);
  return appwrite::config_from(appwrite::settings_of(*read), appwrite::env::variable, read->warnings, file);
}

inline AppwriteConfig AppwriteConfig::from(const StoreUrl& url) {
  const auto writers = url.choice<Writers>("writers", {{"one", Writers::one}, {"many", Writers::many}});
  const std::optional<std::string> database = url.value("database");
  AppwriteConfig config = url.location().empty() ? from_environment() : from_file(url.location());
  if (writers) config.writers = *writers;
  if (database) config.database = *database;
  return config;
}

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
