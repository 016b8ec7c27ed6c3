#include <string>
#include <vector>

#include <reel/version.hpp>

#include "run_tool.hpp"

namespace arguments_tests {

#ifdef REEL_TOOL_APPWRITE
const std::string schemes = "file:, legacy:, appwrite:, memory:";
#else
const std::string schemes = "file:, legacy:, memory:";
#endif

void check_usage(const Arguments& arguments, std::string_view wanted) {
  const ToolResult outcome = reel_tool(arguments);
  INFO(outcome.error);
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.error.starts_with("reel: "));
  CHECK(outcome.error_contains(wanted));
}

void check_failure(const Arguments& arguments, std::string_view wanted) {
  const ToolResult outcome = reel_tool(arguments);
  INFO(outcome.error);
  CHECK(outcome.status == 1);
  CHECK(outcome.out.empty());
  CHECK(outcome.error.starts_with("reel: "));
  CHECK(outcome.error_contains(wanted));
}

TEST_CASE("--version prints the project's version", "[tool]") {
  CHECK(done({"--version"}).out == "reel " + std::string(reel::version) + "\n");
}

TEST_CASE("every command has a help text with examples", "[tool]") {
  const ToolResult help = done({"--help"});
  for (const char* command : {"setup", "migrate", "verify", "retry", "doctor", "videos", "scenes", "stats", "watch",
                              "blobs", "permissions", "grant", "revoke", "queue", "work"}) {
    CHECK(help.out_contains(command));
    const ToolResult own = done({command, "--help"});
    CHECK(own.out_contains("Examples:\n  reel " + std::string(command)));
  }
  CHECK(help.out_contains("file:DIR"));
  for (const char* command : {"ls", "get", "put", "rm", "scrub"})
    CHECK(done({"blobs", "memory:", "artifacts", command, "--help"}).out_contains("Examples:\n  reel blobs"));
  for (const char* command : {"ls", "add", "retry", "pause", "resume", "explain"})
    CHECK(done({"queue", "memory:", command, "--help"}).out_contains("Examples:\n  reel queue"));
}

TEST_CASE("wrong usage is reported with exit status 2", "[tool]") {
  check_usage(
      {},
      "a command is missing; use one of setup, migrate, retry, control, mirror, verify, doctor, videos, scenes, stats, "
      "watch, blobs, permissions, grant, revoke, memory, queue, work, serve");
  check_usage({"frobnicate"}, "'frobnicate' is not a command; use one of setup, migrate, retry");
  check_usage({"--frobnicate"}, "unknown option '--frobnicate'");
  check_usage({"videos"}, "STORE is required");
  check_usage({"videos", "memory:", "--frobnicate"}, "frobnicate");
  check_usage({"videos", "memory:", "more"}, "more");
  check_usage({"migrate", "memory:"}, "TARGET is required");
  check_usage({"verify", "memory:"}, "B is required");
  check_usage({"scenes", "memory:"}, "VIDEO is required");
  check_usage({"blobs", "memory:", "artifacts"}, "a command is missing; use one of ls, get, put, rm, scrub");
  check_usage({"blobs", "memory:", "artifacts", "frobnicate"},
              "'frobnicate' is not a command; use one of ls, get, put, rm, scrub");
  check_usage({"blobs", "memory:", "artifacts", "get"}, "ID is required");
  check_usage({"queue", "memory:"}, "a command is missing; use one of ls, add, retry, pause, resume, explain");
  check_usage({"queue", "memory:", "add"}, "--topic is required");
  check_usage({"queue", "memory:", "explain"}, "VIDEO is required");
  check_usage({"work", "memory:"}, "--exec is required");
  for (const char* limit : {"0", "-1", "few", ""}) check_usage({"videos", "memory:", "--limit", limit}, "--limit");
}

TEST_CASE("an invalid choice is reported with all valid ones", "[tool]") {
  check_usage(
      {"videos", "memory:", "--status", "done"},
      "'done' is not one of queued, planning, ready_for_render, queued_for_render, rendering, completed, failed");
  check_usage({"migrate", "memory:", "memory:", "--variant", "v3"}, "--variant: 'v3' is not one of v1, v2");
  check_usage({"migrate", "memory:", "memory:", "--on-conflict", "ask"},
              "'ask' is not one of fail, skip, overwrite, newer");
  check_usage({"blobs", "memory:", "films", "ls"},
              "'films' is not one of final_videos, scene_videos, subtitles, source_code, artifacts");
}

