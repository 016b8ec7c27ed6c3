#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/error.hpp>
#include <reel/schema.hpp>

namespace reel {

/// What to copy or compare: collections and buckets.
struct MigrationSet {
  std::vector<const driver::CollectionSchema*> collections{};
  std::vector<Bucket> buckets{};
};

/// The collections of some record types, in any order, and buckets.
template <class... Ts>
[[nodiscard]] MigrationSet migration_set(std::vector<Bucket> buckets = {}) {
  return {.collections = {&schema_of<Ts>()...}, .buckets = std::move(buckets)};
}

}  // namespace reel
