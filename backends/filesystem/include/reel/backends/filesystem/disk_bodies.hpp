#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/record_line.hpp>
#include <reel/engine/table.hpp>
#include <reel/engine/transaction.hpp>

namespace reel::filesystem {

/// What stays in memory of a record on disk: 56 bytes.
struct DiskRow {
  std::int64_t offset = 0;
  std::int64_t updated_at = 0;        ///< milliseconds since 1970
  std::uint32_t length = 0;           ///< of the line without its newline; 0 for a removed record
  char id_bytes[max_id_length] = {};  ///< padded with NUL

  [[nodiscard]] std::string_view id() const { return {id_bytes, ::strnlen(id_bytes, max_id_length)}; }
};

[[nodiscard]] inline DiskRow disk_row(const Document& document, std::int64_t offset, std::size_t length) {
  DiskRow row{.offset = offset,
              .updated_at = document.updated_at.time_since_epoch().count(),
              .length = static_cast<std::uint32_t>(length)};
  std::memcpy(row.id_bytes, document.id.data(), document.id.size());
  return row;
}

[[nodiscard]] inline Error damaged(const std::string& path, std::int64_t offset) {
  return Error(Errc::corrupt, "the line at byte " + std::to_string(offset) + " of '" + path +
                                  "' is damaged; restore the file from a copy, or overwrite the line with spaces to "
                                  "give its record up");
}

/// The bodies of a table whose documents are lines of a file.
class DiskBodies {
 public:
  using Row = DiskRow;

  DiskBodies() = default;
  DiskBodies(std::shared_ptr<const File> file, std::shared_ptr<const CollectionSchema> schema)
      : file_(std::move(file)), schema_(std::move(schema)) {}

  static bool live(const Row& row) { return row.length > 0; }
  static std::string_view id(const Row& row) { return row.id(); }
  [[nodiscard]] DocumentPtr view(const Row& row) const { return share(row); }
  static void prefetch(const std::vector<Row>&, std::size_t, std::span<const std::size_t>) {}

  /// `corrupt` if the line is not what was written.
  [[nodiscard]] DocumentPtr share(const Row& row) const {
    thread_local std::string line;
    read_line(row, line);
    const auto sealed = open_line(line);
    if (!sealed) throw damaged(file_->path(), row.offset);
    auto operation = OperationReader(sealed->body, *schema_).read();
    if (!operation || !operation->put) throw damaged(file_->path(), row.offset);
    return std::make_shared<const Document>(std::move(operation->document));
  }

  void read_line(const Row& row, std::string& line) const {
    line.resize(row.length);
    if (file_->read_at(line, row.offset) != row.length) throw damaged(file_->path(), row.offset);
  }

  [[nodiscard]] const File& file() const { return *file_; }

 private:
  std::shared_ptr<const File> file_;
  std::shared_ptr<const CollectionSchema> schema_;
};

using DiskTable = engine::Table<DiskBodies>;
using DiskTransaction = engine::Transaction<DiskBodies>;

}  // namespace reel::filesystem
