#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/change.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/testing/any_store.hpp>

namespace reel::testing {

/// Does what another store does: the base of stores that differ from it in one thing.
class Forwarding : public AnyStore {
 public:
  explicit Forwarding(std::shared_ptr<AnyStore> inner) : inner_(std::move(inner)) {
    atomic_batches = inner_->atomic_batches;
  }

  void ensure(const driver::CollectionSchema& schema) override { inner_->ensure(schema); }
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) override {
    return inner_->create(schema, std::move(document));
  }
  driver::DocumentPtr find(const driver::CollectionSchema& schema, std::string_view id) override {
    return inner_->find(schema, id);
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id,
                             driver::Change change) override {
    return inner_->update(schema, id, std::move(change));
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) override {
    return inner_->remove(schema, id, time);
  }
  driver::Page<driver::DocumentPtr> list(const driver::CollectionSchema& schema,
                                         const driver::QueryTree& query) override {
    return inner_->list(schema, query);
  }
  std::int64_t count(const driver::CollectionSchema& schema, const driver::QueryTree& query) override {
    return inner_->count(schema, query);
  }
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) override {
    return inner_->write(schema, std::move(writes), batch);
  }
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                driver::Value by) override {
    return inner_->increment(schema, id, attribute, std::move(by));
  }
  Explanation explain(const driver::CollectionSchema& schema, const driver::QueryTree& query) override {
    return inner_->explain(schema, query);
  }
  std::vector<std::shared_ptr<const driver::CollectionSchema>> referrers(std::string_view collection) override {
    return inner_->referrers(collection);
  }

  void ensure(const Bucket& bucket) override { inner_->ensure(bucket); }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) override {
    return inner_->put(bucket, std::move(info), source, overwrite);
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
               const std::string& ledger) override {
    return inner_->put(bucket, std::move(info), source, overwrite, ledger);
  }
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) override { return inner_->find(bucket, id); }
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) override {
    return inner_->read(bucket, id, range, sink);
  }
  bool remove(const Bucket& bucket, std::string_view id) override { return inner_->remove(bucket, id); }
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) override {
    return inner_->update(bucket, id, change);
  }
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) override {
    return inner_->list(bucket, query);
  }
  std::string url(const Bucket& bucket, std::string_view id) override { return inner_->url(bucket, id); }
  Capabilities offered() const override { return inner_->offered(); }

 protected:
  [[nodiscard]] AnyStore& inner() { return *inner_; }

 private:
  std::shared_ptr<AnyStore> inner_;
};

}  // namespace reel::testing
