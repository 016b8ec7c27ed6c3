#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/overlay.hpp>

/// The file `record_log_name` at the root. It contains every write since the tree was last settled, and the records
/// that have no files. Appended by `WriteState::log`, rewritten by `Settling::write_log`. Each line is a write of one
/// record, or of several that change together:
///
///     {"collection":"videos","record":{"id":"…","values":{…}},"crc":"0a1b2c3d"}
///     {"batch":[{"collection":"scenes","record":{…}},{"collection":"videos","record":{…}}],"crc":"4e5f6a7b"}
///
/// A batch may be empty: then the line marks the end of the write before it (`WriteState::finish_removal`).
///
/// A line counts only if it is complete and its checksum is right (json/sealed_line.hpp). A write is therefore logged
/// completely or not at all. Of several lines of one record, the last one counts.
namespace reel::legacy {

/// Appends `"collection":…,"record":…`, which `read_logged` reads.
inline void append_logged(std::string& out, const LoggedRecord& record) {
  json::append_name(out, "collection");
  json::append_string(out, record.collection);
  out += R"(,"record":)";
  append_overlay(out, *record.overlay);
}
inline bool read_logged(json::Reader& in, LoggedRecord& record) {
  Overlay overlay;
  const bool whole = in.take(R"("collection":)") && in.string(record.collection) && in.take(R"(,"record":)") &&
                     read_overlay(in, overlay);
  record.overlay = std::make_shared<const Overlay>(std::move(overlay));
  return whole;
}

/// Appends the line of a write, with its newline. The overlays of its records must not be null.
inline void append_log_line(std::string& out, std::span<const LoggedRecord> records) {
  const std::size_t start = out.size();
  if (records.size() == 1) {
    out += '{';
    append_logged(out, records.front());
  } else {
    out += R"({"batch":[)";
    for (const LoggedRecord& record : records) {
      out += &record == records.data() ? "{" : ",{";
      append_logged(out, record);
      out += '}';
    }
    out += ']';
  }
  json::seal(out, start);
}

/// The records of a line; nothing if the line is damaged. `line` is without its newline.
[[nodiscard]] inline std::optional<std::vector<LoggedRecord>> read_log_line(std::string_view line) {
  const auto body = json::unseal(line);
  if (!body) return std::nullopt;
  json::Reader in(*body);
  std::vector<LoggedRecord> records;
  if (in.take(R"({"batch":[)")) {
    while (in.take('{')) {
      if (!read_logged(in, records.emplace_back()) || !in.take('}')) return std::nullopt;
      in.take(',');
    }
    if (!in.take(']')) return std::nullopt;
  } else if (!in.take('{') || !read_logged(in, records.emplace_back())) {
    return std::nullopt;
  }
  return in.done() ? std::optional{std::move(records)} : std::nullopt;
}

/// The records of a log in the order of their lines; one record may occur several times.
struct LogContents {
  std::vector<LoggedRecord> records{};
  std::vector<LoggedRecord> last{};  ///< those of the last line; none if no line is complete
  std::size_t lines = 0;             ///< those that are not damaged
  bool damaged = false;              ///< a line other than the last one is damaged
};
/// Parses a log. Damaged lines are left out.
///
/// The last line may be incomplete, because a program ended while it was written; such a write was never acknowledged.
/// Therefore neither bytes after the last newline nor a damaged last line set `damaged`.
[[nodiscard]] inline LogContents parse_log(std::string_view text) {
  LogContents contents;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    auto records = read_log_line(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (records) {
      ++contents.lines;
      contents.last = *std::move(records);
      contents.records.insert(contents.records.end(), contents.last.begin(), contents.last.end());
    } else if (!text.empty()) {
      contents.damaged = true;
    }
  }
  return contents;
}

}  // namespace reel::legacy
