#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/legacy/tree.hpp>
#include "support/catch.hpp"

namespace real_trees_tests {

using namespace reel::legacy;
namespace fs = std::filesystem;

// Output trees of real pipelines, which are kept outside the project. The expected results were determined by reading
// the files.

fs::path real_trees() {
  const char* const shared = std::getenv("REEL_SHARED");
  return (shared != nullptr ? fs::path{shared} : fs::path{REEL_SOURCE_DIR} / "../shared") / "legacy/trees";
}

struct ExpectedScene {
  int number;
  SceneState state;
  int versions = 0;
  int chosen = -1;
  bool operator==(const ExpectedScene&) const = default;
};

std::vector<ExpectedScene> scenes_of(const Topic& topic) {
  std::vector<ExpectedScene> scenes;
  for (const Scene& scene : topic.scenes)
    scenes.push_back({scene.number, scene.state, static_cast<int>(scene.versions.size()), scene.chosen.value_or(-1)});
  return scenes;
}

std::multiset<std::string> named(const Tree& tree, Code code) {
  std::multiset<std::string> paths;
  for (const Diagnostic& diagnostic : tree.diagnostics)
    if (diagnostic.code == code) paths.insert(diagnostic.path);
  return paths;
}

/// Reads the tree below `name`. Returns nothing if the folder of real trees does not exist.
std::optional<Tree> read_real(const std::string& name) {
  const fs::path trees = real_trees();
  if (!fs::exists(trees)) {
    WARN("skipped: there is no folder " << trees.string() << " (set REEL_SHARED)");
    SUCCEED();
    return {};
  }
  ReadOptions options;
  options.inspect_texts = true;
  return read_tree(trees / name, options);
}

TEST_CASE("real tree: triangle properties, with three failed scenes, one stopped and one planned", "[legacy]") {
  const std::optional<Tree> tree = read_real("salen-theorem");
  if (!tree) return;
  REQUIRE(tree->topics.size() == 2);
  const Topic& topic = tree->topics[0];
  CHECK(topic.folder == "triangle_props/triangle_properties");
  CHECK(topic.prefix == "triangle_properties");
  CHECK(topic.name.text == "Triangle Properties");
  CHECK(topic.name.source == NameSource::guess);
  CHECK(topic.session_id == "279fea58-4b0d-4e1b-b989-17d03883be99");
  CHECK(topic.scene_count == 5);
  CHECK(topic.outlined == std::vector<int>{1, 2, 3, 4, 5});
  CHECK(topic.state == VideoState::failed);
  CHECK(schema_status(topic.state) == "failed");
  CHECK(scenes_of(topic) == std::vector<ExpectedScene>{{1, SceneState::failed, 6, 5},
                                                       {2, SceneState::failed, 6, 5},
                                                       {3, SceneState::failed, 6, 5},
                                                       {4, SceneState::coded, 5, 4},
                                                       {5, SceneState::planned}});
  for (const Scene& scene : topic.scenes) {
    CHECK(scene.trusted);
    CHECK_FALSE(scene.rendered_marker);
    CHECK_FALSE(scene.video);
    CHECK(scene.storyboard.health == PlanHealth::good);
    CHECK(scene.technical_plan.health == PlanHealth::good);
    CHECK(scene.narration_plan.health == PlanHealth::good);
    CHECK(scene.implementation_plan.health == PlanHealth::good);
    if (!scene.chosen) continue;
    CHECK(scene.chosen_by == ChosenBy::last_attempt);
    const std::string name =
        "/code/triangle_properties_scene" + std::to_string(scene.number) + "_v" + std::to_string(*scene.chosen);
    CHECK(tree->files[scene.source.value()].path == scene.folder + name + ".py");
    CHECK(tree->files[scene.error_log.value()].path == scene.folder + name + "_error.log");
  }
  CHECK(topic.scenes[3].trace_id == "00f44b11-e1e6-453c-a351-2f58c740816a");
  const LoadedText log = load_text(*tree, tree->files[topic.scenes[1].error_log.value()]);
  CHECK(last_error(log.text).find("Error in attempt") == std::string_view::npos);
  CHECK(last_error(log.text).ends_with("MutagenError: [Errno 2] No such file or directory: 'dummy_voiceover_cache'"));

  const Topic& other = tree->topics[1];
  CHECK(other.folder == "your_exp_name/your_topic");
  CHECK(other.outline_health == PlanHealth::api_error);
  CHECK(other.scene_count == 0);
  CHECK(other.scenes.empty());
  CHECK(other.state == VideoState::failed);
  CHECK(named(*tree, Code::api_error_outline) ==
        std::multiset<std::string>{"your_exp_name/your_topic/your_topic_scene_outline.txt"});
  CHECK(named(*tree, Code::rich_frames).size() == 8);
  CHECK(tree->diagnostics.size() == 9);

  // 5 scenes x storyboard, technical, implementation; 4 chosen sources; 2 Tex files
  const auto roles = counts(*tree);
  CHECK(roles[static_cast<std::size_t>(Role::content)] == 15);
  CHECK(roles[static_cast<std::size_t>(Role::source_code)] == 4);
  CHECK(roles[static_cast<std::size_t>(Role::cache)] == 2);
  CHECK(roles[static_cast<std::size_t>(Role::unknown)] == 0);
  CHECK(roles[static_cast<std::size_t>(Role::artifact)] == tree->files.size() - 21);
}

TEST_CASE("real tree: pythagorean theorem, in which crossed tags lose the plan of scene 3", "[legacy]") {
  const std::optional<Tree> tree = read_real("snouae-manim");
  if (!tree) return;
  REQUIRE(tree->topics.size() == 1);
  const Topic& topic = tree->topics[0];
  CHECK(topic.folder == "pythagorean_theorem_deepseek/pythagorean_theorem");
  CHECK(topic.session_id == "734770e3-e402-4a97-9e46-56b5f98cf153");
  CHECK(topic.scene_count == 5);
  CHECK(topic.state == VideoState::failed);
  CHECK(scenes_of(topic) == std::vector<ExpectedScene>{{1, SceneState::failed, 4, 3},
                                                       {2, SceneState::planned},
                                                       {3, SceneState::allocated},
                                                       {4, SceneState::planned},
                                                       {5, SceneState::planned}});
  CHECK(outline_fragment(*tree, topic, 1).value_or("").find("Right-Angled Triangle Basics") != std::string::npos);
  CHECK_FALSE(outline_fragment(*tree, topic, 3));
  CHECK(outline_fragment(*tree, topic, 5).has_value());
  CHECK(named(*tree, Code::malformed_outline).size() == 1);
  CHECK(named(*tree, Code::rich_frames).size() == 4);
  CHECK(tree->diagnostics.size() == 5);
  // The log of version 0 contains five runs; the last one is used.
  const Version& first = topic.scenes[0].versions.front();
  const LoadedText log = load_text(*tree, tree->files[first.error_log.value()]);
  CHECK(last_error(log.text).size() < log.text.size() / 2);
  CHECK_FALSE(last_error(log.text).empty());
}

TEST_CASE("real tree: derivative, with plans that are error messages or empty", "[legacy]") {
  const std::optional<Tree> tree = read_real("steamfun-lf");
  if (!tree) return;
  REQUIRE(tree->topics.size() == 3);
  const auto check_outline_only = [](const Topic& topic, const char* folder, const char* session) {
    CHECK(topic.folder == folder);
    CHECK(topic.session_id == session);  // that of the output folder, since the topic has none
    CHECK(topic.scene_count == 7);
    CHECK(topic.scenes.empty());
    CHECK(topic.state == VideoState::planning);
  };
  check_outline_only(tree->topics[0], "demo_output/python_variables_basics", "31e5b8df-9370-4d3f-a370-08abffd26595");
  check_outline_only(tree->topics[2], "test_output/basic_addition", "35ef429e-bf2e-4b87-b27c-05f4ade5f2b4");

  const Topic& topic = tree->topics[1];
  CHECK(topic.folder == "generated_videos/d_erivative");
  CHECK(topic.scene_count == 7);
  CHECK(topic.state == VideoState::planning);
  CHECK(schema_status(topic.state) == "planning");
  CHECK(scenes_of(topic) == std::vector<ExpectedScene>{{1, SceneState::planning_incomplete},
                                                       {2, SceneState::planning_incomplete},
                                                       {3, SceneState::planned},
                                                       {4, SceneState::planning_incomplete}});
  CHECK(topic.scenes[0].narration_plan.health == PlanHealth::api_error);
  CHECK(topic.scenes[0].implementation_plan.health == PlanHealth::api_error);
  CHECK(topic.scenes[0].storyboard.health == PlanHealth::good);
  CHECK(topic.scenes[2].implementation_plan.health == PlanHealth::good);
  CHECK(topic.scenes[3].technical_plan.health == PlanHealth::empty);
  CHECK(topic.scenes[3].narration_plan.health == PlanHealth::missing);
  const std::string base = "generated_videos/d_erivative/scene";
  CHECK(named(*tree, Code::api_error_plan) ==
        std::multiset<std::string>{base + "1/d_erivative_scene1_implementation_plan.txt",
                                   base + "1/subplans/d_erivative_scene1_animation_narration_plan.txt",
                                   base + "2/d_erivative_scene2_implementation_plan.txt",
                                   base + "2/subplans/d_erivative_scene2_animation_narration_plan.txt"});
  CHECK(named(*tree, Code::empty_plan) ==
        std::multiset<std::string>{base + "4/subplans/d_erivative_scene4_technical_implementation_plan.txt"});
  CHECK(tree->diagnostics.size() == 5);
  CHECK(counts(*tree)[static_cast<std::size_t>(Role::unknown)] == 0);
}

TEST_CASE("real trees: the fixes between their versions", "[legacy]") {
  const std::optional<Tree> triangles = read_real("salen-theorem");
  const std::optional<Tree> pythagoras = read_real("snouae-manim");
  const std::optional<Tree> derivative = read_real("steamfun-lf");
  if (!triangles || !pythagoras || !derivative) return;
  const auto hashes = [](const Tree& tree) {
    std::vector<std::string> found;
    for (const MinedFix& fix : tree.fixes) {
      found.push_back(reel::video::pipeline_error_hash(load_text(tree, tree.files[fix.error_log]).text,
                                                       load_text(tree, tree.files[fix.original]).text));
      CHECK(fix.outcome == FixOutcome::failed);
      CHECK(reasoning(tree, fix).value_or("").size() > 100);
    }
    return found;
  };
  // Scenes 1 to 3 have six versions, scene 4 five; hashes computed by the pipeline's Python code.
  CHECK(hashes(*triangles) == std::vector<std::string>{"a213ed79", "335103a7", "23e44e5a", "1a7c13e2", "07fa9390",
                                                       "a213ed79", "f00e34a6", "97186c4e", "c18acdf8", "e6404340",
                                                       "a213ed79", "4214be6d", "2446c289", "c273034d", "31fcde97",
                                                       "a213ed79", "e9ce25e9", "7fe4c1d7", "a79a9660"});
  CHECK(hashes(*pythagoras) == std::vector<std::string>{"a16d073e", "ad2c1bbc", "ad2c1bbc"});
  CHECK(derivative->fixes.empty());
}

}  // namespace real_trees_tests
