#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/scale.hpp"

namespace processes_tests {

using namespace reel::testing;
using reel::Errc;
using reel::Filesystem;
using reel::Id;

constexpr int processes = 4, threads = 4;

/// Runs `body(notes)` in four threads of each of four processes, which start at the same time.
template <class F>
void in_all(const std::string& folder, F body) {
  std::vector<Child> children;
  for (int i = 0; i < processes; ++i) {
    children.emplace_back([&](const Child::Pipe&) {
      Filesystem store{folder};
      Notes notes{store};
      std::atomic<int> failures = 0;
      std::vector<std::thread> workers;
      for (int j = 0; j < threads; ++j) {
        workers.emplace_back([&] {
          try {
            body(notes);
          } catch (const std::exception& error) {
            std::fprintf(stderr, "in a thread: %s\n", error.what());
            ++failures;
          }
        });
      }
      for (std::thread& worker : workers) worker.join();
      if (failures != 0) throw std::runtime_error("a thread failed");
    });
  }
  for (Child& child : children) CHECK(child.wait());
}

void make_counter(const std::string& folder) {
  Filesystem store{folder};
  set_up<Note>(store).create({.title = "counter"}, {.id = Id<Note>{"counter"}});
}

std::int64_t total(const std::string& folder) {
  Filesystem store{folder};
  return Notes{store}.get(Id<Note>{"counter"}).value.count;
}

TEST_CASE("increments of many processes and threads add up") {
  const TemporaryFolder folder;
  make_counter(folder.path());
  const int times = repeated(500);
  in_all(folder.path(), [&](Notes& notes) {
    for (int i = 0; i < times; ++i) notes.increment<&Note::count>(Id<Note>{"counter"}, 1);
  });
  CHECK(total(folder.path()) == processes * threads * times);
}

TEST_CASE("read-modify-write in many processes and threads loses nothing") {
  const TemporaryFolder folder;
  make_counter(folder.path());
  const int times = repeated(250);
  in_all(folder.path(), [&](Notes& notes) {
    for (int i = 0; i < times; ++i) notes.modify(Id<Note>{"counter"}, [](Note& note) { ++note.count; });
  });
  CHECK(total(folder.path()) == processes * threads * times);
}

TEST_CASE("increments on a real disk, where they share syncs, add up") {
  const TemporaryFolder folder(TemporaryFolder::on_disk());
  make_counter(folder.path());
  const int times = repeated(50);
  in_all(folder.path(), [&](Notes& notes) {
    for (int i = 0; i < times; ++i) notes.increment<&Note::count>(Id<Note>{"counter"}, 1);
  });
  CHECK(total(folder.path()) == processes * threads * times);
}

TEST_CASE("of many creates with one id exactly one succeeds, and the others are already_exists") {
  const TemporaryFolder folder;
  {
    Filesystem store{folder.path()}, other{folder.path()};
    set_up<Note>(store);
    set_up<Note>(other);
  }
  const int ids = repeated(60);
  std::vector<Child> children;
  for (int i = 0; i < processes; ++i) {
    children.emplace_back([&](const Child::Pipe& pipe) {
      Filesystem store{folder.path()};
      Notes notes{store};
      for (int id = 0; id < ids; ++id) {
        const auto error = error_of([&] {
          notes.create({.title = "by " + std::to_string(i) + " " + std::to_string(id)},
                       {.id = Id<Note>{(i % 2 == 0 ? "id" : "ID") + std::to_string(id)}});
        });
        if (!error) pipe.write(std::to_string(id) + "\n");
        if (error && error->code() != Errc::already_exists) throw *error;
      }
    });
  }
  std::multiset<std::string> made;
  for (Child& child : children) {
    const std::string lines = child.read();
    for (std::size_t at = 0, end; (end = lines.find('\n', at)) != std::string::npos; at = end + 1)
      made.insert(lines.substr(at, end - at));
    CHECK(child.wait());
  }
  CHECK(made.size() == static_cast<std::size_t>(ids));
  Filesystem store{folder.path()};
  CHECK(Notes{store}.count() == ids);
  for (int id = 0; id < ids; ++id) CHECK(made.count(std::to_string(id)) == 1);
}

TEST_CASE("of many creates with one unique value exactly one succeeds") {
  const TemporaryFolder folder;
  {
    Filesystem store{folder.path()};
    set_up<Note>(store);
  }
  const int titles = repeated(40);
  in_all(folder.path(), [&](Notes& notes) {
    for (int i = 0; i < titles; ++i) {
      const auto error = error_of([&] { notes.create({.title = "title " + std::to_string(i)}); });
      if (error && error->code() != Errc::already_exists) throw *error;
    }
  });
  Filesystem store{folder.path()};
  CHECK(Notes{store}.count() == titles);
}

TEST_CASE("a reader never sees half of a change of two records, also during compaction") {
  const TemporaryFolder folder;
  {
    Filesystem store{folder.path()};
    const Notes notes = set_up<Note>(store);
    notes.create({.title = "a"}, {.id = Id<Note>{"a"}});
    notes.create({.title = "b"}, {.id = Id<Note>{"b"}});
  }
  const int rounds = repeated(1500);
  Child writer([&](const Child::Pipe& pipe) {
    Filesystem store = Seams{.housekeeping = busy}.open(folder.path(), {});
    Notes notes{store};
    for (int i = 1; i <= rounds; ++i) {
      std::vector<reel::Update<Note>> both;
      for (const char* id : {"a", "b"})
        both.push_back({.id = Id<Note>{id}, .patch = reel::Patch<Note>{}.set<&Note::count>(i)});
      notes.update_many(std::move(both));
    }
    pipe.write("done");
  });
  Filesystem store{folder.path()};
  Notes notes{store};
  std::int64_t last = 0, seen = 0;
  while (last < rounds) {
    const auto page = notes.list();
    REQUIRE(page.records.size() == 2);
    const std::int64_t a = page.records[0].value.count, b = page.records[1].value.count;
    REQUIRE(a == b);
    REQUIRE(a >= last);
    if (a > last) ++seen;
    last = a;
  }
  CHECK(writer.wait());
  CHECK(seen > 1);
  CHECK(std::filesystem::file_size(folder / "collections/notes/records.jsonl") < 5000);
}

TEST_CASE("an acknowledged write is visible to other processes at once") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()};
  const Notes notes = set_up<Note>(store);
  CHECK(notes.count() == 0);
  Child writer([&](const Child::Pipe& pipe) {
    Filesystem theirs{folder.path()};
    for (int i = 0; i < 50; ++i) {
      Notes{theirs}.create({.title = std::to_string(i)}, {.id = Id<Note>{"n" + std::to_string(i)}});
      pipe.write("x");
    }
  });
  for (int i = 0; i < 50; ++i) {
    REQUIRE(writer.read(1) == "x");
    CHECK(notes.exists(Id<Note>{"n" + std::to_string(i)}));
  }
  CHECK(writer.wait());
}

