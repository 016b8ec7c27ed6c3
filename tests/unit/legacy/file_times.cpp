#include <fcntl.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>
#include <reel/migrate.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "ordinary_user.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "tree_folder.hpp"

namespace file_times_tests {

using reel::Legacy;
using reel::Memory;
using reel::Timestamp;
using reel::testing::error_from;
using reel::video::Artifact;
using reel::video::Video;

namespace fs = std::filesystem;

/// Returns false if the file system cannot store such a time.
bool set_time(const std::string& path, std::int64_t seconds) {
  const timespec times[] = {{seconds, 0}, {seconds, 0}};
  struct stat now {};
  return ::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0 && ::stat(path.c_str(), &now) == 0 &&
         now.st_mtim.tv_sec == seconds;
}
std::int64_t time_of(const std::string& path) {
  struct stat now {};
  REQUIRE(::stat(path.c_str(), &now) == 0);
  return now.st_mtim.tv_sec;
}

std::optional<Timestamp> modified_at(const reel::Repository<Artifact, Legacy>& artifacts, const std::string& path) {
  const auto found = artifacts.list(reel::Query<Artifact>{}.where(reel::field<&Artifact::path> == path)).records;
  REQUIRE(found.size() == 1);
  return found[0].value.modified_at;
}

TEST_CASE("file times before 1970 and after 2262 are read and written back", "[legacy]") {
  struct Row {
    const char* name;
    std::int64_t seconds;
    const char* read;
  };
  const Row all[] = {{"before.txt", -1, "1969-12-31T23:59:59Z"},
                     {"early.txt", -11'676'096'000, "1600-01-01T00:00:00Z"},
                     {"late.txt", 10'413'792'000, "2300-01-01T00:00:00Z"},
                     {"last.txt", 253'402'300'799, "9999-12-31T23:59:59Z"},
                     {"beyond.txt", 1'000'000'000'000'000, "9999-12-31T23:59:59.999Z"},
                     {"nothing.txt", -1'000'000'000'000'000, "1000-01-01T00:00:00Z"}};
  const reel::testing::TemporaryFolder folder;
  write(folder / "tree/foo/foo_scene_outline.txt", "<SCENE_1>\nA\n</SCENE_1>\n");
  std::vector<Row> rows;
  for (const Row& row : all) {
    const std::string path = folder / ("tree/foo/" + std::string(row.name));
    write(path, row.name);
    INFO("needs a file system that keeps the time of " << row.name);
    const bool is_kept = set_time(path, row.seconds);
    CHECK_NOFAIL(is_kept);
    if (is_kept) rows.push_back(row);
  }
  REQUIRE_FALSE(rows.empty());
  Legacy tree(folder / "tree");
  const reel::Repository<Artifact, Legacy> artifacts(tree);
  for (const auto& row : rows) {
    INFO(row.name);
    CHECK(modified_at(artifacts, "foo/" + std::string(row.name)) == reel::parse_timestamp(row.read));
  }
  Memory store;
  CHECK(reel::migrate(tree, store, reel::video::everything).clean());
  Legacy back(folder / "back", {.write_as = reel::legacy::Variant::v2});
  CHECK(reel::migrate(store, back, reel::video::everything).clean());
  back.settle();
  for (const auto& row : rows) {
    INFO(row.name);
    const bool is_held = row.seconds < 300'000'000'000 && row.seconds > -30'000'000'000;
    if (is_held) CHECK(time_of(folder / ("back/foo/" + std::string(row.name))) == row.seconds);
  }
}

TEST_CASE("a read-only tree is read and stays unchanged", "[legacy]") {
  const TreeFolder folder;
  const std::string tree = folder / "tree";
  fs::copy(fs::path{REEL_SOURCE_DIR} / "docs/examples/sample_tree", tree, fs::copy_options::recursive);
  ::chmod(fs::path(folder / "tree").parent_path().c_str(), 0755);
  for (const auto& entry : fs::recursive_directory_iterator(tree))
    if (!entry.is_symlink()) ::chmod(entry.path().c_str(), entry.is_directory() ? 0555 : 0444);
  ::chmod(tree.c_str(), 0555);
  const auto count = [&] { return std::distance(fs::recursive_directory_iterator(tree), {}); };
  const auto before = count();
  {
    const OrdinaryUser user;
    Legacy opened(tree);
    Memory store;
    CHECK(reel::migrate(opened, store, reel::video::everything).clean());
    const reel::Repository<Video, Legacy> videos(opened);
    const reel::Id<Video> video{opened.tree().topics.at(0).id};
    CHECK(error_from([&] { videos.increment<&Video::progress>(video, 1); }).code() == reel::Errc::unsupported);
    try {
      Legacy writing(tree, {.write_as = reel::legacy::Variant::v2});
      reel::Repository<Artifact, Legacy>(writing).create({.path = "new.txt"});
      FAIL("a tree that may not be written was written");
    } catch (const reel::Error& error) {
      CHECK(error.code() == reel::Errc::forbidden);
    }
  }
  CHECK(count() == before);
  for (const auto& entry : fs::recursive_directory_iterator(tree))
    if (entry.is_directory()) ::chmod(entry.path().c_str(), 0755);
  ::chmod(tree.c_str(), 0755);
}

}  // namespace file_times_tests
