#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/ability_set.hpp>
#include <reel/driver/backend.hpp>

namespace reel::driver {

/// Every operation of a backend as a virtual function: what `AnyStore` forwards to. An operation that the store lacks
/// throws `Errc::unsupported`; `abilities()` reports which ones it has.
class ErasedStore {
 public:
  ErasedStore() = default;
  ErasedStore(const ErasedStore&) = delete;
  ErasedStore& operator=(const ErasedStore&) = delete;
  virtual ~ErasedStore() = default;

  [[nodiscard]] virtual AbilitySet abilities() const = 0;

  virtual void ensure(const CollectionSchema& schema) = 0;
  virtual DocumentPtr create(const CollectionSchema& schema, Document document) = 0;
  virtual DocumentPtr find(const CollectionSchema& schema, std::string_view id) = 0;
  virtual DocumentPtr update(const CollectionSchema& schema, std::string_view id, Change change) = 0;
  virtual bool remove(const CollectionSchema& schema, std::string_view id,
                      std::optional<Timestamp> if_unchanged_since) = 0;
  virtual Page<DocumentPtr> list(const CollectionSchema& schema, const QueryTree& query) = 0;
  virtual std::int64_t count(const CollectionSchema& schema, const QueryTree& query) = 0;
  virtual std::vector<WriteResult> write(const CollectionSchema& schema, std::vector<Write> writes, Batch batch) = 0;
  virtual DocumentPtr increment(const CollectionSchema& schema, std::string_view id, int attribute, Value by) = 0;
  virtual Explanation explain(const CollectionSchema& schema, const QueryTree& query) = 0;
  virtual std::vector<std::shared_ptr<const CollectionSchema>> referrers(std::string_view collection) = 0;
  virtual SetupPreview preview(const CollectionSchema& schema) = 0;
  virtual std::vector<ForeignColumn> foreign_columns(const CollectionSchema& schema) = 0;

  virtual void ensure(const Bucket& bucket) = 0;
  virtual BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite) = 0;
  virtual BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite,
                       const std::string& ledger) = 0;
  virtual std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) = 0;
  virtual std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) = 0;
  virtual bool remove(const Bucket& bucket, std::string_view id) = 0;
  virtual Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) = 0;
  virtual std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) = 0;
  virtual std::string url(const Bucket& bucket, std::string_view id) = 0;
  virtual SetupPreview preview(const Bucket& bucket) = 0;

  bool atomic_batches = false;
};

/// `ErasedStore` over a store of type `B`.
template <class B>
class StoreModel final : public ErasedStore {
 public:
  explicit StoreModel(std::shared_ptr<B> store) : store_(std::move(store)) {
    ErasedStore::atomic_batches = abilities_of(*store_).atomic_batches;
  }

  [[nodiscard]] B& store() const { return *store_; }
  [[nodiscard]] AbilitySet abilities() const override { return abilities_of(*store_); }

  void ensure(const CollectionSchema& schema) override { records().ensure(schema); }
  DocumentPtr create(const CollectionSchema& schema, Document document) override {
    return records().create(schema, std::move(document));
  }
  DocumentPtr find(const CollectionSchema& schema, std::string_view id) override { return records().find(schema, id); }
  DocumentPtr update(const CollectionSchema& schema, std::string_view id, Change change) override {
    return records().update(schema, id, std::move(change));
  }
  bool remove(const CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) override {
    return records().remove(schema, id, time);
  }
  Page<DocumentPtr> list(const CollectionSchema& schema, const QueryTree& query) override {
    return records().list(schema, query);
  }
  std::int64_t count(const CollectionSchema& schema, const QueryTree& query) override {
    return records().count(schema, query);
  }
  std::vector<WriteResult> write(const CollectionSchema& schema, std::vector<Write> writes, Batch batch) override {
    if constexpr (BulkBackend<B>) {
      if (batch == Batch::independent || store_->atomic_batches) return store_->write(schema, std::move(writes), batch);
      refuse("writes several records as a whole or not at all");
    } else {
      refuse("writes several records in one call");
    }
  }
  DocumentPtr increment(const CollectionSchema& schema, std::string_view id, int attribute, Value by) override {
    if constexpr (IncrementBackend<B>) return store_->increment(schema, id, attribute, std::move(by));
    refuse("increments in one step");
  }
  Explanation explain(const CollectionSchema& schema, const QueryTree& query) override {
    if constexpr (ExplainBackend<B>) return store_->explain(schema, query);
    refuse("explains queries");
  }
  std::vector<std::shared_ptr<const CollectionSchema>> referrers(std::string_view collection) override {
    if constexpr (ReferrerBackend<B>) return store_->referrers(collection);
    refuse("lists the collections that refer to another");
  }
  SetupPreview preview(const CollectionSchema& schema) override {
    if constexpr (PreviewBackend<B>) return store_->preview(schema);
    refuse("previews the setup of a collection");
  }
  std::vector<ForeignColumn> foreign_columns(const CollectionSchema& schema) override {
    if constexpr (ForeignColumnBackend<B>) return store_->foreign_columns(schema);
    refuse("lists the columns of other programs");
  }

