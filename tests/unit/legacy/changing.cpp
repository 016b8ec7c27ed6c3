#include <chrono>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/documents.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/recall.hpp>
#include <reel/backends/legacy/tree.hpp>
#include <reel/backends/memory.hpp>
#include <reel/md5.hpp>
#include <reel/migrate.hpp>
#include <reel/reel.hpp>
#include <reel/video/everything.hpp>
#include "support/catch.hpp"
#include "tree_folder.hpp"

namespace changing_tests {

// Entries of a tree that change after it was opened fail alone.

using namespace reel::legacy;
namespace fs = std::filesystem;
using reel::Legacy;
using reel::Memory;

/// A tree with three scenes with code, and a film.
struct World {
  TreeFolder folder{};
  fs::path topic = folder / "output/big_o";

  World() {
    write(topic / "big_o_scene_outline.txt", "<SCENE_1>\nA\n</SCENE_1>\n<SCENE_2>\nB\n</SCENE_2>\n");
    for (const char* n : {"1", "2", "3"}) {
      const fs::path scene = topic / (std::string("scene") + n);
      write(scene / "code" / (std::string("big_o_scene") + n + "_v0.py"),
            std::string("class Scene") + n + "(Scene):\n");
    }
    write(topic / "big_o_combined.mp4", "film");
  }
  [[nodiscard]] fs::path source(int scene) const {
    const std::string n = std::to_string(scene);
    return topic / ("scene" + n) / "code" / ("big_o_scene" + n + "_v0.py");
  }
  [[nodiscard]] std::string root() const { return folder.path().string(); }
};

std::set<std::string> failed(const reel::MigrationReport& report) {
  std::set<std::string> found;
  for (const reel::MigrationProblem& problem : report.failures) {
    found.insert(problem.kind.str() + ": " + problem.operation);
    CHECK(problem.code == reel::Errc::unavailable);
    CHECK_FALSE(problem.id.empty());
  }
  return found;
}

TEST_CASE("a file that changes after the tree was opened fails alone", "[legacy]") {
  const World world;
  Legacy source(world.root());
  Memory target;

  SECTION("S: it grows") {
    write(world.source(2), "class Scene2(Scene):\n    pass\n");
    SUCCEED();
  }
  SECTION("S: it shrinks") {
    write(world.source(2), "class");
    SUCCEED();
  }
  SECTION("S: it is removed") { CHECK(fs::remove(world.source(2))); }
  SECTION("S: its time changes but not its size") {
    write(world.source(2), "class Scene9(Scene):\n");
    fs::last_write_time(world.source(2), fs::file_time_type::clock::now() + std::chrono::seconds{5});
    SUCCEED();
  }
  SECTION("S: a symbolic link replaces it") {
    write(world.folder / "secret", "class Scene2(Scene):\n");
    CHECK(fs::remove(world.source(2)));
    fs::create_symlink(world.folder / "secret", world.source(2));
  }
  SECTION("S: a folder replaces it") {
    CHECK(fs::remove(world.source(2)));
    fs::create_directory(world.source(2));
  }
  const reel::MigrationReport report = reel::migrate(source, target, reel::video::everything);
  CHECK(failed(report) ==
        std::set<std::string>{"collection scenes: read", "collection artifacts: read", "bucket source_code: read"});
  CHECK(report.failures.size() == 3);
  CHECK(report.collection("videos").created == 1);
  CHECK(report.collection("scenes").created == 2);
  CHECK(report.bucket("source_code").created == 2);
  CHECK(report.bucket("final_videos").created == 1);
  CHECK(report.failures[0].reason.find("big_o_scene2_v0.py") != std::string::npos);
}

TEST_CASE("a scene whose outline changed is an error, not a scene without a plan", "[legacy]") {
  const World world;
  Legacy source(world.root());
  write(world.topic / "big_o_scene_outline.txt", "<SCENE_1>\nother\n</SCENE_1>\n");
  const reel::Repository<reel::video::Scene, Legacy> scenes(source);
  CHECK_THROWS_AS(scenes.list(), reel::Error);
  Memory target;
  CHECK(reel::migrate(source, target, reel::video::everything).collection("scenes").failed == 3);
}

TEST_CASE("a file that may not be opened is named, and its record is read without it", "[legacy]") {
  const World world;
  Tree tree = read_tree(world.root());
  // Simulates a user without the right to read it.
  for (TreeFile& file : tree.files) {
    if (file.path != "output/big_o/scene2/code/big_o_scene2_v0.py") continue;
    file.readable = false;
    file.role = Role::unreadable;
  }
  const TreeBlobs blobs(tree);
  const DocumentMaker make(tree, blobs, reel::schema_of<reel::video::Scene>());
  reel::video::Scene scene;
  const LegacyRow row{.id = "s", .topic = &tree.topics[0], .scene = &tree.topics[0].scenes[1]};
  reel::driver::decode_values(make.document(row, Texts::read), scene);
  CHECK_FALSE(scene.generated_code);
  CHECK_FALSE(scene.code_url);
  CHECK(scene.scene_number == 2);
  CHECK_FALSE(blobs.find(reel::video::source_code(), "code_" + tree.topics[0].scenes[1].id));
}

TEST_CASE("a file replaced by one of the same size and time has a new checksum", "[legacy]") {
  const World world;
  Legacy tree(world.root(), {.write_as = Variant::v2, .durable = false});
  const reel::BlobStore<Legacy> code(tree, reel::video::source_code());
  const auto id = [&](std::size_t scene) { return reel::BlobId{"code_" + tree.tree().topics[0].scenes[scene].id}; };
  CHECK(code.stat(id(0)).md5 == reel::md5_hex("class Scene1(Scene):\n"));
  const auto time = fs::last_write_time(world.source(1));
  write(world.folder / "new", "class Scene7(Scene):\n");
  fs::last_write_time(world.folder / "new", time);
  fs::rename(world.folder / "new", world.source(1));
  code.put(id(1), reel::from_bytes("other"), {.name = "a.py", .overwrite = true});  // the tree is read again afterwards
  CHECK(code.stat(id(0)).md5 == reel::md5_hex("class Scene7(Scene):\n"));
}

TEST_CASE("a file that is changed in place within a step of its time has its own checksum", "[legacy]") {
  const World world;
  const auto time = fs::file_time_type::clock::now() + std::chrono::hours(1);  // the step has not ended
  fs::last_write_time(world.source(1), time);
  Legacy tree(world.root(), {.write_as = Variant::v2, .durable = false});
  const reel::BlobStore<Legacy> code(tree, reel::video::source_code());
  const auto id = [&](std::size_t scene) { return reel::BlobId{"code_" + tree.tree().topics[0].scenes[scene].id}; };
  CHECK(code.stat(id(0)).md5 == reel::md5_hex("class Scene1(Scene):\n"));
  write(world.source(1), "class Scene7(Scene):\n");
  fs::last_write_time(world.source(1), time);
  code.put(id(1), reel::from_bytes("other"), {.name = "a.py", .overwrite = true});  // the tree is read again after it
  CHECK(code.stat(id(0)).md5 == reel::md5_hex("class Scene7(Scene):\n"));
}

TEST_CASE("checksums are reused from a copy for files of the same path, size and time", "[legacy]") {
  const World world;
  write(world.topic / "caf\xe9.txt", "a name that is not UTF-8");
  Memory copy;
  {
    Legacy source(world.root());
    CHECK(recall_sums(source, copy) == 0);  // the collection does not exist yet
    CHECK(reel::migrate(source, copy, reel::video::everything).clean());
    CHECK(recall_sums(source, copy) == source.tree().files.size());
  }
  const auto time = fs::last_write_time(world.source(1));
  write(world.source(1), "class Scene7(Scene):\n");  // as long as before
  fs::last_write_time(world.source(1), time);
  write(world.source(2), "class Scene2(Scene): pass\n");
  fs::last_write_time(world.source(3), time + std::chrono::seconds{2});
  Legacy source(world.root());
  CHECK(recall_sums(source, copy) == source.tree().files.size() - 2);
  const reel::BlobStore<Legacy> code(source, reel::video::source_code());
  const auto md5 = [&](std::size_t scene) {
    return code.stat(reel::BlobId{"code_" + source.tree().topics[0].scenes[scene].id}).md5;
  };
  CHECK(md5(0) == reel::md5_hex("class Scene1(Scene):\n"));  // the file is not read, as the rule states
  CHECK(md5(1) == reel::md5_hex("class Scene2(Scene): pass\n"));
  CHECK(md5(2) == reel::md5_hex("class Scene3(Scene):\n"));
}

}  // namespace changing_tests
