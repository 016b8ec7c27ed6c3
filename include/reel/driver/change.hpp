#pragma once

#include <optional>
#include <utility>
#include <vector>

#include <reel/driver/document.hpp>

namespace reel::driver {

/// An untyped change of one document, as a backend receives it. Attributes that are not listed keep their value.
struct Change {
  std::vector<std::pair<int, Value>> values{};  ///< by position in the schema; null clears the attribute
  std::optional<std::vector<Permission>> permissions{};
  std::optional<Timestamp> if_unchanged_since{};  ///< refuse as `conflict` if the record's `updated_at` is later
  /// The record that the change was made from, for a store that counts changes (`Document::revision`): refuse as
  /// `conflict` if it is no longer stored. Comes with its time in `if_unchanged_since`, which other stores look at.
  DocumentPtr as_read{};
  std::optional<Timestamp> created_at{};  ///< set as given: for copies that keep times
  std::optional<Timestamp> updated_at{};
  /// How many times the caller has tried the same change, this time included: a backend that waits between attempts
  /// waits longer each time.
  int attempt = 1;
};

}  // namespace reel::driver
