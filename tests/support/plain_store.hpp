#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include <reel/backends/memory.hpp>

/// A store with the required operations and no ability, for tests of the portable fallbacks of the core.
class PlainStore {
 public:
  explicit PlainStore(reel::TextRules text = reel::TextRules::folded) : store_({.text = text}) {}

  void ensure(const reel::driver::CollectionSchema& schema) { store_.ensure(schema); }
  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
    return store_.create(schema, std::move(document));
  }
  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id) const {
    return store_.find(schema, id);
  }
  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   const reel::driver::Change& change) {
    return store_.update(schema, id, change);
  }
  bool remove(const reel::driver::CollectionSchema& schema, std::string_view id, std::optional<reel::Timestamp> since) {
    return store_.remove(schema, id, since);
  }
  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) const {
    return store_.list(schema, query);
  }
  std::int64_t count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) const {
    return store_.count(schema, query);
  }

  void ensure(const reel::Bucket& bucket) { store_.ensure(bucket); }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    return store_.put(bucket, std::move(info), source, overwrite);
  }
  std::optional<reel::BlobInfo> find(const reel::Bucket& bucket, std::string_view id) const {
    return store_.find(bucket, id);
  }
  std::optional<reel::BlobInfo> read(const reel::Bucket& bucket, std::string_view id, reel::ByteRange range,
                                     reel::BlobSink& sink) const {
    return store_.read(bucket, id, range, sink);
  }
  bool remove(const reel::Bucket& bucket, std::string_view id) { return store_.remove(bucket, id); }
  reel::driver::Page<reel::BlobInfo> list(const reel::Bucket& bucket, const reel::BlobQuery& query) const {
    return store_.list(bucket, query);
  }

 protected:
  reel::Memory store_;
};

static_assert(reel::check_backend<PlainStore>());
static_assert(!reel::driver::BulkBackend<PlainStore> && !reel::driver::IncrementBackend<PlainStore> &&
              !reel::driver::ReferrerBackend<PlainStore>);
