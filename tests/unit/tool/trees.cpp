#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "run_tool.hpp"

namespace trees_tests {

// Irregular trees: every entry is copied, or it is counted and named and the exit status reports it.

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* outline = "<SCENE_1>\nA\n</SCENE_1>\n<SCENE_2>\nB\n</SCENE_2>\n";

void put(const fs::path& path, std::string_view text = "x") {
  fs::create_directories(path.parent_path());
  write_file(path, text);
}

std::string repeated(std::string_view text, std::size_t size) {
  std::string result;
  while (result.size() < size) result += text;
  return result;
}

/// A topic with two scenes, of which the first was rendered.
fs::path put_topic(const fs::path& root, const std::string& prefix = "foo") {
  const fs::path topic = root / prefix;
  put(topic / (prefix + "_scene_outline.txt"), outline);
  put(topic / "scene1/code" / (prefix + "_scene1_v0.py"), "class Scene1(Scene): pass\n");
  put(topic / "scene1/succ_rendered.txt", "");
  put(topic / "scene2/subplans/scene_trace_id.txt", "trace");
  return topic;
}

/// Every file below a folder, by its path from there.
std::map<std::string, std::string> files_of(const fs::path& root) {
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (!entry.is_symlink() && entry.is_regular_file())
      found[entry.path().lexically_relative(root).string()] = read_file(entry.path());
  return found;
}

struct Migrated {
  ToolResult outcome;
  json report;
};

Migrated migrate(const TemporaryFolder& folder, const std::string& source, const std::string& target,
                 Arguments options = {}) {
  Arguments arguments{"migrate", source, target, "--report", folder / "report.json"};
  arguments.insert(arguments.end(), options.begin(), options.end());
  Migrated made{.outcome = reel_tool(arguments, {.enforces_permissions = true}), .report = {}};
  INFO(made.outcome.error);
  made.report = json::parse(read_file(folder / "report.json"));
  return made;
}

/// Copies a store to a tree and returns the names and contents of its files.
std::map<std::string, std::string> written_back(const TemporaryFolder& folder, const std::string& store) {
  fs::remove_all(folder / "copy");
  const auto [outcome, report] = migrate(folder, store, "legacy:" + (folder / "copy"));
  INFO(outcome.out << outcome.error);
  CHECK(outcome.status == 0);
  CHECK(report.at("records").at("failed") == 0);
  return files_of(folder / "copy");
}

/// Copies a tree to a store and back, and expects an equal tree.
void check_comes_back(const TemporaryFolder& folder, const fs::path& tree) {
  const std::string store = "file:" + (folder / "store");
  const auto [outcome, report] = migrate(folder, "legacy:" + tree.string(), store);
  INFO(outcome.out << outcome.error);
  CHECK(outcome.status == 0);
  CHECK(report.at("files").at("unaccounted") == 0);
  const auto before = files_of(tree), after = written_back(folder, store);
  for (const auto& [name, bytes] : before) {
    INFO(name);
    REQUIRE(after.count(name) == 1);
    CHECK((after.at(name) == bytes));
  }
  CHECK(before.size() == after.size());
  done({"verify", "legacy:" + tree.string(), "legacy:" + (folder / "copy")});
}

json first_with(const json& list, const std::string& key, const json& value) {
  for (const json& one : list)
    if (one[key] == value) return one;
  return {};
}

std::multiset<std::string> codes_of(const json& diagnostics) {
  std::multiset<std::string> codes;
  for (const json& one : diagnostics) codes.insert(one["code"]);
  return codes;
}

TEST_CASE("a value that is longer than its attribute is cut, and its record is copied", "[tool][trees]") {
  TemporaryFolder folder;
  const fs::path topic = put_topic(folder / "tree");
  const std::string log =
      "\nError in attempt 0:\nTraceback\n" + repeated("Frame \u00e9\u4e2d ", 3'000'000) + "\nNameError: x\n";
  put(topic / "scene1/code/foo_scene1_v0_error.log", log);
  put(topic / "scene1/code/foo_scene1_v1.py", "class Scene1(Scene):\n" + repeated("  # \u4e2d\n", 4'000'000));
  put(topic / "scene2/subplans/foo_scene2_vision_storyboard_plan.txt", repeated("<A>\u4e2d", 3'500'000));
  put(topic / "session_id.txt", std::string(124, 's'));
  const std::string name = "foo" + std::string(317, ' ') + "x";  // the folder is foo_x
  fs::rename(topic, folder / "tree/foo_x");
  for (const char* old : {"foo_x/foo_scene_outline.txt"})
    fs::rename(folder.path() / "tree" / old, folder / "tree/foo_x/foo_x_scene_outline.txt");
  fs::create_directories(folder / "tree/foo_x/scene1/code");
  for (const auto& entry : fs::recursive_directory_iterator(folder / "tree/foo_x")) {
    const std::string file = entry.path().filename().string();
    if (entry.is_regular_file() && file.starts_with("foo_scene"))
      fs::rename(entry.path(), entry.path().parent_path() / ("foo_x" + file.substr(3)));
  }
  write_file(folder / "topics.json", json(std::vector<std::string>{name}).dump());

  const std::string tree = "legacy:" + (folder / "tree"), store = "file:" + (folder / "store");
  const auto [outcome, report] = migrate(folder, tree, store, {"--topics", folder / "topics.json"});
  INFO(outcome.out << outcome.error);
  CHECK(outcome.status == 0);
  CHECK(report.at("records").at("failed") == 0);
  CHECK(report.at("records").at("found") == report.at("records").at("in_target"));
  CHECK(report.at("records").at("shortened") == 4);  // the video, both scenes and the fix
  CHECK(report.at("files").at("failed") == 0);
  CHECK(outcome.out_contains("4 with a value shortened or left out"));
  CHECK(codes_of(report["diagnostics"]).count("value_shortened") >= 4);
  CHECK(codes_of(report["diagnostics"]).count("value_left_out") == 2);

  const json videos = done({"videos", store, "--json"}).json();
  REQUIRE(videos.size() == 1);
  CHECK(videos[0]["topic"] == name.substr(0, 255));
  CHECK(videos[0]["session_id"].is_null());
  const json scenes = done({"scenes", store, videos[0]["$id"], "--json"}).json();
  REQUIRE(scenes.size() == 2);
  const std::string plan = scenes[1]["storyboard"];
  CHECK(plan.size() == 1'500'000);  // of six bytes each four characters, and a million of those
  CHECK(plan.ends_with("\u4e2d"));

  const json doctor = reel_tool({"doctor", tree, "--topics", folder / "topics.json", "--json"}).json();
  CHECK(doctor.at("diagnostic_counts").at("value_shortened").get<int>() >= 4);
  const auto after = written_back(folder, store);
  for (const auto& [file, bytes] : files_of(folder / "tree")) {
    INFO(file);
    REQUIRE(after.count(file) == 1);
    CHECK((after.at(file) == bytes));
  }
}

TEST_CASE("a file that its bucket refuses is kept as an artifact, and its record is copied", "[tool][trees]") {
  TemporaryFolder folder;
  const fs::path topic = put_topic(folder / "tree");
  put(topic / "foo_combined.mp4", "film");
  put(topic / "foo_combined.srt", repeated("1\n00:00:00,000 --> 00:00:02,500\nA\n\n", 1'100'000));
  put(topic / "media/videos/foo_scene1_v0/1080p60/Scene1.mp4", "film");
  fs::resize_file(topic / "media/videos/foo_scene1_v0/1080p60/Scene1.mp4", 101U << 20U);
  put(topic / "scene2/code/foo_scene2_v0.py", "class Scene2(Scene): pass\n");
  fs::resize_file(topic / "scene2/code/foo_scene2_v0.py", 11U << 20U);
  const std::string store = "file:" + (folder / "store");
  const auto [outcome, report] = migrate(folder, "legacy:" + (folder / "tree"), store, {"--no-verify"});
  INFO(outcome.out << outcome.error);
  CHECK(outcome.status == 0);
  CHECK(report.at("files").at("in_target") == report.at("files").at("found"));
  CHECK(codes_of(report["diagnostics"]).count("kept_as_artifact") == 3);
  const json videos = done({"videos", store, "--json"}).json();
  CHECK(videos[0]["subtitles_url"].is_null());
  CHECK(videos[0]["combined_video_url"].is_string());
  const json scenes = done({"scenes", store, videos[0]["$id"], "--json"}).json();
  CHECK(scenes[0]["video_url"].is_null());
  CHECK(scenes[1]["code_url"].is_null());
  CHECK(scenes[1]["generated_code"].is_string());
}

TEST_CASE("values of a sidecar that fit no attribute do not prevent the copy of a record", "[tool][trees]") {
  TemporaryFolder folder;
  const fs::path topic = put_topic(folder / "tree");
  put(topic / ".reel.json",
      "{\"reel\":\"topic\",\"version\":1"
      "\n,\"video\":{\"id\":\"not an id\",\"values\":{\"progress\":101,\"status\":\"sleeping\",\"current_scene\":-1,"
      "\"created_at\":\"0001-01-01T00:00:00.000Z\",\"owner_id\":\"" +
          std::string(40, 'o') +
          "\",\"total_duration\":\"long\",\"description\":\"kept\"}}"
          "\n,\"scene 1\":{\"id\":\"\",\"values\":{\"status\":7,\"duration\":2}}"
          "\n}\n");
  const std::string store = "file:" + (folder / "store");
  const auto [outcome, report] = migrate(folder, "legacy:" + (folder / "tree"), store);
  INFO(outcome.out << outcome.error);
  CHECK(outcome.status == 0);
  CHECK(report.at("records").at("failed") == 0);
  CHECK(report.at("records").at("shortened") == 2);
  CHECK(codes_of(report["diagnostics"]).count("value_left_out") == 8);
  const json video = done({"videos", store, "--json"}).json().at(0);
  CHECK(video["description"] == "kept");
  CHECK(video["status"] == "failed");
  CHECK(video["progress"] == 50);
  CHECK(done({"scenes", store, video["$id"], "--json"}).json().at(0)["status"] == "rendered");
}

TEST_CASE("unreadable entries are counted and named, and the exit status is 3", "[tool][trees]") {
  const auto check = [](const char* what, auto&& spoil, int unreadable) {
    INFO(what);
    TemporaryFolder folder;
    const fs::path topic = put_topic(folder / "tree");
    const fs::path spoiled = spoil(topic);
    const std::string source = "legacy:" + (folder / "tree"), store = "file:" + (folder / "store");
    const auto [outcome, report] = migrate(folder, source, store);
    const std::string named = spoiled.lexically_relative(folder / "tree").string();
    INFO(outcome.out << outcome.error);
    CHECK(outcome.status == 3);
    CHECK(report["clean"] == false);
    CHECK(report.at("files").at("not_copied").at("unreadable") == unreadable);
    CHECK(report.at("files").at("unaccounted") == 0);
    CHECK(outcome.out_contains("of the tree cannot be read\n"));
    CHECK(outcome.out_contains("  " + named + ": "));
    CHECK(first_with(report["diagnostics"], "path", named).is_object());
    CHECK(migrate(folder, source, "file:" + (folder / "other"), {"--dry-run"}).outcome.status == 3);
    const ToolResult compared = reel_tool({"verify", source, store}, {.enforces_permissions = true});
    CHECK(compared.status == 3);
    CHECK(compared.out_contains("  " + named + ": "));
    std::error_code gone;
    for (const fs::path& path : {spoiled, spoiled.parent_path()})
      if (!fs::is_symlink(path, gone)) fs::permissions(path, fs::perms::owner_all, gone);
  };
  check(
      "a folder that may not be opened",
      [](const fs::path& topic) {
        fs::permissions(topic / "scene1", fs::perms::none);
        return topic / "scene1";
      },
      1);
  check(
      "a folder that may be listed, not entered",
      [](const fs::path& topic) {
        fs::permissions(topic / "scene2/subplans", fs::perms::owner_read);
        return topic / "scene2/subplans/scene_trace_id.txt";
      },
      1);
  check(
      "a folder that may be entered, not listed",
      [](const fs::path& topic) {
        fs::permissions(topic / "scene2/subplans", fs::perms::owner_exec);
        return topic / "scene2/subplans";
      },
      1);
  check(
      "a file",
      [](const fs::path& topic) {
        fs::permissions(topic / "foo_scene_outline.txt", fs::perms::none);
        return topic / "foo_scene_outline.txt";
      },
      1);
  check(
      "a link to nothing",
      [](const fs::path& topic) {
        fs::create_symlink("gone", topic / "scene3");
        return topic / "scene3";
      },
      0);
  check(
      "a link to itself",
      [](const fs::path& topic) {
        fs::create_symlink("loop", topic / "loop");
        return topic / "loop";
      },
      0);
  check(
      "a link to a folder above",
      [](const fs::path& topic) {
        fs::create_directory_symlink("..", topic / "up");
        return topic / "up";
      },
      0);
  check(
      "a link out of the tree",
      [](const fs::path& topic) {
        put(topic.parent_path().parent_path() / "elsewhere/scene3/subplans/scene_trace_id.txt", "trace");
        fs::create_directory_symlink("../../elsewhere/scene3", topic / "scene3");
        return topic / "scene3";
      },
      0);
  check(
      "a pipe",
      [](const fs::path& topic) {
        REQUIRE(::mkfifo((topic / "pipe").c_str(), 0600) == 0);
        return topic / "pipe";
      },
      0);
  check(
      "a socket",
      [](const fs::path& topic) {
        const fs::path path = topic / "socket";
        ::sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path.string().copy(address.sun_path, sizeof address.sun_path - 1);
        const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
        REQUIRE(::bind(socket, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) == 0);
        ::close(socket);
        return path;
      },
      0);
}

TEST_CASE("a symbolic link inside a tree hides nothing", "[tool][trees]") {
  TemporaryFolder folder;
  const fs::path topic = put_topic(folder / "tree");
  fs::create_directory_symlink("foo", topic.parent_path() / "latest");
  const auto [outcome, report] = migrate(folder, "legacy:" + (folder / "tree"), "file:" + (folder / "store"));
  CHECK(outcome.status == 0);
  CHECK(report.at("files").at("not_copied").at("links") == 1);
}

TEST_CASE("a film of any quality belongs to its scene", "[tool][trees]") {
  for (const char* quality : {"480p15", "2160p60", "1080p29.97", "low_quality", "854x480"}) {
    INFO(quality);
    TemporaryFolder folder;
    const fs::path topic = put_topic(folder / "tree");
    const fs::path film = topic / "media/videos/foo_scene1_v0" / quality / "Scene1.mp4";
    put(film, "film");
    put(film.parent_path() / "Scene1.srt", "1\n00:00:00,000 --> 00:00:02,500\nA\n\n");
    put(film.parent_path() / "partial_movie_files/Scene1/1_2_3.mp4", "part");
    const json found = reel_tool({"doctor", "legacy:" + (folder / "tree"), "--json"}).json();
    CHECK(found["topics"][0]["scenes"][0]["video"] == fs::relative(film, folder / "tree").string());
    const std::string store = "file:" + (folder / "all");
    CHECK(migrate(folder, "legacy:" + (folder / "tree"), store).outcome.status == 0);
    const json video = done({"videos", store, "--json"}).json().at(0);
    CHECK(done({"scenes", store, video["$id"], "--json"}).json().at(0)["video_url"].is_string());
    CHECK(done({"blobs", store, "scene_videos", "ls", "--json"}).json().size() == 1);
    const auto after = written_back(folder, store);
    CHECK(after.count("foo/media/videos/foo_scene1_v0/" + std::string(quality) + "/Scene1.mp4") == 1);
  }
}

TEST_CASE("HTML scenes are read as code", "[tool][trees]") {
  TemporaryFolder folder;
  const fs::path topic = put_topic(folder / "tree");
  put(topic / "scene2/code/foo_scene2_v0.html", "<html>first</html>\n");
  put(topic / "scene2/code/foo_scene2_v0_error.log", "\nError in attempt 0:\nTypeError: x\n");
  put(topic / "scene2/code/foo_scene2_v1.html", "<html>second</html>\n");
  const std::string tree = "legacy:" + (folder / "tree"), store = "file:" + (folder / "store");
  const json found = reel_tool({"doctor", tree, "--json"}).json();
  const json& scene = found["topics"][0]["scenes"][1];
  CHECK(scene["state"] == "coded");
  CHECK(scene["chosen"] == 1);
  CHECK(scene["source"] == "foo/scene2/code/foo_scene2_v1.html");
  CHECK(found["fixes"].size() == 1);
  check_comes_back(folder, folder / "tree");
  const json video = done({"videos", store, "--json"}).json().at(0);
  CHECK(done({"scenes", store, video["$id"], "--json"}).json().at(1)["generated_code"] == "<html>second</html>\n");
}

TEST_CASE("commands that list a tree name the entries that they cannot read", "[tool][trees]") {
  TemporaryFolder folder;
  const fs::path topic = put_topic(folder / "tree");
  const std::string tree = "legacy:" + (folder / "tree");
  const std::vector<Arguments> commands{{"stats", tree},         {"stats", tree, "--json"},
                                        {"videos", tree},        {"videos", tree, "--json"},
                                        {"scenes", tree, "Foo"}, {"blobs", tree, "artifacts", "ls"}};
  for (const Arguments& command : commands) done(command);
  fs::permissions(topic / "scene1", fs::perms::none);
  for (const Arguments& command : commands) {
    const ToolResult outcome = reel_tool(command, {.enforces_permissions = true});
    INFO(command.front() << '\n' << outcome.out << outcome.error);
    CHECK(outcome.status == 3);
    CHECK(outcome.error_contains("reel: 1 entry of the tree cannot be read"));
    CHECK(outcome.error_contains("  foo/scene1: "));
    CHECK_FALSE(outcome.out.empty());
  }
  fs::permissions(topic / "scene1", fs::perms::owner_all);
}

TEST_CASE("a store is not opened as a tree", "[tool][trees]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  const std::string inside = folder / "store";
  const auto before = content_of(inside);
  const auto refused = [](const Arguments& arguments, const std::string& why) {
    const ToolResult outcome = reel_tool(arguments);
    INFO(outcome.out << outcome.error);
    CHECK(outcome.status == 1);
    CHECK(outcome.error_contains("invalid"));
    CHECK(outcome.error_contains(why));
  };
  for (const std::string& folder_of_store : {inside, inside + "/collections", inside + "/new/deeper"}) {
    const std::string tree = "legacy:" + folder_of_store;
    for (const char* command : {"setup", "doctor", "videos", "stats"}) refused({command, tree}, "a store of records");
    refused({"migrate", sample_store(), tree}, "a store of records");
    refused({"migrate", sample_store(), tree, "--dry-run"}, "a store of records");
    refused({"migrate", tree, "memory:"}, "a store of records");
    refused({"verify", tree, "memory:"}, "a store of records");
  }
  CHECK((content_of(inside) == before));
  fs::create_directory_symlink(inside, folder / "by_link");
  refused({"videos", "legacy:" + (folder / "by_link")}, "a store of records");

  write_file(folder / "file", "x");
  refused({"migrate", sample_store(), "legacy:" + (folder / "file")}, "it is not a folder");
  refused({"setup", "legacy:" + (folder / "file")}, "it is not a folder");

  put(folder.path() / "server/films.json", R"({"databases":[],"files":"films.files-0","id":"films"})");
  put(folder.path() / "server/films.files-0/1", "bytes");
  refused({"videos", "legacy:" + (folder / "server")}, "the Appwrite emulator");
  refused({"migrate", sample_store(), "legacy:" + (folder / "server/films.files-0")}, "the Appwrite emulator");

  // Neither is what a store makes of a tree, nor a tree of a file with the same name.
  put_topic(folder / "tree");
  put(folder.path() / "tree/reel.json", "{\"title\":\"mine\"}");
  CHECK(done({"videos", "legacy:" + (folder / "tree"), "--json"}).json().size() == 1);
}

TEST_CASE("a store inside a tree is skipped and named", "[tool][trees]") {
  TemporaryFolder folder;
  put_topic(folder / "tree");
  done({"setup", "file:" + (folder / "tree/kept/scene1")});
  const auto [outcome, report] = migrate(folder, "legacy:" + (folder / "tree"), "file:" + (folder / "store"));
  CHECK(outcome.status == 0);
  CHECK(report.at("files").at("found") == 4);
  CHECK(report.at("files").at("in_target") == 4);
  CHECK(first_with(report["diagnostics"], "code", "store_inside")["path"] == "kept/scene1");
  CHECK(done({"videos", "file:" + (folder / "store"), "--json"}).json().size() == 1);
  const json found = done({"doctor", "legacy:" + (folder / "tree"), "--json"}).json();
  CHECK(found.at("files").at("complete") == true);
  CHECK(found.at("files").at("stores") == 1);
}

TEST_CASE("a tree is not copied into a tree that contains it", "[tool][trees]") {
  TemporaryFolder folder;
  put_topic(folder / "tree/exp");
  const auto before = content_of(folder / "tree");
  const ToolResult outcome = reel_tool({"migrate", "legacy:" + (folder / "tree/exp"), "legacy:" + (folder / "tree")});
  CHECK(outcome.status == 1);
  CHECK(outcome.error_contains("would then contain it twice"));
  CHECK((content_of(folder / "tree") == before));
}

TEST_CASE("metadata of other programs are never a topic, a scene or a film", "[tool][trees]") {
  TemporaryFolder folder;
  const fs::path tree = folder.path() / "tree", topic = put_topic(tree);
  put(topic / "media/videos/foo_scene1_v0/1080p60/Scene1.mp4", "film");
  const auto kept = files_of(tree);
  const json plain = done({"doctor", "legacy:" + tree.string(), "--json"}).json();

  std::size_t foreign = 0;
  const auto add = [&](const std::string& path) {
    put(tree / path, "foreign");
    ++foreign;
  };
  for (const char* name : {"__MACOSX", "@eaDir", ".git", ".svn", ".hg", "lost+found", "$RECYCLE.BIN", ".Trash-1000",
                           ".Trashes", ".fseventsd", ".Spotlight-V100", "System Volume Information", "CVS"}) {
    add(std::string(name) + "/bar/bar_scene_outline.txt");
    add(std::string(name) + "/bar/scene1/code/bar_scene1_v0.py");
    add("foo/" + std::string(name) + "/scene3/subplans/scene_trace_id.txt");
    add("foo/scene1/" + std::string(name) + "/x");
  }
  for (const char* name :
       {"._foo_scene_outline.txt", ".DS_Store", "Thumbs.db", "thumbs.db", "desktop.ini", "Desktop.ini",
        "._session_id.txt", ".#foo_scene_outline.txt", "~$notes.docx", ".~lock.notes.odt#"}) {
    add("foo/" + std::string(name));
    add("metadata/" + std::string(name));
  }
  add("foo/media/videos/foo_scene1_v0/1080p60/._Scene1.mp4");
  add("foo/media/videos/foo_scene1_v0/1080p60/@eaDir/Scene1.mp4");
  add("foo/scene2/._scene_trace_id.txt");
  fs::create_symlink("user@host.1234:5678", topic / ".#foo_scene1_v0.py");
  ++foreign;

  const std::string store = "file:" + (folder / "store");
  const auto [outcome, report] = migrate(folder, "legacy:" + tree.string(), store);
  INFO(outcome.out << outcome.error);
  CHECK(outcome.status == 0);
  CHECK(report.at("files").at("roles").at("foreign") == foreign);
  CHECK(report.at("files").at("not_copied").at("foreign") == foreign);
  CHECK(report.at("files").at("found") == kept.size() + foreign);
  CHECK(report.at("files").at("in_target") == kept.size());
  CHECK(report.at("files").at("unaccounted") == 0);
  CHECK(report["diagnostics"].size() == plain["diagnostics"].size());
  const json found = done({"doctor", "legacy:" + tree.string(), "--json"}).json();
  CHECK(found.at("files").at("complete") == true);
  CHECK(found["topics"] == plain["topics"]);
  CHECK((written_back(folder, store) == kept));
  done({"verify", "legacy:" + tree.string(), "legacy:" + (folder / "copy")});
}

TEST_CASE("editor backups and conflict copies are kept, but not as the original", "[tool][trees]") {
  TemporaryFolder folder;
  const fs::path tree = folder.path() / "tree", topic = put_topic(tree);
  put(topic / "media/videos/foo_scene1_v0/1080p60/Scene1.mp4", "film");
  const json plain = done({"doctor", "legacy:" + tree.string(), "--json"}).json();
  for (const char* path :
       {"foo/foo_scene_outline.txt~", "foo/#foo_scene_outline.txt#", "foo/scene1/code/.foo_scene1_v0.py.swp",
        "foo/scene1/code/foo_scene1_v9.py~", "foo/scene1/code/foo_scene1_v0.py.orig", "foo/foo_combined.mp4~",
        "foo/scene1/code/.ipynb_checkpoints/foo_scene1_v0-checkpoint.py", "foo/.ipynb_checkpoints/scene7/x",
        "foo/scene1/code/foo_scene1_v0 (conflicted copy 2025-06-20).py",
        "foo/scene1/code/foo_scene1_v0.sync-conflict-20250620-101500-ABCDEFG.py",
        "foo/media/videos/foo_scene1_v0/1080p60/Scene1 (Ada's conflicted copy 2025-06-20).mp4",
        "foo/media/videos/foo_scene1_v0/1080p60/Scene1.sync-conflict-20250620-101500-ABCDEFG.mp4",
        "foo (Ada's conflicted copy 2025-06-20)/foo_scene_outline.txt",
        "foo (Ada's conflicted copy 2025-06-20)/scene1/code/foo_scene1_v0.py", "other/bar_scene_outline.txt~",
        "other/scene_outline.txt~"})
    put(tree / path, std::string("backup of ") + path);
  check_comes_back(folder, tree);
  const json found = done({"doctor", "legacy:" + tree.string(), "--json"}).json();
  CHECK(found.at("files").at("complete") == true);
  CHECK(found["topics"] == plain["topics"]);
  CHECK(found["diagnostics"].size() == plain["diagnostics"].size() + 1);  // the copied folder
}

TEST_CASE("system folders of a volume that may not be opened do not count as unreadable", "[tool][trees]") {
  TemporaryFolder folder;
  put_topic(folder / "tree");
  fs::create_directories(folder / "tree/lost+found");
  fs::permissions(folder / "tree/lost+found", fs::perms::none);
  CHECK(migrate(folder, "legacy:" + (folder / "tree"), "file:" + (folder / "store")).outcome.status == 0);
  fs::permissions(folder / "tree/lost+found", fs::perms::owner_all);
}

TEST_CASE("every readable name can be written back", "[tool][trees]") {
  std::string wide;
  while (wide.size() + 4 <= 255) wide += "\U0001F600";
  TemporaryFolder folder;
  const fs::path topic = put_topic(folder / "tree");
  const std::vector<std::string> names{"back\\slash",
                                       "\\",
                                       "a\\\\b",
                                       "a\\x41",
                                       "new\nline",
                                       "tab\there",
                                       "\x1b[31mred",
                                       "\x01\x7f",
                                       wide,
                                       "caf\xE9",
                                       "\xFF\xFE",
                                       "half \xE4\xB8",
                                       "\xED\xA0\x80",
                                       "dots...",
                                       "blank ",
                                       " ",
                                       "\U0001F600",
                                       "e\u0301",
                                       "\u00e9",
                                       "quote\"'",
                                       "a:b|c*?",
                                       "%2F",
                                       "-rf",
                                       "CON",
                                       std::string(255, 'n')};
  for (const std::string& name : names) {
    put(topic / name, "a file in a topic");
    put(topic / "scene1" / name, "a file in a scene");
    put(folder.path() / "tree/outside" / name / "inside", "a file in a folder");
    fs::create_directories(topic / "empty" / name);
  }
  check_comes_back(folder, folder / "tree");
  for (const std::string& name : names) {
    INFO(name);
    CHECK(fs::is_directory(folder.path() / "copy/foo/empty" / name));
  }
}

TEST_CASE("names that differ only in case, normal form or encoding stay distinct", "[tool][trees]") {
  TemporaryFolder folder;
  const fs::path topic = put_topic(folder / "tree");
  int number = 0;
  for (const char* name : {"readme", "README", "e\u0301", "\u00e9", "\xE9", "\\xE9", "\\\\xE9", "Note", "note "})
    put(topic / name, std::to_string(++number));
  check_comes_back(folder, folder / "tree");
}

TEST_CASE("a topic whose folder name is not UTF-8 is copied with its records", "[tool][trees]") {
  TemporaryFolder folder;
  for (const std::string& name : {std::string("caf\xE9"), std::string("tab\there"), std::string("back\\slash")})
    put_topic(folder / "tree", name);
  check_comes_back(folder, folder / "tree");
  CHECK(done({"videos", "file:" + (folder / "store"), "--json"}).json().size() == 3);
}

}  // namespace trees_tests
