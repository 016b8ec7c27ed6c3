#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <vector>

#include <reel/migrate.hpp>

#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/scale.hpp"
#include "support/standard_descriptors.hpp"

namespace surroundings_tests {

using namespace reel::testing;
using reel::BlobId;
using reel::Errc;
using reel::Filesystem;
using reel::Id;

/// Runs `body` in a child process, which must succeed.
template <class F>
void in_child(F&& body) {
  Child child([&](const Child::Pipe& pipe) {
    try {
      body();
    } catch (const std::exception& error) {
      pipe.write(error.what());
      ::_exit(1);
    }
  });
  const std::string complaint = child.read();
  INFO(complaint);
  CHECK(child.wait());
}

TEST_CASE("no file of a store uses a standard descriptor") {
  const TemporaryFolder folder;
  write_file(folder / "source", std::string(70'000, 's'));
  in_child([&] {
    close_standard_descriptors();
    Filesystem store = Seams{.housekeeping = busy}.open(folder / "store", {});
    log_without_descriptors("opened");
    Notes notes = set_up<Note>(store);
    const auto blobs = files(store);
    blobs.setup();
    log_without_descriptors("set up");
    for (int i = 0; i < 50; ++i) {
      notes.create({.title = std::to_string(i)}, {.id = Id<Note>{"note" + std::to_string(i)}});
      notes.update(Id<Note>{"note" + std::to_string(i)}, reel::Patch<Note>{}.set<&Note::count>(i));
      log_without_descriptors("written");
    }
    const auto log = [](const reel::Progress&) {
      log_without_descriptors("in a transfer");
      return true;
    };
    blobs.put(BlobId{"a"}, reel::from_file(folder / "source"), {.on_progress = log});
    blobs.get(BlobId{"a"}, reel::to_file(folder / "copy"), {.on_progress = log});
    log_without_descriptors("blobs");
    Filesystem target{folder / "target"};
    reel::migrate(store, target, reel::migration_set<Note>(), {.journal = folder / "journal"});
    store.sync();
    log_without_descriptors("migrated");
  });
  for (const char* name : {"store", "target"}) {
    Filesystem store{folder / name};
    Notes notes{store};
    CHECK(notes.count() == 50);
    for (int i = 0; i < 50; ++i) CHECK(notes.get(Id<Note>{"note" + std::to_string(i)}).value.count == i);
  }
  CHECK(content_of(folder / "copy") == std::string(70'000, 's'));
}

TEST_CASE("a store in a relative folder is found after the current directory has changed") {
  const TemporaryFolder folder;
  REQUIRE(::mkdir((folder / "here").c_str(), 0755) == 0);
  REQUIRE(::mkdir((folder / "elsewhere").c_str(), 0755) == 0);
  in_child([&] {
    if (::chdir((folder / "here").c_str()) != 0) throw std::runtime_error("chdir");
    Filesystem store{"store"};
    Notes notes = set_up<Note>(store);
    notes.create({.title = "before"});
    const auto blobs = files(store);
    auto sink = reel::to_file("copy");
    if (::chdir((folder / "elsewhere").c_str()) != 0) throw std::runtime_error("chdir");
    notes.create({.title = "after"});
    blobs.setup();
    reel::testing::put(blobs, "a", "bytes");
    blobs.get(BlobId{"a"}, sink);
    if (blobs.url(BlobId{"a"}).find(folder / "here/store/buckets") == std::string::npos)
      throw std::runtime_error(blobs.url(BlobId{"a"}));
    if (notes.count() != 2) throw std::runtime_error("a record is missing");
  });
  Filesystem store{folder / "here/store"};
  CHECK(Notes{store}.count() == 2);
  CHECK(bytes_of(files(store), BlobId{"a"}) == "bytes");
  CHECK(content_of(folder / "here/copy") == "bytes");
  CHECK(::access((folder / "elsewhere/store").c_str(), F_OK) != 0);
  CHECK(::access((folder / "elsewhere/copy").c_str(), F_OK) != 0);
}

TEST_CASE("a relative folder without a current directory is refused with a reel::Error") {
  const TemporaryFolder folder;
  in_child([&] {
    const std::string gone = folder / "gone";
    if (::mkdir(gone.c_str(), 0755) != 0 || ::chdir(gone.c_str()) != 0 || ::rmdir(gone.c_str()) != 0)
      throw std::runtime_error("mkdir");
    const auto error = error_of([] { Filesystem store{"store"}; });
    if (!error || error->code() != Errc::unavailable) throw std::runtime_error("not refused");
  });
}

// The undefined behaviour sanitizer opens a pipe to check virtual calls, and reports a bad object if that fails.
#if !REEL_SANITIZED
TEST_CASE("a store without free descriptors fails with a reel::Error and works again later") {
  const TemporaryFolder folder;
  in_child([&] {
    Filesystem store{folder.path()};
    Notes notes = set_up<Note>(store);
    std::vector<int> taken;
    for (int number = ::dup(0); number >= 0; number = ::dup(0)) taken.push_back(number);
    const auto blobs = files(store);
    for (const auto& error : {error_of([&] { blobs.setup(); }), error_of([&] { Filesystem{folder.path()}; }),
                              error_of([&] { static_cast<void>(reel::to_file(folder / "copy")); })})
      if (!error || error->code() != Errc::unavailable) throw std::runtime_error("no error of the library");
    for (const int number : taken) ::close(number);
    blobs.setup();
    notes.create({.title = "after"});
  });
}
#endif

}  // namespace surroundings_tests
