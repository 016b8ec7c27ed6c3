#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/error.hpp>

/// Which schema may replace a stored one, for every backend. All functions are pure, take O(size of the schema), and
/// may be called from any thread.
namespace reel::driver {

/// The properties of an attribute, stored or wanted, that these rules compare.
struct AttributeShape {
  std::string type{};  ///< as messages name it; an attribute keeps its type
  bool list = false;
  bool required = false;  ///< stored: every record has a value. Wanted: one without a value cannot be read
};

/// Why an attribute cannot become what a schema specifies.
struct ShapeConflict {
  std::string reason{};        ///< the end of a sentence that begins with `attribute 'name'`
  bool needs_records = false;  ///< an empty collection can be changed all the same
};

/// `stored` is null for a new attribute. More attributes, wider rules and other indexes conflict with nothing.
[[nodiscard]] inline std::optional<ShapeConflict> conflict_between(const AttributeShape* stored,
                                                                   const AttributeShape& wanted) {
  const auto type = [](const AttributeShape& shape) { return (shape.list ? "list of " : "") + shape.type; };
  if (stored && type(*stored) != type(wanted))
    return ShapeConflict{"has another type in the store (" + type(*stored) + ") than in the schema (" + type(wanted) +
                         ")"};
  if (!wanted.required || (stored && stored->required)) return std::nullopt;
  if (stored) return ShapeConflict{"is optional in the store and required by the schema", true};
  return ShapeConflict{
      "is new and required, but the store has records without it: make it optional or give it a default_value", true};
}

/// The name of an attribute's type in messages.
[[nodiscard]] constexpr std::string_view type_name(AttributeType kind) {
  switch (kind) {
    case AttributeType::boolean:
      return "boolean";
    case AttributeType::integer:
      return "integer";
    case AttributeType::floating:
      return "floating-point number";
    case AttributeType::text:
      return "text";
    case AttributeType::enumeration:
      return "enumeration";
    case AttributeType::timestamp:
      return "timestamp";
    case AttributeType::reference:
      return "reference";
  }
  return "unknown";
}

/// Throws `conflict` for a schema under which stored values could no longer be read or would be lost.
inline void check_schema_change(const CollectionSchema& stored, const CollectionSchema& wanted, bool has_records) {
  const auto refuse = [&](const std::string& attribute, const std::string& reason) {
    throw Error(Errc::conflict, "attribute '" + attribute + "' " + reason,
                {.collection = wanted.id, .attribute = attribute});
  };
  for (const AttributeSchema& old : stored.attributes) {
    if (!wanted.position(old.name)) refuse(old.name, "is in the store and not in the schema: its values would be lost");
  }
  for (const AttributeSchema& now : wanted.attributes) {
    const AttributeShape shape{std::string(type_name(now.kind)), now.list, now.needs_value()};
    AttributeShape before;
    const auto position = stored.position(now.name);
    if (position) {
      const AttributeSchema& old = stored.attributes[static_cast<std::size_t>(*position)];
      before = {std::string(type_name(old.kind)), old.list, old.required};
    }
    const auto conflict = conflict_between(position ? &before : nullptr, shape);
    if (conflict && (has_records || !conflict->needs_records)) refuse(now.name, conflict->reason);
  }
}

/// Whether records stored under one schema need no work to be served under the other.
[[nodiscard]] inline bool same_shape(const CollectionSchema& a, const CollectionSchema& b) {
  const auto same_attribute = [](const AttributeSchema& x, const AttributeSchema& y) {
    return x.name == y.name && x.kind == y.kind && x.list == y.list && x.required == y.required &&
           x.max_length == y.max_length && x.minimum == y.minimum && x.maximum == y.maximum &&
           x.elements == y.elements && x.default_value == y.default_value && x.references == y.references &&
           x.on_remove == y.on_remove;
  };
  const auto same_index = [](const IndexSchema& x, const IndexSchema& y) {
    return x.name == y.name && x.kind == y.kind && x.parts == y.parts;
  };
  return std::equal(a.attributes.begin(), a.attributes.end(), b.attributes.begin(), b.attributes.end(),
                    same_attribute) &&
         std::equal(a.indexes.begin(), a.indexes.end(), b.indexes.begin(), b.indexes.end(), same_index);
}

/// Whether an attribute of the schema references the collection.
[[nodiscard]] inline bool refers_to(const CollectionSchema& schema, std::string_view collection) {
  return std::any_of(schema.attributes.begin(), schema.attributes.end(),
                     [&](const AttributeSchema& attribute) { return attribute.references == collection; });
}

/// The value of an attribute in a record that was stored without the attribute.
[[nodiscard]] inline Value absent_value(const AttributeSchema& attribute) {
  return attribute.list ? Value{List{}} : attribute.default_value;
}

/// A stored value under a schema that may be another by now: a null that it no longer allows reads as the default.
[[nodiscard]] inline Value value_under(const AttributeSchema& attribute, const Value& stored) {
  return stored.is_null() && attribute.required ? absent_value(attribute) : stored;
}

/// A document of one schema as a document of another that it may become (see `check_schema_change`).
[[nodiscard]] inline Document reshaped(const Document& document, const CollectionSchema& from,
                                       const CollectionSchema& to) {
  Document made = document;
  made.values.clear();
  made.values.reserve(to.attributes.size());
  for (const AttributeSchema& attribute : to.attributes) {
    const auto position = from.position(attribute.name);
    made.values.push_back(position ? value_under(attribute, document.values[static_cast<std::size_t>(*position)])
                                   : absent_value(attribute));
  }
  return made;
}

}  // namespace reel::driver
