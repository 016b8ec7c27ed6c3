#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <reel/driver/value.hpp>
#include <reel/permission.hpp>
#include <reel/timestamp.hpp>

namespace reel::driver {

/// A time in a document about to be created that the store assigns.
inline constexpr Timestamp by_store = Timestamp::min();

/// A record without its C++ type, as a backend stores it.
struct Document {
  /// Valid, see `is_valid_id`; stored as given, compared without case.
  std::string id{};
  /// Order of insertion, assigned by the store, never reused.
  std::int64_t sequence = 0;
  /// In a document about to be created: it is copied from another store, so its files or blobs may be stored later.
  bool is_copy = false;
  /// Counts the changes of the record in a store whose times do not distinguish them; 0 in other stores.
  std::int64_t revision = 0;
  /// Time of creation.
  Timestamp created_at = by_store;
  /// Time of the last change.
  Timestamp updated_at = by_store;
  /// A set: order and repetition do not count.
  std::vector<Permission> permissions{};
  /// One for each attribute, in the order of the schema.
  std::vector<Value> values{};

  /// Compares all members; permissions with their order.
  friend bool operator==(const Document&, const Document&) = default;
};

/// A stored document. It is immutable, so that readers share it instead of copying it; a change creates a new document.
/// Null means that the record does not exist.
using DocumentPtr = std::shared_ptr<const Document>;

}  // namespace reel::driver
