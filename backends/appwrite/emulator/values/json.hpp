#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace reel::emulator {

/// Keeps the order of members, which clients see.
using Json = nlohmann::ordered_json;

/// Reads a text the way the server does: integers beyond 64 bits become doubles, numbers beyond those are infinite, and
/// an object that PHP cannot tell from a list (`{}`, `{"0":…,"1":…}`) becomes a list. Nothing if it is no JSON, or
/// nests deeper than 512.
std::optional<Json> parse_json(std::string_view text);

/// Writes a value the way the server does: `/` escaped, other characters as they are, 10.0 as `10`.
std::string write_json(const Json& value);

/// The number as PHP prints it.
std::string write_double(double number);

/// Whether PHP would call it an array: a list or an object.
inline bool is_php_array(const Json& value) { return value.is_array() || value.is_object(); }

/// PHP's conversion to bool: false, 0, "", "0", null and empty arrays are false. So the text `false` is true.
bool php_bool(const Json& value);

/// Whether an object's names are 0, 1, 2 …
bool is_list(const Json& object);
/// An array whose positions are its names, `{"0":…,"1":…}`; an object as it is.
Json with_names(Json array);

/// Whether PHP would count with it: a number, or a text that is nothing else.
bool is_numeric(const Json& value);
/// The number that PHP would count with; the value must be numeric.
Json numeric_value(const Json& value);

/// The name PHP has for the type: `integer`, `NULL` …
std::string php_type(const Json& value);

/// Looks up a member, null if there is none.
const Json* member(const Json& object, std::string_view name);

}  // namespace reel::emulator
