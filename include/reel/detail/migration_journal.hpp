#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <reel/driver/file.hpp>
#include <reel/json/writer.hpp>
#include <reel/migration_report.hpp>

namespace reel::detail {

/// Appends one line for every record and blob to a file: a JSON object with `collection` or `bucket`, `id`, `outcome`,
/// `verified`; after a failure also `failed` (the operation), `code` and `reason`; `bytes` for a blob; `dry_run` if it
/// is one. Lines of several migrations may follow each other.
class MigrationJournal {
 public:
  /// An empty path writes no journal. Throws the error of opening the file, such as `not_found` or `forbidden`.
  explicit MigrationJournal(const std::string& path) {
    if (!path.empty()) file_.emplace(path, O_WRONLY | O_CREAT | O_APPEND, mode_t{0666});
  }

  /// Writes a line with one call of the system. Not synced.
  template <class Result>
  void write(const MigrationKind& kind, bool dry_run, const Result& result) {
    if (!file_) return;
    json::Object object;
    object.add(kind.bucket ? "bucket" : "collection", kind.id);
    object.add("id", result.id).add("outcome", to_string(*result.outcome));
    if (result.failure) add_error(object, result.operation, *result.failure);
    if (result.difference) add_error(object, "verify", *result.difference);
    if (kind.bucket) object.add("bytes", result.bytes);
    if (dry_run) object.add("dry_run", true);
    const std::string line = object.add("verified", result.verified).str() + '\n';
    file_->write(std::as_bytes(std::span{line}));
  }

 private:
  /// Adds the operation that failed, and its error.
  static void add_error(json::Object& object, std::string_view operation, const Error& error) {
    object.add("failed", operation).add("code", to_string(error.code())).add("reason", error.reason());
  }

  std::optional<driver::File> file_;
};

}  // namespace reel::detail
