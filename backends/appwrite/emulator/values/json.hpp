#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace reel::emulator {

/// JSON whose objects keep the order of their members, because clients see it.
using Json = nlohmann::ordered_json;

/// Parses JSON as PHP does for the server: integers beyond 64 bits become doubles, numbers beyond the range of doubles
/// become infinite, and an object that PHP cannot distinguish from a list (`{}`, `{"0":…,"1":…}`) becomes an array.
/// Empty if the string is not valid JSON or nests deeper than 512 levels.
std::optional<Json> parse_json(std::string_view text);

/// Serializes a value as PHP does for the server: `/` is escaped, characters beyond ASCII are not, and 10.0 is written
/// `10`.
std::string write_json(const Json& value);

/// Formats a number as PHP does: the shortest form that parses to the same double, with an exponent below 1e-4 and from
/// 1e17 on.
std::string write_double(double number);

/// Whether PHP calls the value an array: an array or an object.
inline bool is_php_array(const Json& value) { return value.is_array() || value.is_object(); }

/// PHP's conversion to bool: false, 0, "", "0", null and empty arrays are false; everything else is true, also the
/// string "false".
bool php_bool(const Json& value);

/// Whether the names of an object's members are 0, 1, 2 … in order.
bool is_list(const Json& object);
/// The object that PHP sees in an array: its indexes become names, `{"0":…,"1":…}`. Other values are returned
/// unchanged.
Json with_names(Json array);

/// PHP's is_numeric(): a number, or a string that contains only a number and white space around it.
bool is_numeric(const Json& value);
/// The number PHP calculates with. `value` must be numeric.
Json numeric_value(const Json& value);

/// PHP's name of the type, such as `integer` or `NULL`.
std::string php_type(const Json& value);

/// The member of an object; null if it is missing or `object` is not an object.
const Json* member(const Json& object, std::string_view name);

}  // namespace reel::emulator
