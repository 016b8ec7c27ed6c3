#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/blob/options.hpp>
#include <reel/blob/range.hpp>
#include <reel/blob/sinks.hpp>
#include <reel/blob/sources.hpp>
#include <reel/detail/blob_calls.hpp>
#include <reel/detail/watch_types.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/blob_schema.hpp>
#include <reel/driver/erased_blobs.hpp>
#include <reel/driver/page.hpp>

namespace reel {

/// One bucket of a backend. Blobs are streamed in and out, and checked and hashed on the way; the rules are the same on
/// every backend.
///
/// A `BlobStore` is a cheap handle: copy it, and use it from several threads at once. The backend must outlive it.
///
/// Every failure is a `reel::Error` that names the operation, the bucket and the id. Besides the codes listed, an
/// operation throws `invalid` for an id that is not valid, `not_found` for a bucket that was not set up, and the errors
/// of the medium or server of the store (`unavailable`, `timed_out`, `forbidden`, …).
///
///     auto films = reel::blobs(store, {.id = "films", .name = "Films", .max_size = 500 * MiB, .extensions = {"mp4"}});
///     films.setup();
///     films.put(BlobId{"film_42"}, from_file("out.mp4"));
///     films.get(BlobId{"film_42"}, to_file("copy.mp4"));
template <BlobBackend Backend>
class BlobStore {
 public:
  /// The type of the backend.
  using backend_type = Backend;

  /// A handle on `bucket` in `backend`. Accesses nothing; `setup` creates the bucket. Throws `invalid` if the id of the
  /// bucket is not valid, its `max_size` is negative, or one of its extensions is empty or contains a dot.
  BlobStore(Backend& backend, Bucket bucket)
      : backend_(&backend), bucket_(std::make_shared<const Bucket>(std::move(bucket))) {
    detail::check_bucket_in_call(*bucket_);
  }

  /// The bucket as passed to the constructor.
  [[nodiscard]] const Bucket& bucket() const noexcept { return *bucket_; }
  /// The backend as passed to the constructor.
  [[nodiscard]] Backend& backend() const noexcept { return *backend_; }

  /// Creates the bucket, or changes the stored one so that it accepts what `bucket()` accepts. It may be repeated, and
  /// several processes may call it at once. Throws `too_large` if a server does not allow blobs of `max_size`.
  void setup() const { Core(*this).calls.setup(); }

  /// Stores the bytes of `source` under `id` and returns the properties of the blob. The blob appears as a whole when
  /// all bytes are stored; after an error or an interruption it does not exist, or is the old one with `overwrite`.
  /// Everything that can be checked beforehand is checked before a byte is transferred.
  ///
  /// Requests: one look-up of the id unless `overwrite` is set, and those of the transfer.
  ///
  /// Throws:
  /// - `already_exists`: the id is taken, and `overwrite` is not set
  /// - `too_large`: more bytes than `Bucket::max_size`
  /// - `unsupported_media`: the bucket does not accept the extension of the name
  /// - `invalid`: the name or a permission is not valid, or the source yields more or fewer bytes than its `size()`
  /// - `conflict`: the source has changed since the upload in `ledger` began
  /// - `corrupt`: the store kept other bytes than the source has
  /// - `cancelled`: `on_progress` or `stop` asked for it
  BlobInfo put(const BlobId& id, BlobSource& source, const PutOptions& options = {}) const {
    return Core(*this).calls.put(id, source, options);
  }
  /// As above, for a temporary source: `put(id, from_file("a.mp4"))`.
  BlobInfo put(const BlobId& id, BlobSource&& source, const PutOptions& options = {}) const {
    return put(id, source, options);
  }

  /// Writes the whole blob to `sink`, verifies its size and MD5 checksum, and then commits the sink. Returns the
  /// properties of the blob. One request, and one more with `on_progress`.
  ///
  /// Throws:
  /// - `not_found`: no blob has the id
  /// - `corrupt`: the bytes do not match the stored size or checksum; the message contains both
  /// - `cancelled`: `on_progress` or `stop` asked for it
  BlobInfo get(const BlobId& id, BlobSink& sink, const GetOptions& options = {}) const {
    return Core(*this).calls.get(id, sink, options);
  }
  /// As above, for a temporary sink: `get(id, to_file("b.mp4"))`.
  BlobInfo get(const BlobId& id, BlobSink&& sink, const GetOptions& options = {}) const {
    return get(id, sink, options);
  }

