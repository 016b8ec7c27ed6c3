#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/float_parts.hpp>
#include <reel/backends/appwrite/query_text.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/text/full_text.hpp>

/// Translates conditions to queries of the server (Appwrite 1.8.1, `queries` of GET /databases/…/documents). Where the
/// server has no matching query, or evaluates one differently from the rules of the core, the condition becomes a query
/// that finds more, and the caller filters the records that arrive.
namespace reel::appwrite {

/// The maximum length of one query in characters. A longer one is refused as `general_argument_invalid` (Appwrite
/// 1.8.1).
inline constexpr std::size_t longest_query = 4'096;

/// The name of an attribute in a query. `position` is an index into the schema or one of `driver::position`.
[[nodiscard]] inline std::string attribute_name(const driver::CollectionSchema& schema, int position) {
  if (position == driver::position::id) return "$id";
  if (position == driver::position::created_at) return "$createdAt";
  if (position == driver::position::updated_at) return "$updatedAt";
  return schema.attributes[static_cast<std::size_t>(position)].name;
}

/// The result of compiling a condition.
struct Compiled {
  /// Which records the query finds: none, those of `query`, or all.
  enum class Reach { nothing, some, everything };
  Reach reach = Reach::everything;
  std::string query{};  ///< JSON; only with `Reach::some`
  bool exact = true;    ///< false: it finds every match and possibly other records

  static Compiled nothing() { return {.reach = Reach::nothing}; }
  static Compiled everything(bool exact = true) { return {.exact = exact}; }
  static Compiled some(std::string query, bool exact = true) { return {Reach::some, std::move(query), exact}; }
};

/// Compiles conditions on one collection. `schema` must outlive the object. Thread-safe.
class ConditionCompiler {
 public:
  /// `negations`: whether the server knows `notContains` and similar queries (Appwrite 1.8.0).
  ConditionCompiler(const driver::CollectionSchema& schema, bool negations) : schema_(schema), negations_(negations) {}

  /// Compiles one condition with its parts.
  [[nodiscard]] Compiled operator()(const driver::Condition& condition) const {
    switch (condition.op) {
      case driver::Operator::all:
        return all(condition.parts);
      case driver::Operator::any:
        return any(condition.parts);
      case driver::Operator::is_null:
        return never_null(condition) ? Compiled::nothing() : null_query(condition, "isNull");
      case driver::Operator::is_not_null:
        return with_value(condition);
      case driver::Operator::equal:
        return equal(condition);
      case driver::Operator::not_equal:
        return not_equal(condition);
      case driver::Operator::less:
      case driver::Operator::less_equal:
      case driver::Operator::greater:
      case driver::Operator::greater_equal:
        return compare(condition);
      case driver::Operator::between:
      case driver::Operator::not_between:
        return between(condition);
      case driver::Operator::search:
      case driver::Operator::not_search:
        return search(condition);
      case driver::Operator::contains:
      case driver::Operator::not_contains:
        if (is_list(condition)) return list_contains(condition);
        [[fallthrough]];
      default:
        return text_match(condition);
    }
  }

 private:
  /// Longer strings are not sent in a query, in bytes. Escaped, they could exceed `longest_query`.
  static constexpr std::size_t longest_operand = 1'000;

  /// The attribute of a condition, or null for `$id`, `$createdAt` and `$updatedAt`.
  [[nodiscard]] const driver::AttributeSchema* attribute(const driver::Condition& condition) const {
    return condition.attribute < 0 ? nullptr : &schema_.attributes[static_cast<std::size_t>(condition.attribute)];
  }
  [[nodiscard]] bool is_list(const driver::Condition& condition) const {
    return attribute(condition) && attribute(condition)->list;
  }
  /// Whether the attribute has a value in every record. A list without elements is a value.
  [[nodiscard]] bool never_null(const driver::Condition& condition) const {
    return !attribute(condition) || attribute(condition)->list;
  }
  [[nodiscard]] std::string name(const driver::Condition& condition) const {
    return attribute_name(schema_, condition.attribute);
  }
  /// A query without operands.
  [[nodiscard]] Compiled null_query(const driver::Condition& condition, const char* method) const {
    return Compiled::some(query_of(method, name(condition)));
  }
  /// All records that have a value.
  [[nodiscard]] Compiled with_value(const driver::Condition& condition, bool exact = true) const {
    if (never_null(condition)) return Compiled::everything(exact);
    Compiled compiled = null_query(condition, "isNotNull");
    compiled.exact = exact;
    return compiled;
  }

