#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/tree.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace text_limit_tests {

// The files of records are read within `ReadOptions::max_text_bytes`.

using namespace reel;
using namespace reel::video;

constexpr std::uint64_t MB = 1'000'000;

video::Scene scene_of(const std::filesystem::path& root, std::uint64_t limit, std::size_t index = 0) {
  Legacy tree(root, {.read = {.max_text_bytes = limit}});
  return Repository<Scene, Legacy>(tree).list().records.at(index).value;
}

TEST_CASE("a raised limit applies to the plans that records take from an outline", "[legacy]") {
  const TreeFolder folder;
  write(folder / "tree/p/p_scene_outline.txt",
        "<SCENE_1>\n" + std::string(70 * MB, 'x') + "\n</SCENE_1>\n<SCENE_2>\nB\n</SCENE_2>\n");
  write(folder / "tree/p/scene2/succ_rendered.txt", "");
  CHECK(scene_of(folder / "tree", 100 * MB).scene_plan == "\nB\n");
  CHECK_FALSE(scene_of(folder / "tree", 60 * MB).scene_plan);
  const legacy::Tree tree = legacy::read_tree((folder / "tree").string(), {.max_text_bytes = 100 * MB});
  CHECK(legacy::outline_fragment(tree, tree.topics.at(0), 2) == "\nB\n");
}

TEST_CASE("a lowered limit applies to the files of records, and shortens no value that its attribute can hold",
          "[legacy]") {
  const TreeFolder folder;
  const std::string code(static_cast<std::size_t>(video::long_text), 'c');
  write(folder / "tree/p/scene1/code/p_scene1_v0.py", code);
  write(folder / "tree/p/scene1/code/p_scene1_v0_error.log",
        "\nError in attempt 0:\nbeginning" + std::string(9 * MB, 'e') + "end\n");
  const video::Scene whole = scene_of(folder / "tree", 10 * MB), part = scene_of(folder / "tree", 1000);
  CHECK((whole.generated_code == code));
  CHECK((part.generated_code == code));
  CHECK(whole.error_message.value_or("").starts_with("beginning"));
  CHECK(part.error_message.value_or("").starts_with("eee"));
}

}  // namespace text_limit_tests
