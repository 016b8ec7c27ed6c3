#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <stdexcept>
#include <string>

#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/small_disk.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/filesystem/workload.hpp"
#include "unit/legacy/ordinary_user.hpp"

namespace read_only_tests {

using namespace reel::testing;
using reel::Access;
using reel::BlobId;
using reel::Errc;
using reel::Error;
using reel::Filesystem;
using reel::FilesystemOptions;
using reel::Id;
using reel::Patch;

/// Returns every entry of a folder with the contents of files.
std::map<std::string, std::string> content_below(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    all[entry.path().string()] = entry.is_regular_file() ? content_of(entry.path().string()) : "(folder)";
  return all;
}

void fill(const std::string& folder, bool snapshot = false) {
  Filesystem store = Seams{.housekeeping = {.snapshot_at_end = snapshot ? 1 : 1 << 30}}.open(folder, {});
  const Notes notes = set_up<Note>(store);
  for (const char* id : {"a", "b", "c"}) notes.create({.title = id, .body = text_of(50, id)}, {.id = Id<Note>{id}});
  files(store).setup();
  put(files(store), "x", "content of x");
}

void forbid_writing(const std::string& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    ::chmod(entry.path().c_str(), entry.is_directory() ? 0555 : 0444);
  ::chmod(folder.c_str(), 0555);
}

/// Throws instead of using Catch, so that a failure in a child process is noticed.
void require(bool holds, const std::string& what) {
  if (!holds) throw std::runtime_error(what);
}

/// Reads everything that `fill` created, and expects that writes are refused with a reason that contains `why`.
void check_read_only(const std::string& folder, FilesystemOptions options, const std::string& why) {
  const auto before = content_below(folder);
  {
    Filesystem store{folder, options};
    const Notes notes{store};
    notes.setup();
    files(store).setup();
    require(notes.get(Id<Note>{"b"}).value.body == text_of(50, "b"), "a body");
    require(notes.list(reel::Query<Note>{}.where(reel::field<&Note::title> == "c")).records.size() == 1,
            "a list by title");
    require(notes.list().records.size() == 3, "a list");
    require(notes.count() == 3, "a count");
    require(notes.explain(reel::Query<Note>{}).rows == 3, "an explanation");
    require(bytes_of(files(store), BlobId{"x"}) == "content of x", "a blob");
    require(files(store).list().blobs.size() == 1, "a list of blobs");
    require(files(store).scrub().ok(), "a scrub");
    require(files(store).url(BlobId{"x"}).starts_with("file://"), "a url");
    const auto refused = [&](auto body) {
      const auto error = error_of(body);
      require(error.has_value(), "a write was done");
      require(error->code() == Errc::forbidden, error->what());
      require(error->reason().find(why) != std::string::npos, error->what());
    };
    refused([&] { notes.create({.title = "new"}); });
    refused([&] { notes.update(Id<Note>{"a"}, Patch<Note>{}.set<&Note::count>(1)); });
    refused([&] { notes.increment<&Note::count>(Id<Note>{"a"}, 1); });
    refused([&] { notes.remove(Id<Note>{"a"}); });
    refused([&] { notes.create_many(std::vector<Note>{{.title = "d"}, {.title = "e"}}); });
    refused([&] { put(files(store), "new", "bytes"); });
    refused([&] { files(store).remove(BlobId{"x"}); });
    refused([&] { LaterNotes{store}.setup(); });
    refused([&] { reel::BlobStore<Filesystem>(store, {.id = "more", .name = "More"}).setup(); });
    require(notes.count() == 3, "a count");
  }
  require(content_below(folder) == before, "a file has changed");
}

TEST_CASE("a store on a read-only medium is read and stays unchanged", "[read_only]") {
  for (const bool snapshot : {false, true}) {
    const bool done = on_small_disk(2'000'000, [&](const std::string& disk) {
      fill(disk + "/s", snapshot);
      make_read_only(disk);
      check_read_only(disk + "/s", {}, "Read-only file system");
      check_read_only(disk + "/s", {.access = Access::read_only}, "opened read-only");
      const auto error = error_of([&] {
        Filesystem store{disk + "/s", {.access = Access::read_write}};
        static_cast<void>(Notes{store}.count());
      });
      require(error && error->code() == Errc::forbidden, "Access::read_write");
    });
    INFO("needs the right to mount; the next test checks the rule for an ordinary user");
    CHECK_NOFAIL(done);
  }
}

TEST_CASE("an ordinary user reads a store without write permission, with and without a lock file", "[read_only]") {
  for (const bool lock : {true, false}) {
    const TemporaryFolder folder;
    fill(folder / "s", true);
    if (!lock) {
      for (const char* of : {"collections/notes", "buckets/files"})
        std::filesystem::remove(folder / "s/" + of + "/lock");
    }
    ::chmod(folder.path().c_str(), 0755);
    forbid_writing(folder / "s");
    {
      const OrdinaryUser user;
      CHECK_NOTHROW(check_read_only(folder / "s", {}, "cannot write to"));
      CHECK_NOTHROW(check_read_only(folder / "s", {.create = false, .access = Access::read_only}, "opened read-only"));
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "s"))
      if (entry.is_directory()) ::chmod(entry.path().c_str(), 0755);
    ::chmod((folder / "s").c_str(), 0755);
  }
}

