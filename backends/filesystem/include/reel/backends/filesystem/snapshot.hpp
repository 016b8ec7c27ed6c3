#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/disk_bodies.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/driver/crc32c.hpp>
#include <reel/driver/range_digest.hpp>
#include <reel/local/range_digests.hpp>

/// The snapshot of a collection, `records.index`: a copy of the rows and sorted indexes, so that opening the collection
/// need not read every record. It may be missing, old or damaged at any time; then the journal is read instead.
///
///     "reel snapshot 3\n"   journal   schema         identify it; strings have a 4-byte length in front
///     end   dead                                     SnapshotReach
///     next sequence   number of records
///     number   RangeDigest …                         of the ranges of ids, or 0 if they were never asked for
///     row   sequence                                 for each record: DiskRow and 8 bytes
///     key   row number                               for each record of each sorted index, in order
///     word   count   row numbers …   then ""         for each word of each full-text index, in order
///     crc                                            CRC-32C of all bytes before
///
/// Numbers have the size and byte order of the machine: the file is never moved to another one.
namespace reel::filesystem {

/// The properties that a snapshot must share with the journal to be usable.
struct SnapshotKey {
  /// Name of the journal it was made from.
  std::string journal{};
  /// A checksum of the schema and the rules of text.
  std::uint32_t schema = 0;
};

/// The part of the journal that a snapshot covers.
struct SnapshotReach {
  std::int64_t end = 0;   ///< offset after that part
  std::int64_t dead = 0;  ///< dead bytes in it
};

/// The start of a snapshot, with the version of the format.
inline constexpr std::string_view snapshot_magic = "reel snapshot 3\n";

/// Writes numbers and strings to a file, and a checksum of everything at the end. Buffers up to 1 MiB.
class SnapshotWriter {
 public:
  /// Writes to `file`, which must be empty.
  explicit SnapshotWriter(const File& file) : file_(file) {}

  /// Writes the bytes of a value.
  template <class Plain>
  requires std::is_trivially_copyable_v<Plain>
  void put(const Plain& value) {
    buffer_.append(reinterpret_cast<const char*>(&value), sizeof value);
    if (buffer_.size() >= (std::size_t{1} << 20)) flush();
  }
  /// Writes a string with its length.
  void put_text(std::string_view text) {
    put(static_cast<std::uint32_t>(text.size()));
    buffer_.append(text);
  }
  /// Writes the checksum. Call it once, at the end.
  void finish() {
    flush();
    const std::uint32_t crc = crc_;
    put(crc);
    flush();
  }

 private:
  void flush() {
    crc_ = driver::crc32c(buffer_, crc_);
    file_.write_at(buffer_, end_);
    end_ += static_cast<std::int64_t>(buffer_.size());
    buffer_.clear();
  }

  const File& file_;
  std::string buffer_;
  std::int64_t end_ = 0;
  std::uint32_t crc_ = 0;
};

/// Reads the file that a `SnapshotWriter` wrote.
class SnapshotReader {
 public:
  /// Reads from the start of `file`.
  explicit SnapshotReader(const File& file) : file_(file), size_(file.status().size) {}

  /// Whether the checksum matches. Check it before using any number.
  [[nodiscard]] bool is_whole() const {
    std::uint32_t crc = 0, stored = 0;
    const std::int64_t end = size_ - static_cast<std::int64_t>(sizeof stored);
    std::string piece;
    for (std::int64_t at = 0; at < end; at += static_cast<std::int64_t>(piece.size())) {
      piece.resize(static_cast<std::size_t>(std::min<std::int64_t>(end - at, 1 << 20)));
      if (file_.read_at(piece, at) != piece.size()) return false;
      crc = driver::crc32c(piece, crc);
    }
    return end > 0 && file_.read_at({reinterpret_cast<char*>(&stored), sizeof stored}, end) == sizeof stored &&
           stored == crc;
  }

  /// Reads a value. Returns false at the end of the file.
  template <class Plain>
  requires std::is_trivially_copyable_v<Plain>
  bool get(Plain& value) {
    if (!fill(sizeof value)) return false;
    std::memcpy(&value, buffer_.data() + position_, sizeof value);
    position_ += sizeof value;
    return true;
  }
  /// Reads a string, which is valid until the next call.
  bool get_text(std::string_view& text) {
    std::uint32_t size = 0;
    if (!get(size) || !fill(size)) return false;
    text = std::string_view(buffer_).substr(position_, size);
    position_ += size;
    return true;
  }

 private:
  bool fill(std::size_t wanted) {
    if (buffer_.size() - position_ >= wanted) return true;
    if (static_cast<std::int64_t>(wanted) > size_) return false;
    buffer_.erase(0, position_);
    position_ = 0;
    const std::size_t kept = buffer_.size();
    buffer_.resize(std::max(wanted, std::size_t{1} << 20) + kept);
    const std::size_t read = file_.read_at(std::span(buffer_).subspan(kept), end_);
    buffer_.resize(kept + read);
    end_ += static_cast<std::int64_t>(read);
    return buffer_.size() >= wanted;
  }

