#pragma once

#include <optional>
#include <string>

#include <reel/driver/server_data.hpp>

namespace reel::driver {

/// Which data a store has. Two stores with equal strings have the same records, or the same blobs, whatever path, alias
/// or settings they were opened with. Valid in other processes while the data exist. The data of a server have another
/// string for each name of its host; see `<reel/driver/same_data.hpp>`.
struct StoreIdentity {
  std::string records{};  ///< of the collections
  std::string blobs{};    ///< of the buckets
  /// While it is the same, a cursor refers to the same position, also in another process. Empty: always.
  std::string order{};
  /// The store is a server: an operation that has failed as `unavailable`, `timed_out` or `rate_limited` may succeed
  /// later. A failed medium does not recover.
  bool reconnects = false;
  /// Where the data are on a server whose host may have several names; empty for other stores.
  std::optional<ServerData> server{};

  /// Names the data, for journals.
  [[nodiscard]] std::string str() const { return records + ' ' + blobs; }
};

}  // namespace reel::driver
