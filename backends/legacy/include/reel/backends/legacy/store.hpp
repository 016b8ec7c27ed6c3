#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/backends/legacy/collections.hpp>
#include <reel/backends/legacy/disk.hpp>
#include <reel/backends/legacy/options.hpp>
#include <reel/backends/legacy/own_buckets.hpp>
#include <reel/backends/legacy/root_folder.hpp>
#include <reel/backends/legacy/row_stamps.hpp>
#include <reel/backends/legacy/tree_feed.hpp>
#include <reel/backends/legacy/tree_monitor.hpp>
#include <reel/backends/legacy/tree_writer.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/blob_document.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/file/folder_identity.hpp>
#include <reel/driver/file/free_space.hpp>
#include <reel/driver/file/writable_folder.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/per_process.hpp>
#include <reel/file_path.hpp>
#include <reel/local/query_run.hpp>
#include <reel/md5.hpp>

namespace reel::legacy {

/// The implementation of `Legacy`.
///
/// Locks, in the order in which they are taken:
///
///     PerProcess           while the state of this process is created
///     flock(2) of the root a writer, from before the tree is read until the store is closed
///     Opened::mutex        shared for reads, exclusive for writes, settling and reading the tree again
///     TreeBlobs::mutex_    checksums; never held while a file is read
///     TreeMonitor::mutex_  what changes; never held while a file is read
///     OwnBuckets::mutex_   alone: operations on buckets of a program take no other lock of this list
///
/// A read takes the shared lock and uses the tables. If its collection is stale or the table was not created, it starts
/// again with the exclusive lock. The bytes of a blob travel without a lock in both directions: `read` holds the
/// `LoadedTree`, and `put` writes to a temporary file between two exclusive sections.
///
/// Operations have the contract of `driver/backend.hpp` and the additional errors that `Legacy` lists.
class Store {
 public:
  /// Opens the tree; see `Legacy`. `calls` must outlive this.
  Store(const FilePath& root, LegacyOptions options, driver::FileCalls& calls)
      : options_(std::move(options)),
        calls_(&calls),
        root_(driver::absolute_path(root.str())),
        opened_([this] { return std::make_unique<Opened>(*this); }) {}
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// See `Legacy` for these three.
  [[nodiscard]] const Tree& tree() const { return opened().collections.snapshot().tree; }

  void recall(FileIndex file, std::string md5) {
    const std::shared_lock lock(opened().mutex);
    opened().collections.snapshot().blobs.recall(file, std::move(md5));
  }

  void settle() {
    const std::unique_lock lock(opened().mutex);
    if (opened().writer) opened().writer->settle(Waiting::write);
  }

  /// As `IdentityBackend`.
  [[nodiscard]] driver::StoreIdentity identity() const {
    driver::StoreIdentity identity = driver::folder_identity(*calls_, root_);
    Md5 order;  // records are numbered when the tree is read
    const std::shared_lock lock(opened().mutex);
    for (const TreeFile& file : opened().collections.snapshot().tree.files) {
      order.update(file.path + '\n' + std::to_string(file.size) + '\n');
      order.update(std::as_bytes(std::span(&file.modified_ns, 1)));
    }
    identity.order = order.finish();
    return identity;
  }
  /// As `LimitsBackend`. The order is that of the topics and files, as they are read.
  [[nodiscard]] driver::StoreLimits limits() const {
    return {.free_space = driver::free_space(*calls_, root_),
            .records_per_request = 1,
            .keeps_blob_permissions = false,
            .keeps_order = false,
            .text = options_.text};
  }

  /// Changes nothing. Throws `unsupported` for a collection that a tree does not have.
  void ensure(const driver::CollectionSchema& schema) {
    reading(schema, [](const Table&) {});
  }
  /// Changes nothing. Throws what `ensure` and the first write would throw: `unsupported` for a read-only tree,
  /// `forbidden` for a folder without write permission.
  driver::SetupPreview preview(const driver::CollectionSchema& schema) {
    check_writable();
    driver::require_writable_folder(root_);
    reading(schema, [](const Table&) {});
    return {.exists = true};
  }

