#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <reel/backends/legacy/attributes.hpp>
#include <reel/backends/legacy/bind.hpp>
#include <reel/backends/legacy/changed_folders.hpp>
#include <reel/backends/legacy/documents.hpp>
#include <reel/backends/legacy/kept_walk.hpp>
#include <reel/backends/legacy/read_memory.hpp>
#include <reel/backends/legacy/record_log.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/backends/legacy/tree.hpp>
#include <reel/backends/legacy/tree_blobs.hpp>
#include <reel/backends/legacy/tree_collections.hpp>
#include <reel/backends/legacy/unfit_values.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/schema_change.hpp>
#include <reel/error.hpp>
#include <reel/local/table.hpp>
#include <reel/text/text_rules.hpp>

namespace reel::legacy {

/// A tree as it was read, and its files as blobs. Shared with readers that copy bytes without a lock, so it outlives
/// the next reading of the tree. Neither copied nor moved, because `blobs` refers to `tree`.
struct LoadedTree {
  /// - `earlier`: null, or an earlier reading of the tree, of which blobs keep their sequences
  LoadedTree(Tree read, TextRules text, TreeBlobs::Addresses named, const LoadedTree* earlier)
      : tree(std::move(read)), blobs(tree, text, std::move(named), earlier ? &earlier->blobs : nullptr) {}
  LoadedTree(const LoadedTree&) = delete;
  LoadedTree& operator=(const LoadedTree&) = delete;

  Tree tree;
  TreeBlobs blobs;
};

/// The bodies of a table (`local::Bodies`) whose documents are derived from the files of a tree each time that one is
/// requested. Reading a document may therefore throw `unavailable`.
class LegacyBodies {
 public:
  using Row = LegacyRow;

  /// All three must outlive this.
  LegacyBodies(const Tree& tree, const TreeBlobs& blobs, std::shared_ptr<const driver::CollectionSchema> schema)
      : tree_(&tree), blobs_(&blobs), schema_(std::move(schema)) {}

  static bool live(const Row& row) { return !row.id.empty(); }
  static std::string_view id(const Row& row) { return row.id; }
  [[nodiscard]] driver::DocumentPtr view(const Row& row) const { return share(row); }
  [[nodiscard]] driver::DocumentPtr share(const Row& row) const {
    return std::make_shared<const driver::Document>(maker().document(row, Texts::read));
  }

  /// A maker of documents for one operation; not shared between threads.
  [[nodiscard]] DocumentMaker maker() const { return {*tree_, *blobs_, *schema_}; }
  /// The complete schema. `Table::schema` of a table without indexes lacks them.
  [[nodiscard]] const driver::CollectionSchema& schema() const { return *schema_; }

 private:
  const Tree* tree_;
  const TreeBlobs* blobs_;
  std::shared_ptr<const driver::CollectionSchema> schema_;
};

/// The records of a tree: the values of its files, and the overlays. overlay.hpp draws how they are combined.
///
/// Not synchronized: many threads may read, or one may write. Non-const functions are writes, except `snapshot`, whose
/// blobs protect their checksums themselves. A reading of the tree (`reload`) replaces the tables, rows and topics, and
/// thereby invalidates all pointers into them; the log and the sequences of records remain.
class Collections {
 public:
  using Table = local::Table<LegacyBodies>;

  /// Reads the tree and the log.
  ///
  /// - `calls`: must outlive this
  /// - `root`: the absolute path of an existing folder
  /// - `text`: the rules of the tables' indexes
  Collections(driver::FileCalls& calls, std::string root, ReadOptions read, TextRules text)
      : calls_(calls), root_(std::move(root)), read_(std::move(read)), text_(text) {
    reload();
  }

  /// The tree as it was last read; valid until it is read again.
  [[nodiscard]] const LoadedTree& snapshot() const { return *snapshot_; }
  /// The same, to keep.
  [[nodiscard]] std::shared_ptr<const LoadedTree> share() const { return snapshot_; }
  [[nodiscard]] LoadedTree& snapshot() { return *snapshot_; }
  /// The overlays in the log.
  [[nodiscard]] const OverlayMap& log() const { return log_; }
  /// A maker of documents with the pipeline's schema of a collection.
  [[nodiscard]] DocumentMaker maker(std::string_view collection) const {
    return {snapshot_->tree, snapshot_->blobs, tree_collection(collection).schema()};
  }