TEST_CASE("a writable store stays unchanged if it is opened for reading", "[read_only]") {
  const TemporaryFolder folder;
  fill(folder.path());
  for (const char* left : {"collections/notes/records.jsonl.tmp", "buckets/files/data/x~leftover"})
    write_file(folder / left, "of a program that ended");
  CHECK_NOTHROW(check_read_only(folder.path(), {.access = Access::read_only}, "opened read-only"));
  {
    Filesystem store{folder.path(), {.access = Access::read_only}};
    store.sync();
    const auto error = error_of([&] { static_cast<void>(LaterNotes{store}.count()); });
    CHECK((error && error->code() == Errc::conflict));
  }
  const auto none = error_of([&] { Filesystem(folder / "none", {.access = Access::read_only}); });
  CHECK((none && none->code() == Errc::not_found));
  CHECK_FALSE(std::filesystem::exists(folder / "none"));
}

TEST_CASE("a store becomes writable as soon as the system permits it", "[read_only]") {
  const TemporaryFolder folder;
  fill(folder / "s");
  ::chmod(folder.path().c_str(), 0755);
  forbid_writing(folder / "s");
  const auto permit = [&] {
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "s"))
      ::chmod(entry.path().c_str(), entry.is_directory() ? 0777 : 0666);
    ::chmod((folder / "s").c_str(), 0777);
  };
  Child child([&](const Child::Pipe& pipe) {
    if (::getuid() == 0 && ::setuid(65534) != 0) throw std::runtime_error("cannot become another user");
    Filesystem store{folder / "s"};
    const auto error = error_of([&] { Notes{store}.create({.title = "new"}); });
    require(error && error->code() == Errc::forbidden, "a write was done");
    pipe.write("forbidden");
    for (int i = 0; i < 600 && ::access((folder / "s").c_str(), W_OK) != 0; ++i) ::usleep(100'000);
    Notes{store}.create({.title = "new"});
    put(files(store), "y", "content of y");
  });
  CHECK(child.read(9) == "forbidden");
  permit();
  CHECK(child.wait());
  CHECK(read_world(folder / "s").notes.size() == 4);
}

TEST_CASE("lines after the mark that a crash left are read", "[read_only]") {
  const TemporaryFolder folder;
  fill(folder.path());
  const std::string lock = folder / "collections/notes/lock", good = content_of(lock);
  {
    Filesystem store{folder.path()};
    Notes{store}.create({.title = "d"});
  }
  for (const std::string& mark : {good, std::string{}, std::string(good.size(), '\0')}) {
    write_file(lock, mark);
    Filesystem store{folder.path(), {.access = Access::read_only}};
    CHECK(Notes{store}.count() == 4);
    CHECK(content_of(lock) == mark);
  }
}

TEST_CASE("a reader follows writers, their compactions and a later writer", "[read_only]") {
  for (const bool lock : {true, false}) {
    const TemporaryFolder folder;
    fill(folder.path());
    if (!lock) std::filesystem::remove(folder / "collections/notes/lock");
    Filesystem reader{folder.path(), {.access = Access::read_only}};
    const Notes seen{reader};
    CHECK(seen.count() == 3);
    Filesystem writer = Seams{.housekeeping = busy}.open(folder.path(), {});
    const Notes notes = set_up<Note>(writer);
    for (std::int64_t i = 1; i <= 60; ++i) {
      notes.update(Id<Note>{"a"}, Patch<Note>{}.set<&Note::count>(i));
      CHECK(seen.get(Id<Note>{"a"}).value.count == i);
    }
    notes.remove(Id<Note>{"b"});
    CHECK_FALSE(seen.find(Id<Note>{"b"}));
    put(files(writer), "x", "another content");
    CHECK(bytes_of(files(reader), BlobId{"x"}) == "another content");
  }
}

TEST_CASE("readers see whole commits while another process writes and compacts", "[read_only]") {
  const TemporaryFolder folder;
  fill(folder.path());
  Child child([&](const Child::Pipe& pipe) {
    Filesystem writer = Seams{.housekeeping = busy}.open(folder.path(), {.durability = reel::Durability::relaxed});
    const Notes notes{writer};
    pipe.write("go");
    for (std::int64_t i = 1; i <= 600; ++i) {
      std::vector<reel::Update<Note>> all;
      for (const char* id : {"a", "b", "c"})
        all.push_back({.id = Id<Note>{id}, .patch = Patch<Note>{}.set<&Note::count>(i)});
      notes.update_many(std::move(all));
    }
  });
  CHECK(child.read(2) == "go");
  std::int64_t last = 0;
  int looks = 0;
  while (last < 600) {
    Filesystem reader{folder.path(), {.access = Access::read_only}};
    for (int i = 0; i < 20; ++i, ++looks) {
      const auto records = Notes{reader}.list().records;
      REQUIRE(records.size() == 3);
      CHECK(records[0].value.count == records[1].value.count);
      CHECK(records[0].value.count == records[2].value.count);
      CHECK(records[0].value.count >= last);
      last = records[0].value.count;
    }
  }
  CHECK(looks >= 20);
  CHECK(child.wait());
}

}  // namespace read_only_tests
