#include <filesystem>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem/repair.hpp>
#include <reel/backends/memory.hpp>
#include <reel/driver/walk.hpp>
#include <reel/migrate.hpp>

#include "support/catch.hpp"
#include "support/filesystem/failing_calls.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/filesystem/workload.hpp"
#include "support/scale.hpp"

namespace repairing_tests {

using namespace reel::testing;
using reel::BlobId;
using reel::Errc;
using reel::Error;
using reel::Filesystem;
using reel::Id;
using reel::Patch;
using reel::filesystem::Damage;
using reel::filesystem::Repair;
using reel::filesystem::repair;

using Ids = std::set<std::string>;

/// The notes of a store as read by a walk that skips damage.
struct Seen {
  std::map<std::string, std::int64_t> counts{};  ///< of the readable notes, by id
  Ids failed{};                                  ///< ids of the others; "" if unknown
};

Seen look(const std::string& folder, std::int64_t limit = 100) {
  Filesystem store{folder};
  Seen seen;
  reel::driver::walk(store, Notes::schema(), {.limit = limit},
                     [&](const reel::driver::Page<reel::driver::DocumentPtr>& page) {
                       for (const auto& document : page.items)
                         seen.counts[document->id] = *document->values[1].as<std::int64_t>();
                       for (const Error& error : page.failed) {
                         CHECK(error.code() == Errc::corrupt);
                         seen.failed.insert(error.id());
                       }
                       return true;
                     });
  return seen;
}

const Repair& only_damaged(const std::vector<Repair>& repairs) {
  const Repair* found = nullptr;
  for (const Repair& one : repairs) {
    if (one.is_clean()) continue;
    CHECK_FALSE(found);
    found = &one;
  }
  REQUIRE(found);
  return *found;
}

Ids ids_of(const std::vector<Error>& errors) {
  Ids ids;
  for (const Error& error : errors) ids.insert(error.id());
  return ids;
}

/// Creates the notes "n0" to "n9": "n3" has an older version, "n4" was removed and created again, "n7" to "n9" are one
/// batch. The last commit follows them and can be dropped.
struct Store {
  Store() {
    Filesystem store{folder.path()};
    const Notes notes = set_up<Note>(store);
    for (int i = 0; i < 7; ++i) create(notes, i);
    notes.update(Id<Note>{"n3"}, Patch<Note>{}.set<&Note::count>(33));
    notes.remove(Id<Note>{"n4"});
    create(notes, 4);
    std::vector<reel::Draft<Note>> batch;
    for (const char* id : {"n7", "n8", "n9"})
      batch.push_back({.value = {.title = id, .count = 1}, .options = {.id = Id<Note>{id}}});
    notes.create_many(std::move(batch));
    mark_before_last = content_of(path("lock"));
    notes.create({.title = "last"}, {.id = Id<Note>{"last"}});
  }
  static void create(const Notes& notes, int i) {
    const std::string id = "n" + std::to_string(i);
    notes.create({.title = id, .count = i, .body = text_of(40, id)}, {.id = Id<Note>{id}});
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder / "collections/notes/" + name; }
  [[nodiscard]] std::string journal() const { return content_of(path("records.jsonl")); }
  void journal(const std::string& content) const { write_file(path("records.jsonl"), content); }
  /// Returns the lines of the journal with their newlines. The first is the header.
  [[nodiscard]] std::vector<std::string> lines() const {
    std::vector<std::string> all;
    const std::string text = journal();
    for (std::size_t begin = 0; begin < text.size();) {
      const std::size_t end = text.find('\n', begin) + 1;
      all.push_back(text.substr(begin, end - begin));
      begin = end;
    }
    return all;
  }
  void lines(const std::vector<std::string>& all) const {
    std::string text;
    for (const std::string& line : all) text += line;
    journal(text);
  }

