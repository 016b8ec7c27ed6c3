#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>

#include <reel/backends/legacy.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/everything.hpp>
#include <reel/watch.hpp>

#include "restored.hpp"
#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "tree_folder.hpp"

namespace killing_tests {

using namespace reel;
using namespace reel::video;
using namespace std::chrono_literals;
using legacy_tree::writable;
using reel::testing::Child;
using Pipe = Child::Pipe;

/// The number of times that the consumer is killed: REEL_KILLS, or 40.
int kills() {
  const char* const wanted = std::getenv("REEL_KILLS");
  return wanted ? std::atoi(wanted) : 40;
}

/// A pipeline that knows nothing of this library: it writes files in place, in two parts, or renames them, and removes
/// files and scenes. A file of a path only grows.
[[noreturn]] void run_pipeline(const std::filesystem::path& root) {
  std::mt19937 chance(5);
  for (std::size_t step = 1;; ++step) {
    const std::string prefix = "topic_" + std::to_string(chance() % 3), number = std::to_string(chance() % 4 + 1);
    const std::filesystem::path scene = root / prefix / ("scene" + number);
    const std::filesystem::path file = scene / "code" / (prefix + "_scene" + number + "_v0.py");
    switch (chance() % 8) {
      case 0:
        std::filesystem::remove(file);
        break;
      case 1:
        if (chance() % 4 == 0) std::filesystem::remove_all(scene);
        break;
      case 2:
        write(root / "part.tmp", std::string(step, 'r'));
        std::filesystem::create_directories(file.parent_path());
        std::filesystem::rename(root / "part.tmp", file);
        break;
      default: {
        std::filesystem::create_directories(file.parent_path());
        std::ofstream out(file, std::ios::binary);
        out << std::string(step / 2, 'a') << std::flush;
        if (chance() % 4 == 0) std::this_thread::sleep_for(2ms);
        out << std::string(step - step / 2, 'b');
      }
    }
    std::this_thread::sleep_for(1ms);
  }
}

/// A program that writes artifacts with this library, whose blobs only grow, and removes some.
[[noreturn]] void run_writer(const std::filesystem::path& root) {
  std::mt19937 chance(7);
  Legacy tree(root, writable());
  const auto artifacts = records<Artifact>(tree);
  const auto files = blobs(tree, video::artifacts());
  for (std::size_t step = 1;; ++step) {
    const std::string id = "n" + std::to_string(chance() % 6);
    if (!artifacts.exists(Id<Artifact>{id})) {
      artifacts.create({.kind = "note", .path = "notes/" + id + ".txt", .bucket_id = "artifacts", .blob_id = id},
                       {.id = Id<Artifact>{id}});
    } else if (chance() % 6 == 0) {
      artifacts.remove(Id<Artifact>{id});
      continue;
    }
    files.put(BlobId{id}, from_bytes(std::string(step, 'w')), {.overwrite = true});
    std::this_thread::sleep_for(5ms);
  }
}

/// Prints the events of a watch of all artifacts after a token, if there is one, as lines `<kind> <id> <size> <token>`.
void report_events(const std::filesystem::path& root, const std::string& token, const Pipe& pipe) {
  Legacy tree(root);
  WatchOptions options;
  if (!token.empty()) options.from = ResumeToken::parse(token);
  for (const Change<Artifact>& change : records<Artifact>(tree).watch({}, options)) {
    const std::string id = change.id.str().empty() ? "-" : change.id.str();
    pipe.write(std::string(enum_name(change.kind)) + " " + id + " " +
               std::to_string(change.record ? change.record->value.size : -1) + " " + change.token.str() + "\n");
  }
}

/// The copy that a consumer keeps, the token of the last event that it has seen, and what it counts.
struct Consumer {
  std::map<std::string, std::int64_t> sizes{};
  std::string token{};
  std::size_t events = 0, resets = 0, duplicates = 0, gaps = 0;
  std::size_t most_duplicates = 0;  ///< of one process

