#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/tree.hpp>
#include "ordinary_user.hpp"
#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace diagnostics_tests {

using namespace reel::legacy;
namespace fs = std::filesystem;

// The smallest tree for every code, so that the enumeration has no code that is never reported.

void write(const fs::path& path, std::string_view bytes = "x") {
  fs::create_directories(path.parent_path());
  std::ofstream{path, std::ios::binary} << bytes;
}

constexpr std::string_view outline = "<SCENE_1>\nA\n</SCENE_1>\n";
constexpr std::string_view source = "class Scene1(Scene): pass\n";

Tree inspected(const fs::path& root, ReadOptions options = {}) {
  options.inspect_texts = true;
  return read_tree(root, options);
}

/// Creates a tree in the empty folder `root`, and returns the path with which the code is reported.
struct Case {
  std::string path;
  std::function<void(const fs::path& root)> make{};
  std::function<Tree(const fs::path& root)> read = [](const fs::path& root) { return inspected(root); };
};

/// A tree with a topic `foo` with an outline.
Case topic(const std::string& path, std::function<void(const fs::path& foo)> make) {
  return {"foo/" + path, [make = std::move(make)](const fs::path& root) {
            write(root / "foo/foo_scene_outline.txt", outline);
            make(root / "foo");
          }};
}

/// A tree with a topic `foo` whose outline is `text`.
Case outlined(std::string_view text) {
  return {"foo/foo_scene_outline.txt",
          [text](const fs::path& root) { write(root / "foo/foo_scene_outline.txt", text); }};
}

Case text(std::string_view bytes) {
  return topic("scene1/code/foo_scene1_v0_error.log",
               [bytes](const fs::path& foo) { write(foo / "scene1/code/foo_scene1_v0_error.log", bytes); });
}

/// A tree with a topic `foo` that is read as records.
Case served(const std::string& path, std::function<void(const fs::path& foo)> make) {
  Case found = topic(path, std::move(make));
  found.read = [](const fs::path& root) { return reel::Legacy(root).tree(); };
  return found;
}

/// A tree with an entry that no ordinary user may read.
Case shut(const std::string& path) {
  return {path,
          [path](const fs::path& root) {
            write(root / "foo/foo_scene_outline.txt", outline);
            fs::permissions(root, fs::perms::all);
            fs::permissions(root / path, fs::perms::none);
          },
          [path](const fs::path& root) {
            Tree tree;
            {
              const OrdinaryUser user;
              tree = inspected(root);
            }
            fs::permissions(root / path, fs::perms::all);
            return tree;
          }};
}

Case link(const std::string& path, const fs::path& target) {
  return topic(path, [path, target](const fs::path& foo) { fs::create_symlink(target, foo / path); });
}

void render(const fs::path& foo) {
  write(foo / "scene1/succ_rendered.txt", "");
  write(foo / "scene1/code/foo_scene1_v0.py", source);
  write(foo / "media/videos/foo_scene1_v0/1080p60/Scene1.mp4", "film");
}

const std::string code = "scene1/code/foo_scene1_";
const std::string plan = "scene1/subplans/foo_scene1_technical_implementation_plan.txt";

Case changed() {
  Case made = topic("foo_scene_outline.txt", [](const fs::path&) {});
  made.read = [](const fs::path& root) {
    Tree tree = read_tree(root);
    write(root / "foo/foo_scene_outline.txt", "longer than the outline that was there before");
    inspect_texts(tree);
    return tree;
  };
  return made;
}

Case large() {
  Case made = topic("foo_scene_outline.txt", [](const fs::path&) {});
  made.read = [](const fs::path& root) {
    ReadOptions options;
    options.max_text_bytes = 10;
    return inspected(root, options);
  };
  return made;
}

