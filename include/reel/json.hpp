#pragma once

/// @file
/// Conversion of records to and from `nlohmann::json`, in the form of Appwrite's documents: attributes by their names,
/// and `$id`, `$sequence`, `$createdAt`, `$updatedAt`, `$permissions` beside them.
///
///     nlohmann::json json = tracks.get(id);
///     auto record = json.get<reel::Record<Track>>();
///
/// | member | JSON |
/// |---|---|
/// | a bool, a number, text | the same |
/// | an enum | the name of the enumerator |
/// | `Timestamp` | a string such as `2026-01-02T03:04:05.678+00:00` |
/// | `Id<T>` | the id as a string |
/// | an empty `std::optional` | null |
/// | `std::vector` | an array |
///
/// Opt-in: no other header of the core needs nlohmann-json, and none includes this one. The functions keep no state and
/// may be called from any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/driver/document.hpp>
#include <reel/error.hpp>
#include <reel/record.hpp>
#include <reel/schema.hpp>
#include <reel/text/whole_number.hpp>

namespace reel {

/// The JSON form of a value: null, a bool, a number, a string or an array. A timestamp is a string in the form of
/// `format_timestamp`. Every integer and every finite double keeps its value. Strings are copied as they are; `dump` of
/// nlohmann-json throws for one that is not UTF-8.
[[nodiscard]] inline nlohmann::json to_json(const driver::Value& value) {
  if (const auto* flag = value.as<bool>()) return *flag;
  if (const auto* integer = value.as<std::int64_t>()) return *integer;
  if (const auto* real = value.as<double>()) return *real;
  if (const auto* text = value.as<std::string>()) return *text;
  if (const auto* moment = value.as<Timestamp>()) return format_timestamp(*moment);
  nlohmann::json array;
  if (const auto* list = value.as<driver::List>()) {
    array = nlohmann::json::array();
    for (const driver::Value& element : *list) array.push_back(to_json(element));
  }
  return array;
}

namespace detail {

/// Throws `invalid` and names the attribute, what it takes and the JSON it received. No value can make the message
/// itself fail: bytes that are not UTF-8 are replaced, and a long value is cut.
[[noreturn]] inline void refuse_json(const std::string& attribute, const std::string& what, const std::string& wanted,
                                     const nlohmann::json& json) {
  std::string value = json.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  if (value.size() > 80) value = value.substr(0, 80) + "...";
  throw Error(Errc::invalid, what + " takes " + wanted + ", not " + value, {.attribute = attribute});
}

/// Whether the number is an integer that fits 64 signed bits.
[[nodiscard]] inline bool is_int64(const nlohmann::json& json) {
  return json.is_number_integer() && !(json.is_number_unsigned() && json.get<std::uint64_t>() > INT64_MAX);
}

/// The value of an attribute that is not a list, or of one element. Throws `invalid` for another JSON type.
[[nodiscard]] inline driver::Value scalar_from_json(const driver::AttributeSchema& attribute,
                                                    const nlohmann::json& json) {
  const auto refuse = [&](const char* wanted) {
    refuse_json(attribute.name, "attribute '" + attribute.name + "'", wanted, json);
  };
  if (json.is_null()) return {};
  switch (attribute.kind) {
    case driver::AttributeType::boolean:
      if (!json.is_boolean()) refuse("true or false");
      return driver::Value{json.get<bool>()};
    case driver::AttributeType::integer:
      if (!is_int64(json)) refuse("an integer of 64 signed bits");
      return driver::Value{json.get<std::int64_t>()};
    case driver::AttributeType::floating:
      if (!json.is_number()) refuse("a number");
      return driver::Value{json.get<double>()};
    case driver::AttributeType::timestamp: {
      const auto moment = json.is_string() ? parse_timestamp(json.get_ref<const std::string&>()) : std::nullopt;
      if (!moment) refuse("a time in RFC 3339");
      return driver::Value{*moment};
    }
    default:
      if (!json.is_string()) refuse("a string");
      return driver::Value{json.get<std::string>()};
  }
}

/// The value of an attribute: null for JSON null, a list for an array. Throws `invalid` for another JSON type, or for
/// null in an array.
[[nodiscard]] inline driver::Value from_json(const driver::AttributeSchema& attribute, const nlohmann::json& json) {
  if (!attribute.list || json.is_null()) return scalar_from_json(attribute, json);
  if (!json.is_array()) refuse_json(attribute.name, "attribute '" + attribute.name + "'", "an array", json);
  driver::List list;
  for (const nlohmann::json& element : json) {
    if (element.is_null())
      refuse_json(attribute.name, "attribute '" + attribute.name + "'", "an array without null", json);
    list.push_back(scalar_from_json(attribute, element));
  }
  return driver::Value{std::move(list)};
}

/// The member of an object; a null pointer if it is missing or null.
[[nodiscard]] inline const nlohmann::json* member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// The member `$id`; empty if it is missing. Throws `invalid` for another type than a string.
[[nodiscard]] inline std::string id_from_json(const nlohmann::json& record) {
  const nlohmann::json* const id = member(record, "$id");
  if (!id) return {};
  if (!id->is_string()) refuse_json("$id", "'$id'", "a string", *id);
  return id->get<std::string>();
}

/// The member `$sequence`, a number or a string of its decimal digits, as Appwrite 1.9 sends it; 0 if it is missing.
/// Throws `invalid` for anything else.
[[nodiscard]] inline std::int64_t sequence_from_json(const nlohmann::json& record) {
  const nlohmann::json* const sequence = member(record, "$sequence");
  if (!sequence) return 0;
  if (is_int64(*sequence)) return sequence->get<std::int64_t>();
  const auto number =
      sequence->is_string() ? text::whole_number<std::int64_t>(sequence->get_ref<const std::string&>()) : std::nullopt;
  if (!number) refuse_json("$sequence", "'$sequence'", "an integer of 64 signed bits", *sequence);
  return *number;
}

/// The member `name`, a time in RFC 3339; the epoch if it is missing. Throws `invalid` for anything else.
[[nodiscard]] inline Timestamp time_from_json(const nlohmann::json& record, const char* name) {
  const nlohmann::json* const time = member(record, name);
  if (!time) return {};
  const auto moment = time->is_string() ? parse_timestamp(time->get_ref<const std::string&>()) : std::nullopt;
  if (!moment) refuse_json(name, "'" + std::string(name) + "'", "a time in RFC 3339", *time);
  return *moment;
}

/// The member `$permissions`. `write("…")` becomes the two permissions that it means on a record, see
/// `write_permissions`. Empty if it is missing. Throws `invalid` for anything but an array of permissions.
[[nodiscard]] inline std::vector<Permission> permissions_from_json(const nlohmann::json& record) {
  std::vector<Permission> permissions;
  const nlohmann::json* const texts = member(record, "$permissions");
  if (!texts) return permissions;
  if (!texts->is_array()) refuse_json("$permissions", "'$permissions'", "an array", *texts);
  for (const nlohmann::json& text : *texts) {
    const std::string permission = text.is_string() ? text.get<std::string>() : std::string{};
    const bool is_write = permission.starts_with("write(");
    const auto parsed = Permission::parse(is_write ? "update" + permission.substr(5) : permission);
    if (!parsed) refuse_json("$permissions", "'$permissions'", "permissions such as read(\"any\")", text);
    if (is_write) {
      for (Permission& one : write_permissions(parsed->role())) permissions.push_back(std::move(one));
    } else {
      permissions.push_back(*parsed);
    }
  }
  return permissions;
}

}  // namespace detail
}  // namespace reel

