#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
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
#include <reel/backends/legacy/tree_monitor.hpp>
#include <reel/backends/legacy/tree_writer.hpp>
#include <reel/driver/blob_document.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/per_process.hpp>
#include <reel/file_path.hpp>
#include <reel/local/transaction.hpp>

namespace reel::legacy {

/// A tree that is open, with its locks: the `local::Medium` of `Store`, and the blobs of the pipeline's buckets.
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
class OpenTree {
 public:
  /// See `local::Medium`.
  using Bodies = LegacyBodies;
  using Table = Collections::Table;

  /// Opens the tree; see `Legacy`. `calls` must outlive this.
  OpenTree(const FilePath& root, LegacyOptions options, driver::FileCalls& calls)
      : options_(std::move(options)),
        calls_(&calls),
        root_(driver::absolute_path(root.str())),
        opened_([this] { return std::make_unique<Opened>(*this); }) {}
  OpenTree(const OpenTree&) = delete;
  OpenTree& operator=(const OpenTree&) = delete;

  /// The state of one process. A child of fork(2) creates its own and reads the tree again; see `PerProcess`.
  struct Opened {
    /// Locks the tree if it is opened for writing, then reads it. Throws the errors of opening that `Legacy` lists.
    explicit Opened(const OpenTree& tree)
        : locked(lock_root(tree)),
          collections(*tree.calls_, tree.root_, tree.options_.read, tree.options_.text),
          own_buckets(*tree.calls_, tree.root_, tree.options_) {
      if (locked) writer = std::make_unique<TreeWriter>(*locked, collections, tree.root_, tree.options_);
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
  [[nodiscard]] const LegacyOptions& options() const { return options_; }
  [[nodiscard]] driver::FileCalls& calls() const { return *calls_; }
  /// Its absolute path.
  [[nodiscard]] const std::string& root() const { return root_; }

  /// See `local::Medium`. Changes nothing; throws `unsupported` for a collection that a tree does not have.
  void ensure(const driver::CollectionSchema& schema) const {
    read(schema, [](const Table&) {});
  }

  /// See `local::Medium`. The table need not have indexes. Builds none, and opens no file.
  template <class Look>
  std::invoke_result_t<Look&, const Table&> read(const driver::CollectionSchema& schema, Look&& look) const {
    return read(schema, Indexes::unwanted, look);
  }
  /// See `local::Medium`.
  template <class Look>
  std::invoke_result_t<Look&, const Table&> read(const driver::CollectionSchema& schema, const driver::QueryTree& query,
                                                 Look&& look) const {
    return read(schema, needed(query), look);
  }

  /// See `local::Medium`, for one mutation. Walks over the tree first if earlier writes have made the collection stale.
  template <class Work>
  void commit(const driver::CollectionSchema& schema, bool several, Work&& work) const {
    write([&](TreeWriter& writer) {
      RecordWriter& records = writer.records(schema);
      Table& table = opened().collections.table(schema);
      local::Transaction<LegacyBodies> transaction(table, options_.clock(), several);
      work(transaction);
      for (const local::Mutation& mutation : transaction.mutations()) records.apply(table, schema, mutation);
    });
  }

  /// Calls `use` once the blobs of a bucket of the pipeline are up to date, under the shared lock if they are,
  /// otherwise under the exclusive one.
  template <class Use>
  std::invoke_result_t<Use&> read_blobs(const Bucket& bucket, Use&& use) const {
    {
      const std::shared_lock lock(opened().mutex);
      if (!is_stale(bucket)) return use();
    }
    const std::unique_lock lock(opened().mutex);
    opened().writer->state().refresh();
    return use();
  }

  /// Throws `unsupported` for a read-only tree.
  void check_writable() const {
    if (!opened().writer)
      throw Error(Errc::unsupported, "this legacy tree is read-only; LegacyOptions::write_as opens one for writing");
  }
  /// Calls `use` with the writer of the tree, under the exclusive lock. Throws `unsupported` for a read-only tree.
  template <class Use>
  std::invoke_result_t<Use&, TreeWriter&> write(Use&& use) const {
    check_writable();
    const std::unique_lock lock(opened().mutex);
    return use(*opened().writer);
  }

  /// The properties of a blob in a bucket of the pipeline.
  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    return read_blobs(bucket, [&] { return opened().collections.snapshot().blobs.find(bucket, id); });
  }

