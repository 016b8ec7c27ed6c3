#include <emulator/schema/row_width.hpp>

#include <algorithm>

namespace reel::emulator {
namespace {

constexpr std::size_t internal_width = 1067;
constexpr std::size_t most_attributes = 1010;
constexpr std::size_t pointer_width = 20;  ///< Of a string or list that is stored outside of the row.
constexpr std::size_t longest_varchar = 16381;

std::size_t relationship_width(const Attribute& attribute) {
  const auto type = attribute.relation.value("relationType", std::string{});
  const bool parent = attribute.relation.value("side", std::string{}) == "parent";
  const bool keeps_key = type == "oneToOne"    ? parent || attribute.relation.value("twoWay", false)
                         : type == "manyToOne" ? parent
                         : type == "oneToMany" ? !parent
                                               : false;
  return keeps_key ? 1021 : 0;
}

}  // namespace

std::size_t attribute_width(const Attribute& attribute) {
  if (attribute.is_relationship()) return relationship_width(attribute);
  if (attribute.array) return pointer_width;
  if (attribute.is_text()) {
    if (attribute.size > longest_varchar || attribute.type.ends_with("text")) return pointer_width;
    return 4 * attribute.size + (attribute.size <= 255 ? 1 : 2);
  }
  if (attribute.type == "integer") return attribute.size;
  if (attribute.type == "boolean") return 1;
  if (attribute.type == "datetime") return 7;
  if (attribute.type == "point") return 25;
  return attribute.type == "linestring" || attribute.type == "polygon" ? pointer_width : 8;
}

std::size_t row_width(const Collection& collection) {
  std::size_t width = internal_width;
  for (const auto& attribute : collection.attributes) width += attribute_width(*attribute);
  return width;
}

bool fits(const Collection& collection, const Attribute& attribute) {
  return collection.attributes.size() < most_attributes &&
         row_width(collection) + attribute_width(attribute) < widest_row;
}

}  // namespace reel::emulator
