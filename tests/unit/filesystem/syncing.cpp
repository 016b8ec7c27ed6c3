#include <cerrno>
#include <string>

#include "support/catch.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace {

using namespace reel::testing;
using reel::Durability;
using reel::Filesystem;

/// Counts what is put on the medium, and fails it on demand.
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

}  // namespace

TEST_CASE("a relaxed store is put on the medium by one call", "[filesystem]") {
  const TemporaryFolder folder;
  CountedSyncs calls;
  Filesystem store(folder / "store", {.durability = Durability::relaxed, .calls = &calls});
  const Notes notes(store);
  notes.setup();
  const int before = calls.single;
  for (int i = 0; i < 100; ++i) notes.create(Note{.title = std::to_string(i)});
  CHECK(calls.single == before);
  store.sync();
  CHECK(calls.all == 1);
  CHECK(calls.single == before);
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
