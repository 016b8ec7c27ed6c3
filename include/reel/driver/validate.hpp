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

/// The rules that the core applies to every write and query before a backend sees it. A violation throws `invalid` with
/// a message that names attribute and rule. All functions may be called from any thread.
///
/// Several limits are those of Appwrite, because what a test stores on one backend must be storable on a server.
namespace reel::driver {

/// Throws `invalid` for an attribute. `rule` completes the sentence that begins with `attribute 'name'`.
[[noreturn]] inline void refuse(const AttributeSchema& attribute, const std::string& rule) {
  throw Error(Errc::invalid, "attribute '" + attribute.name + "' " + rule, {.attribute = attribute.name});
}

/// Throws `invalid` unless `is_valid_id`. `what`: its name for the message.
inline void check_id(std::string_view id, std::string_view what = "the id") {
  if (is_valid_id(id)) return;
  throw Error(Errc::invalid, std::string(what) + " '" + std::string(id) +
                                 "' is not valid: use 1 to 36 of A-Z a-z 0-9 . - _, starting with a letter or digit");
}

/// Throws `invalid` for a time outside the years 1000 to 9999; `by_store` is allowed. `what`: its name for the message.
inline void check_timestamp(const char* what, Timestamp moment) {
  if (moment != by_store && (moment < earliest_timestamp || moment > latest_timestamp))
    throw Error(Errc::invalid, std::string(what) + " is outside the years 1000 to 9999");
}

/// Throws `invalid` for a role that is not valid, see `Permission::is_valid_role`.
inline void check_role(std::string_view role) {
  if (Permission::is_valid_role(role)) return;
  throw Error(Errc::invalid, "'" + std::string(role) +
                                 "' is not a valid role: use any, guests, users, users/verified, user:ID, "
                                 "user:ID/verified, team:ID, team:ID/ROLE, member:ID or label:NAME");
}

/// Throws `invalid` for more than `max_permissions` permissions, or for one with an invalid role.
inline void check_roles(const std::vector<Permission>& permissions) {
  if (permissions.size() > max_permissions) throw Error(Errc::invalid, "more than 100 permissions");
  for (const Permission& permission : permissions) check_role(permission.role().str());
}

/// Throws `invalid` for permissions that a record or blob cannot have: see `check_roles`, and one to create.
inline void check_permissions(const std::vector<Permission>& permissions) {
  check_roles(permissions);
  for (const Permission& permission : permissions) {
    if (permission.action() == Permission::Action::create)
      throw Error(Errc::invalid, permission.str() +
                                     " is for collections and buckets: a record or blob has permissions "
                                     "to read, update and remove");
  }
}

/// A number for messages; empty for other values.
inline std::string number_text(const Value& value) {
  if (const auto* integer = value.as<std::int64_t>()) return std::to_string(*integer);
  if (const auto* floating = value.as<double>()) return std::to_string(*floating);
  return {};
}

/// Throws `invalid` for a number outside the attribute's range, whose bounds are of type `Number` or missing.
template <class Number>
void check_range(const AttributeSchema& attribute, Number number) {
  const auto* low = attribute.minimum ? attribute.minimum->as<Number>() : nullptr;
  const auto* high = attribute.maximum ? attribute.maximum->as<Number>() : nullptr;
  if ((low && number < *low) || (high && number > *high))
    refuse(attribute, "is outside the range " + (low ? number_text(Value{*low}) : std::string("…")) + " to " +
                          (high ? number_text(Value{*high}) : std::string("…")));
}

/// Throws `invalid` for text that is not UTF-8 or longer than the attribute's `max_length`, counted in code points.
inline void check_text(const AttributeSchema& attribute, const std::string& text) {
  if (!text::is_valid_utf8(text)) refuse(attribute, "is not valid UTF-8");
  if (text.size() > static_cast<std::size_t>(attribute.max_length) &&
      text::code_points(text) > static_cast<std::size_t>(attribute.max_length))
    refuse(attribute, "is longer than its max_length of " + std::to_string(attribute.max_length) + " characters");
}

/// Whether the number is neither infinite nor NaN. Replaces std::isfinite, because `<cmath>` is an expensive header.
constexpr bool is_finite(double number) { return number - number == 0; }

/// Throws `invalid` unless a value obeys the type and the rules of its attribute.
///
/// - `attribute`: for a list, the rules apply to each element
/// - `value`: neither null nor a list
///
/// Besides the attribute's own rules: an integer must not be -2^63, which Appwrite does not store; a double must be
/// finite; a time must lie in the years 1000 to 9999.
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
      if (!value.as<std::string>()) refuse(attribute, "takes text");
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

/// Checks a value to be written. Null becomes the default of the attribute, or the empty list.
///
/// Throws `invalid` for null in a required attribute without a default, and for a value that breaks a rule.
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

/// Checks a document to be created: id, permissions, times and values. Null values become defaults.
///
/// Throws `invalid`, also if the number of values is not that of the attributes.
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

/// Checks a change: permissions, times and values. Null becomes the default of the attribute. The positions must be
/// valid.
inline void validate(const CollectionSchema& schema, Change& change) {
  if (change.permissions) check_permissions(*change.permissions);
  if (change.created_at) check_timestamp("created_at", *change.created_at);
  if (change.updated_at) check_timestamp("updated_at", *change.updated_at);
  for (auto& [position, value] : change.values)
    validate(schema.attributes.at(static_cast<std::size_t>(position)), value);
}

/// Checks a condition and its parts: positions, UTF-8, no NaN. Types of operands are checked when the query is built.
inline void validate(const CollectionSchema& schema, const Condition& condition) {
  if (condition.attribute >= static_cast<int>(schema.attributes.size()))
    throw Error(Errc::invalid, "a condition names no attribute of the collection");
  for (const Value& value : condition.values) {
    const auto* text = value.as<std::string>();
    if (text && !text::is_valid_utf8(*text)) throw Error(Errc::invalid, "a string in a condition is not valid UTF-8");
    const auto* number = value.as<double>();
    if (number && *number != *number) throw Error(Errc::invalid, "a condition compares with NaN");
  }
  for (const Condition& part : condition.parts) validate(schema, part);
}

/// Checks the limit, the conditions and the cursor of a query.
inline void validate(const CollectionSchema& schema, const QueryTree& query) {
  if (query.limit < 1) throw Error(Errc::invalid, "limit is at least 1, not " + std::to_string(query.limit));
  for (const Condition& condition : query.where) validate(schema, condition);
  if (query.after && query.after->order != query.order)
    throw Error(Errc::invalid, "the cursor is from a query with another order");
}

}  // namespace reel::driver