  /// Reads the tree again, and the log if it was not read before: afterwards memory has its present state. A record
  /// keeps its position in the order of insertion. Costs a walk over the tree; tables are built when they are first
  /// used.
  void reload() {
    if (followed_) static_cast<void>(followed_->walk.read(ChangedFolders::everything()));
    load();
  }

  /// Reads these folders again, as other programs have left them. Topics whose files are the same are not read.
  /// Checksums of unchanged files stay known. Does nothing if the folders have not changed. Returns whether they have.
  /// Throws `unavailable`, see `KeptWalk::read`.
  ///
  /// From the first call on, each reading passes over files that are still being written.
  ///
  /// - `with_log`: whether another program may have written the log, which is in the root
  bool reload_changed(const ChangedFolders& changed, bool with_log) {
    if (!followed_) followed_ = std::make_unique<Followed>(snapshot_->tree.root, read_.parallelism, calls_);
    if (!followed_->walk.read(changed)) return false;
    const std::shared_ptr<const LoadedTree> earlier = snapshot_;
    if (with_log && changed.has(".")) {
      log_ = {};
      log_read_ = false;
    }
    load();
    snapshot_->blobs.recall(earlier->blobs);
    return true;
  }
  /// The folders with files that were passed over.
  [[nodiscard]] const std::set<std::string>& unfinished() const {
    static const std::set<std::string> none;
    return followed_ ? followed_->walk.unfinished() : none;
  }

  /// Whether a table must have indexes. Without them it is created without opening a file.
  enum class Indexes { wanted, unwanted };

  /// The table of a collection; null if it was not created, or has a different schema or not enough indexes.
  [[nodiscard]] Table* opened(const driver::CollectionSchema& schema, Indexes indexes) const {
    const auto known = tables_.find(schema.id);
    if (known == tables_.end()) return nullptr;
    Table& table = *known->second;
    const bool enough = indexes == Indexes::unwanted || table.schema().indexes.size() == schema.indexes.size();
    return enough && driver::same_shape(table.bodies().schema(), schema) ? &table : nullptr;
  }
  /// The table of a collection, created if necessary; valid until the tree is read again. Creating one with indexes
  /// reads the files that the indexes need. Throws `unsupported` for a collection that a tree does not have.
  Table& table(const driver::CollectionSchema& schema, Indexes indexes = Indexes::wanted) {
    if (Table* known = opened(schema, indexes)) return *known;
    auto whole = std::make_shared<const driver::CollectionSchema>(schema);
    driver::CollectionSchema served = schema;
    if (indexes == Indexes::unwanted) served.indexes.clear();
    auto made = std::make_unique<Table>(served, text_, LegacyBodies(snapshot_->tree, snapshot_->blobs, whole));
    for (LegacyRow& row : rows(schema.id)) add(*made, std::move(row));
    made->reserve_sequence(numbers_[schema.id].next);
    return *(tables_[schema.id] = std::move(made));
  }
  /// The table of a collection, whatever its schema; null if it was not created.
  [[nodiscard]] Table* opened(const std::string& collection) const {
    const auto known = tables_.find(collection);
    return known == tables_.end() ? nullptr : known->second.get();
  }

  /// The overlay of a record, or null: that of the log, otherwise that of the sidecar.
  [[nodiscard]] OverlayPtr overlay(std::string_view collection, std::string_view id) const {
    OverlayPtr logged = log_.find(collection, id);
    return logged ? logged : sidecars_.find(collection, id);
  }
  /// The records of the last line that the log had when it was opened; none if no line was complete. Nothing without a
  /// log.
  [[nodiscard]] const std::optional<std::vector<LoggedRecord>>& last_logged() const { return last_logged_; }
  /// Replaces an overlay in memory, after it was logged. The caller changes the row of a table that exists.
  void replace_overlay(const LoggedRecord& record) { log_.set(record); }
  /// Remembers the sequence of a record that was created.
  void number(const std::string& collection, const std::string& id, std::int64_t sequence) {
    Numbers& numbers = numbers_[collection];
    numbers.known.insert_or_assign(Id<void>{id}, sequence);
    numbers.next = std::max(numbers.next, sequence + 1);
  }
  /// Drops the removals in the log, so that settling sees records whose files still exist. Fixes are derived from files
  /// that stay, therefore their removals stay, too.
  void forget_removals() {
    for (const char* collection : {"videos", "scenes", "artifacts"}) log_.erase_removed(collection);
  }
  /// Drops all overlays of the log, after the file was replaced.
  void forget_log() { log_.clear(); }

