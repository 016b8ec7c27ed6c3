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

/// The offset of a journal's first record line.
[[nodiscard]] inline std::int64_t behind_header(const JournalHeader& header) {
  return static_cast<std::int64_t>(header_line(header).size());
}

/// The bytes of every header.
[[nodiscard]] inline std::int64_t header_size() {
  static const std::int64_t size = behind_header({.journal = std::string(CommitMark::journal_size, '0')});
  return size;
}

[[nodiscard]] inline std::shared_ptr<const File> open_journal(FileCalls& calls, const std::string& path, int flags) {
  if (!exists(calls, path))
    throw Error(Errc::corrupt, "the journal '" + path +
                                   "' is missing; restore it from a copy, or run "
                                   "'reel doctor STORE --repair', which creates an empty one");
  return std::make_shared<const File>(calls, path, flags);
}

/// Nothing if the header is damaged or not whole. `unsupported`: the journal is of a newer version.
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
    throw Error(Errc::unsupported, "cannot read '" + file.path() + "': the journal was written by version " +
                                       std::to_string(version) + ", this program supports up to " +
                                       std::to_string(journal_version) + "; upgrade reel");
  const bool whole = in.take(R"(,"journal":)") && in.string(header.journal) && in.take(R"(,"schema":)") &&
                     in.string(schema) && in.take(R"(,"next":")") && in.number(header.next) &&
                     in.take(R"(","sealed":")") && in.number(header.sealed) && in.take('"') && in.done();
  const auto digits = std::from_chars(schema.data(), schema.data() + schema.size(), header.schema, 16);
  if (!whole || header.journal.size() != CommitMark::journal_size || digits.ptr != schema.data() + schema.size())
    return std::nullopt;
  return header;
}

/// Creates an empty journal, or replaces the existing one by it. `next`: the lowest sequence that it may assign.
inline void begin_journal(FileCalls& calls, const std::string& path, const driver::CollectionSchema& schema,
                          std::int64_t next = 1) {
  JournalHeader header{.journal = make_id(), .schema = schema_checksum(schema), .next = next};
  header.sealed = behind_header(header);
  replace_file(calls, path, header_line(header));
}

/// Whether a collection's folder has ever had a journal. An empty one without a mark and a snapshot is the rest of an
/// interrupted creation.
[[nodiscard]] inline bool has_begun(FileCalls& calls, const std::string& folder) {
  const auto journal = status_of(calls, folder + "/records.jsonl");
  if ((journal && journal->size > 0) || exists(calls, folder + "/records.index")) return true;
  const std::string lock = folder + "/lock";
  return exists(calls, lock) && MarkFile::read(MarkFile(calls, lock, O_RDONLY).text()).has_value();
}

/// Installs the first journal of a collection. `corrupt` if `data/` has files: they belong to blobs whose journal is
/// gone, and would count as orphans under an empty one. `next` as in `begin_journal`.
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