namespace nlohmann {

/// Converts a `Record` to and from JSON: `nlohmann::json(record)` and `json.get<reel::Record<Track>>()`. The limits of
/// the schema are not checked here; a repository checks them when the record is written.
template <class T>
struct adl_serializer<reel::Record<T>> {
  /// Writes all attributes by name, null values included, and `$id`, `$sequence`, `$createdAt`, `$updatedAt` and
  /// `$permissions`. Times are strings in the form of `format_timestamp`. Throws `invalid` for a member that has no
  /// stored form.
  static void to_json(json& out, const reel::Record<T>& record) {
    out = {{"$id", record.id.str()},
           {"$sequence", record.sequence},
           {"$createdAt", reel::format_timestamp(record.created_at)},
           {"$updatedAt", reel::format_timestamp(record.updated_at)},
           {"$permissions", json::array()}};
    for (const reel::Permission& permission : record.permissions) out["$permissions"].push_back(permission.str());
    const std::vector<reel::driver::Value> values = reel::driver::encode_values(record.value);
    for (std::size_t i = 0; i < values.size(); ++i)
      out[reel::schema_of<T>().attributes[i].name] = reel::to_json(values[i]);
  }

  /// Sets `record` from an object. An attribute that is missing keeps its value in `record`. A `$` member that is
  /// missing or null gets its default. Members that the schema does not know are ignored.
  ///
  /// Throws `Errc::invalid`, naming the attribute or the `$` member, for everything that `to_json` does not write: a
  /// value of another type, an unknown enumerator, null for a member that cannot be null, a permission or a time that
  /// cannot be parsed, JSON that is not an object. Nothing is dropped silently, and `record` is unchanged after an
  /// error.
  static void from_json(const json& in, reel::Record<T>& record) {
    using namespace reel::detail;
    if (!in.is_object()) refuse_json("", "a record", "an object", in);
    reel::Record<T> read{.id = reel::Id<T>{id_from_json(in)},
                         .created_at = time_from_json(in, "$createdAt"),
                         .updated_at = time_from_json(in, "$updatedAt"),
                         .permissions = permissions_from_json(in),
                         .sequence = sequence_from_json(in),
                         .value = record.value};
    reel::driver::Document document{.id = read.id.str(), .values = reel::driver::encode_values(record.value)};
    const auto& attributes = reel::schema_of<T>().attributes;
    for (std::size_t i = 0; i < attributes.size(); ++i) {
      const auto found = in.find(attributes[i].name);
      if (found != in.end()) document.values[i] = reel::detail::from_json(attributes[i], *found);
    }
    try {
      reel::driver::decode_values(document, read.value);
    } catch (const reel::Error& error) {
      const auto found = in.find(error.attribute());
      refuse_json(error.attribute(), "attribute '" + error.attribute() + "'", "a value of the struct's member",
                  found == in.end() ? json() : *found);
    }
    record = std::move(read);
  }
};

}  // namespace nlohmann
