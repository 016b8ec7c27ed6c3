#pragma once

#include <fcntl.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/collection.hpp>
#include <reel/backends/filesystem/commit_mark.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/file_signals.hpp>
#include <reel/backends/filesystem/journal.hpp>
#include <reel/backends/filesystem/journal_scan.hpp>
#include <reel/backends/filesystem/record_line.hpp>
#include <reel/backends/filesystem/replaced_journal.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/text/whole_number.hpp>

namespace reel::filesystem {

/// A position in the history of a collection: a line of a journal, as text `<journal>:<offset>:<crc>`.
struct JournalPosition {
  /// Name of the journal, `JournalHeader::journal`.
  std::string journal{};
  /// The offset after the line.
  std::int64_t offset = 0;
  /// The checksum of the line as it is written: after a loss of power, other lines may have replaced those that were
  /// not yet on the medium.
  std::string crc{};

  /// The position as text.
  [[nodiscard]] std::string text() const { return journal + ":" + std::to_string(offset) + ":" + crc; }
  /// The position in a string that `text` returned. Throws `invalid` for another string.
  [[nodiscard]] static JournalPosition parse(std::string_view text) {
    const std::size_t first = text.find(':'), second = text.find(':', first + 1);
    if (second == std::string_view::npos) throw driver::foreign_position();
    const auto offset = text::whole_number<std::int64_t>(text.substr(first + 1, second - first - 1));
    if (!offset) throw driver::foreign_position();
    return {
        .journal = std::string(text.substr(0, first)), .offset = *offset, .crc = std::string(text.substr(second + 1))};
  }
};

/// The parts of a store that belong to the present process.
struct FeedAccess {
  std::shared_ptr<Collection> collection{};  ///< the open collection
  FileSignals* signals{};                    ///< of the store
};

/// The changes of a collection or bucket, read from its journal. Works with the files alone, so that changes of other
/// processes are found in the same way as those of this one:
///
///     lock                the mark: how far the journal is committed. Its change is the signal
///     records.jsonl       the commits, from the position to the mark
///     records.previous    after a compaction: which journal was replaced, and where it ended
///
/// A feed that has the replaced journal open reads it to its end and continues in the new one. A feed that begins later
/// finds the history after its position lost, unless its position is that end.
class JournalFeed final : public driver::ChangeFeed {
 public:
  /// - `calls`: must outlive the feed
  /// - `folder`: of the collection
  /// - `schema`: of its documents; must outlive the feed
  /// - `access`: returns what belongs to this process
  JournalFeed(driver::FeedTraits traits, FileCalls& calls, std::string folder, const driver::CollectionSchema& schema,
              std::function<FeedAccess()> access)
      : ChangeFeed(std::move(traits)),
        calls_(calls),
        folder_(std::move(folder)),
        schema_(schema),
        access_(std::move(access)) {}

  /// See `ChangeFeed`. Opens the journal, so that a later compaction cannot lose what follows.
  [[nodiscard]] driver::FeedEnd end() override {
    for (;;) {
      const auto [mark, next_sequence] = access_().collection->position();
      static_cast<void>(marked());                           // opens the journal
      if (opened_.header.journal != mark.journal) continue;  // compacted in between
      return {.position = position_at(opened_, mark.end).text(), .next_sequence = next_sequence};
    }
  }

  /// See `ChangeFeed`.
  [[nodiscard]] driver::CommitPage changes(const std::string& after, std::size_t limit) override {
    const JournalPosition position = JournalPosition::parse(after);
    const CommitMark mark = open_present();
    if (position.journal == mark.journal) return read(opened_, position, mark.end, limit, true);
    const auto replaced = ReplacedJournal::read(calls_, folder_, mark.journal);
    if (!replaced || replaced->journal != position.journal || position.offset > replaced->end) return {.is_lost = true};
    if (position.offset == replaced->end)
      return read(opened_, position_at(opened_, opened_.header.sealed), mark.end, limit, true);
    if (previous_.header.journal != position.journal) return {.is_lost = true};
    return read(previous_, position, replaced->end, limit, false);
  }

  /// See `ChangeFeed`.
  void wait(const std::string& after, std::chrono::milliseconds timeout, const std::stop_token& stop) override {
    const std::shared_ptr<FileSignals::Signal> signal = access_().signals->watch(folder_ + "/lock");
    const std::uint64_t seen = signal->count();
    const CommitMark mark = open_present();
    const JournalPosition position = JournalPosition::parse(after);
    if (mark.journal == position.journal && mark.end <= position.offset) signal->wait(seen, timeout, stop);
  }

 private:
  /// An open journal.
  struct Journal {
    std::shared_ptr<const File> file{};  ///< null: none
    JournalHeader header{};
  };

