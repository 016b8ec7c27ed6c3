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

/// The rules by which a schema may replace a stored one, shared by every backend. All functions are pure, take time
/// proportional to the size of the schema (times its attributes where they look up names), and may be called from any
/// thread.
namespace reel::driver {

/// The properties of an attribute, stored or wanted, that these rules compare.
struct AttributeShape {
  /// Name for messages; an attribute keeps its type.
  std::string type{};
  /// The attribute is a list.
  bool list = false;
  /// Stored: every record has a value. Wanted: a record without a value cannot be read.
  bool required = false;
};

/// The reason why an attribute cannot become what a schema specifies.
struct ShapeConflict {
  /// End of a sentence that begins with `attribute 'name'`.
  std::string reason{};
  /// An empty collection can be changed nevertheless.
  bool needs_records = false;
};

/// The conflict between a stored attribute and a wanted one; empty if they agree.
///
/// - `stored`: null for an attribute that the store does not have
/// - `wanted`: the attribute in the new schema
///
/// An attribute conflicts if its type changes, or if it becomes required while stored records may have no value for it.
/// Additional attributes, wider limits and other indexes never conflict.
[[nodiscard]] inline std::optional<ShapeConflict> conflict_between(const AttributeShape* stored,
                                                                   const AttributeShape& wanted) {
  const auto type = [](const AttributeShape& shape) { return (shape.list ? "list of " : "") + shape.type; };
  if (stored && type(*stored) != type(wanted))
    return ShapeConflict{"has another type in the store (" + type(*stored) + ") than in the schema (" + type(wanted) +
                         ")"};
  if (!wanted.required || (stored && stored->required)) return std::nullopt;
  if (stored) return ShapeConflict{"is optional in the store and required by the schema", true};
  return ShapeConflict{
      "is new and required, but the store has records without it: make it optional or add a default_value", true};
}

/// The name of an attribute's type in messages. Valid forever.
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

/// Throws `conflict` for a schema under which stored values could no longer be read or would be lost. The error names
/// the attribute.
///
/// - `stored`: the present schema of the collection
/// - `wanted`: the schema that should replace it
/// - `has_records`: whether the collection contains any record
///
/// New unique indexes are not checked, because that takes the records; see `local::change_schema`.
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

/// Whether records stored under one schema can be served under the other without any change. Ids and names of the
/// collections do not count; attributes and indexes must have the same order.
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

/// The value of an attribute in a record that was stored without the attribute: the empty list, the default, or null.
[[nodiscard]] inline Value absent_value(const AttributeSchema& attribute) {
  return attribute.list ? Value{List{}} : attribute.default_value;
}

/// A stored value as the present schema reads it: a null that the schema no longer allows reads as the default.
[[nodiscard]] inline Value value_under(const AttributeSchema& attribute, const Value& stored) {
  return stored.is_null() && attribute.required ? absent_value(attribute) : stored;
}

/// Converts a document to another schema.
///
/// - `from`: the schema that the document has
/// - `to`: the schema it gets, which may replace `from` according to `check_schema_change`
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

/// Throws `conflict` unless the values of a document mean the same under both schemas: the same attributes in the same
/// order.
///
/// - `stored`: the schema of the collection
/// - `used`: that of the caller
inline void require_same_attributes(const CollectionSchema& stored, const CollectionSchema& used) {
  const bool same = std::equal(stored.attributes.begin(), stored.attributes.end(), used.attributes.begin(),
                               used.attributes.end(), [](const AttributeSchema& a, const AttributeSchema& b) {
                                 return a.kind == b.kind && a.list == b.list && a.name == b.name;
                               });
  if (!same)
    throw Error(Errc::conflict,
                "the collection is in use here with other attributes; call setup() or run 'reel setup STORE' first",
                {.collection = used.id});
}

}  // namespace reel::driver