  /// Writes a record. Costs a walk over the tree first if earlier writes have made the collection stale.
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    return writing([&](auto& writer) { return writer.records(schema).create(schema, std::move(document)); });
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             const driver::Change& change) {
    return writing([&](auto& writer) { return writer.records(schema).update(schema, id, change); });
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id,
              std::optional<Timestamp> if_unchanged_since) {
    return writing([&](auto& writer) { return writer.records(schema).remove(schema, id, if_unchanged_since); });
  }
  /// Returns a record, or null. Builds no index, and reads the files of this record only.
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) {
    return reading(schema, [&](const Table& table) { return table.share(id); });
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return reading(
        schema, [&](const Table& table) { return Run(table, query).list(); }, needed(query));
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return reading(
        schema, [&](const Table& table) { return Run(table, query).count(); }, needed(query));
  }
  Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) {
    return reading(
        schema, [&](const Table& table) { return Run(table, query).explain(); }, Indexes::wanted);
  }

  /// Creates a bucket that the pipeline does not have, in the `reel::Filesystem` store `.reel-buckets`, which the
  /// pipeline does not read. The bucket keeps names, content types and permissions of its blobs. Throws `unsupported`
  /// if it does not exist and the tree is read-only. Does nothing for the pipeline's buckets.
  void ensure(const Bucket& bucket) {
    if (!is_pipeline_bucket(bucket)) opened().own_buckets.ensure(bucket);
  }
  /// Writes a blob. Errors of `source` propagate, and the temporary file is removed.
  BlobInfo put(const Bucket& bucket, const BlobInfo& info, driver::HashedSource& source, bool overwrite) {
    if (Filesystem* const own = own_for_writing(bucket)) return own->put(bucket, info, source, overwrite);
    const auto incoming = writing([&](auto& writer) { return writer.blobs().begin(bucket, info, overwrite); });
    incoming->file.receive(source);
    return writing([&](auto& writer) { return writer.blobs().finish(bucket, info, source, *incoming, overwrite); });
  }
  bool remove(const Bucket& bucket, std::string_view id) {
    if (Filesystem* const own = own_for_writing(bucket)) return own->remove(bucket, id);
    return writing([&](auto& writer) { return writer.blobs().remove(bucket, id); });
  }
  /// Throws `unsupported` in the pipeline's buckets: a blob has the name of its file, and files have no permissions.
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    if (Filesystem* const own = own_for_writing(bucket)) return own->update(bucket, id, change);
    throw Error(Errc::unsupported, "the name of a blob in a bucket of the pipeline is that of its file");
  }
  /// Reads a blob's properties. The first call for a blob reads the whole file for its checksum.
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) {
    if (!is_pipeline_bucket(bucket)) return opened().own_buckets.find(bucket, id);
    return reading_blobs([&] { return opened().collections.snapshot().blobs.find(bucket, id); });
  }
  /// Takes the listing of the file under the lock and copies the bytes without it. The file is checked against the
  /// listing before and after.
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
    if (!is_pipeline_bucket(bucket)) return opened().own_buckets.read(bucket, id, range, sink);
    std::optional<BlobInfo> info;
    TreeFile file;
    std::shared_ptr<const LoadedTree> snapshot;
    reading_blobs([&] {
      snapshot = opened().collections.share();
      info = snapshot->blobs.find(bucket, id);
      if (info) file = *snapshot->blobs.file(bucket.id, id);
    });
    if (info) snapshot->blobs.read(file, range, sink);
    return info;
  }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) {
    if (!is_pipeline_bucket(bucket)) return opened().own_buckets.list(bucket, query);
    return reading_blobs([&] { return opened().collections.snapshot().blobs.list(bucket, query); });
  }

  /// The changes of a collection of the tree, see `TreeFeed`.
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) {
    reading(schema, [](const Table&) {});
    return std::make_shared<TreeFeed>(
        TreeView{.monitor = [this] { return monitor(); },
                 .read_changes = [this](TreeMonitor& monitor) { return read_changes(monitor); },
                 .rows = [this, &schema] { return rows_of(schema); },
                 .document = [this, &schema](const std::string& id) { return document_of(schema, id); }},
        options_.text);
  }
  /// The changes of a bucket.
  std::shared_ptr<driver::ChangeFeed> changes(const Bucket& bucket) {
    if (!is_pipeline_bucket(bucket)) {
      if (auto own = opened().own_buckets.changes(bucket)) return own;
    }
    return std::make_shared<TreeFeed>(
        TreeView{.monitor = [this] { return monitor(); },
                 .read_changes = [this](TreeMonitor& monitor) { return read_changes(monitor); },
                 .rows = [this, &bucket] { return rows_of(bucket); },
                 .document = [this, &bucket](const std::string& id) { return document_of(bucket, id); }},
        options_.text);
  }

 private:
  using Table = Collections::Table;
  using Indexes = Collections::Indexes;
  using Run = local::QueryRun<LegacyBodies>;

  /// The state of one process. A child of fork(2) creates its own and reads the tree again; see `PerProcess`.
  struct Opened {
    /// Locks the tree if it is opened for writing, then reads it. Throws the errors of opening that `Legacy` lists.
    explicit Opened(const Store& store)
        : locked(lock_root(store)),
          collections(store.root_, store.options_.read, store.options_.text),
          own_buckets(*store.calls_, store.root_, store.options_) {
      if (locked) writer = std::make_unique<TreeWriter>(*locked, collections, store.root_, store.options_);
    }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    ~Opened() {
      try {
        if (writer) writer->settle(Waiting::keep);
      } catch (const std::exception&) {  // it is done when the tree is opened for writing again
      }
    }

    std::shared_mutex mutex{};
    std::unique_ptr<Disk> locked;  ///< the lock of the writer; null: read-only
    Collections collections;
    OwnBuckets own_buckets;
    std::unique_ptr<TreeWriter> writer{};  ///< null: read-only
    std::weak_ptr<TreeMonitor> monitor{};  ///< shared by the watches; expired without one
    std::uint64_t readings = 0;            ///< of changes, for the watches
  };
  /// The state of this process. Throws the errors of opening in a child of fork(2).
  [[nodiscard]] Opened& opened() const { return opened_.get(); }

  /// Checks the root, and locks it if the tree is opened for writing; otherwise returns null.
  static std::unique_ptr<Disk> lock_root(const Store& store) {
    const bool writes = store.options_.write_as.has_value();
    open_root(store.root_, writes, *store.calls_);
    if (!writes) return nullptr;
    return TreeWriter::lock(*store.calls_, store.root_, store.options_.durable);
  }

  /// The store of a bucket that the pipeline does not have; null for a bucket of the pipeline. Throws `unsupported` for
  /// a read-only tree.
  [[nodiscard]] Filesystem* own_for_writing(const Bucket& bucket) {
    check_writable();
    return is_pipeline_bucket(bucket) ? nullptr : &opened().own_buckets.for_writing(bucket);
  }
  /// Throws `unsupported` for a read-only tree.
  void check_writable() const {
    if (!opened().writer)
      throw Error(Errc::unsupported, "this legacy tree is read-only; LegacyOptions::write_as opens one for writing");
  }

  /// The monitor that all watches of this process share, as long as there are any.
  [[nodiscard]] std::shared_ptr<TreeMonitor> monitor() {
    const std::unique_lock lock(opened().mutex);
    std::shared_ptr<TreeMonitor> shared = opened().monitor.lock();
    if (!shared) opened().monitor = shared = std::make_shared<TreeMonitor>(*calls_, root_);
    return shared;
  }

  /// Reads the folders again that other programs have changed. A store that is open for writing walks the whole tree,
  /// because its own changes must not be missed. Returns the number of readings so far. Throws `unavailable` if the
  /// tree is gone.
  std::uint64_t read_changes(TreeMonitor& monitor) {
    const std::unique_lock lock(opened().mutex);
    if (!monitor.has_root())
      throw Error(
          Errc::unavailable,
          "the folder '" + root_ + "' was removed, renamed, replaced or unmounted; open it again once it is back");
    const ChangedFolders changed = monitor.take();
    if (changed.empty()) return opened().readings;
    const auto start = std::chrono::steady_clock::now();
    try {
      if (opened().writer) {
        opened().writer->refresh_changed();
        ++opened().readings;  // the store may have read its own changes already
      } else if (opened().collections.reload_changed(changed, true)) {
        ++opened().readings;
      }
    } catch (...) {
      monitor.give_back(changed);
      throw;
    }
    monitor.note_reading(opened().collections.unfinished(), std::chrono::steady_clock::now() - start, changed.all);
    return opened().readings;
  }

  /// The records of a collection for a watch. Opens no file.
  [[nodiscard]] std::vector<TreeRow> rows_of(const driver::CollectionSchema& schema) {
    const std::unique_lock lock(opened().mutex);
    if (opened().writer && opened().writer->is_stale(schema.id)) opened().writer->refresh();
    const LoadedTree& loaded = opened().collections.snapshot();
    const RowStamps stamps(loaded.tree, loaded.blobs);
    std::vector<TreeRow> rows;
    for (const LegacyRow& row : opened().collections.rows(schema.id))
      rows.push_back({row.id, row.sequence, stamps.of(row)});
    return rows;
  }
  /// The blobs of a bucket of the pipeline, likewise.
  [[nodiscard]] std::vector<TreeRow> rows_of(const Bucket& bucket) {
    const std::unique_lock lock(opened().mutex);
    if (opened().writer && opened().writer->has_stale_blobs()) opened().writer->refresh();
    const LoadedTree& loaded = opened().collections.snapshot();
    const RowStamps stamps(loaded.tree, loaded.blobs);
    std::vector<TreeRow> rows;
    loaded.blobs.for_each(bucket.id, [&](const std::string& id, std::int64_t sequence, FileIndex file) {
      rows.push_back({id, sequence, file < loaded.tree.files.size() ? stamps.of(file) : 0});
    });
    return rows;
  }
  /// A record, or null.
  [[nodiscard]] driver::DocumentPtr document_of(const driver::CollectionSchema& schema, const std::string& id) {
    return find(schema, id);
  }
  [[nodiscard]] driver::DocumentPtr document_of(const Bucket& bucket, const std::string& id) {
    const auto blob = find(bucket, id);
    return blob ? std::make_shared<const driver::Document>(driver::document_of(*blob)) : nullptr;
  }

  /// Whether a query needs indexes. Walking through all records, and looking some up by id, does not, so no file is
  /// opened for an index alone.
  static Indexes needed(const driver::QueryTree& query) {
    const bool by_id = std::ranges::all_of(query.where, [](const driver::Condition& condition) {
      return condition.attribute == driver::position::id && condition.parts.empty();
    });
    return by_id && query.order.empty() ? Indexes::unwanted : Indexes::wanted;
  }

  /// Calls `use` with the table of a collection, under the shared lock if it is ready, otherwise under the exclusive
  /// one.
  template <class Use>
  std::invoke_result_t<Use&, const Table&> reading(const driver::CollectionSchema& schema, Use&& use,
                                                   Indexes indexes = Indexes::unwanted) {
    {
      const std::shared_lock lock(opened().mutex);
      const Table* table = opened().writer && opened().writer->is_stale(schema.id)
                               ? nullptr
                               : opened().collections.opened(schema, indexes);
      if (table) return use(*table);
    }
    const std::unique_lock lock(opened().mutex);
    if (opened().writer && opened().writer->is_stale(schema.id)) opened().writer->refresh();
    return use(std::as_const(opened().collections.table(schema, indexes)));
  }

  /// Calls `use` once the blobs are up to date, likewise.
  template <class Use>
  std::invoke_result_t<Use&> reading_blobs(Use&& use) {
    {
      const std::shared_lock lock(opened().mutex);
      if (!opened().writer || !opened().writer->has_stale_blobs()) return use();
    }
    const std::unique_lock lock(opened().mutex);
    opened().writer->refresh();
    return use();
  }

  /// Calls `use` with the writer of the tree, under the exclusive lock. Throws `unsupported` for a read-only tree.
  template <class Use>
  std::invoke_result_t<Use&, TreeWriter&> writing(Use&& use) {
    check_writable();
    const std::unique_lock lock(opened().mutex);
    return use(*opened().writer);
  }

  LegacyOptions options_;
  driver::FileCalls* calls_;
  std::string root_;
  driver::PerProcess<Opened> opened_;
};

}  // namespace reel::legacy
