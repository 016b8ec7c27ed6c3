#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem/record_line.hpp>

#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/filesystem/workload.hpp"
#include "support/scale.hpp"

namespace damage_tests {

using namespace reel::testing;
using reel::BlobId;
using reel::Errc;
using reel::Error;
using reel::Filesystem;
using reel::Id;

bool names(const Error& error, const std::string& text) {
  return std::string_view(error.what()).find(text) != std::string_view::npos;
}

/// Returns the error that `body` throws, which must have this code and contain this name.
template <class F>
Error refused(Errc code, const std::string& thing, F&& body) {
  const auto error = error_of(body);
  REQUIRE(error);
  INFO(error->what());
  CHECK(error->code() == code);
  CHECK(names(*error, thing));
  return *error;
}

/// A closed store with a few notes and a blob, with or without a snapshot.
struct Store {
  explicit Store(bool snapshot = false) {
    Filesystem store = Seams{.housekeeping = {.snapshot_at_end = snapshot ? 1 : 1 << 30}}.open(folder.path(), {});
    const Notes notes = set_up<Note>(store);
    for (const char* id : {"first", "second", "third", "fourth"}) {
      mark_before_last = content_of(path("lock"));
      notes.create({.title = id, .body = text_of(50, id)}, {.id = Id<Note>{id}});
    }
    files(store).setup();
    put(files(store), "blob", "content of the blob");
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder / "collections/notes/" + name; }
  [[nodiscard]] std::string journal() const { return content_of(path("records.jsonl")); }
  void journal(const std::string& content) const { write_file(path("records.jsonl"), content); }
  /// Returns the offset of the line of a note.
  [[nodiscard]] std::size_t line(const std::string& id) const {
    const std::string content = journal();
    return content.rfind('\n', content.find("\"id\":\"" + id + "\"")) + 1;
  }
  void open() const {
    Filesystem store{folder.path()};
    static_cast<void>(Notes{store}.list());
  }
  [[nodiscard]] std::size_t count() const { return read_world(folder.path()).notes.size(); }
  /// Returns the commit mark after a crash in the last commit.
  void forget_last_commit() const { write_file(path("lock"), mark_before_last); }
  /// Returns the contents of every file except the lock.
  [[nodiscard]] std::map<std::string, std::string> content() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path())) {
      if (entry.is_regular_file() && entry.path().filename() != "lock")
        all[entry.path().string()] = content_of(entry.path().string());
    }
    return all;
  }

  TemporaryFolder folder{};
  std::string mark_before_last{};
};

TEST_CASE("a folder that is not a store is refused by name and left unchanged") {
  const TemporaryFolder folder;
  refused(Errc::invalid, "must have a name", [] { Filesystem{""}; });
  refused(Errc::not_found, folder / "none", [&] { Filesystem{folder / "none", {.create = false}}; });
  CHECK_FALSE(std::filesystem::exists(folder / "none"));
  refused(Errc::not_found, folder.path(), [&] { Filesystem{folder.path(), {.create = false}}; });

  write_file(folder / "file", "mine");
  refused(Errc::invalid, folder / "file", [&] { Filesystem{folder / "file"}; });
  refused(Errc::invalid, folder / "file/deeper", [&] { Filesystem{folder / "file/deeper"}; });
  refused(Errc::invalid, folder.path(), [&] { Filesystem{folder.path()}; });
  refused(Errc::invalid, folder.path(), [&] { Filesystem{folder.path(), {.create = false}}; });
  CHECK(content_of(folder / "file") == "mine");
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a store is recognised with and without a trailing slash, and has one set of text rules") {
  const TemporaryFolder folder;
  { Filesystem store{folder / "s/", {.text = reel::TextRules::exact}}; }
  { Filesystem store{std::filesystem::path{folder / "s"}, {.create = false}}; }
  refused(Errc::invalid, folder / "s", [&] { Filesystem{folder / "s", {.text = reel::TextRules::folded}}; });
}

