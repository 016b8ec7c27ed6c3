#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/overlay.hpp>

/// The file `record_log_name` at the root. It contains every write since the tree was last settled, one line each, and
/// the records that have no files. Appended by `WriteState::log`, rewritten by `Settling::write_log`.
///
///     {"collection":"videos","record":{"id":"…","values":{…}},"crc":"0a1b2c3d"}
///
/// A line counts only if it is complete and its checksum is right (json/sealed_line.hpp). Of several lines of one
/// record, the last one counts.
namespace reel::legacy {

/// Appends the line of a record, with its newline. `record.overlay` must not be null.
inline void append_log_line(std::string& out, const LoggedRecord& record) {
  const std::size_t start = out.size();
  out += R"({"collection":)";
  json::append_string(out, record.collection);
  out += R"(,"record":)";
  append_overlay(out, *record.overlay);
  json::seal(out, start);
}

/// The record of a line; nothing if the line is damaged. `line` is without its newline.
[[nodiscard]] inline std::optional<LoggedRecord> read_log_line(std::string_view line) {
  const auto body = json::unseal(line);
  if (!body) return std::nullopt;
  json::Reader in(*body);
  LoggedRecord record;
  Overlay overlay;
  const bool whole = in.take(R"({"collection":)") && in.string(record.collection) && in.take(R"(,"record":)") &&
                     read_overlay(in, overlay) && in.done();
  record.overlay = std::make_shared<const Overlay>(std::move(overlay));
  return whole ? std::optional{std::move(record)} : std::nullopt;
}

/// The records of a log in the order of their lines; one record may occur several times.
struct LogContents {
  std::vector<LoggedRecord> records{};
  bool damaged = false;  ///< a line other than the last one is damaged
};
/// Parses a log. Damaged lines are left out.
///
/// The last line may be incomplete, because a program ended while it was written; such a write was never acknowledged.
/// Therefore neither bytes after the last newline nor a damaged last line set `damaged`.
[[nodiscard]] inline LogContents parse_log(std::string_view text) {
  LogContents contents;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    auto record = read_log_line(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (record) {
      contents.records.push_back(*std::move(record));
    } else if (!text.empty()) {
      contents.damaged = true;
    }
  }
  return contents;
}

}  // namespace reel::legacy
