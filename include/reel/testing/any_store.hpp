#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/abilities.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/testing/capability.hpp>

namespace reel::testing {

/// Any backend behind one type, so that the rules are compiled once. What the backend cannot do, and what the core has
/// no portable way for, throws `Errc::unsupported`.
class AnyStore {
 public:
  AnyStore() = default;
  AnyStore(const AnyStore&) = delete;
  AnyStore& operator=(const AnyStore&) = delete;
  virtual ~AnyStore() = default;

  virtual void ensure(const driver::CollectionSchema& schema) = 0;
  virtual driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) = 0;
  virtual driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) = 0;
  virtual driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                                     driver::Change change) = 0;
  virtual bool remove(const driver::CollectionSchema& schema, std::string_view id,
                      std::optional<Timestamp> if_unchanged_since) = 0;
  virtual driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema,
                                                 const driver::QueryTree& query) = 0;
  virtual std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) = 0;
  virtual std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema,
                                                 std::vector<driver::Write> writes, driver::Batch batch) = 0;
  virtual driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                        driver::Value by) = 0;
  virtual Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) = 0;
  virtual std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) = 0;

  virtual void ensure(const Bucket& bucket) = 0;
  virtual BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) = 0;
  /// As without a ledger where the backend goes on with nothing.
  virtual BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
                       const std::string& ledger) = 0;
  virtual std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) = 0;
  virtual std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) = 0;
  virtual bool remove(const Bucket& bucket, std::string_view id) = 0;
  virtual driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) = 0;
  virtual std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) = 0;
  virtual std::string url(const Bucket& bucket, std::string_view id) = 0;

  /// What the backend's type offers, as far as a type tells.
  [[nodiscard]] virtual Capabilities offered() const = 0;

  bool atomic_batches = false;
};

[[noreturn]] inline void unsupported(const char* what) {
  throw Error(Errc::unsupported, std::string("this store has no ") + what);
}

namespace detail {

/// In place of the half that a backend does not model.
struct NoStore {
  [[noreturn]] static void refuse_records() { unsupported("records"); }
  [[noreturn]] static void refuse_blobs() { unsupported("blobs"); }
  void ensure(const driver::CollectionSchema&) { refuse_records(); }
  driver::DocumentPtr create(const driver::CollectionSchema&, driver::Document) { refuse_records(); }
  driver::DocumentPtr find(const driver::CollectionSchema&, std::string_view) { refuse_records(); }
  driver::DocumentPtr update(const driver::CollectionSchema&, std::string_view, driver::Change) { refuse_records(); }
  bool remove(const driver::CollectionSchema&, std::string_view, std::optional<Timestamp>) { refuse_records(); }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema&, const driver::QueryTree&) {
    refuse_records();
  }
  std::int64_t count(const driver::CollectionSchema&, const driver::QueryTree&) { refuse_records(); }
  void ensure(const Bucket&) { refuse_blobs(); }
  BlobInfo put(const Bucket&, BlobInfo, driver::HashedSource&, bool) { refuse_blobs(); }
  std::optional<BlobInfo> find(const Bucket&, std::string_view) { refuse_blobs(); }
  std::optional<BlobInfo> read(const Bucket&, std::string_view, ByteRange, BlobSink&) { refuse_blobs(); }
  bool remove(const Bucket&, std::string_view) { refuse_blobs(); }
  driver::Page<BlobInfo> list(const Bucket&, const BlobQuery&) { refuse_blobs(); }
};

template <class B>
class Adapter final : public AnyStore {
 public:
  explicit Adapter(std::unique_ptr<B> backend) : backend_(std::move(backend)) {
    atomic_batches = driver::has_atomic_batches(*backend_);
  }

  void ensure(const driver::CollectionSchema& schema) override { records().ensure(schema); }
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) override {
    return records().create(schema, std::move(document));
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) override {
    return records().find(schema, id);
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             driver::Change change) override {
    return records().update(schema, id, std::move(change));
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) override {
    return records().remove(schema, id, time);
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema,
                                         const driver::QueryTree& query) override {
    return records().list(schema, query);
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) override {
    return records().count(schema, query);
  }
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) override {
    if (batch == driver::Batch::atomic && !atomic_batches) unsupported("batches that are all or nothing");
    return driver::write_many(records(), schema, std::move(writes), batch);
  }
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                driver::Value by) override {
    return driver::increment(records(), schema, id, attribute, by);
  }
  Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) override {
    if constexpr (driver::ExplainBackend<B>) return backend_->explain(schema, query);
    unsupported("explain");
  }
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) override {
    if constexpr (driver::ReferrerBackend<B>) return backend_->referrers(collection);
    return {};
  }

  void ensure(const Bucket& bucket) override { blobs().ensure(bucket); }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    return blobs().put(bucket, std::move(info), source, overwrite);
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
               const std::string& ledger) override {
    if constexpr (driver::ResumableBackend<B>) return backend_->put(bucket, std::move(info), source, overwrite, ledger);
    return put(bucket, std::move(info), source, overwrite);
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) override { return blobs().find(bucket, id); }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    return blobs().read(bucket, id, range, sink);
  }
  bool remove(const Bucket& bucket, std::string_view id) override { return blobs().remove(bucket, id); }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override {
    return blobs().list(bucket, query);
  }
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) override {
    if constexpr (driver::BlobUpdateBackend<B>) return backend_->update(bucket, id, change);
    unsupported("way to rename a blob or to change its permissions");
  }
  std::string url(const Bucket& bucket, std::string_view id) override {
    if constexpr (driver::UrlBackend<B>) return backend_->url(bucket, id);
    unsupported("url");
  }

  Capabilities offered() const override {
    Capabilities all;
    if (driver::RecordBackend<B>) all.add(Capability::records);
    if (driver::BlobBackend<B>) all.add(Capability::blobs);
    if (driver::ReferrerBackend<B>) all.add(Capability::on_remove);
    if (driver::BulkBackend<B>) all.add(Capability::bulk_writes);
    if (atomic_batches) all.add(Capability::atomic_batches);
    if (driver::IncrementBackend<B>) all.add(Capability::one_step_increment);
    if (driver::ExplainBackend<B>) all.add(Capability::explain);
    if (driver::BlobUpdateBackend<B>) all.add(Capability::blob_update);
    if (driver::UrlBackend<B>) all.add(Capability::url);
    return all;
  }

 private:
  auto& records() {
    if constexpr (driver::RecordBackend<B>) {
      return *backend_;
    } else {
      return nothing_;
    }
  }
  auto& blobs() {
    if constexpr (driver::BlobBackend<B>) {
      return *backend_;
    } else {
      return nothing_;
    }
  }

  std::unique_ptr<B> backend_;
  [[no_unique_address]] NoStore nothing_;
};

}  // namespace detail

/// Makes the backend from the arguments.
template <class B, class... Arguments>
[[nodiscard]] std::unique_ptr<AnyStore> open(Arguments&&... arguments) {
  return std::make_unique<detail::Adapter<B>>(std::make_unique<B>(std::forward<Arguments>(arguments)...));
}

}  // namespace reel::testing
