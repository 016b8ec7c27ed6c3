#include <cstdlib>
#include <string>

#include "run_tool.hpp"

namespace {

/// A `.env` file, and nothing of the kind in the environment.
std::string settings(const TemporaryFolder& folder, const std::string& text) {
  for (const char* name : {"APPWRITE_ENDPOINT", "APPWRITE_PROJECT_ID", "APPWRITE_API_KEY"}) ::unsetenv(name);
  write_file(folder / "settings.env", text);
  return "appwrite:" + (folder / "settings.env");
}

}  // namespace

TEST_CASE("an Appwrite store comes from settings, and is told when it cannot be reached", "[tool]") {
  TemporaryFolder folder;
  const std::string store = settings(folder,
                                     "APPWRITE_ENDPOINT=http://127.0.0.1:1/v1\nAPPWRITE_PROJECT_ID=films\n"
                                     "APPWRITE_API_KEY='standard_5ec2e7'\n");
  for (const char* command : {"doctor", "videos"}) {
    const Outcome outcome = reel_tool({command, store});
    INFO(outcome.error);
    CHECK(outcome.status == 1);
    CHECK(outcome.out.empty());
#ifdef REEL_TOOL_APPWRITE
    CHECK(outcome.complains("cannot reach http://127.0.0.1:1/v1: check the network"));
#else
    CHECK(outcome.complains("unsupported in this build"));
#endif
    CHECK_FALSE(outcome.complains("5ec2e7"));
  }
}

#ifdef REEL_TOOL_APPWRITE
TEST_CASE("settings that are missing are all named", "[tool]") {
  TemporaryFolder folder;
  const Outcome outcome = reel_tool({"doctor", settings(folder, "APPWRITE_PROJECT_ID=")});
  CHECK(outcome.status == 1);
  CHECK(outcome.complains("not set: APPWRITE_PROJECT_ID, APPWRITE_API_KEY; set them in the environment or in "));
}
#endif
