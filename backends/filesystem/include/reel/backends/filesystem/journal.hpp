#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <reel/backends/filesystem/commit_mark.hpp>
#include <reel/backends/filesystem/disk_bodies.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/record_line.hpp>
#include <reel/id.hpp>

/// The file of a collection: a header line, then one line for each change. It only grows, until compaction puts a new
/// file in its place.
namespace reel::filesystem {

/// The first line of a journal.
struct JournalHeader {
  std::string journal{};     ///< names this file; another one after every compaction
  std::uint32_t schema = 0;  ///< checksum of the schema it was begun under
  std::int64_t next = 1;     ///< the lowest sequence not yet given out when the file was begun
  std::int64_t sealed = 0;   ///< bytes that were synced before the file got its name: none of them can be torn
};

inline constexpr int journal_version = 1;

/// Of the same length whatever the numbers are, so that `sealed` can be filled in at the end.
[[nodiscard]] inline std::string header_line(const JournalHeader& header) {
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, R"(,"schema":"%08x","next":"%020lld","sealed":"%020lld")", header.schema,
                static_cast<long long>(header.next), static_cast<long long>(header.sealed));
  std::string line = R"({"reel":"journal","version":1,"journal":")" + header.journal + '"' + numbers;
  seal_line(line, 0, 0);
  return line;
}

/// The place of a journal's first line of a record.
[[nodiscard]] inline std::int64_t behind_header(const JournalHeader& header) {
  return static_cast<std::int64_t>(header_line(header).size());
}

[[nodiscard]] inline std::shared_ptr<const File> open_journal(FileCalls& calls, const std::string& path) {
  if (!exists(calls, path)) throw Error(Errc::corrupt, "'" + path + "', which holds the records, is missing");
  return std::make_shared<const File>(calls, path, O_RDWR);
}

/// `corrupt`; `unsupported`: the journal is of a newer version.
[[nodiscard]] inline JournalHeader read_header(const File& file) {
  std::string text(512, '\0');
  text.resize(file.read_at(text, 0));
  const auto line = open_line(std::string_view(text).substr(0, text.find('\n')));
  JournalHeader header;
  std::string schema;
  int version = 0;
  json::Reader in(line ? line->body : std::string_view{});
  if (!line || !in.take(R"({"reel":"journal","version":)") || !in.number(version)) throw damaged(file.path(), 0);
  if (version > journal_version)
    throw Error(Errc::unsupported, "'" + file.path() + "' is a journal of version " + std::to_string(version) +
                                       "; this library reads up to " + std::to_string(journal_version) +
                                       ": use a newer one");
  const bool whole = in.take(R"(,"journal":)") && in.string(header.journal) && in.take(R"(,"schema":)") &&
                     in.string(schema) && in.take(R"(,"next":")") && in.number(header.next) &&
                     in.take(R"(","sealed":")") && in.number(header.sealed) && in.take('"') && in.done();
  const auto digits = std::from_chars(schema.data(), schema.data() + schema.size(), header.schema, 16);
  if (!whole || header.journal.size() != CommitMark::journal_size || digits.ptr != schema.data() + schema.size())
    throw damaged(file.path(), 0);
  return header;
}

/// How much of a journal counts.
struct JournalExtent {
  static constexpr std::int64_t unknown = std::numeric_limits<std::int64_t>::max();
  std::int64_t certain = 0;    ///< up to here every line was committed, so that one that is not whole is damaged
  std::int64_t end = unknown;  ///< what is behind it does not concern the reader
};

/// Reads lines from `end` on and calls `visit(SealedLine, offset, length)` for each. It moves `end` behind what is good
/// and complete, and is false for a line that makes no sense there; what stays behind `end` was cut short by a crash.
/// Throws `corrupt` where a line is missing or damaged that had been committed. A line of spaces is passed over, so
/// that one that is damaged can be given up.
template <class Visit>
void scan_lines(const File& file, std::int64_t& end, JournalExtent extent, Visit&& visit) {
  std::string buffer;
  std::int64_t start = end;  // of the buffer's first byte
  bool bad = false;
  for (bool last = start >= extent.end; !last;) {
    const std::size_t kept = buffer.size();
    const std::int64_t place = start + static_cast<std::int64_t>(kept);
    const auto wanted = std::min<std::int64_t>(extent.end - place, std::max<std::int64_t>(1 << 20, place - start));
    buffer.resize(kept + static_cast<std::size_t>(wanted));
    buffer.resize(kept + file.read_at(std::span(buffer).subspan(kept), place));
    last = buffer.size() == kept || place + wanted == extent.end;
    std::size_t begin = 0;
    for (std::size_t stop = buffer.find('\n', kept); stop != std::string::npos; stop = buffer.find('\n', begin)) {
      const std::string_view line = std::string_view(buffer).substr(begin, stop - begin);
      const std::int64_t offset = start + static_cast<std::int64_t>(begin);
      begin = stop + 1;
      const auto opened = open_line(line);
      if ((opened ? opened->synced : synced_of_damaged(line)) > end) throw damaged(file.path(), end);
      if (!opened && !bad && offset == end && line.find_first_not_of(' ') == std::string_view::npos) {
        end = start + static_cast<std::int64_t>(begin);
      } else if (!bad) {
        bad = !opened || !visit(*opened, offset, line.size());
      }
    }
    buffer.erase(0, begin);
    start += static_cast<std::int64_t>(begin);
  }
  if (end < extent.certain) throw damaged(file.path(), end);
}

}  // namespace reel::filesystem
