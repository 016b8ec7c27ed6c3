#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/tree.hpp>
#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace roots_tests {

using namespace reel::legacy;
namespace fs = std::filesystem;

constexpr std::string_view outline = "<SCENE_1>\nA\n</SCENE_1>\n";

bool has(const Tree& tree, Code code, std::string_view path) {
  return std::ranges::any_of(tree.diagnostics, [&](const Diagnostic& diagnostic) {
    return diagnostic.code == code && diagnostic.path == path;
  });
}

std::vector<std::string> folders(const Tree& tree) {
  std::vector<std::string> result;
  for (const Topic& topic : tree.topics) result.push_back(topic.folder + " " + topic.prefix);
  return result;
}

Tree read(const TreeFolder& folder) { return read_tree(folder.path()); }

TEST_CASE("topic folders are found by content at any depth", "[legacy]") {
  TreeFolder folder;
  write(folder / "output/exp/run/by_outline/by_outline_scene_outline.txt", outline);
  write(folder / "api_outputs/by_bare_outline/scene_outline.txt", outline);
  write(folder / "generated_videos/by_scene/scene3/subplans/scene_trace_id.txt", "id");
  write(folder / "by_video/by_video_combined.mp4");
  write(folder / "no/scenes_old/x.txt");
  write(folder / "no/scene/x.txt");
  write(folder / "no/scene01/x.txt");
  write(folder / "no/other_scene_outline.txt");
  write(folder / "no/other_combined.mp4");
  CHECK(folders(read(folder)) == std::vector<std::string>{"api_outputs/by_bare_outline by_bare_outline",
                                                          "by_video by_video", "generated_videos/by_scene by_scene",
                                                          "output/exp/run/by_outline by_outline"});
}

TEST_CASE("the root itself can be a topic folder", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  write(folder / "foo/scene1/subplans/scene_trace_id.txt", "id");
  const Tree tree = read_tree(folder / "foo");
  CHECK(folders(tree) == std::vector<std::string>{". foo"});
  CHECK(tree.topics[0].scenes.at(0).folder == "scene1");
  CHECK(tree.topics[0].id == video_id("."));
  CHECK(std::ranges::all_of(tree.files, [](const TreeFile& file) { return file.topic == 0; }));
}

TEST_CASE("topics named like the pipeline's own folders are topics", "[legacy]") {
  TreeFolder folder;
  write(folder / "media/media_scene_outline.txt", outline);
  write(folder / "media/media/Tex/a.tex");
  write(folder / "media/scene1/code/media_scene1_v0.py", "class Scene1(Scene): pass");
  write(folder / "scene1/scene1/code/scene1_scene1_v0.py", "class Scene1(Scene): pass");
  write(folder / "scene2/scene2_scene_outline.txt", outline);
  write(folder / "code/code_combined.mp4");
  const Tree tree = read(folder);
  CHECK(folders(tree) == std::vector<std::string>{"code code", "media media", "scene1 scene1", "scene2 scene2"});
  CHECK(tree.topics[1].scenes.at(0).versions.size() == 1);
  CHECK(tree.topics[2].scenes.at(0).versions.size() == 1);
}

TEST_CASE("the topic with the empty prefix is in the output folder beside the others", "[legacy]") {
  TreeFolder folder;
  write(folder / "output/_scene_outline.txt", outline);
  write(folder / "output/session_id.txt", "id");
  write(folder / "output/_combined.mp4");
  write(folder / "output/scene1/code/_scene1_v0.py", "class Scene1(Scene): pass");
  write(folder / "output/media/videos/_scene1_v0/1080p60/Scene1.mp4");
  write(folder / "output/foo/foo_scene_outline.txt", outline);
  write(folder / "output/foo/scene1/code/foo_scene1_v0.py", "class Scene1(Scene): pass");
  write(folder / "output/exp/bar/scene2/subplans/scene_trace_id.txt", "id");
  const Tree tree = read(folder);
  CHECK(folders(tree) == std::vector<std::string>{"output ", "output/exp/bar bar", "output/foo foo"});
  const Topic& empty = tree.topics[0];
  CHECK(empty.state == VideoState::completed);
  CHECK(empty.name.text == "output");
  CHECK(empty.scenes.at(0).video.has_value());
  CHECK(empty.scenes.size() == 1);
  CHECK(has(tree, Code::prefix_collision, "output"));
  // Without an outline it is recognised by the names in its scenes.
  fs::remove(folder / "output/_scene_outline.txt");
  CHECK(folders(read(folder)) == folders(tree));
}

