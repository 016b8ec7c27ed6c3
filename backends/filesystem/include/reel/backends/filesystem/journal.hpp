#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/filesystem/disk_bodies.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/json_text.hpp>
#include <reel/backends/filesystem/record_line.hpp>
#include <reel/id.hpp>

/// The file of a collection: a header line, then one line for each change. It only grows, until compaction puts a new
/// file in its place.
namespace reel::filesystem {

/// The first line of a journal.
struct JournalHeader {
  std::string journal{};    ///< names this file; another one after every compaction
  std::int64_t next = 1;    ///< the lowest sequence not yet given out when the file was begun
  std::int64_t sealed = 0;  ///< bytes that were synced before the file got its name: none of them can be torn
};

inline constexpr int journal_version = 1;

/// Of the same length whatever the numbers are, so that `sealed` can be filled in at the end.
[[nodiscard]] inline std::string header_line(const JournalHeader& header) {
  char numbers[64];
  std::snprintf(numbers, sizeof numbers, R"(,"next":"%020lld","sealed":"%020lld")", static_cast<long long>(header.next),
                static_cast<long long>(header.sealed));
  std::string line = R"({"reel":"journal","version":1,"journal":")" + header.journal + '"' + numbers;
  seal_line(line, 0, 0);
  return line;
}

[[nodiscard]] inline std::optional<JournalHeader> read_header(const SealedLine& line) {
  JournalHeader header;
  json::Reader in(line.body);
  const bool whole = in.take(R"({"reel":"journal","version":1,"journal":)") && in.string(header.journal) &&
                     in.take(R"(,"next":")") && in.number(header.next) && in.take(R"(","sealed":")") &&
                     in.number(header.sealed) && in.take('"') && in.done();
  return whole ? std::optional{header} : std::nullopt;
}

/// Reads whole lines from a place on. `visit(SealedLine, offset, length)` is called for each; where it says false, or
/// where the lines end, the scan ends, and its result is that place. What follows the last whole line is a write that
/// is under way or was cut short by a crash. Throws `corrupt` where a line is damaged that had been acknowledged.
template <class Visit>
std::int64_t scan_lines(const File& file, std::int64_t from, std::int64_t sealed, Visit&& visit) {
  std::string buffer;
  std::int64_t start = from;  // of the buffer's first byte
  std::optional<std::int64_t> bad;
  for (;;) {
    const std::size_t kept = buffer.size();
    buffer.resize(kept + std::max<std::size_t>(std::size_t{1} << 20, kept));
    buffer.resize(kept + file.read_at(std::span(buffer).subspan(kept), start + static_cast<std::int64_t>(kept)));
    const bool last = buffer.size() == kept;
    std::size_t begin = 0;
    for (std::size_t end = buffer.find('\n', kept > 0 ? kept : 0); end != std::string::npos;
         end = buffer.find('\n', begin)) {
      const std::string_view line = std::string_view(buffer).substr(begin, end - begin);
      const std::int64_t offset = start + static_cast<std::int64_t>(begin);
      const auto sealed_line = open_line(line);
      if (bad && sealed_line && sealed_line->group > *bad) throw damaged(file.path(), *bad);
      if (!sealed_line && !bad) bad = offset;
      if (!bad && !visit(*sealed_line, offset, line.size())) return offset;
      begin = end + 1;
    }
    buffer.erase(0, begin);
    start += static_cast<std::int64_t>(begin);
    if (!last) continue;
    const std::int64_t end = bad.value_or(start);
    if (end < sealed) throw damaged(file.path(), end);
    return end;
  }
}

/// Appends to a journal whose lock the caller holds.
class JournalWriter {
 public:
  /// All of `lines` behind `end`, or an error and the file as it was. If even that cannot be had, or a sync fails
  /// (whose pages are then in an unknown state), this writer refuses all further work.
  void append(const File& file, std::string_view lines, std::int64_t end, bool durable) {
    if (!broken_.empty())
      throw Error(Errc::unavailable, "an earlier write to '" + file.path() + "' failed (" + broken_ +
                                         "), so that its content is not certain; open the store anew");
    try {
      file.write_at(lines, end);
    } catch (const Error& error) {
      undo(file, end, error.reason());
      throw;
    }
    if (!durable) return;
    try {
      file.sync();
    } catch (const Error& error) {
      broken_ = error.reason();
      undo(file, end, broken_);
      throw;
    }
  }

 private:
  void undo(const File& file, std::int64_t end, const std::string& reason) {
    try {
      file.truncate(end);
    } catch (const Error&) {
      broken_ = reason;
    }
  }

  std::string broken_;
};

}  // namespace reel::filesystem
