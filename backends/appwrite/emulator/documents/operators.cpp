#include <emulator/documents/operators.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include <emulator/documents/structure.hpp>
#include <emulator/schema/naming.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/values/datetime.hpp>

namespace reel::emulator {
namespace {

constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t least = std::numeric_limits<std::int32_t>::min();

enum class Needs { number, text, boolean, list, datetime };

struct Operator {
  std::string method;
  std::vector<Json> values;
  Needs needs = Needs::number;
};

const std::map<std::string, Needs, std::less<>>& methods() {
  static const std::map<std::string, Needs, std::less<>> all = {
      {"increment", Needs::number},     {"decrement", Needs::number},   {"multiply", Needs::number},
      {"divide", Needs::number},        {"modulo", Needs::number},      {"power", Needs::number},
      {"stringConcat", Needs::text},    {"stringReplace", Needs::text}, {"toggle", Needs::boolean},
      {"arrayAppend", Needs::list},     {"arrayPrepend", Needs::list},  {"arrayInsert", Needs::list},
      {"arrayRemove", Needs::list},     {"arrayUnique", Needs::list},   {"arrayIntersect", Needs::list},
      {"arrayDiff", Needs::list},       {"arrayFilter", Needs::list},   {"dateAddDays", Needs::datetime},
      {"dateSubDays", Needs::datetime}, {"dateSetNow", Needs::datetime}};
  return all;
}

/// Parses an operator: an object, or a string of its JSON, with the name of a method. Empty for other values.
std::optional<Operator> parse_operator(const Call& call, const std::string& key, const Json& value) {
  const std::optional<Json> json =
      value.is_string() ? parse_json(value.get_ref<const std::string&>()) : std::optional{value};
  const Json* method = json ? member(*json, "method") : nullptr;
  if (method == nullptr || !method->is_string()) return std::nullopt;
  const auto known = methods().find(method->get<std::string>());
  if (known == methods().end()) return std::nullopt;
  const std::string start = "Invalid operator for attribute \"" + key + "\": Invalid operator ";
  const Json* attribute = member(*json, "attribute");
  if (attribute != nullptr && !attribute->is_null() && !attribute->is_string()) {
    fail(call, "general_bad_request", start + "attribute. Must be a string, got " + php_type(*attribute));
  }
  Operator found{known->first, {}, known->second};
  const Json* values = member(*json, "values");
  if (values == nullptr || values->is_null()) return found;
  if (!is_php_array(*values)) {
    fail(call, "general_bad_request", start + "values. Must be an array, got " + php_type(*values));
  }
  for (const Json& one : *values) found.values.push_back(one);
  return found;
}

[[noreturn]] void refuse(const Call& call, const std::string& what) {
  fail(call, "document_invalid_structure", "Invalid document structure: " + what);
}

std::string start(const Operator& op) { return "Cannot apply " + op.method + " operator"; }

void check_number(const Call& call, const Operator& op) {
  const Json value = op.values.empty() ? Json() : op.values[0];
  if (!is_numeric(value)) refuse(call, start(op) + ": value must be numeric, got " + php_type(value));
  const bool zero = numeric_value(value) == 0;
  if (zero && op.method == "divide") refuse(call, start(op) + ": division by zero");
  if (zero && op.method == "modulo") refuse(call, start(op) + ": modulo by zero");
  if (op.values.size() > 1 && !op.values[1].is_null() && !is_numeric(op.values[1])) {
    refuse(call, start(op) + ": max/min limit must be numeric, got " + php_type(op.values[1]));
  }
}

void check_text(const Call& call, const Operator& op) {
  const bool first = !op.values.empty() && op.values[0].is_string();
  if (op.method == "stringConcat" && !first) refuse(call, start(op) + ": requires a string value");
  if (op.method == "stringReplace" && (!first || op.values.size() != 2 || !op.values[1].is_string())) {
    refuse(call, start(op) + ": requires exactly 2 string values (search and replace)");
  }
}

void check_added_integers(const Call& call, const Attribute& attribute, const Operator& op) {
  const bool inserts = op.method == "arrayInsert";
  if (attribute.type != "integer" || (!inserts && op.method != "arrayAppend" && op.method != "arrayPrepend")) return;
  const bool nested = !inserts && !op.values.empty() && is_php_array(op.values[0]);
  for (const Json& one : nested ? op.values[0] : Json(op.values)) {
    if (!is_numeric(one) || (numeric_value(one) <= most && numeric_value(one) >= least)) continue;
    refuse(call, start(op) + ": array items must be between " + std::to_string(least) + " and " + std::to_string(most));
  }
}

void check_filter(const Call& call, const Operator& op) {
  static const std::vector<std::string> conditions = {"equal",    "notEqual",      "greaterThan", "greaterThanEqual",
                                                      "lessThan", "lessThanEqual", "isNull",      "isNotNull"};
  if (op.values.empty() || op.values.size() > 2) {
    refuse(call, start(op) + ": requires 1 or 2 values (condition and optional comparison value)");
  }
  if (!op.values[0].is_string()) refuse(call, start(op) + ": condition must be a string");
  const auto condition = op.values[0].get<std::string>();
  if (std::find(conditions.begin(), conditions.end(), condition) != conditions.end()) return;
  std::string choices;
  for (const std::string& one : conditions) choices += (choices.empty() ? "" : ", ") + one;
  refuse(call, "Invalid array filter condition '" + condition + "'. Must be one of: " + choices);
}

/// `row` null: the index is not checked against the length of the list.
void check_insertion(const Call& call, const Attribute& attribute, const Operator& op, const Row* row) {
  if (op.values.size() != 2) refuse(call, start(op) + ": requires exactly 2 values (index and value)");
  if (!op.values[0].is_number_integer() || op.values[0] < 0) {
    refuse(call, start(op) + ": index must be a non-negative integer");
  }
  check_added_integers(call, attribute, op);
  if (row == nullptr) return;
  const Json& old = row->value(attribute.slot);
  const std::size_t size = old.is_array() ? old.size() : 0;
  if (op.values[0].get<std::size_t>() <= size) return;
  refuse(call, start(op) + ": index " + op.values[0].dump() + " is out of bounds for array of length " +
                   std::to_string(size));
}

void check_list(const Call& call, const Attribute& attribute, const Operator& op, const Row* row) {
  if (op.method == "arrayRemove" && op.values.empty()) refuse(call, start(op) + ": requires a value to remove");
  if (op.method == "arrayIntersect" && op.values.empty()) {
    refuse(call, "arrayIntersect operator requires a non-empty array value");
  }
  if (op.method == "arrayFilter") check_filter(call, op);
  if (op.method == "arrayInsert") return check_insertion(call, attribute, op, row);
  check_added_integers(call, attribute, op);
}

bool fits(const Attribute& attribute, const Operator& op) {
  switch (op.needs) {
    case Needs::number:
      return attribute.is_number();
    case Needs::text:
      return attribute.is_text() && !(attribute.array && op.method == "stringConcat");
    case Needs::boolean:
      return attribute.type == "boolean";
    case Needs::list:
      return attribute.array;
    case Needs::datetime:
      break;
  }
  return attribute.type == "datetime";
}

std::string misfit(const Operator& op, const std::string& key) {
  if (op.method == "arrayIntersect" || op.method == "arrayDiff") {
    return "Cannot use " + op.method + " operator on non-array attribute '" + key + "'";
  }
  static const std::map<Needs, std::string> kinds = {{Needs::number, "numeric"},
                                                     {Needs::text, "string"},
                                                     {Needs::boolean, "boolean"},
                                                     {Needs::list, "array"},
                                                     {Needs::datetime, "datetime"}};
  return start(op) + " to non-" + kinds.at(op.needs) + " field '" + key + "'";
}

/// Throws if the operator does not fit the attribute. `row` is the row whose bounds count; null: none.
void check(const Call& call, const Attribute& attribute, const Operator& op, const Row* row) {
  if (!fits(attribute, op)) refuse(call, misfit(op, attribute.key));
  if (op.needs == Needs::number) check_number(call, op);
  if (op.needs == Needs::text) check_text(call, op);
  if (op.needs == Needs::list) check_list(call, attribute, op, row);
  const bool counts_days = op.method == "dateAddDays" || op.method == "dateSubDays";
  if (counts_days && (op.values.empty() || !op.values[0].is_number_integer())) {
    refuse(call, start(op) + ": requires an integer number of days");
  }
  if (attribute.array && op.needs != Needs::list && op.needs != Needs::text)
    unknown_error();  // PHP cannot calculate with arrays
}

/// An integer must stay within 32 bits unless the operator has a bound; a string must not become longer than its size,
/// counted in bytes.
void check_result(const Call& call, const Attribute& attribute, const Operator& op, const Json& result) {
  if (op.method == "stringConcat" && result.get_ref<const std::string&>().size() > attribute.size) {
    refuse(call,
           start(op) + ": result would exceed maximum length of " + std::to_string(attribute.size) + " characters");
  }
  const bool bounded = op.values.size() > 1 && !op.values[1].is_null();
  if (op.needs != Needs::number || attribute.type != "integer" || bounded) return;
  if (result > most) refuse(call, start(op) + ": would overflow maximum value of " + std::to_string(most));
  if (result < least) refuse(call, start(op) + ": would underflow minimum value of " + std::to_string(least));
}

/// Applies the bound of an operator: none for modulo, a minimum for divide and decrement, otherwise a maximum. A stored
/// number at or beyond the bound becomes the bound, whatever the operand, except for divide. A power leaves numbers up
/// to 1 unchanged.
double within_bound(const std::string& method, double from, double result, double bound) {
  if (method == "modulo") return result;
  if (method == "divide") return std::max(result, bound);
  if (method == "decrement") return from <= bound ? bound : std::max(result, bound);
  if (from >= bound) return bound;
  return method == "power" && from <= 1 ? from : std::min(result, bound);
}

Json number_result(const Operator& op, const Json& old, bool integral) {
  const double from = old.is_null() ? 0 : old.get<double>();
  const double by = op.values[0].get<double>();
  double result = from;
  if (op.method == "increment") result = from + by;
  if (op.method == "decrement") result = from - by;
  if (op.method == "multiply") result = from * by;
  if (op.method == "divide") result = from / by;
  if (op.method == "modulo") result = std::fmod(from, by);
  if (op.method == "power") result = std::pow(from, by);
  if (op.values.size() > 1 && op.values[1].is_number()) {
    result = within_bound(op.method, from, result, op.values[1].get<double>());
  }
  if (!integral) return result;
  constexpr double beyond = 9223372036854775808.0;
  if (result >= beyond) return std::numeric_limits<std::int64_t>::max();
  if (result < -beyond) return std::numeric_limits<std::int64_t>::min();
  // The quotient of integers is a decimal in the database, which rounds halves away from 0. Other results are doubles,
  // which round half to even.
  const bool decimal = op.method == "divide" && op.values[0].is_number_integer();
  return static_cast<std::int64_t>(decimal ? std::round(result) : std::nearbyint(result));
}

Json text_result(const Operator& op, const Json& old) {
  if (op.method == "stringReplace" && !old.is_string()) return old;
  std::string text = old.is_null() ? std::string{} : old.get<std::string>();
  const auto value = [&](std::size_t i) {
    return i < op.values.size() && op.values[i].is_string() ? op.values[i].get<std::string>() : std::string{};
  };
  if (op.method == "stringConcat") return text + value(0);
  const std::string sought = value(0);
  const std::string with = value(1);
  for (std::size_t at = 0; !sought.empty() && (at = text.find(sought, at)) != std::string::npos; at += with.size()) {
    text.replace(at, sought.size(), with);
  }
  return text;
}

bool passes_filter(const Operator& op, const Json& element) {
  const std::string condition = op.values.empty() ? std::string{} : op.values[0].get<std::string>();
  const Json value = op.values.size() > 1 ? op.values[1] : Json();
  if (condition == "isNull") return element.is_null();
  if (condition == "isNotNull") return !element.is_null();
  if (condition == "equal") return element == value;
  if (condition == "notEqual") return element != value;
  if (condition == "greaterThan") return element > value;
  if (condition == "greaterThanEqual") return element >= value;
  if (condition == "lessThan") return element < value;
  return condition != "lessThanEqual" || element <= value;
}

Json list_result(const Operator& op, const Json& old) {
  if (op.method == "arrayInsert" && old.is_null()) return old;
  std::vector<Json> list = old.is_array() ? old.get<std::vector<Json>>() : std::vector<Json>{};
  const auto given = [&](const Json& element) {
    return std::find(op.values.begin(), op.values.end(), element) != op.values.end();
  };
  if (op.method == "arrayAppend") list.insert(list.end(), op.values.begin(), op.values.end());
  if (op.method == "arrayPrepend") list.insert(list.begin(), op.values.begin(), op.values.end());
  if (op.method == "arrayInsert" && op.values.size() > 1 && op.values[0].is_number_integer()) {
    const auto at = std::min(list.size(), op.values[0].get<std::size_t>());
    list.insert(list.begin() + static_cast<std::ptrdiff_t>(at), op.values[1]);
  }
  if (op.method == "arrayRemove" && !op.values.empty()) std::erase(list, op.values[0]);
  if (op.method == "arrayDiff") std::erase_if(list, given);
  if (op.method == "arrayIntersect") std::erase_if(list, [&](const Json& element) { return !given(element); });
  if (op.method == "arrayFilter") std::erase_if(list, [&](const Json& element) { return !passes_filter(op, element); });
  if (op.method == "arrayUnique") {
    std::vector<Json> unique;
    for (Json& element : list) {
      if (std::find(unique.begin(), unique.end(), element) == unique.end()) unique.push_back(std::move(element));
    }
    list = std::move(unique);
  }
  return list;
}

Json datetime_result(const Operator& op, const Json& old, Time now) {
  if (op.method == "dateSetNow") return write_time(std::chrono::floor<std::chrono::seconds>(now));
  const std::optional<Time> from = old.is_string() ? read_datetime(old.get_ref<const std::string&>()) : std::nullopt;
  if (!from || op.values.empty() || !op.values[0].is_number()) return old;
  const std::chrono::days step{op.values[0].get<int>()};
  return write_time(op.method == "dateAddDays" ? *from + step : *from - step);
}

Json result(const Call& call, const Attribute& attribute, const Operator& op, const Json& old) {
  switch (op.needs) {
    case Needs::number:
      return number_result(op, old, attribute.type != "double");
    case Needs::text:
      return text_result(op, old);
    case Needs::boolean:
      return old.is_null() || !old.get<bool>();
    case Needs::list:
      return list_result(op, old);
    case Needs::datetime:
      break;
  }
  return datetime_result(op, old, call.now);
}

/// The value an operator starts from. In a new document that is the default, or an empty list or string.
Json starting_value(const Attribute& attribute, const Operator& op, const Row* stored) {
  if (stored != nullptr) return stored->value(attribute.slot);
  if (!attribute.filling.is_null()) return attribute.filling;
  if (op.needs == Needs::list) return Json::array();
  return op.needs == Needs::text ? Json("") : Json();
}

}  // namespace

std::set<std::string> apply_operators(const Call& call, const Collection& collection, const Row* stored, Json& data,
                                      Bounds bounds) {
  std::set<std::string> applied;
  if (!call.since(1, 8, 1)) return applied;
  const Row* bounded = bounds == Bounds::checked ? stored : nullptr;
  for (auto& [key, value] : data.items()) {
    const Attribute* attribute = collection.attribute(key);
    if (attribute == nullptr || !attribute->available()) continue;
    std::optional<Operator> op = attribute->is_relationship() ? std::nullopt : parse_operator(call, key, value);
    if (!op) continue;
    check(call, *attribute, *op, bounded);
    if (op->needs == Needs::number) {
      for (Json& one : op->values) one = one.is_null() ? one : bound_number(numeric_value(one));
    }
    value = result(call, *attribute, *op, starting_value(*attribute, *op, stored));
    if (bounded != nullptr) check_result(call, *attribute, *op, value);
    applied.insert(key);
  }
  return applied;
}

void show_unresolved(Json& document, const std::set<std::string>& operator_keys) {
  for (const std::string& key : operator_keys) document[key] = Json::object();
}

bool has_operators(const Call& call, const Collection& collection, Json data) {
  return !apply_operators(call, collection, nullptr, data, Bounds::ignored).empty();
}

}  // namespace reel::emulator
