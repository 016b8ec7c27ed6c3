#include <filesystem>
#include <map>
#include <string>

#include "run_tool.hpp"

namespace damage_tests {

namespace fs = std::filesystem;

/// Expects exit status 1 and an error that contains every string of `wanted`.
void check_failure(const Arguments& arguments, std::initializer_list<std::string> wanted) {
  const ToolResult outcome = reel_tool(arguments, {.enforces_permissions = true});
  INFO(outcome.error);
  CHECK(outcome.status == 1);
  CHECK(outcome.error_contains("reel: "));
  for (const std::string& text : wanted) CHECK(outcome.error_contains(text));
}

class NotReadable {
 public:
  explicit NotReadable(std::string path) : path_(std::move(path)), before_(fs::status(path_).permissions()) {
    fs::permissions(path_, fs::perms::none);
  }
  NotReadable(const NotReadable&) = delete;
  NotReadable& operator=(const NotReadable&) = delete;
  ~NotReadable() { fs::permissions(path_, before_); }

 private:
  std::string path_;
  fs::perms before_;
};

TEST_CASE("a store of a newer version is refused with its version", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  const std::string file = folder / "store/reel.json";
  std::string text = read_file(file);
  const std::size_t place = text.find("\"version\":");
  REQUIRE(place != std::string::npos);
  text.replace(place, text.find_first_of(",}", place) - place, "\"version\":999");
  write_file(file, text);
  for (const Arguments& arguments : {Arguments{"videos", store}, Arguments{"setup", store},
                                     Arguments{"migrate", "memory:", store}, Arguments{"verify", store, "memory:"}})
    check_failure(arguments, {file, "version 999", "unsupported"});
}

TEST_CASE("a damaged journal is reported with its file", "[tool]") {
  TemporaryFolder folder;
  const std::string store = "file:" + (folder / "store");
  done({"migrate", "legacy:" + sample_tree() + "/output/experiment", store});
  done({"migrate", "legacy:" + sample_tree(), store});
  const std::string journal = folder / "store/collections/videos/records.jsonl";
  std::string text = read_file(journal);
  const std::size_t place = text.find("Gauss");
  REQUIRE(place != std::string::npos);
  text[place] = 'g';
  write_file(journal, text);
  for (const Arguments& arguments : {Arguments{"videos", store}, Arguments{"stats", store}}) {
    const ToolResult outcome = reel_tool(arguments);
    CHECK(outcome.status == 3);
    CHECK_FALSE(outcome.out.empty());
    CHECK(outcome.error_contains("corrupt"));
    CHECK(outcome.error_contains(journal));
  }
  const ToolResult verified = reel_tool({"verify", store, sample_store()});
  CHECK(verified.status == 3);
  CHECK(verified.out_contains("corrupt: "));
  CHECK(verified.out_contains(journal));
}

TEST_CASE("commands that read print the other records and name the damaged ones", "[tool]") {
  TemporaryFolder folder;
  const std::string store = "file:" + (folder / "store");
  done({"migrate", "legacy:" + sample_tree(), store});
  const auto scenes = done({"scenes", store, "gauss", "--json"}).json();
  const auto all = done({"stats", store, "--json"}).json()["scenes"]["total"].get<int>();
  const std::string id = scenes.at(0)["$id"].get<std::string>();
  const std::string journal = folder / "store/collections/scenes/records.jsonl";
  std::string text = read_file(journal);
  const std::size_t at = text.find("scene_number", text.find("\"id\":\"" + id + '"'));
  REQUIRE(at != std::string::npos);
  text[at] = 'S';
  write_file(journal, text);
  const auto check = [&](const Arguments& arguments) {
    ToolResult outcome = reel_tool(arguments);
    INFO(outcome.error);
    CHECK(outcome.status == 3);
    CHECK(outcome.error_contains(id));
    CHECK(outcome.error_contains(journal));
    return outcome;
  };
  CHECK(check({"scenes", store, "gauss", "--json"}).json().size() == scenes.size() - 1);
  CHECK(check({"scenes", store, "gauss"}).out_contains(scenes.at(1)["$id"].get<std::string>()));
  CHECK(check({"stats", store, "--json"}).json()["scenes"]["total"] == all - 1);
  CHECK(check({"stats", store}).out_contains("Scenes"));
}

TEST_CASE("an empty journal of a bucket is reported, and its blobs stay until it is repaired", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  const std::string bucket = folder / "store/buckets/final_videos";
  const auto number_of_files = [](const std::string& path) {
    return std::distance(fs::directory_iterator(path), fs::directory_iterator());
  };
  const auto before = number_of_files(bucket + "/data");
  REQUIRE(before > 0);
  write_file(bucket + "/records.jsonl", "");
  const ToolResult looked = reel_tool({"doctor", store});
  CHECK(looked.status == 1);
  CHECK(looked.out_contains("reel doctor STORE --repair"));
  done({"setup", store});
  CHECK(number_of_files(bucket + "/data") == before);
  const ToolResult repaired = reel_tool({"doctor", store, "--repair"});
  CHECK(repaired.status != 0);
  CHECK(repaired.out_contains("repaired, 0 records saved"));
  CHECK(repaired.out_contains("files of blobs without a record are kept in"));
  done({"setup", store});
  CHECK(number_of_files(bucket + "/damaged") == before);
}

TEST_CASE("a repair reports what it rewrote and created", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  fs::remove(folder / "store/collections/agent_memory/records.jsonl");
  write_file(folder / "store/buckets/subtitles/schema.json", "{");
  const ToolResult repaired = reel_tool({"doctor", store, "--repair"});
  INFO(repaired.out << repaired.error);
  CHECK(repaired.out_contains("schema.json rewritten"));
  CHECK(repaired.out_contains("journal missing: an empty one was created"));
  CHECK_FALSE(repaired.out_contains("can be saved"));
  CHECK(reel_tool({"doctor", store}).status == 0);
}

TEST_CASE("a damaged or missing reel.json is refused with the line to restore", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  const std::string file = folder / "store/reel.json";
  const std::string line = read_file(file);
  for (const std::string& damaged : {std::string(), line.substr(0, 20), "x" + line}) {
    write_file(file, damaged);
    check_failure({"videos", store}, {file, "corrupt", line.substr(0, line.size() - 1)});
  }
  fs::remove(file);
  for (const char* command : {"videos", "setup"}) {
    check_failure({command, store}, {file, "is missing", line.substr(0, line.size() - 1)});
    CHECK_FALSE(reel_tool({command, store}).error_contains("another folder"));
  }
  write_file(file, line);
  done({"videos", store});
}

TEST_CASE("doctor repairs a damaged journal and names the lost records", "[tool]") {
  TemporaryFolder folder;
  const std::string store = "file:" + (folder / "store");
  done({"migrate", "legacy:" + sample_tree(), store});
  const auto videos = done({"videos", store, "--json"}).json().size();
  const std::string journal = folder / "store/collections/videos/records.jsonl";
  const std::string good = read_file(journal);
  std::string text = good;
  const std::size_t place = text.find("Gauss");
  REQUIRE(place != std::string::npos);
  text[place] = 'g';
  write_file(journal, text);
  const std::size_t id_at = text.find("\"id\":\"", text.rfind('\n', place)) + 6;
  const std::string id = text.substr(id_at, text.find('"', id_at) - id_at);

  const ToolResult copied =
      reel_tool({"migrate", store, "file:" + (folder / "copy"), "--report", folder / "report.json"});
  CHECK(copied.status == 3);
  const auto report = nlohmann::json::parse(read_file(folder / "report.json"));
  CHECK(report["clean"] == false);
  REQUIRE_FALSE(report["failures"].empty());
  CHECK(report["failures"][0]["id"] == id);
  CHECK(done({"videos", "file:" + (folder / "copy"), "--json"}).json().size() == videos - 1);

  const ToolResult looked = reel_tool({"doctor", store, "--json"});
  CHECK(looked.status == 1);
  const auto damage = looked.json()["damage"];
  REQUIRE(damage.size() == 1);
  CHECK(damage[0]["collection"] == "videos");
  CHECK(damage[0]["journal"] == journal);
  CHECK(damage[0]["copy"].is_null());
  CHECK(damage[0]["damage"][0]["part"] == "line");
  CHECK(damage[0]["damage"][0]["offset"] == text.rfind('\n', place) + 1);
  CHECK(damage[0]["damage"][0]["given_up"] == nlohmann::json::array({id}));
  CHECK(read_file(journal) == text);
  CHECK(reel_tool({"doctor", store}).out_contains("reel doctor STORE --repair"));

  const ToolResult repaired = reel_tool({"doctor", store, "--repair", "--json"});
  CHECK(repaired.status == 3);
  const auto repairs = repaired.json()["repairs"];
  REQUIRE(repairs.size() == 1);
  CHECK(repairs[0]["saved"] == videos - 1);
  CHECK(read_file(repairs[0]["copy"].get<std::string>()) == text);
  CHECK(done({"videos", store, "--json"}).json().size() == videos - 1);
  CHECK(done({"doctor", store, "--repair", "--json"}).json()["repairs"].empty());
  done({"doctor", store});
  for (const Arguments& wrong : {Arguments{"doctor", "legacy:" + sample_tree(), "--repair"},
                                 Arguments{"doctor", store + "?readonly", "--repair"}})
    CHECK(reel_tool(wrong).status == 2);
}

TEST_CASE("a store is opened read-only on request or if it is not writable", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  const auto stats_of = [](const std::string& url) {
    return Arguments{"stats", url, "--json", "--since", "2000-01-01", "--until", "2001-01-01"};
  };
  const std::string stats = done(stats_of(store)).out;
  const auto below = [&] {
    std::map<std::string, std::string> all;
    for (const auto& entry : fs::recursive_directory_iterator(folder / "store"))
      all[entry.path().string()] = entry.is_regular_file() ? read_file(entry.path().string()) : "";
    return all;
  };
  const auto before = below();
  CHECK(done(stats_of(store + "?readonly")).out == stats);
  done({"doctor", store + "?readonly"});
  check_failure({"setup", "file:" + (folder / "none") + "?readonly"}, {"not_found"});
  check_failure({"blobs", store + "?readonly", "artifacts", "put", "/etc/hostname"}, {"forbidden", "opened read-only"});
  const ToolResult copied =
      reel_tool({"migrate", "legacy:" + sample_tree() + "/output/experiment", store + "?readonly"});
  CHECK(copied.status != 0);
  CHECK(below() == before);
  for (const auto& entry : fs::recursive_directory_iterator(folder / "store"))
    fs::permissions(entry.path(), entry.is_directory() ? fs::perms{0555} : fs::perms{0444});
  fs::permissions(folder / "store", fs::perms{0555});
  fs::permissions(folder.path(), fs::perms{0755});
  const ToolResult read = reel_tool(stats_of(store), {.enforces_permissions = true});
  CHECK(read.status == 0);
  CHECK(read.out == stats);
  CHECK(below() == before);
  for (const auto& entry : fs::recursive_directory_iterator(folder / "store"))
    if (entry.is_directory()) fs::permissions(entry.path(), fs::perms{0755});
  fs::permissions(folder / "store", fs::perms{0755});
}

TEST_CASE("a file that may not be read is reported by name", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  {
    const std::string journal = folder / "store/collections/videos/records.jsonl";
    const NotReadable hidden(journal);
    check_failure({"videos", store}, {journal});
  }
  {
    const NotReadable hidden(folder / "store/reel.json");
    check_failure({"videos", store}, {folder / "store/reel.json"});
  }
  fs::copy(sample_tree(), folder / "tree", fs::copy_options::recursive);
  {
    const NotReadable hidden(folder / "tree");
    check_failure({"videos", "legacy:" + (folder / "tree")}, {folder / "tree", "forbidden"});
  }
  const NotReadable hidden(folder / "tree/output/experiment/notes.odt");
  const ToolResult outcome = reel_tool(
      {"migrate", "legacy:" + (folder / "tree"), "file:" + (folder / "new"), "--report", folder / "report.json"},
      {.enforces_permissions = true});
  CHECK(outcome.status == 3);
  CHECK(outcome.out_contains("output/experiment/notes.odt"));
  const auto report = nlohmann::json::parse(read_file(folder / "report.json"));
  CHECK(report["clean"] == false);
  CHECK(report["kinds"][0]["created"] == 6);
  CHECK(report["files"]["found"] == 206);
  CHECK(report["files"]["not_copied"]["unreadable"] == 1);
  CHECK(report["files"]["unaccounted"] == 0);
  CHECK(report["failures"].empty());
}

TEST_CASE("a store without the pipeline's collections is reported with the command to set it up", "[tool]") {
  TemporaryFolder folder;
  const std::string store = copy_of_sample_store(folder);
  fs::remove_all(folder / "store/collections/videos");
  check_failure({"videos", store}, {"videos.list: not_found", "setup"});
  done({"setup", store});
  CHECK(done({"videos", store}).out == "no videos\n");
  fs::remove_all(folder / "store/buckets/subtitles");
  check_failure({"blobs", store, "subtitles", "ls"}, {"subtitles.list: not_found", "setup"});
  CHECK(done({"stats", store, "--json"}).json()["buckets"][2]["files"] == 0);
}

}  // namespace damage_tests
