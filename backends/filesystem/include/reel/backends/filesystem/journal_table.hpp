#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/commit_mark.hpp>
#include <reel/backends/filesystem/compaction.hpp>
#include <reel/backends/filesystem/disk_bodies.hpp>
#include <reel/backends/filesystem/journal.hpp>
#include <reel/backends/filesystem/schema_file.hpp>
#include <reel/backends/filesystem/snapshot.hpp>
#include <reel/engine/store_rules.hpp>
#include <reel/text_rules.hpp>

namespace reel::filesystem {

/// A collection's records as one handle knows them: a table, and up to where in the journal it reaches. Not
/// synchronised. Every operation throws `corrupt` for a damaged journal, and what reading throws.
class JournalTable {
 public:
  JournalTable(FileCalls& calls, const std::string& folder, TextRules rules,
               std::shared_ptr<const CollectionSchema> schema)
      : calls_(&calls),
        journal_path_(folder + "/records.jsonl"),
        snapshot_path_(folder + "/records.index"),
        schema_(std::move(schema)),
        table_(*schema_, rules) {}

  [[nodiscard]] const DiskTable& table() const { return table_; }
  [[nodiscard]] const File& file() const { return table_.bodies().file(); }
  [[nodiscard]] const std::string& journal_path() const { return journal_path_; }
  [[nodiscard]] std::uint64_t inode() const { return inode_; }
  [[nodiscard]] std::int64_t end() const { return end_; }
  /// Bytes of lines that were replaced or removed.
  [[nodiscard]] std::int64_t dead() const { return dead_; }
  /// Bytes that the snapshot does not hold, and those that it holds.
  [[nodiscard]] std::int64_t unsaved() const { return end_ - saved_; }
  [[nodiscard]] std::int64_t saved() const { return saved_; }
  /// Whether a change failed half-way, so that only `load` may be called.
  [[nodiscard]] bool is_torn() const { return torn_; }
  [[nodiscard]] CommitMark mark() const { return {header_.journal, end_, synced_}; }
  void synced(std::int64_t end) { synced_ = end; }

  /// Where the line of a mutation is; the row is that of its `after`.
  struct Line {
    DiskRow row{};
    std::int64_t size = 0;  ///< with its newline
  };

  enum class Trust {
    all,   ///< the journal was written under this schema, and its snapshot may be used
    none,  ///< every record is read and held to the unique indexes (`conflict`)
  };

  /// Reads the journal that has the name now. With a mark: what is committed of it; without: all whole lines, which is
  /// right only for who holds the lock. `conflict`: the journal was begun under another schema.
  void load(const std::optional<CommitMark>& mark, Trust trust = Trust::all) {
    auto file = open_journal(*calls_, journal_path_);
    JournalHeader header = read_header(*file);
    if (trust == Trust::all && header.schema != schema_checksum(*schema_))
      throw Error(Errc::conflict,
                  "the collection has another schema in this store; call setup() to bring it up to date, or use the "
                  "schema of the program that changed it",
                  {.collection = schema_->id});
    torn_ = true;
    table_ = DiskTable(*schema_, table_.encoder().rules(), DiskBodies(file, schema_));
    table_.reserve_sequence(header.next);
    header_ = std::move(header);
    inode_ = file->status().inode;
    end_ = saved_ = behind_header(header_);
    synced_ = header_.sealed;
    dead_ = 0;
    if (trust == Trust::all) load_snapshot();
    replay(mark ? extent(*mark) : JournalExtent{header_.sealed});
    if (trust == Trust::none) check_unique();
    torn_ = false;
  }

  /// Takes in what has been committed since.
  void follow(const CommitMark& mark) {
    if (torn_ || mark.journal != header_.journal) return load(mark);
    torn_ = true;
    replay(extent(mark));
    torn_ = false;
  }

  /// Lines that now stand behind the end, and what they mean.
  void apply(const std::vector<engine::Mutation>& mutations, const std::vector<Line>& lines, const CommitMark& mark) {
    torn_ = true;
    for (std::size_t i = 0; i < mutations.size(); ++i) apply(mutations[i], lines[i]);
    end_ = mark.end;
    synced_ = mark.synced;
    torn_ = false;
  }

  /// The journal without its dead lines, in a file beside it.
  [[nodiscard]] CompactedJournal compacted(const std::string& path) const {
    return filesystem::compacted(*calls_, path, {.schema = schema_checksum(*schema_)}, table_, schema_);
  }
  /// To be called once that file has the journal's name.
  void replace(CompactedJournal made) {
    table_ = std::move(made.table);
    header_ = std::move(made.header);
    inode_ = made.inode;
    end_ = synced_ = header_.sealed;
    dead_ = saved_ = 0;
  }

