#include <unistd.h>

#include <atomic>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/driver/file/file.hpp>

#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/scale.hpp"

namespace forking_tests {

using namespace reel::testing;
using reel::Filesystem;
using reel::Id;

constexpr unsigned patience = 60;  // seconds until a hanging child is killed

/// Creates a record; titles are unique.
Id<Note> add_note(Notes& notes, const std::string& title) {
  return notes.create({.title = title + " " + reel::make_id()}).id;
}

/// Creates `wanted` records and returns their ids.
std::vector<std::string> create_notes(Notes& notes, const std::string& title, int wanted) {
  std::vector<std::string> ids;
  for (int i = 0; i < wanted; ++i) ids.push_back(add_note(notes, title).str());
  return ids;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

void check_all_there(Notes& notes, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) CHECK(notes.find(Id<Note>{id}).has_value());
}

TEST_CASE("a store opened before a fork keeps concurrent writes of parent and child") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()};
  Notes notes = set_up<Note>(store);
  const std::vector<std::string> before = create_notes(notes, "before", 10);
  const int times = repeated(200);
  Child child([&](const Child::Pipe& pipe) {
    ::alarm(patience);
    check_all_there(notes, before);
    for (const std::string& id : create_notes(notes, "child", times)) pipe.write(id + "\n");
  });
  const std::vector<std::string> of_parent = create_notes(notes, "parent", times);
  const std::vector<std::string> of_child = lines_of(child.read());
  CHECK(child.wait());
  REQUIRE(of_child.size() == static_cast<std::size_t>(times));

  Filesystem opened_again{folder.path()};
  Notes fresh{opened_again};
  for (Notes* const seen : {&notes, &fresh}) {
    CHECK(seen->count() == 10 + 2 * times);
    check_all_there(*seen, of_parent);
    check_all_there(*seen, of_child);
  }
}

TEST_CASE("increments of parent, children and grandchildren add up in one store") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()};
  Notes notes = set_up<Note>(store);
  const Id<Note> counter = notes.create({.title = "counter"}).id;
  const int times = repeated(100);
  const auto add = [&] {
    ::alarm(patience);
    for (int i = 0; i < times; ++i) notes.increment<&Note::count>(counter, 1);
    ::alarm(0);
  };
  std::vector<Child> children;
  for (int i = 0; i < 3; ++i) {
    children.emplace_back([&](const Child::Pipe&) {
      Child of_child([&](const Child::Pipe&) { add(); });
      add();
      if (!of_child.wait()) throw std::runtime_error("a child's child failed");
    });
  }
  add();
  for (Child& child : children) CHECK(child.wait());
  CHECK(notes.get(counter).value.count == 7 * times);
}

TEST_CASE("a child that exits with an inherited store leaves the parent's store intact") {
  const TemporaryFolder folder;
  auto store = std::make_unique<Filesystem>(folder.path());
  Notes notes = set_up<Note>(*store);
  std::atomic<bool> running = true;
  std::atomic<int> written = 0;
  std::thread writer([&] {
    for (; running; ++written) add_note(notes, "parent");
  });
  for (int i = 0; i < 20; ++i) {
    Child child([&](const Child::Pipe&) {
      ::alarm(patience);
      store.reset();
    });
    CHECK(child.wait());
  }
  running = false;
  writer.join();
  CHECK(notes.count() == written);
  store.reset();
  Filesystem again{folder.path()};
  CHECK(Notes{again}.count() == written);
}

TEST_CASE("a fork during writes of other threads leaves no lock held in the child") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()};
  Notes notes = set_up<Note>(store);
  std::atomic<bool> running = true;
  std::atomic<int> written = 0;
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([&] {
      while (running) {
        add_note(notes, "thread");
        ++written;
        static_cast<void>(notes.count());
      }
    });
  }
  const int children = repeated(30);
  for (int i = 0; i < children; ++i) {
    Child child([&](const Child::Pipe&) {
      ::alarm(patience);
      add_note(notes, "child");
    });
    CHECK(child.wait());
  }
  running = false;
  for (std::thread& one : writers) one.join();
  CHECK(notes.count() == written + children);
}

TEST_CASE("a parent that is killed during a write does not block its children") {
  const TemporaryFolder folder;
  for (int round = 0; round < 10; ++round) {
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    Child parent([&](const Child::Pipe& pipe) {
      Filesystem store{folder.path()};
      Notes notes = set_up<Note>(store);
      Child child([&](const Child::Pipe&) {
        ::alarm(patience);
        char byte = 0;
        ::close(ends[1]);
        static_cast<void>(::read(ends[0], &byte, 1));  // until the parent has ended
        add_note(notes, "child");
        pipe.write("done");
      });
      pipe.write("begun");
      for (;;) add_note(notes, "parent");
    });
    CHECK(parent.read(5) == "begun");
    ::usleep(static_cast<useconds_t>(3000 + 700 * round));
    parent.kill();
    CHECK(parent.was_killed());
    ::close(ends[1]);
    CHECK(parent.read() == "done");
    ::close(ends[0]);
  }
}

TEST_CASE("blobs of parent and child are in one bucket") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()};
  const auto blobs = files(store);
  blobs.setup();
  const auto put_all = [&](const std::string& id) {
    for (int i = 0; i < 20; ++i)
      reel::testing::put(blobs, id + std::to_string(i), "the bytes of " + id + std::to_string(i));
  };
  put_all("before");
  Child child([&](const Child::Pipe&) {
    ::alarm(patience);
    put_all("child");
    store.sync();
  });
  put_all("parent");
  CHECK(child.wait());
  int found = 0;
  for (const reel::BlobInfo& one : blobs.all()) {
    CHECK(bytes_of(blobs, one.id) == "the bytes of " + one.id.str());
    ++found;
  }
  CHECK(found == 60);
}

TEST_CASE("a child shares the descriptor of a lockable file after its release") {
  const TemporaryFolder folder;
  auto file = reel::driver::File::lockable(reel::driver::posix_calls(), folder.path(), O_RDONLY | O_DIRECTORY);
  const int released = file.release();
  const Child child([released](const Child::Pipe& pipe) {
    reel::driver::FileStatus status;
    const bool shared = reel::driver::posix_calls().status(released, status) == 0 && status.is_folder();
    pipe.write(shared ? "shared" : "not shared");
  });
  CHECK(child.read() == "shared");
  ::close(released);
}

}  // namespace forking_tests
