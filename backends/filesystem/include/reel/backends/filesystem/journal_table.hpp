#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/commit_mark.hpp>
#include <reel/backends/filesystem/compaction.hpp>
#include <reel/backends/filesystem/damage.hpp>
#include <reel/backends/filesystem/disk_bodies.hpp>
#include <reel/backends/filesystem/identify_damage.hpp>
#include <reel/backends/filesystem/journal.hpp>
#include <reel/backends/filesystem/journal_scan.hpp>
#include <reel/backends/filesystem/schema_file.hpp>
#include <reel/backends/filesystem/snapshot.hpp>
#include <reel/driver/item_digest.hpp>
#include <reel/local/range_digests.hpp>
#include <reel/local/table.hpp>
#include <reel/text/text_rules.hpp>

namespace reel::filesystem {

/// The records of a collection as one handle knows them: a table, and the offset in the journal up to which it reflects
/// it.
///
///     0        saved_            end_ = mark().end          file size
///     |----------|------------------|- - - - - - - - - - - - - -|
///      snapshot    unsaved             not committed, or not read
///
/// The records of damaged lines are not in the table, in no version; `damage()` lists them. Not synchronised.
class JournalTable {
 public:
  /// An empty table; `load` fills it. `folder`: the folder of the collection. `digest_of`: that of one document.
  JournalTable(FileCalls& calls, const std::string& folder, TextRules rules,
               std::shared_ptr<const driver::CollectionSchema> schema,
               local::DigestOfDocument digest_of = driver::digest_of_record)
      : calls_(&calls),
        journal_path_(folder + "/records.jsonl"),
        snapshot_path_(folder + "/records.index"),
        schema_(std::move(schema)),
        digest_(digest_of),
        table_(schema_, rules) {}

  /// The records.
  [[nodiscard]] const DiskTable& table() const { return table_; }
  /// The open journal.
  [[nodiscard]] const File& file() const { return table_.bodies().file(); }
  /// The path of the journal.
  [[nodiscard]] const std::string& journal_path() const { return journal_path_; }
  /// The inode of the open journal, to detect that the name refers to another file.
  [[nodiscard]] std::uint64_t inode() const { return inode_; }
  /// The offset up to which the table reflects the journal.
  [[nodiscard]] std::int64_t end() const { return end_; }
  /// Bytes of lines that were replaced or removed.
  [[nodiscard]] std::int64_t dead() const { return dead_; }
  /// Bytes after the end of the snapshot.
  [[nodiscard]] std::int64_t unsaved() const { return end_ - saved_; }
  /// Bytes that the snapshot covers.
  [[nodiscard]] std::int64_t saved() const { return saved_; }
  /// The digest of one document.
  [[nodiscard]] local::DigestOfDocument digest() const { return digest_; }
  /// Whether digests have been built that the snapshot does not have.
  [[nodiscard]] bool has_unsaved_digests() const { return !has_saved_digests_ && table_.digests().kept(); }
  /// Whether a change failed midway, so that only `load` may be called.
  [[nodiscard]] bool is_torn() const { return torn_; }
  /// The mark that corresponds to the table.
  [[nodiscard]] CommitMark mark() const { return {header_.journal, end_, synced_}; }
  /// Records that the journal is on the medium up to `end`.
  void synced(std::int64_t end) { synced_ = end; }
  /// Sets the mark that was in `lock` before this handle wrote one. Call it before `load`.
  ///
  /// Bytes that it calls synced were on the medium before the mark was written, so a shorter journal has lost records.
  /// For a journal without an intact header, the mark's end is the least length that it must have had.
  void expect(std::optional<CommitMark> found) { expected_ = std::move(found); }
  /// From the next `load` on, opens the journal read-only.
  void open_read_only() { flags_ = O_RDONLY; }
  /// The damage found in the lines read so far. Lines that a snapshot covers have not been read.
  [[nodiscard]] const std::vector<Damage>& damage() const { return damage_; }

  /// Throws `corrupt` if the journal is damaged. Further writes are refused then, because the state of the other
  /// records is not certain enough, and a compaction would drop bytes that may still be recovered by hand.
  void require_whole() const {
    if (!damage_.empty()) throw damaged(journal_path_, damage_.front().offset);
  }

  /// The line of a mutation.
  struct Line {
    /// The row of the mutation's `after`.
    DiskRow row{};
    /// Bytes with the newline.
    std::int64_t size = 0;
  };

  /// How much `load` relies on.
  enum class Trust {
    /// The journal was written under this schema, and its snapshot may be used.
    all,
    /// The journal was written under this schema, but every line is read.
    records,
    /// Every record is read and checked against the unique indexes (`conflict`), and damage is `corrupt`.
    none,
  };

  /// Reads the journal that has the name now. With a mark, its committed part; without, all intact lines, which is
  /// right only for the holder of the lock. Throws `conflict` if the journal was begun under another schema.
  void load(const std::optional<CommitMark>& mark, Trust trust = Trust::all) {
    try {
      load_once(mark, trust);
    } catch (const Error& error) {
      if (error.code() != Errc::corrupt || trust != Trust::all || !torn_) throw;
      // The snapshot refers to damaged lines.
      load_once(mark, Trust::records);
    }
  }

