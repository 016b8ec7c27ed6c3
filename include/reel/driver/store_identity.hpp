#pragma once

#include <string>

namespace reel::driver {

/// Which data a store has. Two stores have the same records, or the same blobs, exactly if the strings are equal,
/// whatever path, alias or settings they were opened with. Valid in other processes while the data exist.
struct StoreIdentity {
  std::string records{};  ///< of the collections
  std::string blobs{};    ///< of the buckets
  /// While it is the same, a cursor refers to the same position, also in another process. Empty: always.
  std::string order{};
  /// The store is a server: an operation that has failed as `unavailable`, `timed_out` or `rate_limited` may succeed
  /// later. A failed medium does not recover.
  bool reconnects = false;

  /// Names the data, for journals.
  [[nodiscard]] std::string str() const { return records + ' ' + blobs; }
};

}  // namespace reel::driver
