#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/filesystem/workload.hpp"
#include "support/scale.hpp"

namespace threads_tests {

using namespace reel::testing;
using reel::BlobId;
using reel::Filesystem;
using reel::Id;
using reel::Patch;

/// Runs each of `bodies` in a thread. Returns the errors that they threw.
std::string run_together(const std::vector<std::function<void()>>& bodies) {
  std::mutex mutex;
  std::string failures;
  std::vector<std::thread> threads;
  for (const auto& body : bodies) {
    threads.emplace_back([&] {
      try {
        body();
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        failures += std::string(error.what()) + "\n";
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  return failures;
}

TEST_CASE("threads that write, read, put and set up through two handles do not disturb each other") {
  const TemporaryFolder folder;
  Filesystem one = Seams{.housekeeping = busy}.open(folder.path(), {});
  Filesystem two = Seams{.housekeeping = busy}.open(folder.path(), {});
  for (Filesystem* store : {&one, &two}) {
    set_up<Note>(*store);
    files(*store).setup();
  }
  Notes{one}.create({.title = "counter"}, {.id = Id<Note>{"counter"}});
  const int times = repeated(200);
  std::atomic<bool> done = false;
  std::vector<std::function<void()>> writers, readers;
  for (int i = 0; i < 4; ++i) {
    Filesystem& store = i % 2 == 0 ? one : two;
    writers.push_back([&, i] {
      const Notes notes{store};
      for (int n = 0; n < times; ++n) {
        const std::string name = std::to_string(i) + "." + std::to_string(n % 20);
        notes.increment<&Note::count>(Id<Note>{"counter"}, 1);
        notes.upsert(Id<Note>{name}, {.title = name, .count = n, .body = text_of(100, name)});
        if (n % 3 == 0) notes.remove(Id<Note>{name});
        if (n % 10 == 0) put(files(store), "blob" + std::to_string(i % 2), text_of(1000, name));
        if (n % 50 == 0) notes.setup();
      }
    });
    readers.push_back([&, i] {
      std::int64_t last = 0;
      while (!done) {
        const std::int64_t count = Notes{store}.get(Id<Note>{"counter"}).value.count;
        if (count < last) throw std::runtime_error("the counter went back");
        last = count;
        for (const auto& note : Notes{store}.list().records) {
          if (note.value.body && *note.value.body != text_of(100, note.value.title))
            throw std::runtime_error("a mixture");
        }
        const BlobId blob{"blob" + std::to_string(i % 2)};
        if (files(store).exists(blob)) static_cast<void>(bytes_of(files(store), blob));
        static_cast<void>(store.referrers("notes"));
      }
    });
  }
  std::string failures;
  std::thread reading([&] { failures = run_together(readers); });
  CHECK(run_together(writers).empty());
  done = true;
  reading.join();
  CHECK(failures.empty());
  CHECK(Notes{two}.get(Id<Note>{"counter"}).value.count == 4 * times);
  CHECK(read_world(one) == read_world(two));
  CHECK(read_world(folder.path()) == read_world(two));
}

TEST_CASE("concurrent writes share syncs") {
  const TemporaryFolder folder;
  class SlowSync : public reel::filesystem::FileCalls {
   public:
    int sync(int) override {
      ++syncs;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      return 0;
    }
    std::atomic<int> syncs = 0;
  };
  SlowSync calls;
  Filesystem store = Seams{.calls = &calls}.open(folder.path(), {});
  const Notes notes = set_up<Note>(store);
  calls.syncs = 0;
  constexpr int threads = 16, times = 10;
  std::vector<std::function<void()>> bodies;
  for (int i = 0; i < threads; ++i) {
    bodies.push_back([&] {
      for (int n = 0; n < times; ++n) notes.create({.title = reel::make_id()});
    });
  }
  CHECK(run_together(bodies).empty());
  CHECK(notes.count() == threads * times);
  CHECK(calls.syncs < threads * times / 2);
}

TEST_CASE("opening a large collection does not block others") {
  const TemporaryFolder folder;
  class Gate : public reel::filesystem::FileCalls {
   public:
    int open(const std::string& path, int flags) override {
      while (closed && path.ends_with("notes/lock")) {
        is_waiting = true;
        std::this_thread::yield();
      }
      return FileCalls::open(path, flags);
    }
    std::atomic<bool> closed = false, is_waiting = false;
  };
  Gate gate;
  Filesystem store = Seams{.calls = &gate}.open(folder.path(), {});
  files(store).setup();
  gate.closed = true;
  std::thread opening([&] { set_up<Note>(store); });
  while (!gate.is_waiting) std::this_thread::yield();
  put(files(store), "blob", "content");
  CHECK(bytes_of(files(store), BlobId{"blob"}) == "content");
  CHECK(store.referrers("notes").empty());
  gate.closed = false;
  opening.join();
  CHECK(Notes{store}.count() == 0);
}

TEST_CASE("readers continue while a commit waits for the disk, and see it when it is done") {
  const TemporaryFolder folder;
  class Gate : public reel::filesystem::FileCalls {
   public:
    int sync(int file) override {
      while (closed) {
        is_waiting = true;
        std::this_thread::yield();
      }
      return FileCalls::sync(file);
    }
    std::atomic<bool> closed = false, is_waiting = false;
  };
  Gate gate;
  Filesystem store = Seams{.calls = &gate}.open(folder.path(), {});
  Filesystem other{folder.path()};
  const Notes notes = set_up<Note>(store), theirs = set_up<Note>(other);
  notes.create({.title = "old"}, {.id = Id<Note>{"n"}});
  gate.closed = true;
  std::thread writing([&] { notes.replace(Id<Note>{"n"}, {.title = "new"}); });
  while (!gate.is_waiting) std::this_thread::yield();
  CHECK(notes.get(Id<Note>{"n"}).value.title == "old");
  CHECK(theirs.get(Id<Note>{"n"}).value.title == "old");
  gate.closed = false;
  writing.join();
  CHECK(notes.get(Id<Note>{"n"}).value.title == "new");
  CHECK(theirs.get(Id<Note>{"n"}).value.title == "new");
}

}  // namespace threads_tests
