#pragma once

#include <cstddef>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>

namespace reel::engine {

/// The value of an attribute in a record that was stored without it.
[[nodiscard]] inline Value absent_value(const AttributeSchema& attribute) {
  return attribute.list ? Value{List{}} : attribute.default_value;
}

/// A document of one schema as one of another that it may become (see `check_evolution`).
[[nodiscard]] inline Document reshaped(const Document& document, const CollectionSchema& from,
                                       const CollectionSchema& to) {
  Document made = document;
  made.values.clear();
  for (const AttributeSchema& attribute : to.attributes) {
    const auto place = from.position(attribute.name);
    made.values.push_back(place ? document.values[static_cast<std::size_t>(*place)] : absent_value(attribute));
  }
  return made;
}

}  // namespace reel::engine
