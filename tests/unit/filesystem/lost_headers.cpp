#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <reel/backends/filesystem/repair.hpp>

#include "support/catch.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace lost_headers_tests {

namespace fs = std::filesystem;
using namespace reel::testing;
using reel::BlobId;
using reel::Errc;
using reel::Filesystem;
using reel::Id;
using reel::filesystem::Damage;
using reel::filesystem::Repair;
using reel::filesystem::repair;

/// A store with two notes and two blobs.
struct Store {
  Store() {
    Filesystem store{folder.path()};
    const Notes notes = set_up<Note>(store);
    for (const char* id : {"a", "b"}) notes.create({.title = id}, {.id = Id<Note>{id}});
    files(store).setup();
    for (const char* id : {"x", "y"}) put(files(store), id, id);
  }
  [[nodiscard]] std::string journal(bool bucket) const {
    return folder / (bucket ? "buckets/files/records.jsonl" : "collections/notes/records.jsonl");
  }
  [[nodiscard]] std::string data() const { return folder / "buckets/files/data"; }
  [[nodiscard]] std::set<std::string> data_files() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(data())) names.insert(entry.path().filename().string());
    return names;
  }
  /// Opens and sets up the store as a starting program does.
  void set_up_again() const {
    Filesystem store{folder.path()};
    Notes{store}.setup();
    files(store).setup();
  }
  TemporaryFolder folder{};
};

std::size_t header_size() { return static_cast<std::size_t>(reel::filesystem::header_size()); }

/// Returns the only collection or bucket with damage.
const Repair& damaged_one(const std::vector<Repair>& repairs) {
  const Repair* found = nullptr;
  for (const Repair& one : repairs) {
    if (one.is_clean()) continue;
    REQUIRE_FALSE(found);
    found = &one;
  }
  REQUIRE(found);
  return *found;
}

/// Returns the number of records that a listing reports as lost.
std::size_t lost_in(const Store& made, bool bucket) {
  Filesystem store{made.folder.path()};
  if (bucket) return store.list(files_bucket, {}).failed.size();
  return store.list(Notes::schema(), {}).failed.size();
}

TEST_CASE("a journal cut within its header is damaged, and nothing is written or removed", "[no_tsan]") {
  for (const bool bucket : {false, true}) {
    for (const std::size_t length : {std::size_t{0}, std::size_t{1}, std::size_t{100}, header_size() - 1}) {
      for (const bool has_mark : {true, false}) {
        INFO((bucket ? "bucket" : "collection") << ", " << length << " bytes, mark " << has_mark);
        const Store store;
        const auto names = store.data_files();
        const std::string cut = content_of(store.journal(bucket)).substr(0, length);
        write_file(store.journal(bucket), cut);
        if (!has_mark) fs::remove(fs::path(store.journal(bucket)).replace_filename("lock"));
        for (int i = 0; i < 2; ++i) store.set_up_again();
        CHECK(store.data_files() == names);
        CHECK(lost_in(store, bucket) == 1);
        const auto error = error_of([&] {
          Filesystem opened{store.folder.path()};
          if (bucket) {
            put(files(opened), "z", "z");
          } else {
            Notes{opened}.create({.title = "c"});
          }
        });
        CHECK((error && error->code() == Errc::corrupt));
        CHECK(content_of(store.journal(bucket)) == cut);
        for (const bool dry_run : {true, false}) {
          const auto repairs = repair(store.folder.path(), {.dry_run = dry_run});
          const Repair& found = damaged_one(repairs);
          CHECK(found.damage.at(0).part == Damage::Part::header);
          CHECK(found.given_up().size() == 1);
          CHECK(found.saved == 0);
          if (bucket && !dry_run) CHECK_FALSE(found.kept_files.empty());
        }
        store.set_up_again();
        CHECK(lost_in(store, bucket) == 0);
        if (!bucket) continue;
        for (const std::string& name : names) CHECK(fs::exists(store.folder / ("buckets/files/damaged/" + name)));
      }
    }
  }
}

TEST_CASE("a journal cut after its header has lost its records, and no blob file is removed", "[no_tsan]") {
  for (const bool bucket : {false, true}) {
    const Store store;
    const auto names = store.data_files();
    write_file(store.journal(bucket), content_of(store.journal(bucket)).substr(0, header_size()));
    for (int i = 0; i < 2; ++i) store.set_up_again();
    CHECK(store.data_files() == names);
    CHECK(lost_in(store, bucket) == 1);
    CHECK(damaged_one(repair(store.folder.path())).damage.at(0).part == Damage::Part::missing);
    CHECK(lost_in(store, bucket) == 0);
    if (!bucket) continue;
    for (const std::string& name : names) CHECK(fs::exists(store.folder / ("buckets/files/damaged/" + name)));
  }
}

TEST_CASE("a blank or missing header loses no record if the rest is intact", "[no_tsan]") {
  for (const bool bucket : {false, true}) {
    for (const bool blank : {false, true}) {
      const Store store;
      const auto names = store.data_files();
      std::string text = content_of(store.journal(bucket)).substr(header_size());
      if (blank) text = std::string(header_size() - 1, ' ') + "\n" + text;
      write_file(store.journal(bucket), text);
      store.set_up_again();
      CHECK(store.data_files() == names);
      CHECK(lost_in(store, bucket) == 0);
      const auto repairs = repair(store.folder.path());
      const Repair& found = damaged_one(repairs);
      CHECK(found.damage.at(0).part == Damage::Part::header);
      CHECK(found.given_up().empty());
      CHECK(found.saved == 2);
      store.set_up_again();
      CHECK(store.data_files() == names);
    }
  }
}

TEST_CASE("an empty journal whose creation was interrupted counts as new", "[no_tsan]") {
  const TemporaryFolder folder;
  for (const char* of : {"/collections/notes", "/buckets/files"}) {
    fs::create_directories(folder.path() + of);
    write_file(folder.path() + of + "/records.jsonl", "");
    write_file(folder.path() + of + "/lock", "");
  }
  write_file(folder / "reel.json", reel::filesystem::store_file(reel::TextRules::folded));
  Filesystem store{folder.path()};
  set_up<Note>(store).create({.title = "a"});
  files(store).setup();
  put(files(store), "x", "x");
  CHECK(bytes_of(files(store), BlobId{"x"}) == "x");
}

TEST_CASE("no empty journal is created beside existing blob files", "[no_tsan]") {
  for (const bool empty : {true, false}) {
    const Store store;
    const auto names = store.data_files();
    for (const char* name : {"schema.json", "lock", "records.index", "records.jsonl"})
      fs::remove(store.folder / ("buckets/files/" + std::string(name)));
    if (empty) write_file(store.journal(true), "");
    for (int i = 0; i < 2; ++i) {
      const auto error = error_of([&] { store.set_up_again(); });
      CHECK((error && error->code() == Errc::corrupt));
      CHECK(store.data_files() == names);
    }
  }
}

TEST_CASE("the repair of a bucket without a journal keeps its blob files", "[no_tsan]") {
  const Store store;
  const auto names = store.data_files();
  fs::remove(store.journal(true));
  const auto repairs = repair(store.folder.path());
  CHECK_FALSE(damaged_one(repairs).kept_files.empty());
  store.set_up_again();
  for (const std::string& name : names) CHECK(fs::exists(store.folder / ("buckets/files/damaged/" + name)));
}

}  // namespace lost_headers_tests
