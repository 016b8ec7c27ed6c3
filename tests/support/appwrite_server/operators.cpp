#include "support/appwrite_server/operators.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>

#include "support/appwrite_server/datetime.hpp"
#include "support/appwrite_server/naming.hpp"

namespace appwrite_server {
namespace {

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

std::optional<Operator> parse_operator(const Json& value) {
  if (!value.is_string() || !value.get_ref<const std::string&>().starts_with('{')) return std::nullopt;
  const std::optional<Json> json = parse_json(value.get_ref<const std::string&>());
  const Json* method = json ? member(*json, "method") : nullptr;
  if (method == nullptr || !method->is_string()) return std::nullopt;
  const auto known = methods().find(method->get<std::string>());
  if (known == methods().end()) return std::nullopt;
  Operator found{known->first, {}, known->second};
  const Json* values = member(*json, "values");
  if (values != nullptr && values->is_array()) found.values = values->get<std::vector<Json>>();
  return found;
}

[[noreturn]] void refuse(const Call& call, const std::string& what) {
  fail(call, "document_invalid_structure", "Invalid document structure: " + what);
}

void check(const Call& call, const Attribute& attribute, const Operator& op) {
  const auto cannot = [&](bool fits, const char* kind) {
    if (!fits) refuse(call, "Cannot apply " + op.method + " operator to " + kind + " field '" + attribute.key + "'");
  };
  switch (op.needs) {
    case Needs::number:
      cannot(
          !attribute.array && (attribute.type == "integer" || attribute.type == "bigint" || attribute.type == "double"),
          "non-numeric");
      if (op.method != "toggle" && (op.values.empty() || !op.values[0].is_number())) {
        refuse(call, "Cannot apply " + op.method + " operator: value must be numeric, got " +
                         (op.values.empty() ? "NULL" : op.values[0].type_name()));
      }
      if ((op.method == "divide" || op.method == "modulo") && op.values[0] == 0) {
        refuse(call, "Cannot apply " + op.method + " operator: " + (op.method == "divide" ? "division" : "modulo") +
                         " by zero");
      }
      return;
    case Needs::text:
      return cannot(attribute.is_text() && !attribute.array, "non-string");
    case Needs::boolean:
      return cannot(attribute.type == "boolean" && !attribute.array, "non-boolean");
    case Needs::list:
      return cannot(attribute.array, "non-array");
    case Needs::datetime:
      return cannot(attribute.type == "datetime" && !attribute.array, "non-datetime");
  }
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
    const double bound = op.values[1].get<double>();
    const bool down = op.method == "decrement" || op.method == "divide";
    result = down ? std::max(result, bound) : std::min(result, bound);
  }
  if (!integral) return result;
  constexpr double beyond = 9223372036854775808.0;
  if (result >= beyond) return std::numeric_limits<std::int64_t>::max();
  if (result < -beyond) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(std::nearbyint(result));
}

Json text_result(const Operator& op, const Json& old) {
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
  if (op.method == "arrayRemove" || op.method == "arrayDiff") std::erase_if(list, given);
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
  if (op.method == "dateSetNow") return write_time(now);
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

}  // namespace

void apply_operators(const Call& call, const Collection& collection, const Row* stored, Json& data) {
  if (!call.since(1, 8, 1)) return;
  for (auto& [key, value] : data.items()) {
    const Attribute* attribute = collection.attribute(key);
    if (attribute == nullptr || !attribute->available()) continue;
    const std::optional<Operator> op = parse_operator(value);
    if (!op) continue;
    check(call, *attribute, *op);
    value = result(call, *attribute, *op, stored == nullptr ? Json() : stored->value(attribute->slot));
  }
}

}  // namespace appwrite_server
