#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/engine/store_rules.hpp>

namespace reel::memory {

/// The blob half of `Memory`: immutable byte buffers, shared with whoever is reading one.
class Blobs {
 public:
  explicit Blobs(std::function<Timestamp()> clock) : clock_(std::move(clock)) {}

  void ensure(const Bucket& bucket) {
    const std::unique_lock lock(mutex_);
    buckets_.try_emplace(bucket.id);
  }

  /// The bytes come in without the lock; only their appearance needs it.
  BlobInfo put(const Bucket& bucket, BlobInfo info, HashedSource& source, bool overwrite) {
    {
      const std::shared_lock lock(mutex_);
      require(bucket);
    }
    auto bytes = std::make_shared<std::vector<std::byte>>();
    if (const auto size = source.size()) bytes->reserve(static_cast<std::size_t>(*size));
    std::vector<std::byte> piece(std::size_t{64} * 1024);
    while (const std::size_t n = source.read(piece))
      bytes->insert(bytes->end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
    info.size = source.bytes_read();
    info.md5 = source.md5();

    const std::unique_lock lock(mutex_);
    Stored& stored = require(bucket);
    const auto known = stored.numbers.find(info.id);
    if (known != stored.numbers.end() && !overwrite)
      throw Error(Errc::already_exists, "there is a blob of this id already");
    const Timestamp time = clock_();
    if (info.created_at == Timestamp{}) info.created_at = time;
    if (info.updated_at == Timestamp{}) info.updated_at = time;
    info.sequence = known == stored.numbers.end() ? ++stored.last : known->second;
    stored.blobs.insert_or_assign(info.sequence, Blob{info, std::move(bytes)});
    stored.numbers.insert_or_assign(info.id, info.sequence);
    return info;
  }

  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    const std::shared_lock lock(mutex_);
    const Blob* blob = look_up(require(bucket), id);
    return blob ? std::optional{blob->info} : std::nullopt;
  }

  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    std::optional<Blob> blob;
    {
      const std::shared_lock lock(mutex_);
      if (const Blob* found = look_up(require(bucket), id)) blob = *found;
    }
    if (!blob) return std::nullopt;
    const auto size = static_cast<std::int64_t>(blob->bytes->size());
    const std::int64_t from = std::min(range.offset, size);
    const std::int64_t length = std::min(range.length.value_or(size), size - from);
    sink.write(std::span(*blob->bytes).subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(length)));
    return blob->info;
  }

  bool remove(const Bucket& bucket, std::string_view id) {
    const std::unique_lock lock(mutex_);
    Stored& stored = require(bucket);
    const auto known = stored.numbers.find(BlobId{std::string(id)});
    if (known == stored.numbers.end()) return false;
    stored.blobs.erase(known->second);
    stored.numbers.erase(known);
    return true;
  }

  [[nodiscard]] BlobPage list(const Bucket& bucket, const BlobQuery& query) const {
    const std::shared_lock lock(mutex_);
    const Stored& stored = require(bucket);
    BlobPage page;
    for (auto blob = stored.blobs.upper_bound(engine::sequence_of(query.after)); blob != stored.blobs.end(); ++blob) {
      if (page.blobs.size() == static_cast<std::size_t>(query.limit)) {
        page.next = std::to_string(page.blobs.back().sequence);
        break;
      }
      page.blobs.push_back(blob->second.info);
    }
    return page;
  }

 private:
  struct Blob {
    BlobInfo info;
    std::shared_ptr<const std::vector<std::byte>> bytes;
  };
  struct Stored {
    std::map<std::int64_t, Blob> blobs;  ///< by sequence
    std::unordered_map<BlobId, std::int64_t> numbers;
    std::int64_t last = 0;
  };

  static const Blob* look_up(const Stored& stored, std::string_view id) {
    const auto known = stored.numbers.find(BlobId{std::string(id)});
    return known == stored.numbers.end() ? nullptr : &stored.blobs.at(known->second);
  }
  [[nodiscard]] const Stored& require(const Bucket& bucket) const {
    const auto found = buckets_.find(bucket.id);
    if (found == buckets_.end()) throw engine::not_set_up("bucket", bucket.id);
    return found->second;
  }
  Stored& require(const Bucket& bucket) { return const_cast<Stored&>(std::as_const(*this).require(bucket)); }

  std::function<Timestamp()> clock_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Stored> buckets_;
};

}  // namespace reel::memory
