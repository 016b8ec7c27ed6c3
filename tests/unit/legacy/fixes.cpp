#include <reel/backends/legacy/fixes.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/tree.hpp>
#include <reel/reel.hpp>
#include <reel/video/everything.hpp>
#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace fixes_tests {

using namespace reel::legacy;
namespace fs = std::filesystem;
using reel::field;
using reel::video::Fix;
using reel::video::FixMethod;

/// Versions 0 to 2 of one scene: two that failed and one that succeeded.
struct World {
  TreeFolder folder{};
  fs::path code = folder / "output/big_o/scene1/code";

  World() {
    write(folder / "output/big_o/big_o_scene_outline.txt", "<SCENE_1>\nA\n</SCENE_1>\n");
    write(code / "big_o_scene1_v0.py", "class Scene1(Scene):\r\n    zero\r\n");
    write(code / "big_o_scene1_v0_error.log",
          "\nError in attempt 0:\nold\n\nError in attempt 0:\nTraceback\nNameError: name 'zero1' is not defined\n\n");
    write(code / "big_o_scene1_v1.py", "class Scene1(Scene):\n    one\n");
    write(code / "big_o_scene1_v1_fix_log.txt", "<THINKING>\nzero is no name\n</THINKING>\n```python\n");
    write(code / "big_o_scene1_v1_error.log", "\nError in attempt 0:\nTypeError: one\n\n");
    write(code / "big_o_scene1_v2.py", "class Scene1(Scene):\n    two\n");
    write(folder / "output/big_o/scene1/succ_rendered.txt", "");
  }
  [[nodiscard]] Tree read(std::vector<KnownTopic> topics = {}) const {
    ReadOptions options;
    options.topics = std::move(topics);
    return read_tree(folder.path(), options);
  }
};

std::vector<std::string> doubtful(const Tree& tree) {
  std::vector<std::string> paths;
  for (const Diagnostic& diagnostic : tree.diagnostics)
    if (diagnostic.code == Code::doubtful_fix) paths.push_back(diagnostic.path);
  return paths;
}

const std::string base = "output/big_o/scene1/code/big_o_scene1_";

TEST_CASE("the reasoning of the model is the text between its tags", "[legacy]") {
  CHECK(reasoning("a<THINKING>b\n</THINKING>c</THINKING>") == "b\n");
  CHECK_FALSE(reasoning("<THINKING>b"));
  CHECK_FALSE(reasoning("b</THINKING>"));
  CHECK_FALSE(reasoning(""));
}

TEST_CASE("a failed version and the next form a fix, and the next determines its success", "[legacy]") {
  const World world;
  const Tree tree = world.read();
  REQUIRE(tree.fixes.size() == 2);
  CHECK(doubtful(tree).empty());
  CHECK(tree.fixes[0].outcome == FixOutcome::failed);
  CHECK(tree.fixes[1].outcome == FixOutcome::worked);
  CHECK(reasoning(tree, tree.fixes[0]) == "\nzero is no name\n");
  CHECK_FALSE(reasoning(tree, tree.fixes[1]));
  CHECK(find_fix(tree, fix_id("output/big_o", 1, 1)) == &tree.fixes[1]);
  CHECK(find_fix(tree, fix_id("output/big_o", 1, 2)) == nullptr);
  CHECK(tree.fixes[0].id.size() == 28);

  fs::remove(world.folder / "output/big_o/scene1/succ_rendered.txt");
  CHECK(world.read().fixes.at(1).outcome == FixOutcome::unknown);
  fs::remove(world.code / "big_o_scene1_v1.py");  // nothing is a fix across a gap
  CHECK(world.read().fixes.empty());
}

TEST_CASE("the mined fixes are the records of agent_memory", "[legacy]") {
  const World world;
  reel::Legacy store(world.folder.path().string(), {.read = {.topics = {"Big O"}}});
  const reel::Repository<Fix, reel::Legacy> fixes(store);
  const reel::Page<Fix> page = fixes.list();
  REQUIRE(page.records.size() == 2);
  const reel::Record<Fix>& first = page.records[0];
  CHECK(first.id.str() == store.tree().fixes[0].id);
  CHECK(first.value.original_code == "class Scene1(Scene):\r\n    zero\r\n");
  CHECK(first.value.fixed_code == "class Scene1(Scene):\n    one\n");
  CHECK(first.value.error_message == "Traceback\nNameError: name 'zero1' is not defined");
  CHECK(first.value.error_hash ==
        reel::video::pipeline_error_hash("Traceback\nNameError: name 'zero1' is not defined\n\n",
                                         "class Scene1(Scene):\n    zero\n"));
  CHECK(first.value.topic == "Big O");
  CHECK_FALSE(first.value.scene_type);
  CHECK(first.value.fix_method == FixMethod::llm);
  CHECK(first.value.failure_count == 1);
  CHECK(first.value.success_count == 0);
  CHECK_FALSE(first.value.confidence_score);
  CHECK(first.value.created_at <= first.value.updated_at);
  CHECK(page.records[1].value.fix_method == FixMethod::automatic);
  CHECK(page.records[1].value.success_count == 1);
  CHECK(page.records[1].value.failure_count == 0);
  CHECK(fixes.count(reel::Query<Fix>{}.where(field<&Fix::error_message>.search("nameerror"))) == 1);
  CHECK(fixes.count(reel::Query<Fix>{}.where(field<&Fix::error_hash> == first.value.error_hash)) == 1);
}

TEST_CASE("a topic that is longer than the attribute is left out of a fix and not cut", "[legacy]") {
  const World world;
  const std::string topic = "Big" + std::string(98, ' ') + "O";
  reel::Legacy store(world.folder.path().string(), {.read = {.topics = {topic}}});
  CHECK(store.tree().topics.at(0).name.text == topic);
  CHECK_FALSE(reel::Repository<Fix, reel::Legacy>(store).list().records.at(0).value.topic);
}

TEST_CASE("versions that may be unrelated form no fix and are named", "[legacy]") {
  World world;
  const auto old = fs::last_write_time(world.code / "big_o_scene1_v0.py");

  SECTION("S: a restart rewrote version 0") {
    fs::last_write_time(world.code / "big_o_scene1_v0.py", old + std::chrono::hours{1});
    const Tree tree = world.read();
    CHECK(tree.fixes.size() == 1);
    CHECK(doubtful(tree) == std::vector<std::string>{base + "v1.py"});
  }
  SECTION("S: the earlier version is the one that was rendered") {
    write(world.folder / "output/big_o/scene1/succ_rendered.txt", "v0");
    const Tree tree = world.read();
    CHECK(tree.fixes.size() == 1);
    CHECK(doubtful(tree) == std::vector<std::string>{base + "v1.py"});
  }
  SECTION("the folder holds the code of two scenes") {
    write(world.code / "big_o_scene1_v0.py", "class Scene7(Scene):\n    zero\n");
    const Tree tree = world.read();
    CHECK(tree.fixes.empty());
    CHECK(doubtful(tree) == std::vector<std::string>{base + "v1.py", base + "v2.py"});
  }
}

}  // namespace fixes_tests