TEST_CASE("a recorded id is used only if exactly one topic has it", "[legacy]") {
  TreeFolder folder;
  const std::string id = "68a1b2c3d4e5f6a7b8c9";
  write(folder / ("output/" + id + "/foo/foo_scene_outline.txt"), outline);
  const Tree one = read(folder);
  CHECK(one.topics.at(0).id == id);
  CHECK(one.topics[0].recorded_id == id);
  // Also if the root is that folder or the topic's folder.
  CHECK(read_tree(folder / "output" / id).topics.at(0).id == id);

  write(folder / ("output/" + id + "/bar/bar_scene_outline.txt"), outline);
  const Tree two = read(folder);
  CHECK(two.topics.at(0).id == video_id("output/" + id + "/bar"));
  CHECK_FALSE(two.topics[0].recorded_id);
  CHECK(two.topics.at(1).id == video_id("output/" + id + "/foo"));
  CHECK(has(two, Code::ambiguous_video_id, "output/" + id + "/foo"));

  fs::remove_all(folder / ("output/" + id + "/bar"));
  write(folder / ("backup/" + id + "/foo/foo_scene_outline.txt"), outline);
  const Tree copies = read(folder);
  CHECK(copies.topics.at(0).id != copies.topics.at(1).id);
  CHECK(has(copies, Code::ambiguous_video_id, "backup/" + id + "/foo"));
  CHECK(has(copies, Code::repeated_prefix, "output/" + id + "/foo"));
}

TEST_CASE("saved copies and snapshots of a topic folder are not topics", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  for (const char* copy : {"foo.bak", "foo~", "foo (copy)", "foo (copy 2)", "foo.orig"}) {
    write(folder / copy / "foo_scene_outline.txt", outline);
    write(folder / copy / "scene1/code/foo_scene1_v0.py", "class Scene1(Scene): pass");
  }
  write(folder / "Big O~/big_o/big_o_scene_outline.txt", outline);
  for (const char* copy : {".snapshot/hourly/foo", "#snapshot/x/foo", ".zfs/snapshot/x/foo"})
    write(folder / copy / "foo_scene_outline.txt", outline);
  const Tree tree = read(folder);
  CHECK(folders(tree) == std::vector<std::string>{"foo foo"});
  CHECK(counts(tree)[static_cast<std::size_t>(Role::foreign)] == 3);
  CHECK(counts(tree)[static_cast<std::size_t>(Role::unknown)] == 11);
  for (const TreeFile& file : tree.files) {
    INFO(file.path);
    const bool is_copy = file.role == Role::unknown;
    CHECK((file.kind == FileKind::backup) == is_copy);
  }
  // A topic with such a name is reported, so that it can be renamed.
  for (const char* copy : {"foo.bak", "foo~", "foo (copy)", "foo (copy 2)", "foo.orig", "Big O~"})
    CHECK(has(tree, Code::backup_folder, copy));
  CHECK(tree.diagnostics.size() == 6);
}

TEST_CASE("installed packages are not topics", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  for (const char* path : {".venv/lib/scene1/x.py", "venv/lib/scene1/x.py", "node_modules/a/scene1/x.js",
                           "env/pyvenv.cfg", "env/lib/scene1/x.py", "foo/node_modules/b/scene2/x.js"})
    write(folder / path);
  const Tree tree = read(folder);
  CHECK(folders(tree) == std::vector<std::string>{"foo foo"});
  CHECK(counts(tree)[static_cast<std::size_t>(Role::foreign)] == 6);
  CHECK(tree.diagnostics.empty());
}

TEST_CASE("topics in a folder that is also a Python environment are topics", "[legacy]") {
  TreeFolder folder;
  for (const char* path : {"pyvenv.cfg", "lib/scene1/x.py", "a/pyvenv.cfg", "a/lib/scene1/x.py", "a/bin/python"})
    write(folder / path);
  write(folder / "foo/foo_scene_outline.txt", outline);
  write(folder / "a/bar/bar_scene_outline.txt", outline);
  const Tree tree = read(folder);
  CHECK(folders(tree) == std::vector<std::string>{"a/bar bar", "foo foo"});
  CHECK(counts(tree)[static_cast<std::size_t>(Role::foreign)] == 3);
}

TEST_CASE("topics named like Python environments are topics", "[legacy]") {
  TreeFolder folder;
  write(folder / "node_modules/node_modules_scene_outline.txt", outline);
  write(folder / "venv/scene1/code/venv_scene1_v0.py", "class Scene1(Scene): pass");
  write(folder / "env/env_combined.mp4");
  CHECK(folders(read(folder)) == std::vector<std::string>{"env env", "node_modules node_modules", "venv venv"});
}

TEST_CASE("a topic's name comes from the caller, or from its folder, or is guessed", "[legacy]") {
  TreeFolder folder;
  write(folder / "output/big_o_notation/big_o_notation_scene_outline.txt", outline);
  write(folder / "output/L'Hôpital's Rule/l_h_pital_s_rule/l_h_pital_s_rule_scene_outline.txt", outline);
  write(folder / "output/newton_s_second_law/newton_s_second_law_scene_outline.txt", outline);
  ReadOptions options;
  options.topics = {{"Big-O Notation", "How fast it grows."}, "Something else"};
  const Tree tree = read_tree(folder.path(), options);
  REQUIRE(tree.topics.size() == 3);
  CHECK(tree.topics[0].prefix == "l_h_pital_s_rule");
  CHECK(tree.topics[0].name.text == "L'Hôpital's Rule");
  CHECK(tree.topics[0].name.source == NameSource::folder);
  CHECK(tree.topics[1].name.text == "Big-O Notation");
  CHECK(tree.topics[1].name.source == NameSource::known);
  CHECK(tree.topics[1].name.description == "How fast it grows.");
  CHECK(tree.topics[2].name.description.empty());
  CHECK(tree.topics[2].name.text == "Newton's Second Law");
  CHECK(tree.topics[2].name.source == NameSource::guess);

  options.topics = {"Big-O Notation", "Big O notation"};
  const Tree collision = read_tree(folder.path(), options);
  CHECK(collision.topics[1].name.source == NameSource::guess);
  CHECK(has(collision, Code::prefix_collision, "output/big_o_notation"));
}