TEST_CASE("an attribute that another program added is a conflict, and its values are kept") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()};
  const Notes notes = set_up<Note>(store);
  notes.create({.title = "old"}, {.id = Id<Note>{"old"}});
  Child later([&](const Child::Pipe&) {
    Filesystem theirs{folder.path()};
    const LaterNotes records = set_up<LaterNote>(theirs);
    records.update(Id<LaterNote>{"old"}, reel::Patch<LaterNote>{}.set<&LaterNote::author>("me"));
  });
  REQUIRE(later.wait());

  const auto written = error_of([&] { notes.replace(Id<Note>{"old"}, {.title = "older"}); });
  REQUIRE(written);
  CHECK(written->code() == Errc::conflict);
  const auto read = error_of([&] { static_cast<void>(notes.get(Id<Note>{"old"})); });
  REQUIRE(read);
  CHECK(read->code() == Errc::conflict);
  const auto setup = error_of([&] { notes.setup(); });
  REQUIRE(setup);
  CHECK(setup->code() == Errc::conflict);
  CHECK(setup->attribute() == "author");

  const auto kept = set_up<LaterNote>(store).get(Id<LaterNote>{"old"});
  CHECK(kept.value == LaterNote{.title = "old", .author = "me"});
}

TEST_CASE("several processes can create and set up one store at the same time") {
  for (int round = 0; round < repeated(20); ++round) {
    const TemporaryFolder parent;
    std::vector<Child> children;
    for (int i = 0; i < processes; ++i) {
      children.emplace_back([&](const Child::Pipe&) {
        Filesystem store{parent / "deep/store"};
        const Notes notes = set_up<Note>(store);
        files(store).setup();
        notes.create({.title = std::to_string(i)});
        put(files(store), "f" + std::to_string(i), "content");
      });
    }
    for (Child& child : children) CHECK(child.wait());
    Filesystem store{parent / "deep/store"};
    CHECK(Notes{store}.count() == processes);
    CHECK(files(store).list().blobs.size() == processes);
  }
}

TEST_CASE("blobs of one process survive the cleanup of another") {
  const TemporaryFolder folder;
  {
    Filesystem store{folder.path()};
    files(store).setup();
  }
  const int rounds = repeated(100);
  std::vector<Child> children;
  for (int i = 0; i < processes; ++i) {
    children.emplace_back([&](const Child::Pipe&) {
      for (int round = 0; round < rounds; ++round) {
        Filesystem store{folder.path()};
        files(store).setup();  // checks for files that no record names
        const std::string id = "blob" + std::to_string(i * rounds + round);
        put(files(store), id, text_of(3000, id));
        put(files(store), "shared", text_of(3000, id));
      }
    });
  }
  for (Child& child : children) CHECK(child.wait());
  Filesystem store{folder.path()};
  files(store).setup();
  for (int i = 0; i < processes * rounds; ++i) {
    const std::string id = "blob" + std::to_string(i);
    CHECK(bytes_of(files(store), reel::BlobId{id}) == text_of(3000, id));
  }
  CHECK(bytes_of(files(store), reel::BlobId{"shared"}).starts_with("blob"));
  const auto left = std::distance(std::filesystem::directory_iterator(folder / "buckets/files/data"), {});
  CHECK(left == processes * rounds + 1);
}

}  // namespace processes_tests
