#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/ability_set.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/erased_as.hpp>

namespace reel::driver {

/// The operations of a store of blobs, except previews, as virtual functions. Each has the contract of the concept with
/// that operation in `<reel/driver/backend.hpp>`. An operation that the store lacks throws `unsupported`. As
/// thread-safe as the store.
class ErasedBlobs {
 public:
  /// Not copied: a reference to it stands for the store.
  ErasedBlobs() = default;
  ErasedBlobs(const ErasedBlobs&) = delete;
  ErasedBlobs& operator=(const ErasedBlobs&) = delete;
  virtual ~ErasedBlobs() = default;

  /// The abilities of the store.
  [[nodiscard]] virtual AbilitySet abilities() const = 0;

  /// As `BlobBackend`.
  virtual void ensure(const Bucket& bucket) = 0;
  /// As `BlobBackend`.
  virtual BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite) = 0;
  /// As `ResumableBackend`.
  virtual BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite,
                       const std::string& ledger) = 0;
  /// As `BlobBackend`.
  virtual std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) = 0;
  /// As `BlobBackend`.
  virtual std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) = 0;
  /// As `BlobBackend`.
  virtual bool remove(const Bucket& bucket, std::string_view id) = 0;
  /// As `BlobBackend`.
  virtual Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) = 0;
  /// As `BlobUpdateBackend`.
  virtual std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) = 0;
  /// As `UrlBackend`.
  virtual std::string url(const Bucket& bucket, std::string_view id) = 0;
  /// As `BlobChangesBackend`.
  virtual std::shared_ptr<ChangeFeed> changes(const Bucket& bucket) = 0;
};

/// Implements `Base`, which is `ErasedBlobs` or derives from it, for a store of type `B`, which must outlive it. Each
/// call costs one virtual call more than a direct one.
template <class B, class Base = ErasedBlobs>
class BlobModel : public Base {
 public:
  using Base::ensure, Base::find, Base::update, Base::remove, Base::list, Base::changes;

  /// Refers to `store`. `arguments` are passed to the constructor of `Base`.
  template <class... Arguments>
  explicit BlobModel(B& store, Arguments&... arguments) : Base(arguments...), store_(&store) {}

  /// As `ErasedBlobs`.
  [[nodiscard]] AbilitySet abilities() const override { return abilities_of(*store_); }

  /// As `ErasedBlobs`.
  void ensure(const Bucket& bucket) override { blobs().ensure(bucket); }
  /// As `ErasedBlobs`.
  BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite) override {
    return blobs().put(bucket, std::move(info), source, overwrite);
  }
  /// As `ErasedBlobs`.
  BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite,
               const std::string& ledger) override {
    if constexpr (ResumableBackend<B>) return store_->put(bucket, std::move(info), source, overwrite, ledger);
    throw_lacking("resumes an interrupted put");
  }
  /// As `ErasedBlobs`.
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) override { return blobs().find(bucket, id); }
  /// As `ErasedBlobs`.
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    return blobs().read(bucket, id, range, sink);
  }
  /// As `ErasedBlobs`.
  bool remove(const Bucket& bucket, std::string_view id) override { return blobs().remove(bucket, id); }
  /// As `ErasedBlobs`.
  Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override { return blobs().list(bucket, query); }
  /// As `ErasedBlobs`.
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) override {
    if constexpr (BlobUpdateBackend<B>) return store_->update(bucket, id, change);
    throw_lacking("changes the name or the permissions of a stored blob");
  }
  /// As `ErasedBlobs`.
  std::string url(const Bucket& bucket, std::string_view id) override {
    if constexpr (UrlBackend<B>) return store_->url(bucket, id);
    throw_lacking("has URLs of blobs");
  }
  /// As `ErasedBlobs`.
  std::shared_ptr<ChangeFeed> changes(const Bucket& bucket) override {
    if constexpr (BlobChangesBackend<B>) return store_->changes(bucket);
    throw_lacking("reports the changes of a bucket");
  }

 private:
  /// Takes the calls for a store without blobs and throws `unsupported`.
  struct Missing {
    void ensure(const Bucket&) { throw_lacking("keeps blobs"); }
    BlobInfo put(const Bucket&, BlobInfo, HashedSource&, bool) { throw_lacking("keeps blobs"); }
    std::optional<BlobInfo> find(const Bucket&, std::string_view) { throw_lacking("keeps blobs"); }
    std::optional<BlobInfo> read(const Bucket&, std::string_view, ByteRange, BlobSink&) {
      throw_lacking("keeps blobs");
    }
    bool remove(const Bucket&, std::string_view) { throw_lacking("keeps blobs"); }
    Page<BlobInfo> list(const Bucket&, const BlobQuery&) { throw_lacking("keeps blobs"); }
  };

  auto& blobs() {
    if constexpr (BlobBackend<B>) {
      return *store_;
    } else {
      return missing_;
    }
  }

  B* store_;
  [[no_unique_address]] Missing missing_;
};

/// A store of type `B` as `ErasedBlobs`.
template <class B>
using BlobsOf = ErasedAs<B, ErasedBlobs, BlobModel<B>>;

}  // namespace reel::driver
