#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <reel/driver/collection_schema.hpp>
#include <reel/json/writer.hpp>

/// Exact floating-point numbers on a server that stores 14 significant digits but computes in doubles. PHP binds a
/// number as a string, with its setting `precision` (14 by default):
///
///     v  =  rounded            14 digits, written as the value
///         + rest               v - rounded, exact in a double; added in the same transaction
///
/// The database adds in double arithmetic, so the result is exactly v. Whole numbers of up to 63 bits are sent as
/// integers, which are exact (-0.0 becomes 0). Elements of lists are stored as JSON and are exact too.
namespace reel::appwrite {

/// A number as two summands.
struct FloatParts {
  double rounded = 0;
  double rest = 0;  ///< 0: `rounded` is the number
};

/// The double nearest to `value` among those with 14 significant digits.
[[nodiscard]] inline double with_14_digits(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.13e", value);
  return std::strtod(digits, nullptr);
}

/// Whether the number is sent as an integer.
[[nodiscard]] inline bool is_whole(double value) {
  constexpr double end = 9223372036854775808.0;
  return value > -end && value < end && value == std::trunc(value);
}

/// Splits the number. The rounded part stays within the attribute's range, which the server checks when it is written;
/// it does not check the addition.
[[nodiscard]] inline FloatParts parts_of(const driver::AttributeSchema& attribute, double value) {
  if (is_whole(value)) return {value, 0};
  double rounded = with_14_digits(value);
  const double* const low = attribute.minimum ? attribute.minimum->as<double>() : nullptr;
  const double* const high = attribute.maximum ? attribute.maximum->as<double>() : nullptr;
  constexpr double unit = 1e-13;  // of the last of 14 digits, relative to the value; at least
  if (low && rounded < *low) rounded = with_14_digits(value + std::fabs(value) * unit);
  if (high && rounded > *high) rounded = with_14_digits(value - std::fabs(value) * unit);
  return {rounded, value - rounded};
}
[[nodiscard]] inline FloatParts parts_of(const driver::AttributeSchema& attribute, const driver::Value& value) {
  const double* const number = value.as<double>();
  return number && !attribute.list ? parts_of(attribute, *number) : FloatParts{};
}

/// The JSON that stores the value, or the rounded part of a floating-point number.
[[nodiscard]] inline std::string rounded_json(const driver::AttributeSchema& attribute, const driver::Value& value) {
  std::string text;
  if (attribute.list || !value.as<double>()) {
    json::append_value(text, value);
    return text;
  }
  const double rounded = parts_of(attribute, value).rounded;
  if (is_whole(rounded)) {
    json::append_number(text, static_cast<std::int64_t>(rounded));
  } else {
    json::append_number(text, rounded);
  }
  return text;
}

/// The number as JSON with a fraction, such as `10.0`, so that the server does not read it as an integer.
[[nodiscard]] inline std::string float_json(double value) {
  std::string text;
  json::append_number(text, value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

/// Whether a query finds exactly this number: the server formats operands with 17 digits after the point.
[[nodiscard]] inline bool is_exact_in_queries(double value) {
  char digits[400];
  std::snprintf(digits, sizeof digits, "%.17f", value);
  return std::strtod(digits, nullptr) == value;
}

}  // namespace reel::appwrite
