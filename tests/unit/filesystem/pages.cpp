#include <atomic>
#include <cerrno>
#include <string>
#include <vector>

#include <reel/driver/page.hpp>

#include "support/catch.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/filesystem/workload.hpp"

// A page reads several lines at once, with the same result as reading its records one by one.

namespace pages_tests {

using namespace reel::testing;
using reel::Filesystem;
using reel::Id;

/// Fails large reads on demand.
class ShortReads : public reel::filesystem::FileCalls {
 public:
  std::atomic<bool> refuses{false};

  ssize_t read_at(int file, void* bytes, std::size_t count, std::int64_t offset) override {
    if (!refuses || count < 20'000) return FileCalls::read_at(file, bytes, count, offset);
    errno = EIO;
    return -1;
  }
};

reel::driver::Page<reel::driver::DocumentPtr> page_of(Filesystem& store) {
  return store.list(reel::schema_of<Note>(), {.limit = 500});
}

/// Creates short lines, lines longer than a read, and gaps: every third line is moved to the end.
std::vector<std::string> fill(const Notes& notes) {
  std::vector<std::string> titles;
  for (int i = 0; i < 300; ++i) titles.push_back("note " + std::to_string(i));
  const auto body = [](int i) { return std::string(i % 50 == 7 ? 150'000 : static_cast<std::size_t>(20 * i), 'b'); };
  for (int i = 0; i < 300; ++i) notes.create({.title = titles[static_cast<std::size_t>(i)], .body = body(i)});
  for (const auto& note : notes.list(reel::Query<Note>{}.limit(500)).records)
    if (note.value.body->size() % 3 == 0) notes.update(note.id, reel::Patch<Note>{}.set<&Note::count>(1));
  return titles;
}

TEST_CASE("a page equals its records read one by one") {
  const TemporaryFolder folder;
  ShortReads calls;
  Filesystem store = Seams{.calls = &calls}.open(folder.path(), {.durability = reel::Durability::relaxed});
  const Notes notes = set_up<Note>(store);
  const std::vector<std::string> titles = fill(notes);
  const auto check = [&] {
    const reel::driver::Page<reel::driver::DocumentPtr> page = page_of(store);
    REQUIRE(page.failed.empty());
    REQUIRE(page.items.size() == titles.size());
    for (std::size_t i = 0; i < titles.size(); ++i) {
      const reel::driver::DocumentPtr alone = store.find(reel::schema_of<Note>(), page.items[i]->id);
      CHECK(*page.items[i]->values[0].as<std::string>() == titles[i]);
      CHECK(page.items[i]->values == alone->values);
    }
  };
  SECTION("S: with records of any length and position") { check(); }
  SECTION("S: with a disk that returns one line at a time") {
    notes.remove_where(reel::Query<Note>{}.where(reel::field<&Note::title> == "note 7"));
    calls.refuses = true;
    const reel::driver::Page<reel::driver::DocumentPtr> page = page_of(store);
    CHECK(page.items.size() + page.failed.size() == titles.size() - 1);
    CHECK(page.failed.size() == 5);  // lines that are longer than that
  }
}

TEST_CASE("a damaged line fails alone in its page") {
  const TemporaryFolder folder;
  const std::string path = folder / "collections/notes/records.jsonl";
  Filesystem store{folder.path()};
  const Notes notes = set_up<Note>(store);
  for (const char* id : {"first", "second", "third", "fourth"}) notes.create({.title = id}, {.id = Id<Note>{id}});
  std::string journal = content_of(path);
  journal[journal.find("\"title\":\"second\"") + 10] ^= 1;
  write_file(path, journal);
  const reel::driver::Page<reel::driver::DocumentPtr> page = page_of(store);
  REQUIRE(page.failed.size() == 1);
  CHECK(page.failed[0].id() == "second");
  CHECK(page.failed[0].code() == reel::Errc::corrupt);
  REQUIRE(page.items.size() == 3);
  CHECK(page.items[2]->id == "fourth");
}

}  // namespace pages_tests
