#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/blob_folder.hpp>
#include <reel/backends/filesystem/commit_mark.hpp>
#include <reel/backends/filesystem/damage.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/journal_table.hpp>
#include <reel/backends/filesystem/schema_file.hpp>
#include <reel/backends/filesystem/store_file.hpp>
#include <reel/file_path.hpp>

namespace reel::filesystem {

/// How a store is repaired.
struct RepairOptions {
  /// Change nothing and report what a repair would do.
  bool dry_run = false;
  /// The schemas that the program knows. One of them replaces a damaged `schema.json` if the journal was written under
  /// it.
  std::vector<const driver::CollectionSchema*> schemas{};
};

/// The result of repairing one collection or bucket.
struct Repair {
  /// The id of the collection or bucket.
  std::string id{};
  /// A bucket, not a collection.
  bool bucket = false;
  /// The path of the journal.
  std::string journal{};
  /// By offset in the damaged journal.
  std::vector<Damage> damage{};
  /// The number of intact records.
  std::int64_t saved = 0;
  /// The path under which the damaged journal is kept; empty if nothing was damaged.
  std::string copy{};
  /// The folder with the files of lost blobs; empty without any.
  std::string kept_files{};
  /// `schema.json` was damaged and has been rewritten.
  bool schema_restored = false;
  /// Why the collection or bucket cannot be repaired.
  std::optional<Error> failure{};

  /// Whether nothing was damaged.
  [[nodiscard]] bool is_clean() const { return damage.empty() && !schema_restored && !failure; }
  /// The errors of the records that are given up, each with its id if that is known.
  [[nodiscard]] std::vector<Error> given_up() const {
    std::vector<Error> all;
    for (const Damage& one : damage) {
      for (Error& error : errors_of(one, journal)) all.push_back(std::move(error));
    }
    return all;
  }
};

/// Repairs one collection or bucket; see `repair`.
class CollectionRepair {
 public:
  /// Writes its results to `report`, which must have the path of the journal.
  CollectionRepair(FileCalls& calls, const RepairOptions& options, std::string folder, TextRules text, Repair& report)
      : calls_(calls), options_(options), folder_(std::move(folder)), text_(text), report_(report) {}

  /// Repairs; throws what cannot be repaired.
  void run() {
    const File lock_file = options_.dry_run ? File() : File::lockable(calls_, folder_ + "/lock", O_RDWR | O_CREAT);
    const auto lock = lock_file.is_open() ? std::make_unique<FileLock>(lock_file) : nullptr;
    const auto schema = std::make_shared<const driver::CollectionSchema>(find_schema());
    if (!report_.bucket) report_.id = schema->id;
    JournalTable records(calls_, folder_, text_, schema);
    if (options_.dry_run) records.open_read_only();
    if (!options_.dry_run && !exists(calls_, records.journal_path())) begin_empty(*schema);
    records.expect(last_mark());
    records.load(std::nullopt, JournalTable::Trust::records);
    report_.damage.insert(report_.damage.end(), records.damage().begin(), records.damage().end());
    report_.saved = static_cast<std::int64_t>(records.table().size());
    if (options_.dry_run) return;
    if (report_.bucket && !report_.damage.empty()) keep_files(records.table());
    if (!records.damage().empty()) {
      keep_copy(records);
      rewrite(records);
    }
    if (report_.schema_restored) replace_file(calls_, schema_path(), schema_text(*schema));
  }

 private:
  [[nodiscard]] std::string schema_path() const { return folder_ + "/schema.json"; }

  /// The stored schema, or the one that replaces it.
  driver::CollectionSchema find_schema() {
    try {
      auto stored = read_schema(calls_, schema_path());
      if (stored) return std::move(stored->schema);
      throw Error(Errc::corrupt, "'" + schema_path() + "' is missing");
    } catch (const Error& error) {
      if (error.code() != Errc::corrupt) throw;
      report_.schema_restored = true;
      if (report_.bucket) return blob_schema();
      const std::string journal = folder_ + "/records.jsonl";
      const auto header =
          exists(calls_, journal) ? read_header(*open_journal(calls_, journal, O_RDONLY)) : std::nullopt;
      for (const driver::CollectionSchema* schema : options_.schemas) {
        if (header && is_checksum_of(header->schema, *schema) && same_id(schema->id, report_.id)) return *schema;
      }
      throw Error(Errc::corrupt,
                  error.reason() + "; no schema of this program is the one its records were written under");
    }
  }

  /// The mark of the last commit, if `lock` contains an intact one.
  [[nodiscard]] std::optional<CommitMark> last_mark() const {
    const std::string path = folder_ + "/lock";
    return exists(calls_, path) ? MarkFile::read(MarkFile(calls_, path, O_RDONLY).text()) : std::nullopt;
  }

  /// Creates an empty journal for one that is missing.
  void begin_empty(const driver::CollectionSchema& schema) {
    report_.damage.push_back({.part = Damage::Part::missing});
    begin_journal(calls_, report_.journal, schema);
  }

