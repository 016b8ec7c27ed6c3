#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/migration/set_up.hpp>
#include <reel/reel.hpp>
#include <reel/video/everything.hpp>
#include <reel/video/queue.hpp>

#include "live.hpp"
#include "run_tool.hpp"
#include "site.hpp"

// The commands queue and work, with workers in separate processes.

namespace queue_tests {

using namespace reel::video;
using namespace std::chrono_literals;
using nlohmann::json;
using VideoId = reel::Id<Video>;

/// A store with a queue, which the commands and the tests use at the same time.
struct Studio {
  Studio() {
    reel::set_up(store, everything);
    queue.setup();
  }

  [[nodiscard]] std::string url() const { return "file:" + (folder / "store"); }
  /// Runs `reel queue` and returns its output.
  std::string queue_of(const Arguments& more) const {
    Arguments arguments{"queue", url()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return done(arguments).out;
  }
  /// Creates videos by the command.
  std::vector<std::string> add(int count = 1) const {
    std::istringstream lines(queue_of({"add", "--topic", "Bayes theorem", "--count", std::to_string(count)}));
    std::vector<std::string> ids;
    for (std::string id; std::getline(lines, id);) ids.push_back(id);
    return ids;
  }
  /// The arguments of a worker.
  [[nodiscard]] Arguments worker(const std::string& command, const Arguments& more = {}) const {
    Arguments arguments{"work", url(), "--exec", command};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }
  [[nodiscard]] StoredVideo video(const std::string& id) const { return catalog.get(VideoId{id}); }
  [[nodiscard]] VideoStatus status(const std::string& id) const { return video(id).value.status; }
  [[nodiscard]] QueueEntry entry(const std::string& id) const {
    return reel::records<QueueEntry>(store).get(reel::Id<QueueEntry>{id}).value;
  }
  /// The contents of the files of this kind that are kept with a video, in the order of their creation.
  [[nodiscard]] std::vector<std::string> kept(const std::string& id, const std::string& kind) const {
    std::vector<std::string> contents;
    const auto files = reel::blobs(store, artifacts());
    const auto query = reel::Query<Artifact>{}.where(reel::field<&Artifact::video_id> == VideoId{id} &&
                                                     reel::field<&Artifact::kind> == kind);
    for (const auto& artifact : reel::records<Artifact>(store).all(query)) {
      const auto bytes = files.read(reel::BlobId{artifact.value.blob_id}, {.offset = 0, .length = 64 << 20});
      contents.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    }
    return contents;
  }

  TemporaryFolder folder{};
  mutable reel::Filesystem store{folder / "store", {.durability = reel::Durability::relaxed}};
  Catalog<reel::Filesystem> catalog{store};
  Queue<reel::Filesystem> queue{store, {.backoff = 0ms, .poll = 20ms}};
};

/// Waits until a command that a worker runs has written its process to a file. Returns the process.
pid_t process_in(const std::string& path) {
  for (int i = 0; i < 3000; ++i, std::this_thread::sleep_for(10ms))
    if (std::filesystem::exists(path) && read_file(path).ends_with("\n")) return std::stoi(read_file(path));
  throw std::runtime_error("no process in " + path);
}

bool has_ended_soon(pid_t process) {
  for (int i = 0; i < 3000; ++i, std::this_thread::sleep_for(10ms))
    if (::kill(process, 0) != 0) return true;
  return false;
}

TEST_CASE("queue add prints the ids of its videos and ls lists them in the order of claims", "[tool][queue]") {
  const Studio studio;
  CHECK(done({"queue", studio.url(), "ls"}).out == "no videos\n");
  const std::vector<std::string> ids = studio.add(2);
  REQUIRE(ids.size() == 2);
  const std::string urgent =
      studio.queue_of({"add", "--topic", "Gauss", "--description", "the curve", "--priority", "5"});
  CHECK(studio.video(urgent.substr(0, urgent.size() - 1)).value.description == "the curve");
  const json listed = json::parse(studio.queue_of({"ls", "--json"}));
  REQUIRE(listed.size() == 3);
  CHECK(listed[0]["$id"].get<std::string>() + "\n" == urgent);
  CHECK(listed[0]["priority"] == 5);
  CHECK(listed[1]["$id"] == ids[0]);
  CHECK(listed[2]["$id"] == ids[1]);
  for (const json& one : listed) CHECK(one["state"] == "waiting");
  CHECK(studio.status(ids[0]) == VideoStatus::queued_for_render);
  const std::string table = studio.queue_of({"ls"});
  CHECK(table.starts_with("ID                    STATE    PRIORITY  ATTEMPTS  WORKER  REASON\n"));
  CHECK(std::count(table.begin(), table.end(), '\n') == 4);
}

TEST_CASE("a queue that was not set up is empty", "[tool][queue]") {
  const TemporaryFolder folder;
  const std::string url = copy_of_sample_store(folder);
  CHECK(done({"queue", url, "ls"}).out == "no videos\n");
  CHECK(done({"queue", url, "ls", "--json"}).json() == json::array());
  CHECK(done({"queue", url, "ls", "--as", "guest"}).out == "no videos\n");
  CHECK(done({"queue", url, "explain", "none"}).out == "no video has the id\n");
}

TEST_CASE("work completes a video whose command succeeds and fails the others", "[tool][queue]") {
  const Studio studio;
  const std::vector<std::string> ids = studio.add(2);
  const std::string command = "echo rendering {id}; test {id} = " + ids[0] + " || { echo no disk >&2; exit 3; }";
  const ToolResult outcome = reel_tool(studio.worker(command, {"--worker", "gpu-1", "--until-empty"}));
  CHECK(outcome.status == 3);
  CHECK(outcome.out == ids[0] + " completed\n" + ids[1] + " failed: exit status 3\n");
  CHECK(outcome.error.empty());
  CHECK(studio.status(ids[0]) == VideoStatus::completed);
  CHECK(studio.kept(ids[0], "worker_log") == std::vector{"rendering " + ids[0] + "\n"});
  CHECK(studio.kept(ids[1], "worker_log") == std::vector{"rendering " + ids[1] + "\nno disk\n"});

  CHECK(studio.status(ids[1]) == VideoStatus::queued_for_render);
  const auto history = studio.catalog.history(VideoId{ids[1]});
  REQUIRE(history.size() == 3);
  CHECK(history[2].event.worker == "gpu-1");
  CHECK(history[2].event.attempt == 1);
  CHECK(history[2].event.message == "exit status 3\nrendering " + ids[1] + "\nno disk\n");
  CHECK(studio.queue_of({"explain", ids[1]}).find("after 1 attempts; the last reason is: exit status 3") !=
        std::string::npos);
}

TEST_CASE("a video whose command always fails dies and is retried", "[tool][queue]") {
  const Studio studio;
  const std::string id = studio.add().front();
  for (int attempt = 1; attempt <= 5; ++attempt) {
    studio.queue.enqueue(VideoId{id});  // ends the backoff
    CHECK(reel_tool(studio.worker("kill -9 $$", {"--until-empty"})).out == id + " failed: signal 9\n");
  }
  CHECK(studio.status(id) == VideoStatus::failed);
  CHECK(studio.video(id).value.error_message == "signal 9");
  CHECK(studio.queue_of({"explain", id}) == "it is dead after 5 attempts; the last reason is: signal 9\n");
  CHECK(json::parse(studio.queue_of({"ls", "--json"}))[0]["state"] == "dead");
  CHECK(studio.queue_of({"retry"}) == "1 video queued again\n");
  CHECK(studio.queue_of({"retry"}) == "0 videos queued again\n");
  CHECK(studio.queue_of({"explain", id}) == "it is the next one\n");
  CHECK(reel_tool(studio.worker("true", {"--until-empty"})).status == 0);
  CHECK(studio.status(id) == VideoStatus::completed);
  CHECK(studio.queue_of({"retry", id}).empty());
  CHECK(studio.status(id) == VideoStatus::queued_for_render);
}

TEST_CASE("the id of a video is one word of the command wherever it is", "[tool][queue]") {
  const Studio studio;
  const VideoId id{"A.b-c_9"};
  studio.queue.add({.topic = "t", .id = id});
  const std::string command = "printf '%s|' {id} '{id}' \"{id}\" {id}.mp4 '{}' > " + (studio.folder / "words");
  CHECK(reel_tool(studio.worker(command, {"--until-empty"})).status == 0);
  CHECK(read_file(studio.folder / "words") == "A.b-c_9|A.b-c_9|A.b-c_9|A.b-c_9.mp4|{}|");
}

TEST_CASE("an output of any size and content is kept", "[tool][queue]") {
  const Studio studio;
  const std::string id = studio.add().front();
  std::string output;
  for (int i = 0; i < 3 << 20; ++i) output += static_cast<char>(i * 37 + i / 1000);
  write_file(studio.folder / "output", output);
  const std::string command = "cat " + (studio.folder / "output") + "; exit 1";
  CHECK(reel_tool(studio.worker(command, {"--until-empty"})).out == id + " failed: exit status 1\n");
  CHECK(studio.kept(id, "worker_log") == std::vector{output});
  CHECK(studio.entry(id).reason->starts_with("exit status 1\n"));
}

TEST_CASE("a paused queue is not worked on", "[tool][queue]") {
  const Studio studio;
  const std::string id = studio.add().front();
  CHECK(studio.queue_of({"pause"}).empty());
  CHECK(done(studio.worker("true", {"--until-empty"})).out.empty());
  CHECK(studio.queue_of({"ls"}).starts_with("the queue is paused\nID "));
  CHECK(studio.queue_of({"explain", id}) == "the queue 'render' is paused\n");
  studio.queue_of({"resume"});
  CHECK(done(studio.worker("true", {"--until-empty"})).out == id + " completed\n");
}

TEST_CASE("a worker waits for videos and keeps the lease of a long command", "[tool][queue]") {
  const Studio studio;
  Live worker(studio.worker("sleep 2", {"--lease", "600ms"}));
  const std::string id = studio.add().front();
  process_in([&] {
    while (studio.status(id) != VideoStatus::rendering) std::this_thread::sleep_for(10ms);
    write_file(studio.folder / "claimed", "0\n");
    return studio.folder / "claimed";
  }());
  CHECK_FALSE(studio.queue.wait_next("other", 30s, {.timeout = 1500ms}));
  CHECK(worker.out.line() == id + " completed");
  CHECK(studio.entry(id).epoch == 1);
  CHECK(worker.stop() == 0);
}

TEST_CASE("a signal releases the video and ends the command", "[tool][queue]") {
  const Studio studio;
  const std::string id = studio.add().front();
  const std::string command = "echo $$ > " + (studio.folder / "process") + "; sleep 600 & wait";
  Live worker(studio.worker(command));
  const pid_t process = process_in(studio.folder / "process");
  CHECK(studio.status(id) == VideoStatus::rendering);
  CHECK(worker.stop(SIGTERM) == 0);
  CHECK(worker.out.rest() == id + " given back\n");
  CHECK(has_ended_soon(-process));  // the command and the sleep that it has started
  CHECK(studio.status(id) == VideoStatus::queued_for_render);
  CHECK(studio.entry(id).attempts == 0);
  CHECK(studio.queue_of({"explain", id}) == "it is the next one\n");
}

TEST_CASE("a command that ignores SIGTERM is killed", "[tool][queue]") {
  const Studio studio;
  const std::string id = studio.add().front();
  Live worker(studio.worker("trap '' TERM; echo $$ > " + (studio.folder / "process") + "; while :; do sleep 1; done"));
  const pid_t process = process_in(studio.folder / "process");
  CHECK(worker.stop(SIGINT) == 0);
  CHECK(worker.out.rest() == id + " given back\n");
  CHECK(has_ended_soon(-process));
}

TEST_CASE("the video of a killed worker goes to another one after the lease", "[tool][queue]") {
  const Studio studio;
  const std::string id = studio.add().front();
  Live killed(studio.worker("echo $$ > " + (studio.folder / "process") + "; exec sleep 600", {"--lease", "500ms"}));
  const pid_t process = process_in(studio.folder / "process");
  CHECK(killed.stop(SIGKILL) == 128 + SIGKILL);
  CHECK(has_ended_soon(process));
  Live next(studio.worker("true", {"--worker", "next"}));
  CHECK(next.out.line() == id + " completed");
  CHECK(next.stop() == 0);
  const QueueEntry entry = studio.entry(id);
  CHECK(entry.epoch == 2);
  CHECK(entry.attempts == 2);
  CHECK(entry.worker == "next");
}

TEST_CASE("a worker that has lost its claim ends the command and changes nothing", "[tool][queue]") {
  const Studio studio;
  const std::string id = studio.add().front();
  const std::string command = "echo $$ > " + (studio.folder / "process") + "; sleep 600 & wait";
  Live worker(studio.worker(command, {"--worker", "stopped", "--lease", "500ms"}));
  const pid_t process = process_in(studio.folder / "process");
  worker.signal(SIGSTOP);
  auto claim = studio.queue.wait_next("next", 60s, {.timeout = 60s});
  REQUIRE(claim);
  CHECK(claim->epoch() == 2);
  worker.signal(SIGCONT);
  const std::string line = worker.out.line();
  INFO(line);
  CHECK(line.starts_with(id + " lost: "));
  CHECK(has_ended_soon(-process));
  CHECK(studio.status(id) == VideoStatus::rendering);
  CHECK(studio.entry(id).worker == "next");
  CHECK(studio.kept(id, "worker_log").empty());
  claim->complete();
  CHECK(worker.stop() == 3);
  CHECK(studio.status(id) == VideoStatus::completed);
}

TEST_CASE("each video goes to one of several workers", "[tool][queue]") {
  const Studio studio;
  std::vector<std::string> ids = studio.add(40);
  const std::string log = studio.folder / "log";
  std::vector<std::unique_ptr<Running>> workers;
  for (int i = 0; i < 4; ++i)
    workers.push_back(std::make_unique<Running>(studio.worker("echo {id} >> " + log, {"--until-empty"})));
  for (const auto& worker : workers) CHECK(worker->finish().status == 0);
  std::vector<std::string> worked;
  std::istringstream lines(read_file(log));
  for (std::string id; std::getline(lines, id);) worked.push_back(id);
  std::sort(ids.begin(), ids.end());
  std::sort(worked.begin(), worked.end());
  CHECK(worked == ids);
  for (const std::string& id : ids) CHECK(studio.status(id) == VideoStatus::completed);
}

TEST_CASE("doctor names records and files that an interrupted program has left", "[tool][queue]") {
  const Studio studio;
  CHECK(done({"doctor", studio.url()}).out.find("orphans") == std::string::npos);
  reel::blobs(studio.store, final_videos()).put(reel::BlobId{"video_1"}, reel::from_bytes("x"), {.name = "film.mp4"});
  reel::records<Event>(studio.store).create({.video_id = "none", .to = "queued"}, {.id = reel::Id<Event>{"e"}});
  CHECK(done({"doctor", studio.url()})
            .out_contains("orphans, left by an interrupted program\n"
                          "  video_events e: its video 'none' does not exist\n"
                          "  final_videos video_1: no record refers to it\n"));
  const json found = done({"doctor", studio.url(), "--json"}).json()["orphans"];
  CHECK(found["problem"] == "");
  CHECK(found["found"] == json::parse(R"([
    {"container": "video_events", "id": "e", "reason": "its video 'none' does not exist"},
    {"container": "final_videos", "id": "video_1", "reason": "no record refers to it"}])"));
}

#ifdef REEL_TOOL_SERVER

const std::string documents = Site::collections + "/videos/documents";

TEST_CASE("an older worker on the same server sees a claimed video as rendering", "[tool][queue]") {
  Site site;
  const std::string url = site.store("a");
  done({"setup", url});
  const std::string id = done({"queue", url, "add", "--topic", "Bayes theorem"}).out.substr(0, 20);
  // The poll of an older worker.
  const auto seen = [&] {
    std::vector<std::string> ids;
    const json answer = site.ask("a", reel::appwrite::Method::get, documents);
    for (const json& one : answer["documents"])
      if (one["status"] == "queued_for_render" || one["status"] == "ready_for_render") ids.push_back(one["$id"]);
    return ids;
  };
  CHECK(seen() == std::vector{id});
  TemporaryFolder folder;
  Live worker({"work", url, "--exec", "echo $$ > " + (folder / "process") + "; sleep 600 & wait"});
  process_in(folder / "process");
  CHECK(seen().empty());
  CHECK(site.ask("a", reel::appwrite::Method::get, documents + "/" + id)["status"] == "rendering");
  CHECK(worker.stop() == 0);
  CHECK(seen() == std::vector{id});
}

TEST_CASE("a video that an older program queues on the same server is worked on", "[tool][queue]") {
  Site site;
  const std::string url = site.store("a");
  done({"setup", url});
  const auto create = [&](const char* id, const char* status) {
    const json answer = site.ask("a", reel::appwrite::Method::post, documents,
                                 {{"documentId", id},
                                  {"data",
                                   {{"topic", "Bayes theorem"},
                                    {"status", status},
                                    {"scene_count", 3},
                                    {"created_at", "2025-06-20T10:15:00.000+00:00"},
                                    {"updated_at", "2025-06-20T10:15:00.000+00:00"}}}});
    INFO(answer.dump());
    REQUIRE(answer["$id"] == id);
  };
  create("ready", "ready_for_render");
  create("taken", "rendering");
  CHECK(done({"work", url, "--exec", "true", "--until-empty"}).out == "ready completed\n");
  const json ready = site.ask("a", reel::appwrite::Method::get, documents + "/ready");
  CHECK(ready["status"] == "completed");
  CHECK(ready["progress"] == 100);
  CHECK(site.ask("a", reel::appwrite::Method::get, documents + "/taken")["status"] == "rendering");
}

TEST_CASE("a video is completed although the server did not respond at that moment", "[tool][queue]") {
  const TemporaryFolder folder;
  RestartableSite site;
  const std::string url = site.store();
  done({"setup", url});
  const std::string id = done({"queue", url, "add", "--topic", "Bayes theorem"}).out.substr(0, 20);
  const std::string command =
      "echo $$ > " + (folder / "process") + "; until test -e " + (folder / "go") + "; do sleep 0.1; done";
  Live worker({"work", url, "--exec", command, "--lease", "5m"});
  process_in(folder / "process");
  site.stop();
  write_file(folder / "go", "");
  worker.error.until("reel: waiting for the store: ");
  site.start();
  CHECK(worker.out.line() == id + " completed");
  CHECK(worker.stop() == 0);
}

TEST_CASE("doctor names the orphans of a server", "[tool][queue]") {
  Site site;
  const std::string url = site.store("a");
  done({"setup", url});
  done({"queue", url, "add", "--topic", "Bayes theorem"});
  const TemporaryFolder folder;
  write_file(folder / "film.mp4", "x");
  CHECK_FALSE(done({"doctor", url}).out_contains("orphans"));
  done({"blobs", url, "final_videos", "put", folder / "film.mp4", "--id", "film"});
  CHECK(done({"doctor", url}).out_contains("  final_videos film: no record refers to it\n"));
  CHECK(done({"doctor", url, "--json"}).json()["orphans"]["found"][0]["id"] == "film");
}

TEST_CASE("the example of a pipeline prints with a server what it prints with other stores", "[tool][queue]") {
  const Site site;
  const TemporaryFolder folder;
  const std::string command = "cd '" + folder.path().string() + "' && '" REEL_EXAMPLE_PIPELINE "' '" + site.store("a") +
                              "' > printed 2> errors";
  const int status = std::system(command.c_str());
  INFO(read_file(folder / "errors"));
  CHECK(status == 0);
  const std::string printed = read_file(folder / "printed");
  // The file has the output with two stores.
  CHECK(printed + printed == read_file(std::string(REEL_SOURCE_DIR) + "/docs/examples/pipeline.txt"));
}

#endif

}  // namespace queue_tests
