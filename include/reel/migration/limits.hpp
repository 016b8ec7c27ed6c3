#pragma once

#include <cstdint>

namespace reel {

/// The limits of a migration, which `MigrationControl` can change while it runs.
struct MigrationLimits {
  /// See `MigrationOptions::parallelism`. A change takes effect at the next page, or the next 100 blobs.
  int parallelism = 1;
  /// Calls of operations of both stores together; 0: unlimited. An operation such as a bulk write may take more than
  /// one request to a server.
  std::int64_t requests_per_second = 0;
  /// Bytes of blobs read from either store, to copy and to verify them; 0: unlimited. Records do not count.
  std::int64_t bytes_per_second = 0;

  /// Compares all members.
  friend bool operator==(const MigrationLimits&, const MigrationLimits&) = default;
};

}  // namespace reel
