#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <sstream>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/file_signals.hpp>
#include <reel/testing/watcher.hpp>
#include <reel/watch.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"
#include "support/filesystem/notes.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/scale.hpp"

namespace watching_tests {

using namespace std::chrono_literals;
using namespace reel::testing;
using reel::Change;
using reel::ChangeKind;
using reel::Errc;
using reel::Filesystem;
using reel::Id;
using reel::ResumeToken;
using Strings = std::vector<std::string>;

/// Compacts after a few writes.
constexpr reel::filesystem::Housekeeping eager{.compact_above = 1500};

void write_note(const Notes& notes, const std::string& id, int count) {
  notes.upsert(Id<Note>{id}, {.title = id, .count = count, .body = text_of(200, id)});
}

/// The first events of a watch, until `enough(event)`.
template <class Enough>
std::vector<Change<Note>> events_until(const Notes& notes, reel::WatchOptions options, Enough&& enough) {
  std::stop_source stop;
  options.stop = stop.get_token();
  std::vector<Change<Note>> events;
  for (const Change<Note>& change : notes.watch({}, options)) {
    events.push_back(change);
    if (enough(change)) stop.request_stop();
  }
  return events;
}
/// A token at the present end.
ResumeToken token_now(const Notes& notes) {
  return events_until(notes, {.from = reel::from_now}, [](const auto&) { return true; }).back().token;
}
/// The events after a token up to the next bookmark.
Strings events_after(const Notes& notes, const ResumeToken& token) {
  Strings shown;
  for (const Change<Note>& change : events_until(
           notes, {.from = token}, [](const Change<Note>& change) { return change.kind == ChangeKind::bookmark; }))
    shown.push_back(show_change(change));
  return shown;
}

TEST_CASE("a watch follows the journal across compactions without a reset") {
  const TemporaryFolder folder;
  Filesystem store = Seams{.housekeeping = eager}.open(folder.path(), {});
  const Notes notes = set_up<Note>(store);
  write_note(notes, "a", 0);
  const auto watch = notes.watch();
  auto event = watch.begin();
  ++event;
  REQUIRE(event->kind == ChangeKind::bookmark);
  std::set<std::string> journals;
  for (int i = 1; i <= 100; ++i) {
    write_note(notes, "a", i);
    ++event;
    REQUIRE(event->kind == ChangeKind::changed);
    REQUIRE(event->record->value.count == i);
    journals.insert(content_of(folder / "collections/notes/lock").substr(0, 40));
  }
  CHECK(journals.size() > 5);
}

TEST_CASE("a token at the end of a journal that was compacted is valid in the next process") {
  const TemporaryFolder folder;
  std::optional<ResumeToken> end, earlier;
  {
    Filesystem store = Seams{.housekeeping = {.compact_above = 3000}}.open(folder.path(), {});
    const Notes notes = set_up<Note>(store);
    write_note(notes, "a", 0);
    earlier = token_now(notes);
    const std::string journal = content_of(folder / "collections/notes/lock").substr(0, 40);
    const auto is_compacted = [&] { return content_of(folder / "collections/notes/lock").substr(0, 40) != journal; };
    for (int i = 1; !is_compacted(); ++i) {
      end = token_now(notes);
      write_note(notes, "a", i);
    }
  }
  Filesystem store{folder.path()};
  const Notes notes = set_up<Note>(store);
  // The last write caused the compaction, so the token before it is of the replaced journal.
  CHECK(events_after(notes, *earlier) == Strings{"reset", "present a", "bookmark"});
  CHECK(events_after(notes, *end) == Strings{"reset", "present a", "bookmark"});
  const ResumeToken now = token_now(notes);
  write_note(notes, "b", 1);
  CHECK(events_after(notes, now) == Strings{"entered b", "bookmark"});
}

TEST_CASE("a token of the last commit before a compaction without a write is valid after it") {
  const TemporaryFolder folder;
  Filesystem store{folder.path(), {.durability = reel::Durability::relaxed}};
  const Notes notes = set_up<Note>(store);
  write_note(notes, "a", 0);
  const ResumeToken token = token_now(notes);
  store.sync();  // writes a new journal
  write_note(notes, "b", 0);
  CHECK(events_after(notes, token) == Strings{"entered b", "bookmark"});
}

TEST_CASE("a token of commits that a loss of power undid is answered by a reset") {
  const TemporaryFolder folder;
  const std::string journal = folder / "collections/notes/records.jsonl", lock = folder / "collections/notes/lock";
  std::optional<ResumeToken> lost;
  {
    Filesystem store{folder.path()};
    const Notes notes = set_up<Note>(store);
    write_note(notes, "a", 0);
    const std::string old_journal = content_of(journal), old_lock = content_of(lock);
    write_note(notes, "b", 1);
    lost = token_now(notes);
    write_file(journal, old_journal);
    write_file(lock, old_lock);
  }
  std::filesystem::remove(folder / "collections/notes/records.index");
  Filesystem store{folder.path()};
  const Notes notes = set_up<Note>(store);
  CHECK(events_after(notes, *lost) == Strings{"reset", "present a", "bookmark"});
  write_note(notes, "c", 2);  // a line of the same length
  CHECK(events_after(notes, *lost) == Strings{"reset", "present a", "present c", "bookmark"});
}

TEST_CASE("a watch of a folder that disappears is unavailable") {
  const TemporaryFolder folder;
  const std::string path = folder / "store", elsewhere = folder / "elsewhere";
  for (const bool is_removed : {true, false}) {
    std::filesystem::remove_all(elsewhere);
    Filesystem store{path};
    const Notes notes = set_up<Note>(store);
    const auto watch = notes.watch();
    auto event = watch.begin();
    REQUIRE(event->kind == ChangeKind::bookmark);
    std::jthread remover([&] {
      std::this_thread::sleep_for(30ms);
      is_removed ? static_cast<void>(std::filesystem::remove_all(path)) : std::filesystem::rename(path, elsewhere);
    });
    const reel::Error error = error_from([&] { ++event; });
    CHECK(error.code() == Errc::unavailable);
    CHECK(error.reason().find(path) != std::string::npos);
    CHECK(error.operation() == "watch");
  }
}

TEST_CASE("a store that is open for reading only sees what others write") {
  const TemporaryFolder folder;
  Filesystem writer{folder.path()};
  const Notes notes = set_up<Note>(writer);
  write_note(notes, "a", 0);
  Filesystem reader{folder.path(), {.access = reel::Access::read_only}};
  Watcher<Note> watcher(Notes{reader}, {});
  watcher.expect_next("present a");
  watcher.expect_next("bookmark");
  write_note(notes, "b", 0);
  watcher.expect_next("entered b");
  CHECK(watcher.events().size() == 3);
}

TEST_CASE("a store without a lock can be watched, and its first writer is noticed") {
  const TemporaryFolder folder;
  {
    Filesystem writer{folder.path()};
    write_note(set_up<Note>(writer), "a", 0);
  }
  std::filesystem::remove(folder / "collections/notes/lock");
  Filesystem reader{folder.path(), {.access = reel::Access::read_only}};
  Watcher<Note> watcher(Notes{reader}, {});
  watcher.expect_next("present a");
  watcher.expect_next("bookmark");
  Filesystem writer{folder.path()};
  write_note(set_up<Note>(writer), "b", 0);
  watcher.expect_next("entered b");
  CHECK(watcher.events().size() == 3);
}

TEST_CASE("a damaged line in the history is a reset and never passed over") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()};
  const Notes notes = set_up<Note>(store);
  const ResumeToken token = token_now(notes);
  write_note(notes, "a", 0);
  write_note(notes, "a", 1);
  const std::string path = folder / "collections/notes/records.jsonl";
  std::string journal = content_of(path);
  journal[journal.find("\"count\":0")] = '!';
  write_file(path, journal);
  // The damaged line was replaced by a later one, so no record is lost.
  CHECK(events_after(notes, token) == Strings{"reset", "present a", "bookmark"});
}

