#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include <reel/document.hpp>
#include <reel/error.hpp>
#include <reel/record.hpp>
#include <reel/schema.hpp>

/// Opt-in: records to and from nlohmann::json, in the form a server sends them: attributes by their names, and
/// `$id`, `$sequence`, `$createdAt`, `$updatedAt`, `$permissions` beside them. Needs nlohmann-json, which nothing else
/// in the core does.
namespace reel {

/// Null, bool, number, text or array; a timestamp is a text in RFC 3339.
[[nodiscard]] inline nlohmann::json to_json(const Value& value) {
  if (const auto* flag = value.as<bool>()) return *flag;
  if (const auto* integer = value.as<std::int64_t>()) return *integer;
  if (const auto* real = value.as<double>()) return *real;
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* moment = value.as<Timestamp>()) return format_timestamp(*moment);
  nlohmann::json made;
  if (const auto* list = value.as<List>()) {
    made = nlohmann::json::array();
    for (const Value& element : *list) made.push_back(to_json(element));
  }
  return made;
}

namespace detail {

[[nodiscard]] inline Value scalar_from_json(const AttributeSchema& attribute, const nlohmann::json& json) {
  const auto refuse = [&](const char* wanted) {
    throw Error(Errc::invalid, "attribute '" + attribute.name + "' takes " + wanted + ", not " + json.dump(),
                {.attribute = attribute.name});
  };
  if (json.is_null()) return {};
  switch (attribute.kind) {
    case Kind::boolean:
      if (!json.is_boolean()) refuse("true or false");
      return Value{json.get<bool>()};
    case Kind::integer:
      if (!json.is_number_integer() || (json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX))
        refuse("an integer of 64 signed bits");
      return Value{json.get<std::int64_t>()};
    case Kind::floating:
      if (!json.is_number()) refuse("a number");
      return Value{json.get<double>()};
    case Kind::timestamp: {
      const auto moment = json.is_string() ? parse_timestamp(json.get_ref<const std::string&>()) : std::nullopt;
      if (!moment) refuse("a time in RFC 3339");
      return Value{*moment};
    }
    default:
      if (!json.is_string()) refuse("a text");
      return Value{json.get<std::string>()};
  }
}

[[nodiscard]] inline Value from_json(const AttributeSchema& attribute, const nlohmann::json& json) {
  if (!attribute.list || json.is_null()) return scalar_from_json(attribute, json);
  if (!json.is_array())
    throw Error(Errc::invalid, "attribute '" + attribute.name + "' takes an array", {.attribute = attribute.name});
  List list;
  for (const nlohmann::json& element : json) list.push_back(scalar_from_json(attribute, element));
  return Value{std::move(list)};
}

}  // namespace detail
}  // namespace reel

template <class T>
struct nlohmann::adl_serializer<reel::Record<T>> {
  static void to_json(json& out, const reel::Record<T>& record) {
    out = {{"$id", record.id.str()},
           {"$sequence", record.sequence},
           {"$createdAt", reel::format_timestamp(record.created_at)},
           {"$updatedAt", reel::format_timestamp(record.updated_at)},
           {"$permissions", json::array()}};
    for (const reel::Permission& permission : record.permissions) out["$permissions"].push_back(permission.str());
    const std::vector<reel::Value> values = reel::detail::encode_values(record.value);
    for (std::size_t i = 0; i < values.size(); ++i)
      out[reel::schema_of<T>().attributes[i].name] = reel::to_json(values[i]);
  }

  /// What is missing keeps the struct's own default; what the schema does not know is passed over. Throws
  /// `Errc::invalid`, naming the attribute, for a value of another type.
  static void from_json(const json& in, reel::Record<T>& record) {
    record.id = reel::Id<T>{in.value("$id", std::string{})};
    record.sequence = in.value("$sequence", std::int64_t{0});
    record.created_at = reel::parse_timestamp(in.value("$createdAt", std::string{})).value_or(reel::Timestamp{});
    record.updated_at = reel::parse_timestamp(in.value("$updatedAt", std::string{})).value_or(reel::Timestamp{});
    record.permissions.clear();
    for (const json& text : in.value("$permissions", json::array())) {
      if (auto permission = reel::Permission::parse(text.get<std::string>())) record.permissions.push_back(*permission);
    }
    reel::Document document{.id = record.id.str(), .values = reel::detail::encode_values(record.value)};
    const auto& attributes = reel::schema_of<T>().attributes;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const auto found = in.find(attributes[i].name);
      if (found != in.end()) document.values[i] = reel::detail::from_json(attributes[i], *found);
    }
    reel::detail::decode_values(document, record.value);
  }
};