  const File& file_;
  std::int64_t size_;
  std::string buffer_;
  std::size_t position_ = 0;
  std::int64_t end_ = 0;
};

/// Replaces the snapshot in one step. It is not synced: it has a checksum and may be lost. The journal must have been
/// synced up to `reach`.
inline void save_snapshot(FileCalls& calls, const std::string& path, const SnapshotKey& key, SnapshotReach reach,
                          const DiskTable& table) {
  const std::string temporary = path + ".tmp";
  try {
    const File file(calls, temporary, O_WRONLY | O_CREAT | O_TRUNC);
    SnapshotWriter out(file);
    out.put_text(snapshot_magic);
    out.put_text(key.journal);
    out.put(key.schema);
    out.put(reach);
    out.put(table.next_sequence());
    out.put(static_cast<std::uint64_t>(table.size()));
    const std::vector<driver::RangeDigest> digests = table.digests().kept().value_or(local::RangeDigests::Ranges{});
    out.put(static_cast<std::uint32_t>(digests.size()));
    for (const driver::RangeDigest& one : digests) out.put(one);
    // Rows are numbered again, without the removed ones.
    std::vector<std::uint32_t> numbers(table.rows().size());
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < table.rows().size(); ++i) {
      if (!DiskBodies::live(table.rows()[i])) continue;
      numbers[i] = next++;
      out.put(table.rows()[i]);
      out.put(table.sequences()[i]);
    }
    for (std::size_t i = 0; i < table.schema().indexes.size(); ++i) {
      if (table.schema().indexes[i].kind == driver::IndexKind::full_text) {
        table.text_index(i).for_each_word([&](std::string_view word, const text::PostingList& rows) {
          out.put_text(word);
          out.put(static_cast<std::uint32_t>(rows.size()));
          rows.for_each([&](std::uint32_t row) { out.put(numbers[row]); });
        });
        out.put_text("");
        continue;
      }
      const local::OrderedIndex& index = table.ordered_index(i);
      for (auto at = index.begin(); at != index.end(); at = index.next(at)) {
        out.put_text(index.key_at(at));
        out.put(numbers[index.row_at(at)]);
      }
    }
    out.finish();
    if (calls.rename(temporary, path) != 0) throw file_error("rename", temporary);
  } catch (...) {
    calls.unlink(temporary);
    throw;
  }
}

/// Reads the indexes. Returns false if the content is not valid.
inline bool load_indexes(SnapshotReader& in, DiskTable& table, std::uint64_t records) {
  std::string_view text;
  std::uint32_t row = 0, count = 0;
  for (std::size_t i = 0; i < table.schema().indexes.size(); ++i) {
    if (table.schema().indexes[i].kind == driver::IndexKind::full_text) {
      for (;;) {
        if (!in.get_text(text)) return false;
        if (text.empty()) break;
        text::PostingList& rows = table.load_text_index(i).append_word(text);
        if (!in.get(count)) return false;
        for (; count > 0; --count) {
          if (!in.get(row) || row >= records) return false;
          rows.add(row);
        }
      }
      continue;
    }
    for (std::uint64_t n = 0; n < records; ++n) {
      if (!in.get_text(text)) return false;
      const std::string key(text);
      if (!in.get(row) || row >= records) return false;
      table.load_ordered_index(i).append(key, row);
    }
  }
  return true;
}

/// Reads the rows. Returns false if the content is not valid.
inline bool load_rows(SnapshotReader& in, DiskTable& table, std::uint64_t records) {
  table.reserve(records);
  for (std::uint64_t n = 0; n < records; ++n) {
    DiskRow row;
    std::int64_t sequence = 0;
    if (!in.get(row) || !in.get(sequence) || row.length == 0) return false;
    table.load_row(row, sequence);
  }
  return true;
}

/// Reads the digests. Returns false if the content is not valid.
inline bool load_digests(SnapshotReader& in, DiskTable& table, local::DigestOfDocument digest) {
  std::uint32_t number = 0;
  if (!in.get(number) || number == 0) return number == 0;
  std::vector<driver::RangeDigest> digests(driver::digest_ranges);
  for (driver::RangeDigest& one : digests) {
    if (!in.get(one)) return false;
  }
  table.digests().keep(digest, std::move(digests));
  return number == driver::digest_ranges;
}

/// Fills an empty table from the snapshot and returns its reach. `digest`: that of the table's documents. Empty without
/// a usable snapshot; the table is then unchanged.
[[nodiscard]] inline std::optional<SnapshotReach> load_snapshot(FileCalls& calls, const std::string& path,
                                                                const SnapshotKey& key, DiskTable& table,
                                                                local::DigestOfDocument digest) {
  if (!exists(calls, path)) return std::nullopt;
  const File file(calls, path, O_RDONLY);
  SnapshotReader in(file);
  std::string_view text;
  std::uint32_t schema = 0;
  SnapshotReach reach;
  std::int64_t next = 0;
  std::uint64_t records = 0;
  if (!in.get_text(text) || text != snapshot_magic || !in.get_text(text) || text != key.journal || !in.get(schema) ||
      schema != key.schema || !in.is_whole() || !in.get(reach) || !in.get(next) || !in.get(records))
    return std::nullopt;
  DiskTable filled(table.shared_schema(), table.encoder().rules(), table.bodies());
  filled.reserve_sequence(std::max(next, table.next_sequence()));
  if (!load_digests(in, filled, digest) || !load_rows(in, filled, records) || !load_indexes(in, filled, records))
    return std::nullopt;
  table = std::move(filled);
  return reach;
}

}  // namespace reel::filesystem
