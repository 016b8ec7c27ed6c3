#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/settings.hpp>

#include "support/filesystem/notes.hpp"

namespace reel::testing {

/// The contents of a store by id.
struct World {
  std::map<std::string, LaterNote> notes{};
  std::map<std::string, std::string> blobs{};
  friend bool operator==(const World&, const World&) = default;
};

/// A store that a script opens and closes.
struct Session {
  std::string folder{};
  FilesystemOptions options{};
  Seams seams{};
  std::unique_ptr<Filesystem> store{};

  void open() { store.reset(new Filesystem(seams.open(folder, options))); }
};

struct Step {
  std::string name{};
  std::function<void(Session&)> run{};
  std::function<void(World&)> effect = [](World&) {};
};

/// A script with every kind of change: creates, updates and removals of records and blobs, compaction, snapshots, a
/// batch, a second version of the schema, and reopening.
[[nodiscard]] inline std::vector<Step> script() {
  std::vector<Step> steps;
  const auto add = [&](
                       std::string name, auto run, std::function<void(World&)> effect = [](World&) {}) {
    steps.push_back({std::move(name), [run](Session& session) { run(*session.store); }, std::move(effect)});
  };
  const auto create = [&](const std::string& id, std::size_t size) {
    add(
        "create " + id,
        [=](Filesystem& store) { Notes{store}.create({.title = id, .body = text_of(size, id)}, {.id = Id<Note>{id}}); },
        [=](World& world) { world.notes[id] = {.title = id, .body = text_of(size, id)}; });
  };
  const auto update = [&](const std::string& id, std::int64_t count) {
    add(
        "update " + id,
        [=](Filesystem& store) { Notes{store}.update(Id<Note>{id}, Patch<Note>{}.set<&Note::count>(count)); },
        [=](World& world) { world.notes[id].count = count; });
  };
  const auto remove = [&](const std::string& id) {
    add(
        "remove " + id, [=](Filesystem& store) { Notes{store}.remove(Id<Note>{id}); },
        [=](World& world) { world.notes.erase(id); });
  };
  const auto put_blob = [&](const std::string& id, std::size_t size, const std::string& mark) {
    add(
        "put " + id, [=](Filesystem& store) { put(files(store), id, text_of(size, mark)); },
        [=](World& world) { world.blobs[id] = text_of(size, mark); });
  };
  const auto reopen = [&] {
    steps.push_back({"open", [](Session& session) {
                       session.store.reset();
                       session.open();
                     }});
  };

  reopen();
  add("set up notes", [](Filesystem& store) { set_up<Note>(store); });
  add("set up files", [](Filesystem& store) { files(store).setup(); });
  create("a", 30);
  create("b", 900);
  put_blob("x", 2000, "first");
  update("a", 1);
  add(
      "batch",
      [](Filesystem& store) {
        std::vector<Update<Note>> both;
        for (const char* id : {"a", "b"})
          both.push_back({.id = Id<Note>{id}, .patch = Patch<Note>{}.set<&Note::count>(7)});
        Notes{store}.update_many(std::move(both));
      },
      [](World& world) { world.notes["a"].count = world.notes["b"].count = 7; });
  put_blob("x", 700, "second");
  remove("a");
  create("A", 100);
  update("b", 2);  // enough to compact
  update("b", 3);
  create("c", 1500);
  reopen();
  create("d", 1500);
  add(
      "remove blob x", [](Filesystem& store) { files(store).remove(BlobId{"x"}); },
      [](World& world) { world.blobs.erase("x"); });
  add("set up the later schema", [](Filesystem& store) { set_up<LaterNote>(store); });
  add(
      "set author",
      [](Filesystem& store) {
        LaterNotes{store}.update(Id<LaterNote>{"c"}, Patch<LaterNote>{}.set<&LaterNote::author>("me"));
      },
      [](World& world) { world.notes["c"].author = "me"; });
  put_blob("y", 100, "y");
  reopen();
  add(
      "remove with author", [](Filesystem& store) { LaterNotes{store}.remove(Id<LaterNote>{"d"}); },
      [](World& world) { world.notes.erase("d"); });
  return steps;
}

/// Returns the contents after the first steps of the script.
[[nodiscard]] inline World world_after(const std::vector<Step>& steps, std::size_t count) {
  World world;
  for (std::size_t i = 0; i < count; ++i) steps[i].effect(world);
  return world;
}

/// Returns false if `body` fails with this code. Other failures propagate.
template <class F>
bool unless(Errc code, F&& body) {
  const auto error = error_of(body);
  if (error && error->code() != code) throw *error;
  return !error;
}

template <class Record>
std::map<std::string, LaterNote> read_notes(const Repository<Record, Filesystem>& records) {
  std::map<std::string, LaterNote> notes;
  for (const auto& record : records.all()) {
    LaterNote note{record.value.title, record.value.count, record.value.body, {}};
    if constexpr (std::is_same_v<Record, LaterNote>) note.author = record.value.author;
    const auto same_title = Query<Record>{}.where(field<&Record::title> == note.title);
    const auto found = records.find(record.id);
    if (records.count(same_title) != 1 || !found || !(found->value == record.value))
      throw Error(Errc::corrupt, "an index is wrong about '" + record.id.str() + "'");
    notes[record.id.str()] = std::move(note);
  }
  if (records.count() != static_cast<std::int64_t>(notes.size())) throw Error(Errc::corrupt, "the count is wrong");
  return notes;
}

/// Returns the notes in a store, read with the schema that it has. Throws `corrupt` if indexes and records disagree.
[[nodiscard]] inline std::map<std::string, LaterNote> read_notes(Filesystem& store) {
  std::map<std::string, LaterNote> notes;
  unless(Errc::not_found, [&] {
    if (!unless(Errc::conflict, [&] { notes = read_notes(Notes{store}); })) notes = read_notes(LaterNotes{store});
  });
  return notes;
}

/// Returns the contents of a store. Also throws `corrupt` if a blob does not match its checksum.
[[nodiscard]] inline World read_world(Filesystem& store) {
  World world{.notes = read_notes(store)};
  unless(Errc::not_found, [&] {
    for (const BlobInfo& blob : files(store).list().blobs) world.blobs[blob.id.str()] = bytes_of(files(store), blob.id);
  });
  return world;
}
[[nodiscard]] inline World read_world(const std::string& folder) {
  Filesystem store{folder};
  return read_world(store);
}

}  // namespace reel::testing