  /// Saves a snapshot. The journal is synced first, so that it can never fall behind its snapshot.
  void save() {
    if (synced_ < end_) file().sync();
    synced_ = end_;
    save_snapshot(*calls_, snapshot_path_, snapshot_key(), {end_, dead_}, table_);
    saved_ = end_;
  }

 private:
  struct Pending {
    Operation operation{};
    Line line{};
  };

  /// A journal that the mark is not about was compacted a moment ago: no more has been committed of it than was copied.
  [[nodiscard]] JournalExtent extent(const CommitMark& mark) {
    if (mark.journal != header_.journal) return {header_.sealed, header_.sealed};
    synced_ = std::max(synced_, mark.synced);
    return {mark.end, mark.end};
  }

  [[nodiscard]] SnapshotKey snapshot_key() const {
    return {header_.journal, header_.schema ^ static_cast<std::uint32_t>(table_.encoder().rules())};
  }

  void load_snapshot() {
    std::optional<SnapshotReach> reach;
    try {
      reach = filesystem::load_snapshot(*calls_, snapshot_path_, snapshot_key(), table_);
    } catch (const Error&) {  // it only saves time
    }
    if (!reach) return;
    if (const std::int64_t size = file().status().size; size < reach->end)
      throw Error(Errc::corrupt, "'" + journal_path_ + "' ends at byte " + std::to_string(size) + ", but has been " +
                                     std::to_string(reach->end) + " bytes long; restore the file from a copy");
    end_ = saved_ = reach->end;
    synced_ = std::max(synced_, end_);
    dead_ = reach->dead;
  }

  /// Applies the lines behind `end_`, batch by batch.
  void replay(JournalExtent extent) {
    std::vector<Pending> batch;
    scan_lines(file(), end_, extent, [&](const SealedLine& line, std::int64_t offset, std::size_t length) {
      auto operation = OperationReader(line.body, *schema_).read();
      if (!operation || operation->batch.number != static_cast<std::int64_t>(batch.size()) + 1) return false;
      const bool complete = operation->batch.number >= operation->batch.of;
      const Line place{operation->put ? disk_row(operation->document, offset, length) : DiskRow{},
                       static_cast<std::int64_t>(length) + 1};
      batch.push_back({*std::move(operation), place});
      if (!complete) return true;
      for (Pending& one : batch) replay(one);
      batch.clear();
      end_ = offset + place.size;
      synced_ = std::max(synced_, line.synced);
      return true;
    });
  }

  void replay(Pending& pending) {
    Document& document = pending.operation.document;
    table_.reserve_sequence(document.sequence + 1);
    engine::Mutation mutation{.before = table_.share(document.id)};
    if (pending.operation.put) mutation.after = std::make_shared<const Document>(std::move(document));
    apply(mutation, pending.line);
  }

  void apply(const engine::Mutation& mutation, const Line& line) {
    if (mutation.before) dead_ += std::int64_t{table_.rows()[*table_.find(mutation.before->id)].length} + 1;
    if (!mutation.after) dead_ += line.size;
    if (mutation.before || mutation.after) table_.apply(mutation, line.row);
  }

  void check_unique() const {
    for (std::size_t i = 0; i < schema_->indexes.size(); ++i) {
      const IndexSchema& index = schema_->indexes[i];
      if (index.kind != IndexKind::unique) continue;
      const engine::OrderedIndex& ordered = table_.ordered_index(i);
      std::string_view last;
      for (auto at = ordered.begin(); at != ordered.end(); at = ordered.next(at)) {
        const std::string_view key = ordered.key_at(at);
        if (key == last) refuse_repeated(index, *table_.bodies().share(table_.rows()[ordered.row_at(at)]));
        last = key;
      }
    }
  }
  void refuse_repeated(const IndexSchema& index, const Document& document) const {
    const bool has_null = std::any_of(index.parts.begin(), index.parts.end(), [&](const IndexPart& part) {
      return document.values[static_cast<std::size_t>(part.attribute)].is_null();
    });
    if (has_null) return;
    throw Error(Errc::conflict,
                "the unique index '" + index.name + "' cannot be made: several records have the same values, '" +
                    document.id + "' is one of them",
                {.collection = schema_->id, .id = document.id, .index = index.name});
  }

  FileCalls* calls_;
  std::string journal_path_;
  std::string snapshot_path_;
  std::shared_ptr<const CollectionSchema> schema_;
  DiskTable table_;
  JournalHeader header_{};
  std::uint64_t inode_ = 0;
  std::int64_t end_ = 0;     ///< of what the table holds, in the journal
  std::int64_t synced_ = 0;  ///< of what of that is on the medium for certain
  std::int64_t dead_ = 0;
  std::int64_t saved_ = 0;  ///< end of what the snapshot holds
  bool torn_ = true;
};

}  // namespace reel::filesystem
