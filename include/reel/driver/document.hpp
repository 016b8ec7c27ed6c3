#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <reel/driver/value.hpp>
#include <reel/permission.hpp>
#include <reel/timestamp.hpp>

namespace reel::driver {

/// In a document about to be created: the store gives the time.
inline constexpr Timestamp by_store = Timestamp::min();

/// A record without its type: what a backend stores. `values` stand in the order of the schema's attributes.
struct Document {
  std::string id{};
  std::int64_t sequence = 0;  ///< order of insertion, given by the store; never reused
  bool is_copy = false;  ///< about to be created: it comes from another store, and its files or blobs may come later
  std::int64_t revision = 0;  ///< counts the record's changes, in a store whose times do not distinguish them; else 0
  Timestamp created_at = by_store;
  Timestamp updated_at = by_store;
  std::vector<Permission> permissions{};
  std::vector<Value> values{};

  friend bool operator==(const Document&, const Document&) = default;
};

/// A stored document is never changed in place, so that it can be shared instead of copied. Null means: not there.
using DocumentPtr = std::shared_ptr<const Document>;

}  // namespace reel::driver
