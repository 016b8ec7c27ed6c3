#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/damage.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/record_line.hpp>
#include <reel/local/table.hpp>
#include <reel/local/transaction.hpp>

namespace reel::filesystem {

/// The part of a record on disk that stays in memory: 48 bytes, besides its sequence.
struct DiskRow {
  /// Of the record's line in the journal.
  std::int64_t offset = 0;
  /// The length of the line without its newline; 0 for a removed record.
  std::uint32_t length = 0;
  /// The id, padded with NUL.
  char id_bytes[max_id_length] = {};

  /// The id; valid as long as the row.
  [[nodiscard]] std::string_view id() const { return {id_bytes, ::strnlen(id_bytes, max_id_length)}; }
};

static_assert(sizeof(DiskRow) == 48);

/// The row of a document whose line is at `offset` and has `length` bytes without its newline.
[[nodiscard]] inline DiskRow disk_row(const driver::Document& document, std::int64_t offset, std::size_t length) {
  DiskRow row{.offset = offset, .length = static_cast<std::uint32_t>(length)};
  std::memcpy(row.id_bytes, document.id.data(), document.id.size());
  return row;
}

class DiskReader;

/// The bodies of a table whose documents are lines of a journal. See `local::Bodies`. Functions that are const may be
/// called from several threads.
class DiskBodies {
 public:
  /// See `local::Bodies`.
  using Row = DiskRow;

  /// Bodies of an empty table.
  DiskBodies() = default;
  /// The lines of `file`, read as documents of `schema`.
  DiskBodies(std::shared_ptr<const File> file, std::shared_ptr<const driver::CollectionSchema> schema)
      : file_(std::move(file)), schema_(std::move(schema)) {}

  /// See `local::Bodies`.
  static bool live(const Row& row) { return row.length > 0; }
  /// See `local::Bodies`.
  static std::string_view id(const Row& row) { return row.id(); }
  /// As `share`: the document has to be read in any case.
  [[nodiscard]] driver::DocumentPtr view(const Row& row) const { return share(row); }

  /// Reads and parses the line: one read of the file. Throws `corrupt` if the line is damaged.
  [[nodiscard]] driver::DocumentPtr share(const Row& row) const {
    thread_local std::string line;
    read_line(row, line);
    return parsed(row, line);
  }
  /// Reads the lines of several rows with fewer calls.
  [[nodiscard]] DiskReader reader() const;

  /// Parses the line of a row. Throws `corrupt`.
  [[nodiscard]] driver::DocumentPtr parsed(const Row& row, std::string_view line) const {
    const auto sealed = open_line(line);
    if (!sealed) throw damaged(file_->path(), row.offset);
    auto operation = OperationReader(sealed->body, *schema_).read();
    if (!operation || !operation->put) throw damaged(file_->path(), row.offset);
    return std::make_shared<const driver::Document>(std::move(operation->document));
  }

  /// Reads the line of a row into `line`, whose memory is reused.
  void read_line(const Row& row, std::string& line) const {
    line.resize(row.length);
    if (file_->read_at(line, row.offset) != row.length) throw damaged(file_->path(), row.offset);
  }

  /// The journal.
  [[nodiscard]] const File& file() const { return *file_; }

  /// The errors of records that damage has made unreadable. These records are not in the table.
  [[nodiscard]] const std::vector<Error>& lost() const { return lost_; }
  /// Adds such an error.
  void lose(Error error) { lost_.push_back(std::move(error)); }

 private:
  std::shared_ptr<const File> file_;
  std::shared_ptr<const driver::CollectionSchema> schema_;
  std::vector<Error> lost_;
};

/// Returns the documents of several rows one after the other. Lines that follow each other in the file are read
/// together, 64 KiB at a time. The bytes may become stale, so the reader must not outlive one look at a table.
class DiskReader {
 public:
  /// Reads through `bodies`, which must outlive the reader.
  explicit DiskReader(const DiskBodies& bodies) : bodies_(bodies) {}

  /// As `DiskBodies::share`.
  [[nodiscard]] driver::DocumentPtr share(const DiskRow& row) {
    const bool held = row.offset >= start_ && row.offset + row.length <= start_ + size();
    if (!held && (!follows(row) || !read_ahead(row))) {
      bodies_.read_line(row, piece_);
      start_ = row.offset;
    }
    last_ = row.offset + row.length;
    return bodies_.parsed(row,
                          std::string_view(piece_).substr(static_cast<std::size_t>(row.offset - start_), row.length));
  }

 private:
  static constexpr std::int64_t piece_size = 64 * 1024, gap = 4 * 1024;

  [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(piece_.size()); }
  /// Whether the line begins shortly after the previous one, so that reading ahead is worthwhile.
  [[nodiscard]] bool follows(const DiskRow& row) const {
    return last_ > 0 && row.offset >= last_ && row.offset - last_ < gap && row.length < piece_size;
  }
  /// Reads a large piece. Returns false if that fails, which may be due to another line in it: the caller then reads
  /// the line alone.
  bool read_ahead(const DiskRow& row) {
    piece_.resize(static_cast<std::size_t>(piece_size));
    try {
      piece_.resize(bodies_.file().read_at(piece_, row.offset));
    } catch (const Error&) {
      return false;
    }
    start_ = row.offset;
    return size() >= row.length;
  }

  const DiskBodies& bodies_;
  std::string piece_;
  std::int64_t start_ = 0;  ///< offset of `piece_` in the file
  std::int64_t last_ = 0;   ///< end of the previous line; 0: none
};

inline DiskReader DiskBodies::reader() const { return DiskReader(*this); }

/// A table whose documents are on disk.
using DiskTable = local::Table<DiskBodies>;
/// A transaction on such a table.
using DiskTransaction = local::Transaction<DiskBodies>;

}  // namespace reel::filesystem
