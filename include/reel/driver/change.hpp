#pragma once

#include <optional>
#include <utility>
#include <vector>

#include <reel/driver/document.hpp>

namespace reel::driver {

/// An untyped change of one record, as a backend receives it. Attributes that are not listed keep their value.
struct Change {
  /// New values by position in the schema; null clears an attribute.
  std::vector<std::pair<int, Value>> values{};
  /// The new permissions; empty keeps the stored ones.
  std::optional<std::vector<Permission>> permissions{};
  /// Apply the change only if the record's `updated_at` is not later; otherwise throw `conflict`. A store whose clock
  /// may go back throws it for any other time.
  std::optional<Timestamp> if_unchanged_since{};
  /// The record that the change was computed from. A store that counts changes (`Document::revision`) throws `conflict`
  /// if it is no longer the stored one. Always comes with its time in `if_unchanged_since`, which other stores check.
  DocumentPtr as_read{};
  /// A new `created_at`, set by copies that keep times. Empty keeps the stored one.
  std::optional<Timestamp> created_at{};
  /// A new `updated_at`, likewise. Empty lets the store advance it, see `next_updated_at`.
  std::optional<Timestamp> updated_at{};
  /// The number of times the caller has tried the same change, this attempt included. A backend that waits between
  /// attempts waits longer each time.
  int attempt = 1;
};

}  // namespace reel::driver
