#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/reel.hpp>
#include <reel/video/everything.hpp>

#include "run_tool.hpp"

namespace queries_tests {

using nlohmann::json;

std::vector<std::string> topics_of(const json& videos) {
  std::vector<std::string> topics;
  for (const json& video : videos) topics.push_back(video["topic"]);
  return topics;
}

json videos_with(std::initializer_list<std::string> options) {
  Arguments arguments{"videos", sample_store(), "--json"};
  arguments.insert(arguments.end(), options);
  return done(arguments).json();
}

using Topics = std::set<std::string>;
const Topics all{"Bayes Theorem", "Big O Notation", "_", "Gauss's Law E M", "L H Pital's Rule", "Pythagorean Theorem"};

/// Sorted, because the order of the videos depends on the times of the files.
Topics topics_with(std::initializer_list<std::string> options) {
  const auto topics = topics_of(videos_with(options));
  return {topics.begin(), topics.end()};
}

TEST_CASE("videos are listed with the newest first", "[tool]") {
  const json videos = videos_with({});
  CHECK(topics_with({}) == all);
  CHECK(std::is_sorted(videos.rbegin(), videos.rend(), [](const json& older, const json& newer) {
    return older["created_at"].get<std::string>() < newer["created_at"].get<std::string>();
  }));
  const ToolResult table = done({"videos", sample_store()});
  CHECK(table.out.starts_with("ID "));
  std::size_t last = 0;
  for (const std::string& topic : topics_of(videos)) {
    const std::size_t place = table.out.find(" " + topic + "\n");
    REQUIRE(place != std::string::npos);
    CHECK(place > last);
    last = place;
  }
  CHECK(std::count(table.out.begin(), table.out.end(), '\n') == 7);
}

TEST_CASE("videos can be filtered by status, by a part of the topic and by words", "[tool]") {
  CHECK(topics_with({"--status", "completed"}) == Topics{"_", "Pythagorean Theorem"});
  CHECK(topics_with({"--status", "rendering"}).empty());
  CHECK(topics_with({"--topic", "eorem"}) == Topics{"Bayes Theorem", "Pythagorean Theorem"});
  CHECK(topics_with({"--search", "eorem"}).empty());
  CHECK(topics_with({"--search", "theorem"}) == Topics{"Bayes Theorem", "Pythagorean Theorem"});
  CHECK(topics_with({"--search", "rule bayes"}) == Topics{"Bayes Theorem", "L H Pital's Rule"});
  CHECK(topics_with({"--search", "theorem", "--status", "planning"}) == Topics{"Bayes Theorem"});
  CHECK(topics_with({"--topic", "theorem", "--status", "failed"}).empty());
  CHECK(done({"videos", sample_store(), "--topic", "nothing"}).out == "no videos\n");
}

TEST_CASE("a limit is applied, and the number of further records is reported", "[tool]") {
  const json two = videos_with({"--limit", "2"});
  REQUIRE(two.size() == 2);
  CHECK(two[0] == videos_with({})[0]);
  CHECK(two[1] == videos_with({})[1]);
  CHECK(done({"videos", sample_store(), "--limit", "2"}).out_contains("2 of 6 videos"));
  CHECK(done({"videos", sample_store(), "--limit", "1", "--status", "failed"}).out_contains("1 of 3 videos"));
  CHECK_FALSE(done({"videos", sample_store(), "--limit", "6"}).out_contains("--limit"));
}

TEST_CASE("JSON contains every attribute of a video and a scene", "[tool]") {
  const json video = done({"videos", sample_store(), "--json", "--topic", "Pythagorean"}).json().at(0);
  std::set<std::string> wanted{"$id", "$sequence", "$createdAt", "$updatedAt", "$permissions"};
  for (const auto& attribute : reel::schema_of<reel::video::Video>().attributes) wanted.insert(attribute.name);
  std::set<std::string> names;
  for (const auto& [name, value] : video.items()) names.insert(name);
  CHECK(names == wanted);
  CHECK(video["status"] == "completed");
  CHECK(video["scene_count"] == 3);
  CHECK(video["description"].is_null());
  CHECK(video["combined_video_url"] == "video_" + video["$id"].get<std::string>());
  CHECK(reel::parse_timestamp(video["created_at"].get<std::string>()));

  const json scenes = done({"scenes", sample_store(), "Pythagorean Theorem", "--json"}).json();
  REQUIRE(scenes.size() == 3);
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    CHECK(scenes[i]["scene_number"] == i + 1);
    CHECK(scenes[i]["video_id"] == video["$id"]);
    CHECK(scenes[i].size() == reel::schema_of<reel::video::Scene>().attributes.size() + 5);
  }
}