TEST_CASE("parent and child of a fork watch independently") {
  const TemporaryFolder folder;
  Filesystem store{folder.path()};
  const Notes notes = set_up<Note>(store);
  const ResumeToken token = token_now(notes);  // starts the thread of the signals
  write_note(notes, "before", 0);
  Child child([&](const Child::Pipe& pipe) {
    const auto events = events_until(notes, {.from = token}, [&](const Change<Note>& change) {
      pipe.write(show_change(change) + "\n");
      return change.id.str() == "after";
    });
  });
  const std::string seen = child.read(std::string("entered before\nbookmark\n").size());
  CHECK(seen == "entered before\nbookmark\n");
  write_note(notes, "after", 1);
  CHECK(child.read() == "entered after\n");
  CHECK(child.wait());
  CHECK(events_after(notes, token) == Strings{"entered before", "entered after", "bookmark"});
}

TEST_CASE("a reader watches a store whose writer was killed between the line of a commit and its mark") {
  const TemporaryFolder folder;
  const std::string lock = folder / "collections/notes/lock";
  std::optional<ResumeToken> before;
  {
    Filesystem store{folder.path()};
    const Notes notes = set_up<Note>(store);
    write_note(notes, "a", 1);
    before = token_now(notes);
  }
  const std::string mark = content_of(lock);
  Filesystem early{folder.path(), {.access = reel::Access::read_only}};
  const Notes early_notes{early};
  CHECK(early_notes.count() == 1);
  Child writer([&](const Child::Pipe& pipe) {
    Filesystem store{folder.path()};
    write_note(Notes{store}, "b", 1);
    pipe.write("b");
    ::pause();
  });
  REQUIRE(writer.read(1) == "b");
  writer.kill();
  REQUIRE(writer.was_killed());
  write_file(lock, mark);

  Filesystem late{folder.path(), {.access = reel::Access::read_only}};
  const Notes late_notes{late};
  CHECK(late_notes.count() == 2);
  REQUIRE(events_after(late_notes, *before) == Strings{"entered b", "bookmark"});
  const ResumeToken now = token_now(late_notes);
  CHECK(events_after(late_notes, now) == Strings{"bookmark"});
  CHECK(early_notes.count() == 1);
  CHECK(events_after(early_notes, now) == Strings{"bookmark"});

  Filesystem store{folder.path()};  // takes the line over
  write_note(Notes{store}, "c", 1);
  CHECK(events_after(late_notes, now) == Strings{"entered c", "bookmark"});
  CHECK(events_after(early_notes, *before) == Strings{"entered b", "entered c", "bookmark"});
}