std::map<Code, Case> cases() {
  const auto nothing = [](const fs::path&) {};
  const auto in_other_folder = [](const char* other) {
    return [other](const fs::path& root) {
      write(root / "foo/foo_scene_outline.txt", outline);
      write(root / other / "foo/foo_scene_outline.txt", outline);
    };
  };
  std::map<Code, Case> all;
  all[Code::not_a_tree] = {".", nothing, [](const fs::path& root) { return inspected(root / "gone"); }};
  all[Code::empty_tree] = {".", nothing};
  all[Code::no_topics] = {".", [](const fs::path& root) { write(root / "letter.txt"); }};
  all[Code::unreadable_folder] = shut("foo");
  all[Code::unreadable_file] = shut("foo/foo_scene_outline.txt");
  all[Code::changed_while_reading] = changed();
  all[Code::too_large] = large();
  all[Code::link_inside] = link("again", "foo_scene_outline.txt");
  all[Code::link_outside] = link("out", "/");
  all[Code::link_loop] = link("loop", "loop");
  all[Code::link_dangling] = link("gone", "nowhere");
  all[Code::special_file] =
      topic("pipe", [](const fs::path& foo) { REQUIRE(mkfifo((foo / "pipe").c_str(), 0600) == 0); });
  all[Code::name_not_utf8] = topic("caf\xE9", [](const fs::path& foo) { write(foo / "caf\xE9"); });
  all[Code::folder_instead_of_file] =
      topic("foo_combined.mp4", [](const fs::path& foo) { fs::create_directory(foo / "foo_combined.mp4"); });
  all[Code::file_instead_of_folder] = topic("scene1", [](const fs::path& foo) { write(foo / "scene1"); });
  all[Code::foreign_name] =
      topic("bar_scene_outline.txt", [](const fs::path& foo) { write(foo / "bar_scene_outline.txt", outline); });
  all[Code::renamed_folder] = {"copy", [](const fs::path& root) {
                                 write(root / "copy/foo_scene_outline.txt", outline);
                                 write(root / "copy/scene1/subplans/scene_trace_id.txt");
                               }};
  all[Code::prefix_collision] = {"_", [](const fs::path& root) { write(root / "_/__scene_outline.txt", outline); }};
  all[Code::repeated_prefix] = {"other/foo", in_other_folder("other")};
  all[Code::ambiguous_video_id] = {
      "68a1b2c3d4e5f6a7b8c9/foo", [](const fs::path& root) {
        for (const char* name : {"foo", "bar"})
          write(root / "68a1b2c3d4e5f6a7b8c9" / name / (std::string{name} + "_scene_outline.txt"), outline);
      }};
  all[Code::missing_outline] = {"foo", [](const fs::path& root) { write(root / "foo/foo_combined.mp4"); }};
  all[Code::empty_outline] = outlined("");
  all[Code::api_error_outline] = outlined("litellm.Timeout: APITimeoutError - Request timed out.");
  all[Code::malformed_outline] = outlined("<SCENE_1>\nA\n</SCENE_2>\n");
  all[Code::outline_copies_differ] =
      topic("scene_outline.txt", [](const fs::path& foo) { write(foo / "scene_outline.txt", "other"); });
  all[Code::scene_beyond_outline] =
      topic("scene2", [](const fs::path& foo) { write(foo / "scene2/subplans/scene_trace_id.txt"); });
  all[Code::partial_combination] =
      topic("foo_combined.mp4", [](const fs::path& foo) { write(foo / "foo_combined.mp4"); });
  all[Code::empty_plan] = topic(plan, [](const fs::path& foo) { write(foo / plan, ""); });
  all[Code::api_error_plan] = topic(plan, [](const fs::path& foo) { write(foo / plan, "litellm.Timeout: gone"); });
  all[Code::plan_copies_differ] = topic("scene1/implementation_plan.txt", [](const fs::path& foo) {
    write(foo / "scene1/implementation_plan.txt", "a");
    write(foo / "scene1/foo_scene1_implementation_plan.txt", "b");
  });
  all[Code::renumbered_scene] =
      topic(code + "v0.py", [](const fs::path& foo) { write(foo / (code + "v0.py"), "class Scene7(Scene): pass\n"); });
  all[Code::stale_versions] = topic(code + "v1.py", [](const fs::path& foo) {
    render(foo);
    write(foo / "scene1/succ_rendered.txt", "v0");
    write(foo / (code + "v1.py"), source);
  });
  all[Code::duplicate_version] = topic(code + "v0.py", [](const fs::path& foo) {
    write(foo / (code + "v0.py"), source);
    write(foo / "scene1/foo_scene1_v0.py", source);
  });
  all[Code::source_missing] = topic("scene1", [](const fs::path& foo) {
    write(foo / "scene1/succ_rendered.txt", "");
    write(foo / (code + "v0_init_log.txt"));
  });
  all[Code::video_missing] = topic("scene1", [](const fs::path& foo) {
    write(foo / "scene1/succ_rendered.txt", "");
    write(foo / (code + "v0.py"), source);
  });
  all[Code::empty_video] = topic("foo_combined.mp4", [](const fs::path& foo) { write(foo / "foo_combined.mp4", ""); });
  all[Code::orphan_media] = topic("media/videos/foo_scene9_v0/1080p60/Scene9.mp4", [](const fs::path& foo) {
    write(foo / "media/videos/foo_scene9_v0/1080p60/Scene9.mp4");
  });
  all[Code::doubtful_fix] = topic(code + "v1.py", [](const fs::path& foo) {
    render(foo);
    write(foo / "scene1/succ_rendered.txt", "v0");
    write(foo / (code + "v0_error.log"), "\nError in attempt 0:\nNameError\n");
    write(foo / (code + "v1.py"), source);
  });
  all[Code::damaged_sidecar] = topic(".reel.json", [](const fs::path& foo) { write(foo / ".reel.json", "{\"vid"); });
  all[Code::store_inside] =
      topic("kept", [](const fs::path& foo) { write(foo / "kept/reel.json", R"({"reel":"store","version":1})"); });
  all[Code::backup_folder] =
      topic("foo.bak", [](const fs::path& foo) { write(foo / "foo.bak/foo_scene_outline.txt", outline); });
  all[Code::value_shortened] = served(code + "v0.py", [](const fs::path& foo) {
    write(foo / (code + "v0.py"), std::string(source) + std::string(1'000'000, '#'));
  });
  all[Code::value_left_out] =
      served("", [](const fs::path& foo) { write(foo / "session_id.txt", std::string(124, 's')); });
  all[Code::value_left_out].path = "foo";
  all[Code::kept_as_artifact] =
      topic(code + "v0.html", [](const fs::path& foo) { write(foo / (code + "v0.html"), "<html></html>"); });
  all[Code::cp1252_text] = text("Newton\x92s\n");
  all[Code::byte_order_mark] = text(
      "\xEF\xBB\xBF"
      "A\n");
  all[Code::mixed_line_ends] = text("a\r\nb\n");
  all[Code::rich_frames] = text("╭──── Traceback ────╮\n");
  return all;
}

TEST_CASE("every diagnostic code is reported for some tree with its path, and the rest is read", "[legacy]") {
  const std::map<Code, Case> all = cases();
  for (int number = 0; !to_string(static_cast<Code>(number)).empty(); ++number) {
    const Code wanted = static_cast<Code>(number);
    INFO(to_string(wanted));
    const auto found = all.find(wanted);
    REQUIRE(found != all.end());
    TreeFolder folder;
    fs::permissions(folder.path(), fs::perms::all);
    found->second.make(folder.path());
    const Tree tree = found->second.read(folder.path());
    CHECK(std::ranges::any_of(tree.diagnostics, [&](const Diagnostic& diagnostic) {
      return diagnostic.code == wanted && diagnostic.path == found->second.path && !diagnostic.message.empty() &&
             diagnostic.severity == severity(wanted);
    }));
    const std::string& path = found->second.path;
    if (path != "." && path != "foo") CHECK_FALSE(tree.topics.empty());
  }
}

}  // namespace diagnostics_tests
