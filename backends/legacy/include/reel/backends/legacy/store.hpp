#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/open_tree.hpp>
#include <reel/backends/legacy/tree_feed.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/file/folder_identity.hpp>
#include <reel/driver/file/free_space.hpp>
#include <reel/driver/file/writable_folder.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/local/local_store.hpp>
#include <reel/md5.hpp>

namespace reel::legacy {

/// The implementation of `Legacy`: the record operations of `local::LocalStore`, and blobs. It has no bulk writes,
/// because a line of the log is a write of one record, and no `referrers`, because the removal of a record and of those
/// that belong to it is one line (`RecordWriter`).
///
/// Operations have the contract of `driver/backend.hpp` and the additional errors that `Legacy` lists.
class Store : private local::LocalStore<OpenTree> {
 public:
  /// Opens the tree; see `Legacy`. `calls` must outlive this.
  Store(const FilePath& root, LegacyOptions options, driver::FileCalls& calls)
      : LocalStore(root, std::move(options), calls) {}

  using LocalStore::create, LocalStore::update, LocalStore::increment, LocalStore::remove, LocalStore::ensure;
  using LocalStore::find, LocalStore::list, LocalStore::count, LocalStore::explain;

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
    driver::StoreIdentity identity = driver::folder_identity(medium().calls(), medium().root());
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
    return {.free_space = driver::free_space(medium().calls(), medium().root()),
            .records_per_request = 1,
            .keeps_blob_permissions = false,
            .keeps_order = false,
            .text = medium().options().text};
  }

  /// Changes nothing. Throws what `ensure` and the first write would throw: `unsupported` for a read-only tree,
  /// `forbidden` for a folder without write permission.
  driver::SetupPreview preview(const driver::CollectionSchema& schema) const {
    medium().check_writable();
    driver::require_writable_folder(medium().root());
    medium().ensure(schema);
    return {.exists = true};
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
    const auto incoming = medium().write([&](auto& writer) { return writer.blobs().begin(bucket, info, overwrite); });
    incoming->file.receive(source);
    return medium().write(
        [&](auto& writer) { return writer.blobs().finish(bucket, info, source, *incoming, overwrite); });
  }
  bool remove(const Bucket& bucket, std::string_view id) {
    if (Filesystem* const own = own_for_writing(bucket)) return own->remove(bucket, id);
    return medium().write([&](auto& writer) { return writer.blobs().remove(bucket, id); });
  }
  /// Throws `unsupported` in the pipeline's buckets: a blob has the name of its file, and files have no permissions.
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    if (Filesystem* const own = own_for_writing(bucket)) return own->update(bucket, id, change);
    throw Error(Errc::unsupported, "the name of a blob in a bucket of the pipeline is that of its file");
  }
  /// Reads a blob's properties. The first call for a blob reads the whole file for its checksum.
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    if (!is_pipeline_bucket(bucket)) return opened().own_buckets.find(bucket, id);
    return medium().find(bucket, id);
  }
  /// Takes the listing of the file under the lock and copies the bytes without it. The file is checked against the
  /// listing before and after.
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    if (!is_pipeline_bucket(bucket)) return opened().own_buckets.read(bucket, id, range, sink);
    std::optional<BlobInfo> info;
    TreeFile file;
    std::shared_ptr<const LoadedTree> snapshot;
    medium().read_blobs(bucket, [&] {
      snapshot = opened().collections.share();
      info = snapshot->blobs.find(bucket, id);
      if (info) file = *snapshot->blobs.file(bucket.id, id);
    });
    if (info) snapshot->blobs.read(file, range, sink);
    return info;
  }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    if (!is_pipeline_bucket(bucket)) return opened().own_buckets.list(bucket, query);
    return medium().read_blobs(bucket, [&] { return opened().collections.snapshot().blobs.list(bucket, query); });
  }

  /// The changes of a collection of the tree, see `TreeFeed`.
  std::shared_ptr<driver::ChangeFeed> changes(const driver::CollectionSchema& schema) const {
    medium().ensure(schema);
    return feed(schema);
  }
  /// The changes of a bucket.
  std::shared_ptr<driver::ChangeFeed> changes(const Bucket& bucket) const {
    if (!is_pipeline_bucket(bucket)) {
      if (auto own = opened().own_buckets.changes(bucket)) return own;
    }
    return feed(bucket);
  }

 private:
  [[nodiscard]] OpenTree::Opened& opened() const { return medium().opened(); }

  template <class Container>
  std::shared_ptr<driver::ChangeFeed> feed(const Container& container) const {
    return std::make_shared<TreeFeed<Container>>(medium(), container);
  }

  /// The store of a bucket that the pipeline does not have; null for a bucket of the pipeline. Throws `unsupported` for
  /// a read-only tree.
  [[nodiscard]] Filesystem* own_for_writing(const Bucket& bucket) {
    medium().check_writable();
    return is_pipeline_bucket(bucket) ? nullptr : &opened().own_buckets.for_writing(bucket);
  }
};

}  // namespace reel::legacy
