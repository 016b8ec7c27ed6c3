#include <cstdlib>
#include <filesystem>
#include <string>

#include <reel/md5.hpp>

#include "run_tool.hpp"

namespace blobs_tests {

namespace fs = std::filesystem;
using nlohmann::json;

struct Store {
  TemporaryFolder folder;
  std::string url = "file:" + (folder / "store");

  Store() { done({"setup", url}); }
  ToolResult run(const std::string& bucket, std::initializer_list<std::string> rest) const {
    Arguments arguments{"blobs", url, bucket};
    arguments.insert(arguments.end(), rest);
    return reel_tool(arguments, {.folder = folder.path().string()});
  }
  json list(const std::string& bucket) const { return done({"blobs", url, bucket, "ls", "--json"}).json(); }
};

std::string bytes_of_every_value() {
  std::string bytes;
  for (int i = 0; i < 300'000; ++i) bytes += static_cast<char>(i * 7 + i / 256);
  return bytes;
}

TEST_CASE("a file is stored and read back byte for byte", "[tool]") {
  const Store store;
  const std::string bytes = bytes_of_every_value();
  write_file(store.folder / "film.mp4", bytes);
  const ToolResult put = store.run("final_videos", {"put", "film.mp4", "--id", "video_1"});
  CHECK(put.status == 0);
  CHECK(put.out == "video_1: 293.0 KiB, md5 " + reel::md5_hex(bytes) + "\n");

  const json listed = store.list("final_videos");
  REQUIRE(listed.size() == 1);
  CHECK(listed[0]["$id"] == "video_1");
  CHECK(listed[0]["name"] == "film.mp4");
  CHECK(listed[0]["size"] == bytes.size());
  CHECK(listed[0]["md5"] == reel::md5_hex(bytes));
  CHECK(listed[0]["content_type"] == "video/mp4");
  CHECK(store.run("final_videos", {"ls"}).out ==
        "ID            SIZE  TYPE       NAME\nvideo_1  293.0 KiB  video/mp4  film.mp4\n");

  CHECK(store.run("final_videos", {"get", "video_1", "copy.mp4"}).status == 0);
  CHECK((read_file(store.folder / "copy.mp4") == bytes));
  const ToolResult printed = store.run("final_videos", {"get", "video_1", "-"});
  CHECK(printed.status == 0);
  CHECK((printed.out == bytes));

  CHECK(store.run("final_videos", {"rm", "video_1"}).status == 0);
  CHECK(store.list("final_videos").empty());
  for (const char* command : {"rm", "get"}) {
    const ToolResult gone = store.run("final_videos", {command, "video_1"});
    CHECK(gone.status == 1);
    CHECK(gone.error_contains("video_1: not_found"));
  }
}

TEST_CASE("get writes to a file with the blob's name, and replaces one only with --force", "[tool]") {
  const Store store;
  write_file(store.folder / "scene.py", "new\n");
  CHECK(store.run("source_code", {"put", "scene.py", "--id", "code"}).status == 0);
  write_file(store.folder / "scene.py", "old\n");
  const ToolResult refused = store.run("source_code", {"get", "code"});
  CHECK(refused.status == 1);
  CHECK(refused.error_contains("'scene.py' already exists; use --force to replace it"));
  CHECK(read_file(store.folder / "scene.py") == "old\n");
  CHECK(store.run("source_code", {"get", "code", "--force"}).status == 0);
  CHECK(read_file(store.folder / "scene.py") == "new\n");
  fs::create_directory(store.folder / "sub");
  CHECK(store.run("source_code", {"get", "code", "sub"}).status == 0);
  CHECK(read_file(store.folder / "sub/scene.py") == "new\n");
}

TEST_CASE("the file's name is the last component of the blob's name", "[tool]") {
  TemporaryFolder folder;
  for (const json& blob : done({"blobs", sample_store(), "artifacts", "ls", "--json"}).json()) {
    const std::string name = blob["name"];
    if (!name.ends_with("notes.odt")) continue;
    REQUIRE(name.find('/') != std::string::npos);
    Arguments arguments{"blobs", sample_store(), "artifacts", "get", blob["$id"]};
    CHECK(reel_tool(arguments, {.folder = folder.path().string()}).out.starts_with("notes.odt: "));
    CHECK(reel::md5_hex(read_file(folder / "notes.odt")) == blob["md5"].get<std::string>());
    return;
  }
  FAIL("the sample tree has no notes.odt");
}

TEST_CASE("put replaces a blob only with --overwrite", "[tool]") {
  const Store store;
  write_file(store.folder / "a.srt", "one");
  write_file(store.folder / "b.srt", "two");
  CHECK(store.run("subtitles", {"put", "a.srt", "--id", "subs"}).status == 0);
  const ToolResult refused = store.run("subtitles", {"put", "b.srt", "--id", "subs"});
  CHECK(refused.status == 1);
  CHECK(refused.error_contains("subtitles.put subs: already_exists"));
  CHECK(store.run("subtitles", {"get", "subs", "-"}).out == "one");
  CHECK(store.run("subtitles", {"put", "b.srt", "--id", "subs", "--overwrite"}).status == 0);
  CHECK(store.run("subtitles", {"get", "subs", "-"}).out == "two");
}

TEST_CASE("a blob without an id is given one, and the rules of buckets apply", "[tool]") {
  const Store store;
  write_file(store.folder / "a.txt", "text");
  const ToolResult put = store.run("artifacts", {"put", "a.txt"});
  CHECK(put.status == 0);
  CHECK(put.out.starts_with(store.list("artifacts").at(0)["$id"].get<std::string>() + ": 4 B"));
  const auto refused = [&](std::initializer_list<std::string> rest, const char* why) {
    const ToolResult outcome = store.run("final_videos", rest);
    CHECK(outcome.status == 1);
    CHECK(outcome.error_contains(why));
  };
  refused({"put", "a.txt"}, "unsupported_media");
  refused({"put", "missing.mp4"}, "missing.mp4");
  refused({"put", "a.txt", "--id", "no id"}, "invalid");
  refused({"get", "no id"}, "invalid");
  CHECK(store.list("final_videos").empty());
}

TEST_CASE("a resumed put needs the id, and leaves no ledger if there is nothing to resume", "[tool]") {
  const Store store;
  const ScopedVariable state("XDG_STATE_HOME", store.folder / "state");
  write_file(store.folder / "film.mp4", bytes_of_every_value());
  const ToolResult unnamed = store.run("final_videos", {"put", "film.mp4", "--resume"});
  CHECK(unnamed.status == 2);
  CHECK(unnamed.error_contains("--resume needs --id"));
  const ToolResult put = store.run("final_videos", {"put", "film.mp4", "--resume", "--id", "a", "--limit-rate", "50M"});
  CHECK(put.status == 0);
  CHECK(fs::is_empty(store.folder / "state/reel/uploads"));
  CHECK(store.run("final_videos", {"put", "film.mp4", "--resume", "--id", "a"}).error_contains("already_exists"));
  CHECK(store.run("final_videos", {"put", "film.mp4", "--limit-rate", "fast"}).status == 2);
}

TEST_CASE("a scrub reads every blob of a bucket", "[tool]") {
  const Store store;
  for (const char* name : {"a.srt", "b.srt"}) {
    write_file(store.folder / name, std::string("text of ") + name);
    CHECK(store.run("subtitles", {"put", name, "--id", name}).status == 0);
  }
  const ToolResult sound = store.run("subtitles", {"scrub"});
  CHECK(sound.status == 0);
  CHECK(sound.out == "2 blobs read, 26 B intact\n");
  for (const auto& [path, text] : content_of(store.folder / "store")) {
    if (text == "text of b.srt") write_file(path, "text of c.srt");
  }
  const ToolResult damaged = store.run("subtitles", {"scrub"});
  CHECK(damaged.status == 3);
  CHECK(damaged.out_contains("subtitles.scrub b.srt: corrupt"));
  CHECK(damaged.out_contains("2 blobs read, 13 B intact, 1 failed\n"));
}

TEST_CASE("a damaged blob is not written to a file", "[tool]") {
  const Store store;
  write_file(store.folder / "a.srt", "unmistakable");
  CHECK(store.run("subtitles", {"put", "a.srt", "--id", "subs"}).status == 0);
  int damaged = 0;
  for (const auto& [path, text] : content_of(store.folder / "store")) {
    if (text != "unmistakable") continue;
    fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
    write_file(path, "unmistakeable");
    ++damaged;
  }
  REQUIRE(damaged == 1);
  const ToolResult outcome = store.run("subtitles", {"get", "subs", "copy.srt"});
  CHECK(outcome.status == 1);
  CHECK(outcome.error_contains("subtitles.get subs: corrupt"));
  CHECK_FALSE(fs::exists(store.folder / "copy.srt"));
  const ToolResult verified = reel_tool({"verify", store.url, store.url});
  CHECK(verified.status == 3);
  CHECK(verified.out_contains("bucket subtitles subs"));
}

}  // namespace blobs_tests