  /// The records of a collection in the order of insertion: first those of files, in the order of the tree, then those
  /// whose overlays have a sequence. Removed records, and artifacts in the folder of a removed video, are left out.
  /// Assigns sequences to records that have none. O(n log n) for n records and files.
  [[nodiscard]] std::vector<LegacyRow> rows(const std::string& collection) {
    std::vector<LegacyRow> found = rows_of_files(collection);
    std::unordered_set<Id<void>> ids;
    const Overlays& logged = log_.in(collection);
    if (!logged.empty()) {
      for (const LegacyRow& row : found) ids.emplace(row.id);
    }
    for (LegacyRow& row : found) row.overlay = overlay(collection, row.id);
    std::erase_if(found, [this](const LegacyRow& row) {
      const bool in_topic = row.file && snapshot_->tree.files[*row.file].topic;
      const OverlayPtr video =
          in_topic ? log_.find("videos", snapshot_->tree.topics[*snapshot_->tree.files[*row.file].topic].id) : nullptr;
      return (row.overlay && row.overlay->removed) || (video && video->removed);
    });
    for (const auto& [id, overlay] : logged) {
      if (!overlay->removed && !ids.contains(id)) found.push_back({.id = overlay->id, .overlay = overlay});
    }
    assign_numbers(found, numbers_[collection]);
    return found;
  }

  /// The records of files, without overlays, in the order of the tree. Throws `unsupported` for a collection that a
  /// tree does not have.
  [[nodiscard]] std::vector<LegacyRow> rows_of_files(const std::string& collection) const {
    std::vector<LegacyRow> found;
    if (const auto add_rows = tree_collection(collection).add_rows) add_rows(snapshot_->tree, snapshot_->blobs, found);
    return found;
  }

 private:
  /// The sequences of the records of a collection. They are kept when the tree is read again, so that cursors stay
  /// valid.
  struct Numbers {
    std::unordered_map<Id<void>, std::int64_t> known{};
    std::int64_t next = 1;
  };

  /// What is kept of a tree that is watched, about 500 bytes for each file.
  struct Followed {
    Followed(std::filesystem::path root, int parallelism, driver::FileCalls& calls)
        : walk(std::move(root), parallelism, calls) {}

    KeptWalk walk;
    ReadMemory memory{};
  };

  /// Reads the tree as it was walked, and serves it.
  void load() {
    Tree tree = log_read_ ? read() : read_with_log();
    bind(tree, log_);
    sidecars_.clear();
    for (const LoggedRecord& record : tree.overlays) sidecars_.set(record);
    tables_.clear();
    snapshot_ = std::make_shared<LoadedTree>(std::move(tree), text_, named_blobs(), snapshot_.get());
    note_unfit_values();
  }
  [[nodiscard]] Tree read() {
    return followed_ ? read_tree(followed_->walk, read_, followed_->memory) : read_tree(root_, read_, calls_);
  }

  /// Fills `Tree::unfit`. Artifacts are checked only if one may be affected, because most trees have many.
  void note_unfit_values() {
    UnfitValues unfit(snapshot_->tree, snapshot_->blobs);
    for (const char* collection : {"videos", "scenes", "agent_memory", "artifacts"}) {
      if (collection == std::string_view("artifacts") && !may_have_unfit_artifacts()) continue;
      for (LegacyRow& row : rows_of_files(collection)) {
        row.overlay = overlay(collection, row.id);
        if (!row.overlay || !row.overlay->removed) unfit.look(collection, row);
      }
    }
  }

  [[nodiscard]] bool may_have_unfit_artifacts() const {
    return !log_.in("artifacts").empty() || !sidecars_.in("artifacts").empty() ||
           std::ranges::any_of(snapshot_->tree.files, UnfitValues::has_long_path);
  }