TEST_CASE("a damaged or newer reel.json is refused, and nothing is changed") {
  const Store store;
  const std::string path = store.folder / "reel.json", good = content_of(path);
  const auto refuses = [&](Errc code, const std::string& text) {
    write_file(path, text);
    const auto before = store.content();
    refused(code, path, [&] { store.open(); });
    CHECK(store.content() == before);
  };
  refuses(Errc::unsupported, R"({"reel":"store","version":2,"text":"folded","more":[]})"
                             "\n");
  refuses(Errc::corrupt, "");
  refuses(Errc::corrupt, "something else\n");
  refuses(Errc::corrupt, R"({"reel":"store","version":1,"text":"other"})"
                         "\n");
  for (std::size_t size = 0; size < good.size(); ++size) refuses(Errc::corrupt, good.substr(0, size));
  write_file(path, good);
  CHECK(store.count() == 4);
}

TEST_CASE("a damaged or newer schema.json is refused, and nothing is changed") {
  const Store store;
  const std::string path = store.path("schema.json"), good = content_of(path);
  const auto refuses = [&](Errc code, const std::string& text) {
    write_file(path, text);
    const auto before = store.content();
    refused(code, path, [&] { store.open(); });
    refused(code, path, [&] {
      Filesystem opened{store.folder.path()};
      set_up<Note>(opened);
    });
    refused(code, path, [&] {
      Filesystem opened{store.folder.path()};
      static_cast<void>(opened.referrers("notes"));
    });
    CHECK(store.content() == before);
  };
  for (std::size_t size = 0; size < good.size(); size += 5) refuses(Errc::corrupt, good.substr(0, size));
  std::string newer = good;
  newer.replace(newer.find("\"version\":2"), 11, "\"version\":3");
  refuses(Errc::unsupported, newer);
  write_file(path, good);
  CHECK(store.count() == 4);
}

TEST_CASE("a newer or missing journal is refused") {
  const Store store;
  const std::string path = store.path("records.jsonl"), good = store.journal();
  const std::string line = R"({"reel":"journal","version":2,"other":true)";
  std::string newer = line;
  reel::filesystem::seal_line(newer, 0, 0);
  store.journal(newer);
  refused(Errc::unsupported, path, [&] { store.open(); });
  std::filesystem::remove(path);
  refused(Errc::corrupt, path, [&] { store.open(); });
  refused(Errc::corrupt, path, [&] {
    Filesystem opened{store.folder.path()};
    set_up<Note>(opened);
  });
  CHECK_FALSE(std::filesystem::exists(path));
  store.journal(good);
  CHECK(store.count() == 4);
}

TEST_CASE("a damaged byte anywhere in a journal is reported with its line", "[no_tsan]") {
  const Store store;
  const std::string good = store.journal();
  for (std::size_t at = 0; at < good.size(); at += REEL_SANITIZED ? 7 : 1) {
    INFO("byte " << at);
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x15);
    store.journal(damaged);
    if (at < good.find('\n') || good[at] == '\n') {  // not in a record's line
      CHECK(store.count() == 4);
      continue;
    }
    const std::size_t line = good.rfind('\n', at - 1) + 1;
    refused(Errc::corrupt, "byte " + std::to_string(line) + " of '" + store.path("records.jsonl"),
            [&] { store.open(); });
    CHECK(store.journal() == damaged);
  }
  store.journal(good);
  CHECK(store.count() == 4);
}

TEST_CASE("a crash may damage any byte of the last commit, and the store continues from the one before", "[no_tsan]") {
  const Store store;
  const std::string good = store.journal();
  for (std::size_t at = store.line("fourth"); at < good.size(); ++at) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x15);
    for (const std::string& journal : {damaged, good.substr(0, at)}) {
      store.journal(journal);
      store.forget_last_commit();
      CHECK(store.count() == 3);
    }
  }
  {
    Filesystem opened{store.folder.path()};
    Notes{opened}.create({.title = "after"});
  }
  CHECK(store.count() == 4);
  CHECK(store.journal().starts_with(good.substr(0, good.find("\"id\":\"fourth\"") - 11)));
}

TEST_CASE("a journal shorter than its commit mark has lost records, and this is reported", "[no_tsan]") {
  const Store store;
  const std::string good = store.journal();
  for (std::size_t size = good.find('\n') + 1; size < good.size() - 1; ++size) {
    INFO("the first " << size << " bytes");
    store.journal(good.substr(0, size));
    refused(Errc::corrupt, store.path("records.jsonl"), [&] { store.open(); });
    CHECK(store.journal() == good.substr(0, size));
  }
  store.journal(good);
  CHECK(store.count() == 4);
}