TEST_CASE("the mark of a watched file raises its signal, also for a file that appears later") {
  const TemporaryFolder folder;
  reel::filesystem::FileSignals signals;
  const std::string path = folder / "file";
  const auto signal = signals.watch(path);
  CHECK(signals.watch(path) == signal);
  const auto wait_from = [&](std::uint64_t seen) {
    for (int i = 0; i < 50 && signal->count() == seen; ++i) signal->wait(seen, 100ms, {});
    return signal->count() != seen;
  };
  const std::uint64_t absent = signal->count();
  write_file(path, "a");
  CHECK(wait_from(absent));
  std::this_thread::sleep_for(1100ms);  // subscribed by now
  const std::uint64_t present = signal->count();
  write_file(path, "b");
  CHECK(wait_from(present));
  const std::uint64_t written = signal->count();
  std::filesystem::remove(path);
  CHECK(wait_from(written));
}

/// Prints the events of a watch after a token, if there is one, as lines `<kind> <id> <count> <token>`.
void report_events(const std::string& folder, const std::string& token, const Child::Pipe& pipe) {
  Filesystem store{folder, {.access = reel::Access::read_only}};
  const Notes notes{store};
  reel::WatchOptions options;
  if (!token.empty()) options.from = ResumeToken::parse(token);
  for (const Change<Note>& change : notes.watch({}, options)) {
    const std::string id = change.id.str().empty() ? "-" : change.id.str();
    pipe.write(std::string(enum_name(change.kind)) + " " + id + " " +
               std::to_string(change.record ? change.record->value.count : 0) + " " + change.token.str() + "\n");
  }
}

/// The copy that a consumer keeps, and the token of the last event that it has seen.
struct Consumer {
  std::map<std::string, std::int64_t> counts{};
  std::string token{};
  int resets = 0;

  /// Applies the complete lines. Fails if a record goes backwards.
  void apply(const std::string& lines) {
    std::istringstream in(lines.substr(0, lines.rfind('\n') + 1));
    std::string kind, id;
    for (std::int64_t count = 0; in >> kind >> id >> count >> token;) {
      if (kind == "reset") {
        counts.clear();
        ++resets;
      } else if (kind == "removed") {
        counts.erase(id);
      } else if (kind != "bookmark") {
        if (counts.contains(id)) CHECK(counts[id] <= count);
        counts[id] = count;
      }
    }
  }
};

/// Writes without pause: counts that only grow, removals, and pairs in one batch.
[[noreturn]] void write_without_end(const std::string& folder, unsigned seed) {
  std::mt19937 chance(seed);
  Filesystem store =
      Seams{.housekeeping = {.compact_above = 20'000}}.open(folder, {.durability = reel::Durability::relaxed});
  const Notes notes = set_up<Note>(store);
  for (int i = 1;; ++i) {
    const std::string id = "n" + std::to_string(chance() % 30);
    if (chance() % 5 == 0) {
      notes.remove(Id<Note>{id});
    } else {
      write_note(notes, id, i);
    }
    if (i % 64 == 0) std::this_thread::sleep_for(1ms);
  }
}

TEST_CASE("a consumer that is killed at any time misses nothing that writers do meanwhile") {
  const TemporaryFolder folder;
  {
    Filesystem store{folder.path()};
    set_up<Note>(store);
  }
  std::mt19937 chance(11);
  Consumer consumer;
  std::size_t events = 0;
  {
    Child writer([&](const Child::Pipe&) { write_without_end(folder.path(), 5); });
    for (int round = 0; round < repeated(1000); ++round) {
      Child reader([&](const Child::Pipe& pipe) { report_events(folder.path(), consumer.token, pipe); });
      std::string lines = reader.read(1 + chance() % 4000);
      reader.kill();
      lines += reader.read();
      REQUIRE(reader.was_killed());
      events += static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
      consumer.apply(lines);
    }
    writer.kill();
    REQUIRE(writer.was_killed());
  }
  Child reader([&](const Child::Pipe& pipe) { report_events(folder.path(), consumer.token, pipe); });
  std::string lines;
  while (lines.find("bookmark") == std::string::npos) lines += reader.read(1);
  reader.kill();
  consumer.apply(lines + reader.read());

  std::map<std::string, std::int64_t> present;
  Filesystem store{folder.path()};
  for (const auto& note : set_up<Note>(store).all()) present[note.id.str()] = note.value.count;
  INFO(events << " events, " << consumer.resets << " resets");
  CHECK(consumer.counts == present);
  CHECK(events > static_cast<std::size_t>(repeated(1000)));
}

}  // namespace watching_tests
