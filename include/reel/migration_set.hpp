#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <reel/blob.hpp>
#include <reel/error.hpp>
#include <reel/schema.hpp>

namespace reel {

/// What to copy or compare: collections and buckets.
struct MigrationSet {
  std::vector<const CollectionSchema*> collections{};
  std::vector<Bucket> buckets{};
};

/// The collections of some record types, in any order, and buckets.
template <class... Ts>
[[nodiscard]] MigrationSet migration_set(std::vector<Bucket> buckets = {}) {
  return {.collections = {&schema_of<Ts>()...}, .buckets = std::move(buckets)};
}

namespace detail {

/// Each collection behind those of the set it refers to, otherwise as given. `invalid`: they refer to each other in a
/// circle. A collection may refer to itself.
[[nodiscard]] inline std::vector<const CollectionSchema*> in_reference_order(
    std::vector<const CollectionSchema*> waiting) {
  std::vector<const CollectionSchema*> ordered;
  const auto refers_to = [](const CollectionSchema& schema, const std::string& id) {
    return std::any_of(schema.attributes.begin(), schema.attributes.end(),
                       [&](const AttributeSchema& attribute) { return attribute.references == id; });
  };
  while (!waiting.empty()) {
    const auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const CollectionSchema* schema) {
      return std::none_of(waiting.begin(), waiting.end(), [&](const CollectionSchema* other) {
        return other != schema && refers_to(*schema, other->id);
      });
    });
    if (ready == waiting.end()) {
      std::string names;
      for (const CollectionSchema* schema : waiting) names += (names.empty() ? "" : ", ") + schema->id;
      throw Error(Errc::invalid, "no order fits the references between the collections " + names);
    }
    ordered.push_back(*ready);
    waiting.erase(ready);
  }
  return ordered;
}

}  // namespace detail
}  // namespace reel
