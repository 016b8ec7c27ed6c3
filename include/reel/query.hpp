#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/driver/query_tree.hpp>
#include <reel/schema.hpp>

namespace reel {

/// A condition on records of `T`: made from `field<…>`, combined with `&&`, `||` and `!`.
template <class T>
class Expression {
 public:
  explicit Expression(driver::Condition condition) : condition_(std::move(condition)) {}
  [[nodiscard]] const driver::Condition& condition() const& noexcept { return condition_; }
  [[nodiscard]] driver::Condition condition() && noexcept { return std::move(condition_); }

  friend Expression operator&&(Expression a, Expression b) {
    return join(driver::Operator::all, std::move(a), std::move(b));
  }
  friend Expression operator||(Expression a, Expression b) {
    return join(driver::Operator::any, std::move(a), std::move(b));
  }
  template <class U>
  requires(!std::is_same_v<U, T>) friend Expression operator&&(Expression a, Expression<U>) {
    static_assert(detail::always_false<U>, "reel: the two sides of && are conditions about different structs");
    return a;
  }
  template <class U>
  requires(!std::is_same_v<U, T>) friend Expression operator||(Expression a, Expression<U>) {
    static_assert(detail::always_false<U>, "reel: the two sides of || are conditions about different structs");
    return a;
  }
  friend Expression operator!(Expression a) { return Expression{driver::negated(std::move(a.condition_))}; }

 private:
  static Expression join(driver::Operator op, Expression a, Expression b) {
    if (a.condition_.op != op || a.condition_.parts.empty()) {
      driver::Condition parent{.op = op};
      parent.parts.push_back(std::move(a.condition_));
      a.condition_ = std::move(parent);
    }
    a.condition_.parts.push_back(std::move(b.condition_));
    return a;
  }

  driver::Condition condition_;
};

namespace detail {

template <class S, class V>
driver::Value operand(const V& value) {
  static_assert(OperandFor<S, std::decay_t<V>>,
                "reel: the value in this condition has another type than the attribute");
  if constexpr (Scalar<S>::kind == driver::AttributeType::text) {
    return driver::Value{std::string(std::string_view(value))};
  } else if constexpr (Scalar<S>::kind == driver::AttributeType::integer) {
    return Scalar<V>::encode(value);
  } else {
    return Scalar<S>::encode(static_cast<S>(value));
  }
}

/// Whether a unique index is over this attribute alone.
template <class T, int Position>
constexpr bool is_unique() {
  bool found = false;
  for_each_index<T>([&found](const auto& index) {
    if (index.kind != driver::IndexKind::unique || std::tuple_size_v<std::remove_cvref_t<decltype(index.parts)>> != 1)
      return;
    if (find_position(std::get<0>(index.parts).member) == Position) found = true;
  });
  return found;
}

template <class T, int Position>
constexpr bool has_full_text() {
  bool found = false;
  for_each_index<T>([&found](const auto& index) {
    if (index.kind == driver::IndexKind::full_text && find_position(std::get<0>(index.parts).member) == Position)
      found = true;
  });
  return found;
}

/// An attribute of `T` in a query. `Position` is its place in the schema, or one of `position`.
template <class T, class M, int Position>
struct Field {
  using C = Codec<M>;
  using S = typename C::scalar;
  static constexpr bool text = C::kind == driver::AttributeType::text;

  template <class V>
  friend Expression<T> operator==(Field, const V& value) {
    return scalar<V>(driver::Operator::equal, value);
  }
  template <class V>
  friend Expression<T> operator!=(Field, const V& value) {
    return scalar<V>(driver::Operator::not_equal, value);
  }
  template <class V>
  friend Expression<T> operator<(Field, const V& value) {
    return ordered<V>(driver::Operator::less, value);
  }
  template <class V>
  friend Expression<T> operator<=(Field, const V& value) {
    return ordered<V>(driver::Operator::less_equal, value);
  }
  template <class V>
  friend Expression<T> operator>(Field, const V& value) {
    return ordered<V>(driver::Operator::greater, value);
  }
  template <class V>
  friend Expression<T> operator>=(Field, const V& value) {
    return ordered<V>(driver::Operator::greater_equal, value);
  }
  /// From `low` to `high`, both included.
  template <class V, class W>
  [[nodiscard]] Expression<T> between(const V& low, const W& high) const {
    check_ordered();
    return make(driver::Operator::between, {operand<S>(low), operand<S>(high)});
  }
  /// Equal to any of them; to nothing if there are none.
  template <class V = S>
  [[nodiscard]] Expression<T> one_of(std::initializer_list<V> values) const {
    return one_of<std::initializer_list<V>>(values);
  }
  template <class Values>
  requires requires(const Values& values) { values.begin() != values.end(); }
  [[nodiscard]] Expression<T> one_of(const Values& values) const {
    check_scalar();
    std::vector<driver::Value> operands;
    for (const auto& value : values) operands.push_back(operand<S>(value));
    return make(driver::Operator::equal, std::move(operands));
  }
  [[nodiscard]] Expression<T> starts_with(std::string_view prefix) const {
    check_text();
    return make(driver::Operator::starts_with, {driver::Value{std::string(prefix)}});
  }
  [[nodiscard]] Expression<T> ends_with(std::string_view suffix) const {
    check_text();
    return make(driver::Operator::ends_with, {driver::Value{std::string(suffix)}});
  }
  /// The text has this within it, or the list has this element.
  template <class V>
  [[nodiscard]] Expression<T> contains(const V& value) const {
    static_assert(text || C::list, "reel: contains is for text and for lists");
    return make(driver::Operator::contains, {operand<S>(value)});
  }
  /// Full text: any of the words, the last as a prefix; a whole query in double quotes is a phrase.
  [[nodiscard]] Expression<T> search(std::string_view words) const {
    static_assert(has_full_text<T, Position>(), "reel: search needs a reel::full_text index on this attribute");
    return make(driver::Operator::search, {driver::Value{std::string(words)}});
  }
  [[nodiscard]] Expression<T> is_null() const { return make(driver::Operator::is_null, {}); }
  [[nodiscard]] Expression<T> is_not_null() const { return make(driver::Operator::is_not_null, {}); }