  /// Reads the tree and the log, once; afterwards each write updates the overlays in memory. Damaged lines are reported
  /// and ignored.
  ///
  /// Another process may write meanwhile if this one does not have the lock. If it has settled, the sidecars may have
  /// been read before they had the values of the earlier log, so that log counts, too.
  Tree read_with_log() {
    const std::optional<Bytes> before = present_log();
    Tree tree = read();
    const std::optional<Bytes> now = present_log();
    if (before && !before->problem && !(now && now->data.starts_with(before->data))) use_log(*before, tree);
    if (now) use_log(*now, tree);
    log_read_ = true;
    return tree;
  }

  /// The log as it is now; nothing without one.
  [[nodiscard]] std::optional<Bytes> present_log() const {
    return load_present(Tree{.root = root_}, TreeFile{.path = std::string(record_log_name)},
                        std::numeric_limits<std::int64_t>::max());
  }

  void use_log(const Bytes& bytes, Tree& tree) {
    LogContents contents = parse_log(bytes.data);
    if (bytes.problem || contents.damaged)
      tree.diagnostics.emplace_back(Code::damaged_sidecar, std::string(record_log_name),
                                    "has damaged lines, which are ignored");
    for (const LoggedRecord& record : contents.records) log_.set(record);
    last_logged_ = std::move(contents.last);
  }

  /// The buckets and blob ids that records specify, by the path of the file. The log takes precedence over the
  /// sidecars.
  [[nodiscard]] TreeBlobs::Addresses named_blobs() const {
    TreeBlobs::Addresses named;
    for (const OverlayMap* map : {&sidecars_, &log_}) {
      for_each_artifact(*map, [&](const std::string& path, const Overlay& artifact) {
        const auto bucket = artifact.text("bucket_id"), blob = artifact.text("blob_id");
        const std::string chosen = blob && is_valid_id(*blob) ? *blob : "";
        const std::int64_t precedence = artifact.integer(overlay_key::precedence).value_or(0);
        if (bucket || !chosen.empty() || precedence != 0)
          named.insert_or_assign(path, TreeBlobs::Address{bucket.value_or(""), chosen, precedence});
      });
    }
    return named;
  }

  /// The sequence in the overlay of a row, or 0. Sequences begin with 1.
  static std::int64_t own_sequence(const LegacyRow& row) {
    return row.overlay ? row.overlay->integer(overlay_key::sequence).value_or(0) : 0;
  }

  /// Sets the sequences of rows and sorts the rows by them. A row that had a sequence before keeps it; a new one gets
  /// that of its overlay, or the next one.
  static void assign_numbers(std::vector<LegacyRow>& rows, Numbers& numbers) {
    numbers.known.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i].sequence = static_cast<std::int64_t>(i);
    std::ranges::sort(rows, {}, [](const LegacyRow& row) { return std::pair{own_sequence(row), row.sequence}; });
    for (LegacyRow& row : rows) {
      const auto known = numbers.known.find(Id<void>{row.id});
      row.sequence = known != numbers.known.end() ? known->second : std::max(numbers.next, own_sequence(row));
      if (known == numbers.known.end()) numbers.known.emplace(row.id, row.sequence);
      numbers.next = std::max(numbers.next, row.sequence + 1);
    }
    std::ranges::sort(rows, {}, &LegacyRow::sequence);
  }

  /// Adds a row to a table, and to its indexes if it has any.
  static void add(Table& table, LegacyRow row) {
    const std::int64_t sequence = row.sequence;
    if (table.schema().indexes.empty()) return table.load_row(std::move(row), sequence);
    auto indexed = std::make_shared<const driver::Document>(table.bodies().maker().indexed(row));
    table.apply({nullptr, std::move(indexed)}, std::move(row));
  }

  driver::FileCalls& calls_;
  std::string root_;
  ReadOptions read_;
  TextRules text_;
  OverlayMap log_;
  bool log_read_ = false;
  std::optional<std::vector<LoggedRecord>> last_logged_;
  OverlayMap sidecars_;
  std::shared_ptr<LoadedTree> snapshot_;
  std::unique_ptr<Followed> followed_;  ///< null: no other program's changes are followed
  std::unordered_map<std::string, std::unique_ptr<Table>> tables_;
  std::unordered_map<std::string, Numbers> numbers_;  ///< by collection
};

}  // namespace reel::legacy
