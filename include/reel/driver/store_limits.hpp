#pragma once

#include <cstdint>
#include <optional>

#include <reel/text/text_rules.hpp>

namespace reel::driver {

/// The limits of a copy into a store, and the properties that it loses. The defaults are those of a store that keeps
/// everything and has no limit.
struct StoreLimits {
  /// Bytes that the medium has left; empty: unknown, or not a medium of this machine. While it has a value, a write
  /// that is `unavailable` fails for good, because no server can become available again.
  std::optional<std::int64_t> free_space{};
  /// Requests that the server accepts in a minute; empty: any number.
  std::optional<int> requests_per_minute{};
  /// Records that one request of a bulk write stores.
  int records_per_request = 1'000;
  /// Keeps the times of a blob. Otherwise they are those of the upload.
  bool keeps_blob_times = true;
  /// Keeps the permissions of a blob. Otherwise a blob with permissions is `unsupported`.
  bool keeps_blob_permissions = true;
  /// Lists records and blobs in the order in which they were created.
  bool keeps_order = true;
  /// How unique indexes compare text.
  TextRules text = TextRules::folded;
  /// Has users and teams, which other stores do not know: a role such as `user:ID` names another one there.
  bool has_users = false;
};

}  // namespace reel::driver