  /// A conjunction: finds nothing if a part finds nothing, and ignores parts that find all records.
  [[nodiscard]] Compiled all(const std::vector<driver::Condition>& parts) const {
    Compiled whole = Compiled::everything();
    std::vector<std::string> queries;
    for (const driver::Condition& part : parts) {
      Compiled one = (*this)(part);
      if (one.reach == Compiled::Reach::nothing) return one;
      whole.exact = whole.exact && one.exact;
      if (one.reach == Compiled::Reach::some) queries.push_back(std::move(one.query));
    }
    return combined("and", std::move(queries), whole);
  }
  /// A disjunction: finds all records if a part does, and ignores parts that find nothing.
  [[nodiscard]] Compiled any(const std::vector<driver::Condition>& parts) const {
    Compiled whole = Compiled::nothing();
    std::vector<std::string> queries;
    for (const driver::Condition& part : parts) {
      Compiled one = (*this)(part);
      if (one.reach == Compiled::Reach::everything) return one;
      whole.exact = whole.exact && one.exact;
      if (one.reach == Compiled::Reach::some) queries.push_back(std::move(one.query));
    }
    return combined("or", std::move(queries), whole);
  }
  /// Joins the queries. `and` and `or` need at least two parts (Appwrite 1.8.1).
  static Compiled combined(const char* method, std::vector<std::string> queries, const Compiled& without_any) {
    if (queries.empty()) return without_any;
    if (queries.size() == 1) return Compiled::some(std::move(queries.front()), without_any.exact);
    return Compiled::some(grouped(method, queries), without_any.exact);
  }

  /// Where an operand lies in relation to the values that the attribute can hold and that a query can name exactly. The
  /// server refuses an operand outside of the type, so the result of the comparison is computed here.
  enum class RangePosition { below, within, above, unsure };
  [[nodiscard]] RangePosition range_position(const driver::Condition& condition, const driver::Value& operand) const {
    if (const auto* floating = operand.as<double>()) {
      constexpr double most = std::numeric_limits<double>::max();
      if (*floating > most || *floating < -most) return *floating > 0 ? RangePosition::above : RangePosition::below;
      // The server compares with 17 digits after the point.
      return is_exact_in_queries(*floating) ? RangePosition::within : RangePosition::unsure;
    }
    if (const auto* moment = operand.as<Timestamp>()) {
      // The caller compares times of the last day itself: the server accepts only some of them as operands.
      constexpr auto last_day = std::chrono::days{1};
      return *moment < earliest_timestamp             ? RangePosition::below
             : *moment <= latest_timestamp - last_day ? RangePosition::within
             : *moment <= latest_timestamp            ? RangePosition::unsure
                                                      : RangePosition::above;
    }
    // Appwrite 1.9 refuses other operands for a column of 32 bits.
    if (const auto* integer = operand.as<std::int64_t>()) {
      constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
      const driver::AttributeSchema* of = attribute(condition);
      const auto* maximum = of && of->maximum ? of->maximum->as<std::int64_t>() : nullptr;
      if (!maximum || *maximum > most) return RangePosition::within;
      return *integer > most        ? RangePosition::above
             : *integer < -most - 1 ? RangePosition::below
                                    : RangePosition::within;
    }
    const auto* text = operand.as<std::string>();
    return text && text->size() > longest_operand ? RangePosition::unsure : RangePosition::within;
  }

  /// Equality with any of several operands. Operands outside the range of the attribute match nothing and are left out.
  [[nodiscard]] Compiled equal(const driver::Condition& condition) const {
    std::vector<driver::Value> values;
    for (const driver::Value& operand : condition.values) {
      const RangePosition position = range_position(condition, operand);
      if (position == RangePosition::unsure) return with_value(condition, false);
      if (position == RangePosition::within) values.push_back(operand);
    }
    if (values.empty()) return Compiled::nothing();
    return Compiled::some(query_of("equal", name(condition), values));
  }
  /// Inequality with all operands: one query for each, because `notEqual` takes one value. Excludes nulls.
  [[nodiscard]] Compiled not_equal(const driver::Condition& condition) const {
    Compiled whole = with_value(condition);
    std::vector<std::string> queries;
    for (const driver::Value& operand : condition.values) {
      const RangePosition position = range_position(condition, operand);
      if (position == RangePosition::unsure) whole.exact = false;
      if (position == RangePosition::within) queries.push_back(query_of("notEqual", name(condition), {operand}));
    }
    return combined("and", std::move(queries), whole);
  }

  /// Order comparison. An operand outside the range of the attribute matches all values or none.
  [[nodiscard]] Compiled compare(const driver::Condition& condition) const {
    const bool upward = condition.op == driver::Operator::greater || condition.op == driver::Operator::greater_equal;
    const bool inclusive =
        condition.op == driver::Operator::less_equal || condition.op == driver::Operator::greater_equal;
    switch (range_position(condition, condition.values.front())) {
      case RangePosition::below:
        return upward ? with_value(condition) : Compiled::nothing();
      case RangePosition::above:
        return upward ? Compiled::nothing() : with_value(condition);
      case RangePosition::unsure:
        return with_value(condition, false);
      case RangePosition::within:
        break;
    }
    const char* const method =
        upward ? (inclusive ? "greaterThanEqual" : "greaterThan") : (inclusive ? "lessThanEqual" : "lessThan");
    return Compiled::some(query_of(method, name(condition), {condition.values.front()}));
  }
  /// A range, as two order comparisons, so that its ends may lie outside the range of the attribute.
  [[nodiscard]] Compiled between(const driver::Condition& condition) const {
    const bool inside = condition.op == driver::Operator::between;
    const auto side = [&](driver::Operator op, std::size_t operand) {
      return driver::Condition{.op = op, .attribute = condition.attribute, .values = {condition.values[operand]}};
    };
    if (inside) return all({side(driver::Operator::greater_equal, 0), side(driver::Operator::less_equal, 1)});
    return any({side(driver::Operator::less, 0), side(driver::Operator::greater, 1)});
  }

