#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/driver/ability_set.hpp>
#include <reel/driver/backend.hpp>

namespace reel::driver {

/// The member `atomic_batches` of a layer, which exists only if the layer is a `BulkBackend`.
template <class B, bool bulk>
struct LayerBatches {
  /// Without bulk writes there is nothing to copy.
  explicit LayerBatches(const B&) {}
};
/// With bulk writes.
template <class B>
struct LayerBatches<B, true> {
  /// Copies the value of the store below.
  explicit LayerBatches(const B& below) : atomic_batches(static_cast<bool>(below.atomic_batches)) {}
  /// As `BulkBackend`.
  bool atomic_batches = false;
};

/// Makes a member of a class template exist only if a condition holds: `template <True = std::bool_constant<…>>`. A
/// trailing requires-clause does that, too, but then a derived class could not redefine the member: a using-declaration
/// would make both candidates, and the call ambiguous.
template <class T>
concept True = T::value;

/// A backend that forwards every operation to a store below it and has exactly the abilities of that store, or those of
/// them in `has`. Derive from it and redefine the operations that differ:
///
///     class Counting : public reel::driver::Layer<reel::Filesystem> {
///      public:
///       using Layer::Layer, Layer::find;
///       DocumentPtr find(const CollectionSchema& schema, std::string_view id) {
///         ++lookups;
///         return below().find(schema, id);
///       }
///     };
///
/// Bulk writes bypass `create`, `update` and `remove`: a layer that guards these redefines `write`, too.
///
/// `ensure`, `find`, `update`, `remove`, `list`, `put`, `preview`, `changes`, `access`, `digests` and `ids_in` exist
/// for records and for blobs (`put` with and without a ledger). A class that redefines one of them hides the others of
/// that name unless a using-declaration names it, as above; `check_layer` detects that at compile time. Calls are
/// resolved statically, so an operation that the store below performs in terms of another one does not return to the
/// layer.
///
/// Each operation has the contract of its concept in `<reel/driver/backend.hpp>`. Copies refer to the same store. As
/// thread-safe as that store.
template <class B, AbilitySet has = type_abilities<B>>
class Layer : public LayerBatches<B, has.bulk> {
 public:
  /// The abilities of the layer, for `check_layer`.
  static constexpr AbilitySet layer_abilities = has;

  /// Refers to `below`, which must outlive the layer and its copies.
  explicit Layer(B& below) : Layer(std::shared_ptr<B>(std::shared_ptr<void>(), &below)) {}
  /// Shares `below`, which must not be null: the store stays open as long as the layer or a copy of it exists.
  explicit Layer(std::shared_ptr<B> below) : LayerBatches<B, has.bulk>(*below), below_(std::move(below)) {}

  /// As `RecordBackend`.
  template <True = std::bool_constant<has.records>>
  void ensure(const CollectionSchema& schema) {
    below_->ensure(schema);
  }
  /// As `RecordBackend`.
  template <True = std::bool_constant<has.records>>
  DocumentPtr create(const CollectionSchema& schema, Document document) {
    return below_->create(schema, std::move(document));
  }
  /// As `RecordBackend`.
  template <True = std::bool_constant<has.records>>
  DocumentPtr find(const CollectionSchema& schema, std::string_view id) const {
    return below_->find(schema, id);
  }
  /// As `RecordBackend`.
  template <True = std::bool_constant<has.records>>
  DocumentPtr update(const CollectionSchema& schema, std::string_view id, Change change) {
    return below_->update(schema, id, std::move(change));
  }
  /// As `RecordBackend`.
  template <True = std::bool_constant<has.records>>
  bool remove(const CollectionSchema& schema, std::string_view id, std::optional<Timestamp> if_unchanged_since) {
    return below_->remove(schema, id, if_unchanged_since);
  }
  /// As `RecordBackend`.
  template <True = std::bool_constant<has.records>>
  Page<DocumentPtr> list(const CollectionSchema& schema, const QueryTree& query) const {
    return below_->list(schema, query);
  }
  /// As `RecordBackend`.
  template <True = std::bool_constant<has.records>>
  std::int64_t count(const CollectionSchema& schema, const QueryTree& query) const {
    return below_->count(schema, query);
  }

  /// As `BulkBackend`.
  template <True = std::bool_constant<has.bulk>>
  std::vector<WriteResult> write(const CollectionSchema& schema, std::vector<Write> writes, Batch batch) {
    return below_->write(schema, std::move(writes), batch);
  }
  /// As `IncrementBackend`.
  template <True = std::bool_constant<has.increment>>
  DocumentPtr increment(const CollectionSchema& schema, std::string_view id, int attribute, Value by) {
    return below_->increment(schema, id, attribute, std::move(by));
  }
  /// As `ExplainBackend`.
  template <True = std::bool_constant<has.explain>>
  Explanation explain(const CollectionSchema& schema, const QueryTree& query) const {
    return below_->explain(schema, query);
  }
  /// As `ReferrerBackend`.
  template <True = std::bool_constant<has.referrers>>
  std::vector<std::shared_ptr<const CollectionSchema>> referrers(std::string_view collection) const {
    return below_->referrers(collection);
  }
  /// As `PreviewBackend`.
  template <True = std::bool_constant<has.preview>>
  SetupPreview preview(const CollectionSchema& schema) const {
    return below_->preview(schema);
  }
  /// As `ForeignColumnBackend`.
  template <True = std::bool_constant<has.foreign_columns>>
  std::vector<ForeignColumn> foreign_columns(const CollectionSchema& schema) const {
    return below_->foreign_columns(schema);
  }
  /// As `ChangesBackend`.
  template <True = std::bool_constant<has.changes>>
  std::shared_ptr<ChangeFeed> changes(const CollectionSchema& schema) const {
    return below_->changes(schema);
  }