TEST_CASE("a damaged line can be abandoned by overwriting it with spaces") {
  const Store store;
  std::string journal = store.journal();
  const std::size_t begin = store.line("second"), end = store.line("third");
  journal.replace(begin, end - begin - 1, std::string(end - begin - 1, ' '));
  store.journal(journal);
  {
    Filesystem opened = Seams{.housekeeping = busy}.open(store.folder.path(), {});
    const Notes notes = set_up<Note>(opened);
    CHECK(notes.count() == 3);
    CHECK_FALSE(notes.exists(Id<Note>{"second"}));
    for (int i = 0; i < 20; ++i) notes.update(Id<Note>{"third"}, reel::Patch<Note>{}.set<&Note::count>(i));
  }
  CHECK(store.count() == 3);
}

TEST_CASE("a line that is damaged after a snapshot is reported when it is read, and the others stay readable") {
  const Store store(true);
  std::string journal = store.journal();
  const std::size_t place = store.line("second");
  journal[place + 40] ^= 1;
  store.journal(journal);
  Filesystem opened = Seams{.housekeeping = busy}.open(store.folder.path(), {});
  const Notes notes{opened};
  const auto error = refused(Errc::corrupt, "byte " + std::to_string(place) + " of '" + store.path("records.jsonl"),
                             [&] { static_cast<void>(notes.get(Id<Note>{"second"})); });
  CHECK(error.id() == "second");
  refused(Errc::corrupt, "records.jsonl", [&] { notes.replace(Id<Note>{"second"}, {.title = "new"}); });
  refused(Errc::corrupt, "records.jsonl", [&] { static_cast<void>(notes.list()); });
  const auto by_count = reel::Query<Note>{}.order_by(reel::field<&Note::count>);
  CHECK(refused(Errc::corrupt, "records.jsonl", [&] { static_cast<void>(notes.list(by_count)); }).id() == "second");
  const auto counted = reel::Query<Note>{}.where(reel::field<&Note::count> > 0);
  CHECK(refused(Errc::corrupt, "records.jsonl", [&] { static_cast<void>(notes.list(counted)); }).id() == "second");
  CHECK(notes.get(Id<Note>{"third"}).value.title == "third");
  for (int i = 0; i < 100; ++i) notes.update(Id<Note>{"third"}, reel::Patch<Note>{}.set<&Note::count>(i));
  CHECK(notes.get(Id<Note>{"third"}).value.count == 99);
  CHECK(store.journal().substr(0, journal.size()) == journal);  // it was not removed by a compaction
}

TEST_CASE("a damaged, cut or foreign snapshot is ignored") {
  const Store store(true);
  const std::string path = store.path("records.index"), good = content_of(path);
  REQUIRE(good.size() > 300);
  const World world = read_world(store.folder.path());
  for (std::size_t at = 0; at < good.size(); at += REEL_SANITIZED ? 13 : 3) {
    std::string damaged = good;
    damaged[at] = static_cast<char>(damaged[at] ^ 0xFF);
    write_file(path, damaged);
    REQUIRE(read_world(store.folder.path()) == world);
    write_file(path, good.substr(0, at));
    REQUIRE(read_world(store.folder.path()) == world);
  }
  write_file(path, good + "more");
  CHECK(read_world(store.folder.path()) == world);
  const Store other(true);
  std::filesystem::copy_file(other.path("records.index"), path, std::filesystem::copy_options::overwrite_existing);
  CHECK(read_world(store.folder.path()) == world);
}

TEST_CASE("a journal shorter than its snapshot states has lost records, and this is reported") {
  const Store store(true);
  const std::string good = store.journal();
  store.journal(good.substr(0, store.line("third")));
  refused(Errc::corrupt, store.path("records.jsonl"), [&] { store.open(); });
  store.journal(good);
  CHECK(store.count() == 4);
}

TEST_CASE("a truncated compacted journal is refused") {
  const Store store;
  {
    Filesystem opened =
        Seams{.housekeeping = {.compact_above = 1000, .snapshot_at_end = 1 << 30}}.open(store.folder.path(), {});
    const Notes notes{opened};
    for (int i = 0; i < 12; ++i) notes.update(Id<Note>{"first"}, reel::Patch<Note>{}.set<&Note::count>(i));
  }
  const std::string good = store.journal();
  REQUIRE(good.find("\"sealed\":\"000") != std::string::npos);
  store.journal(good.substr(0, store.line("third")));
  refused(Errc::corrupt, store.path("records.jsonl"), [&] { store.open(); });
  store.journal(good);
  CHECK(store.count() == 4);
}