  /// Applies the complete lines of one process.
  void apply(const std::string& lines) {
    const bool resumed = !token.empty();
    std::istringstream in(lines.substr(0, lines.rfind('\n') + 1));
    std::string kind, id;
    std::int64_t size = 0;
    const std::size_t before = duplicates;
    for (bool is_first = true; in >> kind >> id >> size >> token; is_first = false) {
      ++events;
      if (is_first && resumed && kind != "reset") ++gaps;  // a tree has no history, so silence would hide changes
      if (kind == "reset") {
        sizes.clear();
        ++resets;
      } else if (kind == "removed") {
        sizes.erase(id);
      } else if (kind != "bookmark") {
        const auto [known, is_new] = sizes.try_emplace(id, size);
        if (!is_new && known->second == size) ++duplicates;
        CHECK(known->second <= size);
        known->second = size;
      }
    }
    most_duplicates = std::max(most_duplicates, duplicates - before);
  }
};

TEST_CASE("a consumer that is killed at any time misses nothing that a pipeline and a store write meanwhile") {
  const TreeFolder folder;
  write(folder / "topic_0/topic_0_scene_outline.txt", "<SCENE_1>\nplan\n</SCENE_1>\n");
  std::mt19937 chance(11);
  Consumer consumer;
  {
    Child pipeline([&](const Pipe&) { run_pipeline(folder.path()); });
    Child writer([&](const Pipe&) { run_writer(folder.path()); });
    for (int round = 0; round < kills(); ++round) {
      Child reader([&](const Pipe& pipe) { report_events(folder.path(), consumer.token, pipe); });
      std::string lines = reader.read(1 + chance() % 6000);
      reader.kill();
      lines += reader.read();
      REQUIRE(reader.was_killed());
      consumer.apply(lines);
    }
    pipeline.kill();
    writer.kill();
    CHECK(pipeline.was_killed());
    CHECK(writer.was_killed());
  }
  Child reader([&](const Pipe& pipe) { report_events(folder.path(), consumer.token, pipe); });
  std::string lines;
  while (lines.find("bookmark") == std::string::npos) lines += reader.read(1);
  reader.kill();
  consumer.apply(lines + reader.read());

  std::map<std::string, std::int64_t> present;
  Legacy tree(folder.path());
  for (const auto& artifact : records<Artifact>(tree).all()) present[artifact.id.str()] = artifact.value.size;
  WARN(kills() << " kills, " << consumer.events << " events, " << consumer.resets << " resets, " << consumer.duplicates
               << " duplicates, " << consumer.gaps << " gaps");
  CHECK(consumer.sizes == present);
  CHECK(consumer.gaps == 0);
  CHECK(consumer.most_duplicates <= 200);  // a page
  CHECK(consumer.events > static_cast<std::size_t>(kills()));
}

TEST_CASE("while nothing is written a watch is up to date with a pipeline within a moment of each file") {
  const TreeFolder folder;
  write(folder / "topic_0/topic_0_scene_outline.txt", "<SCENE_1>\nplan\n</SCENE_1>\n");
  Legacy tree(folder.path());
  const auto watch = records<Artifact>(tree).watch();
  auto event = watch.begin();
  while (event->kind != ChangeKind::bookmark) ++event;
  std::vector<std::chrono::nanoseconds> delays;
  for (int i = 0; i < 20; ++i) {
    write(folder / "topic_0" / ("note" + std::to_string(i) + ".txt"), "text");
    const auto closed = std::chrono::steady_clock::now();
    ++event;
    delays.push_back(std::chrono::steady_clock::now() - closed);
    REQUIRE(event->kind == ChangeKind::entered);
  }
  std::ranges::sort(delays);
  INFO("median " << delays[10] / 1us << " us, slowest " << delays[19] / 1us << " us");
  CHECK(delays[10] < 200ms);
}

}  // namespace killing_tests