  /// Reads the lines committed since.
  void follow(const CommitMark& mark) {
    if (torn_ || mark.journal != header_.journal || !damage_.empty()) return load(mark);
    torn_ = true;
    replay(extent(mark));
    torn_ = false;
  }

  /// Applies the mutations whose lines were appended to the journal.
  void apply(const std::vector<local::Mutation>& mutations, const std::vector<Line>& lines, const CommitMark& mark) {
    torn_ = true;
    for (std::size_t i = 0; i < mutations.size(); ++i) apply(mutations[i], lines[i]);
    end_ = mark.end;
    synced_ = mark.synced;
    torn_ = false;
  }

  /// Writes the journal without its dead lines to another file.
  [[nodiscard]] CompactedJournal compacted(const std::string& path) const {
    return filesystem::compacted(*calls_, path, {.schema = schema_checksum(*schema_)}, table_, schema_);
  }
  /// Continues with a compacted journal. Call it once that file has the journal's name.
  void replace(CompactedJournal made) {
    table_ = std::move(made.table);
    header_ = std::move(made.header);
    inode_ = made.inode;
    end_ = synced_ = header_.sealed;
    dead_ = saved_ = 0;
    has_saved_digests_ = false;
  }

  /// Saves a snapshot. The journal is synced first, so that it is never shorter than its snapshot.
  void save() {
    if (synced_ < end_) file().sync();
    synced_ = end_;
    save_snapshot(*calls_, snapshot_path_, snapshot_key(), {end_, dead_}, table_);
    saved_ = end_;
    has_saved_digests_ = table_.digests().kept().has_value();
  }

 private:
  void load_once(const std::optional<CommitMark>& mark, Trust trust) {
    auto file = open_journal(*calls_, journal_path_, flags_);
    std::optional<JournalHeader> header = read_header(*file);
    if (trust != Trust::none && header && !is_checksum_of(header->schema, *schema_))
      throw Error(Errc::conflict,
                  "the collection has another schema in this store; call setup() or run 'reel setup STORE' to bring it "
                  "up to date, or use the schema of the program that changed it",
                  {.collection = schema_->id});
    torn_ = true;
    damage_.clear();
    known_ids_.clear();
    has_saved_digests_ = false;
    table_ = DiskTable(schema_, table_.encoder().rules(), DiskBodies(file, schema_));
    inode_ = file->status().inode;
    dead_ = 0;
    header_ = header ? *std::move(header) : JournalHeader{.sealed = begin_without_header(mark ? mark : expected_)};
    end_ = saved_ = has_header() ? first_record_offset(header_) : 0;
    synced_ = header_.sealed;
    if (expected_ && expected_->journal == header_.journal) synced_ = std::max(synced_, expected_->synced);
    table_.reserve_sequence(header_.next);
    if (trust != Trust::none && has_header()) load_snapshot(trust == Trust::all);
    replay(mark ? extent(*mark) : JournalExtent{synced_});
    if (trust == Trust::none) {
      require_whole();
      local::check_unique(table_);
    }
    torn_ = false;
  }

  /// Whether the header is intact.
  [[nodiscard]] bool has_header() const { return !header_.journal.empty(); }

  /// Notes that the header is damaged. Returns the end of what counts as committed: the whole file, and what the mark
  /// has beyond it. A file shorter than a header and without a mark may have contained any records.
  [[nodiscard]] std::int64_t begin_without_header(const std::optional<CommitMark>& mark) {
    const std::int64_t size = file().status().size;
    damage_.push_back({.part = Damage::Part::header,
                       .size = std::min(size, header_size()),
                       .is_harmless = mark.has_value() || size >= header_size()});
    return std::max(size, mark ? mark->end : 0);
  }

  /// A line of a batch that is not yet complete.
  struct Pending {
    Operation operation{};
    Line line{};
  };

  /// The part of the journal that a mark commits. If the mark is about another file, this one was compacted a moment
  /// ago, and no more of it is committed than was copied.
  [[nodiscard]] JournalExtent extent(const CommitMark& mark) {
    if (mark.journal != header_.journal) return {header_.sealed, header_.sealed};
    synced_ = std::max(synced_, mark.synced);
    return {mark.end, mark.end};
  }

  [[nodiscard]] SnapshotKey snapshot_key() const {
    const bool is_exact = table_.encoder().rules() == TextRules::exact;
    return {header_.journal, header_.schema ^ (is_exact ? 1U : 0U)};
  }

