#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/overlay.hpp>

namespace reel::legacy {

/// The file `record_log_name` at the root, which holds what is in no other: every write since the store was settled,
/// one line each, and records that have no files. A line counts only if it is whole.
class RecordLog {
 public:
  struct Contents {
    std::vector<LoggedRecord> records{};
    bool is_there = false;
    bool damaged = false;  ///< a line that is not the last one is no line of a log
  };
  [[nodiscard]] static Contents parse(std::string_view text) {
    Contents contents{.is_there = true};
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      if (end == std::string_view::npos) break;  // torn
      auto record = read_line(text.substr(0, end));
      text.remove_prefix(end + 1);
      if (record) {
        contents.records.push_back(*std::move(record));
      } else if (!text.empty()) {
        contents.damaged = true;
      }
    }
    return contents;
  }

  static void append_line(std::string& out, const LoggedRecord& record) {
    const std::size_t start = out.size();
    out += R"({"collection":)";
    json::append_string(out, record.collection);
    out += R"(,"record":)";
    append_overlay(out, *record.overlay);
    json::seal(out, start);
  }

 private:
  static std::optional<LoggedRecord> read_line(std::string_view line) {
    const auto body = json::unseal(line);
    if (!body) return std::nullopt;
    json::Reader in(*body);
    LoggedRecord record;
    Overlay overlay;
    const bool whole = in.take(R"({"collection":)") && in.string(record.collection) && in.take(R"(,"record":)") &&
                       read_overlay(in, overlay) && in.done();
    if (!whole) return std::nullopt;
    record.overlay = std::make_shared<const Overlay>(std::move(overlay));
    return record;
  }
};

}  // namespace reel::legacy