  /// Keeps the damaged journal under another name: a hard link where possible, because that file is never written to
  /// again. The name depends on the content, so that a repeated repair makes no second copy.
  void keep_copy(const JournalTable& records) {
    const std::string content = *read_file(calls_, records.journal_path());
    std::string digits;
    driver::append_crc(digits, driver::crc32c(content));
    report_.copy = folder_ + "/records.damaged-" + digits + ".jsonl";
    if (exists(calls_, report_.copy)) return;
    if (calls_.link(records.journal_path(), report_.copy) != 0) replace_file(calls_, report_.copy, content);
    sync_folder(calls_, folder_);
  }

  /// Gives the files of blobs without a record a second name, where no removal of orphans finds them.
  void keep_files(const DiskTable& table) {
    const std::string data = folder_ + "/data", kept = folder_ + "/damaged";
    std::vector<std::string> names;
    if (exists(calls_, data) && calls_.list(data, names) != 0) throw file_error("list", data);
    for (const std::string& name : names) {
      if (name.starts_with('.') || table.find(std::string_view(name).substr(0, name.find('~')))) continue;
      report_.kept_files = kept;
      make_folders(calls_, kept);
      if (exists(calls_, kept + "/" + name)) continue;
      if (calls_.link(data + "/" + name, kept + "/" + name) != 0) throw file_error("link", data + "/" + name);
    }
    if (!report_.kept_files.empty()) sync_folder(calls_, kept);
  }

  /// Replaces the damaged journal by one with the intact records, in one step.
  void rewrite(JournalTable& records) {
    const std::string made = records.journal_path() + ".tmp";
    try {
      records.replace(records.compacted(made));
      if (calls_.rename(made, records.journal_path()) != 0) throw file_error("rename", made);
    } catch (...) {
      calls_.unlink(made);
      throw;
    }
    sync_folder(calls_, folder_);
    MarkFile(calls_, folder_ + "/lock", O_RDWR | O_CREAT).write(MarkFile::text(records.mark()));
  }

  FileCalls& calls_;
  const RepairOptions& options_;
  std::string folder_;
  TextRules text_;
  Repair& report_;
};

/// As `repair`, with these system calls.
[[nodiscard]] inline std::vector<Repair> repair_with(FileCalls& calls, const FilePath& folder,
                                                     const RepairOptions& options) {
  const TextRules text = open_store(calls, folder.str(), std::nullopt, false);
  std::vector<Repair> reports;
  for (const bool bucket : {false, true}) {
    const std::string parent = folder.str() + (bucket ? "/buckets" : "/collections");
    std::vector<std::string> names;
    if (exists(calls, parent) && calls.list(parent, names) != 0) throw file_error("list", parent);
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      const std::string of = parent + "/" + name;
      if (!exists(calls, of + "/records.jsonl") && !exists(calls, of + "/schema.json")) continue;
      Repair& report = reports.emplace_back(Repair{.id = name, .bucket = bucket, .journal = of + "/records.jsonl"});
      try {
        CollectionRepair(calls, options, of, text, report).run();
      } catch (const Error& error) {
        report.failure = error;
      }
    }
  }
  return reports;
}

/// Reads every line of every journal of the store in `folder` and repairs what is damaged. Records of damaged lines are
/// given up, in every version: an earlier version is not the record, and is only reported. All others are saved. The
/// damaged journal is kept next to the new one, and so are the files of blobs that were given up.
///
/// Each journal is replaced in one step, so a repair may be interrupted at any time and repeated. Other programs may
/// use the store meanwhile. The outcomes:
///
/// | damaged | outcome |
/// |---|---|
/// | a line | its record is given up, unless a later line has it |
/// | the newline between two lines | nothing is lost |
/// | a line of a batch | its record is given up; the rest of the batch was committed and stays |
/// | a commit that never reached the mark | nothing is repaired: a crash interrupted it, and opening drops it |
/// | the header | it is rewritten; nothing is lost if the file is as long as the commit mark requires |
/// | missing bytes | reported with their offset; which records they contained is unknown |
/// | the journal is missing | an empty one is created, and that is reported |
/// | `schema.json` | rewritten for buckets, and where `options.schemas` has the right one; otherwise `failure` |
/// | the commit mark, the snapshot | they are rewritten when needed, and are not reported |
/// | `reel.json` | `corrupt`, with a remedy |
///
/// Returns one entry for each collection and bucket, in the order of their names. Throws `not_found` or `invalid` for a
/// folder that does not contain a store, `unsupported` for a store of a newer version, and `forbidden`; an error of one
/// collection is its `failure`. Holds the lock of each collection while reading and writing it.
[[nodiscard]] inline std::vector<Repair> repair(const FilePath& folder, const RepairOptions& options = {}) {
  return repair_with(posix_calls(), folder, options);
}

}  // namespace reel::filesystem
