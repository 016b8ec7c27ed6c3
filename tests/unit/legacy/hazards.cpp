#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/tree.hpp>
#include <reel/driver/file/file_calls.hpp>
#include "ordinary_user.hpp"
#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace hazards_tests {

using namespace reel::legacy;
namespace fs = std::filesystem;

constexpr std::string_view outline = "<SCENE_1>\nA\n</SCENE_1>\n";

std::size_t count(const Tree& tree, Code code, std::string_view path) {
  return static_cast<std::size_t>(std::ranges::count_if(tree.diagnostics, [&](const Diagnostic& diagnostic) {
    return diagnostic.code == code && diagnostic.path == path;
  }));
}

const TreeFile* find(const Tree& tree, std::string_view path) {
  const auto found = std::ranges::find(tree.files, path, &TreeFile::path);
  return found == tree.files.end() ? nullptr : &*found;
}

TEST_CASE("a root that is not a tree is refused", "[legacy]") {
  TreeFolder folder;
  const Tree missing = read_tree(folder / "missing");
  CHECK(count(missing, Code::not_a_tree, ".") == 1);
  CHECK(missing.files.empty());

  write(folder / "file");
  CHECK(count(read_tree(folder / "file"), Code::not_a_tree, ".") == 1);

  fs::create_directory(folder / "empty");
  const Tree empty = read_tree(folder / "empty");
  CHECK(count(empty, Code::empty_tree, ".") == 1);
  CHECK(empty.files.empty());

  write(folder / "other/a/b.txt");
  const Tree other = read_tree(folder / "other");
  CHECK(count(other, Code::no_topics, ".") == 1);
  CHECK(other.files.size() == 1);
}

TEST_CASE("a folder whose listing ends with an error is reported, and the names before count", "[legacy]") {
  struct Failing : reel::driver::FileCalls {
    int entries(int folder, std::vector<reel::driver::FolderEntry>& entries) override {
      const std::size_t before = entries.size();
      FileCalls::entries(folder, entries);
      if (entries.size() == before || entries.back().name != "foo") return 0;
      errno = EIO;
      return -1;
    }
  } calls;
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  const Tree tree = read_tree(folder.path(), {}, calls);
  CHECK(count(tree, Code::unreadable_folder, ".") == 1);
  CHECK(count(tree, Code::unreadable_folder, "foo") == 0);
  CHECK(tree.topics.size() == 1);
}

TEST_CASE("symbolic links are listed and never followed", "[legacy]") {
  TreeFolder folder;
  write(folder / "secret.txt", "secret");
  write(folder / "tree/foo/foo_scene_outline.txt", outline);
  write(folder / "tree/foo/scene1/subplans/scene_trace_id.txt", "id");
  fs::create_symlink(folder / "secret.txt", folder / "tree/foo/session_id.txt");
  fs::create_directory_symlink(folder.path(), folder / "tree/out");
  fs::create_directory_symlink(folder / "tree", folder / "tree/foo/up");
  fs::create_symlink("self", folder / "tree/self");
  fs::create_symlink("nowhere", folder / "tree/gone");
  fs::create_directory_symlink("foo", folder / "tree/latest");
  const Tree tree = read_tree(folder / "tree");
  CHECK(tree.files.size() == 8);
  CHECK(tree.topics.size() == 1);
  CHECK(tree.topics.front().session_id.empty());
  CHECK(count(tree, Code::link_outside, "foo/session_id.txt") == 1);
  CHECK(count(tree, Code::link_outside, "out") == 1);
  CHECK(count(tree, Code::link_loop, "foo/up") == 1);
  CHECK(count(tree, Code::link_loop, "self") == 1);
  CHECK(count(tree, Code::link_dangling, "gone") == 1);
  CHECK(count(tree, Code::link_inside, "latest") == 1);
  const TreeFile* link = find(tree, "foo/session_id.txt");
  REQUIRE(link != nullptr);
  CHECK(link->role == Role::unknown);
  const Bytes bytes = load_bytes(tree, *link);
  CHECK(bytes.data.empty());
  REQUIRE(bytes.problem);
  CHECK(bytes.problem->code == Code::unreadable_file);

  // The root itself may be a symbolic link.
  fs::create_directory_symlink(folder / "tree", folder / "by_link");
  CHECK(read_tree(folder / "by_link").topics.size() == 1);
}