 private:
  static constexpr void check_scalar() {
    static_assert(!C::list, "reel: a list attribute is asked with contains, not compared");
  }
  static constexpr void check_ordered() {
    static_assert(!C::list && C::kind != driver::AttributeType::boolean && C::kind != driver::AttributeType::reference,
                  "reel: bools, ids and lists have no less or greater");
  }
  static constexpr void check_text() {
    static_assert(text && !C::list, "reel: starts_with and ends_with are for text");
  }
  template <class V>
  static Expression<T> scalar(driver::Operator op, const V& value) {
    check_scalar();
    return make(op, {operand<S>(value)});
  }
  template <class V>
  static Expression<T> ordered(driver::Operator op, const V& value) {
    check_ordered();
    return make(op, {operand<S>(value)});
  }
  static Expression<T> make(driver::Operator op, std::vector<driver::Value> values) {
    return Expression<T>{driver::Condition{.op = op, .attribute = Position, .values = std::move(values)}};
  }
};

template <auto Member>
struct MemberOf {
  static_assert(always_false<decltype(Member)>,
                "reel: a field is named by a pointer to a data member, as in &Track::title");
};
/// The type of `field<Member>`.
template <class T, class M, M T::*Member>
struct MemberOf<Member> {
  static constexpr int find() {
    static_assert(check_schema<T>);
    const int found = find_position(Member);
    return found < 0 ? driver::position::updated_at - 1 : found;
  }
  static constexpr int position = find();
  static_assert(position >= 0 || !HasSchema<T>,
                "reel: this member is not an attribute of the record's reel::Schema<T>::collection");
  using field = Field<T, M, position>;
};

/// A function, because a compiler that refuses its body reports the line of the user that asked for the member.
template <auto Member>
consteval auto field_of() {
  return typename MemberOf<Member>::field{};
}

}  // namespace detail

/// The attribute stored in a member: `field<&Track::plays> > 3`.
template <auto Member>
inline constexpr auto field = detail::field_of<Member>();
/// The record's own id and times in a query.
template <class T>
inline constexpr detail::Field<T, Id<T>, driver::position::id> id{};
template <class T>
inline constexpr detail::Field<T, Timestamp, driver::position::created_at> created_at{};
template <class T>
inline constexpr detail::Field<T, Timestamp, driver::position::updated_at> updated_at{};

/// What to find. Every call returns a changed copy. Conditions of several `where` are ANDed; several `order_by` count
/// from the first. Without one the order is that of insertion, which also breaks all ties.
template <class T>
class Query {
 public:
  [[nodiscard]] Query where(Expression<T> expression) const {
    Query changed = *this;
    changed.tree_.where.push_back(std::move(expression).condition());
    return changed;
  }
  template <class U>
  [[nodiscard]] Query where(Expression<U>) const {
    static_assert(std::is_same_v<U, T>, "reel: this condition is about another struct than the query");
    return *this;
  }
  /// Nulls come first ascending, last descending.
  template <auto Member, class Direction = detail::Ascending>
  [[nodiscard]] Query order_by(Direction direction = {}) const {
    return order_by(field<Member>, direction);
  }
  template <class U, class M, int Position, class Direction = detail::Ascending>
  [[nodiscard]] Query order_by(detail::Field<U, M, Position>, Direction = {}) const {
    static_assert(std::is_same_v<U, T>, "reel: this member belongs to another struct than the query");
    static_assert(!detail::Codec<M>::list, "reel: a list attribute gives no order");
    Query changed = *this;
    changed.tree_.order.push_back({Position, std::is_same_v<Direction, detail::Descending>});
    return changed;
  }
  /// At most this many records in a page; 25 if never said. Below 1: `Errc::invalid` when it is used.
  [[nodiscard]] Query limit(std::int64_t records) const {
    Query changed = *this;
    changed.tree_.limit = records;
    return changed;
  }
  /// Goes on behind a page; the order must be the one the page was read in, else `Errc::invalid`.
  [[nodiscard]] Query after(driver::Cursor cursor) const {
    Query changed = *this;
    changed.tree_.after = std::move(cursor);
    return changed;
  }
  /// Also asks for `Page::total`, the number of all matches: costs a count.
  [[nodiscard]] Query with_total() const {
    Query changed = *this;
    changed.tree_.with_total = true;
    return changed;
  }
  [[nodiscard]] const driver::QueryTree& tree() const noexcept { return tree_; }

 private:
  driver::QueryTree tree_;
};

}  // namespace reel