TEST_CASE("a renamed topic folder is read by the common prefix of its files", "[legacy]") {
  TreeFolder folder;
  write(folder / "old backup/foo_scene_outline.txt", outline);
  write(folder / "old backup/scene1/code/foo_scene1_v0.py", "class Scene1(Scene): pass");
  write(folder / "copy/scene2/code/bar_scene2_v0.py", "class Scene2(Scene): pass");
  const Tree tree = read(folder);
  CHECK(folders(tree) == std::vector<std::string>{"copy bar", "old backup foo"});
  CHECK(tree.topics[0].scenes.at(0).source.has_value());
  CHECK(tree.topics[1].scenes.at(0).source.has_value());
  CHECK(has(tree, Code::renamed_folder, "copy"));
  CHECK(has(tree, Code::renamed_folder, "old backup"));
}

TEST_CASE("all variants are read at once", "[legacy]") {
  TreeFolder folder;
  // A: the topic as entered around the folder, a caption file of another kind
  write(folder / "output/Big O!/big_o_/big_o__scene_outline.txt", outline);
  write(folder / "output/Big O!/big_o_/big_o__combined.mp4");
  write(folder / "output/Big O!/big_o_/big_o__combined.vtt");
  write(folder / "output/Big O!/big_o_/big_o__combined_tcm.json");
  write(folder / "output/Big O!/big_o_/scene1/proto_tcm.json");
  // E: the marker names the version, logs of another kind, token counts
  write(folder / "output/edu/edu_scene_outline.txt", outline);
  write(folder / "output/edu/edu_scene_outline_tokens.json");
  write(folder / "output/edu/scene1/succ_rendered.txt", "v2");
  for (const char* version : {"v0", "v1", "v2", "v3"})
    write(folder / ("output/edu/scene1/code/edu_scene1_" + std::string{version} + ".py"), "class Scene1(Scene): pass");
  write(folder / "output/edu/scene1/code/edu_scene1_v1_render_error.log");
  write(folder / "output/edu/scene1/code/scene1_code_tokens.json");
  // V0: flat
  write(folder / "output/flat/scene1/flat_scene1_v0.py", "class Scene1(Scene): pass");
  write(folder / "output/flat/scene1/flat_scene1_v0_error.log", "Error:\nbad\n");
  // PE and by-products beside the topics
  write(folder / "output/pdf_ingest/paper/paper.md");
  const Tree tree = read(folder);
  CHECK(folders(tree) == std::vector<std::string>{"output/Big O!/big_o_ big_o_", "output/edu edu", "output/flat flat"});
  CHECK(tree.topics[0].name.text == "Big O!");
  CHECK(tree.files[tree.topics[0].combined_subtitles.value()].path == "output/Big O!/big_o_/big_o__combined.vtt");
  const Scene& edu = tree.topics[1].scenes.at(0);
  CHECK(edu.chosen == 2);
  CHECK(edu.chosen_by == ChosenBy::marker);
  CHECK(has(tree, Code::stale_versions, "output/edu/scene1/code/edu_scene1_v3.py"));
  CHECK(tree.topics[2].scenes.at(0).state == SceneState::coded);
  for (const TreeFile& file : tree.files) {
    INFO(file.path);
    CHECK(file.role != Role::unknown);
  }
}

TEST_CASE("an empty folder is an entry, and a cache where its files would be cache files", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  for (const char* path : {"foo/scene1/rag_cache", "foo/scene2", "foo/media/Tex", "empty", "scene_outline.txt"})
    fs::create_directories(folder / path);
  const Tree tree = read(folder);
  std::vector<std::string> found;
  for (const TreeFile& file : tree.files)
    if (file.type == EntryType::folder) found.push_back(file.path + " " + std::string(to_string(file.role)));
  CHECK(found == std::vector<std::string>{"empty artifact", "foo/media/Tex cache", "foo/scene1/rag_cache artifact",
                                          "foo/scene2 artifact", "scene_outline.txt artifact"});
  CHECK(tree.topics.size() == 1);
  CHECK(tree.topics.at(0).scenes.size() == 2);
  CHECK(tree.diagnostics.size() == 1);
  CHECK(has(tree, Code::scene_beyond_outline, "foo/scene2"));
}

TEST_CASE("a tree of empty folders has no topics", "[legacy]") {
  TreeFolder folder;
  fs::create_directories(folder / "a/b");
  CHECK(has(read(folder), Code::empty_tree, "."));
}

}  // namespace roots_tests