  /// Opens the present journal, if it is another one than before, and returns how far it is committed. Throws as
  /// `marked`.
  ///
  /// A reader that opened the collection while no one was writing has all whole lines of the journal, also those whose
  /// writer was killed before it moved the mark.
  [[nodiscard]] CommitMark open_present() {
    CommitMark mark = marked();
    const CommitMark loaded = access_().collection->position().mark;
    if (loaded.journal == mark.journal) mark.end = std::max(mark.end, loaded.end);
    return mark;
  }

  /// The same for the mark alone. Throws `unavailable` if the folder of the collection is gone, and `conflict` if the
  /// collection has other attributes.
  [[nodiscard]] CommitMark marked() {
    CommitMark mark = last_mark();
    if (opened_.file && opened_.header.journal == mark.journal) return mark;
    auto file = open_journal(calls_, folder_ + "/records.jsonl", O_RDONLY);
    auto header = read_header(*file);
    if (!header) throw damaged(file->path(), 0);
    if (!opened_.file || header->journal != opened_.header.journal) {
      if (!is_checksum_of(header->schema, schema_))
        driver::require_same_attributes(access_().collection->schema(), schema_);
      previous_ = std::exchange(opened_, Journal{std::move(file), *std::move(header)});
    }
    // The mark of another journal: this one has replaced it a moment ago, or just before the writer was killed.
    if (mark.journal != opened_.header.journal) mark = {opened_.header.journal, opened_.header.sealed};
    return mark;
  }

  /// The mark in `lock`, which may be that of an earlier journal.
  [[nodiscard]] CommitMark last_mark() {
    const auto found = status_of(calls_, folder_ + "/lock");
    if (found && (!marks_.is_open() || marks_inode_ != found->inode)) {
      marks_ = MarkFile(calls_, folder_ + "/lock", O_RDONLY);
      marks_inode_ = found->inode;
    }
    if (!found && !exists(calls_, folder_ + "/records.jsonl"))
      throw Error(Errc::unavailable, "the folder '" + folder_ + "' was removed or renamed; open the store again");
    if (found) {
      if (std::optional<CommitMark> mark = MarkFile::read(marks_.text())) last_mark_ = *std::move(mark);
    }
    // A store that only readers have opened has no mark, and the first writer is about to write one.
    if (last_mark_.journal.empty()) return access_().collection->position().mark;
    return last_mark_;  // or the one before, while a writer is writing it
  }

  /// The position after the line that ends at `offset`.
  [[nodiscard]] static JournalPosition position_at(const Journal& journal, std::int64_t offset) {
    constexpr auto tail = static_cast<std::int64_t>(driver::crc_digits) + 3;  // digits, quote, brace, newline
    std::string digits(driver::crc_digits, '\0');
    digits.resize(offset < tail ? 0 : journal.file->read_at(digits, offset - tail));
    return {journal.header.journal, offset, std::move(digits)};
  }

  /// The commits of a journal between a position and `end`. `is_present`: it is the present journal, so `end` is the
  /// end of the history. A damaged line makes the history unreadable, so it is lost.
  [[nodiscard]] driver::CommitPage read(const Journal& journal, const JournalPosition& after, std::int64_t end,
                                        std::size_t limit, bool is_present) const {
    if (position_at(journal, after.offset).crc != after.crc) return {.is_lost = true};
    end = std::max(end, after.offset);  // another reader has seen more than this one: see `open_present`
    driver::CommitPage page;
    LineReader lines(*journal.file, after.offset, end);
    std::int64_t offset = after.offset;  // after the last whole commit
    std::size_t size = 0;
    driver::Commit commit;
    while (size < limit) {
      const auto line = lines.next();
      if (!line) break;
      const auto sealed = line->is_ended ? open_line(line->text) : std::nullopt;
      auto operation = sealed ? OperationReader(sealed->body, schema_).read() : std::nullopt;
      if (!operation) return {.is_lost = true};
      driver::RecordChange& change = commit.changes.emplace_back();
      change.id = operation->document.id;
      change.sequence = operation->document.sequence;
      if (operation->put) change.document = std::make_shared<const driver::Document>(std::move(operation->document));
      if (operation->batch.number < operation->batch.of) continue;
      offset = line->end();
      const std::string_view crc = line->text.substr(line->text.size() - driver::crc_digits - 2, driver::crc_digits);
      commit.position = JournalPosition{journal.header.journal, offset, std::string(crc)}.text();
      size += commit.changes.size();
      page.commits.push_back(std::exchange(commit, {}));
    }
    page.position = page.commits.empty() ? after.text() : page.commits.back().position;
    page.is_last = is_present && offset == end;
    return page;
  }

  FileCalls& calls_;
  std::string folder_;
  const driver::CollectionSchema& schema_;
  std::function<FeedAccess()> access_;

  MarkFile marks_{};
  std::uint64_t marks_inode_ = 0;
  CommitMark last_mark_{};
  Journal opened_{};    ///< the present one
  Journal previous_{};  ///< the one before it, if a compaction replaced it while this feed had it open
};

}  // namespace reel::filesystem