TEST_CASE("pipes and sockets are listed and never opened", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  fs::create_directories(folder / "foo/scene1/subplans");
  REQUIRE(mkfifo((folder / "foo/scene1/subplans/scene_trace_id.txt").c_str(), 0600) == 0);
  REQUIRE(mkfifo((folder / "foo/session_id.txt").c_str(), 0600) == 0);
  ReadOptions options;
  options.inspect_texts = true;
  const Tree tree = read_tree(folder.path(), options);
  CHECK(count(tree, Code::special_file, "foo/session_id.txt") == 1);
  CHECK(count(tree, Code::special_file, "foo/scene1/subplans/scene_trace_id.txt") == 1);
  CHECK(tree.files.size() == 3);
  CHECK(load_bytes(tree, *find(tree, "foo/session_id.txt")).problem.has_value());
}

TEST_CASE("an unreadable entry is named and the rest is read", "[legacy]") {
  TreeFolder folder;
  write(folder / "tree/a/a_scene_outline.txt", outline);
  write(folder / "tree/a/scene1/subplans/scene_trace_id.txt", "trace");
  write(folder / "tree/a/scene1/code/a_scene1_v0.py", "class Scene1(Scene): pass\n");
  write(folder / "tree/a/scene1/a_scene1_implementation_plan.txt", "# Scene 1 Implementation Plan\n\nok");
  write(folder / "tree/b/b_scene_outline.txt", outline);
  write(folder / "tree/b/scene1/subplans/scene_trace_id.txt", "trace b");
  fs::permissions(folder.path(), fs::perms::all);
  fs::permissions(folder / "tree/a/a_scene_outline.txt", fs::perms::none);
  fs::permissions(folder / "tree/a/scene1/subplans/scene_trace_id.txt", fs::perms::none);
  fs::permissions(folder / "tree/a/scene1/code/a_scene1_v0.py", fs::perms::none);
  fs::permissions(folder / "tree/a/scene1/a_scene1_implementation_plan.txt", fs::perms::none);
  fs::permissions(folder / "tree/b/scene1/subplans", fs::perms::none);
  Tree tree;
  Tree shut;
  {
    OrdinaryUser user;
    tree = read_tree(folder / "tree");
  }
  fs::permissions(folder / "tree", fs::perms::none);
  {
    OrdinaryUser user;
    shut = read_tree(folder / "tree");
  }
  fs::permissions(folder / "tree", fs::perms::all);
  fs::permissions(folder / "tree/b/scene1/subplans", fs::perms::all);
  CHECK(count(tree, Code::unreadable_file, "a/a_scene_outline.txt") == 1);
  CHECK(count(tree, Code::unreadable_file, "a/scene1/subplans/scene_trace_id.txt") == 1);
  CHECK(count(tree, Code::unreadable_file, "a/scene1/code/a_scene1_v0.py") == 1);
  CHECK(count(tree, Code::unreadable_file, "a/scene1/a_scene1_implementation_plan.txt") == 1);
  CHECK(count(tree, Code::unreadable_folder, "b/scene1/subplans") == 1);
  REQUIRE(tree.topics.size() == 2);
  CHECK(tree.topics[0].outline_health == PlanHealth::unreadable);
  CHECK(tree.topics[0].scenes.at(0).implementation_plan.health == PlanHealth::unreadable);
  CHECK(tree.topics[0].scenes.at(0).state == SceneState::coded);
  CHECK(tree.topics[1].scene_count == 1);
  CHECK(tree.files.size() == 5);
  CHECK(counts(tree)[static_cast<std::size_t>(Role::unreadable)] == 4);
  CHECK(counts(tree)[static_cast<std::size_t>(Role::artifact)] == 1);
  CHECK(std::ranges::count(tree.diagnostics, Code::unreadable_file, &Diagnostic::code) == 4);
  CHECK(count(shut, Code::unreadable_folder, ".") == 1);
}

TEST_CASE("a folder in place of a file is reported, and a file in place of a folder", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  write(folder / "foo/foo_combined.mp4/inside.bin");
  write(folder / "foo/scene1/succ_rendered.txt/inside.bin");
  write(folder / "foo/scene1/code/foo_scene1_v0.py/inside.bin");
  write(folder / "foo/scene2");
  write(folder / "foo/scene1/subplans");
  const Tree tree = read_tree(folder.path());
  CHECK(count(tree, Code::folder_instead_of_file, "foo/foo_combined.mp4") == 1);
  CHECK(count(tree, Code::folder_instead_of_file, "foo/scene1/succ_rendered.txt") == 1);
  CHECK(count(tree, Code::folder_instead_of_file, "foo/scene1/code/foo_scene1_v0.py") == 1);
  CHECK(count(tree, Code::file_instead_of_folder, "foo/scene2") == 1);
  CHECK(count(tree, Code::file_instead_of_folder, "foo/scene1/subplans") == 1);
  REQUIRE(tree.topics.size() == 1);
  CHECK(tree.topics[0].scenes.size() == 1);
  CHECK(tree.topics[0].scenes[0].state == SceneState::allocated);
  CHECK_FALSE(tree.topics[0].combined_video);
  CHECK(tree.files.size() == 6);
}

