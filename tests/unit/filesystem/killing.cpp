#include <chrono>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "support/catch.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/scale.hpp"

namespace killing_tests {

using namespace reel::testing;
using reel::BlobId;
using reel::Durability;
using reel::Filesystem;
using reel::Id;

constexpr std::chrono::microseconds longest{REEL_SANITIZED ? 60'000 : 6'000};

/// Each name is that of a note, of a pair of notes that are written together, or of a blob. Its writes are numbered.
const std::vector<std::string> names{"note0", "note1", "note2", "note3", "pair0", "pair1", "blob0", "blob1"};
using Numbers = std::map<std::string, int>;

/// The content of a name after its `number`th write: that number, or nothing.
std::optional<int> state(const std::string& name, int number) {
  if (number == 0) return std::nullopt;
  const bool removed = !name.starts_with("pair") && number % 4 == 0;
  return removed ? std::nullopt : std::optional{number};
}

Note note_of(const std::string& id, int number) {
  const auto size = static_cast<std::size_t>(number * 37 % 700);
  return {.title = id, .count = number, .body = text_of(size, std::to_string(number))};
}

void write(Notes& notes, const reel::BlobStore<Filesystem>& blobs, const std::string& name, int number) {
  const bool there = state(name, number).has_value();
  if (name.starts_with("blob")) {
    there ? static_cast<void>(put(blobs, name, text_of(2000, std::to_string(number))))
          : static_cast<void>(blobs.remove(BlobId{name}));
  } else if (name.starts_with("note")) {
    there ? static_cast<void>(notes.upsert(Id<Note>{name}, note_of(name, number)))
          : static_cast<void>(notes.remove(Id<Note>{name}));
  } else {
    std::vector<reel::Update<Note>> both;
    for (const auto& note : notes.all(reel::Query<Note>{}.where(reel::field<&Note::title>.starts_with(name)))) {
      const Note value = note_of(note.value.title, number);
      both.push_back(
          {.id = note.id, .patch = reel::Patch<Note>{}.set<&Note::count>(number).set<&Note::body>(value.body)});
    }
    if (both.empty()) {
      notes.create_many(std::vector<Note>{note_of(name + "left", number), note_of(name + "right", number)});
    } else {
      notes.update_many(std::move(both));
    }
  }
}

/// Returns the content of every name. Throws if it is a mixture of two writes.
std::map<std::string, std::optional<int>> states_in(Filesystem& store) {
  std::map<std::string, std::optional<int>> found;
  std::map<std::string, int> halves;
  const Notes notes = set_up<Note>(store);
  for (const auto& note : notes.all()) {
    const Note& value = note.value;
    CHECK(value == note_of(value.title, static_cast<int>(value.count)));
    CHECK(notes.count(reel::Query<Note>{}.where(reel::field<&Note::title> == value.title)) == 1);
    const std::string name = value.title.substr(0, 5);
    ++halves[name];
    if (found[name]) CHECK(found[name] == value.count);
    found[name] = static_cast<int>(value.count);
  }
  for (const auto& [name, count] : halves) CHECK(count == (name.starts_with("pair") ? 2 : 1));
  const auto blobs = files(store);
  blobs.setup();
  const auto there = blobs.list().blobs;
  for (const reel::BlobInfo& blob : there) {
    const std::string content = bytes_of(blobs, blob.id);  // compared with its md5
    found[blob.id.str()] = std::stoi(content);
    CHECK(content == text_of(2000, std::to_string(std::stoi(content))));
  }
  return found;
}

[[noreturn]] void write_for_ever(const std::string& folder, Durability durability, Seams seams, const Child::Pipe& pipe,
                                 Numbers last, unsigned seed) {
  std::mt19937 chance(seed);
  Filesystem store = seams.open(folder, {.durability = durability});
  Notes notes = set_up<Note>(store);
  const auto blobs = files(store);
  blobs.setup();
  for (;;) {
    const std::string& name = names[chance() % names.size()];
    const std::string line = name + " " + std::to_string(++last[name]) + "\n";
    pipe.write("begun " + line);
    write(notes, blobs, name, last[name]);
    pipe.write("done " + line);
  }
}

void read_lines(const std::string& lines, Numbers& begun, Numbers& done) {
  std::istringstream in(lines);
  std::string what, name;
  for (int number = 0; in >> what >> name >> number;) (what == "begun" ? begun : done)[name] = number;
}

/// The approximate size in bytes of the two lines that a writer reports for a write: `begun note0 12`, `done note0 12`.
constexpr std::size_t lines_of_write = 30;

/// Repeats `rounds` times: a process writes until it is killed, and this one checks the store. The kill waits for up to
/// seven writes, so that slow and fast machines write the same, and then for up to `pause`.
void kill_again_and_again(const std::string& folder, Durability durability, int rounds, std::chrono::microseconds pause,
                          unsigned seed) {
  std::mt19937 chance(seed);
  Numbers begun, done;
  int writes = 0;
  for (int round = 0; round < rounds; ++round) {
    std::string lines;
    {
      const Seams seams{.housekeeping = round % 3 == 0 ? reel::filesystem::Housekeeping{} : busy};
      const auto choices = static_cast<unsigned>(chance());
      Child writer([&](const Child::Pipe& pipe) { write_for_ever(folder, durability, seams, pipe, begun, choices); });
      const std::size_t awaited = chance() % 8 * lines_of_write;
      lines = writer.read(awaited);
      REQUIRE(lines.size() == awaited);
      std::this_thread::sleep_for(pause * (chance() % 1000) / 1000);
      writer.kill();
      lines += writer.read();
      REQUIRE(writer.was_killed());
    }
    read_lines(lines, begun, done);
    Filesystem store{folder};
    auto found = states_in(store);
    for (const std::string& name : names) {
      INFO("round " << round << ", " << name << ": acknowledged " << done[name] << ", begun " << begun[name]);
      const bool is_old = found[name] == state(name, done[name]), is_new = found[name] == state(name, begun[name]);
      CHECK((is_old || is_new));
      if (is_new) done[name] = begun[name];
    }
    const auto blobs = files(store).list().blobs.size();
    const auto left = std::distance(std::filesystem::directory_iterator(folder + "/buckets/files/data"), {});
    CHECK(left == static_cast<std::ptrdiff_t>(blobs));
  }
  for (const std::string& name : names) writes += begun[name];
  CHECK(writes > 2 * rounds);
}

TEST_CASE("a writer may be killed at any time: acknowledged writes are complete, and no other is partial") {
  const TemporaryFolder folder;
  kill_again_and_again(folder.path(), Durability::durable, repeated(250), longest, 1);
}

TEST_CASE("a relaxed writer may be killed at any time") {
  const TemporaryFolder folder;
  kill_again_and_again(folder.path(), Durability::relaxed, repeated(250), longest, 2);
}

TEST_CASE("a writer on a disk may be killed at any time") {
  const TemporaryFolder folder(TemporaryFolder::on_disk());
  kill_again_and_again(folder.path(), Durability::durable, repeated(20), 40 * longest, 3);
}

}  // namespace killing_tests
