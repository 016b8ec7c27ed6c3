#include <atomic>
#include <filesystem>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/filesystem/crash.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/recording_calls.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/filesystem/workload.hpp"
#include "support/scale.hpp"

namespace crashing_tests {

using namespace reel::testing;
using reel::Durability;
using reel::Filesystem;
using reel::Id;

/// A run of the script with all calls recorded. Note `i` follows the last call of step `i`.
struct Recorded {
  std::vector<Step> steps{};
  std::vector<World> worlds{};  ///< the contents after each number of steps
};

Recorded record(RecordingCalls& calls, const std::string& folder, Durability durability) {
  Recorded run{script(), {}};
  Session session{folder, {.durability = durability}, {.calls = &calls, .housekeeping = busy}, {}};
  for (std::size_t i = 0; i < run.steps.size(); ++i) {
    run.worlds.push_back(world_after(run.steps, i));
    run.steps[i].run(session);
    calls.note(static_cast<std::int64_t>(i + 1));
  }
  run.worlds.push_back(world_after(run.steps, run.steps.size()));
  return run;
}

/// Opens a store after a crash, as a program does.
World recovered(Filesystem& store) {
  static_cast<void>(error_of([&] { set_up<Note>(store); }));  // refused if the store has the later schema
  files(store).setup();
  return read_world(store);
}

/// Writes to the recovered store and opens it again.
void check_is_of_use(const std::string& folder, World world) {
  const std::string title = "written after the crash";
  {
    Filesystem store{folder};
    if (error_of([&] { Notes{store}.create({.title = title}, {.id = Id<Note>{"after"}}); }))
      LaterNotes{store}.create({.title = title}, {.id = Id<LaterNote>{"after"}});
    put(files(store), "after", title);
  }
  world.notes["after"] = {.title = title};
  world.blobs["after"] = title;
  CHECK(read_world(folder) == world);
}

void check_tidiness(const std::string& folder, const World& world) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    CHECK(entry.path().extension() != ".tmp");
  const auto left = std::distance(std::filesystem::directory_iterator(folder + "/buckets/files/data"), {});
  CHECK(left == static_cast<std::ptrdiff_t>(world.blobs.size()));
}

/// Calls `check(world, acknowledged steps)` for every state after every call.
template <class Check>
int every_crash(const RecordingCalls& calls, int mixed, const std::string& folder, Check&& check) {
  std::mt19937 chance(1);
  CrashingDisk disk(calls);
  std::size_t acknowledged = 0;
  int count = 0;
  std::set<DiskState> seen;  // since the last acknowledgement
  for (std::size_t i = 0; i < calls.log.size(); ++i) {
    disk.advance(calls.log[i]);
    if (calls.log[i].kind == FileCallKind::note) {
      acknowledged = static_cast<std::size_t>(calls.log[i].offset);
      seen.clear();
    }
    if (REEL_SANITIZED && i % 97 != 0) continue;
    for (const DiskState& state : disk.states(mixed, chance)) {
      if (!seen.insert(state).second) continue;
      INFO("call " << i << " of " << calls.log.size() << ", acknowledged steps: " << acknowledged);
      materialise(state, folder);
      check(acknowledged);
      ++count;
    }
  }
  return count;
}

TEST_CASE("after a power loss at any point every acknowledged write is complete, and no other is partial",
          "[no_tsan]") {
  const TemporaryFolder folder, after;
  RecordingCalls calls(folder.path());
  const Recorded run = record(calls, folder.path(), Durability::durable);
  const int states = every_crash(calls, 6, after.path(), [&](std::size_t acknowledged) {
    World world;
    const auto failure = error_of([&] {
      Filesystem store = Seams{.housekeeping = busy}.open(after.path(), {});
      world = recovered(store);
    });
    if (failure) UNSCOPED_INFO(failure->what());
    REQUIRE(!failure);
    const bool is_old = world == run.worlds[acknowledged];
    const bool is_new = acknowledged < run.steps.size() && world == run.worlds[acknowledged + 1];
    REQUIRE((is_old || is_new));
    check_tidiness(after.path(), world);
    check_is_of_use(after.path(), world);
  });
  CHECK(states > (REEL_SANITIZED ? 20 : 3000));
}

TEST_CASE("after a power loss a relaxed store contains one of its earlier states", "[no_tsan]") {
  const TemporaryFolder folder, after;
  RecordingCalls calls(folder.path());
  const Recorded run = record(calls, folder.path(), Durability::relaxed);
  every_crash(calls, 6, after.path(), [&](std::size_t acknowledged) {
    std::map<std::string, LaterNote> notes;
    const auto failure = error_of([&] {
      Filesystem store = Seams{.housekeeping = busy}.open(after.path(), {.durability = Durability::relaxed});
      notes = read_notes(store);
    });
    if (failure) UNSCOPED_INFO(failure->what());
    REQUIRE(!failure);
    bool known = false;
    for (std::size_t i = 0; i <= std::min(acknowledged + 1, run.steps.size()); ++i)
      known = known || notes == run.worlds[i].notes;
    REQUIRE(known);
  });
}

