#ifdef REEL_TOOL_SERVER

#include <string>

#include "run_tool.hpp"
#include "site.hpp"

// The command with a server on this machine.

namespace emulator_tests {

using nlohmann::json;
using reel::appwrite::Method;

TEST_CASE("a file of settings wins over the environment, and a store is not copied onto itself", "[tool]") {
  Site site;
  site.put_into_environment("a");
  done({"setup", "appwrite:"});
  CHECK(site.ask("b", Method::get, "/databases")["total"] == 0);
  CHECK(reel_tool({"migrate", sample_store(), "appwrite:"}).status == 0);
  CHECK(reel_tool({"migrate", "appwrite:", site.store("b")}).status == 0);
  CHECK(site.ask("b", Method::get, site.collections + "/videos/documents")["total"] == 6);

  const ToolResult same = reel_tool({"migrate", "appwrite:", site.store("a", "reader")});
  CHECK(same.status == 1);
  CHECK(same.error_contains("are the same store"));
}

TEST_CASE("a store that was not set up is not_found, and the message suggests setup", "[tool]") {
  Site site;
  const ToolResult outcome = reel_tool({"videos", site.store("a")});
  CHECK(outcome.status == 1);
  CHECK(outcome.error_contains("not_found"));
  CHECK(outcome.error_contains("reel setup appwrite:"));
}

TEST_CASE("setup, doctor and a plan count the columns of other programs", "[tool]") {
  Site site;
  const std::string store = site.store_with_rating("a");
  const std::string videos = site.collections + "/videos";
  done({"migrate", sample_store(), store});
  const json listed = site.ask("a", Method::get, videos + "/documents");
  const std::string one = listed["documents"][0]["$id"];
  site.ask("a", Method::patch, videos + "/documents/" + one, {{"data", {{"rating", 5}}}});

  const std::string said = "column 'rating' of collection videos, which is not in the schema, with values in 1 record";
  CHECK(done({"setup", store}).out_contains(said));
  const ToolResult doctor = reel_tool({"doctor", store});
  CHECK(doctor.status == 0);
  CHECK(doctor.out_contains(said));
  CHECK(done({"doctor", store, "--json"}).json()["collections"]["videos"]["foreign_columns"]["rating"] == 1);
  const ToolResult plan = reel_tool({"migrate", sample_store(), store, "--dry-run", "--on-conflict", "skip"});
  CHECK(plan.status == 0);
  CHECK(plan.out_contains("column 'rating' of the target, which is not in the schema, with values in 1 record;"));
  CHECK(done({"migrate", sample_store(), store, "--on-conflict", "overwrite"}).status == 0);
  CHECK(site.ask("a", Method::get, videos + "/documents/" + one)["rating"] == 5);

  const ToolResult refused = reel_tool({"migrate", store, site.store("b")});
  CHECK(refused.status == 3);
  CHECK(refused.out_contains("collection videos: columns: conflict: column 'rating' of the source"));
  CHECK(site.ask("b", Method::get, "/databases")["total"] == 0);
  CHECK(reel_tool({"migrate", store, site.store("b"), "--columns", "copy"}).status == 0);
  CHECK(site.ask("b", Method::get, videos + "/documents/" + one)["rating"] == 5);
}

TEST_CASE("doctor and a plan report what setup would refuse and change nothing", "[tool]") {
  Site site;
  const std::string store = site.store("a");
  site.make_collection("a", "videos");
  const std::string attributes = site.collections + "/videos/attributes";
  site.ask("a", Method::post, attributes + "/integer", {{"key", "topic"}, {"required", false}});
  site.ask("a", Method::post, attributes + "/string", {{"key", "owner"}, {"size", 20}, {"required", true}});

  const ToolResult doctor = reel_tool({"doctor", store});
  CHECK(doctor.status == 3);
  CHECK(doctor.out_contains("'topic' has another type in the store"));
  CHECK(doctor.out_contains("'owner' is required on the server and not in the schema"));
  const ToolResult plan = reel_tool({"migrate", sample_store(), store, "--dry-run"});
  CHECK(plan.status == 3);
  CHECK(plan.out_contains("'topic' has another type in the store"));
  CHECK(reel_tool({"migrate", sample_store(), store, "--dry-run"}).status == 3);
  CHECK(site.ask("a", Method::get, site.collections)["total"] == 1);
  CHECK(site.ask("a", Method::get, "/storage/buckets")["total"] == 0);
}

TEST_CASE("doctor tests the guard of writes and removes its row", "[tool]") {
  Site site;
  const std::string locks = Site::collections + "/reel_locks/documents";
  const std::string store = site.store("a");
  CHECK(reel_tool({"doctor", store}).out_contains("guard of writes could not be tested: "));
  done({"setup", store});
  const json before = site.ask("a", Method::get, locks);
  CHECK(before["total"] == 1);
  CHECK(reel_tool({"doctor", store}).out_contains("guard of writes tested: "));
  CHECK(done({"doctor", store, "--json"}).json()["write_guard"]["proof"] == "holds");
  CHECK(site.ask("a", Method::get, locks) == before);
  const ToolResult reader = reel_tool({"doctor", site.store("a", "reader")});
  CHECK(reader.out_contains("guard of writes could not be tested: "));
  CHECK(reader.out_contains("documents.write"));
}

TEST_CASE("doctor names an encrypted attribute that is indexed", "[tool]") {
  Site site;
  site.make_collection("a", "videos");
  site.ask("a", Method::post, site.collections + "/videos/attributes/string",
           {{"key", "topic"}, {"size", 255}, {"required", true}, {"encrypt", true}});
  const ToolResult doctor = reel_tool({"doctor", site.store("a")});
  CHECK(doctor.status == 3);
  CHECK(doctor.out_contains("'topic' is encrypted on the server"));
}

TEST_CASE("a plan fails with a key that may only read, as the real run does", "[tool]") {
  Site site;
  done({"setup", site.store("a")});
  const std::string reader = site.store("a", "reader");
  const ToolResult plan = reel_tool({"migrate", sample_store(), reader, "--dry-run"});
  CHECK(plan.status == 3);
  CHECK(plan.out_contains("documents.write"));
  CHECK(reel_tool({"migrate", sample_store(), reader}).status == 3);
}

TEST_CASE("a plan names the buckets that exceed the server's limit", "[tool]") {
  Site site(30'000'000);
  const ToolResult plan = reel_tool({"migrate", sample_store(), site.store("a"), "--dry-run"});
  CHECK(plan.status == 3);
  CHECK(plan.out_contains("bucket final_videos: setup: too_large"));
  CHECK(plan.out_contains("_APP_STORAGE_LIMIT"));
  CHECK(site.ask("a", Method::get, "/storage/buckets")["total"] == 0);
}

TEST_CASE("a column of another program is refused, or left with a warning", "[tool]") {
  Site site;
  const std::string store = site.store_with_rating("a");
  const std::string videos = site.collections + "/videos";
  done({"migrate", sample_store(), store});
  CHECK(reel_tool({"migrate", store, site.store("b"), "--dry-run"}).status == 0);
  const json listed = site.ask("a", Method::get, videos + "/documents");
  const std::string one = listed["documents"][0]["$id"];
  site.ask("a", Method::patch, videos + "/documents/" + one, {{"data", {{"rating", 5}}}});
  TemporaryFolder folder;
  const std::string report = folder / "report.json";
  const ToolResult copied = reel_tool({"migrate", store, site.store("b"), "--report", report});
  CHECK(copied.status == 3);
  CHECK(copied.error_contains("warning: not copied: column 'rating' of the source's collection videos"));
  CHECK(copied.error_contains("with values in 1 record"));
  const json written = json::parse(read_file(report));
  CHECK(written["clean"] == false);
  CHECK(written["uncopied_columns"] ==
        json::array({{{"collection", "videos"}, {"column", "rating"}, {"records", 1}, {"accepted", false}}}));
  const ToolResult left = reel_tool({"migrate", store, site.store("b"), "--columns", "leave"});
  CHECK(left.status == 0);
  CHECK(left.error_contains("warning: not copied: column 'rating' of the source's collection videos"));
}

TEST_CASE("a store limited to the server's maximum remains set up without the option", "[tool]") {
  Site site(30'000'000);
  const std::string store = site.store("a");
  CHECK(reel_tool({"setup", store}).status == 1);
  const ToolResult beyond = reel_tool({"doctor", store});
  CHECK(beyond.status == 3);
  CHECK(beyond.out_contains("bucket final_videos needs files of up to 524288000 bytes"));
  CHECK(beyond.out_contains("raise _APP_STORAGE_LIMIT on the server, or set the store up with --limit-to-server"));
  done({"setup", store, "--limit-to-server"});
  for (const char* key : {"", "reader"}) {
    CAPTURE(key);
    const std::string again = *key == '\0' ? store : site.store("a", key);
    CHECK(done({"setup", again}).out_contains("bucket final_videos accepts files of up to 30000000 bytes"));
  }
  const ToolResult doctor = reel_tool({"doctor", store});
  CHECK(doctor.status == 0);
  CHECK(doctor.out_contains("bucket final_videos accepts files of up to 30000000 bytes"));
  CHECK(reel_tool({"migrate", sample_store(), store, "--dry-run"}).status == 0);
  CHECK(reel_tool({"migrate", sample_store(), store}).status == 0);
}

TEST_CASE("setup of an unchanged store accepts a key that may only read", "[tool]") {
  Site site;
  done({"setup", site.store("a")});
  done({"setup", site.store("a", "reader")});
}

/// The value of the setting in the last line of the output, or an empty string.
std::string session_in(const ToolResult& result) {
  const std::string name = "\nAPPWRITE_SESSION=";
  const std::size_t at = result.out.rfind(name);
  return at == std::string::npos ? std::string()
                                 : result.out.substr(at + name.size(), result.out.size() - at - name.size() - 1);
}

TEST_CASE("setup --watcher creates a user who may read everything", "[tool]") {
  Site site;
  const std::string store = site.store("a");
  const ToolResult first = done({"setup", store, "--watcher"});
  CHECK(first.out_contains("user reel-watcher, created"));
  CHECK(first.out_contains("may read:    collection videos"));
  CHECK(first.out_contains("may read:    bucket final_videos"));
  const std::string session = session_in(first);
  REQUIRE(session.ends_with("=="));  // base64 with padding, which cookies and files of settings must keep
  CHECK(site.ask("a", Method::get, "/users/reel-watcher")["name"] == "reel-watcher");
  const json bucket = site.ask("a", Method::get, "/storage/buckets/final_videos");
  CHECK(bucket["$permissions"] == json{R"(read("user:reel-watcher"))"});
  CHECK(bucket["allowedFileExtensions"] == json{"mp4", "mkv", "avi"});

  SECTION("a second run creates a session only, and none with a valid one") {
    const json videos = site.ask("a", Method::get, site.collections + "/videos");
    const ToolResult second = done({"setup", store, "--watcher"});
    CHECK(second.out_contains("user reel-watcher, as before"));
    CHECK_FALSE(second.out_contains("may read"));
    CHECK(session_in(second).size() == session.size());
    CHECK(session_in(second) != session);
    ::setenv("APPWRITE_SESSION", session.c_str(), 1);
    const ToolResult third = done({"setup", store, "--watcher"});
    CHECK(third.out_contains("the session in APPWRITE_SESSION is valid"));
    CHECK(session_in(third).empty());
    CHECK(site.ask("a", Method::get, site.collections + "/videos")["$permissions"] == videos["$permissions"]);
  }
  SECTION("a session of another user and one that has ended are replaced") {
    ::setenv("APPWRITE_SESSION", session.c_str(), 1);
    const ToolResult other = done({"setup", store, "--watcher=ada"});
    CHECK(other.out_contains("user ada, created"));
    CHECK(session_in(other).size() > 100);
    site.ask("a", Method::remove, "/users/reel-watcher/sessions");
    CHECK(session_in(done({"setup", store, "--watcher"})).size() == session.size());
    CHECK(site.ask("a", Method::get, site.collections + "/videos")["$permissions"] ==
          json{R"(read("user:reel-watcher"))", R"(read("user:ada"))"});
  }
  SECTION("other permissions and settings of a collection stay") {
    site.ask("a", Method::put, site.collections + "/videos",
             {{"name", "Films"}, {"documentSecurity", true}, {"permissions", {R"(create("users"))"}}});
    site.ask("a", Method::put, site.collections + "/scenes",
             {{"name", "scenes"}, {"documentSecurity", true}, {"permissions", {R"(read("any"))"}}});
    done({"setup", store, "--watcher"});
    const json videos = site.ask("a", Method::get, site.collections + "/videos");
    CHECK(videos["name"] == "Films");
    CHECK(videos["$permissions"] == json{R"(create("users"))", R"(read("user:reel-watcher"))"});
    CHECK(site.ask("a", Method::get, site.collections + "/scenes")["$permissions"] == json{R"(read("any"))"});
  }
  SECTION("a blocked user is refused") {
    site.ask("a", Method::patch, "/users/reel-watcher/status", {{"status", false}});
    const ToolResult refused = reel_tool({"setup", store, "--watcher"});
    CHECK(refused.status == 1);
    CHECK(refused.error_contains("unblock the user in the console"));
    CHECK(session_in(refused).empty());
  }
}

TEST_CASE("setup --watcher explains what it cannot do", "[tool]") {
  Site site;
  const ToolResult elsewhere = reel_tool({"setup", "memory:", "--watcher"});
  CHECK(elsewhere.status == 2);
  CHECK(elsewhere.error_contains("is not an appwrite: store"));
  done({"setup", site.store("a")});
  const ToolResult unscoped = reel_tool({"setup", site.store("a", "keeper"), "--watcher"});
  CHECK(unscoped.status == 1);
  CHECK(unscoped.error_contains("lacks the scope users.write"));
  CHECK(unscoped.error_contains("set APPWRITE_SESSION"));
  const ToolResult name = reel_tool({"setup", site.store("a"), "--watcher=not an id"});
  CHECK(name.status == 1);
  CHECK(name.error_contains("at most 36 chars"));
}

}  // namespace emulator_tests

#endif
