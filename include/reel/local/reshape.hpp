#pragma once

#include <cstddef>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>

namespace reel::local {

/// The value of an attribute in a record that was stored without it.
[[nodiscard]] inline driver::Value absent_value(const driver::AttributeSchema& attribute) {
  return attribute.list ? driver::Value{driver::List{}} : attribute.default_value;
}

/// A document of one schema as one of another that it may become (see `check_evolution`).
[[nodiscard]] inline driver::Document reshaped(const driver::Document& document, const driver::CollectionSchema& from,
                                               const driver::CollectionSchema& to) {
  driver::Document made = document;
  made.values.clear();
  for (const driver::AttributeSchema& attribute : to.attributes) {
    const auto place = from.position(attribute.name);
    made.values.push_back(place ? document.values[static_cast<std::size_t>(*place)] : absent_value(attribute));
  }
  return made;
}

}  // namespace reel::local
