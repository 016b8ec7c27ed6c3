#include <filesystem>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/filesystem/failing_calls.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/small_disk.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/filesystem/workload.hpp"
#include "support/scale.hpp"

namespace failing_tests {

using namespace reel::testing;
using reel::Errc;
using reel::Filesystem;
using reel::Id;
using Fault = FailingCalls::Fault;

std::ptrdiff_t open_files() { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); }

bool says_open_again(const reel::Error& error) { return std::string(error.what()).find("again") != std::string::npos; }

/// Runs the script with one failing call. A failed step must throw and change nothing, and is then repeated. Returns
/// whether the call was reached.
bool survives(Fault fault, int call, int error) {
  static const std::vector<Step> steps = script();
  const TemporaryFolder folder;
  FailingCalls calls;
  Session session{folder.path(), {}, {.calls = &calls, .housekeeping = busy}, {}};
  calls.fail(call, fault, error);
  World world;
  const auto look = [&] {
    calls.pause();
    if (session.store) CHECK(read_world(*session.store) == world);
    calls.resume();
    CHECK(read_world(folder.path()) == world);
  };
  for (const Step& step : steps) {
    INFO("call " << call << " fails in step '" << step.name << "': " << calls.what());
    bool failed = false;
    if (auto failure = error_of([&] { step.run(session); })) {
      failed = true;
      INFO(failure->what());
      CHECK(fault != Fault::split_write);
      CHECK(failure->code() == (error == EACCES ? Errc::forbidden : Errc::unavailable));
      CHECK(std::string(failure->what()).find(std::filesystem::path(folder.path()).parent_path().string()) !=
            std::string::npos);
      CHECK(calls.fired());
      look();
      failure = error_of([&] { step.run(session); });
      if (failure && says_open_again(*failure)) {
        session.open();
        failure = error_of([&] { step.run(session); });
      }
      if (failure) UNSCOPED_INFO(failure->what());
      REQUIRE(!failure);
    }
    step.effect(world);
    if (failed || &step == &steps.back()) look();
  }
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
    CHECK(entry.path().extension() != ".tmp");
  return calls.fired();
}

void every_call(Fault fault, int error) {
  const std::ptrdiff_t before = open_files();
  int call = 1;
  while (survives(fault, call, error)) call += REEL_SANITIZED ? 10 : 1;
  CHECK(call > 20);
  CHECK(open_files() == before);
}

TEST_CASE("with a broken disk any system call may fail: the operation fails and the old values remain", "[no_tsan]") {
  every_call(Fault::error, EIO);
}
TEST_CASE("with a full disk any write may be cut short: the operation fails and the old values remain") {
  every_call(Fault::short_write, ENOSPC);
}
TEST_CASE("a system call that is interrupted or does only a part is continued") { every_call(Fault::split_write, 0); }
TEST_CASE("a forbidden system call is reported as forbidden") { every_call(Fault::error, EACCES); }

TEST_CASE("with a broken disk reads still work, and after repair everything is as before") {
  const TemporaryFolder folder;
  FailingCalls calls;
  Session session{folder.path(), {}, {.calls = &calls, .housekeeping = busy}, {}};
  World world;
  for (const Step& step : script()) {
    step.run(session);
    step.effect(world);
  }
  const auto refused = [&](int number, auto&& body) {
    calls.fail_always(number);
    const auto error = error_of(body);
    calls.stop();
    REQUIRE(error);
    CHECK(error->code() == Errc::unavailable);
    CHECK(read_world(*session.store) == world);
    CHECK(read_world(folder.path()) == world);
  };
  for (const int number : {EIO, ENOSPC}) {
    refused(number, [&] { LaterNotes{*session.store}.create({.title = "new"}); });
    refused(number, [&] { put(files(*session.store), "y", "new"); });
    refused(number, [&] { static_cast<void>(Seams{.calls = &calls}.open(folder.path(), {})); });
  }
}

