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

/// Appends a line for every record and blob to a file.
class MigrationJournal {
 public:
  /// None if the path is empty.
  explicit MigrationJournal(const std::string& path) {
    if (!path.empty()) file_.emplace(path, O_WRONLY | O_CREAT | O_APPEND, mode_t{0666});
  }

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
  static void add_error(json::Object& object, std::string_view operation, const Error& error) {
    object.add("failed", operation).add("code", to_string(error.code())).add("reason", error.reason());
  }

  std::optional<driver::File> file_;
};

}  // namespace reel::detail
