#include <emulator/documents/structure.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

#include <emulator/schema/attribute_rules.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/schema/row_width.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/values/datetime.hpp>
#include <emulator/values/formats.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {
namespace {

constexpr std::size_t first_text_size = 16382;  ///< In characters; from here on a column is a TEXT of 65535 bytes.
constexpr std::size_t text_bytes = 65535;

[[noreturn]] void refuse(const Call& call, const std::string& what) {
  fail(call, "document_invalid_structure", "Invalid document structure: " + what);
}

std::string integer_sentence(const Call& call) {
  if (!call.since(1, 9)) return "Value must be a valid integer";
  return "Value must be a valid signed 64-bit integer between -9,223,372,036,854,775,808 and 9,223,372,036,854,775,807";
}

/// The message about an invalid integer. The range of the column is checked before the bounds of the attribute.
std::string integer_problem(const Call& call, const Attribute& attribute, const Json& value) {
  if (!value.is_number_integer()) return integer_sentence(call);
  const std::int64_t most = attribute.size == wide_integer ? std::numeric_limits<std::int64_t>::max()
                                                           : std::numeric_limits<std::int32_t>::max();
  const auto number = value.get<std::int64_t>();
  if (number < -most || number > most) return range_sentence(-most, most);
  return within_bounds(attribute, value) ? "" : bounds_sentence(attribute);
}

std::string text_problem(const Attribute& attribute, const Json& value) {
  if (std::string problem = text(attribute.size, 0).problem(value); !problem.empty()) return problem;
  if (attribute.format.empty()) return "";
  if (attribute.format != "enum") return format_rule(attribute.format).problem(value);
  const auto& elements = attribute.elements;
  if (std::find(elements.begin(), elements.end(), value) != elements.end()) return "";
  return one_of_sentence(elements.get<std::vector<std::string>>());
}

std::string value_problem(const Call& call, const Attribute& attribute, const Json& value) {
  if (attribute.is_text()) return text_problem(attribute, value);
  if (attribute.type == "integer" || attribute.type == "bigint") return integer_problem(call, attribute, value);
  if (attribute.type == "double") {
    if (!value.is_number()) return "Value must be a valid float";
    return within_bounds(attribute, value) ? "" : bounds_sentence(attribute);
  }
  if (attribute.type == "boolean") return value.is_boolean() ? "" : "Value must be a valid boolean";
  if (attribute.type == "datetime") {
    return value.is_string() && read_datetime(value.get_ref<const std::string&>()) ? "" : datetime_sentence;
  }
  for (const AttributeKind& kind : attribute_kinds()) {
    if (attribute.type == kind.type) return default_rule(kind).problem(value.is_null() ? Json(0) : value);
  }
  return "";
}

/// The message about an invalid value. Attributes with a format, and all numbers, have an invalid "format", others an
/// invalid "type".
std::string invalid(const Attribute& attribute, const std::string& name, const std::string& problem) {
  const bool formatted = !attribute.format.empty() || attribute.type == "integer" || attribute.type == "bigint" ||
                         attribute.type == "double";
  return "Attribute \"" + name + "\" has invalid " + (formatted ? "format" : "type") + ". " + problem;
}

void check_value(const Call& call, const Attribute& attribute, const Json& value) {
  if (!attribute.required && value.is_null()) return;
  if (attribute.is_relationship()) return;
  if (!attribute.array) {
    const std::string problem = value_problem(call, attribute, value);
    if (!problem.empty()) refuse(call, invalid(attribute, attribute.key, problem));
    return;
  }
  if (!value.is_array()) refuse(call, "Attribute \"" + attribute.key + "\" must be an array");
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (!attribute.required && value[i].is_null()) continue;
    const std::string problem = value_problem(call, attribute, value[i]);
    if (problem.empty()) continue;
    refuse(call, invalid(attribute, attribute.key + "['" + std::to_string(i) + "']", problem));
  }
}

void check_system_time(const Call& call, const std::string& key, const Json& value) {
  Attribute attribute;
  attribute.key = key;
  attribute.type = "datetime";
  check_value(call, attribute, value);
}

void encode_time(Json& value) {
  if (!value.is_string()) return;
  const auto& text = value.get_ref<const std::string&>();
  const std::optional<Time> time = text.empty() ? current_time() : read_datetime(text);
  if (time) value = write_time(*time);
}

bool is_system_time(const std::string& key) { return key == "$createdAt" || key == "$updatedAt"; }

/// The available attribute of this key; null if not found.
const Attribute* known(const Collection& collection, const std::string& key) {
  const Attribute* attribute = collection.attribute(key);
  return attribute != nullptr && attribute->available() ? attribute : nullptr;
}

/// The element as PHP casts it: null becomes 0 or false, and -0.0 becomes 0.0.
Json cast_element(const Attribute& attribute, Json value) {
  if (attribute.type == "integer" || attribute.type == "bigint") return value.is_null() ? Json(0) : value;
  if (attribute.type == "boolean") return value.is_null() ? Json(false) : value;
  if (attribute.type != "double") return value;
  const double number = value.is_null() ? 0 : value.get<double>();
  return number == 0 ? 0.0 : number;
}

Json stored_value(const Attribute& attribute, const Json& value) {
  if (attribute.array) {
    if (value.is_null()) return nullptr;
    Json list = Json::array();
    for (const Json& element : value) list.push_back(cast_element(attribute, element));
    return list;
  }
  if (value.is_null()) return nullptr;
  if (attribute.is_text() && attribute.size >= first_text_size && attribute.size <= text_bytes &&
      value.get_ref<const std::string&>().size() > text_bytes) {
    unknown_error();
  }
  return cast_element(attribute, value);
}

