#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "reel/backends/legacy/tree.hpp"
#include "support/catch.hpp"
#include "support/legacy/random_tree.hpp"
#include "temporary_folder.hpp"

using namespace reel::legacy;
using namespace legacy_tree;

namespace {

std::string path_at(const Tree& tree, const std::optional<FileIndex>& file) {
  return file ? tree.files.at(*file).path : std::string{};
}

std::string lines(const std::multiset<std::pair<Code, std::string>>& diagnostics) {
  std::string text;
  for (const auto& [code, path] : diagnostics) text += std::string{to_string(code)} + ' ' + path + '\n';
  return text;
}

void check_scene(const Tree& tree, const Topic& topic, const Scene& scene, const SceneTruth& truth, const Truth& all) {
  INFO(topic.folder << " scene " << scene.number);
  CHECK(to_string(scene.state) == to_string(truth.state));
  CHECK(scene.folder == topic.folder + "/scene" + std::to_string(truth.number));
  CHECK(scene.trace_id == truth.trace_id);
  CHECK(scene.chosen == truth.chosen);
  if (truth.chosen_by) CHECK(to_string(scene.chosen_by) == to_string(*truth.chosen_by));
  CHECK(scene.source.has_value() == truth.has_source);
  CHECK(path_at(tree, scene.video) == truth.video);
  CHECK(path_at(tree, scene.subtitles) == truth.subtitles);
  CHECK(path_at(tree, scene.error_log) == truth.error_log);
  CHECK(scene.trusted == truth.trusted);
  CHECK(scene.id == scene_id(topic.folder, scene.number));
  std::int64_t last = 0;
  for (const auto& [path, modified] : all.modified_ns)
    if (path.starts_with(scene.folder + "/")) last = std::max(last, modified);
  CHECK(scene.last_modified_ns >= last);
  CHECK(scene.first_modified_ns == all.modified_ns.at(scene.folder + "/subplans/scene_trace_id.txt"));
}

void check_tree(const Tree& tree, const Truth& truth) {
  std::map<std::string, Role> roles;
  for (const File& file : tree.files) {
    INFO(file.path);
    CHECK(roles.emplace(file.path, file.role).second);
    REQUIRE(truth.roles.count(file.path) == 1);
    CHECK(to_string(file.role) == to_string(truth.roles.at(file.path)));
    CHECK(file.modified_ns == truth.modified_ns.at(file.path));
    CHECK(file.size == std::filesystem::file_size(path_of(tree, file)));
    if (file.scene) CHECK(tree.topics.at(file.topic.value()).find(*file.scene) != nullptr);
  }
  CHECK(roles.size() == truth.roles.size());
  std::array<std::size_t, role_count> expected{};
  for (const auto& [path, role] : truth.roles) ++expected[static_cast<std::size_t>(role)];
  CHECK(counts(tree) == expected);

  REQUIRE(tree.topics.size() == truth.topics.size());
  for (const Topic& topic : tree.topics) {
    INFO(topic.folder);
    REQUIRE(truth.topics.count(topic.folder) == 1);
    const TopicTruth& expect = truth.topics.at(topic.folder);
    CHECK(topic.prefix == expect.prefix);
    CHECK(topic_prefix(expect.topic) == topic.prefix);
    CHECK(topic.scene_count == expect.scene_count);
    CHECK(to_string(topic.state) == to_string(expect.state));
    CHECK(topic.session_id == expect.session_id);
    CHECK(topic.recorded_id.value_or("") == expect.recorded_id);
    CHECK(topic.id == (expect.recorded_id.empty() ? video_id(topic.folder) : expect.recorded_id));
    CHECK(path_at(tree, topic.combined_video) == expect.combined_video);
    CHECK(path_at(tree, topic.combined_subtitles) == expect.combined_subtitles);
    REQUIRE(topic.scenes.size() == expect.scenes.size());
    auto scene = topic.scenes.begin();
    for (const auto& [number, scene_truth] : expect.scenes) {
      REQUIRE(scene->number == number);
      check_scene(tree, topic, *scene++, scene_truth, truth);
    }
  }

  std::multiset<std::pair<Code, std::string>> found;
  std::map<std::string, std::size_t> with_prefix;
  std::size_t repeated = 0;
  for (const Diagnostic& diagnostic : tree.diagnostics) {
    CHECK_FALSE(diagnostic.message.empty());
    if (diagnostic.code == Code::repeated_prefix) {
      ++repeated;
    } else {
      found.emplace(diagnostic.code, diagnostic.path);
    }
  }
  CHECK(lines(found) == lines(truth.diagnostics));
  for (const Topic& topic : tree.topics) ++with_prefix[topic.prefix];
  CHECK(repeated == tree.topics.size() - with_prefix.size());
}

}  // namespace

