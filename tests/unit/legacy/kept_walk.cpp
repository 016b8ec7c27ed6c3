#include <algorithm>
#include <filesystem>
#include <random>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include <reel/backends/legacy/folder_watches.hpp>
#include <reel/backends/legacy/kept_walk.hpp>
#include <reel/backends/legacy/read_memory.hpp>
#include <reel/backends/legacy/tree.hpp>
#include <reel/driver/file/file_calls.hpp>

#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace kept_walk_tests {

using namespace reel::legacy;
namespace files = std::filesystem;

/// Everything that reading a tree has found out, as text.
std::string shown(const Tree& tree) {
  std::ostringstream out;
  const auto number = [](const auto& value) { return value ? static_cast<long>(*value) : -1L; };
  for (const TreeFile& file : tree.files)
    out << file.path << ' ' << file.size << ' ' << static_cast<long>(file.modified_ns) << ' ' << file.inode << ' '
        << static_cast<int>(file.type) << ' ' << file.readable << ' ' << static_cast<int>(file.kind) << ' '
        << to_string(file.role) << ' ' << number(file.topic) << ' ' << number(file.scene) << ' ' << number(file.version)
        << '\n';
  for (const Topic& one : tree.topics) {
    Topic topic = one;
    out << topic.folder << ' ' << topic.prefix << ' ' << topic.id << ' ' << topic.name.text << ' ' << topic.session_id
        << ' ' << number(topic.sidecar) << ' ' << topic.evidence << ' ' << static_cast<long>(topic.first_modified_ns)
        << ' ' << static_cast<long>(topic.last_modified_ns) << ':';
    for_each_index(topic, [&](FileIndex index) { out << ' ' << index; });
    for (const Scene& scene : topic.scenes)
      out << "\n  " << scene.number << ' ' << scene.id << ' ' << scene.trace_id << ' ' << to_string(scene.state) << ' '
          << number(scene.chosen) << ' ' << to_string(scene.chosen_by) << ' ' << scene.trusted;
    out << '\n';
  }
  for (const MinedFix& fix : tree.fixes) out << fix.id << ' ' << fix.original << ' ' << fix.fixed << '\n';
  for (const Diagnostic& one : tree.diagnostics)
    out << to_string(one.code) << ' ' << one.path << ' ' << one.message << '\n';
  return out.str();
}

/// The first lines that differ; empty if two texts are the same.
std::string difference(const std::string& a, const std::string& b) {
  std::istringstream left(a), right(b);
  for (std::string one, other;;) {
    const bool more = static_cast<bool>(std::getline(left, one)), most = static_cast<bool>(std::getline(right, other));
    if (!more && !most) return "";
    if (more != most || one != other) return (more ? one : "(end)") + "\n" + (most ? other : "(end)");
  }
}

/// Changes a tree at random, as pipelines and people do.
class Chance {
 public:
  Chance(files::path root, unsigned seed) : root_(std::move(root)), random_(seed) {}

  void change() {
    const files::path folder = pick(folders()), file = folder / pick(names_);
    std::error_code ignored;  // some of these are not possible
    switch (random_() % 10) {
      case 0:
        files::remove_all(file, ignored);
        break;
      case 1:
        if (folder != root_) files::rename(folder, pick(folders()) / pick(names_), ignored);
        break;
      case 2:
        files::rename(file, folder / pick(names_), ignored);
        break;
      case 3:
      case 4:
        files::create_directory(file, ignored);
        break;
      default:
        if (!files::is_directory(file)) write(file, pick(contents_));
    }
  }

 private:
  template <class T>
  const T& pick(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }
  [[nodiscard]] std::vector<files::path> folders() const {
    std::vector<files::path> all{root_};
    for (const auto& entry : files::recursive_directory_iterator(root_))
      if (entry.is_directory()) all.push_back(entry.path());
    std::ranges::sort(all);
    return all;
  }

  files::path root_;
  std::mt19937 random_;
  std::vector<std::string> names_{"one",
                                  "one_scene_outline.txt",
                                  "scene1",
                                  "scene2",
                                  "code",
                                  "one_scene1_v0.py",
                                  "one_scene1_v1.py",
                                  "one_scene1_v0_error.log",
                                  "subplans",
                                  "scene_trace_id.txt",
                                  "session_id.txt",
                                  "succ_rendered.txt",
                                  "media",
                                  "one_combined.mp4",
                                  "pyvenv.cfg",
                                  "lib",
                                  "node_modules",
                                  "foo.bak",
                                  ".reel.json",
                                  "__pycache__",
                                  "implementation_plan.txt"};
  std::vector<std::string> contents_{"", "a", "<SCENE_1>\nplan\n</SCENE_1>\n<SCENE_2>\nx\n</SCENE_2>\n",
                                     "class Scene2(Scene):\n  pass\n", "{\"reel\":\"topic\",\"version\":1\n}\n"};
};

TEST_CASE("a tree that is read where it changed is the tree that is read as a whole", "[legacy]") {
  for (unsigned seed = 1; seed <= 3; ++seed) {
    const TreeFolder folder;
    FolderWatches watches(reel::driver::posix_calls(), folder.path().native());
    ChangedFolders changed;
    watches.add(".", changed);
    KeptWalk walk(folder.path(), 1);
    ReadMemory memory;
    walk.read(ChangedFolders::everything());
    Chance chance(folder.path(), seed);
    for (int step = 0; step < 100; ++step) {
      INFO("seed " << seed << ", step " << step);
      for (int i = 0; i <= step % 3; ++i) chance.change();
      const std::string before = shown(read_tree(walk, {}, memory));
      const bool is_news = walk.read(watches.read());
      const std::string now = shown(read_tree(walk, {}, memory));
      REQUIRE(difference(now, shown(read_tree(folder.path()))) == "");
      if (!is_news) REQUIRE(difference(now, before) == "");
    }
    CHECK(watches.is_complete());
  }
}

TEST_CASE("a folder that did not change is not read", "[legacy]") {
  const TreeFolder folder;
  write(folder / "a/one.txt");
  write(folder / "b/one.txt");
  KeptWalk walk(folder.path(), 1);
  const auto names = [&] {
    std::vector<Diagnostic> problems;
    std::vector<std::string> all;
    for (const TreeFile& file : walk.listing(problems).files) all.push_back(file.path);
    return all;
  };
  CHECK(walk.read(ChangedFolders::everything()));
  CHECK_FALSE(walk.read(ChangedFolders::everything()));
  write(folder / "a/two.txt");
  write(folder / "b/two.txt");
  CHECK(walk.read({.paths = {"a"}}));
  CHECK(names() == std::vector<std::string>{"a/one.txt", "a/two.txt", "b/one.txt"});
  CHECK_FALSE(walk.read({.paths = {"a", "gone"}}));
  CHECK(walk.read({.paths = {"b"}}));
  CHECK(names() == std::vector<std::string>{"a/one.txt", "a/two.txt", "b/one.txt", "b/two.txt"});
}

}  // namespace kept_walk_tests
