#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/error.hpp>
#include <reel/schema.hpp>

namespace reel {

/// The collections and buckets to copy, compare or set up: the argument of `migrate`, `verify` and `set_up`. A value
/// type. `video::everything` is that of a video pipeline.
struct MigrationSet {
  /// The schemas, in any order. They must outlive the set, as those of `schema_of` do.
  std::vector<const driver::CollectionSchema*> collections{};
  /// The buckets, in any order.
  std::vector<Bucket> buckets{};
};

/// The collections of the record types `Ts`, in any order, and some buckets: `migration_set<Album, Track>({covers})`.
/// Nothing is checked here: `migrate` and `verify` reject a bucket that is not valid, and collections that refer to
/// each other in a circle.
template <class... Ts>
[[nodiscard]] MigrationSet migration_set(std::vector<Bucket> buckets = {}) {
  return {.collections = {&schema_of<Ts>()...}, .buckets = std::move(buckets)};
}

}  // namespace reel