  /// Returns a range of the blob, shorter if the blob ends within it. The checksum is verified if the range is the
  /// whole blob, or if the store keeps checksums of parts, as `Filesystem` does. One request.
  ///
  /// Throws:
  /// - `not_found`: no blob has the id
  /// - `corrupt`: the bytes do not match a checksum
  /// - `invalid`: a negative offset or length
  [[nodiscard]] std::vector<std::byte> read(const BlobId& id, ByteRange range) const {
    return Core(*this).calls.read(id, range);
  }

  /// The properties of the blob, or nothing if no blob has the id. One request.
  [[nodiscard]] std::optional<BlobInfo> find(const BlobId& id) const { return Core(*this).calls.find(id); }

  /// As `find`, but throws `not_found` if no blob has the id.
  [[nodiscard]] BlobInfo stat(const BlobId& id) const { return Core(*this).calls.stat(id); }

  /// Whether a blob has the id. One request.
  [[nodiscard]] bool exists(const BlobId& id) const { return find(id).has_value(); }

  /// One page of the blobs that match an untyped query. One request. Throws `invalid` for a limit below 1, a cursor
  /// from another order, or a string in a condition that is not UTF-8.
  [[nodiscard]] BlobPage list(const BlobQuery& query = {}) const {
    driver::Page<BlobInfo> found = Core(*this).calls.list(query);
    return BlobPage{.blobs = std::move(found.items), .next = std::move(found.next), .total = found.total};
  }
  /// One page of the blobs that match; 25 unless the query has a `limit`. Costs and errors as above.
  ///
  ///     list(Query<BlobInfo>{}.where(field<&BlobInfo::size> > 5 * MiB).limit(100))
  [[nodiscard]] BlobPage list(const Query<BlobInfo>& query) const { return list(query.tree()); }

  /// All blobs that match, read page by page while the range is walked. The `limit` of the query is the size of a page.
  [[nodiscard]] BlobRange<BlobStore> all(Query<BlobInfo> query = Query<BlobInfo>{}.limit(100)) const {
    return BlobRange<BlobStore>(*this, std::move(query));
  }

  /// All blobs that match, and then every change of them: stored, replaced, renamed, removed. Never ends unless
  /// `WatchOptions::stop` is requested. Include `<reel/watch.hpp>`, which describes the guarantees and the errors.
  [[nodiscard]] Watch<BlobInfo> watch(const Query<BlobInfo>& query = {}) const;
  /// The same with options.
  [[nodiscard]] Watch<BlobInfo> watch(const Query<BlobInfo>& query, WatchOptions options) const;
  /// The same with a callback, which is called on a thread of the watch until the handle is destroyed.
  template <std::invocable<const Change<BlobInfo>&> Callback>
  [[nodiscard]] WatchHandle watch(const Query<BlobInfo>& query, WatchOptions options, Callback callback) const;

  /// Removes the blob. False if no blob has the id. One request.
  bool remove(const BlobId& id) const { return Core(*this).calls.remove(id); }

  /// Reads every blob of the bucket and verifies its checksum. Damaged and unreadable blobs are listed in the report
  /// and do not stop it. Requests: one for each page of 100 blobs, and one for each blob. Throws only if the bucket
  /// cannot be listed, and `invalid` for a `parallelism` below 1.
  ScrubReport scrub(const ScrubOptions& options = {}) const { return Core(*this).calls.scrub(options); }

  /// Changes the name or the permissions of a blob. Its bytes stay. Returns the new properties. One request.
  ///
  /// Throws:
  /// - `not_found`: no blob has the id
  /// - `unsupported_media`: the bucket does not accept the extension of the new name
  /// - `invalid`: the name or a permission is not valid
  BlobInfo update(const BlobId& id, const BlobChange& change) const requires driver::BlobUpdateBackend<Backend> {
    return Core(*this).calls.update(id, change);
  }

  /// The address at which other programs can open the blob. That of a server is derived from the id without a request:
  /// the blob need not exist, and opening it needs the right to read. Another store throws `not_found` for a missing
  /// blob.
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

/// A `BlobStore` on a bucket of `backend`, which must outlive it:
/// `auto films = reel::blobs(store, {.id = "films", .name = "Films"})`. Throws `invalid` as the constructor of
/// `BlobStore`.
template <BlobBackend Backend>
[[nodiscard]] BlobStore<Backend> blobs(Backend& backend, Bucket bucket) {
  return BlobStore<Backend>(backend, std::move(bucket));
}

}  // namespace reel