  TemporaryFolder folder{};
  std::string mark_before_last{};
};

const Ids everything{"n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8", "n9", "last"};

Ids found(const Seen& seen) {
  Ids ids;
  for (const auto& [id, count] : seen.counts) ids.insert(id);
  return ids;
}
Ids without(Ids ids, const Ids& gone) {
  for (const std::string& id : gone) ids.erase(id);
  return ids;
}

/// Repairs, and expects before and after it that exactly the ids in `lost` are missing.
void check(const Store& store, const Ids& lost, const Ids& named) {
  const Seen before = look(store.folder.path());
  CHECK(found(before) == without(everything, lost));
  CHECK(before.failed == named);
  const std::string damaged = store.journal();
  const std::vector<Repair> done = repair(store.folder.path());
  const Repair& report = only_damaged(done);
  CHECK(report.id == "notes");
  CHECK(ids_of(report.given_up()) == named);
  CHECK(report.saved == static_cast<std::int64_t>(everything.size() - lost.size()));
  CHECK(content_of(report.copy) == damaged);
  const Seen after = look(store.folder.path());
  CHECK(after.counts == before.counts);
  CHECK(after.failed.empty());
  const World world = read_world(store.folder.path());  // the indexes agree with the records
  CHECK(world.notes.size() == before.counts.size());
  for (const Repair& again : repair(store.folder.path())) CHECK(again.is_clean());
  Filesystem opened{store.folder.path()};
  set_up<Note>(opened).create({.title = "new"}, {.id = Id<Note>{"new"}});
}

TEST_CASE("a damaged line loses its record and no other", "[no_tsan]") {
  const struct {
    std::size_t line;
    std::string id;
  } rows[] = {{1, "n0"}, {3, "n2"}, {7, "n6"}, {10, "n4"}, {11, "n7"}, {12, "n8"}, {13, "n9"}};
  for (const auto& row : rows) {
    INFO(row.id);
    const Store store;
    auto lines = store.lines();
    REQUIRE(lines[row.line].find("\"id\":\"" + row.id + "\"") != std::string::npos);
    lines[row.line][lines[row.line].find("title") + 9] ^= 1;
    store.lines(lines);
    check(store, {row.id}, {row.id});
  }
}

TEST_CASE("an older version of a damaged record does not return", "[no_tsan]") {
  const Store store;
  auto lines = store.lines();
  lines[8].replace(lines[8].find("33"), 2, "34");
  store.lines(lines);
  {
    Filesystem opened{store.folder.path()};
    const auto error = error_of([&] { static_cast<void>(Notes{opened}.find(Id<Note>{"n3"})); });
    REQUIRE(error);
    CHECK(error->code() == Errc::corrupt);
  }
  const auto looked = repair(store.folder.path(), {.dry_run = true});
  const Repair& report = only_damaged(looked);
  REQUIRE(report.damage.size() == 1);
  REQUIRE(report.damage[0].older.size() == 1);
  CHECK(report.damage[0].older[0].id == "n3");
  CHECK(report.damage[0].older[0].offset > 0);
  check(store, {"n3"}, {"n3"});
}

TEST_CASE("a damaged removal does not restore its record", "[no_tsan]") {
  const Store store;
  auto lines = store.lines();
  lines[9][lines[9].find("remove") + 1] ^= 1;
  lines.erase(lines.begin() + 10);  // the record that was created again with its id
  store.lines(lines);
  const Seen seen = look(store.folder.path());
  CHECK_FALSE(seen.counts.contains("n4"));
  CHECK(seen.failed == Ids{"", "n4"});  // and the record of the other line
}

TEST_CASE("a damaged line that a later one supersedes loses nothing", "[no_tsan]") {
  const Store store;
  auto lines = store.lines();
  lines[4][lines[4].find("title") + 9] ^= 1;  // n3, which was updated later
  store.lines(lines);
  check(store, {}, {});
}

TEST_CASE("a lost newline, a blanked line and a damaged header lose no record", "[no_tsan]") {
  for (const std::size_t line : {0U, 1U, 5U, 9U, 11U, 12U}) {
    INFO(line);
    const Store store;
    auto lines = store.lines();
    lines[line].back() = 'x';
    store.lines(lines);
    check(store, {}, {});
    const Store other;
    lines = other.lines();
    lines[line].pop_back();
    other.lines(lines);
    check(other, {}, {});
  }
  for (const std::size_t at : {0U, 3U, 30U, 60U, 90U, 130U}) {
    INFO(at);
    const Store store;
    auto lines = store.lines();
    lines[0][at] ^= 2;
    store.lines(lines);
    check(store, {}, {});
  }
}

TEST_CASE("a line without a readable id is identified by its sequence, or reported without an id", "[no_tsan]") {
  {
    const Store store;
    auto lines = store.lines();
    lines[8].replace(lines[8].find("\"id\":\"n3\""), 9, "xxxxxxxxx");
    store.lines(lines);
    check(store, {"n3"}, {"n3"});
  }
  {
    const Store store;
    auto lines = store.lines();
    lines[3].replace(0, 60, std::string(60, '?'));
    store.lines(lines);
    check(store, {"n2"}, {""});
  }
}

TEST_CASE("missing lines are reported", "[no_tsan]") {
  const Store store;
  auto lines = store.lines();
  lines.erase(lines.begin() + 3);
  store.lines(lines);
  const auto looked = repair(store.folder.path(), {.dry_run = true});
  CHECK(only_damaged(looked).damage.at(0).part == Damage::Part::missing);
  check(store, {"n2"}, {""});
}

TEST_CASE("a missing line of a batch keeps the rest of the batch", "[no_tsan]") {
  for (const std::size_t line : {11U, 12U, 13U}) {
    const Store store;
    auto lines = store.lines();
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(line));
    store.lines(lines);
    check(store, {"n" + std::to_string(line - 4)}, {""});
  }
}

