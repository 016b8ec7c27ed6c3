#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <reel/driver/collection_schema.hpp>
#include <reel/json/writer.hpp>

/// Floating-point numbers on a server that keeps 14 significant digits of what it is given (PHP binds a number as text,
/// with its setting `precision`), and computes in doubles.
///
///     v  =  rounded            14 digits, stored by the write
///         + rest               v - rounded, which a double holds exactly; added in the same transaction
///
/// The database adds the rest in double arithmetic, so that the result is exactly v. Whole numbers of up to 63 bits are
/// sent as integers, which are exact (-0.0 becomes 0). Elements of lists are exact, too.
namespace reel::appwrite {

struct FloatParts {
  double rounded = 0;
  double rest = 0;  ///< 0: `rounded` is the number
};

/// The double next to `value` that 14 significant digits write.
[[nodiscard]] inline double with_14_digits(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.13e", value);
  return std::strtod(digits, nullptr);
}

/// Whether the number goes as an integer.
[[nodiscard]] inline bool is_whole(double value) {
  constexpr double end = 9223372036854775808.0;
  return value > -end && value < end && value == std::trunc(value);
}

/// How the number is stored in the attribute. The rounded part keeps to the attribute's range, which the server checks.
[[nodiscard]] inline FloatParts parts_of(const driver::AttributeSchema& attribute, double value) {
  if (is_whole(value)) return {value, 0};
  double rounded = with_14_digits(value);
  const double* const low = attribute.minimum ? attribute.minimum->as<double>() : nullptr;
  const double* const high = attribute.maximum ? attribute.maximum->as<double>() : nullptr;
  constexpr double unit = 1e-13;  // of the last of 14 digits, at least
  if (low && rounded < *low) rounded = with_14_digits(value + std::fabs(value) * unit);
  if (high && rounded > *high) rounded = with_14_digits(value - std::fabs(value) * unit);
  return {rounded, value - rounded};
}
[[nodiscard]] inline FloatParts parts_of(const driver::AttributeSchema& attribute, const driver::Value& value) {
  const double* const number = value.as<double>();
  return number && !attribute.list ? parts_of(attribute, *number) : FloatParts{};
}

/// The value as JSON that stores it; of a floating-point number the rounded part.
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

/// The number as JSON that every reader takes for one with a fraction: `10.0`.
[[nodiscard]] inline std::string float_json(double value) {
  std::string text;
  json::append_number(text, value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

/// Whether a query finds the number: its operands have 17 digits after the point.
[[nodiscard]] inline bool is_exact_in_queries(double value) {
  char digits[400];
  std::snprintf(digits, sizeof digits, "%.17f", value);
  return std::strtod(digits, nullptr) == value;
}

}  // namespace reel::appwrite
