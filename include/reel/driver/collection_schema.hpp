#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/value.hpp>
#include <reel/permission.hpp>

/// The schema of a collection at run time, which a backend reads. `Schema<T>` defines it at compile time and
/// `schema_of<T>()` returns it.
namespace reel {

/// The effect on a record when the record it references is removed.
enum class on_remove {
  restrict,  ///< the removal is refused with `conflict`
  cascade,   ///< the referring record is removed, too
  set_null,  ///< the reference becomes null
};

}  // namespace reel

namespace reel::driver {

/// The names of the rules where a store keeps a schema. They are stored, and early schema files of `Filesystem` have
/// their positions, so neither may change.
inline constexpr std::array<std::pair<on_remove, std::string_view>, 3> on_remove_names{
    {{on_remove::restrict, "restrict"}, {on_remove::cascade, "cascade"}, {on_remove::set_null, "set_null"}}};

/// The type of an attribute's values, with the alternative of `Value` that holds them.
enum class AttributeType {
  boolean,      ///< `bool`
  integer,      ///< `std::int64_t`, except the smallest
  floating,     ///< `double`, finite
  text,         ///< UTF-8 in a `std::string`
  enumeration,  ///< one of `AttributeSchema::elements`, as a `std::string`
  timestamp,    ///< `Timestamp`
  reference,    ///< the id of a record in another collection, as a `std::string`
};

struct CollectionSchema;

/// One attribute of a collection.
struct AttributeSchema {
  /// Unique within the collection.
  std::string name{};
  /// Type of the value, or of each element of a list.
  AttributeType kind = AttributeType::text;
  /// Null is not allowed.
  bool required = true;
  /// The value is a `List` of `kind`, never null.
  bool list = false;
  /// Text only: code points, for each element of a list.
  std::int64_t max_length = 0;
  /// Numbers only: inclusive lower bound, of the attribute's type.
  std::optional<Value> minimum{};
  /// Numbers only: inclusive upper bound.
  std::optional<Value> maximum{};
  /// Enumerations only: the names, in the order of declaration.
  std::vector<std::string> elements{};
  /// Replaces null in every write; null: no default.
  Value default_value{};
  /// References only: id of the collection it refers to.
  std::string references{};
  /// References only.
  reel::on_remove on_remove = reel::on_remove::restrict;
  /// Returns the schema of the collection in `references`. Null in a schema that a store has read back.
  const CollectionSchema& (*target)() = nullptr;

  /// Whether a record without a value for the attribute cannot be read, because neither a default nor an empty list
  /// replaces it.
  [[nodiscard]] bool needs_value() const { return required && !list && default_value.is_null(); }
};

/// The purpose of an index.
enum class IndexKind {
  key,        ///< serves conditions and orders
  unique,     ///< the same, and no two records may have equal values; null equals nothing
  full_text,  ///< serves `Operator::search`
};

/// One attribute of an index.
struct IndexPart {
  /// Position in `CollectionSchema::attributes`.
  int attribute = 0;
  /// The index sorts this attribute in descending order.
  bool descending = false;
  /// Compares both members.
  friend bool operator==(const IndexPart&, const IndexPart&) = default;
};

/// One index of a collection.
struct IndexSchema {
  /// Unique within the collection; errors and `Explanation` report it.
  std::string name{};
  /// See `IndexKind`.
  IndexKind kind = IndexKind::key;
  /// In order of significance; a full-text index has one part.
  std::vector<IndexPart> parts{};
};

/// A collection: its id, attributes and indexes.
struct CollectionSchema {
  std::string id{};                           ///< identifies the collection in its store
  std::string name{};                         ///< for people
  std::vector<AttributeSchema> attributes{};  ///< in the order of `Document::values`
  std::vector<IndexSchema> indexes{};         ///< in the order of declaration
  std::optional<AccessRules> access{};        ///< to be stored by `ensure`; empty: what is stored stays

  /// The position of an attribute in `attributes` and in `Document::values`, or nothing. Linear in the number of
  /// attributes.
  [[nodiscard]] std::optional<int> position(std::string_view attribute) const {
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      if (attributes[i].name == attribute) return static_cast<int>(i);
    }
    return std::nullopt;
  }
};

}  // namespace reel::driver
