#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

#include <reel/blob/sinks.hpp>
#include <reel/detail/blob_calls.hpp>
#include <reel/detail/blob_scrub.hpp>
#include <reel/detail/blob_transfer.hpp>
#include <reel/driver/blob_schema.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/error_context.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/validate.hpp>

namespace reel::detail {

/// Runs `body` and adds operation, bucket and id to the context of an `Error` it throws.
template <class F>
auto in_call(const char* operation, const Bucket& bucket, std::string_view id, F&& body) {
  return driver::in_context(
      body, [&] { return ErrorContext{.operation = operation, .collection = bucket.id, .id = std::string(id)}; });
}

REEL_INLINE void check_bucket_in_call(const Bucket& bucket) {
  in_call("bucket", bucket, {}, [&] { ErasedTransfer::check_bucket(bucket); });
}

REEL_INLINE void BlobCalls::setup() const {
  in_call("setup", bucket_, {}, [&] { store_.ensure(bucket_); });
}

REEL_INLINE BlobInfo BlobCalls::put(const BlobId& id, BlobSource& source, const PutOptions& options) const {
  return in_call("put", bucket_, id.str(), [&] {
    BlobInfo info{.id = id,
                  .name = options.name.empty() ? source.name() : options.name,
                  .content_type = options.content_type,
                  .permissions = options.permissions};
    if (info.name.empty()) info.name = id.str();
    // The ledger outlives this call, and the current directory may change: its path is made absolute now.
    return ErasedTransfer::put(store_, bucket_, std::move(info), source, options.overwrite,
                               {options.on_progress, options.stop, options.max_rate}, {},
                               driver::absolute_path(options.ledger));
  });
}

REEL_INLINE BlobInfo BlobCalls::get(const BlobId& id, BlobSink& sink, const GetOptions& options) const {
  return in_call("get", bucket_, id.str(), [&] {
    driver::check_id(id.str());
    std::optional<std::int64_t> total;  // only progress reports need it, so only they cost the look-up
    if (options.on_progress) {
      if (const std::optional<BlobInfo> info = store_.find(bucket_, id.str())) total = info->size;
    }
    return ErasedTransfer::get(store_, bucket_, id.str(), sink, {options.on_progress, options.stop, options.max_rate},
                               total);
  });
}

REEL_INLINE std::vector<std::byte> BlobCalls::read(const BlobId& id, ByteRange range) const {
  return in_call("read", bucket_, id.str(), [&] {
    driver::check_id(id.str());
    if (range.offset < 0 || (range.length && *range.length < 0))
      throw Error(Errc::invalid, "a range has no negative offset or length");
    std::vector<std::byte> bytes;
    BytesSink sink(bytes);
    const std::optional<BlobInfo> info = store_.read(bucket_, id.str(), range, sink);
    if (!info) throw driver::no_such("blob");
    sink.commit();
    // The stored checksum covers the whole blob. A part cannot be verified with it.
    if (range.offset == 0 && static_cast<std::int64_t>(bytes.size()) >= info->size)
      ErasedTransfer::verify(*info, bytes);
    return bytes;
  });
}

REEL_INLINE std::optional<BlobInfo> BlobCalls::find(const BlobId& id) const {
  return in_call("find", bucket_, id.str(), [&] {
    driver::check_id(id.str());
    return store_.find(bucket_, id.str());
  });
}

REEL_INLINE BlobInfo BlobCalls::stat(const BlobId& id) const {
  return in_call("stat", bucket_, id.str(), [&] {
    driver::check_id(id.str());
    std::optional<BlobInfo> info = store_.find(bucket_, id.str());
    if (!info) throw driver::no_such("blob");
    return *std::move(info);
  });
}

REEL_INLINE driver::Page<BlobInfo> BlobCalls::list(const BlobQuery& query) const {
  return in_call("list", bucket_, {}, [&] {
    driver::validate(schema_of<BlobInfo>(), query);
    return driver::whole(store_.list(bucket_, query));
  });
}

REEL_INLINE bool BlobCalls::remove(const BlobId& id) const {
  return in_call("remove", bucket_, id.str(), [&] {
    driver::check_id(id.str());
    return store_.remove(bucket_, id.str());
  });
}

REEL_INLINE ScrubReport BlobCalls::scrub(const ScrubOptions& options) const {
  return in_call("scrub", bucket_, {}, [&] { return Scrub<driver::ErasedBlobs>(store_, bucket_, options).run(); });
}

REEL_INLINE BlobInfo BlobCalls::update(const BlobId& id, const BlobChange& change) const {
  return in_call("update", bucket_, id.str(), [&] {
    driver::check_id(id.str());
    ErasedTransfer::check(bucket_, change);
    std::optional<BlobInfo> info = store_.update(bucket_, id.str(), change);
    if (!info) throw driver::no_such("blob");
    return *std::move(info);
  });
}

REEL_INLINE std::string BlobCalls::url(const BlobId& id) const {
  return in_call("url", bucket_, id.str(), [&] {
    driver::check_id(id.str());
    return store_.url(bucket_, id.str());
  });
}

}  // namespace reel::detail
