#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/error.hpp>

namespace reel::driver {

/// Orders collections so that each follows those of the set that it references, as copying them requires; apart from
/// that the order is kept.
///
/// - `waiting`: the collections; none is null
/// - `Schema`: `CollectionSchema`; `detail::BlobTransfer` explains why it is a template parameter
///
/// A collection may reference itself. Throws `invalid` if several collections reference each other in a cycle. Takes
/// time cubic in the number of collections.
template <class Schema>
[[nodiscard]] std::vector<const Schema*> in_reference_order(std::vector<const Schema*> waiting) {
  const auto is_ready = [&waiting](const Schema* schema) {
    for (const auto& attribute : schema->attributes) {
      for (const Schema* other : waiting) {
        if (other != schema && attribute.references == other->id) return false;
      }
    }
    return true;
  };
  std::vector<const Schema*> ordered;
  while (!waiting.empty()) {
    std::size_t next = 0;
    while (next < waiting.size() && !is_ready(waiting[next])) ++next;
    if (next == waiting.size()) {
      std::string names;
      for (const Schema* schema : waiting) names += (names.empty() ? "" : ", ") + schema->id;
      throw Error(Errc::invalid, "the collections " + names + " reference each other in a cycle");
    }
    ordered.push_back(waiting[next]);
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(next));
  }
  return ordered;
}

}  // namespace reel::driver