  /// The monitor that all watches of this process share, as long as there are any.
  [[nodiscard]] std::shared_ptr<TreeMonitor> monitor() const {
    const std::unique_lock lock(opened().mutex);
    std::shared_ptr<TreeMonitor> shared = opened().monitor.lock();
    if (!shared) opened().monitor = shared = std::make_shared<TreeMonitor>(*calls_, root_);
    return shared;
  }

  /// Reads the folders again that other programs have changed. A store that is open for writing walks the whole tree,
  /// because its own changes must not be missed. Returns the number of readings so far. Throws `unavailable` if the
  /// tree is gone.
  std::uint64_t read_changes(TreeMonitor& monitor) const {
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
        opened().writer->state().refresh_changed();
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

  /// The records of a collection, or the blobs of a bucket of the pipeline, for a watch. Opens no file.
  template <class Container>
  [[nodiscard]] std::vector<TreeRow> rows_of(const Container& container) const {
    const std::unique_lock lock(opened().mutex);
    if (is_stale(container)) opened().writer->state().refresh();
    const LoadedTree& loaded = opened().collections.snapshot();
    const RowStamps stamps(loaded.tree, loaded.blobs);
    std::vector<TreeRow> rows;
    if constexpr (std::is_same_v<Container, Bucket>) {
      loaded.blobs.for_each(container.id, [&](const std::string& id, std::int64_t sequence, FileIndex file) {
        rows.push_back({id, sequence, file < loaded.tree.files.size() ? stamps.of(file) : 0});
      });
    } else {
      for (const LegacyRow& row : opened().collections.rows(container.id))
        rows.push_back({row.id, row.sequence, stamps.of(row)});
    }
    return rows;
  }
  /// One of these, or null.
  [[nodiscard]] driver::DocumentPtr document_of(const driver::CollectionSchema& schema, const std::string& id) const {
    return read(schema, [&](const Table& table) { return table.share(id); });
  }
  [[nodiscard]] driver::DocumentPtr document_of(const Bucket& bucket, const std::string& id) const {
    const auto blob = find(bucket, id);
    return blob ? std::make_shared<const driver::Document>(driver::document_of(*blob)) : nullptr;
  }

 private:
  using Indexes = Collections::Indexes;

  /// Checks the root. If the tree is opened for writing, locks it until the result is destroyed; throws `unavailable`
  /// if another object or process writes to it. Otherwise returns null.
  static std::unique_ptr<Disk> lock_root(const OpenTree& tree) {
    const bool writes = tree.options_.write_as.has_value();
    open_root(tree.root_, writes, *tree.calls_);
    if (!writes) return nullptr;
    auto disk = std::make_unique<Disk>(*tree.calls_, tree.root_, tree.options_.durable);
    if (disk->lock()) return disk;
    throw Error(Errc::unavailable,
                "cannot open '" + tree.root_ +
                    "' for writing: another process or another store object has it open; close it there first");
  }

  /// Whether the tree must be read again before a collection, or the blobs of the pipeline, can be used.
  [[nodiscard]] bool is_stale(const driver::CollectionSchema& schema) const {
    return opened().writer && opened().writer->state().is_stale(schema.id);
  }
  [[nodiscard]] bool is_stale(const Bucket&) const {
    return opened().writer && opened().writer->state().has_stale_blobs();
  }

  /// Whether a query needs indexes. Walking through all records, and looking some up by id, does not, so no file is
  /// opened for an index alone.
  static Indexes needed(const driver::QueryTree& query) {
    const bool by_id = std::ranges::all_of(query.where, [](const driver::Condition& condition) {
      return condition.attribute == driver::position::id && condition.parts.empty();
    });
    return by_id && query.order.empty() ? Indexes::unwanted : Indexes::wanted;
  }

  /// Calls `look` with the table of a collection, under the shared lock if it is ready, otherwise under the exclusive
  /// one.
  template <class Look>
  std::invoke_result_t<Look&, const Table&> read(const driver::CollectionSchema& schema, Indexes indexes,
                                                 Look& look) const {
    {
      const std::shared_lock lock(opened().mutex);
      const Table* table = is_stale(schema) ? nullptr : opened().collections.opened(schema, indexes);
      if (table) return look(*table);
    }
    const std::unique_lock lock(opened().mutex);
    if (is_stale(schema)) opened().writer->state().refresh();
    return look(std::as_const(opened().collections.table(schema, indexes)));
  }

  LegacyOptions options_;
  driver::FileCalls* calls_;
  std::string root_;
  driver::PerProcess<Opened> opened_;
};

}  // namespace reel::legacy
