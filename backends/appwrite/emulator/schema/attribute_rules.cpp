#include <emulator/schema/attribute_rules.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <vector>

#include <emulator/schema/naming.hpp>
#include <emulator/values/datetime.hpp>
#include <emulator/values/formats.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {
namespace {

bool is_point(const Json& value) {
  return value.is_array() && value.size() == 2 && value[0].is_number() && value[1].is_number();
}

bool is_line(const Json& value) {
  return value.is_array() && value.size() >= 2 && std::all_of(value.begin(), value.end(), is_point);
}

bool is_polygon(const Json& value) {
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), [](const Json& ring) {
           return is_line(ring) && ring.size() >= 4 && ring.front() == ring.back();
         });
}

/// Formats a number as PHP's number_format(): halves away from 0, no decimals, thousands separated by commas.
std::string grouped(const Json& number) {
  if (number.is_number_integer()) return with_commas(std::to_string(number.get<std::int64_t>()));
  std::array<char, 400> digits{};
  std::snprintf(digits.data(), digits.size(), "%.0f", std::round(number.get<double>()) + 0.0);
  return with_commas(digits.data());
}

Json least_of(const Attribute& attribute) {
  if (!attribute.least.is_null()) return attribute.least;
  if (attribute.type == "double") return -std::numeric_limits<double>::max();
  return std::numeric_limits<std::int64_t>::min();
}

Json most_of(const Attribute& attribute) {
  if (!attribute.most.is_null()) return attribute.most;
  if (attribute.type == "double") return std::numeric_limits<double>::max();
  return std::numeric_limits<std::int64_t>::max();
}

}  // namespace

const std::vector<AttributeKind>& attribute_kinds() {
  static const std::vector<AttributeKind> kinds = {
      {"string", "string", "", 0, {}},
      {"integer", "integer", "", 0, {}},
      {"float", "double", "", 0, {}},
      {"boolean", "boolean", "", 0, {}},
      {"datetime", "datetime", "", 0, {}},
      {"email", "string", "email", 254, {}},
      {"url", "string", "url", 2000, {}},
      {"ip", "string", "ip", 39, {}},
      {"enum", "string", "enum", 255, {}},
      {"point", "point", "", 0, {1, 8, 0}},
      {"line", "linestring", "", 0, {1, 8, 0}},
      {"polygon", "polygon", "", 0, {1, 8, 0}},
      {"varchar", "varchar", "", 0, {1, 9, 0}},
      {"text", "text", "", 65535, {1, 9, 0}},
      {"mediumtext", "mediumtext", "", 16777215, {1, 9, 0}},
      {"longtext", "longtext", "", 2147483647, {1, 9, 0}},
      {"bigint", "bigint", "", 0, {1, 9, 5}},
  };
  return kinds;
}

Validator default_rule(const AttributeKind& kind) {
  const std::string_view type = kind.type;
  if (std::string_view{kind.format} == "enum") return nullable(text(0));
  if (*kind.format != '\0') return nullable(format_rule(kind.format));
  if (type == "integer" || type == "bigint") return nullable(integer());
  if (type == "double") return nullable(floating());
  if (type == "boolean") return nullable(boolean(false));
  if (type == "datetime") {
    return nullable(rule(
        [](const Json& value) { return value.is_string() && read_dated_text(value.get_ref<const std::string&>()); },
        datetime_sentence));
  }
  if (type == "point") return nullable(rule(is_point, "Value must be a valid point"));
  if (type == "linestring") return nullable(rule(is_line, "Value must be a valid linestring"));
  if (type == "polygon") return nullable(rule(is_polygon, "Value must be a valid polygon"));
  Validator any = text(0, 0);
  return nullable(std::move(any));
}

std::string bounds_sentence(const Attribute& attribute) {
  return "Value must be a valid range between " + grouped(least_of(attribute)) + " and " + grouped(most_of(attribute));
}

bool within_bounds(const Attribute& attribute, const Json& number) {
  return number >= least_of(attribute) && number <= most_of(attribute);
}

void check_bounds(const Call& call, const Attribute& attribute) {
  if (!attribute.is_number()) return;
  if (least_of(attribute) > most_of(attribute)) {
    fail(call, "attribute_value_invalid", "Minimum value must be lesser than maximum value");
  }
  if (!attribute.fallback.is_null() && !within_bounds(attribute, attribute.fallback)) {
    fail(call, "attribute_value_invalid", bounds_sentence(attribute));
  }
}

void check_default(const Call& call, const Attribute& attribute) {
  if (attribute.fallback.is_null()) return;
  const std::string noun = naming(call).attribute();
  if (attribute.required) {
    fail(call, "attribute_default_unsupported", "Cannot set default value for required " + noun);
  }
  if (attribute.array) {
    fail(call, "attribute_default_unsupported", "Cannot set default value for array " + noun + "s");
  }
}

}  // namespace reel::emulator
