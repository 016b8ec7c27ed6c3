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
#include <reel/backends/appwrite/change_signal.hpp>
#include <reel/backends/appwrite/endpoint.hpp>
#include <reel/backends/appwrite/env_file.hpp>
#include <reel/backends/appwrite/retry.hpp>
#include <reel/error.hpp>
#include <reel/store_url.hpp>

namespace reel {

/// Which programs write to the collections and buckets of a project. Decides how updates are guarded against each
/// other.
enum class Writers {
  /// Any program. Updates and removals are guarded by transactions of the server, and throw `unsupported` before
  /// Appwrite 1.8.0.
  many,
  /// This program alone, with any number of threads and store objects in one process. Locks in the process guard the
  /// writes. This takes fewer requests and works on every server version, but if another program writes at the same
  /// time, updates are lost without an error.
  one,
};

/// Settings of the `Appwrite` backend: server, project, database, timeouts and retries. docs/backends/appwrite.md
/// describes how to choose them. A value type; copies are independent.
///
///     reel::AppwriteConfig config = reel::AppwriteConfig::from_environment();
///     config.database = "catalog";
///     const reel::Appwrite store(config);
struct AppwriteConfig {
  /// Options of an `appwrite:` URL; see `from`.
  static constexpr std::array<std::string_view, 2> url_options{"database", "writers"};

  /// URL of the API: `http` or `https`, a host, and a path that ends in `/v1`.
  std::string endpoint = "https://cloud.appwrite.io/v1";
  /// The id of the project, as the console shows it.
  std::string project{};
  /// An API key of the project. docs/backends/appwrite.md lists the scopes that it needs. Without a key the server
  /// treats requests as those of a guest.
  ApiKey key{};
  /// The secret of a session of a user, and a JWT of one. They identify the program to the realtime socket, which does
  /// not know keys, and without a key to every other route.
  ApiKey session{};
  /// See `session`. It expires after 15 minutes or as its creator asked, so a long watch needs a session.
  ApiKey jwt{};
  /// The id of the database that holds the collections. `ensure` creates it.
  std::string database = "video_metadata";
  /// Whether other programs may write to the same project.
  Writers writers = Writers::many;
  /// Sends requests to `/tablesdb/…` instead of `/databases/…`. Both access the same records. Needs Appwrite 1.8.0 or
  /// later.
  bool tables_routes = false;

  /// Wakes watches when something changes; set it to `reel::appwrite_realtime()` of the component
  /// `reel::appwrite_realtime`. Without it they look at intervals. Called by the thread of the watch.
  appwrite::ChangeSignalFactory realtime{};

