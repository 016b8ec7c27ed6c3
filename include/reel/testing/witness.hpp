#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/driver/change.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/layer.hpp>
#include <reel/driver/walk.hpp>
#include <reel/testing/expect.hpp>

namespace reel::testing {

/// A layer that checks that an operation that is refused as `unsupported` changes nothing. Throws `Broken` if it does.
/// Each call reads the whole store twice.
class Witness final : public driver::Layer<AnyStore> {
 public:
  using Layer::Layer, Layer::ensure, Layer::update, Layer::remove, Layer::put;

  void ensure(const driver::CollectionSchema& schema) {
    watch([&] { below().ensure(schema); });
    const std::scoped_lock lock(mutex_);
    collections_.push_back(schema);
  }
  driver::DocumentPtr create(const driver::CollectionSchema& schema, driver::Document document) {
    return watch([&] { return below().create(schema, std::move(document)); });
  }
  driver::DocumentPtr update(const driver::CollectionSchema& schema, std::string_view id, driver::Change change) {
    return watch([&] { return below().update(schema, id, std::move(change)); });
  }
  bool remove(const driver::CollectionSchema& schema, std::string_view id, std::optional<Timestamp> time) {
    return watch([&] { return below().remove(schema, id, time); });
  }
  std::vector<driver::WriteResult> write(const driver::CollectionSchema& schema, std::vector<driver::Write> writes,
                                         driver::Batch batch) {
    return watch([&] { return below().write(schema, std::move(writes), batch); });
  }
  driver::DocumentPtr increment(const driver::CollectionSchema& schema, std::string_view id, int attribute,
                                driver::Value by) {
    return watch([&] { return below().increment(schema, id, attribute, std::move(by)); });
  }
  void ensure(const Bucket& bucket) {
    watch([&] { below().ensure(bucket); });
    const std::scoped_lock lock(mutex_);
    buckets_.push_back(bucket);
  }
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    return watch([&] { return below().put(bucket, std::move(info), source, overwrite); });
  }
  bool remove(const Bucket& bucket, std::string_view id) {
    return watch([&] { return below().remove(bucket, id); });
  }
  std::string url(const Bucket& bucket, std::string_view id) {
    return watch([&] { return below().url(bucket, id); });
  }

 private:
  struct Contents {
    std::vector<driver::Document> documents;
    std::vector<BlobInfo> blobs;
    std::vector<std::string> unreadable;  ///< the errors of the items that cannot be read
    friend bool operator==(const Contents&, const Contents&) = default;
  };

  template <class F>
  std::invoke_result_t<F> watch(F&& operation) {
    const Contents before = contents();
    try {
      return operation();
    } catch (const Error& error) {
      if (error.code() == Errc::unsupported && contents() != before)
        throw Broken(std::string("an operation was refused as unsupported but changed the store: ") + error.what());
      throw;
    }
  }

  Contents contents() {
    const std::scoped_lock lock(mutex_);
    Contents all;
    const auto note_failures = [&](const std::vector<Error>& failed) {
      for (const Error& error : failed) all.unreadable.push_back(error.what());
    };
    for (const driver::CollectionSchema& schema : collections_) {
      driver::walk(below(), schema, [&](const driver::Page<driver::DocumentPtr>& page) {
        for (const driver::DocumentPtr& document : page.items) all.documents.push_back(*document);
        note_failures(page.failed);
        return true;
      });
    }
    for (const Bucket& bucket : buckets_) {
      driver::walk(below(), bucket, [&](const driver::Page<BlobInfo>& page) {
        all.blobs.insert(all.blobs.end(), page.items.begin(), page.items.end());
        note_failures(page.failed);
        return true;
      });
    }
    return all;
  }

  std::mutex mutex_;
  std::vector<driver::CollectionSchema> collections_;
  std::vector<Bucket> buckets_;
};

static_assert(driver::check_layer<Witness>());

}  // namespace reel::testing
