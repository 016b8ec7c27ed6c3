#include <cstdlib>
#include <string>

#include "run_tool.hpp"

namespace appwrite_tests {

/// Writes a settings file and removes the settings from the environment. Returns the URL of the store.
std::string settings(const TemporaryFolder& folder, const std::string& text) {
  for (const char* name : {"APPWRITE_ENDPOINT", "APPWRITE_PROJECT_ID", "APPWRITE_API_KEY", "APPWRITE_WRITERS"})
    ::unsetenv(name);
  write_file(folder / "settings.env", text);
  return "appwrite:" + (folder / "settings.env");
}

TEST_CASE("an Appwrite store is opened from settings, and an unreachable one is reported", "[tool]") {
  TemporaryFolder folder;
  const std::string store = settings(folder,
                                     "APPWRITE_ENDPOINT=http://127.0.0.1:1/v1\nAPPWRITE_PROJECT_ID=films\n"
                                     "APPWRITE_API_KEY='standard_5ec2e7'\n");
  for (const char* command : {"doctor", "videos"}) {
    const ToolResult outcome = reel_tool({command, store});
    INFO(outcome.error);
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
#ifdef REEL_TOOL_APPWRITE
    CHECK(outcome.error_contains("cannot reach http://127.0.0.1:1/v1: check the network"));
    CHECK(outcome.error_contains(" s for http://127.0.0.1:1/v1 ("));
    CHECK(outcome.error_contains("reel: waiting "));
#else
    CHECK(outcome.error_contains("no backend for the scheme 'appwrite'; it opens file:, legacy:, memory:"));
#endif
    CHECK_FALSE(outcome.error_contains("5ec2e7"));
  }
}

#ifdef REEL_TOOL_APPWRITE
TEST_CASE("a file of settings that does not exist is an error, whatever the environment contains", "[tool]") {
  ::setenv("APPWRITE_PROJECT_ID", "films", 1);
  ::setenv("APPWRITE_API_KEY", "standard_5ec2e7", 1);
  for (const char* command : {"doctor", "setup", "videos"}) {
    const ToolResult outcome = reel_tool({command, "appwrite:no-such.env"});
    CHECK(outcome.status == 1);
    CHECK(outcome.error_contains("'no-such.env': there is no such file"));
  }
  ::unsetenv("APPWRITE_PROJECT_ID");
  ::unsetenv("APPWRITE_API_KEY");
}

TEST_CASE("ignored lines of a file of settings are reported", "[tool]") {
  TemporaryFolder folder;
  const ToolResult outcome =
      reel_tool({"videos", settings(folder,
                                    "APPWRITE_ENDPOINT=nonsense\nfor other programs: yes\nA.B-C=1\n"
                                    "APPWRITE_PROJECT_ID=films\nAPPWRITE_API_KEY=k\n")});
  CHECK(outcome.status == 1);
  CHECK(outcome.error_contains("the endpoint 'nonsense'"));
  const ToolResult warned = reel_tool({"doctor", settings(folder,
                                                          "APPWRITE_ENDPOINT=http://127.0.0.1:1/v1\nno setting\n"
                                                          "APPWRITE_PROJECT_ID=films\nAPPWRITE_API_KEY=k\n")});
  CHECK(warned.error_contains("settings.env:2: ignored"));
}

TEST_CASE("all missing settings are named", "[tool]") {
  TemporaryFolder folder;
  const ToolResult outcome = reel_tool({"doctor", settings(folder, "APPWRITE_PROJECT_ID=")});
  CHECK(outcome.status == 1);
  CHECK(outcome.error_contains("not set: APPWRITE_PROJECT_ID, APPWRITE_API_KEY; set them in the environment or in "));
}
#endif

}  // namespace appwrite_tests
