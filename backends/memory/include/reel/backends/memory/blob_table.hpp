#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/driver/byte_span.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/stored_access.hpp>
#include <reel/id.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/local/change_ring.hpp>
#include <reel/local/table_digests.hpp>
#include <reel/text/text_rules.hpp>

namespace reel::memory {

/// The blobs of a `Memory`: immutable buffers of bytes, which concurrent readers share, and a table of their properties
/// for each bucket. Thread-safe: one mutex, held only for the tables and never while bytes are transferred.
class BlobTable {
 public:
  /// No buckets. `text`: the `TextRules` of queries. `history`: see `MemoryOptions::history`.
  BlobTable(TextRules text, std::function<Timestamp()> clock, std::size_t history)
      : text_(text), clock_(std::move(clock)), history_(history) {}

  /// As `BlobBackend`.
  void ensure(const Bucket& bucket) {
    const std::unique_lock lock(mutex_);
    buckets_.try_emplace(bucket.id, bucket, text_, history_).first->second.access.set(bucket.access);
  }

  /// As `BlobBackend`. The bytes are read without the lock; only making the blob visible needs it.
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    {
      const std::shared_lock lock(mutex_);
      static_cast<void>(found(bucket));
    }
    auto bytes = std::make_shared<std::vector<std::byte>>();
    if (const auto size = source.size()) bytes->reserve(static_cast<std::size_t>(*size));
    std::vector<std::byte> piece(std::size_t{64} * 1024);
    while (const std::size_t n = source.read(piece))
      bytes->insert(bytes->end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
    info.size = source.bytes_read();
    info.md5 = source.md5();

    const std::unique_lock lock(mutex_);
    Stored& stored = found(bucket);
    Transaction transaction(stored.table, clock_(), false);
    const local::Mutation done = local::put_record(transaction, local::record_of(info), overwrite);
    stored.table.apply(done, {done.after, std::move(bytes)});
    stored.ring.add({done});
    return local::blob_of(*done.after);
  }

  /// As `BlobBackend`.
  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    const std::shared_lock lock(mutex_);
    return local::blob_of(found(bucket).table.share(id));
  }

  /// As `BlobBackend`. The buffer is shared, so the sink is written to without the lock.
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    Row blob;
    {
      const std::shared_lock lock(mutex_);
      const Table& stored = found(bucket).table;
      if (const auto row = stored.find(id)) blob = stored.rows()[*row];
    }
    if (!blob.document) return std::nullopt;
    const auto span = driver::clamped(range, static_cast<std::int64_t>(blob.bytes->size()));
    sink.write(
        std::span(*blob.bytes).subspan(static_cast<std::size_t>(span.begin), static_cast<std::size_t>(span.size())));
    return local::blob_of(blob.document);
  }

  /// As `BlobUpdateBackend`.
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& wanted) {
    const std::unique_lock lock(mutex_);
    Stored& stored = found(bucket);
    Transaction transaction(stored.table, clock_(), false);
    driver::DocumentPtr after = local::change_record(transaction, id, wanted);
    for (const local::Mutation& mutation : transaction.mutations())
      stored.table.apply(mutation, {mutation.after, stored.table.rows()[*stored.table.find(id)].bytes});
    stored.ring.add(transaction.mutations());
    return local::blob_of(after);
  }

  /// As `BlobBackend`.
  bool remove(const Bucket& bucket, std::string_view id) {
    const std::unique_lock lock(mutex_);
    Stored& stored = found(bucket);
    Transaction transaction(stored.table, clock_(), false);
    transaction.remove(id, std::nullopt);
    for (const local::Mutation& mutation : transaction.mutations()) stored.table.apply(mutation, {});
    stored.ring.add(transaction.mutations());
    return !transaction.mutations().empty();
  }

  /// As `BlobBackend`.
  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    const std::shared_lock lock(mutex_);
    return local::list_blobs(found(bucket).table, query);
  }

  /// As `BlobDigestBackend`. The first call visits all blobs, and writes wait for it.
  [[nodiscard]] std::vector<driver::RangeDigest> digests(const Bucket& bucket) const {
    const std::shared_lock lock(mutex_);
    return local::digests_of(found(bucket).table, local::digest_of_blob);
  }
  /// As `BlobDigestBackend`.
  [[nodiscard]] std::vector<std::string> ids_in(const Bucket& bucket, std::span<const std::size_t> ranges) const {
    const std::shared_lock lock(mutex_);
    return local::ids_in(found(bucket).table, ranges);
  }

  /// As `BlobAccessBackend`.
  [[nodiscard]] driver::StoredAccessPtr access(const Bucket& bucket) const {
    const std::shared_lock lock(mutex_);
    return found(bucket).access.get();
  }

  /// As `BlobChangesBackend`.
  [[nodiscard]] std::shared_ptr<driver::ChangeFeed> changes(const Bucket& bucket) const {
    const std::shared_lock lock(mutex_);
    const Stored& stored = found(bucket);
    const auto read = [this, &stored](auto&& look) {
      const std::shared_lock reading(mutex_);
      return look(stored.table);
    };
    return std::make_shared<local::RingFeed<decltype(read)>>(driver::FeedTraits{.store = id_, .text = text_},
                                                             schema_of<BlobInfo>(), stored.ring, read);
  }

 private:
  /// A blob. The document is null for a removed blob.
  struct Row {
    driver::DocumentPtr document{};
    std::shared_ptr<const std::vector<std::byte>> bytes{};
  };
  /// See `local::Bodies`.
  struct Bodies {
    using Row = BlobTable::Row;
    static bool live(const Row& row) { return row.document != nullptr; }
    static std::string_view id(const Row& row) { return row.document->id; }
    static const driver::Document* view(const Row& row) { return row.document.get(); }
    static const driver::DocumentPtr& share(const Row& row) { return row.document; }
  };
  using Table = local::Table<Bodies>;
  using Transaction = local::Transaction<Bodies>;

  struct Stored {
    Stored(const Bucket& bucket, TextRules text, std::size_t history)
        : table(schema_of<BlobInfo>(), text), ring(history), access(bucket) {}
    Table table;
    mutable local::ChangeRing ring;  ///< thread-safe
    driver::AccessCell access;
  };

  [[nodiscard]] const Stored& found(const Bucket& bucket) const {
    return local::require_set_up(buckets_, "bucket", bucket.id);
  }
  [[nodiscard]] Stored& found(const Bucket& bucket) { return local::require_set_up(buckets_, "bucket", bucket.id); }

  TextRules text_;
  std::function<Timestamp()> clock_;
  std::size_t history_;
  std::string id_ = make_id();  ///< of the store in resume tokens
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Stored> buckets_;  ///< by id; never removed
};

}  // namespace reel::memory
