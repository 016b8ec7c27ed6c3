#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/tree_seams.hpp>
#include <reel/blob_store.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "tree_folder.hpp"

namespace removing_tests {

// Removals that are interrupted while they are logged, or between the log and the files.

using namespace reel;
using namespace reel::video;
using legacy_tree::bytes_of;
using reel::testing::error_from;

const LegacyOptions options{.write_as = legacy::Variant::v2, .durable = false, .clock = [] {
                              return Timestamp{std::chrono::seconds{1'700'000'000}};
                            }};
const Id<Video> video{"v"};
const std::filesystem::path log_name{legacy::record_log_name};

void add_note(Legacy& tree, const std::string& id, const std::string& path, std::optional<Id<Scene>> scene,
              bool has_file) {
  Repository<Artifact, Legacy>(tree).create({.video_id = video,
                                             .scene_id = std::move(scene),
                                             .kind = "note",
                                             .path = path,
                                             .bucket_id = "artifacts",
                                             .blob_id = id},
                                            {.id = Id<Artifact>{id}});
  if (has_file) BlobStore<Legacy>(tree, video::artifacts()).put(BlobId{id}, from_bytes(std::string_view(id)));
}

/// A video with two scenes, and notes inside and outside of its folder, with and without files.
void fill(Legacy& tree) {
  Repository<Video, Legacy>(tree).create({.topic = "Big O", .description = "d", .session_id = "s"}, {.id = video});
  const Repository<Scene, Legacy> scenes(tree);
  scenes.create({.video_id = video, .scene_plan = "\nA\n", .generated_code = "a", .scene_number = 1},
                {.id = Id<Scene>{"s1"}});
  scenes.create({.video_id = video, .scene_plan = "\nB\n", .scene_number = 2, .duration = 2.5},
                {.id = Id<Scene>{"s2"}});
  add_note(tree, "inside", "big_o/notes/inside.txt", Id<Scene>{"s1"}, true);
  add_note(tree, "outside", "notes/outside.txt", Id<Scene>{"s1"}, true);
  add_note(tree, "waiting", "notes/waiting.txt", std::nullopt, false);
}

/// The records of a tree without its other artifacts.
std::string records_of(Legacy& tree) {
  std::string text;
  const auto add = [&](const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    std::vector<std::string> lines;
    for (const driver::DocumentPtr& document : tree.list(schema, query).items)
      legacy::append_overlay(lines.emplace_back(), legacy::overlay_of(schema, *document));
    std::ranges::sort(lines);
    for (const std::string& line : lines) text += line + '\n';
  };
  add(schema_of<Video>(), {.limit = 100});
  add(schema_of<Scene>(), {.limit = 100});
  // Also finds the artifact of a file that outlives its record; that has another id.
  const auto is_note = field<&Artifact::path>.contains("note") && field<&Artifact::path>.ends_with(".txt");
  add(schema_of<Artifact>(), Query<Artifact>{}.where(is_note).limit(100).tree());
  return text;
}

/// Replaces the tree `to` by a copy of `from`, with the times of its files.
void copy_tree(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(from))
    if (entry.is_regular_file())
      std::filesystem::last_write_time(to / std::filesystem::relative(entry, from), entry.last_write_time());
}

using Removal = std::function<void(Legacy&)>;

const std::vector<Removal>& removals() {
  static const std::vector<Removal> all{
      [](Legacy& tree) { Repository<Video, Legacy>(tree).remove(video); },
      [](Legacy& tree) { Repository<Scene, Legacy>(tree).remove(Id<Scene>{"s1"}); },
      [](Legacy& tree) { Repository<Artifact, Legacy>(tree).remove(Id<Artifact>{"outside"}); },
  };
  return all;
}

/// A tree before a removal, and the log after it.
struct Interruption {
  std::filesystem::path before;
  std::string log;
  std::size_t from = 0;  ///< size of the log before
};

/// Opens the tree `before` with beginnings of the log, which a program that ends during the removal may leave, and
/// calls `check` with the number of bytes and the tree.
///
/// - `step`: 1 for the beginnings that end at any byte, otherwise every `step` bytes and after the last ones
template <class Check>
void at_each_byte(const Interruption& one, const std::filesystem::path& scratch, std::size_t step, Check check) {
  const auto last = [&](std::size_t size) { return size + 2 >= one.log.size() || size == one.from; };
  for (std::size_t size = one.from; size <= one.log.size(); ++size) {
    if (size % step != 0 && !last(size)) continue;
    INFO("after byte " << size - one.from << " of " << one.log.size() - one.from);
    copy_tree(one.before, scratch);
    write(scratch / log_name, std::string_view(one.log).substr(0, size));
    Legacy tree(scratch, options);
    check(size, tree);
  }
}

TEST_CASE("a removal that is interrupted while it is logged is done completely or not at all", "[legacy]") {
  for (const bool is_settled : {false, true}) {
    for (std::size_t i = 0; i < removals().size(); ++i) {
      INFO("settled: " << is_settled << ", removal " << i);
      const TreeFolder folder;
      Legacy tree(folder / "tree", options);
      fill(tree);
      if (is_settled) tree.settle();
      const std::string old = records_of(tree);
      copy_tree(folder / "tree", folder / "before");
      Interruption one{.before = folder / "before", .from = bytes_of(folder / "tree" / log_name).size()};
      removals()[i](tree);
      one.log = bytes_of(folder / "tree" / log_name);
      const std::string now = records_of(tree);
      REQUIRE(now != old);
      at_each_byte(one, folder / "scratch", is_settled || i != 0 ? 41 : 1, [&](std::size_t size, Legacy& found) {
        const bool is_logged = size == one.log.size();
        CHECK(records_of(found) == (is_logged ? now : old));
        CHECK(std::filesystem::exists(folder / "scratch/notes/outside.txt") == !is_logged);
        CHECK(std::filesystem::exists(folder / "scratch/big_o/notes/inside.txt") == (!is_logged || i == 2));
      });
    }
  }
}

struct FailingRename : driver::FileCalls {
  std::function<bool()> fails = [] { return false; };

  int rename_at(int from_folder, const std::string& from, int to_folder, const std::string& to) override {
    if (!fails()) return FileCalls::rename_at(from_folder, from, to_folder, to);
    errno = EIO;
    return -1;
  }
};

TEST_CASE("a failed removal that is interrupted while it is undone is undone completely or finished", "[legacy]") {
  for (std::size_t i = 0; i < 2; ++i) {
    INFO("removal " << i);
    const TreeFolder folder;
    std::string logged;  // with the removal
    FailingRename calls;
    Legacy tree = legacy::TreeSeams{.calls = &calls}.open(folder / "tree", options);
    fill(tree);
    const std::string old = records_of(tree);
    copy_tree(folder / "tree", folder / "before");
    calls.fails = [&] {
      logged = bytes_of(folder / "tree" / log_name);
      return true;
    };
    CHECK_THROWS_AS(removals()[i](tree), Error);
    calls.fails = [] { return false; };
    const Interruption one{
        .before = folder / "before", .log = bytes_of(folder / "tree" / log_name), .from = logged.size()};
    REQUIRE(one.from < one.log.size());
    REQUIRE(records_of(tree) == old);
    removals()[i](tree);
    const std::string now = records_of(tree);
    at_each_byte(one, folder / "scratch", 61, [&](std::size_t size, Legacy& found) {
      CHECK(records_of(found) == (size == one.log.size() ? old : now));
    });
  }
}

TEST_CASE("a video whose folder is the root of the tree cannot be removed, and nothing changes", "[legacy]") {
  const TreeFolder folder;
  write(folder / "_scene_outline.txt", "<SCENE_1>\nplan\n</SCENE_1>\n");
  write(folder / "scene1/code/_scene1_v0.py", "print(1)\n");
  write(folder / "big_o/big_o_scene_outline.txt", "<SCENE_1>\nplan\n</SCENE_1>\n");
  {
    Legacy tree(folder.path(), options);
    const Repository<Video, Legacy> videos(tree);
    const auto names = legacy_tree::names_below(folder.path());
    REQUIRE(tree.tree().topics.at(0).folder == ".");
    const Id<Video> root{tree.tree().topics[0].id};
    const Error error = error_from([&] { videos.remove(root); });
    CHECK(error.code() == Errc::unsupported);
    CHECK(error.reason().find("root of the tree") != std::string::npos);
    CHECK(legacy_tree::names_below(folder.path()) == names);
    CHECK(videos.count() == 2);
    CHECK(Repository<Scene, Legacy>(tree).count() == 1);
    videos.remove(Id<Video>{tree.tree().topics[1].id});
  }
  Legacy tree(folder.path());
  CHECK(tree.tree().topics.size() == 1);
  CHECK(std::filesystem::exists(folder / "_scene_outline.txt"));
}

TEST_CASE("a blob that replaces the file of a removed artifact survives the end of the program", "[legacy]") {
  const TreeFolder folder;
  Legacy tree(folder / "tree", options);
  Repository<Video, Legacy>(tree).create({.topic = "Big O"}, {.id = video});
  const BlobStore<Legacy> films(tree, final_videos());
  films.put(final_video_id(video), from_bytes(std::string_view("first")), {.name = "a.mp4"});
  const Repository<Artifact, Legacy> artifacts(tree);
  artifacts.remove(artifacts.list().records.at(0).id);
  REQUIRE_FALSE(std::filesystem::exists(folder / "tree/big_o/big_o_combined.mp4"));
  films.put(final_video_id(video), from_bytes(std::string_view("second")), {.name = "a.mp4"});
  copy_tree(folder / "tree", folder / "ended");
  Legacy again(folder / "ended", options);
  CHECK(bytes_of(folder / "ended/big_o/big_o_combined.mp4") == "second");
  std::string found;
  BlobStore<Legacy>(again, final_videos()).get(final_video_id(video), to_bytes(found));
  CHECK(found == "second");
}

/// Fails in the middle of a write, and then to take it back.
struct TornWrite : driver::FileCalls {
  bool is_full = false, has_written = false;

  ssize_t write_at(int file, const void* bytes, std::size_t count, std::int64_t offset) override {
    if (!is_full) return FileCalls::write_at(file, bytes, count, offset);
    if (!has_written) {
      has_written = true;
      return FileCalls::write_at(file, bytes, count / 2, offset);
    }
    errno = ENOSPC;
    return -1;
  }
  int truncate(int file, std::int64_t size) override {
    if (!is_full) return FileCalls::truncate(file, size);
    errno = EIO;
    return -1;
  }
};

TEST_CASE("no write is lost after one that left an incomplete line in the log", "[legacy]") {
  const TreeFolder folder;
  TornWrite calls;
  std::string expected;
  {
    Legacy tree = legacy::TreeSeams{.calls = &calls}.open(folder / "tree", options);
    fill(tree);
    calls.is_full = true;
    const Repository<Video, Legacy> videos(tree);
    CHECK_THROWS_AS(videos.create({.topic = "Other"}), Error);
    calls.is_full = false;
    try {
      videos.create({.topic = "Third"}, {.id = Id<Video>{"third"}});
      videos.update(video, Patch<Video>{}.set<&Video::description>("changed"));
    } catch (const Error&) {
    }
    expected = records_of(tree);
    copy_tree(folder / "tree", folder / "ended");
  }
  for (const char* name : {"tree", "ended"}) {
    INFO(name);
    Legacy tree(folder / name, options);
    CHECK(records_of(tree) == expected);
  }
}

}  // namespace removing_tests
