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
#include <reel/driver/hashed_source.hpp>
#include <reel/local/blob_records.hpp>
#include <reel/text_rules.hpp>

namespace reel::memory {

/// The blobs of a `Memory`: immutable buffers of bytes, which concurrent readers share, and a table of their properties
/// for each bucket. Thread-safe: one mutex, held only for the tables and never while bytes are transferred.
class BlobTable {
 public:
  /// No buckets. `text`: the `TextRules` of queries.
  BlobTable(TextRules text, std::function<Timestamp()> clock) : text_(text), clock_(std::move(clock)) {}

  /// As `BlobBackend`.
  void ensure(const Bucket& bucket) {
    const std::unique_lock lock(mutex_);
    tables_.try_emplace(bucket.id, schema_of<BlobInfo>(), text_);
  }

  /// As `BlobBackend`. The bytes are read without the lock; only making the blob visible needs it.
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    {
      const std::shared_lock lock(mutex_);
      static_cast<void>(table(bucket));
    }
    auto bytes = std::make_shared<std::vector<std::byte>>();
    if (const auto size = source.size()) bytes->reserve(static_cast<std::size_t>(*size));
    std::vector<std::byte> piece(std::size_t{64} * 1024);
    while (const std::size_t n = source.read(piece))
      bytes->insert(bytes->end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(n));
    info.size = source.bytes_read();
    info.md5 = source.md5();

    const std::unique_lock lock(mutex_);
    Table& stored = table(bucket);
    Transaction transaction(stored, clock_(), false);
    const local::Mutation done = local::put_record(transaction, local::record_of(info), overwrite);
    stored.apply(done, {done.after, std::move(bytes)});
    return local::blob_of(*done.after);
  }

  /// As `BlobBackend`.
  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    const std::shared_lock lock(mutex_);
    return local::blob_of(table(bucket).share(id));
  }

  /// As `BlobBackend`. The buffer is shared, so the sink is written to without the lock.
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    Row blob;
    {
      const std::shared_lock lock(mutex_);
      const Table& stored = table(bucket);
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
    Table& stored = table(bucket);
    Transaction transaction(stored, clock_(), false);
    driver::DocumentPtr after = local::change_record(transaction, id, wanted);
    for (const local::Mutation& mutation : transaction.mutations())
      stored.apply(mutation, {mutation.after, stored.rows()[*stored.find(id)].bytes});
    return local::blob_of(after);
  }

  /// As `BlobBackend`.
  bool remove(const Bucket& bucket, std::string_view id) {
    const std::unique_lock lock(mutex_);
    Table& stored = table(bucket);
    Transaction transaction(stored, clock_(), false);
    transaction.remove(id, std::nullopt);
    for (const local::Mutation& mutation : transaction.mutations()) stored.apply(mutation, {});
    return !transaction.mutations().empty();
  }

  /// As `BlobBackend`.
  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    const std::shared_lock lock(mutex_);
    return local::list_blobs(table(bucket), query);
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

  [[nodiscard]] const Table& table(const Bucket& bucket) const {
    return local::require_set_up(tables_, "bucket", bucket.id);
  }
  [[nodiscard]] Table& table(const Bucket& bucket) { return local::require_set_up(tables_, "bucket", bucket.id); }

  TextRules text_;
  std::function<Timestamp()> clock_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, Table> tables_;  ///< by bucket
};

}  // namespace reel::memory
