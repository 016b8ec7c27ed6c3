#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <reel/blob.hpp>
#include <reel/blob/options.hpp>
#include <reel/driver/erased_blobs.hpp>
#include <reel/driver/page.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/separate.hpp>

namespace reel::detail {

/// Throws `invalid`, in the context of the bucket, if its id, limit or extensions are not valid.
REEL_INLINE void check_bucket_in_call(const Bucket& bucket);

/// The operations of `BlobStore` over any backend, compiled once: they use the virtual functions of `ErasedBlobs`. Each
/// adds the operation, the bucket and the id to the context of what it throws; ids are checked here, before the store
/// sees them. Store and bucket must outlive it. Stateless, so as thread-safe as the store.
class BlobCalls {
 public:
  BlobCalls(driver::ErasedBlobs& store, const Bucket& bucket) : store_(store), bucket_(bucket) {}

  /// See the member of `BlobStore` with the same name, here and below.
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
