#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/blob_options.hpp>
#include <reel/blob_range.hpp>
#include <reel/blob_sinks.hpp>
#include <reel/blob_sources.hpp>
#include <reel/detail/blob_calls.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/blob_schema.hpp>
#include <reel/driver/erased_blobs.hpp>
#include <reel/driver/page.hpp>

namespace reel {

/// One bucket of a backend: blobs in and out as streams, checked and hashed on the way. A cheap handle: copy it, use it
/// from many threads; the backend must outlive it. Every failure is a `reel::Error` that names operation, bucket and
/// id. Besides the codes listed, any operation may throw what the store's medium throws (`unavailable`, …).
template <BlobBackend Backend>
class BlobStore {
 public:
  using backend_type = Backend;

  /// `invalid`: the bucket's own id, limit or extensions make no sense.
  BlobStore(Backend& backend, Bucket bucket)
      : backend_(&backend), bucket_(std::make_shared<const Bucket>(std::move(bucket))) {
    detail::check_bucket_in_call(*bucket_);
  }

  [[nodiscard]] const Bucket& bucket() const noexcept { return *bucket_; }
  [[nodiscard]] Backend& backend() const noexcept { return *backend_; }

  /// Makes the bucket, or checks that the stored one agrees; safe to repeat and to race.
  void setup() const { Core(*this).calls.setup(); }

  /// Stores what the source gives; the blob is there as a whole or not at all. `already_exists`: the id, unless
  /// `overwrite`; `too_large`, `unsupported_media`: the bucket's rules; `invalid`: id, name or permissions, or a source
  /// that does not give as many bytes as it promised; `cancelled`. What can be told beforehand is told before a byte
  /// travels.
  BlobInfo put(const BlobId& id, BlobSource& source, const PutOptions& options = {}) const {
    return Core(*this).calls.put(id, source, options);
  }
  BlobInfo put(const BlobId& id, BlobSource&& source, const PutOptions& options = {}) const {
    return put(id, source, options);
  }

  /// Writes the whole blob and commits the sink once all bytes have come and their md5 is right. `not_found`;
  /// `corrupt`: it is not, with both checksums in the message; `cancelled`.
  BlobInfo get(const BlobId& id, BlobSink& sink, const GetOptions& options = {}) const {
    return Core(*this).calls.get(id, sink, options);
  }
  BlobInfo get(const BlobId& id, BlobSink&& sink, const GetOptions& options = {}) const {
    return get(id, sink, options);
  }

  /// A piece, shorter where the blob ends. Verified if it is the whole blob, or if the store keeps checksums of pieces
  /// as `Filesystem` does. `not_found`; `corrupt`; `invalid`: a negative offset or length.
  [[nodiscard]] std::vector<std::byte> read(const BlobId& id, ByteRange range) const {
    return Core(*this).calls.read(id, range);
  }

  [[nodiscard]] std::optional<BlobInfo> find(const BlobId& id) const { return Core(*this).calls.find(id); }

  /// As `find`; absence is `not_found`.
  [[nodiscard]] BlobInfo stat(const BlobId& id) const { return Core(*this).calls.stat(id); }

  [[nodiscard]] bool exists(const BlobId& id) const { return find(id).has_value(); }

  /// One page. `invalid`: limit below 1, a cursor from another order, or a string in a condition that is not UTF-8.
  [[nodiscard]] BlobPage list(const BlobQuery& query = {}) const {
    driver::Page<BlobInfo> found = Core(*this).calls.list(query);
    return BlobPage{.blobs = std::move(found.items), .next = std::move(found.next), .total = found.total};
  }
  [[nodiscard]] BlobPage list(const Query<BlobInfo>& query) const { return list(query.tree()); }

  /// Every match, read page by page, `limit` of the query at a time, while the range is walked.
  [[nodiscard]] BlobRange<BlobStore> all(const Query<BlobInfo>& query = Query<BlobInfo>{}.limit(100)) const {
    return BlobRange<BlobStore>(*this, query.tree());
  }

  /// False if it was not there.
  bool remove(const BlobId& id) const { return Core(*this).calls.remove(id); }

  /// Reads every blob and checks it against its md5. A damaged one is in the report; so is one that cannot be read.
  /// Throws only if the bucket cannot be listed.
  ScrubReport scrub(const ScrubOptions& options = {}) const { return Core(*this).calls.scrub(options); }

  /// Gives the blob another name or other permissions; its bytes stay. `not_found`; `unsupported_media`: the bucket
  /// does not take the name's extension; `invalid`: the name or a permission.
  BlobInfo update(const BlobId& id, const BlobChange& change) const requires driver::BlobUpdateBackend<Backend> {
    return Core(*this).calls.update(id, change);
  }

  /// Where other programs can open the blob. Made from the id: whether there is such a blob is not asked.
  [[nodiscard]] std::string url(const BlobId& id) const requires driver::UrlBackend<Backend> {
    return Core(*this).calls.url(id);
  }

 private:
  /// The part that does not depend on the backend.
  struct Core {
    explicit Core(const BlobStore& blobs) : store(*blobs.backend_), calls(*store, *blobs.bucket_) {}
    driver::BlobsOf<Backend> store;
    detail::BlobCalls calls;
  };

  Backend* backend_;
  std::shared_ptr<const Bucket> bucket_;
};

/// `auto films = reel::blobs(store, {.id = "films", .name = "Films"});`. The store must outlive it. `invalid` as the
/// constructor of `BlobStore`.
template <BlobBackend Backend>
[[nodiscard]] BlobStore<Backend> blobs(Backend& backend, Bucket bucket) {
  return BlobStore<Backend>(backend, std::move(bucket));
}

}  // namespace reel