TEST_CASE("a video can be named by its id, its topic or a part of the topic", "[tool]") {
  const json videos = done({"videos", sample_store(), "--json"}).json();
  const auto scenes = [](const std::string& name) { return done({"scenes", sample_store(), name}).out; };
  for (const json& video : videos) {
    const std::string id = video["$id"];
    CHECK(scenes(id).starts_with(id + "  "));
    CHECK(scenes(id) == scenes(video["topic"]));
  }
  CHECK(scenes("pythagorean theorem") == scenes("thagor"));
  CHECK(scenes("gauss").find("failed   129 B") != std::string::npos);
  CHECK(scenes("Big O").ends_with("no scenes\n"));

  const ToolResult several = reel_tool({"scenes", sample_store(), "theorem"});
  CHECK(several.status == 1);
  CHECK(several.error_contains("'theorem' matches 2 videos"));
  CHECK(several.error_contains("Bayes Theorem"));
  CHECK(several.error_contains("Pythagorean Theorem"));
  const ToolResult none = reel_tool({"scenes", sample_store(), "Calculus"});
  CHECK(none.status == 1);
  CHECK(none.error_contains("reel: not_found: no video has the id 'Calculus' or a topic that contains it"));
}

TEST_CASE("stats agree with the listed records", "[tool]") {
  const json stats = done({"stats", sample_store(), "--json"}).json();
  CHECK(stats["videos"]["total"] == all.size());
  for (const auto& [status, count] : stats["videos"]["by_status"].items())
    CHECK(videos_with({"--status", status}).size() == count);
  CHECK(stats["videos"]["by_status"].size() == 7);
  CHECK(stats["videos"]["completed_share"] == 2.0 / 6);

  std::map<std::string, std::int64_t> by_status{{"planned", 0}, {"coded", 0}, {"rendered", 0}, {"failed", 0}};
  for (const json& video : done({"videos", sample_store(), "--json"}).json()) {
    const json scenes = done({"scenes", sample_store(), video["$id"], "--json"}).json();
    for (const json& scene : scenes) ++by_status.at(scene["status"]);
  }
  CHECK(stats["scenes"]["by_status"] == json(by_status));

  REQUIRE(stats["buckets"].size() == 5);
  for (const json& bucket : stats["buckets"]) {
    std::int64_t bytes = 0;
    const json blobs = done({"blobs", sample_store(), bucket["id"], "ls", "--json"}).json();
    for (const json& blob : blobs) bytes += blob["size"].get<std::int64_t>();
    CHECK(bucket["files"] == blobs.size());
    CHECK(bucket["bytes"] == bytes);
  }
  const ToolResult table = done({"stats", sample_store()});
  for (const char* line : {"planning       1\n", "completed      2\n", "total          6\n", "final_videos"})
    CHECK(table.out_contains(line));
}

TEST_CASE("a legacy tree answers queries as the store it was copied into", "[tool]") {
  const std::string tree = "legacy:" + sample_tree();
  for (const Arguments& rest :
       {Arguments{"videos", "--json"}, Arguments{"videos", "--search", "theorem", "--json"},
        Arguments{"stats", "--json", "--since", "2000-01-01", "--until", "2001-01-01"},
        Arguments{"stats", "--since", "2000-01-01", "--until", "2001-01-01"}, Arguments{"videos"}}) {
    Arguments of_tree{rest[0], tree}, of_store{rest[0], sample_store()};
    of_tree.insert(of_tree.end(), rest.begin() + 1, rest.end());
    of_store.insert(of_store.end(), rest.begin() + 1, rest.end());
    CHECK(done(of_tree).out == done(of_store).out);
  }
  CHECK(done({"scenes", tree, "gauss"}).out == done({"scenes", sample_store(), "gauss"}).out);
}

TEST_CASE("without a terminal topics are not cut, and control characters are escaped", "[tool]") {
  TemporaryFolder folder;
  const std::string url = "file:" + (folder / "store");
  done({"setup", url});
  const std::string topic = std::string(100, 'x') + "\x1b[31m " + std::string(100, 'y') + "\nand more";
  {
    reel::Filesystem store(folder / "store");
    reel::Repository<reel::video::Video, reel::Filesystem>(store).create({.topic = topic});
  }
  const ToolResult table = done({"videos", url});
  CHECK(table.out_contains(std::string(100, 'x') + " [31m " + std::string(100, 'y') + " and more\n"));
  CHECK(done({"videos", url, "--json"}).json()[0]["topic"] == topic);
}

}  // namespace queries_tests
