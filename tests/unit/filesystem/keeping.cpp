#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <reel/backends/filesystem/records.hpp>

#include "support/catch.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/recording_calls.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/filesystem/workload.hpp"
#include "support/scale.hpp"

namespace keeping_tests {

using namespace reel::testing;
using reel::BlobId;
using reel::Durability;
using reel::Filesystem;
using reel::FilesystemOptions;
using reel::Id;
using reel::Patch;
using reel::filesystem::Collection;
using reel::filesystem::DiskTable;
using reel::filesystem::JournalTable;

std::int64_t size_of(const std::string& path) { return static_cast<std::int64_t>(std::filesystem::file_size(path)); }
std::ptrdiff_t open_files() { return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {}); }

/// Returns the bytes of a journal outside the header and live lines, counted line by line.
std::int64_t counted_dead(const JournalTable& records) {
  std::int64_t live = reel::filesystem::first_record_offset(*reel::filesystem::read_header(records.file()));
  for (const auto& row : records.table().rows()) {
    if (row.length > 0) live += std::int64_t{row.length} + 1;
  }
  return records.end() - live;
}

JournalTable loaded(const std::string& folder) {
  JournalTable records(reel::filesystem::posix_calls(), folder + "/collections/notes", reel::TextRules::folded,
                       std::make_shared<const reel::driver::CollectionSchema>(Notes::schema()));
  records.load(std::nullopt);
  return records;
}

/// Makes random writes, many of which replace or remove records.
void write_at_random(const Notes& notes, int writes, unsigned seed) {
  std::mt19937 chance(seed);
  for (int i = 0; i < writes; ++i) {
    const Id<Note> id{"n" + std::to_string(chance() % 40)};
    switch (chance() % 4) {
      case 0:
        notes.remove(id);
        break;
      case 1:
        static_cast<void>(error_of([&] {
          notes.update(id, Patch<Note>{}.set<&Note::body>(text_of(chance() % 300, "word" + std::to_string(i))));
        }));
        break;
      default:
        notes.upsert(id, {.title = id.str(), .count = i, .body = text_of(chance() % 200, "some text " + id.str())});
    }
  }
}

TEST_CASE("a store with its snapshot equals the store without, including its count of dead bytes") {
  for (unsigned seed = 1; seed <= 8; ++seed) {
    const TemporaryFolder folder;
    const std::string snapshot = folder / "collections/notes/records.index";
    for (int session = 0; session < 4; ++session) {
      Filesystem store =
          Seams{.housekeeping = {.snapshot_at_end = 1}}.open(folder.path(), {.durability = Durability::relaxed});
      write_at_random(set_up<Note>(store), repeated(200), seed * 10 + static_cast<unsigned>(session));
    }
    REQUIRE(std::filesystem::exists(snapshot));
    const World with = read_world(folder.path());
    const auto searched = [&] {
      Filesystem store{folder.path()};
      return Notes{store}.count(reel::Query<Note>{}.where(reel::field<&Note::body>.search("word1 text")));
    };
    const std::int64_t found = searched();
    const JournalTable records = loaded(folder.path());
    CHECK(records.saved() == records.end());
    CHECK(records.dead() == counted_dead(records));
    std::filesystem::remove(snapshot);
    CHECK(read_world(folder.path()) == with);
    CHECK(searched() == found);
    const JournalTable again = loaded(folder.path());
    CHECK(again.saved() < again.end());
    CHECK(again.dead() == counted_dead(again));
    CHECK(again.dead() == records.dead());
    CHECK(again.table().next_sequence() == records.table().next_sequence());
  }
}

