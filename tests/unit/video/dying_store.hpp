#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/driver/layer.hpp>

namespace video_tests {

/// A program on a store that ends after some writes: every later operation throws, and changes nothing.
class DyingStore : public reel::driver::Layer<reel::AnyStore> {
 public:
  using Layer::put, Layer::remove, Layer::update;

  /// Allows `writes` writes.
  DyingStore(reel::AnyStore& store, int writes) : Layer(store), left_(std::make_shared<std::atomic<int>>(writes)) {}

  /// Whether all writes that were allowed have been made and another one was tried.
  [[nodiscard]] bool has_died() const { return *left_ < 0; }

  reel::driver::DocumentPtr create(const reel::driver::CollectionSchema& schema, reel::driver::Document document) {
    spend();
    return below().create(schema, std::move(document));
  }
  reel::driver::DocumentPtr update(const reel::driver::CollectionSchema& schema, std::string_view id,
                                   reel::driver::Change change) {
    spend();
    return below().update(schema, id, std::move(change));
  }
  reel::driver::DocumentPtr increment(const reel::driver::CollectionSchema& schema, std::string_view id, int attribute,
                                      reel::driver::Value by) {
    spend();
    return below().increment(schema, id, attribute, std::move(by));
  }
  bool remove(const reel::driver::CollectionSchema& schema, std::string_view id,
              std::optional<reel::Timestamp> if_unchanged_since) {
    spend();
    return below().remove(schema, id, if_unchanged_since);
  }
  std::vector<reel::driver::WriteResult> write(const reel::driver::CollectionSchema& schema,
                                               std::vector<reel::driver::Write> writes, reel::driver::Batch batch) {
    spend();
    return below().write(schema, std::move(writes), batch);
  }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite) {
    replace(bucket, info, overwrite);
    return below().put(bucket, std::move(info), source, overwrite);
  }
  reel::BlobInfo put(const reel::Bucket& bucket, reel::BlobInfo info, reel::driver::HashedSource& source,
                     bool overwrite, const std::string& ledger) {
    replace(bucket, info, overwrite);
    return below().put(bucket, std::move(info), source, overwrite, ledger);
  }
  bool remove(const reel::Bucket& bucket, std::string_view id) {
    spend();
    return below().remove(bucket, id);
  }

 private:
  /// A server replaces a file in two steps: the old one is gone before the new one is complete.
  void replace(const reel::Bucket& bucket, const reel::BlobInfo& info, bool overwrite) {
    if (*left_ >= 0 && overwrite) below().remove(bucket, info.id.str());
    spend();
  }
  void spend() const {
    if (*left_ < 0 || --*left_ < 0) throw reel::Error(reel::Errc::unavailable, "the program has ended");
  }

  std::shared_ptr<std::atomic<int>> left_;
};

static_assert(reel::driver::check_layer<DyingStore>());

}  // namespace video_tests
