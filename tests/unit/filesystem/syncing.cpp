#include <cerrno>
#include <string>

#include "support/catch.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace syncing_tests {

using namespace reel::testing;
using reel::Durability;
using reel::Filesystem;

/// Counts syncs of files and of the file system, and fails the latter on demand.
struct CountedSyncs final : reel::filesystem::FileCalls {
  int all = 0, single = 0;
  int error = 0;
  std::string folder{};

  int sync(int file) override { return ++single, FileCalls::sync(file); }
  int sync_all(const std::string& path) override {
    ++all;
    folder = path;
    if (error == 0) return FileCalls::sync_all(path);
    errno = error;
    return -1;
  }
};

TEST_CASE("sync writes a relaxed store to the medium at once", "[filesystem]") {
  const TemporaryFolder folder;
  CountedSyncs calls;
  Filesystem store = Seams{.calls = &calls}.open(folder / "store", {.durability = Durability::relaxed});
  const Notes notes(store);
  notes.setup();
  const int before = calls.single;
  for (int i = 0; i < 100; ++i) notes.create(Note{.title = std::to_string(i)});
  CHECK(calls.single == before);
  store.sync();
  CHECK(calls.all == 2);  // before and after rewriting the journal
  CHECK(calls.single == before + 1);
  store.sync();
  CHECK(calls.single == before + 1);  // nothing is left to rewrite
  CHECK(calls.folder == folder / "store");

  calls.error = EIO;
  try {
    store.sync();
    FAIL("nothing was thrown");
  } catch (const reel::Error& error) {
    CHECK(error.code() == reel::Errc::unavailable);
    CHECK(error.reason().find(folder / "store") != std::string::npos);
  }
}

TEST_CASE("after a sync, damage anywhere in relaxed writes is reported", "[filesystem]") {
  const TemporaryFolder folder;
  {
    Filesystem store(folder / "store", {.durability = Durability::relaxed});
    const Notes notes(store);
    notes.setup();
    for (int i = 0; i < 10; ++i) notes.create(Note{.title = "title " + std::to_string(i)});
    files(store).setup();
    put(files(store), "blob", "content");
    store.sync();
    CHECK(notes.count() == 10);
  }
  for (const auto& [journal, text] : {std::pair{"collections/notes/records.jsonl", "title 9"},
                                      std::pair{"buckets/files/records.jsonl", "blob.bin"}}) {
    const std::string path = folder / "store/" + journal, good = content_of(path);
    std::string damaged = good;
    REQUIRE(damaged.rfind(text) != std::string::npos);
    damaged[damaged.rfind(text)] ^= 1;
    write_file(path, damaged);
    try {
      Filesystem store(folder / "store", {});
      static_cast<void>(Notes(store).list());
      static_cast<void>(files(store).list());
      FAIL_CHECK("nothing was thrown for " << path);
    } catch (const reel::Error& error) {
      CHECK(error.code() == reel::Errc::corrupt);
    }
    write_file(path, good);
  }
}

}  // namespace syncing_tests