TEST_CASE("a store that cannot be opened is reported with exit status 1", "[tool]") {
  TemporaryFolder folder;
  const auto check_url = [](const std::string& url, const std::string& reason) {
    check_failure({"videos", url}, "cannot open the store '" + url + "': " + reason);
    check_failure({"migrate", "memory:", url}, "cannot open the store '" + url + "': " + reason);
  };
  for (const char* const url : {"videos", "", ":"}) check_url(url, "it has no scheme; this program opens " + schemes);
  check_url("http://localhost", "this program has no backend for the scheme 'http'; it opens " + schemes);
  check_url("FILE:x", "this program has no backend for the scheme 'FILE'; it opens " + schemes);
  check_url("file:", "it names no folder; write file:DIR");
  check_url("legacy:", "it names no folder; write legacy:DIR");
  check_url("memory:x", "such a store has no location; write memory:");
  const std::string missing = folder / "missing";
  for (const Arguments& arguments :
       {Arguments{"videos", "file:" + missing}, Arguments{"scenes", "file:" + missing, "x"},
        Arguments{"stats", "file:" + missing}, Arguments{"blobs", "file:" + missing, "artifacts", "ls"},
        Arguments{"blobs", "file:" + missing, "artifacts", "put", "/dev/null"},
        Arguments{"migrate", "file:" + missing, "memory:"}, Arguments{"verify", "memory:", "file:" + missing}})
    check_failure(arguments, "no store in '" + missing + "'");
  check_failure({"videos", "legacy:" + missing},
                "cannot open '" + missing + "' as an output tree: the folder does not exist");
  CHECK_FALSE(std::filesystem::exists(missing));
  write_file(folder / "file", "text");
  check_failure({"videos", "legacy:" + (folder / "file")},
                "'" + (folder / "file") + "' as an output tree: it is not a folder; ");
  check_failure({"setup", "file:" + folder.path().string()}, "is not empty and not a store");
  check_failure({"videos", "file:" + folder.path().string()}, "is not empty and not a store");
}

TEST_CASE("an unknown option of a URL is refused with the known ones", "[tool]") {
  TemporaryFolder folder;
  const std::string store = "file:" + (folder / "store");
  const auto check_option = [](const std::string& url, const std::string& reason) {
    check_failure({"setup", url}, "cannot open the store '" + url + "': " + reason);
    check_failure({"migrate", "memory:", url}, "cannot open the store '" + url + "': " + reason);
  };
  check_option(store + "?fast", "unknown option 'fast'; file: takes readonly, existing, durability, text");
  check_option(store + "?text=bold", "the option 'text' is 'bold', which is not one of folded, exact");
  check_option(store + "?readonly=no", "the option 'readonly' takes no value");
  check_option("legacy:" + (folder / "tree") + "?readonly", "unknown option 'readonly'; legacy: takes write, text");
  check_option("memory:?fast", "unknown option 'fast'; memory: takes text");
  check_failure({"setup", store + "?existing"}, "no store in '" + (folder / "store") + "'");
  check_usage({"videos", "legacy:" + folder.path().string() + "?write=v1"},
              "only migrate and mirror write to a legacy: store");
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("options of a URL apply to the store", "[tool]") {
  TemporaryFolder folder;
  const std::string store = "file:" + (folder / "store");
  done({"setup", store + "?text=exact&durability=durable"});
  done({"videos", store + "?text=exact&existing"});
  check_failure({"videos", store + "?text=folded"}, "text");
  done({"setup", "file:" + (folder / "what?.d") + "?"});
  CHECK(std::filesystem::exists(folder / "what?.d"));
}

TEST_CASE("setup creates a store and can be repeated", "[tool]") {
  TemporaryFolder folder;
  const std::string store = "file:" + (folder / "new/store");
  CHECK(done({"setup", store}).out_contains("collections: videos scenes agent_memory artifacts"));
  CHECK(done({"setup", store}).out_contains("is ready"));
  CHECK(done({"videos", store}).out == "no videos\n");
  CHECK(done({"videos", store, "--json"}).json() == nlohmann::json::array());
  CHECK(done({"blobs", store, "subtitles", "ls"}).out == "no blobs\n");
  CHECK(done({"stats", store, "--json"}).json()["videos"]["completed_share"] == 0);
  CHECK(done({"videos", "memory:"}).out == "no videos\n");
}

TEST_CASE("a failure to write the output is reported", "[tool]") {
  std::FILE* full = std::fopen("/dev/full", "w");
  REQUIRE(full != nullptr);
  const ToolResult outcome = reel_tool({"stats", "memory:"}, {.out = fileno(full)});
  std::fclose(full);
  CHECK(outcome.status == 1);
  CHECK(outcome.error_contains("reel: cannot write to standard output"));
}

}  // namespace arguments_tests