TEST_CASE("large files are read up to a limit, and a change during reading is noticed", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", std::string(2000, ' ') + std::string{outline});
  write(folder / "foo/session_id.txt", "one");
  ReadOptions options;
  options.max_text_bytes = 1000;
  const Tree bounded = read_tree(folder.path(), options);
  CHECK(count(bounded, Code::too_large, "foo/foo_scene_outline.txt") == 1);
  CHECK(bounded.topics.at(0).outline_health == PlanHealth::unreadable);
  CHECK(bounded.topics[0].scene_count == 0);

  const Tree tree = read_tree(folder.path());
  CHECK(tree.topics.at(0).scene_count == 1);
  CHECK(outline_fragment(tree, tree.topics[0], 1) == "\nA\n");
  CHECK_FALSE(outline_fragment(tree, tree.topics[0], 2));
  const TreeFile& session = *find(tree, "foo/session_id.txt");
  CHECK(load_bytes(tree, session).data == "one");
  CHECK_FALSE(load_bytes(tree, session).problem);
  write(folder / "foo/session_id.txt", "longer");
  REQUIRE(load_bytes(tree, session).problem);
  CHECK(load_bytes(tree, session).problem->code == Code::changed_while_reading);
  write(folder / "foo/session_id.txt", "two");
  fs::last_write_time(folder / "foo/session_id.txt", fs::file_time_type{} + std::chrono::hours{1});
  CHECK(load_bytes(tree, session).problem.has_value());
  const auto listed =
      fs::file_time_type{std::chrono::file_clock::from_sys(std::chrono::sys_time<std::chrono::nanoseconds>{
          std::chrono::nanoseconds{static_cast<std::int64_t>(session.modified_ns)}})};
  fs::last_write_time(folder / "foo/session_id.txt", listed);
  CHECK_FALSE(load_bytes(tree, session).problem);  // same size and time, which cannot be detected
  write(folder / "foo/session_id.txt", "four");
  fs::last_write_time(folder / "foo/session_id.txt", listed);
  CHECK(load_bytes(tree, session).problem.has_value());
  write(folder / "foo/session_id.txt", "1");
  fs::last_write_time(folder / "foo/session_id.txt", listed);
  CHECK(load_bytes(tree, session).problem.has_value());
  fs::remove(folder / "foo/session_id.txt");
  CHECK(load_bytes(tree, session).problem->code == Code::unreadable_file);
}

TEST_CASE("names that are not UTF-8, very long or deeply nested are listed", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  write(folder / "foo/caf\xE9.txt");
  write(folder / "foo/bad\xFF/fine.txt");
  fs::path deep = folder / "foo/deep";
  for (int i = 0; i < 100; ++i) deep /= "0123456789";
  write(deep / std::string(200, 'n'));
  const Tree tree = read_tree(folder.path());
  CHECK(count(tree, Code::name_not_utf8, "foo/caf\xE9.txt") == 1);
  CHECK(count(tree, Code::name_not_utf8, "foo/bad\xFF") == 1);
  CHECK(tree.files.size() == 4);
  CHECK(std::ranges::all_of(tree.files, [](const TreeFile& file) { return file.topic == 0; }));
}

TEST_CASE("a topic whose name is nearly as long as possible is read with the files that can exist", "[legacy]") {
  TreeFolder folder;
  const std::string longest(255, 'p');     // no file in it can repeat the prefix
  const std::string longer(236, 'q');      // room for the outline
  const std::string with_plans(210, 'r');  // room for everything
  write(folder / "output" / longest / "scene1/subplans/scene_trace_id.txt", "id");
  write(folder / "output" / longer / (longer + "_scene_outline.txt"), outline);
  write(folder / "output" / with_plans / "scene1/subplans" / (with_plans + "_scene1_technical_implementation_plan.txt"),
        "<A>");
  const Tree tree = read_tree(folder.path());
  REQUIRE(tree.topics.size() == 3);
  CHECK(tree.topics[0].prefix == longest);
  CHECK(tree.topics[0].scenes.size() == 1);
  CHECK(count(tree, Code::missing_outline, "output/" + longest) == 1);
  CHECK(tree.topics[1].prefix == longer);
  CHECK(tree.topics[1].scene_count == 1);
  CHECK(tree.topics[2].scenes.at(0).technical_plan.health == PlanHealth::good);
  for (const Topic& topic : tree.topics) CHECK(topic.id.size() == 28);
}

