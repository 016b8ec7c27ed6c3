#include <emulator/realtime/runtime_query.hpp>

#include <algorithm>
#include <array>
#include <optional>

#include <emulator/realtime/frames.hpp>

namespace reel::emulator {
namespace {

constexpr std::array<std::string_view, 11> methods = {
    "equal",     "notEqual", "lessThan", "lessThanEqual", "greaterThan", "greaterThanEqual", "isNull",
    "isNotNull", "and",      "or",       "select"};

bool selects_all(const Query& query) {
  return query.is("select") && query.values.size() == 1 && query.values[0] == Json("*");
}

void check(const Query& query) {
  if (std::find(methods.begin(), methods.end(), query.method) == methods.end()) {
    std::string allowed;
    for (const std::string_view method : methods) allowed += (allowed.empty() ? "" : ", ") + std::string{method};
    throw QueryProblem{"Query method '" + query.method + "' is not supported in Realtime queries. Allowed: " + allowed};
  }
  if (query.is("select") && !selects_all(query)) throw RealtimeError{0, "Only select(\"*\") is allowed"};
  for (const Query& part : query.parts) check(part);
}

/// The order of two values of one type, as PHP compares them; empty for other pairs.
std::optional<int> order(const Json& a, const Json& b) {
  const auto sign = [](const auto& x, const auto& y) { return x < y ? -1 : y < x ? 1 : 0; };
  const bool numeric = is_numeric(a) && is_numeric(b);
  if (numeric) return sign(numeric_value(a).get<double>(), numeric_value(b).get<double>());
  if (a.is_string() && b.is_string()) return sign(a.get_ref<const std::string&>(), b.get_ref<const std::string&>());
  return std::nullopt;
}

/// PHP's `===`.
bool same(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number() && a.is_number_float() != b.is_number_float()) return false;
  return a == b;
}

bool has_or(const Query& query) {
  return query.is("or") || std::any_of(query.parts.begin(), query.parts.end(), has_or);
}

bool has_attributes(const Query& query, const Json& payload) {
  if (query.is("and")) {
    return std::all_of(query.parts.begin(), query.parts.end(),
                       [&](const Query& part) { return has_attributes(part, payload); });
  }
  return payload.contains(query.attribute);
}

bool compare(const Query& query, const Json& value) {
  const auto any = [&](const auto& accepts) { return std::any_of(query.values.begin(), query.values.end(), accepts); };
  const auto ordered = [&](const auto& accepts) {
    return any([&](const Json& target) {
      const std::optional<int> found = order(value, target);
      return found && accepts(*found);
    });
  };
  if (query.is("equal")) return any([&](const Json& target) { return same(value, target); });
  if (query.is("notEqual")) return !any([&](const Json& target) { return same(value, target); });
  if (query.is("lessThan")) return ordered([](int found) { return found < 0; });
  if (query.is("lessThanEqual")) return ordered([](int found) { return found <= 0; });
  if (query.is("greaterThan")) return ordered([](int found) { return found > 0; });
  if (query.is("greaterThanEqual")) return ordered([](int found) { return found >= 0; });
  if (query.is("isNull")) return value.is_null();
  return query.is("isNotNull") && !value.is_null();
}

bool matches(const Query& query, const Json& payload) {
  const auto part_matches = [&](const Query& part) { return matches(part, payload); };
  if (query.is("and")) return std::all_of(query.parts.begin(), query.parts.end(), part_matches);
  if (query.is("or")) return std::any_of(query.parts.begin(), query.parts.end(), part_matches);
  const Json* value = member(payload, query.attribute);
  return value != nullptr && compare(query, *value);
}

}  // namespace

RuntimeQueries::RuntimeQueries(const std::vector<std::string>& texts, Version version) : texts_{texts} {
  for (const std::string& text : texts) queries_.push_back(parse_query(text, version));
  for (const Query& query : queries_) check(query);
  if (std::any_of(queries_.begin(), queries_.end(), selects_all)) queries_.clear();
}

bool RuntimeQueries::match(const Json& payload) const {
  if (std::any_of(queries_.begin(), queries_.end(), has_or)) {
    return std::all_of(queries_.begin(), queries_.end(), [&](const Query& query) { return matches(query, payload); });
  }
  return std::all_of(queries_.begin(), queries_.end(),
                     [&](const Query& query) { return has_attributes(query, payload) && matches(query, payload); });
}

}  // namespace reel::emulator
