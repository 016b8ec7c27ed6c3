#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/value.hpp>

namespace reel {

/// What happens to a record when the record it refers to is removed.
enum class on_remove { restrict, cascade, set_null };

}  // namespace reel

namespace reel::driver {

enum class AttributeType { boolean, integer, floating, text, enumeration, timestamp, reference };

struct CollectionSchema;

/// One attribute at run time. `Schema<T>` makes these; a backend reads them.
struct AttributeSchema {
  std::string name{};
  AttributeType kind = AttributeType::text;
  bool required = true;            ///< null is refused
  bool list = false;               ///< holds a `List` of values of `kind`, never null
  std::int64_t max_length = 0;     ///< code points, of each element in a list; text only
  std::optional<Value> minimum{};  ///< inclusive, numbers only
  std::optional<Value> maximum{};
  std::vector<std::string> elements{};  ///< names of an enumeration, in the order of declaration
  Value default_value{};                ///< takes the place of null on every write; null: none
  std::string references{};             ///< the collection a reference points to
  reel::on_remove on_remove = reel::on_remove::restrict;
  /// The schema of `references`; null in a schema that a store has kept.
  const CollectionSchema& (*target)() = nullptr;

  /// Whether a record without a value for it cannot be read: nothing substitutes for the missing value.
  [[nodiscard]] bool needs_value() const { return required && !list && default_value.is_null(); }
};

enum class IndexKind { key, unique, full_text };

struct IndexPart {
  int attribute = 0;
  bool descending = false;
  friend bool operator==(const IndexPart&, const IndexPart&) = default;
};

struct IndexSchema {
  std::string name{};
  IndexKind kind = IndexKind::key;
  std::vector<IndexPart> parts{};
};

struct CollectionSchema {
  std::string id{};
  std::string name{};
  std::vector<AttributeSchema> attributes{};
  std::vector<IndexSchema> indexes{};

  /// The attribute's place in `Document::values`, or nothing.
  [[nodiscard]] std::optional<int> position(std::string_view attribute) const {
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      if (attributes[i].name == attribute) return static_cast<int>(i);
    }
    return std::nullopt;
  }
};

}  // namespace reel::driver
