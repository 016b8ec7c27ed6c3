#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/migration/set_up.hpp>
#include <reel/reel.hpp>
#include <reel/video/everything.hpp>
#include <reel/watch.hpp>

#include "live.hpp"
#include "run_tool.hpp"
#include "site.hpp"

namespace watch_tests {

using namespace reel::video;
using nlohmann::json;
using std::chrono_literals::operator""s;

/// A file: store that the tests write to while the command watches it.
struct Pipeline {
  Pipeline() { reel::set_up(store, everything); }

  void create(const std::string& id, const std::string& topic, VideoStatus status = VideoStatus::queued) {
    created_at += 1s;
    videos.create({.topic = topic, .status = status, .created_at = created_at}, {.id = reel::Id<Video>{id}});
  }
  void set_status(const std::string& id, VideoStatus status) const {
    videos.update(reel::Id<Video>{id}, reel::Patch<Video>{}.set<&Video::status>(status));
  }
  void remove(const std::string& id) const { videos.remove(reel::Id<Video>{id}); }
  [[nodiscard]] std::string url() const { return "file:" + (folder / "store"); }

  TemporaryFolder folder{};
  reel::Filesystem store{folder / "store", {.durability = reel::Durability::relaxed}};
  reel::Repository<Video, reel::Filesystem> videos{store};
  reel::Timestamp created_at{};  ///< of the last video
};

Arguments watch(const std::string& url, const Arguments& more) {
  Arguments arguments{"watch", url};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

void check_error(const Arguments& arguments, int status, std::string_view message) {
  const ToolResult outcome = reel_tool(arguments);
  INFO(outcome.error);
  CHECK(outcome.status == status);
  CHECK(outcome.out.empty());
  CHECK(outcome.error.starts_with("reel: "));
  CHECK(outcome.error_contains(message));
}

TEST_CASE("watch prints the present records and then each change as a line of JSON", "[tool]") {
  Pipeline pipeline;
  pipeline.create("a", "Limits");
  Live live(watch(pipeline.url(), {"--json"}));
  const json present = live.next();
  CHECK(present["kind"] == "present");
  CHECK(present["collection"] == "videos");
  CHECK(present["id"] == "a");
  CHECK(reel::parse_timestamp(present["at"].get<std::string>()));
  CHECK(present["token"].get<std::string>().starts_with("reel1."));
  CHECK(present["record"] == json::parse(done({"videos", pipeline.url(), "--json"}).out).at(0));
  const json bookmark = live.next();
  CHECK(bookmark["kind"] == "bookmark");
  CHECK(bookmark["id"].is_null());
  CHECK_FALSE(bookmark.contains("record"));

  pipeline.create("b", "Big \x1b[31mO\n定");
  const json entered = live.next();
  CHECK(entered["kind"] == "entered");
  CHECK(entered["record"]["topic"] == "Big \x1b[31mO\n定");
  pipeline.set_status("b", VideoStatus::rendering);
  const json changed = live.next();
  CHECK(changed["kind"] == "changed");
  CHECK(changed["record"]["status"] == "rendering");
  pipeline.remove("a");
  const json removed = live.next();
  CHECK(removed["kind"] == "removed");
  CHECK(removed["id"] == "a");
  CHECK_FALSE(removed.contains("record"));

  CHECK(live.stop(SIGTERM) == 0);
  CHECK(live.out.rest().empty());
  CHECK(live.error.rest().empty());
}

TEST_CASE("watch continues after a token, or begins with the next change", "[tool]") {
  Pipeline pipeline;
  pipeline.create("a", "Limits");
  Live first(watch(pipeline.url(), {"--json"}));
  CHECK(first.event() == "present a");
  CHECK(first.event() == "bookmark");
  pipeline.create("b", "Big O");
  CHECK(first.event() == "entered b");
  CHECK(first.stop(SIGINT) == 0);

  pipeline.set_status("a", VideoStatus::failed);
  pipeline.remove("b");
  Live second(watch(pipeline.url(), {"--json", "--from", first.token}));
  CHECK(second.event() == "changed a");
  CHECK(second.event() == "removed b");
  CHECK(second.event() == "bookmark");
  CHECK(second.stop() == 0);

  Live now(watch(pipeline.url(), {"--json", "--from", "now"}));
  CHECK(now.event() == "bookmark");
  pipeline.create("c", "Series");
  CHECK(now.event() == "entered c");
  CHECK(now.stop() == 0);
}

TEST_CASE("watch reports records that begin or cease to have a status", "[tool]") {
  Pipeline pipeline;
  pipeline.create("a", "Limits");
  Live live(watch(pipeline.url(), {"--json", "--status", "failed"}));
  CHECK(live.event() == "bookmark");
  pipeline.set_status("a", VideoStatus::planning);
  pipeline.set_status("a", VideoStatus::failed);
  CHECK(live.event() == "entered a");
  pipeline.set_status("a", VideoStatus::queued);
  CHECK(live.event() == "left a");
  CHECK(live.stop() == 0);
  check_error(watch(pipeline.url(), {"--from", live.token}), 1,
              "reel: videos.watch: invalid: this resume token belongs to a watch with other conditions");
}

TEST_CASE("watch prints aligned lines for people", "[tool]") {
  Pipeline pipeline;
  pipeline.create("a", "Limits", VideoStatus::completed);
  Live live(watch(pipeline.url(), {}));
  CHECK(live.out.line() == "watching collection videos of " + pipeline.url() + ", live");
  CHECK(live.out.line() == "TIME                 CHANGE    ID                    STATUS     TOPIC");
  const std::string time = R"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}  )";
  const auto check_line = [&](const std::string& rest) {
    const std::string line = live.out.line();
    INFO(line);
    CHECK(std::regex_match(line, std::regex(time + rest)));
  };
  check_line("present   a {21}completed  Limits");
  const std::string wide(30, 'x');
  pipeline.create(wide, "Two\nlines \x1b[2J");
  check_line("entered   " + wide + "  queued     Two lines  .2J");
  pipeline.set_status("a", VideoStatus::queued_for_render);
  check_line("changed   a {31}queued_for_render  Limits");
  pipeline.remove("a");
  check_line("removed   a");
  CHECK(live.stop() == 0);
  CHECK(live.out.rest().empty());
}

TEST_CASE("watch for an actor prints only what the actor may read", "[tool][permissions]") {
  Pipeline pipeline;
  pipeline.create("a", "Limits");
  pipeline.create("b", "Series");
  const auto permit = [&](const char* command, const char* id) {
    done({command, pipeline.url(), "videos", id, "read:user:ada"});
  };
  permit("grant", "a");
  Live live(watch(pipeline.url(), {"--json", "--as", "user:ada"}));
  CHECK(live.event() == "present a");
  CHECK(live.event() == "bookmark");
  pipeline.set_status("b", VideoStatus::failed);
  permit("grant", "b");
  CHECK(live.event() == "entered b");
  permit("revoke", "a");
  CHECK(live.event() == "left a");
  pipeline.remove("a");
  pipeline.remove("b");
  CHECK(live.event() == "removed b");
  CHECK(live.stop() == 0);

  Live heading(watch(pipeline.url(), {"--as", "user:ada,verified"}));
  CHECK(heading.out.line() == "watching collection videos of " + pipeline.url() + " for user:ada, live");
  CHECK(heading.stop() == 0);
  done({"grant", pipeline.url(), "videos", "--item-security", "off"});
  check_error(watch(pipeline.url(), {"--as", "guest"}), 1, "forbidden: guest may not read records");
}

TEST_CASE("watch knows every collection and bucket", "[tool]") {
  Pipeline pipeline;
  for (const char* collection : {"videos", "scenes", "agent_memory", "artifacts"}) {
    Live live(watch(pipeline.url(), {"--json", "--collection", collection}));
    CHECK(live.next()["collection"] == collection);
    CHECK(live.stop() == 0);
  }
  for (const reel::Bucket& bucket : buckets()) {
    Live live(watch(pipeline.url(), {"--json", "--bucket", bucket.id}));
    CHECK(live.next()["bucket"] == bucket.id);
    CHECK(live.stop() == 0);
  }
}

TEST_CASE("watch prints the changes of scenes, artifacts and blobs", "[tool]") {
  Pipeline pipeline;
  pipeline.create("film", "Limits");
  Live scenes(watch(pipeline.url(), {"--collection", "scenes", "--status", "coded"}));
  Live artifacts(watch(pipeline.url(), {"--collection", "artifacts"}));
  Live fixes(watch(pipeline.url(), {"--collection", "agent_memory"}));
  Live blobs(watch(pipeline.url(), {"--bucket", "subtitles"}));
  Live json_of_blobs(watch(pipeline.url(), {"--bucket", "subtitles", "--json", "--from", "now"}));
  CHECK(scenes.out.line() == "watching collection scenes of " + pipeline.url() + ", status coded, live");
  CHECK(artifacts.out.line().ends_with(", live"));
  CHECK(fixes.out.line().ends_with(", live"));
  CHECK(blobs.out.line() == "watching bucket subtitles of " + pipeline.url() + ", live");
  CHECK(json_of_blobs.event() == "bookmark");
  reel::records<Scene>(pipeline.store)
      .create({.video_id = reel::Id<Video>{"film"}, .scene_number = 3, .status = SceneStatus::coded});
  reel::records<Artifact>(pipeline.store).create({.kind = "log", .path = "limits/run.log"});
  reel::records<Fix>(pipeline.store).create({.error_message = "NameError\nin line 3", .fix_method = FixMethod::llm});
  reel::blobs(pipeline.store, subtitles()).put(reel::BlobId{"subs"}, reel::from_bytes("1\n"), {.name = "film.srt"});
  CHECK(scenes.out.until("coded         3  film\n").find("  entered ") != std::string::npos);
  CHECK(artifacts.out.until("log               limits/run.log\n").find("  entered ") != std::string::npos);
  CHECK(fixes.out.until("llm     NameError\n").find("  entered ") != std::string::npos);
  CHECK(blobs.out.until("entered   subs                         2 B  film.srt\n").ends_with("\n"));
  const json blob = json_of_blobs.next();
  CHECK(blob["record"] == json::parse(done({"blobs", pipeline.url(), "subtitles", "ls", "--json"}).out).at(0));
  for (Live* live : {&scenes, &artifacts, &fixes, &blobs, &json_of_blobs}) CHECK(live->stop() == 0);
}

TEST_CASE("watch ends when its output is not read any more", "[tool]") {
  Pipeline pipeline;
  for (int i = 0; i < 100; ++i) pipeline.create("v" + std::to_string(i), "Limits");
  Live idle(watch(pipeline.url(), {}));
  CHECK(idle.out.line().starts_with("watching"));
  idle.out.close();
  CHECK(idle.finish() == 0);
  CHECK(idle.error.rest().empty());

  Live busy(watch(pipeline.url(), {"--json"}));
  busy.out.close();
  CHECK(busy.finish() == 0);
  CHECK(busy.error.rest().empty());
}

TEST_CASE("a signal ends a watch whose output is not read", "[tool]") {
  Pipeline pipeline;
  for (int i = 0; i < 100; ++i) pipeline.create("v" + std::to_string(i), std::string(255, 'x'));
  Live live(watch(pipeline.url(), {"--json"}));
  CHECK(live.event() == "present v0");
  CHECK(live.stop() == 0);  // the pipe is full: the command waits in a write
}

TEST_CASE("a tree is watched while its pipeline works", "[tool]") {
  const TemporaryFolder folder;
  const auto add_topic = [&](const std::string& name) {
    std::filesystem::create_directories(folder / name);
    std::ofstream(folder / (name + "/" + name + "_scene_outline.txt")) << "<SCENE_OUTLINE></SCENE_OUTLINE>";
  };
  add_topic("one");
  Live live(watch("legacy:" + folder.path().string(), {"--json"}));
  CHECK(live.event().starts_with("present "));
  CHECK(live.event() == "bookmark");
  add_topic("two");
  CHECK(live.event().starts_with("entered "));
  CHECK(live.stop() == 0);
}

TEST_CASE("wrong arguments of watch are reported", "[tool]") {
  Pipeline pipeline;
  const auto with = [&](const Arguments& more) { return watch(pipeline.url(), more); };
  check_error(with({"--collection", "films"}), 2,
              "--collection: 'films' is not one of videos, scenes, agent_memory, artifacts; --bucket watches a bucket");
  check_error(with({"--bucket", "films"}), 2, "--bucket: 'films' is not one of final_videos, scene_videos");
  check_error(with({"--bucket", "subtitles", "--collection", "videos"}), 2, "--collection excludes --bucket");
  check_error(with({"--status", "done"}), 2, "--status: 'done' is not one of queued, planning");
  check_error(with({"--status", "failed", "--collection", "agent_memory"}), 2,
              "collection agent_memory have no status");
  check_error(with({"--status", "failed", "--bucket", "subtitles"}), 2, "blobs have no status");
  check_error(with({"--from", "yesterday"}), 1, "reel: invalid: --from: this is not a resume token");
  check_error({"watch", "file:" + (pipeline.folder / "missing")}, 1, "no store in");

  Live live(with({"--json"}));
  CHECK(live.event() == "bookmark");
  CHECK(live.stop() == 0);
  check_error(with({"--from", live.token.substr(1)}), 1, "reel: invalid: --from: this is not a resume token");
  check_error(with({"--from", live.token, "--collection", "scenes"}), 1,
              "this resume token belongs to the collection or bucket 'videos'");
  const Pipeline other;
  check_error(watch(other.url(), {"--from", live.token}), 1, "this resume token belongs to another store");
}

TEST_CASE("videos --watch prints again after a change", "[tool]") {
  Pipeline pipeline;
  pipeline.create("a", "Limits");
  Live live({"videos", pipeline.url(), "--watch", "--status", "queued"});
  const std::string first = live.out.until("Limits\n");
  CHECK(first == done({"videos", pipeline.url(), "--status", "queued"}).out);
  pipeline.create("b", "Series", VideoStatus::failed);  // another status
  pipeline.create("c", "Big O");
  const std::string second = live.out.until("Limits\n");
  CHECK(second == "\n" + done({"videos", pipeline.url(), "--status", "queued"}).out);
  CHECK(live.stop() == 0);
  CHECK(live.out.rest().empty());
  CHECK(live.error.rest().empty());

  Live as_json({"videos", pipeline.url(), "--watch", "--json"});
  CHECK(json::parse(as_json.out.until("\n]\n")).size() == 3);
  CHECK(as_json.stop(SIGINT) == 0);
}

TEST_CASE("videos --watch prints a few times a second at most", "[tool]") {
  Pipeline pipeline;
  pipeline.create("a", "Limits");
  Live live({"videos", pipeline.url(), "--watch"});
  live.out.until("Limits\n");
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 100; ++i) pipeline.set_status("a", i % 2 == 0 ? VideoStatus::planning : VideoStatus::rendering);
  pipeline.set_status("a", VideoStatus::completed);
  std::string text = live.out.until("completed");
  text += live.out.line();
  const auto spent = std::chrono::steady_clock::now() - start;
  const auto prints = std::count(text.begin(), text.end(), '\n');  // 3 lines each
  CHECK(prints / 3 <= 2 + spent / std::chrono::milliseconds(330));
  CHECK(live.stop() == 0);
}

TEST_CASE("on a terminal videos --watch replaces its output and fits the height", "[tool]") {
  Pipeline pipeline;
  for (int i = 0; i < 20; ++i) pipeline.create("v" + std::to_string(i), "Limits " + std::to_string(i));
  Live live({"videos", pipeline.url(), "--watch"}, Live::On::terminal);
  const std::string first = live.out.until("\x1b[J");
  CHECK(first.starts_with("\x1b[2J\x1b[HID "));
  CHECK(std::count(first.begin(), first.end(), '\n') == 9);
  pipeline.create("new", "Big O", VideoStatus::failed);
  const std::string second = live.out.until("\x1b[J");
  CHECK(second.starts_with("\x1b[HID "));
  CHECK(second.find("Big O\x1b[K") != std::string::npos);
  CHECK(second.find("\x1b[2J") == std::string::npos);
  CHECK(live.stop() == 0);
}

TEST_CASE("stats --watch counts again after a change of a record or blob", "[tool]") {
  Pipeline pipeline;
  Live live({"stats", pipeline.url(), "--watch", "--json"});
  const auto next = [&] { return json::parse(live.out.until("\n}\n")); };
  CHECK(next()["videos"]["total"] == 0);
  pipeline.create("a", "Limits");
  CHECK(next()["videos"]["total"] == 1);
  reel::blobs(pipeline.store, subtitles()).put(reel::BlobId{"subs"}, reel::from_bytes("1\n"), {.name = "film.srt"});
  CHECK(next()["buckets"][2]["files"] == 1);
  CHECK(live.stop() == 0);
  CHECK(live.error.rest().empty());
}

#ifdef REEL_TOOL_SERVER
TEST_CASE("watch asks a server at intervals, and reports when it does not respond", "[tool]") {
  const TemporaryFolder folder;
  RestartableSite site;
  const std::string url = site.store();
  done({"setup", url});

  Live live(watch(url, {"--bucket", "subtitles"}));
  CHECK(live.out.line() == "watching bucket subtitles of " + url + ", once a second");
  write_file(folder / "film.srt", "1\n");
  const Arguments put{"blobs", url, "subtitles", "put", folder / "film.srt", "--id", "subs"};
  done(put);
  CHECK(live.out.until("film.srt\n").find("entered   subs") != std::string::npos);

  site.stop();
  CHECK(live.error.until("reel: offline, waiting for the store: ").ends_with(": "));
  CHECK(live.error.line().find("unavailable") != std::string::npos);
  site.start();
  live.error.until("reel: online again\n");
  done({"blobs", url, "subtitles", "rm", "subs"});
  CHECK(live.out.until("removed   subs\n").ends_with("\n"));
  CHECK(live.stop() == 0);
}

TEST_CASE("the example of watches prints with a server what it prints with other stores", "[tool]") {
  const Site site;
  const std::string url = site.store("a");
  const TemporaryFolder folder;
  const std::string command =
      "cd '" + folder.path().string() + "' && '" REEL_EXAMPLE_WATCHING "' '" + url + "' > printed 2> errors";
  const int status = std::system(command.c_str());
  INFO(read_file(folder / "errors"));
  CHECK(status == 0);
  const std::string printed = read_file(folder / "printed");
  // The file has the output with two stores.
  CHECK(printed + printed == read_file(std::string(REEL_SOURCE_DIR) + "/docs/examples/watching.txt"));
}

TEST_CASE("the example of two users prints with a server what it prints with Memory", "[tool][permissions]") {
  const Site site;
  const TemporaryFolder folder;
  const std::string command = "cd '" + folder.path().string() + "' && '" REEL_EXAMPLE_COLLABORATION "' '" +
                              site.store("a") + "' > printed 2> errors";
  const int status = std::system(command.c_str());
  INFO(read_file(folder / "errors"));
  CHECK(status == 0);
  CHECK(read_file(folder / "printed") == read_file(std::string(REEL_SOURCE_DIR) + "/docs/examples/collaboration.txt"));
}
#endif

}  // namespace watch_tests
