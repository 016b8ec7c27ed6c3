#include <algorithm>
#include <array>
#include <set>

#include <emulator/queries/query_plan.hpp>
#include <emulator/server/server_error.hpp>
#include <emulator/values/datetime.hpp>
#include <emulator/values/validator.hpp>

namespace reel::emulator {
namespace {

[[noreturn]] void refuse(const std::string& what) { throw QueryProblem{"Invalid query: " + what}; }

std::string capitalised(std::string method) {
  method[0] = static_cast<char>(method[0] - ('a' - 'A'));
  return method;
}

const Column* find_column(const std::vector<Column>& columns, std::string_view key) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const Column& one) { return one.key == key; });
  return found == columns.end() ? nullptr : &*found;
}

/// The column of this key. `kids.n` yields the relationship `kids`, whatever `n` is.
const Column& known_column(const std::vector<Column>& columns, const std::string& key) {
  if (const Column* column = find_column(columns, key)) return *column;
  if (const std::size_t dot = key.find('.'); dot != std::string::npos) {
    const Column* column = find_column(columns, std::string_view{key}.substr(0, dot));
    if (column != nullptr && column->type == "relationship") return *column;
    refuse("Attribute not found in schema: " + key.substr(0, dot));
  }
  refuse("Attribute not found in schema: " + key);
}

bool is_spatial_method(std::string_view method) {
  constexpr std::array<std::string_view, 12> names = {
      "crosses",          "notCrosses", "distanceEqual", "distanceNotEqual", "distanceGreaterThan",
      "distanceLessThan", "intersects", "notIntersects", "overlaps",         "notOverlaps",
      "touches",          "notTouches"};
  return std::find(names.begin(), names.end(), method) != names.end();
}

bool is_contains(const Query& query) { return query.method.starts_with("contains") || query.is("notContains"); }

bool fits(const Json& value, const Column& column) {
  if (column.type == "id") {
    return value.is_string() && integer_range(1, INT64_MAX).problem(value).empty();
  }
  if (column.type == "integer" || column.type == "bigint") return value.is_number_integer();
  if (column.type == "double") return value.is_number();
  if (column.type == "boolean") return value.is_boolean();
  if (column.type == "datetime") return value.is_string() && read_dated_text(value.get_ref<const std::string&>());
  return value.is_string();
}

void check_count(const Query& query) {
  const std::string name = capitalised(query.method) + " queries require ";
  const bool distance = query.method.starts_with("distance");
  if (query.is("equal") || is_contains(query) || (is_spatial_method(query.method) && !distance)) {
    const bool none = query.values.empty() || (is_php_array(query.values[0]) && query.values[0].empty());
    if (none) refuse(name + "at least one value.");
  } else if (query.is("between") || query.is("notBetween")) {
    if (query.values.size() != 2) refuse(name + "exactly two values.");
  } else if (distance) {
    if (query.values.size() != 1 || !query.values[0].is_array() || query.values[0].size() != 3) {
      refuse("Distance query requires [[geometry, distance]] parameters");
    }
  } else if (!query.is("isNull") && !query.is("isNotNull") && query.values.size() != 1) {
    refuse(name + "exactly one value.");
  }
}

/// Checks the values of a filter, also of `isNull`, which does not use them.
void check_values(const Query& query, const Column& column) {
  for (const Json& value : query.values) {
    if (column.is_spatial()) {
      if (!is_php_array(value)) refuse("Spatial data must be an array");
    } else if (!fits(value, column)) {
      refuse("Query value is invalid for attribute \"" + query.attribute + "\"");
    }
  }
}

