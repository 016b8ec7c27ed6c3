#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/answer_json.hpp>
#include <reel/backends/appwrite/document_json.hpp>
#include <reel/backends/appwrite/version_attribute.hpp>
#include <reel/json.hpp>

/// Attributes and indexes in the form in which the server reports and accepts them. Sizes are those of MariaDB; see
/// src/Appwrite and utopia-php/database of Appwrite 1.8.1.
namespace reel::appwrite {

/// The maximum total length of an index in characters. A string that is indexed completely cannot be longer.
inline constexpr std::int64_t longest_index = 768;
/// A string attribute up to this size is a VARCHAR column, a larger one a TEXT column.
inline constexpr std::int64_t longest_varchar = 16'381;
/// The largest VARCHAR that fits into a row beside the internal columns. Sizes from here to `longest_varchar` cannot be
/// created.
inline constexpr std::int64_t longest_varchar_in_row = 16'115;
/// A TEXT column up to this size holds 65,535 bytes, whatever its size in characters.
inline constexpr std::int64_t largest_text_in_bytes = 65'535;
/// The largest size of a string attribute, in characters.
inline constexpr std::int64_t longest_text = 1'073'741'824;

/// The server's name for a kind of attribute: `string`, `enum`, `integer`, `double`, `boolean` or `datetime`.
[[nodiscard]] inline std::string server_kind(driver::AttributeType kind) {
  switch (kind) {
    case driver::AttributeType::boolean:
      return "boolean";
    case driver::AttributeType::integer:
      return "integer";
    case driver::AttributeType::floating:
      return "double";
    case driver::AttributeType::timestamp:
      return "datetime";
    case driver::AttributeType::enumeration:
      return "enum";
    default:
      return "string";
  }
}

/// The size with which a string attribute is created so that it holds `characters` of any script. Skips the sizes that
/// cannot be created or that limit the number of bytes.
[[nodiscard]] inline std::int64_t size_for(std::int64_t characters) {
  return characters <= longest_varchar_in_row ? std::max(characters, std::int64_t{1})
                                              : std::max(characters, largest_text_in_bytes + 1);
}
/// The number of characters of any script that an attribute of that size holds.
[[nodiscard]] inline std::int64_t characters_in(std::int64_t size) {
  return size > longest_varchar && size <= largest_text_in_bytes ? largest_text_in_bytes / 4 : size;
}

/// An attribute on the server.
struct ServerAttribute {
  std::string key{};
  std::string kind{};   ///< as `server_kind`; for formats that Reel does not use, the format
  std::string route{};  ///< last segment of the path that creates and changes it
  std::string status = "available";
  std::string error{};
  bool required = false;
  bool list = false;
  bool encrypted = false;  ///< strings only; no condition on it is possible
  std::int64_t size = 0;   ///< strings only; in characters
  std::vector<std::string> elements{};
  Json minimum{};  ///< numbers only; null without a bound
  Json maximum{};
  Json default_value{};
  std::string created_at{};  ///< when its creation was requested; empty if unknown
};

/// An index on the server. `lengths` are prefix lengths; 0 for a whole column.
struct ServerIndex {
  std::string key{};
  std::string type{};
  std::string status = "available";
  std::string error{};
  std::vector<std::string> attributes{};
  std::vector<std::string> orders{};
  std::vector<std::int64_t> lengths{};
};

/// A field of a response, or `otherwise` if it is missing or null. Throws `corrupt` if it has another type.
template <class T>
T member_of(const Json& object, const char* name, T otherwise) {
  return optional_field<T>(object, name).value_or(std::move(otherwise));
}

/// A bound of a number's range; null without one. Throws `corrupt` if it is not a number.
[[nodiscard]] inline Json bound_of(const Json& attribute, const char* name) {
  const auto found = attribute.find(name);
  if (found == attribute.end() || found->is_null()) return {};
  if (!found->is_number()) refuse_field(name, std::string("has another type: ") + found->type_name());
  return *found;
}

/// The size of the text types that Appwrite 1.9 has besides `string`; 0 for other types.
[[nodiscard]] inline std::int64_t fixed_size_of(std::string_view type) {
  return type == "text" ? 65'535 : type == "mediumtext" ? 16'777'215 : type == "longtext" ? 2'147'483'647 : 0;
}

/// Reads an attribute from JSON. Throws `corrupt` if a field is missing or has another type; the message names the
/// field.
[[nodiscard]] inline ServerAttribute server_attribute_of(const Json& json) {
  const auto type = field<std::string>(json, "type");
  const auto format = member_of(json, "format", std::string{});
  const std::int64_t fixed_size = fixed_size_of(type);
  ServerAttribute attribute;  // filled by assignments: gcc 12 destroys members twice when a braced initializer throws
  attribute.key = field<std::string>(json, "key");
  attribute.created_at = member_of(json, "$createdAt", std::string{});
  attribute.kind = fixed_size > 0 || type == "varchar" ? "string" : type == "bigint" ? "integer" : type;
  if (type == "string" && !format.empty()) attribute.kind = format;
  attribute.route = type == "string" ? attribute.kind : type == "double" ? "float" : type;
  attribute.status = field<std::string>(json, "status");
  attribute.error = member_of(json, "error", std::string{});
  attribute.required = member_of(json, "required", false);
  attribute.list = member_of(json, "array", false);
  attribute.encrypted = member_of(json, "encrypt", false);
  attribute.size = member_of(json, "size", fixed_size);
  attribute.elements = member_of(json, "elements", std::vector<std::string>{});
  attribute.minimum = bound_of(json, "min");
  attribute.maximum = bound_of(json, "max");
  attribute.default_value = json.value("default", Json{});
  return attribute;
}

/// Reads an index from JSON. Throws `corrupt` as `server_attribute_of`.
[[nodiscard]] inline ServerIndex server_index_of(const Json& json, const char* attributes_word) {
  ServerIndex index;
  index.key = field<std::string>(json, "key");
  index.type = field<std::string>(json, "type");
  index.status = field<std::string>(json, "status");
  index.error = member_of(json, "error", std::string{});
  index.attributes = field<std::vector<std::string>>(json, attributes_word);
  for (const Json& order : member_of(json, "orders", Json::array_t{})) {
    std::string text = order.is_string() ? order.get<std::string>() : "";
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
    index.orders.push_back(std::move(text));
  }
  for (const Json& length : member_of(json, "lengths", Json::array_t{}))
    index.lengths.push_back(length.is_number() ? length.get<std::int64_t>() : 0);
  return index;
}

/// The attribute to create for an attribute of the schema. It is not `required` if it has a default, because the server
/// refuses both together (`attribute_default_unsupported`), nor if it is a list, because an empty list may be absent.
[[nodiscard]] inline ServerAttribute wanted_attribute(const driver::AttributeSchema& attribute) {
  const std::string kind = server_kind(attribute.kind);
  ServerAttribute wanted{.key = attribute.name,
                         .kind = kind,
                         .route = kind == "double" ? "float" : kind,
                         .required = attribute.needs_value(),
                         .list = attribute.list,
                         .elements = attribute.elements,
                         .default_value = to_json(attribute.default_value)};
  if (attribute.kind == driver::AttributeType::text) wanted.size = size_for(attribute.max_length);
  if (attribute.kind == driver::AttributeType::reference) wanted.size = static_cast<std::int64_t>(max_id_length);
  if (attribute.minimum) wanted.minimum = to_json(*attribute.minimum);
  if (attribute.maximum) wanted.maximum = to_json(*attribute.maximum);
  return wanted;
}

/// The attribute to create for `version_attribute`.
[[nodiscard]] inline ServerAttribute wanted_version_attribute() {
  return {.key = std::string(version_attribute),
          .kind = "integer",
          .route = "integer",
          .minimum = std::int64_t{0},
          .maximum = last_version};
}

/// The columns to create for the attributes of a schema.
[[nodiscard]] inline std::vector<ServerAttribute> wanted_columns(const driver::CollectionSchema& schema) {
  std::vector<ServerAttribute> columns;
  for (const driver::AttributeSchema& attribute : schema.attributes) columns.push_back(wanted_attribute(attribute));
  return columns;
}

/// The length of a whole column in an index, in characters.
[[nodiscard]] inline std::int64_t whole_length(const ServerAttribute& column) {
  if (column.list) return 255;
  if (column.kind == "string") return column.size;
  return column.kind == "enum" ? 255 : column.kind == "double" ? 2 : 1;
}

/// The column with that name, or null.
[[nodiscard]] inline const ServerAttribute* find_column(const std::vector<ServerAttribute>& columns,
                                                        std::string_view key) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& one) { return one.key == key; });
  return found == columns.end() ? nullptr : &*found;
}

