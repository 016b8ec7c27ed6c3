#include <algorithm>
#include <filesystem>
#include <set>
#include <string>

#include <reel/backends/legacy/tree.hpp>

#include "check_tree.hpp"
#include "support/legacy/random_tree.hpp"
#include "tree_folder.hpp"

namespace generated_trees_tests {

using namespace reel::legacy;
using namespace legacy_tree;
using legacy_tree::Variant;
namespace fs = std::filesystem;

TEST_CASE("a generated tree is read as it was generated", "[legacy]") {
  for (std::uint64_t seed = 1; seed <= 220; ++seed) {
    INFO("seed " << seed);
    TreeFolder folder;
    const Truth truth = random_tree(folder.path(), varied_shape(seed, 0.4));
    ReadOptions options;
    options.inspect_texts = true;
    check_tree(read_tree(folder.path(), options), truth);
  }
}

TEST_CASE("every history of a scene is read as it was generated, in both variants", "[legacy]") {
  for (const Variant variant : {Variant::tea, Variant::maa})
    for (int story = 0; story < story_count; ++story)
      for (int version = 0; version < 6; ++version) {
        if (static_cast<Story>(story) == Story::failed && version != 3 && version != 5) continue;
        INFO("story " << story << " version " << version);
        TreeFolder folder;
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

TEST_CASE("the same tree in another folder is read with the same result", "[legacy]") {
  TreeFolder first;
  TreeFolder second;
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

TEST_CASE("a tree reads the same with any number of folders read in parallel", "[legacy]") {
  TreeFolder folder;
  random_tree(folder.path(), {.seed = 3, .topics = 90, .scenes = 3, .hazards = 0.5});
  const auto told = [&](int parallelism) {
    ReadOptions options;
    options.parallelism = parallelism;
    const Tree tree = read_tree(folder.path(), options);
    std::string text;
    for (const TreeFile& file : tree.files)
      text += file.path + ' ' + std::string(to_string(file.kind)) + ' ' + std::string(to_string(file.role)) + ' ' +
              std::to_string(file.size) + ' ' + std::to_string(static_cast<std::int64_t>(file.modified_ns)) + '\n';
    for (const Topic& topic : tree.topics) {
      text += topic.id + ' ' + topic.evidence + ' ' + std::string(to_string(topic.state)) + '\n';
      for (const Scene& scene : topic.scenes)
        text += scene.id + ' ' + path_at(tree, scene.source) + ' ' + std::string(to_string(scene.state)) + '\n';
    }
    for (const Diagnostic& diagnostic : tree.diagnostics)
      text += diagnostic.path + ' ' + std::string(to_string(diagnostic.code)) + ' ' + diagnostic.message + '\n';
    return text;
  };
  const std::string alone = told(1);
  CHECK(std::ranges::count(alone, '\n') > 1000);
  CHECK(told(2) == alone);
  CHECK(told(16) == alone);
}

TEST_CASE("deeply nested folders are all read, beside many others", "[legacy]") {
  TreeFolder folder;
  fs::path deep = folder.path();
  for (int i = 0; i < 40; ++i) deep /= "d";
  for (int i = 0; i < 100; ++i) write(folder / ("top" + std::to_string(i)) / "file.txt", "x");
  write(deep / "deepest.txt", "x");
  const Tree tree = read_tree(folder.path());
  CHECK(tree.files.size() == 101);
  CHECK(std::ranges::count(tree.files, fs::relative(deep / "deepest.txt", folder.path()).string(), &TreeFile::path) ==
        1);
}

TEST_CASE("ids of all videos and scenes in nested roots differ", "[legacy]") {
  TreeFolder folder;
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

}  // namespace generated_trees_tests
