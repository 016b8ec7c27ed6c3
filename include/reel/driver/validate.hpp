#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/driver/change.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/text/utf8.hpp>

/// The rules every write and query is held to before a backend sees it: `Errc::invalid`, naming attribute and rule.
namespace reel::driver {

[[noreturn]] inline void refuse(const AttributeSchema& attribute, const std::string& rule) {
  throw Error(Errc::invalid, "attribute '" + attribute.name + "' " + rule, {.attribute = attribute.name});
}

inline void check_id(std::string_view id) {
  if (is_valid_id(id)) return;
  throw Error(Errc::invalid,
              "the id '" + std::string(id) + "' is not 1 to 36 of A-Z a-z 0-9 . - _ with a letter or digit in front");
}

inline void check_timestamp(const char* what, Timestamp moment) {
  if (moment != by_store && (moment < earliest_timestamp || moment > latest_timestamp))
    throw Error(Errc::invalid, std::string(what) + " is outside the years 1000 to 9999");
}

inline void check_permissions(const std::vector<Permission>& permissions) {
  if (permissions.size() > max_permissions) throw Error(Errc::invalid, "more than 100 permissions");
  for (const Permission& permission : permissions) {
    if (!Permission::is_valid_role(permission.role().str()))
      throw Error(Errc::invalid, "'" + permission.role().str() + "' is no role");
  }
}

inline std::string number_text(const Value& value) {
  if (const auto* integer = value.as<std::int64_t>()) return std::to_string(*integer);
  if (const auto* floating = value.as<double>()) return std::to_string(*floating);
  return {};
}

template <class Number>
void check_range(const AttributeSchema& attribute, Number number) {
  const auto* low = attribute.minimum ? attribute.minimum->as<Number>() : nullptr;
  const auto* high = attribute.maximum ? attribute.maximum->as<Number>() : nullptr;
  if ((low && number < *low) || (high && number > *high))
    refuse(attribute, "is outside the range " + (low ? number_text(Value{*low}) : std::string("…")) + " to " +
                          (high ? number_text(Value{*high}) : std::string("…")));
}

inline void check_text(const AttributeSchema& attribute, const std::string& text) {
  if (!text::is_valid_utf8(text)) refuse(attribute, "is not valid UTF-8");
  if (text.size() > static_cast<std::size_t>(attribute.max_length) &&
      text::code_points(text) > static_cast<std::size_t>(attribute.max_length))
    refuse(attribute, "is longer than its max_length of " + std::to_string(attribute.max_length) + " characters");
}

// Not std::isfinite: <cmath> is a heavy header.
constexpr bool is_finite(double number) { return number - number == 0; }

/// One scalar against its attribute's rules.
inline void check_scalar(const AttributeSchema& attribute, const Value& value) {
  switch (attribute.kind) {
    case AttributeType::boolean:
      if (!value.as<bool>()) refuse(attribute, "takes a bool");
      return;
    case AttributeType::integer:
      if (!value.as<std::int64_t>()) refuse(attribute, "takes an integer");
      check_range(attribute, *value.as<std::int64_t>());
      if (*value.as<std::int64_t>() == INT64_MIN)
        refuse(attribute, "takes integers from -9223372036854775807: a server does not store -2^63");
      return;
    case AttributeType::floating:
      if (!value.as<double>()) refuse(attribute, "takes a floating-point number");
      if (!is_finite(*value.as<double>())) refuse(attribute, "takes a finite number");
      return check_range(attribute, *value.as<double>());
    case AttributeType::text:
      if (!value.as<std::string>()) refuse(attribute, "takes a text");
      return check_text(attribute, *value.as<std::string>());
    case AttributeType::enumeration:
      for (const std::string& element : attribute.elements) {
        if (value.as<std::string>() && *value.as<std::string>() == element) return;
      }
      refuse(attribute, "takes one of its enum's names");
    case AttributeType::timestamp:
      if (!value.as<Timestamp>()) refuse(attribute, "takes a timestamp");
      if (*value.as<Timestamp>() < earliest_timestamp || *value.as<Timestamp>() > latest_timestamp)
        refuse(attribute, "is outside the years 1000 to 9999");
      return;
    case AttributeType::reference:
      if (!value.as<std::string>() || !is_valid_id(*value.as<std::string>())) refuse(attribute, "takes a valid id");
      return;
  }
}

/// A value about to be written: null becomes the default or an empty list, everything else is checked.
inline void validate(const AttributeSchema& attribute, Value& value) {
  if (value.is_null() && attribute.list) value = Value{List{}};
  if (value.is_null() && !attribute.default_value.is_null()) value = attribute.default_value;
  if (value.is_null()) {
    if (attribute.required) refuse(attribute, "is required");
    return;
  }
  if (!attribute.list) return check_scalar(attribute, value);
  const auto* list = value.as<List>();
  if (!list) refuse(attribute, "takes a list");
  for (const Value& element : *list) check_scalar(attribute, element);
}

inline void validate(const CollectionSchema& schema, Document& document) {
  check_id(document.id);
  check_permissions(document.permissions);
  check_timestamp("created_at", document.created_at);
  check_timestamp("updated_at", document.updated_at);
  if (document.values.size() != schema.attributes.size())
    throw Error(Errc::invalid, "the document has " + std::to_string(document.values.size()) + " values, the schema " +
                                   std::to_string(schema.attributes.size()) + " attributes");
  for (std::size_t i = 0; i < document.values.size(); ++i) validate(schema.attributes[i], document.values[i]);
}

inline void validate(const CollectionSchema& schema, Change& change) {
  if (change.permissions) check_permissions(*change.permissions);
  if (change.created_at) check_timestamp("created_at", *change.created_at);
  if (change.updated_at) check_timestamp("updated_at", *change.updated_at);
  for (auto& [position, value] : change.values)
    validate(schema.attributes.at(static_cast<std::size_t>(position)), value);
}

inline void validate(const CollectionSchema& schema, const Condition& condition) {
  if (condition.attribute >= static_cast<int>(schema.attributes.size()))
    throw Error(Errc::invalid, "a condition names no attribute of the collection");
  for (const Value& value : condition.values) {
    const auto* text = value.as<std::string>();
    if (text && !text::is_valid_utf8(*text)) throw Error(Errc::invalid, "a text in a condition is not valid UTF-8");
    const auto* number = value.as<double>();
    if (number && *number != *number) throw Error(Errc::invalid, "a condition compares with what is not a number");
  }
  for (const Condition& part : condition.parts) validate(schema, part);
}

inline void validate(const CollectionSchema& schema, const QueryTree& query) {
  if (query.limit < 1) throw Error(Errc::invalid, "limit is at least 1, not " + std::to_string(query.limit));
  for (const Condition& condition : query.where) validate(schema, condition);
  if (query.after && query.after->order != query.order)
    throw Error(Errc::invalid, "the cursor is from a query with another order");
}

}  // namespace reel::driver
