#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/video/queue.hpp>

#include "run_tool.hpp"
#include "site.hpp"
#include "support/filesystem/small_disk.hpp"

// The mistakes that a user of the command can make, and the exact message of each in tests/data/messages.txt. A message
// names what failed, on what, why, and what to do. After an intended change write the file again, and read the diff:
//   unit_tool "write the messages of all mistakes"

namespace messages_tests {

namespace fs = std::filesystem;

const std::string file_of_messages = std::string(REEL_SOURCE_DIR) + "/tests/data/messages.txt";

/// The files and servers of one mistake.
struct World {
  TemporaryFolder folder;
  std::vector<std::shared_ptr<void>> held{};                    ///< destroyed after the command has ended
  std::vector<std::pair<std::string, std::string>> replaced{};  ///< strings of this run and what the file has for them

  [[nodiscard]] std::string operator/(const std::string& below) const { return folder / below; }
};

struct Mistake {
  std::string title;
  Arguments arguments;  ///< DIR is the folder of the world, TREE the sample tree
  std::function<void(World&)> prepare = [](World&) {};
  Surroundings surroundings{};
  /// Runs the command in another way. Returns nothing if this machine does not permit it.
  std::function<std::optional<ToolResult>(World&, const Arguments&)> run{};
};

using Mistakes = std::vector<Mistake>;

std::string with(std::string text, const std::string& from, const std::string& to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// Preparations

void make_store(World& world) { static_cast<void>(copy_of_sample_store(world.folder)); }

void make_tree(World& world) { fs::copy(sample_tree(), world / "tree", fs::copy_options::recursive); }

/// A store with one blob, `code` in bucket source_code.
void make_blob(World& world) {
  make_store(world);
  write_file(world / "scene.py", "class Scene1(Scene): pass\n");
  done({"blobs", "file:" + (world / "store"), "source_code", "put", world / "scene.py", "--id", "code"});
}

/// A store with a queue and one video in it, `film`.
void make_queue(World& world) {
  reel::Filesystem store(world / "store");
  const reel::video::Queue queue(store);
  queue.setup();
  queue.add({.topic = "Limits", .id = reel::Id<reel::video::Video>{"film"}});
}

/// As `make_queue`; a worker works on the video until the command has ended.
void make_claim(World& world) {
  make_queue(world);
  struct Held {
    explicit Held(const std::string& folder) : store(folder) {}
    reel::Filesystem store;
    std::optional<reel::video::Claim<reel::Filesystem>> claim =
        reel::video::Queue(store).claim_next("gpu-1", std::chrono::seconds{30});
  };
  world.held.push_back(std::make_shared<Held>(world / "store"));
}

/// Creates the file or replaces its content.
std::function<void(World&)> file(std::string path, std::string content) {
  return [=](World& world) { write_file(world / path, content); };
}

/// Makes a path of a store or tree unreadable and unwritable until the command has ended.
std::function<void(World&)> forbid(std::function<void(World&)> make, std::string path, fs::perms permissions = {}) {
  return [=](World& world) {
    make(world);
    const std::string whole = world / path;
    world.held.emplace_back(nullptr,
                            [=, before = fs::status(whole).permissions()](void*) { fs::permissions(whole, before); });
    fs::permissions(whole, permissions);
  };
}

/// Changes a file of a store.
std::function<void(World&)> damage(std::string path, std::function<std::string(std::string)> change) {
  return [=](World& world) {
    make_blob(world);
    write_file(world / path, change(read_file(world / path)));
  };
}

/// Replaces the first `from` of a file of a store.
std::function<void(World&)> damage(const std::string& path, const std::string& from, const std::string& to) {
  return damage(path, [=](std::string text) {
    const std::size_t at = text.find(from);
    if (at == std::string::npos) throw std::runtime_error(path + " does not contain " + from);
    return text.replace(at, from.size(), to);
  });
}

std::function<void(World&)> lose(std::string path) {
  return [=](World& world) {
    make_blob(world);
    if (fs::remove_all(world / path) == 0) throw std::runtime_error("no " + path);
  };
}

/// Returns the path of the file with the bytes of the blob `code`.
std::string blob_file(const World& world) {
  for (const auto& entry : fs::directory_iterator(world / "store/buckets/source_code/data"))
    if (entry.path().filename().string().starts_with("code~")) return entry.path().string();
  throw std::runtime_error("the blob has no file");
}

// Mistakes

Mistakes wrong_urls() {
  const auto plain = file("file", "text");
  return {
      {"a URL without a scheme", {"videos", "videos"}},
      {"an empty URL", {"videos", ""}},
      {"a URL of a server", {"videos", "http://localhost"}},
      {"a scheme in upper case", {"videos", "FILE:videos"}},
      {"file: without a folder", {"videos", "file:"}},
      {"legacy: without a folder", {"videos", "legacy:"}},
      {"memory: with a location", {"videos", "memory:x"}},
      {"an unknown option of file:", {"setup", "file:DIR/store?fast"}},
      {"an invalid value of an option", {"setup", "file:DIR/store?text=bold"}},
      {"a value for an option without one", {"setup", "file:DIR/store?readonly=no"}},
      {"a repeated option", {"setup", "file:DIR/store?readonly&readonly"}},
      {"an unknown option of legacy:", {"videos", "legacy:TREE?readonly"}},
      {"a legacy: store opened for writing", {"videos", "legacy:TREE?write=v1"}},
      {"an unknown option of memory:", {"videos", "memory:?fast"}},
      {"a folder without a store", {"videos", "file:DIR/missing"}},
      {"a source that does not exist", {"migrate", "file:DIR/missing", "memory:"}},
      {"a tree that does not exist", {"videos", "legacy:DIR/missing"}},
      {"a tree that is a file", {"videos", "legacy:DIR/file"}, plain},
      {"a store that is a file", {"setup", "file:DIR/file"}, plain},
      {"a store below a file", {"setup", "file:DIR/file/store"}, plain},
      {"a folder with other files", {"setup", "file:DIR"}, plain},
      {"a tree opened as a store", {"videos", "file:TREE"}},
      {"a store opened as a tree", {"videos", "legacy:DIR/store"}, make_store},
      {"a store that must exist", {"setup", "file:DIR/store?existing"}},
      {"a new store that is read-only", {"setup", "file:DIR/store?readonly"}},
      {"another comparison of text", {"videos", "file:DIR/store?text=exact"}, make_store},
      {"a lost collection", {"videos", "file:DIR/store"}, lose("store/collections/videos")},
      {"a lost bucket", {"blobs", "file:DIR/store", "subtitles", "ls"}, lose("store/buckets/subtitles")},
  };
}

Mistakes wrong_usage() {
  return {
      {"no command", {}},
      {"an unknown command", {"frobnicate"}},
      {"an unknown option", {"--frobnicate"}},
      {"an unknown option of a command", {"videos", "memory:", "--frobnicate"}},
      {"no store", {"videos"}},
      {"an argument too many", {"videos", "memory:", "more"}},
      {"no target", {"migrate", "memory:"}},
      {"no video", {"scenes", "memory:"}},
      {"no command for a bucket", {"blobs", "memory:", "artifacts"}},
      {"an unknown command for a bucket", {"blobs", "memory:", "artifacts", "list"}},
      {"no blob", {"blobs", "memory:", "artifacts", "get"}},
      {"an unknown bucket", {"blobs", "memory:", "films", "ls"}},
      {"a limit of 0", {"videos", "memory:", "--limit", "0"}},
      {"a limit that is not a number", {"videos", "memory:", "--limit", "few"}},
      {"an unknown status", {"videos", "memory:", "--status", "done"}},
      {"an unknown layout", {"migrate", "memory:", "memory:", "--variant", "v3"}},
      {"an unknown resolution of conflicts", {"migrate", "memory:", "memory:", "--on-conflict", "ask"}},
      {"an unknown treatment of columns", {"migrate", "memory:", "memory:", "--columns", "drop"}},
      {"a rate that is not a number", {"blobs", "memory:", "artifacts", "get", "x", "--limit-rate", "fast"}},
      {"an upload to resume without an id", {"blobs", "memory:", "artifacts", "put", "x", "--resume"}},
      {"a catalogue for a store", {"videos", "memory:", "--topics", "topics.json"}},
      {"a catalogue that does not exist", {"videos", "legacy:TREE", "--topics", "DIR/topics.json"}},
      {"a catalogue that is not JSON", {"videos", "legacy:TREE", "--topics", "DIR/topics"}, file("topics", "Big O")},
      {"a catalogue with an entry without a topic",
       {"videos", "legacy:TREE", "--topics", "DIR/topics"},
       file("topics", R"(["Big O", {"name": "Limits"}])")},
      {"a watched collection that does not exist", {"watch", "memory:", "--collection", "films"}},
      {"a watched bucket that does not exist", {"watch", "memory:", "--bucket", "films"}},
      {"a watch of a collection and a bucket", {"watch", "memory:", "--collection", "videos", "--bucket", "subtitles"}},
      {"a watched status of a collection without one",
       {"watch", "memory:", "--collection", "agent_memory", "--status", "failed"}},
      {"a watched status of blobs", {"watch", "memory:", "--bucket", "subtitles", "--status", "failed"}},
      {"an invalid token", {"watch", "memory:", "--from", "yesterday"}},
      {"a token of a later version", {"watch", "memory:", "--from", "reel2.a.b.c.1...x.00000000"}},
      {"a watch of a store without collections",
       {"watch", "file:DIR/store"},
       [](World& world) { static_cast<void>(reel::Filesystem(world / "store")); }},
      {"a string that is not an actor", {"videos", "memory:", "--as", "ada"}},
      {"an actor with an unknown property", {"videos", "memory:", "--as", "user:ada,editor"}},
      {"an actor for a command with full rights", {"setup", "memory:", "--as", "user:ada"}},
      {"a grant without a permission", {"grant", "memory:", "videos", "read"}},
      {"a malformed permission", {"grant", "memory:", "videos", "any:read"}},
      {"a role that does not exist", {"grant", "memory:", "videos", "read:owner:ada"}},
      {"a permission to create on a record", {"grant", "memory:", "videos", "42", "create:any"}},
      {"item security of a record", {"grant", "memory:", "videos", "42", "--item-security", "on"}},
      {"an invalid value of item security", {"grant", "memory:", "videos", "--item-security", "maybe"}},
      {"permissions of an unknown collection", {"permissions", "memory:", "films"}},
      {"permissions of the collections of a tree", {"permissions", "legacy:TREE", "videos"}},
      {"no command for a queue", {"queue", "memory:"}},
      {"a video without a topic", {"queue", "memory:", "add"}},
      {"a video with an empty topic", {"queue", "memory:", "add", "--topic", ""}},
      {"a count of 0", {"queue", "memory:", "add", "--topic", "Limits", "--count", "0"}},
      {"an actor for a change of a queue", {"queue", "memory:", "pause", "--as", "user:ada"}},
      {"a worker without a command", {"work", "memory:"}},
      {"a worker with an invalid lease", {"work", "memory:", "--exec", "true", "--lease", "30"}},
      {"a worker with a lease that is too short", {"work", "memory:", "--exec", "true", "--lease", "1ms"}},
      {"a worker whose name is too long",
       {"work", "file:DIR/store", "--exec", "true", "--until-empty", "--worker", std::string(129, 'w')},
       make_queue},
      {"a time that is not one", {"stats", "memory:", "--since", "yesterday"}},
      {"a range upside down", {"stats", "memory:", "--since", "2026-01-02", "--until", "2026-01-01"}},
      {"a negative number of topics", {"stats", "memory:", "--top=-3"}},
      {"two forms of statistics", {"stats", "memory:", "--json", "--csv"}},
      {"an owner without videos", {"stats", "memory:", "--owner", "ada"}},
      {"a topic without videos", {"stats", "memory:", "--owner", "ada", "--topic", "Limits"}},
      {"a page in a missing folder", {"stats", "memory:", "--html", "DIR/missing/page.html"}},
      {"the repair of a tree", {"doctor", "legacy:TREE", "--repair"}},
      {"the repair of a read-only store", {"doctor", "file:DIR/store?readonly", "--repair"}, make_store},
      {"standard output on a full device",
       {"stats", "memory:"},
       {},
       {},
       [](World&, const Arguments& arguments) -> std::optional<ToolResult> {
         const std::unique_ptr<std::FILE, int (*)(std::FILE*)> full(std::fopen("/dev/full", "w"), std::fclose);
         if (!full) return std::nullopt;
         return reel_tool(arguments, {.out = ::fileno(full.get())});
       }},
  };
}

Mistakes wrong_records() {
  const auto put = [](Arguments more) {
    Arguments all{"blobs", "file:DIR/store", "source_code", "put"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const auto get = [](Arguments more) {
    Arguments all{"blobs", "file:DIR/store", "source_code", "get"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const auto large = [](World& world) {
    make_blob(world);
    write_file(world / "large.py", "x");
    fs::resize_file(world / "large.py", 11U << 20U);
  };
  const auto unnamed = [](World& world) {
    make_blob(world);
    write_file(world / "notes.odt", "x");
  };
  return {
      {"a video that does not exist", {"scenes", "file:DIR/store", "Calculus"}, make_store},
      {"a part of several topics", {"scenes", "file:DIR/store", "theorem"}, make_store},
      {"a queued video that does not exist", {"queue", "file:DIR/store", "retry", "none"}, make_store},
      {"a video that a worker has claimed", {"queue", "file:DIR/store", "retry", "film"}, make_claim},
      {"a queue of a read-only store", {"queue", "file:DIR/store?readonly", "pause"}, make_queue},
      {"the purge of a fix that does not exist", {"memory", "file:DIR/store", "purge", "none"}, make_store},
      {"a fix that supersedes itself",
       {"memory", "file:DIR/store", "supersede", "a", "--by", "a", "--reason", "x"},
       make_store},
      {"a fix that an unknown one supersedes",
       {"memory", "file:DIR/store", "supersede", "a", "--by", "b", "--reason", "x"},
       make_store},
      {"the removal of all fixes without --yes", {"memory", "file:DIR/store", "clear"}, make_store},
      {"the outcome of a fix that does not exist",
       {"memory", "file:DIR/store", "outcome", "none", "worked"},
       make_store},
      {"a blob that does not exist", get({"none", "DIR/copy"}), make_blob},
      {"an id with a space", get({"the code", "DIR/copy"}), make_blob},
      {"a file that exists", get({"code", "DIR/scene.py"}), make_blob},
      {"a file in a folder that does not exist", get({"code", "DIR/missing/scene.py"}), make_blob},
      {"a source file that does not exist", put({"DIR/missing.py"}), make_blob},
      {"a source file that is a folder", put({"DIR/store"}), make_blob},
      {"an id that is taken", put({"DIR/scene.py", "--id", "code"}), make_blob},
      {"an id that is taken in another case", put({"DIR/scene.py", "--id", "CODE"}), make_blob},
      {"an id of 37 characters", put({"DIR/scene.py", "--id", std::string(37, 'x')}), make_blob},
      {"an extension that the bucket refuses", put({"DIR/notes.odt"}), unnamed},
      {"a file that is larger than the bucket permits", put({"DIR/large.py"}), large},
      {"the removal of a blob that does not exist",
       {"blobs", "file:DIR/store", "source_code", "rm", "none"},
       make_blob},
      {"permissions of a record that does not exist", {"permissions", "file:DIR/store", "videos", "none"}, make_store},
      {"a grant on a blob that does not exist",
       {"grant", "file:DIR/store", "subtitles", "none", "read:any"},
       make_store},
      {"a grant in a read-only store", {"grant", "file:DIR/store?readonly", "videos", "read:any"}, make_store},
      {"videos that the actor may not list",
       {"videos", "file:DIR/store", "--as", "guest"},
       [](World& world) {
         make_store(world);
         done({"grant", "file:" + (world / "store"), "videos", "--item-security", "off"});
       }},
      {"a put that the actor may not do",
       {"blobs", "file:DIR/store", "source_code", "put", "DIR/scene.py", "--as", "user:ada,team:crew/editor"},
       make_blob},
      {"a put into a read-only store",
       {"blobs", "file:DIR/store?readonly", "source_code", "put", "DIR/scene.py"},
       make_blob},
      {"a put into a tree that is only read",
       {"blobs", "legacy:DIR/tree", "subtitles", "put", "DIR/film.srt"},
       [](World& world) {
         make_tree(world);
         write_file(world / "film.srt", "1\n");
       }},
      {"a progress folder that cannot be created",
       put({"DIR/scene.py", "--id", "new", "--resume"}),
       make_blob,
       {},
       [](World& world, const Arguments& arguments) -> std::optional<ToolResult> {
         const ScopedVariable state("XDG_STATE_HOME", world / "scene.py");
         return reel_tool(arguments);
       }},
      {"an interrupted put",
       {"blobs", "file:DIR/store", "final_videos", "put", "DIR/film.mp4", "--id", "film"},
       make_store,
       {},
       [](World& world, const Arguments& arguments) -> std::optional<ToolResult> {
         const std::string fifo = world / "film.mp4";
         if (::mkfifo(fifo.c_str(), 0600) != 0) return std::nullopt;
         Running running(arguments);
         const int writer = ::open(fifo.c_str(), O_WRONLY | O_CLOEXEC);  // waits for the reader
         running.signal(SIGINT);
         const auto before = ::signal(SIGPIPE, SIG_IGN);
         [[maybe_unused]] const ssize_t written = ::write(writer, "film", 4);  // fails if the command has ended
         ::close(writer);
         ::signal(SIGPIPE, before);
         return running.finish();
       }},
  };
}

Mistakes missing_rights() {
  const Surroundings user{.enforces_permissions = true};
  constexpr fs::perms read_only{0555};
  return {
      {"a reel.json that may not be read", {"videos", "file:DIR/store"}, forbid(make_store, "store/reel.json"), user},
      {"a journal that may not be read",
       {"videos", "file:DIR/store"},
       forbid(make_store, "store/collections/videos/records.jsonl"),
       user},
      {"a store folder that may not be read", {"videos", "file:DIR/store"}, forbid(make_store, "store"), user},
      {"a bucket folder that may not be written to",
       {"blobs", "file:DIR/store", "source_code", "put", "DIR/scene.py", "--id", "new"},
       forbid(make_blob, "store/buckets/source_code/data", read_only),
       user},
      {"a blob that may not be read",
       {"blobs", "file:DIR/store", "source_code", "get", "code", "DIR/copy"},
       [](World& world) {
         make_blob(world);
         const std::string name = fs::relative(blob_file(world), world.folder.path()).string();
         world.replaced.emplace_back(fs::path(name).filename().string(), "BLOB");
         forbid([](World&) {}, name)(world);
       },
       user},
      {"a source file that may not be read",
       {"blobs", "file:DIR/store", "source_code", "put", "DIR/scene.py", "--id", "new"},
       forbid(make_blob, "scene.py"),
       user},
      {"a target folder that may not be written to",
       {"blobs", "file:DIR/store", "source_code", "get", "code", "DIR/closed/copy"},
       forbid(
           [](World& world) {
             make_blob(world);
             fs::create_directory(world / "closed");
           },
           "closed", read_only),
       user},
      {"a new store in a folder that may not be written to",
       {"setup", "file:DIR/closed/store"},
       forbid([](World& world) { fs::create_directory(world / "closed"); }, "closed", read_only),
       user},
      {"a plan into a folder that may not be written to",
       {"migrate", "legacy:TREE/output/experiment", "file:DIR/closed/store", "--dry-run"},
       forbid([](World& world) { fs::create_directory(world / "closed"); }, "closed", read_only),
       user},
      {"a tree that may not be read", {"videos", "legacy:DIR/tree"}, forbid(make_tree, "tree"), user},
      {"a topic that may not be read",
       {"videos", "legacy:DIR/tree", "--limit", "1"},
       forbid(make_tree, "tree/output/bayes_theorem"),
       user},
      {"a report in a folder that may not be written to",
       {"migrate", "memory:", "file:DIR/store", "--report", "DIR/closed/report.json"},
       forbid([](World& world) { fs::create_directory(world / "closed"); }, "closed", read_only),
       user},
  };
}

Mistakes damaged_stores() {
  const std::string videos = "store/collections/videos/";
  const auto cut_blob = [](World& world) {
    make_blob(world);
    const std::string path = blob_file(world);
    world.replaced.emplace_back(fs::path(path).filename().string(), "BLOB");
    fs::resize_file(path, 5);
  };
  const auto change_blob = [](World& world) {
    make_blob(world);
    const std::string path = blob_file(world);
    world.replaced.emplace_back(fs::path(path).filename().string(), "BLOB");
    write_file(path, "Class Scene1(Scene): pass\n");
  };
  const auto lose_blob = [](World& world) {
    make_blob(world);
    const std::string path = blob_file(world);
    world.replaced.emplace_back(fs::path(path).filename().string(), "BLOB");
    fs::remove(path);
  };
  const Arguments get{"blobs", "file:DIR/store", "source_code", "get", "code", "DIR/copy"};
  const Arguments scrub{"blobs", "file:DIR/store", "source_code", "scrub"};
  const auto newer = [](std::string text) {
    return std::regex_replace(text, std::regex(R"("version":\d+)"), "\"version\":999");
  };
  return {
      {"a store of a newer version", {"videos", "file:DIR/store"}, damage("store/reel.json", newer)},
      {"a schema of a newer version", {"videos", "file:DIR/store"}, damage(videos + "schema.json", newer)},
      {"an empty reel.json", {"videos", "file:DIR/store"}, damage("store/reel.json", [](auto) { return ""; })},
      {"a lost reel.json", {"videos", "file:DIR/store"}, lose("store/reel.json")},
      {"an empty schema.json", {"videos", "file:DIR/store"}, damage(videos + "schema.json", [](auto) { return ""; })},
      {"a lost schema.json", {"videos", "file:DIR/store"}, lose(videos + "schema.json")},
      {"an empty journal", {"videos", "file:DIR/store"}, damage(videos + "records.jsonl", [](auto) { return ""; })},
      {"a lost journal", {"videos", "file:DIR/store"}, lose(videos + "records.jsonl")},
      {"damaged permissions of a collection",
       {"grant", "file:DIR/store", "videos", "read:any"},
       [=](World& world) {
         make_store(world);
         done({"grant", "file:" + (world / "store"), "videos", "read:users"});
         write_file(world / (videos + "access.json"), R"({"reel":"access","version":1)");
       }},
      {"a damaged record", {"stats", "file:DIR/store", "--json"}, damage(videos + "records.jsonl", "Gauss", "gauss")},
      {"a put into a damaged bucket",
       {"blobs", "file:DIR/store", "source_code", "put", "DIR/scene.py", "--id", "new"},
       damage("store/buckets/source_code/records.jsonl", "scene.py", "Scene.py")},
      {"a blob whose file is lost", get, lose_blob},
      {"a blob whose file is cut", get, cut_blob},
      {"a blob whose file has changed", get, change_blob},
      {"a scrub of a changed blob", scrub, change_blob},
      {"a full disk",
       {"blobs", "file:DISK/store", "final_videos", "put", "DIR/film.mp4", "--id", "film"},
       [](World& world) {
         write_file(world / "film.mp4", "x");
         fs::resize_file(world / "film.mp4", 5'000'000);
       },
       {},
       [](World& world, Arguments arguments) -> std::optional<ToolResult> {
         const bool mounted = reel::testing::on_small_disk(2'000'000, [&](const std::string& disk) {
           done({"setup", "file:" + disk + "/store"});
           for (std::string& argument : arguments) argument = with(argument, "DISK", disk);
           const ToolResult outcome = reel_tool(arguments);
           write_file(world / "error", with(outcome.error, disk, "DISK"));
           write_file(world / "status", std::to_string(outcome.status));
         });
         if (!mounted) return std::nullopt;
         return ToolResult{.status = std::stoi(read_file(world / "status")), .error = read_file(world / "error")};
       }},
  };
}

Mistakes wrong_copies() {
  const auto write_notes = [](World& world) { write_file(world / "notes.txt", "{}"); };
  const auto two_stores = [](World& world) {
    make_tree(world);
    done({"migrate", "legacy:" + (world / "tree"), "file:" + (world / "store"), "--no-verify"});
    write_file(world / "tree/output/experiment/notes.odt", "changed");
  };
  return {
      {"a copy onto the same store", {"migrate", "file:DIR/store", "file:DIR/../DIRNAME/store"}, make_store},
      {"a target inside the tree", {"migrate", "legacy:DIR/tree", "file:DIR/tree/store"}, make_tree},
      {"a target that contains the tree", {"migrate", "legacy:DIR/tree", "legacy:DIR"}, make_tree},
      {"a report that is a folder", {"migrate", "memory:", "file:DIR/store", "--report", "DIR"}},
      {"a retry of a file that is not a report", {"retry", "DIR/notes.txt"}, write_notes},
      {"a retry of a report that does not exist", {"retry", "DIR/missing.json"}},
      {"a journal that is not one",
       {"migrate", "memory:", "file:DIR/store", "--journal", "DIR/notes.txt"},
       write_notes},
      {"different content with --on-conflict fail",
       {"migrate", "legacy:DIR/tree", "file:DIR/store", "--on-conflict", "fail", "--no-verify"},
       two_stores},
      {"a tree that another program writes to",
       {"migrate", "memory:", "legacy:DIR/tree"},
       [](World& world) {
         make_tree(world);
         world.held.push_back(std::make_shared<reel::Legacy>(
             world / "tree", reel::LegacyOptions{.write_as = reel::legacy::Variant::v2, .durable = false}));
       }},
  };
}

#ifdef REEL_TOOL_SERVER
/// An emulator, and DIR/settings with a project and key of it. `edit` changes the contents of the file.
std::function<void(World&)> site(std::string project, std::string key,
                                 std::function<std::string(std::string)> edit = nullptr,
                                 std::int64_t storage_limit = 5'000'000'000) {
  return [=](World& world) {
    const auto server = std::make_shared<Site>(storage_limit);
    world.held.push_back(server);
    const std::string origin = server->url().substr(0, server->url().rfind('/'));
    world.replaced.emplace_back(origin.substr(origin.find("//") + 2), "SERVER");
    done({"setup", server->store("b")});
    std::string text =
        "APPWRITE_ENDPOINT=" + server->url() + "\nAPPWRITE_PROJECT_ID=" + project + "\nAPPWRITE_API_KEY=" + key + "\n";
    write_file(world / "settings", edit ? edit(text) : text);
    write_file(world / "scene.py", "class Scene1(Scene): pass\n");
  };
}

Mistakes wrong_servers() {
  const auto edited = [](const std::string& from, const std::string& to) {
    return [=](const std::string& text) { return with(text, from, to); };
  };
  const std::string store = "appwrite:DIR/settings";
  const Arguments put{"blobs", store, "source_code", "put", "DIR/scene.py", "--id", "code"};
  static constexpr std::int64_t small = 30'000'000;
  return {
      {"a settings file that does not exist", {"videos", "appwrite:DIR/settings"}},
      {"a settings file without settings", {"videos", store}, file("settings", "")},
      {"a settings file that is a folder",
       {"videos", store},
       [](World& world) { fs::create_directory(world / "settings"); }},
      {"a line that is not a setting",
       {"videos", store},
       site("none", "all", edited("APPWRITE_API_KEY", "no setting\nAPPWRITE_API_KEY"))},
      {"an endpoint without a scheme", {"videos", store}, site("b", "all", edited("http://", ""))},
      {"an endpoint without /v1", {"videos", store}, site("b", "all", edited("/v1", ""))},
      {"an endpoint with a wrong path", {"videos", store}, site("b", "all", edited("/v1", "/api/v1"))},
      {"https to a server that speaks http", {"doctor", store}, site("b", "all", edited("http://", "https://"))},
      {"a server that is not running",
       {"doctor", store},
       file("settings",
            "APPWRITE_ENDPOINT=http://127.0.0.1:1/v1\nAPPWRITE_PROJECT_ID=a\nAPPWRITE_API_KEY=standard_5ec2e7\n")},
      {"an invalid value of APPWRITE_WRITERS",
       {"videos", store},
       site("b", "all", [](const std::string& text) { return text + "APPWRITE_WRITERS=two\n"; })},
      {"an unknown option of appwrite:", {"videos", store + "?fast"}, site("b", "all")},
      {"a wrong key", {"videos", store}, site("b", "wrong")},
      {"doctor with a wrong key", {"doctor", store}, site("b", "wrong")},
      {"a wrong project", {"videos", store}, site("none", "all")},
      {"a project without a database", {"videos", store}, site("a", "all")},
      {"another database", {"videos", store + "?database=other"}, site("b", "all")},
      {"setup with a key that may only read", {"setup", store}, site("a", "reader")},
      {"a put with a key that may only read", put, site("b", "reader")},
      {"a copy with a key that may only read",
       {"migrate", "legacy:TREE/output/experiment", store, "--no-verify"},
       site("b", "reader")},
      {"a bucket above the server's limit",
       {"setup", store},
       [](World& world) {
         const auto server = std::make_shared<Site>(small);
         world.held.push_back(server);
         write_file(world / "settings",
                    "APPWRITE_ENDPOINT=" + server->url() + "\nAPPWRITE_PROJECT_ID=a\nAPPWRITE_API_KEY=all\n");
       }},
      {"a copy onto the same database", {"migrate", store, store}, site("b", "all")},
      {"an id that is taken on the server", put,
       [](World& world) {
         site("b", "all")(world);
         done({"blobs", "appwrite:" + (world / "settings"), "source_code", "put", world / "scene.py", "--id", "code"});
       }},
      {"a blob that does not exist on the server",
       {"blobs", store, "source_code", "get", "none", "DIR/copy"},
       site("b", "all")},
  };
}
#endif

#ifdef REEL_TOOL_SERVE
/// Runs the command while another program listens on the port PORT of its arguments.
std::optional<ToolResult> run_with_port_in_use(World& world, Arguments arguments) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{.sin_family = AF_INET, .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
  socklen_t size = sizeof address;
  auto* const where = reinterpret_cast<sockaddr*>(&address);
  const bool listens = ::bind(listener, where, size) == 0 && ::listen(listener, 1) == 0;
  if (!listens || ::getsockname(listener, where, &size) != 0) throw std::runtime_error("cannot listen");
  const std::string port = std::to_string(ntohs(address.sin_port));
  world.replaced.emplace_back(port, "PORT");
  for (std::string& argument : arguments) argument = with(argument, "PORT", port);
  const ToolResult outcome = reel_tool(arguments);
  ::close(listener);
  return outcome;
}

Mistakes wrong_pages() {
  return {
      {"a page for other computers without a token", {"serve", "memory:", "--bind", "0.0.0.0"}},
      {"a token that is too short", {"serve", "memory:", "--token", "secret"}},
      {"a port that is not one", {"serve", "memory:", "--port", "70000"}},
      {"an address that is not one", {"serve", "memory:", "--bind", "here"}},
      {"a page of a store that does not exist", {"serve", "file:DIR/missing"}},
      {"a page on a port in use", {"serve", "memory:", "--port", "PORT"}, {}, {}, run_with_port_in_use},
  };
}
#endif

Mistakes all_mistakes() {
  Mistakes all;
  for (const Mistakes& part :
       {wrong_urls(), wrong_usage(), wrong_records(), missing_rights(), damaged_stores(), wrong_copies()})
    all.insert(all.end(), part.begin(), part.end());
#ifdef REEL_TOOL_SERVE
  const Mistakes pages = wrong_pages();
  all.insert(all.end(), pages.begin(), pages.end());
#endif
#ifdef REEL_TOOL_SERVER
  const Mistakes servers = wrong_servers();
  all.insert(all.end(), servers.begin(), servers.end());
#endif
  return all;
}

/// Replaces what differs from run to run and from machine to machine.
std::string normalised(std::string text, const World& world) {
  for (const auto& [from, to] : world.replaced) text = with(text, from, to);
  text = with(text, sample_tree(), "TREE");
  text = with(text, world.folder.path().string(), "DIR");
  text = with(text, world.folder.path().filename().string(), "DIRNAME");
  text = with(text, "file:, legacy:, appwrite:, memory:", "SCHEMES");
  text = with(text, "file:, legacy:, memory:", "SCHEMES");
  static const std::pair<std::regex, const char*> patterns[] = {
      {std::regex(R"(\b[0-9a-f]{32}\b)"), "MD5"},
      {std::regex(R"(\b[0-9a-f]{20}([0-9a-f]{8})?\b)"), "ID"},
      {std::regex(R"(\b[0-9a-f]{16}\b)"), "HEX16"},
      {std::regex(R"(\b[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|\+00:00))"), "TIME"},
      {std::regex(R"(waiting [0-9.]+ s)"), "waiting N s"},
      {std::regex(R"(\((OpenSSL|Failed to connect)[^)]*\))"), "(DETAILS)"},
      {std::regex(R"(at byte [0-9]+)"), "at byte N"},
      {std::regex(R"(127\.0\.0\.1:[0-9]{2,5})"), "SERVER"},
  };
  for (const auto& [pattern, name] : patterns) text = std::regex_replace(text, pattern, name);
  return text;
}

/// Runs a mistake. Returns its entry in the file, or nothing if it is not possible on this machine.
std::optional<std::string> entry_of(const Mistake& mistake) {
  World world;
  if (mistake.prepare) mistake.prepare(world);
  Arguments arguments = mistake.arguments;
  std::string command = "$ reel";
  for (std::string& argument : arguments) {
    command += " " + (argument.empty() || argument.find(' ') != std::string::npos ? "'" + argument + "'" : argument);
    argument = with(argument, "DIRNAME", world.folder.path().filename().string());
    argument = with(with(argument, "DIR", world.folder.path().string()), "TREE", sample_tree());
  }
  const std::optional<ToolResult> outcome =
      mistake.run ? mistake.run(world, arguments) : reel_tool(arguments, mistake.surroundings);
  if (!outcome) return std::nullopt;
  std::string entry = mistake.title + "\n" + command + "\nexit status " + std::to_string(outcome->status) + "\n";
  std::istringstream errors(normalised(outcome->error, world));
  bool is_silent = true;
  for (std::string line; std::getline(errors, line);) {
    if (line.starts_with("copying ") || line.starts_with("checking ")) continue;  // progress
    is_silent = false;
    entry += "> " + line + "\n";
  }
  if (!is_silent) return entry;
  // A report on standard output: its failures, each once.
  static const std::regex failure(": (already_exists|corrupt|forbidden|unavailable): ");
  std::istringstream report(normalised(outcome->out, world));
  std::set<std::string> failures;
  for (std::string line; std::getline(report, line);)
    if (std::regex_search(line, failure)) failures.insert("| " + line + "\n");
  for (const std::string& line : failures) entry += line;
  return entry;
}

/// The entries of the file by title.
std::map<std::string, std::string> known_entries() {
  std::map<std::string, std::string> all;
  std::istringstream text(read_file(file_of_messages));
  std::string entry;
  const auto keep = [&] {
    if (!entry.empty()) all[entry.substr(0, entry.find('\n'))] = entry;
    entry.clear();
  };
  for (std::string line; std::getline(text, line);) {
    if (line.starts_with('#')) continue;
    if (line.empty())
      keep();
    else
      entry += line + "\n";
  }
  keep();
  return all;
}

TEST_CASE("every mistake is answered with the message in tests/data/messages.txt", "[tool][messages]") {
  std::map<std::string, std::string> known = known_entries();
  CHECK(known.size() >= 60);
  for (const Mistake& mistake : all_mistakes()) {
    INFO(mistake.title);
    REQUIRE(known.count(mistake.title) == 1);
    const std::optional<std::string> entry = entry_of(mistake);
    if (entry) CHECK(*entry == known[mistake.title]);
  }
}

TEST_CASE("write the messages of all mistakes", "[.]") {
  std::string text =
      "# Each mistake with the command, its exit status and its messages: > on standard error, | on standard output.\n"
      "# DIR, TREE, SERVER, ID and the like stand for paths, addresses and values that differ from run to run.\n"
      "# Written by: unit_tool \"write the messages of all mistakes\"\n";
  for (const Mistake& mistake : all_mistakes())
    if (const auto entry = entry_of(mistake)) text += "\n" + *entry;
  write_file(file_of_messages, text);
}

}  // namespace messages_tests