TEST_CASE("after a failed sync a collection is read-only until the store is opened again") {
  class FailingSync : public reel::filesystem::FileCalls {
   public:
    int sync(int file) override {
      if (!fails) return FileCalls::sync(file);
      errno = EIO;
      return -1;
    }
    bool fails = false;
  };
  const TemporaryFolder folder;
  FailingSync calls;
  {
    Filesystem store = Seams{.calls = &calls}.open(folder.path(), {});
    const Notes notes = set_up<Note>(store);
    notes.create({.title = "old"}, {.id = Id<Note>{"n"}});
    calls.fails = true;
    const auto first = error_of([&] { notes.replace(Id<Note>{"n"}, {.title = "new"}); });
    calls.fails = false;
    REQUIRE(first);
    CHECK(first->code() == Errc::unavailable);
    const auto second = error_of([&] { notes.replace(Id<Note>{"n"}, {.title = "new"}); });
    REQUIRE(second);
    CHECK(second->code() == Errc::unavailable);
    CHECK(says_open_again(*second));
    CHECK(notes.get(Id<Note>{"n"}).value.title == "old");
    Filesystem other{folder.path()};
    CHECK(Notes{other}.get(Id<Note>{"n"}).value.title == "old");
  }
  Filesystem store = Seams{.calls = &calls}.open(folder.path(), {});
  CHECK(Notes{store}.replace(Id<Note>{"n"}, {.title = "new"}).value.title == "new");
}

TEST_CASE("a failed shared sync fails every write that shared it") {
  class SlowSync : public reel::filesystem::FileCalls {
   public:
    int sync(int file) override {
      if (!fails) return FileCalls::sync(file);
      std::this_thread::sleep_for(std::chrono::milliseconds(20));  // so that the others queue up
      if (++syncs == 1) return FileCalls::sync(file);
      errno = EIO;
      return -1;
    }
    std::atomic<bool> fails = false;
    std::atomic<int> syncs = 0;
  };
  const TemporaryFolder folder;
  SlowSync calls;
  Filesystem store = Seams{.calls = &calls}.open(folder.path(), {});
  const Notes notes = set_up<Note>(store);
  calls.fails = true;
  std::atomic<int> stored = 0, refused = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const auto error = error_of([&] { notes.create({.title = std::to_string(i)}); });
      ++(error ? refused : stored);
    });
  }
  for (std::thread& thread : threads) thread.join();
  calls.fails = false;
  CHECK(stored + refused == 8);
  CHECK(refused > 0);
  CHECK(notes.count() == stored);
  Filesystem other{folder.path()};
  CHECK(Notes{other}.count() == stored);
}

TEST_CASE("a full disk refuses writes and accepts them again when there is space") {
  const auto fill = [](const std::string& disk) {
    write_file(disk + "/ballast", std::string(500'000, '-'));
    Filesystem store{disk + "/store"};
    const Notes notes = set_up<Note>(store);
    files(store).setup();
    const std::string large = text_of(100'000, "large");
    int kept = 0;
    std::optional<reel::Error> full;
    while (!full && kept < 1000) {
      full = error_of([&] { notes.create({.title = std::to_string(kept), .body = large}); });
      if (!full) ++kept;
    }
    if (!full || full->code() != Errc::unavailable) throw std::runtime_error("no sign of a full disk");
    const auto blob = error_of([&] { put(files(store), "big", text_of(2'000'000, "big")); });
    if (!blob || blob->code() != Errc::unavailable || files(store).exists(reel::BlobId{"big"}))
      throw std::runtime_error("a blob on a full disk");
    Filesystem other{disk + "/store"};
    if (notes.count() != kept || Notes{other}.count() != kept) throw std::runtime_error("lost or half a record");
    std::filesystem::remove(disk + "/ballast");
    notes.create({.title = "after", .body = large});
    put(files(store), "big", text_of(100'000, "big"));
    if (Notes{other}.count() != kept + 1) throw std::runtime_error("not there after making room");
  };
  INFO("needs the right to mount; the tests of failing calls check the rule without it");
  CHECK_NOFAIL(on_small_disk(2'097'152, fill));
}

}  // namespace failing_tests
