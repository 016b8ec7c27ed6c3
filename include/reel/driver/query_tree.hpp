#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/value.hpp>

namespace reel::driver {

/// A condition never matches a null, except `is_null`; negated ones included. `equal` and `not_equal` take one value
/// or more (any of them, none of them), `between` two, `all` and `any` have parts instead, `is_null` nothing.
enum class Operator {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  between,
  not_between,
  starts_with,
  not_starts_with,
  ends_with,
  not_ends_with,
  contains,  ///< substring of a text, or element of a list; one value or more: any of them
  not_contains,
  search,
  not_search,
  is_null,
  is_not_null,
  all,
  any,
};

/// What stands in `Condition::attribute` and `OrderBy::attribute` for what every record has.
namespace position {
inline constexpr int id = -1;
inline constexpr int created_at = -2;
inline constexpr int updated_at = -3;
}  // namespace position

struct Condition {
  Operator op = Operator::all;
  int attribute = 0;  ///< place in the schema, or one of `position`
  std::vector<Value> values{};
  std::vector<Condition> parts{};

  friend bool operator==(const Condition&, const Condition&) = default;
};

struct OrderBy {
  int attribute = 0;
  bool descending = false;
  friend bool operator==(const OrderBy&, const OrderBy&) = default;
};

/// Where a page ended: the last record's order values and sequence, so that the next page starts right behind that
/// place even if the record is gone by then.
struct Cursor {
  std::vector<OrderBy> order{};
  std::vector<Value> values{};  ///< one for each of `order`
  std::int64_t sequence = 0;
  std::string id{};

  friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// A query without its type: what a backend is given. Conditions are ANDed; the order ends in the sequence, ascending.
struct QueryTree {
  std::vector<Condition> where{};
  std::vector<OrderBy> order{};
  std::int64_t limit = 25;
  std::optional<Cursor> after{};
  bool with_total = false;
};

/// The operator that matches exactly the values, other than null, that `op` does not match.
[[nodiscard]] constexpr Operator opposite(Operator op) {
  constexpr std::pair<Operator, Operator> pairs[] = {
      {Operator::equal, Operator::not_equal},
      {Operator::less, Operator::greater_equal},
      {Operator::less_equal, Operator::greater},
      {Operator::between, Operator::not_between},
      {Operator::starts_with, Operator::not_starts_with},
      {Operator::ends_with, Operator::not_ends_with},
      {Operator::contains, Operator::not_contains},
      {Operator::search, Operator::not_search},
      {Operator::is_null, Operator::is_not_null},
      {Operator::all, Operator::any},
  };
  for (const auto& [one, other] : pairs) {
    if (op == one) return other;
    if (op == other) return one;
  }
  return op;
}

/// Whether the operator is one of those with a `not` in their names.
[[nodiscard]] constexpr bool is_negative(Operator op) {
  switch (op) {
    case Operator::not_equal:
    case Operator::not_between:
    case Operator::not_starts_with:
    case Operator::not_ends_with:
    case Operator::not_contains:
    case Operator::not_search:
    case Operator::is_not_null:
      return true;
    default:
      return false;
  }
}

/// The condition that matches exactly the records with a value that `condition` does not match.
[[nodiscard]] inline Condition negated(Condition condition) {
  condition.op = opposite(condition.op);
  for (Condition& part : condition.parts) part = negated(std::move(part));
  return condition;
}

}  // namespace reel::driver
