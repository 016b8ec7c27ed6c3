#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <reel/driver/file_descriptor.hpp>
#include <reel/json/json_text.hpp>
#include <reel/migration_report.hpp>

namespace reel::detail {

inline void append_json(std::string& out, std::string_view name, std::string_view text) {
  json::append_string(out, name);
  out += ':';
  json::append_string(out, text);
  out += ',';
}

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
    std::string line = "{";
    append_json(line, kind.bucket ? "bucket" : "collection", kind.id);
    append_json(line, "id", result.id);
    append_json(line, "outcome", to_string(*result.outcome));
    if (result.failure) append_error(line, result.operation, *result.failure);
    if (result.difference) append_error(line, "verify", *result.difference);
    if (kind.bucket) line += "\"bytes\":" + std::to_string(result.bytes) + ",";
    if (dry_run) line += "\"dry_run\":true,";
    line += std::string("\"verified\":") + (result.verified ? "true" : "false") + "}\n";
    file_->write(std::as_bytes(std::span{line}));
  }

 private:
  template <class AnyError>
  static void append_error(std::string& line, std::string_view operation, const AnyError& error) {
    append_json(line, "failed", operation);
    append_json(line, "code", to_string(error.code()));
    append_json(line, "reason", error.reason());
  }

  std::optional<driver::FileDescriptor> file_;
};

}  // namespace reel::detail