TEST_CASE("names that look like paths out of the tree are treated as names", "[legacy]") {
  TreeFolder folder;
  write(folder / "secret.txt", "secret");
  write(folder / "tree/..foo/..foo_scene_outline.txt", outline);
  write(folder / "tree/..foo/..\\..\\secret.txt");
  write(folder / "tree/..foo/%2e%2e%2fsecret.txt");
  write(folder / "tree/..foo/scene1/code/...py");
  write(folder / "tree/..foo/scene1/code/a\nb.py");
  write(folder / "tree/~/C:/scene1/subplans/scene_trace_id.txt", "id");
  const Tree tree = read_tree(folder / "tree");
  CHECK(tree.files.size() == 6);
  REQUIRE(tree.topics.size() == 2);
  CHECK(tree.topics[0].folder == "..foo");
  CHECK(tree.topics[1].folder == "~/C:");
  for (const TreeFile& file : tree.files) {
    INFO(file.path);
    CHECK(fs::exists(path_of(tree, file)));
    CHECK(load_bytes(tree, file).data.find("secret") == std::string::npos);
    CHECK(artifact_id(file.path).size() == 28);
  }
}

TEST_CASE("reading does not change a tree", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  write(folder / "foo/scene1/code/foo_scene1_v0.py", "class Scene1(Scene): pass\n");
  const auto before = fs::last_write_time(folder / "foo");
  fs::permissions(folder / "foo/scene1/code", fs::perms::owner_read | fs::perms::owner_exec);
  const Tree tree = read_tree(folder.path());
  CHECK(tree.files.size() == 2);
  CHECK(fs::last_write_time(folder / "foo") == before);
  fs::permissions(folder / "foo/scene1/code", fs::perms::owner_all);
}

TEST_CASE("media of a scene without a folder are kept and named", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  write(folder / "foo/media/videos/foo_scene9_v0/1080p60/Scene9.mp4");
  const Tree tree = read_tree(folder.path());
  CHECK(count(tree, Code::orphan_media, "foo/media/videos/foo_scene9_v0/1080p60/Scene9.mp4") == 1);
  const TreeFile& video = *find(tree, "foo/media/videos/foo_scene9_v0/1080p60/Scene9.mp4");
  CHECK(video.role == Role::artifact);
  CHECK_FALSE(video.scene);
}

TEST_CASE("different copies, names of other programs and duplicate versions are named", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  write(folder / "foo/scene_outline.txt", "<SCENE_1>\nB\n</SCENE_1>\n");
  write(folder / "foo/bar_scene_outline.txt", outline);
  write(folder / "foo/scene1/foo_scene1_implementation_plan.txt", "# Scene 1 Implementation Plan\n\na");
  write(folder / "foo/scene1/implementation_plan.txt", "# Scene 1 Implementation Plan\n\nb");
  write(folder / "foo/scene1/code/foo_scene1_v0.py", "class Scene1(Scene): pass\n");
  write(folder / "foo/scene1/code/foo_scene2_v0.py", "class Scene2(Scene): pass\n");
  write(folder / "foo/scene1/foo_scene1_v0.py", "class Scene1(Scene): pass # old\n");
  const Tree tree = read_tree(folder.path());
  CHECK(count(tree, Code::outline_copies_differ, "foo/scene_outline.txt") == 1);
  CHECK(count(tree, Code::plan_copies_differ, "foo/scene1/implementation_plan.txt") == 1);
  CHECK(count(tree, Code::foreign_name, "foo/bar_scene_outline.txt") == 1);
  CHECK(count(tree, Code::foreign_name, "foo/scene1/code/foo_scene2_v0.py") == 1);
  CHECK(count(tree, Code::duplicate_version, "foo/scene1/code/foo_scene1_v0.py") == 1);
  const Scene& scene = tree.topics.at(0).scenes.at(0);
  CHECK(tree.files[scene.source.value()].path == "foo/scene1/code/foo_scene1_v0.py");
  CHECK(tree.files[scene.implementation_plan.file.value()].path == "foo/scene1/foo_scene1_implementation_plan.txt");
  CHECK(tree.files[scene.implementation_plan.file.value()].role == Role::content);
  CHECK(find(tree, "foo/scene1/implementation_plan.txt")->role == Role::artifact);
  CHECK(find(tree, "foo/scene1/foo_scene1_v0.py")->role == Role::artifact);
}