TEST_CASE("a blob whose file is missing, truncated or changed is corrupt") {
  const Store store;
  std::string file;
  for (const auto& entry : std::filesystem::directory_iterator(store.folder / "buckets/files/data"))
    file = entry.path().string();
  const std::string good = content_of(file);
  CHECK(good == "content of the blob");
  Filesystem opened{store.folder.path()};
  const auto get = [&] { static_cast<void>(bytes_of(files(opened), BlobId{"blob"})); };

  write_file(file, good.substr(1));
  refused(Errc::corrupt, file, get);
  refused(Errc::corrupt, file, [&] { static_cast<void>(files(opened).read(BlobId{"blob"}, {.length = 3})); });
  write_file(file, "Content of the blob");
  refused(Errc::corrupt, "blob", get);
  std::filesystem::remove(file);
  CHECK(refused(Errc::corrupt, file, get).id() == "blob");
  put(files(opened), "blob", "new");
  CHECK(bytes_of(files(opened), BlobId{"blob"}) == "new");
}

TEST_CASE("a file that may not be read or written is forbidden, and the error names it") {
  const Store store;
  const std::string data = store.folder / "buckets/files/data";
  ::chmod(store.folder.path().c_str(), 0755);
  // Permissions do not apply to root, so another user has to try.
  const auto as_nobody = [&](const std::string& thing, auto body) {
    Child child([&](const Child::Pipe& pipe) {
      if (::getuid() == 0 && ::setuid(65534) != 0) throw std::runtime_error("cannot become another user");
      const auto error = error_of(body);
      pipe.write(!error                                                     ? "done"
                 : error->code() == Errc::forbidden && names(*error, thing) ? "forbidden"
                                                                            : error->what());
    });
    CHECK(child.read() == "forbidden");
    CHECK(child.wait());
  };
  if (::getuid() == 0) {
    as_nobody(store.path("lock"), [&] {
      Filesystem opened{store.folder.path()};
      static_cast<void>(Notes{opened}.list());  // it may still be read
      Notes{opened}.create({.title = "new"});
    });
    as_nobody(store.folder / "new", [&] { Filesystem{store.folder / "new"}; });
  }
  ::chmod(store.path("records.jsonl").c_str(), 0);
  ::chmod(store.path("lock").c_str(), 0666);
  as_nobody(store.path("records.jsonl"), [&] { store.open(); });
  ::chmod(store.path("records.jsonl").c_str(), 0644);
  ::chmod((store.folder / "reel.json").c_str(), 0);
  as_nobody(store.folder / "reel.json", [&] { store.open(); });
  ::chmod((store.folder / "reel.json").c_str(), 0644);
  CHECK(store.count() == 4);
}

TEST_CASE("a store whose folder is moved away reports that and does not write to what replaced it") {
  const TemporaryFolder folder;
  Filesystem store{folder / "s"};
  const Notes notes = set_up<Note>(store);
  notes.create({.title = "old"});
  std::filesystem::rename(folder / "s", folder / "moved");
  CHECK(error_of([&] { notes.create({.title = "lost"}); }));
  {
    Filesystem other{folder / "s"};
    set_up<Note>(other).create({.title = "another store"});
  }
  const auto error = refused(Errc::unavailable, folder / "s", [&] { notes.create({.title = "lost"}); });
  CHECK(names(error, "again"));
  CHECK(read_world(folder / "s").notes.size() == 1);
  CHECK(read_world(folder / "moved").notes.size() == 1);
}

TEST_CASE("two programs with different members keep each other's values") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()};
  const Notes notes = set_up<Note>(store);
  notes.create({.title = "old"}, {.id = Id<Note>{"n"}});
  const LaterNotes later{store};
  refused(Errc::conflict, "notes", [&] { static_cast<void>(later.get(Id<LaterNote>{"n"})); });
  later.setup();
  refused(Errc::conflict, "notes", [&] { static_cast<void>(notes.get(Id<Note>{"n"})); });
  refused(Errc::conflict, "notes", [&] { notes.create({.title = "new"}); });
  refused(Errc::conflict, "author", [&] { notes.setup(); });
  CHECK(later.get(Id<LaterNote>{"n"}).value.title == "old");
}

}  // namespace damage_tests
