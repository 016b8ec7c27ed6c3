#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <reel/blob.hpp>
#include <reel/blob_options.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/erased_blobs.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/separate.hpp>

namespace reel::detail {

/// `invalid`: the bucket's id, limit or extensions make no sense.
REEL_INLINE void check_bucket_in_call(const Bucket& bucket);

/// The operations of `BlobStore` over any backend: compiled once. Each puts operation, bucket and id into what it
/// throws. Store and bucket must outlive it.
class BlobCalls {
 public:
  BlobCalls(driver::ErasedBlobs& store, const Bucket& bucket) : store_(store), bucket_(bucket) {}

  void setup() const;
  BlobInfo put(const BlobId& id, BlobSource& source, const PutOptions& options) const;
  BlobInfo get(const BlobId& id, BlobSink& sink, const GetOptions& options) const;
  [[nodiscard]] std::vector<std::byte> read(const BlobId& id, ByteRange range) const;
  [[nodiscard]] std::optional<BlobInfo> find(const BlobId& id) const;
  [[nodiscard]] BlobInfo stat(const BlobId& id) const;
  [[nodiscard]] driver::Page<BlobInfo> list(const BlobQuery& query) const;
  bool remove(const BlobId& id) const;
  [[nodiscard]] ScrubReport scrub(const ScrubOptions& options) const;
  BlobInfo update(const BlobId& id, const BlobChange& change) const;
  [[nodiscard]] std::string url(const BlobId& id) const;

 private:
  driver::ErasedBlobs& store_;
  const Bucket& bucket_;
};

}  // namespace reel::detail

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/detail/blob_calls.ipp>
#endif
