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
#include <reel/blob_range.hpp>
#include <reel/blob_scrub.hpp>
#include <reel/blob_sinks.hpp>
#include <reel/blob_sources.hpp>
#include <reel/detail/blob_transfer.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/blob_schema.hpp>
#include <reel/driver/error_context.hpp>
#include <reel/driver/validate.hpp>
#include <reel/progress.hpp>

namespace reel {

struct PutOptions {
  std::string name{};          ///< the source's name if empty, and the id if that is empty too
  std::string content_type{};  ///< by the name's extension if empty, or by what the content looks like
  std::vector<Permission> permissions{};
  bool overwrite = false;            ///< replace the blob of this id, should there be one
  Observer<Progress> on_progress{};  ///< called on the caller's thread; false cancels
  StopCondition stop{};              ///< a `std::stop_token` or any predicate
  std::int64_t max_rate = 0;         ///< bytes a second; 0: as fast as it goes
  /// A file's path. On a `ResumableBackend` a put of a file that is broken off keeps there what it takes for another
  /// one, with the same ledger, to go on where it ended; `conflict` if the source has changed since. Elsewhere a put
  /// that is broken off has left nothing to go on with, and the ledger is not used.
  std::string ledger{};
};

struct GetOptions {
  Observer<Progress> on_progress{};  ///< knowing the total costs one request more
  StopCondition stop{};
  std::int64_t max_rate = 0;  ///< bytes a second; 0: as fast as it goes
};

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
    at("bucket", {}, [&] { Transfer::check_bucket(*bucket_); });
  }

  [[nodiscard]] const Bucket& bucket() const noexcept { return *bucket_; }
  [[nodiscard]] Backend& backend() const noexcept { return *backend_; }

  /// Makes the bucket, or checks that the stored one agrees; safe to repeat and to race.
  void setup() const {
    at("setup", {}, [&] { backend_->ensure(*bucket_); });
  }

  /// Stores what the source gives; the blob is there as a whole or not at all. `already_exists`: the id, unless
  /// `overwrite`; `too_large`, `unsupported_media`: the bucket's rules; `invalid`: id, name or permissions, or a source
  /// that does not give as many bytes as it promised; `cancelled`. What can be told beforehand is told before a byte
  /// travels.
  BlobInfo put(const BlobId& id, BlobSource& source, const PutOptions& options = {}) const {
    return at("put", id.str(), [&] {
      BlobInfo info{.id = id,
                    .name = options.name.empty() ? source.name() : options.name,
                    .content_type = options.content_type,
                    .permissions = options.permissions};
      if (info.name.empty()) info.name = id.str();
      return Transfer::put(*backend_, *bucket_, std::move(info), source, options.overwrite,
                           {options.on_progress, options.stop, options.max_rate}, {},
                           driver::absolute_path(options.ledger));
    });
  }
  BlobInfo put(const BlobId& id, BlobSource&& source, const PutOptions& options = {}) const {
    return put(id, source, options);
  }

  /// Writes the whole blob and commits the sink once all bytes have come and their md5 is right. `not_found`;
  /// `corrupt`: it is not, with both checksums in the message; `cancelled`.
  BlobInfo get(const BlobId& id, BlobSink& sink, const GetOptions& options = {}) const {
    return at("get", id.str(), [&] {
      driver::check_id(id.str());
      std::optional<std::int64_t> total;
      if (options.on_progress) {
        if (const std::optional<BlobInfo> info = backend_->find(*bucket_, id.str())) total = info->size;
      }
      return Transfer::get(*backend_, *bucket_, id.str(), sink, {options.on_progress, options.stop, options.max_rate},
                           total);
    });
  }
  BlobInfo get(const BlobId& id, BlobSink&& sink, const GetOptions& options = {}) const {
    return get(id, sink, options);
  }

  /// A piece, shorter where the blob ends. Verified if it is the whole blob, or if the store keeps checksums of pieces
  /// as `Filesystem` does. `not_found`; `corrupt`; `invalid`: a negative offset or length.
  [[nodiscard]] std::vector<std::byte> read(const BlobId& id, ByteRange range) const {
    return at("read", id.str(), [&] {
      driver::check_id(id.str());
      if (range.offset < 0 || (range.length && *range.length < 0))
        throw Error(Errc::invalid, "a range has no negative offset or length");
      std::vector<std::byte> bytes;
      BytesSink sink(bytes);
      const std::optional<BlobInfo> info = backend_->read(*bucket_, id.str(), range, sink);
      if (!info) throw missing();
      sink.commit();
      if (range.offset == 0 && static_cast<std::int64_t>(bytes.size()) >= info->size) Transfer::verify(*info, bytes);
      return bytes;
    });
  }

  [[nodiscard]] std::optional<BlobInfo> find(const BlobId& id) const {
    return at("find", id.str(), [&] {
      driver::check_id(id.str());
      return backend_->find(*bucket_, id.str());
    });
  }

  /// As `find`; absence is `not_found`.
  [[nodiscard]] BlobInfo stat(const BlobId& id) const {
    return at("stat", id.str(), [&] {
      driver::check_id(id.str());
      std::optional<BlobInfo> info = backend_->find(*bucket_, id.str());
      if (!info) throw missing();
      return *std::move(info);
    });
  }

  [[nodiscard]] bool exists(const BlobId& id) const { return find(id).has_value(); }

  /// One page. `invalid`: limit below 1, a cursor from another order, or a string in a condition that is not UTF-8.
  [[nodiscard]] BlobPage list(const BlobQuery& query = {}) const {
    return at("list", {}, [&] {
      driver::validate(schema_of<BlobInfo>(), query);
      driver::Page<BlobInfo> found = driver::whole(backend_->list(*bucket_, query));
      return BlobPage{.blobs = std::move(found.items), .next = std::move(found.next), .total = found.total};
    });
  }
  [[nodiscard]] BlobPage list(const Query<BlobInfo>& query) const { return list(query.tree()); }

  /// Every match, read page by page, `limit` of the query at a time, while the range is walked.
  [[nodiscard]] BlobRange<BlobStore> all(const Query<BlobInfo>& query = Query<BlobInfo>{}.limit(100)) const {
    return BlobRange<BlobStore>(*this, query.tree());
  }

  /// False if it was not there.
  bool remove(const BlobId& id) const {
    return at("remove", id.str(), [&] {
      driver::check_id(id.str());
      return backend_->remove(*bucket_, id.str());
    });
  }

  /// Reads every blob and checks it against its md5. A damaged one is in the report; so is one that cannot be read.
  /// Throws only if the bucket cannot be listed.
  ScrubReport scrub(const ScrubOptions& options = {}) const {
    return at("scrub", {}, [&] { return detail::Scrub<Backend>(*backend_, *bucket_, options).run(); });
  }

  /// Gives the blob another name or other permissions; its bytes stay. `not_found`; `unsupported_media`: the bucket
  /// does not take the name's extension; `invalid`: the name or a permission.
  BlobInfo update(const BlobId& id, const BlobChange& change) const requires driver::BlobUpdateBackend<Backend> {
    return at("update", id.str(), [&] {
      driver::check_id(id.str());
      Transfer::check(*bucket_, change);
      std::optional<BlobInfo> info = backend_->update(*bucket_, id.str(), change);
      if (!info) throw missing();
      return *std::move(info);
    });
  }

  /// Where other programs can open the blob. Made from the id: whether there is such a blob is not asked.
  [[nodiscard]] std::string url(const BlobId& id) const requires driver::UrlBackend<Backend> {
    return at("url", id.str(), [&] {
      driver::check_id(id.str());
      return backend_->url(*bucket_, id.str());
    });
  }

 private:
  using Transfer = detail::BlobTransfer<Backend>;

  template <class F>
  auto at(const char* operation, std::string_view id, F&& body) const {
    return driver::in_context(
        body, [&] { return ErrorContext{.operation = operation, .collection = bucket_->id, .id = std::string(id)}; });
  }
  static Error missing() { return Error(Errc::not_found, "there is no such blob"); }

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