TEST_CASE("planning with a good plan and an incomplete part is incomplete", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", outline);
  write(folder / "foo/scene1/foo_scene1_implementation_plan.txt",
        "# Scene 1 Implementation Plan\n\n<A>of an earlier run</A>");
  write(folder / "foo/scene1/subplans/foo_scene1_vision_storyboard_plan.txt", "<A>new</A>");
  CHECK(read_tree(folder.path()).topics.at(0).scenes.at(0).state == SceneState::planned);
  write(folder / "foo/scene1/subplans/foo_scene1_technical_implementation_plan.txt", "");
  const Tree empty = read_tree(folder.path());
  CHECK(empty.topics.at(0).scenes.at(0).state == SceneState::planning_incomplete);
  CHECK(empty.topics[0].scenes[0].implementation_plan.health == PlanHealth::good);
  write(folder / "foo/scene1/subplans/foo_scene1_technical_implementation_plan.txt", "litellm.Timeout: gone");
  const Tree error = read_tree(folder.path());
  CHECK(error.topics.at(0).scenes.at(0).state == SceneState::planning_incomplete);
  CHECK(error.topics[0].scenes[0].implementation_plan.health == PlanHealth::good);
}

TEST_CASE("after a restart sources that are older than version 0 are reported as stale", "[legacy]") {
  TreeFolder folder;
  const fs::path code = folder / "foo/scene1/code";
  write(code / "foo_scene1_v0.py", "class Scene1(Scene): pass\n");
  write(code / "foo_scene1_v1.py", "class Scene1(Scene): pass\n");
  const auto now = fs::last_write_time(code / "foo_scene1_v0.py");
  fs::last_write_time(code / "foo_scene1_v1.py", now - std::chrono::seconds{30});
  CHECK(count(read_tree(folder.path()), Code::stale_versions, "foo/scene1/code/foo_scene1_v1.py") == 0);
  fs::last_write_time(code / "foo_scene1_v1.py", now - std::chrono::hours{1});
  CHECK(count(read_tree(folder.path()), Code::stale_versions, "foo/scene1/code/foo_scene1_v1.py") == 1);
}

TEST_CASE("the video of a scene is the one named after its class, even if the source has two", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/scene1/succ_rendered.txt", "");
  write(folder / "foo/scene1/code/foo_scene1_v0.py", "class Scene7(Scene): pass\nclass Scene1(Scene7): pass\n");
  const fs::path videos = folder / "foo/media/videos/foo_scene1_v0/1080p60";
  write(videos / "Scene1.mp4");
  write(videos / "Scene7.mp4");
  fs::last_write_time(videos / "Scene7.mp4", fs::last_write_time(videos / "Scene1.mp4") + std::chrono::seconds{5});
  const Tree tree = read_tree(folder.path());
  const Scene& scene = tree.topics.at(0).scenes.at(0);
  CHECK(tree.files[scene.video.value()].path == "foo/media/videos/foo_scene1_v0/1080p60/Scene1.mp4");
  CHECK(scene.trusted);
  CHECK_FALSE(scene.code_names_scene);
}

TEST_CASE("line ends are reported as mixed only in a file that has both kinds", "[legacy]") {
  TreeFolder folder;
  write(folder / "foo/foo_scene_outline.txt", "<SCENE_1>\r\nA\r\n</SCENE_1>\r\n");
  write(folder / "bar/bar_scene_outline.txt", outline);
  Tree tree = read_tree(folder.path());
  inspect_texts(tree);
  CHECK(tree.diagnostics.empty());
  write(folder / "foo/scene1/code/foo_scene1_v0.py", "class Scene1(Scene):\r\n    pass\n");
  tree = read_tree(folder.path());
  inspect_texts(tree);
  CHECK(count(tree, Code::mixed_line_ends, "foo") == 1);
  CHECK(count(tree, Code::mixed_line_ends, "foo/scene1/code/foo_scene1_v0.py") == 1);
  CHECK(tree.diagnostics.size() == 2);
}

}  // namespace hazards_tests
