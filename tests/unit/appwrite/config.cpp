#include <reel/backends/appwrite/config.hpp>

#include <cstdlib>
#include <fstream>

#include "support/catch.hpp"
#include "unit/appwrite/scripted.hpp"

namespace config_tests {

using reel::AppwriteConfig;
using reel::Errc;
using scripted::error_from;

/// Sets these Appwrite variables, and removes all others, until the end of the test.
class Environment {
 public:
  explicit Environment(std::initializer_list<std::pair<const char*, const char*>> values) {
    for (const char* name : names) {
      const char* const value = std::getenv(name);
      before_.emplace_back(value == nullptr ? std::nullopt : std::optional<std::string>(value));
      put(name, std::nullopt);
    }
    for (const auto& [name, value] : values) put(name, value);
  }
  ~Environment() {
    for (std::size_t i = 0; i < std::size(names); ++i) put(names[i], before_[i]);
  }

 private:
  static constexpr const char* names[] = {"APPWRITE_ENDPOINT", "APPWRITE_PROJECT_ID", "APPWRITE_API_KEY",
                                          "APPWRITE_WRITERS"};

  static void put(const char* name, const std::optional<std::string>& value) {
    if (value)
      ::setenv(name, value->c_str(), 1);
    else
      ::unsetenv(name);
  }
  std::vector<std::optional<std::string>> before_;
};

/// A file that the destructor removes.
struct ConfigFile {
  explicit ConfigFile(const std::string& text) : path(std::filesystem::temp_directory_path() / ("reel_env_" + name())) {
    std::ofstream(path, std::ios::binary) << text;
  }
  ~ConfigFile() { std::filesystem::remove(path); }
  static std::string name() { return std::to_string(std::random_device{}()) + std::to_string(std::random_device{}()); }
  std::filesystem::path path;
};

TEST_CASE("the configuration comes from the environment, and missing settings from the file", "[appwrite]") {
  const ConfigFile file(
      "APPWRITE_ENDPOINT='https://films.example/v1'\nexport APPWRITE_PROJECT_ID=of-file\nAPPWRITE_API_KEY=k2");
  {
    const Environment environment{{"APPWRITE_PROJECT_ID", "films"}};
    const AppwriteConfig config = AppwriteConfig::from_environment(file.path);
    CHECK(config.endpoint == "https://films.example/v1");
    CHECK(config.project == "films");
    CHECK(config.key.reveal() == "k2");
    CHECK(config.database == "video_metadata");
  }
  const Environment environment(
      {{"APPWRITE_PROJECT_ID", "films"}, {"APPWRITE_API_KEY", "k1"}, {"APPWRITE_ENDPOINT", ""}});
  CHECK(AppwriteConfig::from_environment("no-such-file.env").endpoint == "https://cloud.appwrite.io/v1");
  CHECK(AppwriteConfig::from_environment(file.path).key.reveal() == "k1");
}

TEST_CASE("one error names all missing settings", "[appwrite]") {
  {
    const Environment environment{};
    const reel::Error error = error_from([] { static_cast<void>(AppwriteConfig::from_environment("no-such.env")); });
    CHECK(error.code() == Errc::invalid);
    CHECK(error.reason() ==
          "not set: APPWRITE_PROJECT_ID, APPWRITE_API_KEY; set them in the environment or in no-such.env");
  }
  const Environment environment{{"APPWRITE_PROJECT_ID", "films"}, {"APPWRITE_API_KEY", ""}};
  CHECK(error_from([] { static_cast<void>(AppwriteConfig::from_environment("no-such.env")); })
            .reason()
            .starts_with("not set: APPWRITE_API_KEY;"));
}

TEST_CASE("a file that is named explicitly wins over the environment, which supplies missing settings", "[appwrite]") {
  const ConfigFile file(
      "APPWRITE_PROJECT_ID=of-file\nAPPWRITE_ENDPOINT=https://${HOST_OF_FILE:-films.example}/v1\nAPPWRITE_API_KEY=");
  const Environment environment({{"APPWRITE_PROJECT_ID", "films"}, {"APPWRITE_API_KEY", "k1"}});
  const AppwriteConfig config = AppwriteConfig::from_file(file.path);
  CHECK(config.project == "of-file");
  CHECK(config.endpoint == "https://films.example/v1");
  CHECK(config.key.reveal() == "k1");
}

TEST_CASE("the number of writers is read from the environment and the file", "[appwrite]") {
  const ConfigFile file("APPWRITE_WRITERS=one\nAPPWRITE_PROJECT_ID=films\nAPPWRITE_API_KEY=k");
  const ConfigFile silent("APPWRITE_PROJECT_ID=films\nAPPWRITE_API_KEY=k");
  {
    const Environment environment{};
    CHECK(AppwriteConfig::from_environment(file.path).writers == reel::Writers::one);
    CHECK(AppwriteConfig::from_file(file.path).writers == reel::Writers::one);
    CHECK(AppwriteConfig::from_environment(silent.path).writers == reel::Writers::many);
  }
  {
    const Environment environment{{"APPWRITE_WRITERS", "many"}};
    CHECK(AppwriteConfig::from_environment(file.path).writers == reel::Writers::many);
    CHECK(AppwriteConfig::from_file(file.path).writers == reel::Writers::one);
  }
  {
    const Environment environment{{"APPWRITE_WRITERS", "one"}};
    CHECK(AppwriteConfig::from_environment(silent.path).writers == reel::Writers::one);
    CHECK(AppwriteConfig::from_file(silent.path).writers == reel::Writers::one);
  }
  for (const char* value : {"One", "none", "1", "one "}) {
    const Environment environment{{"APPWRITE_WRITERS", value}};
    const reel::Error error = error_from([&] { static_cast<void>(AppwriteConfig::from_environment(file.path)); });
    CHECK(error.code() == Errc::invalid);
    CHECK(error.reason().starts_with("APPWRITE_WRITERS is '" + std::string(value) + "': set it to many, or to one"));
  }
}

TEST_CASE("a file that is named explicitly must exist", "[appwrite]") {
  const Environment environment({{"APPWRITE_PROJECT_ID", "films"}, {"APPWRITE_API_KEY", "k1"}});
  const reel::Error error = error_from([] { static_cast<void>(AppwriteConfig::from_file("no-such.env")); });
  CHECK(error.code() == Errc::not_found);
  CHECK(error.reason().starts_with("cannot read settings from 'no-such.env': there is no such file"));
}

TEST_CASE("a complete environment needs no file", "[appwrite]") {
  const Environment environment({{"APPWRITE_ENDPOINT", "https://films.example/v1"},
                                 {"APPWRITE_PROJECT_ID", "films"},
                                 {"APPWRITE_API_KEY", "k1"}});
  CHECK(AppwriteConfig::from_environment(std::filesystem::temp_directory_path()).project == "films");
}

TEST_CASE("ignored lines are reported, also if a setting is missing", "[appwrite]") {
  const ConfigFile file("APPWRITE_PROJECT_ID=films\nAPPWRITE API_KEY=k\n");
  {
    const Environment environment{{"APPWRITE_API_KEY", "k1"}};
    const AppwriteConfig config = AppwriteConfig::from_environment(file.path);
    REQUIRE(config.warnings.size() == 1);
    CHECK(config.warnings[0].find(":2: ignored") != std::string::npos);
  }
  const Environment environment{};
  CHECK(error_from([&] { static_cast<void>(AppwriteConfig::from_environment(file.path)); })
            .reason()
            .find(":2: ignored") != std::string::npos);
}

TEST_CASE("a line that should define a setting and cannot be parsed is an error", "[appwrite]") {
  for (const std::string line : {"APPWRITE_ENDPOINT=\"https://mine/v1", "export APPWRITE_ENDPOINT='https://mine/v1",
                                 "APPWRITE_ENDPOINT: https://mine/v1", "'APPWRITE_ENDPOINT=https://mine/v1"}) {
    CAPTURE(line);
    const ConfigFile file("APPWRITE_PROJECT_ID=p\nAPPWRITE_API_KEY=k\n" + line + "\n");
    const Environment environment{};
    const reel::Error error = error_from([&] { static_cast<void>(AppwriteConfig::from_file(file.path)); });
    CHECK(error.code() == Errc::invalid);
    CHECK(error.reason().find(":3: ") != std::string::npos);
    CHECK(error.reason().find("APPWRITE_ENDPOINT") != std::string::npos);
    CHECK(error.reason().find("mine") == std::string::npos);
  }
}

TEST_CASE("a folder is not accepted as a file of settings", "[appwrite]") {
  const Environment environment{};
  const reel::Error error =
      error_from([] { static_cast<void>(AppwriteConfig::from_file(std::filesystem::temp_directory_path())); });
  CHECK(error.code() == Errc::invalid);
  CHECK(error.reason().find("it is a folder") != std::string::npos);
}

TEST_CASE("stores are the same if server, project and database are", "[appwrite]") {
  const AppwriteConfig one = scripted::config();
  const auto is_same = [&](auto change) {
    AppwriteConfig other = one;
    change(other);
    return one.names_same_store_as(other);
  };
  CHECK(is_same([](AppwriteConfig& c) { c.key = reel::ApiKey("another"); }));
  CHECK(is_same([](AppwriteConfig& c) { c.endpoint = "HTTPS://Example.org:443/v1"; }));
  CHECK(is_same([](AppwriteConfig& c) { c.tables_routes = true; }));
  CHECK_FALSE(is_same([](AppwriteConfig& c) { c.endpoint = "http://example.org/v1"; }));
  CHECK_FALSE(is_same([](AppwriteConfig& c) { c.endpoint = "https://example.org:4430/v1"; }));
  CHECK_FALSE(is_same([](AppwriteConfig& c) { c.project = "other"; }));
  CHECK_FALSE(is_same([](AppwriteConfig& c) { c.database = "other"; }));
}

TEST_CASE("project, key and database are validated before any request", "[appwrite]") {
  const auto reason = [](auto change) {
    AppwriteConfig config = scripted::config();
    change(config);
    return error_from([&] { config.check(); }).reason();
  };
  CHECK(reason([](AppwriteConfig& c) { c.project = ""; }).find("the project id is empty") != std::string::npos);
  CHECK(reason([](AppwriteConfig& c) { c.project = "a\r\nb"; }).find("project id") != std::string::npos);
  CHECK(reason([](AppwriteConfig& c) { c.database = ""; }) == "the database id is empty");
  const std::string key = reason([](AppwriteConfig& c) { c.key = reel::ApiKey("standard_ab\ncd"); });
  CHECK(key == "the API key has spaces or line ends in it: copy it again, as one line");
}

TEST_CASE("keys cannot be compared", "[appwrite]") { STATIC_REQUIRE_FALSE(std::equality_comparable<reel::ApiKey>); }

}  // namespace config_tests
