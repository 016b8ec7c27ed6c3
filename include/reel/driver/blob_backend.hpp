#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <utility>

#include <reel/blob.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/page.hpp>

namespace reel::driver {

namespace detail {

/// One concept for each operation, so that `check_backend` can name a missing one.
template <class B>
concept HasEnsureBucket = requires(B& b, const Bucket& bucket) {
  b.ensure(bucket);
};
template <class B>
concept HasPut = requires(B& b, const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite) {
  { b.put(bucket, std::move(info), source, overwrite) } -> std::same_as<BlobInfo>;
};
template <class B>
concept HasFindBlob = requires(B& b, const Bucket& bucket, std::string_view id) {
  { b.find(bucket, id) } -> std::same_as<std::optional<BlobInfo>>;
};
template <class B>
concept HasRead = requires(B& b, const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) {
  { b.read(bucket, id, range, sink) } -> std::same_as<std::optional<BlobInfo>>;
};
template <class B>
concept HasRemoveBlob = requires(B& b, const Bucket& bucket, std::string_view id) {
  { b.remove(bucket, id) } -> std::same_as<bool>;
};
template <class B>
concept HasListBlobs = requires(B& b, const Bucket& bucket, const BlobQuery& query) {
  { b.list(bucket, query) } -> std::same_as<Page<BlobInfo>>;
};

}  // namespace detail

/// A store of blobs. The core has checked ids, names, permissions and the rules of the bucket. Ids compare without
/// case. Operations on a bucket that was never set up throw `not_found` or treat it as empty.
///
/// - `ensure(bucket)` creates the bucket, or adapts an existing one to the limits of `bucket`. Idempotent and safe to
///   call concurrently.
/// - `put(bucket, info, source, overwrite)` reads `source` until it returns 0 and then makes the blob visible in a
///   single step, with `source.bytes_read()` as size, `source.md5()` as MD5 and a new sequence. The store assigns times
///   that are `Timestamp{}` and keeps others if it can. An exception of the source propagates and leaves nothing
///   stored. `already_exists`: the id exists and `overwrite` is false; determined in that last step, because another
///   writer may have stored the blob meanwhile.
/// - `find(bucket, id)` returns the blob's info; empty if the blob does not exist or is not yet complete.
/// - `read(bucket, id, range, sink)` writes the bytes of `range` in order and returns the blob's info. If the blob
///   does not exist it returns nothing and writes nothing. It does not commit the sink; an exception of the sink
///   propagates.
/// - `remove(bucket, id)` returns false if the blob does not exist.
/// - `list(bucket, query)` returns one page of the matches, by the attributes of `Schema<BlobInfo>`. A store that
///   cannot search passes its blobs to `local::list_blobs`.
///
/// `<reel/driver/backend.hpp>` has the rules common to all operations.
template <class B>
concept BlobBackend = detail::HasEnsureBucket<B> && detail::HasPut<B> && detail::HasFindBlob<B> && detail::HasRead<B> &&
    detail::HasRemoveBlob<B> && detail::HasListBlobs<B>;

}  // namespace reel::driver

namespace reel {
using driver::BlobBackend;
}  // namespace reel
