#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace reel {

/// Names a collection or a bucket.
struct MigrationKind {
  std::string id{};     ///< of the collection or bucket
  bool bucket = false;  ///< true for a bucket, false for a collection

  /// For messages: `collection videos` or `bucket final_videos`.
  [[nodiscard]] std::string str() const { return (bucket ? "bucket " : "collection ") + id; }
  /// Compares both members.
  friend bool operator==(const MigrationKind&, const MigrationKind&) = default;
};

/// The progress within one collection or bucket, reported after every page of records and every blob.
struct MigrationProgress {
  MigrationKind kind{};                 ///< the collection or bucket that is being copied or compared
  std::int64_t done = 0;                ///< records or blobs of this kind that are finished
  std::optional<std::int64_t> total{};  ///< records of this kind in the source; none if unknown, as for blobs
  std::int64_t bytes = 0;               ///< bytes of the blobs of this kind written so far
};

}  // namespace reel
