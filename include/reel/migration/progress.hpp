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

/// The progress of a migration, reported after every page of records, after every blob and, of `migrate`, during large
/// ones. `verify` reports the members of one kind only.
struct MigrationProgress {
  MigrationKind kind{};                 ///< the collection or bucket that is being copied or compared
  std::int64_t done = 0;                ///< records or blobs of this kind that are finished
  std::optional<std::int64_t> total{};  ///< records or blobs of this kind in the source; none if unknown
  std::int64_t bytes = 0;               ///< bytes of the blobs of this kind written so far
  std::int64_t all_done = 0;            ///< records and blobs of all kinds that are finished, by earlier runs too
  std::int64_t all_total = 0;           ///< records and blobs of all kinds in the source, as counted at the beginning
  std::int64_t all_bytes = 0;           ///< bytes of all blobs written so far
  /// How much of all work is finished, from 0 to 1; never decreases. Large blobs count more than small ones.
  double share = 0;
  std::string waits_for{};  ///< why a store does not respond, while the migration waits for it; else empty
};

}  // namespace reel
