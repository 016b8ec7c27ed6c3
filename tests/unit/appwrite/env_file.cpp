#include <reel/backends/appwrite/env_file.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

namespace env_file_tests {

using reel::appwrite::EnvFile;
using reel::appwrite::EnvPriority;
using reel::appwrite::parse_env;
using Settings = std::map<std::string, std::string>;

Settings settings_of(std::string_view text) { return parse_env(text, ".env").settings; }

/// The environment variables that the recorded files refer to.
struct Variables {
  Variables() {
    ::setenv("SHELL_NAME", "environment", 1);
    ::setenv("ONLY_SHELL", "only", 1);
    ::setenv("EMPTY", "", 1);
  }
  ~Variables() {
    for (const char* name : {"SHELL_NAME", "ONLY_SHELL", "EMPTY"}) ::unsetenv(name);
  }
};

TEST_CASE("files are parsed as python-dotenv 1.2 parses them", "[appwrite]") {
  const Variables variables;
  std::ifstream recorded(REEL_SOURCE_DIR "/tests/data/appwrite/env_files.json");
  const auto files = nlohmann::json::parse(recorded);
  REQUIRE(files.size() > 40);
  for (const auto& file : files) {
    const auto text = file["text"].get<std::string>();
    CAPTURE(text);
    const EnvFile below = parse_env(text, ".env", EnvPriority::environment);
    CHECK(below.settings == file["below_environment"].get<Settings>());
    CHECK(parse_env(text, ".env", EnvPriority::file).settings == file["above_environment"].get<Settings>());
    CHECK(below.warnings.size() == file["ignored"].get<std::size_t>());
  }
}

TEST_CASE("a byte order mark is not part of the first name", "[appwrite]") {
  CHECK(settings_of("\xEF\xBB\xBF"
                    "A=1\r\nB=2") == Settings{{"A", "1"}, {"B", "2"}});
}

TEST_CASE("a line that cannot be parsed is ignored, and reported by number without its content", "[appwrite]") {
  const EnvFile file = parse_env("A=1\n\n=secret\nB='x' secret\nC=\"secret\nD=4", "my.env");
  CHECK(file.settings == Settings{{"A", "1"}, {"D", "4"}});
  CHECK(file.warnings == std::vector<std::string>{"my.env:3: ignored, as it is not of the form NAME=value",
                                                  "my.env:4: ignored, as it is not of the form NAME=value",
                                                  "my.env:5: ignored, as it is not of the form NAME=value"});
}

TEST_CASE("any bytes are parsed in bounded time", "[appwrite]") {
  std::string text;
  for (unsigned i = 0; i < 200'000; ++i) text += "A=\"'\\${:-}# \n\xC2\xA0\xE2x"[(i * 2654435761U >> 16) % 18];
  CHECK_NOTHROW(static_cast<void>(parse_env(text, ".env")));
  CHECK_NOTHROW(static_cast<void>(parse_env(std::string(100'000, '"'), ".env")));
}

TEST_CASE("a file that does not exist has no settings, and neither has a folder", "[appwrite]") {
  CHECK_FALSE(reel::appwrite::read_env_file("there-is-no-such.env"));
  CHECK_FALSE(reel::appwrite::read_env_file(std::filesystem::temp_directory_path()));
}

}  // namespace env_file_tests