TEST_CASE("a power loss during recovery from another does no harm", "[no_tsan]") {
  const TemporaryFolder folder, first, second;
  RecordingCalls calls(folder.path());
  const Recorded run = record(calls, folder.path(), Durability::durable);
  constexpr int each = REEL_SANITIZED ? 10 : 150;
  int crash = 0;
  every_crash(calls, 2, first.path(), [&](std::size_t acknowledged) {
    if (++crash % each != 0) return;
    RecordingCalls again(first.path());
    World world;
    {
      Filesystem store = Seams{.calls = &again, .housekeeping = busy}.open(first.path(), {});
      world = recovered(store);
      again.note(1);
      if (error_of([&] { Notes{store}.create({.title = "new"}, {.id = Id<Note>{"new"}}); }))
        LaterNotes{store}.create({.title = "new"}, {.id = Id<LaterNote>{"new"}});
      again.note(2);
    }
    REQUIRE((world == run.worlds[acknowledged] || world == run.worlds[std::min(acknowledged + 1, run.steps.size())]));
    World with_new = world;
    with_new.notes["new"] = {.title = "new"};
    every_crash(again, 2, second.path(), [&](std::size_t step) {
      Filesystem store{second.path()};
      const World found = recovered(store);
      REQUIRE((found == with_new || (step < 2 && found == world)));
    });
  });
  CHECK(crash > 2 * each);
}

TEST_CASE("at every system call another handle sees the state before or after the write") {
  const TemporaryFolder folder;
  RecordingCalls calls(folder.path());
  const std::vector<Step> steps = script();
  Session session{folder.path(), {}, {.calls = &calls, .housekeeping = busy}, {}};
  std::unique_ptr<Filesystem> reader;
  std::size_t step = 0;
  int looks = 0;
  calls.before_change = [&] {
    if (!reader) return;
    const World old = world_after(steps, step);
    World seen;
    const auto failure = error_of([&] { seen = read_world(*reader); });
    if (failure && steps[step].name == "set up the later schema") return;
    if (failure) UNSCOPED_INFO(failure->what());
    REQUIRE(!failure);
    const bool is_known = seen == old || seen == world_after(steps, step + 1);
    REQUIRE(is_known);
    ++looks;
  };
  for (; step < steps.size(); ++step) {
    INFO("step " << steps[step].name);
    steps[step].run(session);
    if (steps[step].name == "set up files" || steps[step].name == "set up the later schema") {
      reader = std::make_unique<Filesystem>(folder.path());
      static_cast<void>(read_world(*reader));  // opening needs the lock, which a step may hold
    }
    if (reader) CHECK(read_world(*reader) == world_after(steps, step + 1));
  }
  calls.before_change = {};  // closing the session changes the disk, too, and the reader is closed before it
  CHECK(looks > 50);
}

TEST_CASE("after a power loss during writes of many threads every acknowledged write is complete", "[no_tsan]") {
  const TemporaryFolder folder, after;
  RecordingCalls calls(folder.path());
  constexpr int threads = 4, writes = 6;
  {
    Filesystem store = Seams{.calls = &calls, .housekeeping = busy}.open(folder.path(), {});
    const Notes notes = set_up<Note>(store);
    for (int thread = 0; thread < threads; ++thread)
      notes.create({.title = std::to_string(thread)}, {.id = Id<Note>{std::to_string(thread)}});
    files(store).setup();
    calls.note(0);
    std::vector<std::thread> workers;
    for (int thread = 0; thread < threads; ++thread) {
      workers.emplace_back([&, thread] {
        for (int i = 1; i <= writes; ++i) {
          const Id<Note> id{std::to_string(thread)};
          notes.update(id, reel::Patch<Note>{}.set<&Note::count>(i).set<&Note::body>(text_of(200, "text")));
          calls.note(100 * thread + i);
        }
      });
    }
    for (std::thread& worker : workers) worker.join();
  }
  std::map<int, int> acknowledged;
  std::mt19937 chance(1);
  CrashingDisk disk(calls);
  bool begun = false;
  for (std::size_t i = 0; i < calls.log.size(); ++i) {
    const RecordedCall& call = calls.log[i];
    disk.advance(call);
    if (call.kind == FileCallKind::note) {
      begun = true;
      acknowledged[static_cast<int>(call.offset) / 100] = static_cast<int>(call.offset) % 100;
    }
    if (!begun || (REEL_SANITIZED && i % 7 != 0)) continue;
    for (const DiskState& state : disk.states(4, chance)) {
      materialise(state, after.path());
      const World world = read_world(after.path());
      REQUIRE(world.notes.size() == threads);
      for (int thread = 0; thread < threads; ++thread) {
        const auto count = world.notes.at(std::to_string(thread)).count;
        REQUIRE(count >= acknowledged[thread]);
        REQUIRE(count <= acknowledged[thread] + 1);
      }
    }
  }
}

}  // namespace crashing_tests
