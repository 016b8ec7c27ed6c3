#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "run_tool.hpp"

/// The options of `reel migrate` that select and limit, and `reel control`.
namespace copy_options_tests {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using nlohmann::json;

/// The counts of each collection and bucket in the report of a copy of the sample tree into a new store.
json copied(const TemporaryFolder& folder, const Arguments& options) {
  Arguments arguments{"migrate", sample_store(), "file:" + (folder / "store"), "--report", folder / "report.json"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  const ToolResult result = reel_tool(arguments);
  INFO(result.error);
  CHECK((result.status == 0 || result.status == 3));
  return json::parse(read_file(folder / "report.json"))["kinds"];
}

TEST_CASE("only some collections and buckets are copied", "[tool]") {
  TemporaryFolder folder;
  const json kinds = copied(folder, {"--only", "videos,subtitles"});
  REQUIRE(kinds.size() == 2);
  CHECK(kinds[0]["collection"] == "videos");
  CHECK(kinds[0]["created"] == 6);
  CHECK(kinds[1]["bucket"] == "subtitles");

  TemporaryFolder other;
  CHECK(copied(other, {"--except", "bucket/artifacts", "--except", "scene_videos"}).size() == 13);
}

TEST_CASE("only the records with a value are copied", "[tool]") {
  TemporaryFolder folder;
  const json video = done({"videos", sample_store(), "--json"}).json()[0];
  const std::string id = video["$id"], topic = video["topic"];
  const json kinds = copied(folder, {"--only", "videos", "--where", "videos:topic=" + topic});
  CHECK(kinds[0]["created"] == 1);
  TemporaryFolder other;
  CHECK(copied(other, {"--only", "collection/videos", "--where", "videos:id=" + id})[0]["created"] == 1);
  TemporaryFolder third;
  CHECK(copied(third, {"--only", "videos", "--since", "2999-01-01T00:00:00Z"})[0]["created"] == 0);
}

TEST_CASE("options that select nothing known are wrong usage", "[tool]") {
  TemporaryFolder folder;
  const auto refusal = [&](const Arguments& options) {
    Arguments arguments{"migrate", sample_store(), "file:" + (folder / "store")};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const ToolResult result = reel_tool(arguments);
    CHECK(result.status == 2);
    CHECK_FALSE(fs::exists(folder / "store"));
    return result.error;
  };
  CHECK(refusal({"--only", "songs"}).find("--only: 'songs' is not one of videos, scenes") != std::string::npos);
  CHECK(refusal({"--where", "videos"}).find("is not of the form KIND:ATTRIBUTE=VALUE") != std::string::npos);
  CHECK(refusal({"--where", "videos:color=red"}).find("collection videos has no attribute 'color'") !=
        std::string::npos);
  CHECK(refusal({"--where", "videos:scene_count=many"}).find("'many' is not a value of the attribute 'scene_count'") !=
        std::string::npos);
  CHECK(refusal({"--since", "yesterday"}).find("'yesterday' is not a time") != std::string::npos);
  CHECK(refusal({"--on-conflict-in", "videos=ask"}).find("'ask' is not one of fail, skip") != std::string::npos);
  CHECK(refusal({"--parallel", "0"}).find("whole number of at least 1") != std::string::npos);
}

TEST_CASE("what is overwritten goes to the backup", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder), backup = "file:" + (folder / "backup");
  const std::string other = "file:" + (folder / "other");
  done({"migrate", store, other, "--only", "subtitles"});
  const std::string id = done({"blobs", other, "subtitles", "ls", "--json"}).json()[0]["$id"];
  write_file(folder / "changed.srt", "changed");
  done({"blobs", other, "subtitles", "put", folder / "changed.srt", "--id", id, "--overwrite"});
  const Arguments again{"migrate",  store, other, "--only", "subtitles", "--on-conflict-in", "subtitles=overwrite",
                        "--backup", backup};
  CHECK(reel_tool(again).status == 0);
  done({"blobs", backup, "subtitles", "get", id, folder / "kept.srt"});
  CHECK(read_file(folder / "kept.srt") == "changed");
}

/// Waits until the socket of a running migration responds.
json status_of(const std::string& socket) {
  for (int i = 0; i < 500; ++i) {
    const ToolResult result = reel_tool({"control", socket, "status", "--json"});
    if (result.status == 0 && result.json()["kind"].is_string()) return result.json();
    std::this_thread::sleep_for(10ms);
  }
  FAIL("the migration does not respond");
  return {};
}

TEST_CASE("a running migration is paused, limited and resumed by its socket", "[tool]") {
  TemporaryFolder folder;
  const std::string socket = folder / "control";
  Running running(
      {"migrate", sample_store(), "file:" + (folder / "store"), "--control", socket, "--requests-per-second", "20"});
  CHECK(status_of(socket)["requests_per_second"] == 20);
  CHECK((fs::status(socket).permissions() & fs::perms::all) == (fs::perms::owner_read | fs::perms::owner_write));
  CHECK(done({"control", socket, "pause"}).out_contains("paused\n"));
  std::this_thread::sleep_for(100ms);  // operations in progress are completed
  const json before = done({"control", socket, "status", "--json"}).json();
  const auto stored = content_of(folder / "store");
  std::this_thread::sleep_for(300ms);
  CHECK(done({"control", socket, "status", "--json"}).json() == before);
  CHECK((content_of(folder / "store") == stored));
  const ToolResult wrong = reel_tool({"control", socket, "limit", "--parallel", "0"});
  CHECK(wrong.status == 1);
  CHECK(wrong.error_contains("parallelism is at least 1, not 0"));
  const json limited =
      done({"control", socket, "limit", "--parallel", "2", "--requests-per-second", "0", "--json"}).json();
  CHECK(limited["parallel"] == 2);
  CHECK(limited["requests_per_second"] == 0);
  CHECK(done({"control", socket, "resume"}).out_contains("running\n"));
  CHECK(running.finish().status == 0);
  CHECK_FALSE(fs::exists(socket));
  CHECK(reel_tool({"control", socket, "status"}).status == 1);
}

TEST_CASE("a socket whose process was killed is replaced, and another file is not", "[tool]") {
  TemporaryFolder folder;
  const std::string socket = folder / "control";
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, socket.data(), socket.size());
  const int stale = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(stale, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(stale);
  CHECK(reel_tool({"control", socket, "status"}).error_contains("has ended"));
  done({"migrate", sample_store(), "file:" + (folder / "store"), "--only", "videos", "--control", socket});
  CHECK_FALSE(fs::exists(socket));

  write_file(folder / "minutes", "of a meeting");
  const ToolResult refused =
      reel_tool({"migrate", sample_store(), "file:" + (folder / "store"), "--control", folder / "minutes"});
  CHECK(refused.status == 1);
  CHECK(refused.error_contains("exists and is not a socket"));
  CHECK(read_file(folder / "minutes") == "of a meeting");
  CHECK(reel_tool({"control", socket, "limit"}).status == 2);
  CHECK(reel_tool({"control", socket, "stop"}).status == 2);
}

}  // namespace copy_options_tests