TEST_CASE("a commit that a crash cut short is not damage", "[no_tsan]") {
  const Store store;
  const std::string good = store.journal();
  store.journal(good.substr(0, good.size() - 20));
  write_file(store.path("lock"), store.mark_before_last);
  for (const Repair& one : repair(store.folder.path())) CHECK(one.is_clean());
  CHECK(found(look(store.folder.path())) == without(everything, {"last"}));
}

TEST_CASE("all intact lines survive flipped, missing and inserted bytes", "[no_tsan]") {
  const Store store;
  const std::string good = store.journal();
  const std::vector<std::string> lines = store.lines();
  const std::size_t last = good.size() - lines.back().size();
  std::mt19937 chance(20);
  const auto pick = [&](std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(chance); };
  for (int round = 0; round < (REEL_SANITIZED ? 60 : 400); ++round) {
    const std::size_t at = pick(last), size = 1 + pick(round % 3 == 0 ? 400 : 6);
    std::string damaged = good;
    std::string what;
    switch (round % 4) {
      case 0:
        damaged[at] = static_cast<char>(damaged[at] ^ (1 << pick(8)));
        what = "flip";
        break;
      case 1:
        damaged.erase(at, std::min(size, last - at));
        what = "drop";
        break;
      case 2:
        damaged.insert(at, std::string(size, "\n{\"x}\\"[pick(6)]));
        what = "insert";
        break;
      default:
        for (std::size_t i = at; i < std::min(at + size, last); ++i) damaged[i] = static_cast<char>(pick(256));
        what = "overwrite";
    }
    INFO(round << ": " << what << " " << size << " at " << at);
    if (damaged == good) continue;
    store.journal(damaged);
    // The final state by the remaining lines. A record whose last line is lost must not appear in any version.
    Ids whole;
    for (const std::string& id : everything) {
      const std::string needle = "\"id\":\"" + id + "\"";
      std::size_t line = lines.size() - 1;
      while (lines[line].find(needle) == std::string::npos) --line;
      if (damaged.find(lines[line].substr(0, lines[line].size() - 1)) != std::string::npos) whole.insert(id);
    }
    const Seen before = look(store.folder.path());
    const std::vector<Repair> repairs = repair(store.folder.path());
    const Seen after = look(store.folder.path());
    CHECK(before.counts == after.counts);
    CHECK(after.failed.empty());
    const Ids kept = found(after);
    for (const std::string& id : whole) {
      INFO(id);
      CHECK(kept.contains(id));
    }
    if (kept != whole) {  // an older version of a record without any other line
      CHECK(without(kept, whole) == without(Ids{"n3", "n4"}, without(Ids{"n3", "n4"}, without(kept, whole))));
      CHECK(before.failed.contains(""));
    }
    if (kept != everything) CHECK_FALSE(before.failed.empty());
  }
}

