#pragma once

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/filesystem/commit_mark.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/record_line.hpp>
#include <reel/backends/filesystem/schema_file.hpp>
#include <reel/id.hpp>

/// The journal of a collection, `records.jsonl`: a header, then one line for each change. It only grows, until
/// compaction replaces it by a new file.
///
///     {"reel":"journal","version":1,"journal":"6b0b312f29690a236fcc","schema":"748e24cc",
///       "next":"00000000000000000009","sealed":"00000000000000003450","synced":0,"crc":"06ff8d15"}
///     {"op":"put","id":"blue","seq":1,"created":"…","updated":"…","permissions":[],"values":{"title":"Blue"},
///       "synced":174,"crc":"…"}
///     {"op":"put","id":"red","seq":2,"batch":[1,2],"created":"…", … "synced":174,"crc":"…"}
///     {"op":"remove","id":"blue","seq":1,"batch":[2,2],"synced":174,"crc":"…"}
///
///     (each of these is one line; the header has 174 bytes)
///
///     journal   20 characters, another value after each compaction; the mark in `lock` refers to it
///     schema    checksum of the schema under which the file was begun
///     next      lowest sequence not yet assigned when the file was begun, so that sequences of removed records are
///               not reused
///     sealed    bytes that were synced before the file got its name
///     op        put: the whole record; remove: the record's id and sequence
///     batch     line 1 of 2; a batch counts only if all its lines are intact
///     synced    bytes of the journal that were on the medium for certain when the line was written
///     crc       CRC-32C of all bytes of the line before it
///
/// After a crash, the end of the file may have an incomplete line or batch: these were not acknowledged and are
/// dropped. An incomplete line is damage, not a crash, if `sealed`, the mark or the `synced` of another line covers it.
namespace reel::filesystem {

/// The header of a journal; see above.
struct JournalHeader {
  /// Name of this file.
  std::string journal{};
  /// The checksum of the schema under which the file was begun.
  std::uint32_t schema = 0;
  /// The lowest sequence not yet assigned when the file was begun.
  std::int64_t next = 1;
  /// The number of bytes that were synced before the file got its name; none of them can be torn.
  std::int64_t sealed = 0;
};

/// The version that is written, and the latest that is read.
inline constexpr int journal_version = 1;

/// The line of a header with its newline. Its length does not depend on the numbers, so that `sealed` can be filled in
/// later.
[[nodiscard]] inline std::string header_line(const JournalHeader& header) {
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, R"(,"schema":"%08x","next":"%020lld","sealed":"%020lld")", header.schema,
                static_cast<long long>(header.next), static_cast<long long>(header.sealed));
  std::string line = R"({"reel":"journal","version":1,"journal":")" + header.journal + '"' + numbers;
  seal_line(line, 0, 0);
  return line;
}

/// The offset of the first line after the header.
[[nodiscard]] inline std::int64_t first_record_offset(const JournalHeader& header) {
  return static_cast<std::int64_t>(header_line(header).size());
}

/// The size of every header in bytes.
[[nodiscard]] inline std::int64_t header_size() {
  static const std::int64_t size = first_record_offset({.journal = std::string(CommitMark::journal_size, '0')});
  return size;
}

/// Opens a journal. `flags` as in open(2). Throws `corrupt` if the file is missing.
[[nodiscard]] inline std::shared_ptr<const File> open_journal(FileCalls& calls, const std::string& path, int flags) {
  if (!exists(calls, path))
    throw Error(Errc::corrupt, "the journal '" + path +
                                   "' is missing; restore it from a copy, or run "
                                   "'reel doctor STORE --repair', which creates an empty one");
  return std::make_shared<const File>(calls, path, flags);
}

/// The header of a journal; empty if it is damaged or incomplete. Throws `unsupported` for a journal of a newer
/// version.
[[nodiscard]] inline std::optional<JournalHeader> read_header(const File& file) {
  std::string text(512, '\0');
  text.resize(file.read_at(text, 0));
  const std::size_t stop = text.find('\n');
  const auto line = stop == std::string::npos ? std::nullopt : open_line(std::string_view(text).substr(0, stop));
  JournalHeader header;
  std::string schema;
  int version = 0;
  json::Reader in(line ? line->body : std::string_view{});
  if (!line || !in.take(R"({"reel":"journal","version":)") || !in.number(version)) return std::nullopt;
  if (version > journal_version)
    throw newer_version("cannot read '" + file.path() + "'", "journal", version, journal_version);
  const bool whole = in.take(R"(,"journal":)") && in.string(header.journal) && in.take(R"(,"schema":)") &&
                     in.string(schema) && in.take(R"(,"next":")") && in.number(header.next) &&
                     in.take(R"(","sealed":")") && in.number(header.sealed) && in.take('"') && in.done();
  const auto digits = std::from_chars(schema.data(), schema.data() + schema.size(), header.schema, 16);
  if (!whole || header.journal.size() != CommitMark::journal_size || digits.ptr != schema.data() + schema.size())
    return std::nullopt;
  return header;
}

/// Creates an empty journal, or replaces an existing one by it. `next`: the lowest sequence that it may assign.
inline void begin_journal(FileCalls& calls, const std::string& path, const driver::CollectionSchema& schema,
                          std::int64_t next = 1) {
  JournalHeader header{.journal = make_id(), .schema = schema_checksum(schema), .next = next};
  header.sealed = first_record_offset(header);
  replace_file(calls, path, header_line(header));
}

/// Whether the folder of a collection has ever had a journal. An empty journal without mark and snapshot is left over
/// from an interrupted creation.
[[nodiscard]] inline bool has_begun(FileCalls& calls, const std::string& folder) {
  const auto journal = status_of(calls, folder + "/records.jsonl");
  if ((journal && journal->size > 0) || exists(calls, folder + "/records.index")) return true;
  const std::string lock = folder + "/lock";
  return exists(calls, lock) && MarkFile::read(MarkFile(calls, lock, O_RDONLY).text()).has_value();
}

/// Creates the first journal of a collection. `next` as in `begin_journal`. Throws `corrupt` if `data/` contains files:
/// they belong to blobs whose journal is missing, and would be removed as orphans under an empty one.
inline void begin_first_journal(FileCalls& calls, const std::string& folder, const driver::CollectionSchema& schema,
                                std::int64_t next = 1) {
  const std::string path = folder + "/records.jsonl", data = folder + "/data";
  std::vector<std::string> names;
  if (exists(calls, data) && calls.list(data, names) != 0) throw file_error("list", data);
  if (!names.empty())
    throw Error(Errc::corrupt, "cannot create the journal '" + path + "': the folder '" + data +
                                   "' has files of blobs, whose journal is missing; restore the journal from a copy, "
                                   "or move these files away");
  begin_journal(calls, path, schema, next);
}

}  // namespace reel::filesystem