  /// Full-text search. A `%` is sent as a space, because the server answers 500 to a `%` alone (Appwrite 1.8.1).
  [[nodiscard]] Compiled search(const driver::Condition& condition) const {
    const bool negated = condition.op == driver::Operator::not_search;
    std::string typed = *condition.values.front().as<std::string>();
    if (text::SearchQuery(typed).words().empty())  // `%` alone is answered with 500 (Appwrite 1.8.1)
      return negated ? with_value(condition) : Compiled::nothing();
    if ((negated && !negations_) || typed.size() > longest_operand) return with_value(condition, false);
    std::replace(typed.begin(), typed.end(), '%', ' ');
    std::string query = query_of(negated ? "notSearch" : "search", name(condition), {typed});
    if (!negated) return Compiled::some(std::move(query));
    // Without `isNotNull`, `notSearch` finds nulls too.
    return Compiled::some(grouped("and", {query_of("isNotNull", name(condition)), query}));
  }

  /// Containment in a list, with any of several operands.
  [[nodiscard]] Compiled list_contains(const driver::Condition& condition) const {
    const bool negated = condition.op == driver::Operator::not_contains;
    const driver::AttributeType kind = attribute(condition)->kind;
    // The server compares elements byte by byte, the core compares ids without case. For numbers and times the
    // comparison of the server is not specified.
    const bool sure = kind == driver::AttributeType::text || kind == driver::AttributeType::enumeration ||
                      kind == driver::AttributeType::boolean || kind == driver::AttributeType::integer;
    if (!sure || (negated && !negations_)) return Compiled::everything(false);
    for (const driver::Value& operand : condition.values) {
      if (range_position(condition, operand) != RangePosition::within) return Compiled::everything(false);
    }
    std::string query = query_of(negated ? "notContains" : "contains", name(condition), condition.values);
    if (!negated) return Compiled::some(std::move(query));
    // Rows older than the attribute have a null, which counts as an empty list.
    return Compiled::some(grouped("or", {query, query_of("isNull", name(condition))}));
  }

  /// `starts_with`, `ends_with` and `contains` on a string, and their negations. An empty operand matches every value.
  [[nodiscard]] Compiled text_match(const driver::Condition& condition) const {
    const bool negated = is_negative(condition.op);
    for (const driver::Value& operand : condition.values) {
      const std::string& text = *operand.as<std::string>();
      if (text.empty()) return negated ? Compiled::nothing() : with_value(condition);
      // The server does not escape a backslash in LIKE patterns (Appwrite 1.8.1).
      if (text.find('\\') != std::string::npos || text.size() > longest_operand) return roughly(condition, negated);
    }
    if (negated && !negations_) return with_value(condition, false);
    return Compiled::some(query_of(method_of(condition.op), name(condition), condition.values));
  }
  /// A query that finds more than the condition: all records that contain the longest part of the operand between
  /// backslashes.
  [[nodiscard]] Compiled roughly(const driver::Condition& condition, bool negated) const {
    const std::string& text = *condition.values.front().as<std::string>();
    if (negated || condition.values.size() > 1 || text.size() > longest_operand) return with_value(condition, false);
    std::string_view rest = text, longest;
    for (std::size_t end = 0; end != std::string_view::npos;) {
      end = rest.find('\\');
      const std::string_view piece = rest.substr(0, end);
      if (piece.size() > longest.size()) longest = piece;
      if (end != std::string_view::npos) rest.remove_prefix(end + 1);
    }
    if (longest.empty()) return with_value(condition, false);
    return Compiled::some(query_of("contains", name(condition), {std::string(longest)}), false);
  }
  static const char* method_of(driver::Operator op) {
    switch (op) {
      case driver::Operator::starts_with:
        return "startsWith";
      case driver::Operator::not_starts_with:
        return "notStartsWith";
      case driver::Operator::ends_with:
        return "endsWith";
      case driver::Operator::not_ends_with:
        return "notEndsWith";
      case driver::Operator::not_contains:
        return "notContains";
      default:
        return "contains";
    }
  }

  const driver::CollectionSchema& schema_;
  bool negations_;
};

}  // namespace reel::appwrite
