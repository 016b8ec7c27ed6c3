#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/ability_set.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/erased_as.hpp>
#include <reel/driver/erased_blobs.hpp>
#include <reel/driver/erased_records.hpp>

namespace reel::driver {

/// All operations of a backend as virtual functions, to which `AnyStore` and `HiddenStore` forward. An operation that
/// the store lacks throws `unsupported`; ask `abilities()` first. As thread-safe as the store.
class ErasedStore : public ErasedRecords, public ErasedBlobs {
 public:
  using ErasedBlobs::update, ErasedRecords::remove, ErasedBlobs::remove, ErasedRecords::list, ErasedBlobs::list;
  using ErasedRecords::changes, ErasedBlobs::changes;
  using ErasedRecords::ensure, ErasedBlobs::ensure, ErasedRecords::find, ErasedBlobs::find, ErasedRecords::update;

  /// The abilities of the store.
  [[nodiscard]] AbilitySet abilities() const override = 0;

  /// As `PreviewBackend`.
  virtual SetupPreview preview(const CollectionSchema& schema) = 0;
  /// As `BlobPreviewBackend`.
  virtual SetupPreview preview(const Bucket& bucket) = 0;
  /// As `ForeignColumnBackend`.
  virtual std::vector<ForeignColumn> foreign_columns(const CollectionSchema& schema) = 0;
  /// As `AccessBackend`.
  virtual StoredAccessPtr access(const CollectionSchema& schema) = 0;
  /// As `BlobAccessBackend`.
  virtual StoredAccessPtr access(const Bucket& bucket) = 0;
  /// As `IdentityBackend`.
  [[nodiscard]] virtual StoreIdentity identity() const = 0;
  /// As `SyncBackend`.
  virtual void sync() = 0;
  /// As `SettlingBackend`.
  virtual void settle() = 0;
  /// As `LimitsBackend`.
  [[nodiscard]] virtual StoreLimits limits() const = 0;
  /// As `DigestBackend`.
  virtual std::vector<RangeDigest> digests(const CollectionSchema& schema) = 0;
  /// As `DigestBackend`.
  virtual std::vector<std::string> ids_in(const CollectionSchema& schema, std::span<const std::size_t> ranges) = 0;
  /// As `BlobDigestBackend`.
  virtual std::vector<RangeDigest> digests(const Bucket& bucket) = 0;
  /// As `BlobDigestBackend`.
  virtual std::vector<std::string> ids_in(const Bucket& bucket, std::span<const std::size_t> ranges) = 0;
};

/// Implements `ErasedStore` for a store of type `B`, whose ownership it shares: the store is closed with the last of
/// its owners.
template <class B>
class StoreModel final : public BlobModel<B, RecordModel<B, ErasedStore>> {
  using Base = BlobModel<B, RecordModel<B, ErasedStore>>;

 public:
  /// `store` must not be null.
  explicit StoreModel(std::shared_ptr<B> store) : Base(*store, *store), store_(std::move(store)) {}
  /// Refers to `store`, which must outlive the object.
  explicit StoreModel(B& store) : StoreModel(std::shared_ptr<B>(std::shared_ptr<void>(), &store)) {}

  /// The store, valid as long as this object.
  [[nodiscard]] B& store() const { return *store_; }

  SetupPreview preview(const CollectionSchema& schema) override {
    if constexpr (PreviewBackend<B>) return store_->preview(schema);
    throw_lacking("previews the setup of a collection");
  }
  SetupPreview preview(const Bucket& bucket) override {
    if constexpr (BlobPreviewBackend<B>) return store_->preview(bucket);
    throw_lacking("previews the setup of a bucket");
  }
  std::vector<ForeignColumn> foreign_columns(const CollectionSchema& schema) override {
    if constexpr (ForeignColumnBackend<B>) return store_->foreign_columns(schema);
    throw_lacking("lists the columns of other programs");
  }
  StoredAccessPtr access(const CollectionSchema& schema) override {
    if constexpr (AccessBackend<B>) return store_->access(schema);
    throw_lacking("keeps permissions of collections");
  }
  StoredAccessPtr access(const Bucket& bucket) override {
    if constexpr (BlobAccessBackend<B>) return store_->access(bucket);
    throw_lacking("keeps permissions of buckets");
  }
  [[nodiscard]] StoreIdentity identity() const override {
    if constexpr (IdentityBackend<B>) return std::as_const(*store_).identity();
    throw_lacking("identifies its data");
  }
  void sync() override {
    if constexpr (SyncBackend<B>) return store_->sync();
    throw_lacking("holds writes back from the medium");
  }
  void settle() override {
    if constexpr (SettlingBackend<B>) return store_->settle();
    throw_lacking("postpones work until a copy is complete");
  }
  [[nodiscard]] StoreLimits limits() const override {
    if constexpr (LimitsBackend<B>) return std::as_const(*store_).limits();
    throw_lacking("knows the limits of a copy");
  }
  std::vector<RangeDigest> digests(const CollectionSchema& schema) override {
    if constexpr (DigestBackend<B>) return store_->digests(schema);
    throw_lacking("knows digests of its records");
  }
  std::vector<std::string> ids_in(const CollectionSchema& schema, std::span<const std::size_t> ranges) override {
    if constexpr (DigestBackend<B>) return store_->ids_in(schema, ranges);
    throw_lacking("knows digests of its records");
  }
  std::vector<RangeDigest> digests(const Bucket& bucket) override {
    if constexpr (BlobDigestBackend<B>) return store_->digests(bucket);
    throw_lacking("knows digests of its blobs");
  }
  std::vector<std::string> ids_in(const Bucket& bucket, std::span<const std::size_t> ranges) override {
    if constexpr (BlobDigestBackend<B>) return store_->ids_in(bucket, ranges);
    throw_lacking("knows digests of its blobs");
  }

 private:
  std::shared_ptr<B> store_;
};

/// A store of type `B` as `ErasedStore`.
template <class B>
using StoreOf = ErasedAs<B, ErasedStore, StoreModel<B>>;

}  // namespace reel::driver
