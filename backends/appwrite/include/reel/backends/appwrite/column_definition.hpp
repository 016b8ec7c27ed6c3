#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

#include <reel/backends/appwrite/server_schema.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/value.hpp>

namespace reel::appwrite {

/// A bound of a column as that of an attribute. Empty for the bounds that the server reports of a column without one.
template <class Number>
[[nodiscard]] std::optional<driver::Value> bound_value(const Json& bound) {
  if (!bound.is_number()) return std::nullopt;
  const auto number = bound.get<Number>();
  using Range = std::numeric_limits<Number>;
  if (number == Range::lowest() || number == Range::max()) return std::nullopt;
  return driver::Value{number};
}

/// The optional attribute with which the values of a column can be read and written as they are; nothing for an
/// encrypted column, a relationship, and one that is not available. E-mail addresses, URLs and IP addresses are text.
/// The default is left out, because it would replace nulls.
[[nodiscard]] inline std::optional<driver::AttributeSchema> definition_of(const ServerAttribute& column) {
  using driver::AttributeType;
  if (column.encrypted || column.status != "available") return std::nullopt;
  driver::AttributeSchema attribute{.name = column.key, .required = false, .list = column.list};
  if (column.kind == "string") {
    attribute.max_length = characters_in(column.size);
  } else if (column.kind == "email" || column.kind == "url" || column.kind == "ip") {
    attribute.max_length = column.kind == "email" ? 254 : column.kind == "url" ? 2'000 : 39;
  } else if (column.kind == "integer") {
    attribute.kind = AttributeType::integer;
    attribute.minimum = bound_value<std::int64_t>(column.minimum);
    attribute.maximum = bound_value<std::int64_t>(column.maximum);
  } else if (column.kind == "double") {
    attribute.kind = AttributeType::floating;
    attribute.minimum = bound_value<double>(column.minimum);
    attribute.maximum = bound_value<double>(column.maximum);
  } else if (column.kind == "boolean" || column.kind == "datetime") {
    attribute.kind = column.kind == "boolean" ? AttributeType::boolean : AttributeType::timestamp;
  } else if (column.kind == "enum") {
    attribute.kind = AttributeType::enumeration;
    attribute.elements = column.elements;
  } else {
    return std::nullopt;
  }
  return attribute;
}

}  // namespace reel::appwrite
