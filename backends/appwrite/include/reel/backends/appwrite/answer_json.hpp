#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <reel/error.hpp>

/// Access to the fields of the server's JSON responses. A response may lack any field or contain a value of another
/// type, for example if a proxy or another server version answered, so every field is checked before use.
namespace reel::appwrite {

using Json = nlohmann::json;

/// Whether the JSON value is exactly a `T`. `get<T>()` alone converts booleans to numbers, truncates fractions and
/// wraps integers that are out of range.
template <class T>
[[nodiscard]] bool holds(const nlohmann::json& value) {
  if constexpr (std::same_as<T, bool>) {
    return value.is_boolean();
  } else if constexpr (std::integral<T>) {
    const bool too_large = value.is_number_unsigned() && !std::in_range<T>(value.get<std::uint64_t>());
    return value.is_number_integer() && !too_large;
  } else if constexpr (std::same_as<T, std::string>) {
    return value.is_string();
  } else if constexpr (std::same_as<T, std::vector<std::string>>) {
    if (!value.is_array()) return false;
    for (const nlohmann::json& element : value) {
      if (!element.is_string()) return false;
    }
    return true;
  } else {
    static_assert(std::same_as<T, nlohmann::json::array_t>, "a field of this type is not read from answers");
    return value.is_array();
  }
}

/// Throws `corrupt` about a field of a response.
[[noreturn]] inline void refuse_field(const char* name, const std::string& why) {
  throw Error(Errc::corrupt, "the field '" + std::string(name) + "' of the server's answer " + why);
}

/// Returns the field, or `nullopt` if it is missing or null. Throws `corrupt` if it has another type, or if `object` is
/// not an object.
template <class T>
[[nodiscard]] std::optional<T> optional_field(const nlohmann::json& object, const char* name) {
  if (!object.is_object()) refuse_field(name, "is missing: the answer is not an object");
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return std::nullopt;
  if (!holds<T>(*found)) refuse_field(name, std::string("has another type: ") + found->type_name());
  return found->template get<T>();
}

/// Returns the field. Throws `corrupt` if it is missing, null or of another type.
template <class T>
[[nodiscard]] T field(const nlohmann::json& object, const char* name) {
  std::optional<T> value = optional_field<T>(object, name);
  if (!value) refuse_field(name, "is missing");
  return *std::move(value);
}

}  // namespace reel::appwrite
