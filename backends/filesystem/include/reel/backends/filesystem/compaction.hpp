#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/disk_bodies.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/journal.hpp>

/// Compaction: writing a journal without the lines of replaced and removed records.
namespace reel::filesystem {

/// A new journal in a file that does not yet have the journal's name, and its table.
struct CompactedJournal {
  /// Header of the new file.
  JournalHeader header{};
  /// Of the new file.
  std::uint64_t inode = 0;
  /// The records, with rows that refer to the new file.
  DiskTable table;
};

/// Appends the line of a record without the batch that it was written in. `body`: the line without its seal.
inline void append_alone(std::string& lines, std::string_view body) {
  const std::size_t start = lines.size();
  const std::size_t batch = body.find(R"(,"batch":[)");
  const std::size_t created = body.find(R"(,"created":)");
  if (batch < created) {
    lines.append(body, 0, batch);
    body.remove_prefix(created);
  }
  lines.append(body);
  seal_line(lines, start, 0);
}

/// Copies the lines of all live rows to the offset `end` of another file. Returns the rows for that file and advances
/// `end`. Throws `corrupt` for a damaged line.
inline std::vector<DiskRow> copy_live_lines(const DiskTable& from, const File& to, std::int64_t& end) {
  std::vector<DiskRow> rows;
  rows.reserve(from.size());
  std::string line, lines;
  const auto flush = [&] {
    to.write_at(lines, end);
    end += static_cast<std::int64_t>(lines.size());
    lines.clear();
  };
  for (const DiskRow& row : from.rows()) {
    if (!DiskBodies::live(row)) continue;
    from.bodies().read_line(row, line);
    const auto sealed = open_line(line);
    if (!sealed) throw damaged(from.bodies().file().path(), row.offset);
    const std::size_t start = lines.size();
    append_alone(lines, sealed->body);
    DiskRow& copied = rows.emplace_back(row);
    copied.offset = end + static_cast<std::int64_t>(start);
    copied.length = static_cast<std::uint32_t>(lines.size() - start - 1);
    if (lines.size() >= (std::size_t{1} << 20)) flush();
  }
  flush();
  return rows;
}

/// The table with live rows only. `rows`: these rows, in the new file. Row numbers change, so the indexes are built
/// from the old ones without sorting.
inline DiskTable without_gaps(const DiskTable& old, const std::vector<DiskRow>& rows, DiskBodies bodies) {
  DiskTable made(old.shared_schema(), old.encoder().rules(), std::move(bodies));
  made.reserve(rows.size());
  made.reserve_sequence(old.next_sequence());
  std::vector<std::uint32_t> numbers(old.rows().size());
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < old.rows().size(); ++i) {
    if (!DiskBodies::live(old.rows()[i])) continue;
    made.load_row(rows[next], old.sequences()[i]);
    numbers[i] = next++;
  }
  for (std::size_t i = 0; i < old.schema().indexes.size(); ++i) {
    old.text_index(i).for_each_word([&](std::string_view word, const text::PostingList& holders) {
      text::PostingList& made_holders = made.load_text_index(i).append_word(word);
      holders.for_each([&](std::uint32_t row) { made_holders.add(numbers[row]); });
    });
    const local::OrderedIndex& index = old.ordered_index(i);
    for (auto at = index.begin(); at != index.end(); at = index.next(at))
      made.load_ordered_index(i).append(index.key_at(at), numbers[index.row_at(at)]);
  }
  made.digests().keep(old.digests());
  return made;
}

/// Writes the live lines of a table to a new file and syncs it. The header is written last, when `sealed` is known.
///
/// - `path`: where the file is created
/// - `header`: only its `schema` is used
[[nodiscard]] inline CompactedJournal compacted(FileCalls& calls, const std::string& path, JournalHeader header,
                                                const DiskTable& table,
                                                const std::shared_ptr<const driver::CollectionSchema>& schema) {
  auto file = std::make_shared<const File>(calls, path, O_RDWR | O_CREAT | O_TRUNC);
  header.journal = make_id();
  header.next = table.next_sequence();
  header.sealed = first_record_offset(header);
  const std::vector<DiskRow> rows = copy_live_lines(table, *file, header.sealed);
  file->write_at(header_line(header), 0);
  file->sync();
  const std::uint64_t inode = file->status().inode;
  return {std::move(header), inode, without_gaps(table, rows, DiskBodies(std::move(file), schema))};
}

}  // namespace reel::filesystem
