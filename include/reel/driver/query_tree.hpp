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

/// The condition that matches exactly the records with a value that `condition` does not match.
[[nodiscard]] inline Condition negated(Condition condition) {
  switch (condition.op) {
    case Operator::less:
      condition.op = Operator::greater_equal;
      break;
    case Operator::less_equal:
      condition.op = Operator::greater;
      break;
    case Operator::greater:
      condition.op = Operator::less_equal;
      break;
    case Operator::greater_equal:
      condition.op = Operator::less;
      break;
    case Operator::all:
      condition.op = Operator::any;
      break;
    case Operator::any:
      condition.op = Operator::all;
      break;
    default:  // the others stand in pairs: positive first
      condition.op = static_cast<Operator>(static_cast<int>(condition.op) ^ 1);
  }
  for (Condition& part : condition.parts) part = negated(std::move(part));
  return condition;
}
static_assert(static_cast<int>(Operator::equal) % 2 == 0 && static_cast<int>(Operator::between) % 2 == 0 &&
              static_cast<int>(Operator::contains) % 2 == 0 && static_cast<int>(Operator::is_null) % 2 == 0);

}  // namespace reel::driver
