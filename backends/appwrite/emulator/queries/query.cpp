#include <emulator/queries/query.hpp>

#include <algorithm>
#include <array>

#include <emulator/server/server_error.hpp>

namespace reel::emulator {
namespace {

constexpr std::array<std::string_view, 20> always = {
    "equal",   "notEqual", "lessThan",  "lessThanEqual", "greaterThan", "greaterThanEqual",
    "between", "isNull",   "isNotNull", "startsWith",    "endsWith",    "contains",
    "search",  "and",      "or",        "select",        "orderAsc",    "orderDesc",
    "limit",   "offset"};
constexpr std::array<std::string_view, 2> cursors = {"cursorAfter", "cursorBefore"};
constexpr std::array<std::string_view, 18> since_1_8 = {
    "notContains",         "notSearch",        "notStartsWith", "notEndsWith",   "notBetween",
    "orderRandom",         "crosses",          "notCrosses",    "distanceEqual", "distanceNotEqual",
    "distanceGreaterThan", "distanceLessThan", "intersects",    "notIntersects", "overlaps",
    "notOverlaps",         "touches",          "notTouches"};
constexpr std::array<std::string_view, 5> since_1_9 = {"containsAny", "containsAll", "exists", "notExists",
                                                       "elemMatch"};

template <class Names>
bool has(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_method(std::string_view name, Version version) {
  return has(always, name) || has(cursors, name) || (version >= Version{1, 8, 0} && has(since_1_8, name)) ||
         (version >= Version{1, 9, 0} && has(since_1_9, name));
}

Query read(const Json& json, Version version) {
  if (!is_php_array(json)) throw QueryProblem{"Invalid query. Must be an array, got " + php_type(json)};
  Query query;
  if (const Json* method = member(json, "method"); method != nullptr && !method->is_null()) {
    if (!method->is_string()) throw QueryProblem{"Invalid query method. Must be a string, got " + php_type(*method)};
    query.method = method->get<std::string>();
  }
  if (!is_method(query.method, version)) throw QueryProblem{"Invalid query method: " + query.method};
  if (const Json* attribute = member(json, "attribute"); attribute != nullptr && !attribute->is_null()) {
    if (!attribute->is_string()) {
      throw QueryProblem{"Invalid query attribute. Must be a string, got " + php_type(*attribute)};
    }
    query.attribute = attribute->get<std::string>();
  }
  const Json* values = member(json, "values");
  if (values == nullptr || values->is_null()) return query;
  if (!is_php_array(*values)) throw QueryProblem{"Invalid query values. Must be an array, got " + php_type(*values)};
  for (const Json& value : *values) {
    if (query.is("and") || query.is("or")) {
      if (!is_php_array(value)) unknown_error();
      query.parts.push_back(read(value, version));
    } else {
      query.values.push_back(value);
    }
  }
  return query;
}

}  // namespace

Query parse_query(const std::string& text, Version version) {
  const std::optional<Json> json = parse_json(text);
  if (!json) throw QueryProblem{"Invalid query: Syntax error"};
  return read(*json, version);
}

std::string_view query_role(std::string_view method) {
  if (method == "select" || method == "limit" || method == "offset") return method;
  if (method.starts_with("cursor")) return "cursor";
  return method.starts_with("order") ? "order" : "filter";
}

}  // namespace reel::emulator