void check_filter(const Query& query, const std::vector<Column>& columns, std::size_t most_values) {
  if (query.is("and") || query.is("or")) {
    for (const Query& part : query.parts) {
      if (query_role(part.method) != "filter")
        refuse(capitalised(query.method) + " queries can only contain filter queries");
    }
    if (query.parts.size() < 2) refuse(capitalised(query.method) + " queries require at least two queries");
    return;
  }
  check_count(query);
  const Column& column = known_column(columns, query.attribute);
  if (column.key != query.attribute) return;  // checked when the related documents are searched
  if (column.encrypt) refuse("Cannot query encrypted attribute: " + query.attribute);
  if (query.values.size() > most_values) {
    refuse("Query on attribute has greater than " + std::to_string(most_values) + " values: " + query.attribute);
  }
  if (is_spatial_method(query.method) && !column.is_spatial()) {
    refuse("Spatial query \"" + query.method + "\" cannot be applied on non-spatial attribute: " + query.attribute);
  }
  check_values(query, column);
  if (column.virtual_side) refuse("Cannot query on virtual relationship attribute");
  const std::string cannot =
      "Cannot query " + query.method + " on attribute \"" + query.attribute + "\" because it is ";
  if (!column.array && is_contains(query) && !column.is_text() && !column.is_spatial()) {
    refuse(cannot + "not an array, string, or object.");
  }
  if (column.array && !is_contains(query) && !query.is("isNull") && !query.is("isNotNull")) {
    refuse(cannot + "an array.");
  }
}

void check_select(const Query& query, const std::vector<Column>& columns) {
  if (query.values.empty()) refuse("No attributes selected");
  std::set<std::string> seen;
  for (const Json& value : query.values) {
    if (!seen.insert(value.dump()).second) refuse("Duplicate attributes selected");
  }
  for (const Json& value : query.values) {
    const std::string key = value.is_string() ? value.get<std::string>() : value.dump();
    if (key != "*" && key != "$permissions" && key != "$collection" && key != "$tenant") known_column(columns, key);
  }
}

/// Checks a limit or offset. For a value that is not a number the message is about a limit in both cases, as on the
/// real server.
void check_number(const Query& query, const std::string& name, std::int64_t least) {
  const Json value = query.values.empty() ? Json() : query.values[0];
  if (!is_numeric(value)) refuse("Invalid limit: Value must be a valid number");
  if (!integer_range(least, INT64_MAX).problem(value).empty()) {
    refuse("Invalid " + name + ": " + range_sentence(least, INT64_MAX));
  }
}

void check_cursor(const Query& query) {
  const Json value = query.values.empty() ? Json() : query.values[0];
  if (!uid().problem(value).empty()) {
    refuse("Invalid cursor: " + uid().problem(Json("")));
  }
}

void check_query(const Query& query, const std::vector<Column>& columns, QueryRules rules) {
  for (const Query& part : query.parts) check_query(part, columns, rules);
  const std::string_view role = query_role(query.method);
  if ((rules.only_select && role != "select") || (!rules.select && role == "select")) {
    throw QueryProblem{"Invalid query method: " + query.method};
  }
  if (role == "select") return check_select(query, columns);
  if (role == "limit") return check_number(query, "limit", 1);
  if (role == "offset") return check_number(query, "offset", 0);
  if (role == "cursor") return check_cursor(query);
  if (role == "filter") return check_filter(query, columns, rules.most_values);
  if (query.attribute.empty() || query.is("orderRandom")) return;
  const Column& column = known_column(columns, query.attribute);
  if (column.key != query.attribute) refuse("Cannot order by nested attribute: " + column.key);
}

/// `search` needs a full-text index. The server checks that last and words it without "Invalid query".
void check_searches(const Query& query, const std::vector<Column>& columns) {
  for (const Query& part : query.parts) check_searches(part, columns);
  if (!query.is("search") && !query.is("notSearch")) return;
  if (!known_column(columns, query.attribute).searchable) {
    throw QueryProblem{"Searching by attribute \"" + query.attribute + "\" requires a fulltext index."};
  }
}

}  // namespace

std::vector<Column> system_columns() {
  return {{"$id", id_slot},
          {"$sequence", sequence_slot, "id"},
          {"$createdAt", created_slot, "datetime"},
          {"$updatedAt", updated_slot, "datetime"}};
}

void validate_queries(const std::vector<Query>& queries, const std::vector<Column>& columns, QueryRules rules) {
  for (const Query& query : queries) check_query(query, columns, rules);
  for (const Query& query : queries) check_searches(query, columns);
}

}  // namespace reel::emulator