TEST_CASE("many records are read in order of creation, with and without a snapshot") {
  const TemporaryFolder folder;
  const int count = repeated(100'000);
  {
    Filesystem store{folder.path(), {.durability = Durability::relaxed}};
    const Notes notes = set_up<Note>(store);
    for (int i = 0; i < count; i += 1000) {
      std::vector<Note> some;
      for (int j = i; j < i + 1000; ++j) some.push_back({.title = "title " + std::to_string(j), .count = j});
      notes.create_many(std::move(some));
    }
  }
  const auto check = [&] {
    Filesystem store{folder.path()};
    const Notes notes{store};
    CHECK(notes.count() == count);
    for (const int i : {0, 1, count / 2, count - 1}) {
      const auto found =
          notes.list(reel::Query<Note>{}.where(reel::field<&Note::title> == "title " + std::to_string(i)));
      REQUIRE(found.records.size() == 1);
      CHECK(found.records.front().value.count == i);
    }
    std::int64_t next = 0;
    const auto page = notes.list(reel::Query<Note>{}.limit(5000));
    for (const auto& record : page.records) REQUIRE(record.value.count == next++);
  };
  const std::string snapshot = folder / "collections/notes/records.index";
  REQUIRE(std::filesystem::exists(snapshot));
  check();
  std::filesystem::remove(snapshot);
  check();
}

TEST_CASE("creating and removing records does not let files or tables grow without bound") {
  const TemporaryFolder folder;
  Collection collection(
      {.calls = &reel::filesystem::posix_calls(), .clock = reel::now, .housekeeping = {.compact_above = 20'000}},
      folder / "notes", Notes::schema(), Collection::Mode::ensure);
  std::size_t rows = 0;
  for (int i = 0; i < 2000; ++i) {
    const std::string id = "n" + std::to_string(i);
    collection.write([&](reel::filesystem::DiskTransaction& transaction) {
      transaction.create(
          {.id = id, .values = {reel::driver::Value{id}, reel::driver::Value{std::int64_t{i}}, reel::driver::Value{}}});
    });
    if (i % 10 != 0) {
      collection.write([&](reel::filesystem::DiskTransaction& transaction) { transaction.remove(id, std::nullopt); });
    }
    rows = std::max(rows, collection.read([](const DiskTable& table) { return table.rows().size(); }));
  }
  CHECK(collection.read([](const DiskTable& table) { return table.size(); }) == 200);
  CHECK(rows < 600);
  CHECK(size_of(folder / "notes/records.jsonl") < 100'000);
}

TEST_CASE("compaction keeps records, order and indexes, and no sequence is used twice") {
  const TemporaryFolder folder;
  std::int64_t last = 0;
  for (int session = 0; session < 3; ++session) {
    Filesystem store = Seams{.housekeeping = busy}.open(folder.path(), {});
    const Notes notes = set_up<Note>(store);
    for (int i = 0; i < 30; ++i) {
      const Id<Note> id = notes.create({.title = std::to_string(session) + "." + std::to_string(i)}).id;
      const auto sequence = store.find(Notes::schema(), id.str())->sequence;
      CHECK(sequence > last);
      last = sequence;
      if (i % 3 != 0) notes.remove(id);
    }
  }
  Filesystem store{folder.path()};
  std::vector<std::string> titles;
  for (const auto& note : Notes{store}.all()) titles.push_back(note.value.title);
  CHECK(titles == std::vector<std::string>{"0.0", "0.3", "0.6", "0.9", "0.12", "0.15", "0.18", "0.21", "0.24", "0.27",
                                           "1.0", "1.3", "1.6", "1.9", "1.12", "1.15", "1.18", "1.21", "1.24", "1.27",
                                           "2.0", "2.3", "2.6", "2.9", "2.12", "2.15", "2.18", "2.21", "2.24", "2.27"});
}

TEST_CASE("two handles that compact in turn agree at every step with one that only reads") {
  const TemporaryFolder folder;
  const std::ptrdiff_t before = open_files();
  {
    Filesystem one = Seams{.housekeeping = busy}.open(folder.path(), {});
    Filesystem two = Seams{.housekeeping = busy}.open(folder.path(), {});
    Filesystem reader{folder.path()};
    set_up<Note>(one);
    World world;
    std::mt19937 chance(3);
    for (int i = 0; i < repeated(300); ++i) {
      const std::string id = "n" + std::to_string(chance() % 12);
      const Notes notes{i % 2 == 0 ? one : two};
      if (chance() % 4 == 0) {
        notes.remove(Id<Note>{id});
        world.notes.erase(id);
      } else {
        notes.upsert(Id<Note>{id}, {.title = id, .count = i, .body = text_of(chance() % 200, id)});
        world.notes[id] = {.title = id, .count = i, .body = Notes{reader}.get(Id<Note>{id}).value.body};
      }
      REQUIRE(read_notes(reader) == world.notes);
    }
    CHECK(read_notes(one) == world.notes);
    CHECK(read_notes(two) == world.notes);
    CHECK(open_files() - before <= 6);
  }
  CHECK(open_files() == before);
  CHECK(size_of(folder / "collections/notes/records.jsonl") < 10'000);
}

TEST_CASE("a durable handle also syncs what a relaxed one wrote") {
  const TemporaryFolder folder;
  RecordingCalls calls(folder.path());
  Filesystem relaxed = Seams{.calls = &calls}.open(folder.path(), {.durability = Durability::relaxed});
  Filesystem durable = Seams{.calls = &calls}.open(folder.path(), {});
  const Notes theirs = set_up<Note>(relaxed), ours = set_up<Note>(durable);
  const auto syncs = [&](auto body) {
    calls.log.clear();
    body();
    return std::count_if(calls.log.begin(), calls.log.end(),
                         [](const RecordedCall& call) { return call.kind == FileCallKind::sync; });
  };
  ours.create({.title = "first"});
  CHECK(syncs([&] { ours.create({.title = "a"}); }) == 1);
  CHECK(syncs([&] { theirs.create({.title = "b"}); }) == 0);
  CHECK(syncs([&] { ours.create({.title = "c"}); }) == 2);
  CHECK(syncs([&] { ours.create({.title = "d"}); }) == 1);
}

TEST_CASE("writes of a megabyte are read back, also after a snapshot and a compaction") {
  const TemporaryFolder folder;
  const std::string large = text_of(1 << 20, "\"quoted\\ and\n broken\" \xF0\x9F\x8E\xAC");
  {
    Filesystem store = Seams{.housekeeping = {.snapshot_every = 1 << 20}}.open(folder.path(), {});
    const Notes notes = set_up<Note>(store);
    for (int i = 0; i < 4; ++i)
      notes.create({.title = std::to_string(i), .body = large}, {.id = Id<Note>{"n" + std::to_string(i)}});
    for (int i = 0; i < 12; ++i) notes.update(Id<Note>{"n0"}, Patch<Note>{}.set<&Note::count>(i));
    CHECK(notes.get(Id<Note>{"n0"}).value.body == large);
  }
  CHECK(size_of(folder / "collections/notes/records.jsonl") < 12 << 20);
  Filesystem store{folder.path()};
  for (const auto& note : Notes{store}.all()) CHECK(note.value.body == large);
  CHECK(Notes{store}.get(Id<Note>{"n0"}).value.count == 11);
}

TEST_CASE("ids and bucket names that differ only in case are equal") {
  const TemporaryFolder folder;
  {
    Filesystem store{folder.path()};
    const Notes notes = set_up<Note>(store);
    notes.create({.title = "a"}, {.id = Id<Note>{"Some.Id"}});
    CHECK(error_of([&] { notes.create({.title = "b"}, {.id = Id<Note>{"some.iD"}}); }));
    notes.update(Id<Note>{"SOME.ID"}, Patch<Note>{}.set<&Note::count>(5));
    files(store).setup();
    put(files(store), "Clip", "one");
    put(files(store), "clip", "two");
  }
  Filesystem store{folder.path()};
  CHECK(Notes{store}.get(Id<Note>{"some.id"}).value.count == 5);
  CHECK(Notes{store}.get(Id<Note>{"some.id"}).id.str() == "Some.Id");
  CHECK(bytes_of(files(store), BlobId{"CLIP"}) == "two");
  CHECK(files(store).list().blobs.size() == 1);
  reel::Bucket shouting = files_bucket;
  shouting.id = "FILES";
  CHECK(reel::BlobStore<Filesystem>(store, shouting).list().blobs.size() == 1);
}

TEST_CASE("leftovers of an interrupted program are removed") {
  const TemporaryFolder folder;
  {
    Filesystem store{folder.path()};
    set_up<Note>(store);
    files(store).setup();
    put(files(store), "kept", "content");
  }
  const std::vector<std::string> leftovers{
      "collections/notes/records.jsonl.tmp",           "collections/notes/schema.json.tmp",
      "collections/notes/records.index.tmp",           "buckets/files/data/kept~00000000000000000000",
      "buckets/files/data/.kept~00000000000000000001", "buckets/files/data/gone~00000000000000000002"};
  for (const std::string& name : leftovers) write_file(folder / name, "left over");
  Filesystem store{folder.path()};
  set_up<Note>(store);
  files(store).setup();
  for (const std::string& name : leftovers) CHECK_FALSE(std::filesystem::exists(folder / name));
  CHECK(bytes_of(files(store), BlobId{"kept"}) == "content");
}

TEST_CASE("a refused or cancelled blob leaves no file") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()};
  files(store).setup();
  put(files(store), "kept", "content");
  CHECK(error_of([&] { files(store).put(BlobId{"kept"}, reel::from_bytes("other")); }));
  CHECK(error_of([&] {
    const std::string large = text_of(2'000'000, "large");
    files(store).put(BlobId{"large"}, reel::from_bytes(large),
                     {.on_progress = [](const reel::Progress& progress) { return progress.done < 1'000'000; }});
  }));
  CHECK(std::distance(std::filesystem::directory_iterator(folder / "buckets/files/data"), {}) == 1);
}

TEST_CASE("a handle notices schemas that other handles create, change and extend") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()}, other{folder.path()};
  CHECK(store.referrers("notes").empty());
  reel::driver::CollectionSchema links{.id = "links", .name = "Links"};
  links.attributes = {{.name = "note", .kind = reel::driver::AttributeType::reference, .references = "notes"}};
  other.ensure(links);
  REQUIRE(store.referrers("notes").size() == 1);
  CHECK(store.referrers("notes").front()->attributes.size() == 1);
  CHECK(store.referrers("notes").front() == store.referrers("notes").front());
  links.attributes.push_back({.name = "more", .required = false, .max_length = 10});
  other.ensure(links);
  REQUIRE(store.referrers("notes").size() == 1);
  CHECK(store.referrers("notes").front()->attributes.size() == 2);
  CHECK(store.referrers("others").empty());
}

TEST_CASE("a unique index can be added if its values are unique now, even if they were not before") {
  const TemporaryFolder folder;
  reel::driver::CollectionSchema plain{.id = "words", .name = "Words"};
  plain.attributes = {{.name = "text", .required = false, .max_length = 10}};
  reel::driver::CollectionSchema unique = plain;
  unique.indexes = {{.name = "by_text", .kind = reel::driver::IndexKind::unique, .parts = {{0, false}}}};
  Filesystem store{folder.path()};
  store.ensure(plain);
  const auto create = [&](const char* id, reel::driver::Value text) {
    store.create(plain, {.id = id, .values = {text}});
  };
  const auto change = [&](const char* id, reel::driver::Value text) {
    store.update(plain, id, reel::driver::Change{.values = {{0, text}}});
  };
  create("a", reel::driver::Value{"x"});
  create("b", reel::driver::Value{"x"});
  create("c", reel::driver::Value{});
  create("d", reel::driver::Value{});
  const auto error = error_of([&] { store.ensure(unique); });
  REQUIRE(error);
  CHECK(error->code() == reel::Errc::conflict);
  CHECK(error->context().index == "by_text");
  change("a", reel::driver::Value{"y"});
  change("b", reel::driver::Value{"z"});
  change("b", reel::driver::Value{"x"});
  store.ensure(unique);
  CHECK(store.count(unique, {}) == 4);
  CHECK(error_of([&] { store.create(unique, {.id = "e", .values = {reel::driver::Value{"Y"}}}); }));
}

}  // namespace keeping_tests