  /// Reads the snapshot. `use`: start from its records. Otherwise, or if the journal is shorter than it was then, the
  /// snapshot only provides the synced offset and the ids of lines that may be damaged.
  void load_snapshot(bool use) {
    std::optional<SnapshotReach> reach;
    try {
      reach = filesystem::load_snapshot(*calls_, snapshot_path_, snapshot_key(), table_, digest_);
    } catch (const Error&) {  // it only saves time
    }
    if (!reach) return;
    synced_ = std::max(synced_, reach->end);
    if (use && reach->end <= file().status().size) {
      end_ = saved_ = reach->end;
      dead_ = reach->dead;
      has_saved_digests_ = table_.digests().kept().has_value();
      return;
    }
    for (const DiskRow& row : table_.rows()) known_ids_.emplace(row.offset, row.id());
    table_ = DiskTable(schema_, table_.encoder().rules(), table_.bodies());
    table_.reserve_sequence(header_.next);
  }

  /// Applies the lines after `end_`, batch by batch.
  void replay(JournalExtent extent) {
    std::vector<Pending> batch;
    const auto apply_all = [&] {
      for (Pending& one : batch) replay(one);
      batch.clear();
    };
    JournalScan scan(
        file(), extent,
        [&](const SealedLine& line, std::int64_t offset, std::size_t length, bool is_committed) {
          auto operation = OperationReader(line.body, *schema_).read();
          if (!operation) return false;
          if (operation->batch.number != (batch.empty() ? 0 : batch.back().operation.batch.number) + 1) {
            if (!is_committed) return false;
            apply_all();  // the batch was complete before it was damaged
          }
          const bool complete = operation->batch.number >= operation->batch.of;
          const Line position{
              operation->put ? disk_row(operation->document, offset, length) : DiskRow{.offset = offset},
              static_cast<std::int64_t>(length) + 1};
          batch.push_back({*std::move(operation), position});
          if (!complete) return true;
          apply_all();
          end_ = offset + position.size;
          synced_ = std::max(synced_, line.synced);
          return true;
        },
        [&](Damage damage) {
          apply_all();
          add_damage(std::move(damage));
        });
    scan.run(end_);
    if (damage_.empty()) return;
    remove_older_versions();
    for (const Damage& damage : damage_) {
      for (Error& error : errors_of(damage, journal_path_)) table_.bodies().lose(std::move(error));
    }
  }

  /// Applies one line.
  void replay(Pending& pending) {
    driver::Document& document = pending.operation.document;
    table_.reserve_sequence(document.sequence + 1);
    for (Damage& damage : damage_) note_later_version(damage, document);
    local::Mutation mutation{.before = table_.share(document.id)};
    if (pending.operation.put) mutation.after = std::make_shared<const driver::Document>(std::move(document));
    apply(mutation, pending.line);
  }

  /// Adds damage, without the part of it that is in the damaged header.
  void add_damage(Damage damage) {
    if (!has_header() && !cut_header(damage, header_size())) return;
    if (const auto known = known_ids_.find(damage.offset); known != known_ids_.end()) {
      damage.id = known->second;
      damage.is_merged = false;
    }
    identify(damage, table_);
    if (damage.sequence) table_.reserve_sequence(*damage.sequence + 1);
    damage_.push_back(std::move(damage));
  }

  /// Removes the older versions of lost records, so that they do not reappear as the current ones.
  void remove_older_versions() {
    for (Damage& damage : damage_) {
      if (!damage.id.empty()) remove_older_version(damage, table_.find(damage.id));
      if (damage.sequence) remove_older_version(damage, row_of(table_, *damage.sequence));
    }
  }
  void remove_older_version(Damage& damage, std::optional<std::uint32_t> number) {
    if (!number) return;
    const DiskRow row = table_.rows()[*number];
    if (!DiskBodies::live(row) || row.offset > damage.offset) return;
    const driver::DocumentPtr before = table_.bodies().share(row);
    damage.older.push_back({.id = before->id, .offset = row.offset, .updated_at = before->updated_at});
    apply({.before = before}, {});
  }

  /// Applies a mutation to the table and counts dead bytes.
  void apply(const local::Mutation& mutation, const Line& line) {
    if (mutation.before) dead_ += std::int64_t{table_.rows()[*table_.find(mutation.before->id)].length} + 1;
    if (!mutation.after) dead_ += line.size;
    if (mutation.before || mutation.after) table_.apply(mutation, line.row);
  }

  FileCalls* calls_;
  int flags_ = O_RDWR;
  std::string journal_path_;
  std::string snapshot_path_;
  std::shared_ptr<const driver::CollectionSchema> schema_;
  local::DigestOfDocument digest_;
  DiskTable table_;
  JournalHeader header_{};
  std::uint64_t inode_ = 0;
  /// Offset up to which the table reflects the journal.
  std::int64_t end_ = 0;
  /// Offset up to which it is known to be on the medium.
  std::int64_t synced_ = 0;
  std::int64_t dead_ = 0;
  /// Offset up to which the snapshot reflects it.
  std::int64_t saved_ = 0;
  bool has_saved_digests_ = false;
  bool torn_ = true;
  /// See `expect`.
  std::optional<CommitMark> expected_{};
  std::vector<Damage> damage_{};
  /// From a snapshot, by offset of the line.
  std::unordered_map<std::int64_t, std::string> known_ids_{};
};

}  // namespace reel::filesystem