  /// Limit for opening a connection, TLS handshake included.
  std::chrono::milliseconds connect_timeout{10'000};
  /// Limit for one exchange, connecting included. For the body of an upload or download: how long no byte may move.
  std::chrono::milliseconds attempt_timeout{60'000};
  /// Limit for one request with all its attempts and the waits between them. Does not apply to the body of an upload or
  /// download, which may take as long as bytes move. An operation may send several requests.
  std::chrono::milliseconds call_timeout{120'000};
  /// How often and after which wait a failed request is sent again.
  appwrite::RetryPolicy retry{};
  /// Number of idle connections that stay open. Further threads open further connections, which are closed after use.
  std::size_t connections = 16;

  /// Receives one line for each attempt: method, path with query, status and time in milliseconds. Lines contain
  /// neither the key nor bodies. Called from any thread, also concurrently.
  std::function<void(std::string_view)> log{};

  /// Called before each wait for another attempt, so that a program can report why it is waiting. Called from any
  /// thread, also concurrently.
  std::function<void(const appwrite::RetryNotice&)> on_retry{};

  /// One sentence for each line of the settings file that was ignored, for display to the user. Without the content of
  /// the line.
  std::vector<std::string> warnings{};

  /// Reads the settings `APPWRITE_ENDPOINT`, `APPWRITE_PROJECT_ID`, `APPWRITE_API_KEY`, `APPWRITE_WRITERS` (`one` or
  /// `many`) and `APPWRITE_SESSION` from the environment. `file` supplies those that are not set there. It may be
  /// missing, and is not read if the environment sets the first three. An empty value counts as not set. The project
  /// and the key are required.
  ///
  /// Throws `invalid` if settings are missing (one error names all of them), if `APPWRITE_WRITERS` has another value,
  /// if a line of the file that sets one of the first three cannot be parsed, or if `check()` fails; `unavailable` if
  /// the file exists but cannot be read.
  [[nodiscard]] static AppwriteConfig from_environment(const std::filesystem::path& file = ".env");

  /// Reads the same settings from `file`; the environment supplies those that the file does not set. Throws `not_found`
  /// if the file does not exist, `invalid` if it is a folder, and otherwise as `from_environment`.
  [[nodiscard]] static AppwriteConfig from_file(const std::filesystem::path& file);

  /// Returns the configuration that a store URL names: `appwrite:FILE` as `from_file(FILE)`, `appwrite:` as
  /// `from_environment()`. The URL may have the options `database=ID` and `writers=one` or `writers=many`, which take
  /// precedence over the settings. Throws `invalid` for another value of `writers`, and otherwise as those functions.
  [[nodiscard]] static AppwriteConfig from(const StoreUrl& url);

  /// Whether both configurations name the same database of the same project on the same server. Endpoints are compared
  /// as URLs: `HTTPS://A` equals `https://a:443`, and `localhost` equals every spelling of `127.0.0.1`. Other names of
  /// one host count as different servers.
  [[nodiscard]] bool names_same_store_as(const AppwriteConfig& other) const;

  /// Returns `text` with `***` for each key, session and JWT. Applied to every message and log line.
  [[nodiscard]] std::string redact(std::string text) const {
    return jwt.redact(session.redact(key.redact(std::move(text))));
  }

  /// Throws `invalid` if no request could succeed with this configuration; the message names the remedy. Removes a
  /// `/` from the end of the endpoint. Sends no request.
  void check();
};

namespace appwrite {

/// Looks up one setting by name; `nullopt` if the source does not have it.
using SettingSource = std::function<std::optional<std::string>(const std::string&)>;

/// The settings of a file as a source. Refers to `file`, which must outlive the result.
[[nodiscard]] inline SettingSource settings_of(const EnvFile& file) {
  return [&file](const std::string& name) -> std::optional<std::string> {
    const auto found = file.settings.find(name);
    return found == file.settings.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

/// The remedy where writes cannot be guarded, for the end of an error message.
inline constexpr std::string_view write_alone = "set AppwriteConfig::writers to Writers::one, or APPWRITE_WRITERS=one";

/// Parses the value of `APPWRITE_WRITERS`. Throws `invalid` unless it is `one` or `many`.
[[nodiscard]] inline Writers writers_of(const std::string& setting) {
  if (setting == "one") return Writers::one;
  if (setting == "many") return Writers::many;
  throw Error(Errc::invalid, "APPWRITE_WRITERS is '" + setting +
                                 "': set it to many, or to one if no other program writes to the database");
}

/// Builds the configuration. Each setting comes from the first source that has a value for it. Throws `invalid`: one
/// error names all missing settings, and suggests `file` to set them in.
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
  config.session = ApiKey(setting("APPWRITE_SESSION").value_or(""));
  if (const std::optional<std::string> writers = setting("APPWRITE_WRITERS")) config.writers = writers_of(*writers);
  config.check();
  return config;
}

/// Throws `invalid` if the file has an unparsable line that sets the endpoint, the project or the key. Falling back to
/// a default or to another source could send the key to the wrong server.
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
  if (!printable(session.reveal()) || !printable(jwt.reveal()))
    throw Error(Errc::invalid, "the session or JWT has spaces or line ends in it: copy it again, as one line");
  if (database.empty()) throw Error(Errc::invalid, "the database id is empty");
}

}  // namespace reel
