#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/enumerator_name.hpp>
#include <reel/driver/value.hpp>

namespace reel::driver {

/// The operators of conditions. No operator except `is_null` matches a null, not even a negated one.
///
/// Text compares by the store's `TextRules`, references and ids without case, list elements exactly. `equal`,
/// `not_equal`, `contains` and `not_contains` have one value or more, `between` and `not_between` two; `is_null` and
/// `is_not_null` have none; `all` and `any` have parts instead; all others have one value.
enum class Operator {
  equal,            ///< equals one of the values
  not_equal,        ///< equals none of the values
  less,             ///< less than the value
  less_equal,       ///< at most the value
  greater,          ///< greater than the value
  greater_equal,    ///< at least the value
  between,          ///< from the first to the second value, both included
  not_between,      ///< less than the first or greater than the second value
  starts_with,      ///< text that starts with the value
  not_starts_with,  ///< text that does not
  ends_with,        ///< text that ends with the value
  not_ends_with,    ///< text that does not
  contains,         ///< text with one of the values as a substring, or list with one of them as an element
  not_contains,     ///< text or list that contains none of the values
  search,           ///< text that matches a full-text search, see `text::SearchQuery`
  not_search,       ///< text that does not
  is_null,          ///< null
  is_not_null,      ///< not null
  all,              ///< all parts match
  any,              ///< at least one part matches
};

/// Negative values of `Condition::attribute` and `OrderBy::attribute`: properties that every record has.
namespace position {
/// `Document::id`.
inline constexpr int id = -1;
/// `Document::created_at`.
inline constexpr int created_at = -2;
/// `Document::updated_at`.
inline constexpr int updated_at = -3;
}  // namespace position

/// A condition on one attribute, or a combination of conditions.
struct Condition {
  /// The operator.
  Operator op = Operator::all;
  /// Position in the schema, or a constant of `position`.
  int attribute = 0;
  /// Operands, see `Operator`; of the attribute's type.
  std::vector<Value> values{};
  /// Of `all` and `any`.
  std::vector<Condition> parts{};

  /// Compares all members.
  friend bool operator==(const Condition&, const Condition&) = default;
};

/// One attribute by which a query orders.
struct OrderBy {
  /// Position in the schema, or a constant of `position`.
  int attribute = 0;
  /// Nulls come first ascending, last descending.
  bool descending = false;
  /// Compares all members.
  friend bool operator==(const OrderBy&, const OrderBy&) = default;
};

/// A position in the order of a query: immediately after a record that has, or had, these order values. A page after a
/// cursor starts there even if that record has been changed or removed.
struct Cursor {
  /// Order of the query that the cursor is from.
  std::vector<OrderBy> order{};
  /// One for each of `order`.
  std::vector<Value> values{};
  /// Sequence of the record, the last tie-break.
  std::int64_t sequence = 0;
  /// Id of the record.
  std::string id{};

  /// Compares all members.
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

/// A query without its C++ type, as a backend receives it.
///
/// A record matches if all conditions in `where` do. Matches are ordered by `order` and then by ascending sequence, so
/// that every order is total and paging returns each record exactly once. Nulls come first ascending, last descending.
///
///     Query<Track>{}.where(mood == calm && !(plays < 5)).order_by(plays, descending).limit(10)
///
///     where  {equal, mood, {"calm"}}, {greater_equal, plays, {5}}     negations are resolved, see negated
///     order  {plays, descending}
///     limit  10
struct QueryTree {
  /// All must match; empty matches every record.
  std::vector<Condition> where{};
  /// In order of significance; empty: insertion order.
  std::vector<OrderBy> order{};
  /// Most items of the page, at least 1.
  std::int64_t limit = 25;
  /// Where the page starts; empty: at the first match.
  std::optional<Cursor> after{};
  /// Count all matches for `Page::total`.
  bool with_total = false;
  /// Positions of the attributes that the caller reads; empty: all. A store may return any value for the others, so
  /// that a server need not send them.
  std::vector<int> attributes{};
};

/// The name of the enumerator, such as `starts_with`.
[[nodiscard]] constexpr std::string_view operator_name(Operator op) {
  using enum Operator;
  return driver::enumerator_name(op, {{equal, "equal"},
                                      {not_equal, "not_equal"},
                                      {less, "less"},
                                      {less_equal, "less_equal"},
                                      {greater, "greater"},
                                      {greater_equal, "greater_equal"},
                                      {between, "between"},
                                      {not_between, "not_between"},
                                      {starts_with, "starts_with"},
                                      {not_starts_with, "not_starts_with"},
                                      {ends_with, "ends_with"},
                                      {not_ends_with, "not_ends_with"},
                                      {contains, "contains"},
                                      {not_contains, "not_contains"},
                                      {search, "search"},
                                      {not_search, "not_search"},
                                      {is_null, "is_null"},
                                      {is_not_null, "is_not_null"},
                                      {all, "all"},
                                      {any, "any"}});
}

/// The operator that matches exactly the non-null values that `op` does not match. For `all` it is `any` and vice
/// versa; see `negated`.
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

/// Whether the operator is one of those with `not` in its name.
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

/// The condition that matches exactly the records whose attributes are not null and that `condition` does not match. By
/// De Morgan's laws it negates the parts of `all` and `any`.
[[nodiscard]] inline Condition negated(Condition condition) {
  condition.op = opposite(condition.op);
  for (Condition& part : condition.parts) part = negated(std::move(part));
  return condition;
}

}  // namespace reel::driver