  /// As `BlobBackend`.
  template <True = std::bool_constant<has.blobs>>
  void ensure(const Bucket& bucket) {
    below_->ensure(bucket);
  }
  /// As `BlobBackend`.
  template <True = std::bool_constant<has.blobs>>
  BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite) {
    return below_->put(bucket, std::move(info), source, overwrite);
  }
  /// As `ResumableBackend`.
  template <True = std::bool_constant<has.resumable_put>>
  BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite, const std::string& ledger) {
    return below_->put(bucket, std::move(info), source, overwrite, ledger);
  }
  /// As `BlobBackend`.
  template <True = std::bool_constant<has.blobs>>
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    return below_->find(bucket, id);
  }
  /// As `BlobBackend`.
  template <True = std::bool_constant<has.blobs>>
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    return below_->read(bucket, id, range, sink);
  }
  /// As `BlobBackend`.
  template <True = std::bool_constant<has.blobs>>
  bool remove(const Bucket& bucket, std::string_view id) {
    return below_->remove(bucket, id);
  }
  /// As `BlobBackend`.
  template <True = std::bool_constant<has.blobs>>
  Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    return below_->list(bucket, query);
  }
  /// As `BlobUpdateBackend`.
  template <True = std::bool_constant<has.blob_update>>
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    return below_->update(bucket, id, change);
  }
  /// As `BlobChangesBackend`.
  template <True = std::bool_constant<has.blob_changes>>
  std::shared_ptr<ChangeFeed> changes(const Bucket& bucket) const {
    return below_->changes(bucket);
  }
  /// As `UrlBackend`.
  template <True = std::bool_constant<has.url>>
  std::string url(const Bucket& bucket, std::string_view id) const {
    return below_->url(bucket, id);
  }
  /// As `BlobPreviewBackend`.
  template <True = std::bool_constant<has.blob_preview>>
  SetupPreview preview(const Bucket& bucket) const {
    return below_->preview(bucket);
  }
  /// As `AccessBackend`.
  template <True = std::bool_constant<has.access>>
  StoredAccessPtr access(const CollectionSchema& schema) const {
    return below_->access(schema);
  }
  /// As `BlobAccessBackend`.
  template <True = std::bool_constant<has.blob_access>>
  StoredAccessPtr access(const Bucket& bucket) const {
    return below_->access(bucket);
  }

  /// As `IdentityBackend`.
  template <True = std::bool_constant<has.identity>>
  [[nodiscard]] StoreIdentity identity() const {
    return below_->identity();
  }
  /// As `SyncBackend`.
  template <True = std::bool_constant<has.sync>>
  void sync() {
    below_->sync();
  }
  /// As `SettlingBackend`.
  template <True = std::bool_constant<has.settle>>
  void settle() {
    below_->settle();
  }
  /// As `LimitsBackend`.
  template <True = std::bool_constant<has.limits>>
  [[nodiscard]] StoreLimits limits() const {
    return std::as_const(*below_).limits();
  }
  /// As `DigestBackend`.
  template <True = std::bool_constant<has.digests>>
  std::vector<RangeDigest> digests(const CollectionSchema& schema) const {
    return below_->digests(schema);
  }
  /// As `DigestBackend`.
  template <True = std::bool_constant<has.digests>>
  std::vector<std::string> ids_in(const CollectionSchema& schema, std::span<const std::size_t> ranges) const {
    return below_->ids_in(schema, ranges);
  }
  /// As `BlobDigestBackend`.
  template <True = std::bool_constant<has.blob_digests>>
  std::vector<RangeDigest> digests(const Bucket& bucket) const {
    return below_->digests(bucket);
  }
  /// As `BlobDigestBackend`.
  template <True = std::bool_constant<has.blob_digests>>
  std::vector<std::string> ids_in(const Bucket& bucket, std::span<const std::size_t> ranges) const {
    return below_->ids_in(bucket, ranges);
  }

  /// The abilities of the store below, if it knows them only at run time and `has` does not restrict them.
  template <True = std::bool_constant<ReportsAbilities<B> && has == type_abilities<B>>>
  [[nodiscard]] AbilitySet abilities() const {
    return below_->abilities();
  }

 protected:
  /// The store below.
  [[nodiscard]] B& below() const { return *below_; }

 private:
  std::shared_ptr<B> below_;
};

/// Refuses, at compile time, a layer that hides operations of the store below. Write
/// `static_assert(reel::driver::check_layer<MyLayer>());` after the layer's class.
template <class L>
consteval bool check_layer() {
  static_assert(type_abilities<L> == L::layer_abilities,
                "the layer hides operations of the store below: for each name that it declares, such as find, add a "
                "using-declaration, such as `using Layer::find;` (see reel/driver/layer.hpp)");
  return true;
}

}  // namespace reel::driver
