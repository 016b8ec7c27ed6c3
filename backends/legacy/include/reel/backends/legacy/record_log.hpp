#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/overlay.hpp>

/// The file `record_log_name` at the root, with what no other file contains: every write since the store was settled,
/// one line each, and records that have no files. A line counts only if it is whole.
namespace reel::legacy {

inline void append_log_line(std::string& out, const LoggedRecord& record) {
  const std::size_t start = out.size();
  out += R"({"collection":)";
  json::append_string(out, record.collection);
  out += R"(,"record":)";
  append_overlay(out, *record.overlay);
  json::seal(out, start);
}

/// Nothing for a damaged line. `line` is without its end.
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

struct LogContents {
  std::vector<LoggedRecord> records{};
  bool damaged = false;  ///< a line other than the last one is damaged
};
/// Ignores a last line without its end.
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