TEST_CASE("a repair that fails or is killed at any point can be repeated", "[no_tsan]") {
  const TemporaryFolder copies;
  const std::string damaged = copies / "damaged";
  {
    const Store store;
    Filesystem opened{store.folder.path()};
    files(opened).setup();
    for (const char* id : {"a", "b", "c"}) put(files(opened), id, id);
    std::filesystem::copy(store.folder.path(), damaged, std::filesystem::copy_options::recursive);
  }
  const auto damage = [&](const std::string& below, const std::string& id) {
    std::string journal = content_of(damaged + below);
    journal[journal.find("\"id\":\"" + id + "\"") + 60] ^= 1;
    write_file(damaged + below, journal);
  };
  damage("/collections/notes/records.jsonl", "n2");
  damage("/buckets/files/records.jsonl", "b");
  FailingCalls calls;
  for (const bool for_ever : {false, true}) {
    bool fired = true;
    const int first = REEL_SANITIZED && for_ever ? 4 : 1;  // with sanitizers, the two fail at different calls
    for (int call = first; fired; call += REEL_SANITIZED ? 7 : 1) {
      const std::string folder = copies / "store";
      std::filesystem::copy(damaged, folder, std::filesystem::copy_options::recursive);
      calls.fail(call, for_ever ? FailingCalls::Fault::end : FailingCalls::Fault::error, EIO);
      static_cast<void>(error_of([&] { static_cast<void>(reel::filesystem::repair_with(calls, folder, {})); }));
      fired = calls.fired();
      calls.stop();
      INFO(call << ": " << calls.what());
      const Seen seen = look(folder);
      CHECK(found(seen) == without(everything, {"n2"}));
      static_cast<void>(repair(folder));
      for (const Repair& again : repair(folder)) CHECK(again.is_clean());
      CHECK(look(folder).counts == seen.counts);
      Filesystem opened{folder};
      files(opened).setup();
      CHECK(bytes_of(files(opened), BlobId{"a"}) == "a");
      Ids kept;
      for (const auto& entry : std::filesystem::directory_iterator(folder + "/buckets/files/damaged"))
        kept.insert(content_of(entry.path().string()));
      CHECK(kept == Ids{"b"});
      REQUIRE(call < 1000);
      std::filesystem::remove_all(folder);
    }
  }
}

TEST_CASE("a damaged collection refuses writes and names the remedy", "[no_tsan]") {
  const Store store;
  auto lines = store.lines();
  lines[3][lines[3].find("title") + 9] ^= 1;
  store.lines(lines);
  const std::string before = store.journal();
  Filesystem opened{store.folder.path()};
  const Notes notes = set_up<Note>(opened);
  for (const auto& error :
       {error_of([&] { notes.create({.title = "new"}); }),
        error_of([&] { notes.update(Id<Note>{"n1"}, Patch<Note>{}.set<&Note::count>(9)); }),
        error_of([&] { notes.remove(Id<Note>{"n1"}); }), error_of([&] { set_up<LaterNote>(opened); }),
        error_of([&] { static_cast<void>(notes.list()); }),
        error_of([&] { static_cast<void>(notes.count(reel::Query<Note>{}.where(reel::field<&Note::count> == 1))); })}) {
    REQUIRE(error);
    CHECK(error->code() == Errc::corrupt);
    CHECK(error->reason().find("doctor STORE --repair") != std::string::npos);
  }
  CHECK(notes.get(Id<Note>{"n1"}).value.count == 1);
  CHECK(notes.list(reel::Query<Note>{}.limit(2)).records.size() == 2);
  CHECK(notes.count() == 11);
  CHECK(store.journal() == before);
  static_cast<void>(repair(store.folder.path()));
  notes.create({.title = "new"});  // this handle continues as well
  CHECK(notes.list(reel::Query<Note>{}.limit(100)).records.size() == 11);
}

TEST_CASE("a migration copies the intact records and names the others", "[no_tsan]") {
  const Store store;
  auto lines = store.lines();
  lines[3][lines[3].find("title") + 9] ^= 1;
  store.lines(lines);
  Filesystem source{store.folder.path()};
  reel::Memory target;
  const reel::MigrationReport report = reel::migrate(source, target, reel::migration_set<Note>());
  CHECK_FALSE(report.clean());
  CHECK(report.collection("notes").created == 10);
  REQUIRE(report.failures.size() == 1);
  CHECK(report.failures[0].id == "n2");
  CHECK(report.failures[0].code == Errc::corrupt);
}