/// Throws if a required attribute is missing or null.
void check_required(const Call& call, const Collection& collection, const Json& data,
                    const std::set<std::string>& operator_keys) {
  for (const auto& attribute : collection.attributes) {
    if (!attribute->available() || !attribute->required || operator_keys.contains(attribute->key)) continue;
    const Json* value = member(data, attribute->key);
    if (value == nullptr || value->is_null()) refuse(call, "Missing required attribute \"" + attribute->key + "\"");
  }
}

}  // namespace

void encode(const Collection& collection, Json& data) {
  for (auto& [key, value] : data.items()) {
    const Attribute* attribute = known(collection, key);
    if (is_system_time(key)) encode_time(value);
    if (attribute == nullptr || attribute->type != "datetime") continue;
    if (value.is_array()) {
      for (Json& element : value) encode_time(element);
    } else {
      encode_time(value);
    }
  }
}

void fill_defaults(const Collection& collection, Json& data) {
  for (const auto& attribute : collection.attributes) {
    if (!attribute->available() || attribute->filling.is_null()) continue;
    const Json* value = member(data, attribute->key);
    if (value != nullptr && !value->is_null()) continue;
    Json filled = attribute->filling;
    if (attribute->type == "datetime") encode_time(filled);
    data[attribute->key] = std::move(filled);
  }
}

void validate_structure(const Call& call, const Collection& collection, const Json& data, Completeness completeness,
                        const std::set<std::string>& operator_keys) {
  if (completeness == Completeness::whole) check_required(call, collection, data, operator_keys);
  for (const auto& [key, value] : data.items()) {
    if (!is_system_time(key) && known(collection, key) == nullptr) refuse(call, "Unknown attribute: \"" + key + "\"");
  }
  for (const auto& [key, value] : data.items()) {
    if (operator_keys.contains(key)) continue;
    if (is_system_time(key)) {
      check_system_time(call, key, value);
    } else {
      check_value(call, *known(collection, key), value);
    }
  }
}

void store_values(const Collection& collection, const Json& data, Row& row) {
  for (const auto& [key, value] : data.items()) {
    if (key == "$createdAt") row.created_at = value.get<std::string>();
    if (key == "$updatedAt") row.updated_at = value.get<std::string>();
    const Attribute* attribute = known(collection, key);
    if (attribute != nullptr && !attribute->is_relationship())
      row.set(attribute->slot, stored_value(*attribute, value));
  }
}

Json bound_number(const Json& value) {
  if (!value.is_number_float()) return value;
  constexpr std::size_t longest = 32;
  std::array<char, longest> digits{};
  std::snprintf(digits.data(), digits.size(), "%.14g", value.get<double>());
  return std::strtod(digits.data(), nullptr);
}

Row bound_row(const Collection& collection, const Json& data, Row row, const std::set<std::string>& operator_keys) {
  for (const auto& [key, value] : data.items()) {
    const Attribute* attribute = known(collection, key);
    if (attribute == nullptr || attribute->type != "double" || attribute->array || operator_keys.contains(key))
      continue;
    if (value.is_number_float()) row.set(attribute->slot, bound_number(row.value(attribute->slot)));
  }
  return row;
}

void check_column_range(const Call& call, const Attribute& attribute, const Json& sum) {
  if (attribute.type != "integer" || attribute.array || attribute.size == wide_integer || !sum.is_number()) return;
  if (sum >= std::numeric_limits<std::int32_t>::min() && sum <= std::numeric_limits<std::int32_t>::max()) return;
  if (!call.since(1, 8, 1)) unknown_error();
  throw ServerError{400, "attribute_limit_exceeded", "Value out of range"};
}

Json read_value(const Attribute& attribute, const Row& row) {
  const Json& value = row.value(attribute.slot);
  return attribute.array && value.is_null() ? Json::array() : value;
}

Json values_of(const Collection& collection, const Row& row) {
  Json data = Json::object();
  for (const auto& attribute : collection.attributes) {
    if (!attribute->available() || attribute->is_relationship()) continue;
    data[attribute->key] = read_value(*attribute, row);
  }
  return data;
}

bool strictly_equal(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) return a.is_number_float() == b.is_number_float() && a == b;
  if (a.is_array() && b.is_array()) return std::equal(a.begin(), a.end(), b.begin(), b.end(), strictly_equal);
  return a == b;
}

bool loosely_equal(const Json& a, const Json& b) {
  if (a.is_null() && b.is_string()) return b.get_ref<const std::string&>().empty();
  if (b.is_null() && a.is_string()) return loosely_equal(b, a);
  if (a.is_null() || b.is_null() || a.is_boolean() || b.is_boolean()) return php_bool(a) == php_bool(b);
  if (is_numeric(a) && is_numeric(b)) return numeric_value(a) == numeric_value(b);
  if (a.is_number() && b.is_string()) return write_json(a) == b.get_ref<const std::string&>();
  if (a.is_string() && b.is_number()) return loosely_equal(b, a);
  if (!is_php_array(a) || !is_php_array(b)) return a == b;
  const Json left = with_names(a);
  const Json right = with_names(b);
  if (left.size() != right.size()) return false;
  for (const auto& [key, value] : left.items()) {
    const Json* other = member(right, key);
    if (other == nullptr || !loosely_equal(value, *other)) return false;
  }
  return true;
}

}  // namespace reel::emulator