  void ensure(const Bucket& bucket) override { blobs().ensure(bucket); }
  BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite) override {
    return blobs().put(bucket, std::move(info), source, overwrite);
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite,
               const std::string& ledger) override {
    if constexpr (ResumableBackend<B>) return store_->put(bucket, std::move(info), source, overwrite, ledger);
    refuse("resumes an interrupted put");
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) override { return blobs().find(bucket, id); }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    return blobs().read(bucket, id, range, sink);
  }
  bool remove(const Bucket& bucket, std::string_view id) override { return blobs().remove(bucket, id); }
  Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override { return blobs().list(bucket, query); }
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) override {
    if constexpr (BlobUpdateBackend<B>) return store_->update(bucket, id, change);
    refuse("changes the name or the permissions of a stored blob");
  }
  std::string url(const Bucket& bucket, std::string_view id) override {
    if constexpr (UrlBackend<B>) return store_->url(bucket, id);
    refuse("has URLs of blobs");
  }
  SetupPreview preview(const Bucket& bucket) override {
    if constexpr (BlobPreviewBackend<B>) return store_->preview(bucket);
    refuse("previews the setup of a bucket");
  }

 private:
  /// In place of the half that `B` does not model.
  struct Missing {
    void ensure(const CollectionSchema&) { refuse("keeps records"); }
    DocumentPtr create(const CollectionSchema&, Document) { refuse("keeps records"); }
    DocumentPtr find(const CollectionSchema&, std::string_view) { refuse("keeps records"); }
    DocumentPtr update(const CollectionSchema&, std::string_view, Change) { refuse("keeps records"); }
    bool remove(const CollectionSchema&, std::string_view, std::optional<Timestamp>) { refuse("keeps records"); }
    Page<DocumentPtr> list(const CollectionSchema&, const QueryTree&) { refuse("keeps records"); }
    std::int64_t count(const CollectionSchema&, const QueryTree&) { refuse("keeps records"); }
    void ensure(const Bucket&) { refuse("keeps blobs"); }
    BlobInfo put(const Bucket&, BlobInfo, HashedSource&, bool) { refuse("keeps blobs"); }
    std::optional<BlobInfo> find(const Bucket&, std::string_view) { refuse("keeps blobs"); }
    std::optional<BlobInfo> read(const Bucket&, std::string_view, ByteRange, BlobSink&) { refuse("keeps blobs"); }
    bool remove(const Bucket&, std::string_view) { refuse("keeps blobs"); }
    Page<BlobInfo> list(const Bucket&, const BlobQuery&) { refuse("keeps blobs"); }
  };

  [[noreturn]] static void refuse(const char* ability) {
    throw Error(Errc::unsupported, std::string("no store of this kind ") + ability);
  }
  auto& records() {
    if constexpr (RecordBackend<B>) {
      return *store_;
    } else {
      return missing_;
    }
  }
  auto& blobs() {
    if constexpr (BlobBackend<B>) {
      return *store_;
    } else {
      return missing_;
    }
  }

  std::shared_ptr<B> store_;
  [[no_unique_address]] Missing missing_;
};

}  // namespace reel::driver