/// The total length of an index over these columns, in characters.
[[nodiscard]] inline std::int64_t length_of(const ServerIndex& index, const std::vector<ServerAttribute>& columns) {
  std::int64_t length = 0;
  for (std::size_t i = 0; i < index.attributes.size(); ++i) {
    const ServerAttribute* column = find_column(columns, index.attributes[i]);
    const bool is_prefix = i < index.lengths.size() && index.lengths[i] > 0;
    length += is_prefix ? index.lengths[i] : column ? whole_length(*column) : 1;
  }
  return length;
}

/// The index to create for an index of the schema, given the columns on the server. In a `key` index, strings that are
/// too long are indexed by a prefix. Not in a `unique` index, which would then refuse different values with the same
/// prefix.
[[nodiscard]] inline ServerIndex wanted_index(const driver::CollectionSchema& schema, const driver::IndexSchema& index,
                                              const std::vector<ServerAttribute>& columns) {
  ServerIndex wanted{.key = index.name,
                     .type = index.kind == driver::IndexKind::unique      ? "unique"
                             : index.kind == driver::IndexKind::full_text ? "fulltext"
                                                                          : "key"};
  for (const driver::IndexPart& part : index.parts) {
    wanted.attributes.push_back(schema.attributes[static_cast<std::size_t>(part.attribute)].name);
    if (index.kind != driver::IndexKind::full_text) wanted.orders.emplace_back(part.descending ? "DESC" : "ASC");
  }
  if (index.kind != driver::IndexKind::key || length_of(wanted, columns) <= longest_index) return wanted;
  const auto beginning = longest_index / static_cast<std::int64_t>(2 * index.parts.size());
  for (const std::string& key : wanted.attributes) {
    const ServerAttribute* column = find_column(columns, key);
    const bool is_long_text = column && column->kind == "string" && !column->list && column->size > beginning;
    wanted.lengths.push_back(is_long_text ? beginning : 0);
  }
  return wanted;
}

}  // namespace reel::appwrite