TEST_CASE("a generated tree reads as it was made", "[legacy]") {
  for (std::uint64_t seed = 1; seed <= 220; ++seed) {
    INFO("seed " << seed);
    TemporaryFolder folder;
    const Truth truth = random_tree(folder.path(), {.seed = seed, .topics = 3, .scenes = 5, .hazards = 0.4});
    ReadOptions options;
    options.inspect_texts = true;
    check_tree(read_tree(folder.path(), options), truth);
  }
}

TEST_CASE("every story of a scene reads as it was made, in both variants", "[legacy]") {
  for (const Variant variant : {Variant::tea, Variant::maa})
    for (int story = 0; story < story_count; ++story)
      for (int version = 0; version < 6; ++version) {
        if (static_cast<Story>(story) == Story::failed && version != 3 && version != 5) continue;
        INFO("story " << story << " version " << version);
        TemporaryFolder folder;
        Generator make{folder.path(), 7};
        TopicSpec topic{
            .around = "output", .topic = "Gauss's Law (E&M)", .prefix = "gauss_s_law_e_m_", .variant = variant};
        topic.scenes = {{.number = 1, .story = static_cast<Story>(story), .version = version}, {.number = 2}};
        topic.outlined = 2;
        make.write(topic);
        ReadOptions options;
        options.inspect_texts = true;
        check_tree(read_tree(folder.path(), options), make.truth());
      }
}

TEST_CASE("reading the same tree elsewhere gives the same result", "[legacy]") {
  TemporaryFolder first;
  TemporaryFolder second;
  const Shape shape{.seed = 11, .topics = 6};
  random_tree(first.path(), shape);
  random_tree(second / "other/name", shape);
  const Tree a = read_tree(first.path());
  const Tree b = read_tree(second / "other/name");
  REQUIRE(a.files.size() == b.files.size());
  for (std::size_t i = 0; i < a.files.size(); ++i) CHECK(a.files[i].path == b.files[i].path);
  REQUIRE(a.topics.size() == b.topics.size());
  for (std::size_t i = 0; i < a.topics.size(); ++i) CHECK(a.topics[i].id == b.topics[i].id);
  REQUIRE(a.diagnostics.size() == b.diagnostics.size());
  for (std::size_t i = 0; i < a.diagnostics.size(); ++i) CHECK(a.diagnostics[i].path == b.diagnostics[i].path);
}

TEST_CASE("ids differ between all videos and scenes of nested roots", "[legacy]") {
  TemporaryFolder folder;
  random_tree(folder.path(), {.seed = 5, .topics = 60, .scenes = 6});
  const Tree tree = read_tree(folder.path());
  std::set<std::string> ids;
  std::size_t expected = 0;
  for (const Topic& topic : tree.topics) {
    ids.insert(topic.id);
    for (const Scene& scene : topic.scenes) ids.insert(scene.id);
    expected += 1 + topic.scenes.size();
  }
  CHECK(tree.topics.size() > 30);
  CHECK(ids.size() == expected);
}