TEST_CASE("files of lost blobs are kept and never removed", "[no_tsan]") {
  const TemporaryFolder folder;
  {
    Filesystem store{folder.path()};
    files(store).setup();
    for (const char* id : {"a", "b", "c"}) put(files(store), id, text_of(100, id));
  }
  const std::string path = folder / "buckets/files/records.jsonl";
  std::string journal = content_of(path);
  journal[journal.find("\"b\"") + 60] ^= 1;
  write_file(path, journal);
  {
    Filesystem store{folder.path()};
    files(store).setup();
    CHECK(error_of([&] { static_cast<void>(files(store).find(BlobId{"b"})); }));
    CHECK(bytes_of(files(store), BlobId{"c"}) == text_of(100, "c"));
    CHECK(error_of([&] { put(files(store), "d", "new"); }));
    CHECK(std::distance(std::filesystem::directory_iterator(folder / "buckets/files/data"), {}) == 3);
  }
  const auto done = repair(folder.path());
  const Repair& report = only_damaged(done);
  CHECK(report.bucket);
  CHECK(ids_of(report.given_up()) == Ids{"b"});
  CHECK(report.saved == 2);
  {
    Filesystem store{folder.path()};
    files(store).setup();
    CHECK_FALSE(files(store).find(BlobId{"b"}));
    CHECK(bytes_of(files(store), BlobId{"a"}) == text_of(100, "a"));
  }
  Ids kept;
  for (const auto& entry : std::filesystem::directory_iterator(report.kept_files)) {
    CHECK(content_of(entry.path().string()) == text_of(100, "b"));
    kept.insert(entry.path().filename().string().substr(0, 2));
  }
  CHECK(kept == Ids{"b~"});
}

TEST_CASE("a damaged schema is restored if it is known, and a missing journal is created", "[no_tsan]") {
  const Store store;
  write_file(store.path("schema.json"), "{\"reel\":\"coll");
  {
    const auto done = repair(store.folder.path());
    const Repair& report = only_damaged(done);
    REQUIRE(report.failure);
    CHECK(report.failure->code() == Errc::corrupt);
  }
  const reel::driver::CollectionSchema schema = Notes::schema();
  const auto done = repair(store.folder.path(), {.schemas = {&schema}});
  CHECK(only_damaged(done).schema_restored);
  CHECK(found(look(store.folder.path())) == everything);
  std::filesystem::remove(store.path("records.jsonl"));
  const auto begun = repair(store.folder.path());
  CHECK(only_damaged(begun).damage.at(0).part == Damage::Part::missing);
  CHECK(found(look(store.folder.path())).empty());
}

TEST_CASE("the commit mark and the snapshot may be damaged anywhere", "[no_tsan]") {
  const Store store;
  {
    Filesystem opened = Seams{.housekeeping = {.snapshot_at_end = 1}}.open(store.folder.path(), {});
    Notes{opened}.update(Id<Note>{"last"}, Patch<Note>{}.set<&Note::count>(1));
  }
  for (const char* name : {"lock", "records.index"}) {
    const std::string good = content_of(store.path(name));
    for (std::size_t at = 0; at < good.size(); at += 5) {
      std::string damaged = good;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
      write_file(store.path(name), damaged);
      CHECK(found(look(store.folder.path())) == everything);
      for (const Repair& one : repair(store.folder.path())) CHECK(one.is_clean());
    }
    write_file(store.path(name), good);
  }
}

TEST_CASE("a snapshot contains the id of a destroyed line, and the repair uses it", "[no_tsan]") {
  const Store store;
  {
    Filesystem opened = Seams{.housekeeping = {.snapshot_at_end = 1}}.open(store.folder.path(), {});
    static_cast<void>(set_up<Note>(opened).count());
  }
  REQUIRE(std::filesystem::exists(store.path("records.index")));
  auto lines = store.lines();
  lines[3].replace(0, lines[3].size() - 1, std::string(lines[3].size() - 1, '?'));
  store.lines(lines);
  const auto done = repair(store.folder.path());
  CHECK(ids_of(only_damaged(done).given_up()) == Ids{"n2"});
  CHECK(found(look(store.folder.path())) == without(everything, {"n2"}));
}

}  // namespace repairing_tests
