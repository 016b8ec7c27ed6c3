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

/// A condition on records of type `T`. `field<…>`, `id<T>`, `created_at<T>` and `updated_at<T>` create conditions;
/// `&&`, `||` and `!` combine them. A condition other than `is_null` never matches a null, and neither does its
/// negation, as in SQL.
template <class T>
class Expression {
 public:
  /// Wraps an untyped condition, whose attributes are positions in the schema of `T`.
  explicit Expression(driver::Condition condition) : condition_(std::move(condition)) {}
  /// The untyped condition, which backends receive.
  [[nodiscard]] const driver::Condition& condition() const& noexcept { return condition_; }
  /// As above, moved out of a temporary expression.
  [[nodiscard]] driver::Condition condition() && noexcept { return std::move(condition_); }

  /// Matches what both match.
  friend Expression operator&&(Expression a, Expression b) {
    return join(driver::Operator::all, std::move(a), std::move(b));
  }
  /// Matches what at least one matches.
  friend Expression operator||(Expression a, Expression b) {
    return join(driver::Operator::any, std::move(a), std::move(b));
  }
  /// Does not compile: the two conditions are about different structs.
  template <class U>
  requires(!std::is_same_v<U, T>) friend Expression operator&&(Expression a, Expression<U>) {
    static_assert(detail::always_false<U>, "reel: the two sides of && are conditions about different structs");
    return a;
  }
  /// Does not compile: the two conditions are about different structs.
  template <class U>
  requires(!std::is_same_v<U, T>) friend Expression operator||(Expression a, Expression<U>) {
    static_assert(detail::always_false<U>, "reel: the two sides of || are conditions about different structs");
    return a;
  }
  /// Matches the records that have a value and do not match the condition. The negation is moved into the operators
  /// here, so that no backend has to negate.
  friend Expression operator!(Expression a) { return Expression{driver::negated(std::move(a.condition_))}; }

 private:
  /// Appends `b` to the parts of `a` if that is a condition of the same kind, so that `a && b && c` is one list of
  /// three.
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

/// The value that a condition or a patch compares or sets, in its stored form. Throws `Errc::invalid` for an integer
/// that does not fit 64 signed bits and for an enumerator without a name.
template <class S, class V>
driver::Value operand(const V& value) {
  static_assert(OperandFor<S, std::decay_t<V>>,
                "reel: the value in this condition has a different type than the attribute");
  if constexpr (Scalar<S>::kind == driver::AttributeType::text) {
    return driver::Value{std::string(std::string_view(value))};
  } else if constexpr (Scalar<S>::kind == driver::AttributeType::integer) {
    return Scalar<V>::encode(value);
  } else {
    return Scalar<S>::encode(static_cast<S>(value));
  }
}

/// Whether a unique index covers this attribute alone.
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

/// Whether a full-text index covers this attribute.
template <class T, int Position>
constexpr bool has_full_text() {
  bool found = false;
  for_each_index<T>([&found](const auto& index) {
    if (index.kind == driver::IndexKind::full_text && find_position(std::get<0>(index.parts).member) == Position)
      found = true;
  });
  return found;
}

/// An attribute of `T` in a query: the type of `reel::field`, which describes its operators. `Position` is the position
/// in the schema, or one of `driver::position`.
template <class T, class M, int Position>
struct Field {
  using C = Codec<M>;
  using S = typename C::scalar;
  static constexpr bool text = C::kind == driver::AttributeType::text;

  /// Equal. For a list attribute, use `contains`.
  template <class V>
  friend Expression<T> operator==(Field, const V& value) {
    return scalar<V>(driver::Operator::equal, value);
  }
  /// Has another value. A null does not match.
  template <class V>
  friend Expression<T> operator!=(Field, const V& value) {
    return scalar<V>(driver::Operator::not_equal, value);
  }
  /// Less.
  template <class V>
  friend Expression<T> operator<(Field, const V& value) {
    return ordered<V>(driver::Operator::less, value);
  }
  /// Less or equal.
  template <class V>
  friend Expression<T> operator<=(Field, const V& value) {
    return ordered<V>(driver::Operator::less_equal, value);
  }
  /// Greater.
  template <class V>
  friend Expression<T> operator>(Field, const V& value) {
    return ordered<V>(driver::Operator::greater, value);
  }
  /// Greater or equal.
  template <class V>
  friend Expression<T> operator>=(Field, const V& value) {
    return ordered<V>(driver::Operator::greater_equal, value);
  }
  /// At least `low` and at most `high`.
  template <class V, class W>
  [[nodiscard]] Expression<T> between(const V& low, const W& high) const {
    check_ordered();
    return make(driver::Operator::between, {operand<S>(low), operand<S>(high)});
  }
  /// Equal to one of the values; an empty list matches nothing.
  template <class V = S>
  [[nodiscard]] Expression<T> one_of(std::initializer_list<V> values) const {
    return one_of<std::initializer_list<V>>(values);
  }
  /// As above, for a container.
  template <class Values>
  requires requires(const Values& values) { values.begin() != values.end(); }
  [[nodiscard]] Expression<T> one_of(const Values& values) const {
    check_scalar();
    std::vector<driver::Value> operands;
    for (const auto& value : values) operands.push_back(operand<S>(value));
    return make(driver::Operator::equal, std::move(operands));
  }
  /// The text begins with `prefix`.
  [[nodiscard]] Expression<T> starts_with(std::string_view prefix) const {
    check_text();
    return make(driver::Operator::starts_with, {driver::Value{std::string(prefix)}});
  }
  /// The text ends with `suffix`.
  [[nodiscard]] Expression<T> ends_with(std::string_view suffix) const {
    check_text();
    return make(driver::Operator::ends_with, {driver::Value{std::string(suffix)}});
  }
  /// The text contains the string, or the list contains the element.
  template <class V>
  [[nodiscard]] Expression<T> contains(const V& value) const {
    static_assert(text || C::list, "reel: contains is for text and for lists");
    return make(driver::Operator::contains, {operand<S>(value)});
  }
  /// Full-text search, see `reel::field`.
  [[nodiscard]] Expression<T> search(std::string_view words) const {
    static_assert(has_full_text<T, Position>(), "reel: search needs a reel::full_text index on this attribute");
    return make(driver::Operator::search, {driver::Value{std::string(words)}});
  }
  /// The attribute has no value.
  [[nodiscard]] Expression<T> is_null() const { return make(driver::Operator::is_null, {}); }
  /// The attribute has a value.
  [[nodiscard]] Expression<T> is_not_null() const { return make(driver::Operator::is_not_null, {}); }

 private:
  static constexpr void check_scalar() {
    static_assert(!C::list, "reel: a list attribute cannot be compared; use contains");
  }
  static constexpr void check_ordered() {
    static_assert(!C::list && C::kind != driver::AttributeType::boolean && C::kind != driver::AttributeType::reference,
                  "reel: bools, ids and lists have no order");
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

/// Reports that `Member` is not a pointer to a data member.
template <auto Member>
struct MemberOf {
  static_assert(always_false<decltype(Member)>,
                "reel: a field is named by a pointer to a data member, as in &Track::title");
};
/// The type of `field<Member>`.
template <class T, class M, M T::*Member>
struct MemberOf<Member> {
  using record = T;
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

/// A function, because a compiler that rejects its body reports the line of the program that named the member.
template <auto Member>
consteval auto field_of() {
  return typename MemberOf<Member>::field{};
}

}  // namespace detail

/// The attribute that is stored from a data member, for conditions, orders and patches. A member that is not an
/// attribute of `Schema<T>` does not compile.
///
/// | condition | matches |
/// |---|---|
/// | `field<&Track::plays> == 3`, also `!= < <= > >=` | the comparison; no order for bools, ids and lists |
/// | `.between(low, high)` | from `low` to `high`, both included |
/// | `.one_of({1, 2})` | equal to one of the values |
/// | `.starts_with("B")`, `.ends_with("e")` | text with this prefix or suffix |
/// | `.contains(value)` | text with this substring, or a list with this element |
/// | `.search("blue moon")` | text with one of the words; needs a `full_text` index |
/// | `.is_null()`, `.is_not_null()` | whether there is a value |
///
/// Text is compared by the `TextRules` of the store. Operands of another type than the attribute do not compile.
///
/// A search matches text that contains any of the words. The last word also matches as a prefix. A search in double
/// quotes matches the words in this order. Other characters separate words; operators are not supported. Stop words,
/// and words shorter than 3 characters, match only as a prefix. Appwrite 1.8.1 treats a search this way, with an InnoDB
/// full-text index of MariaDB.
template <auto Member>
inline constexpr auto field = detail::field_of<Member>();
/// The id of a record in conditions and orders: `id<Track> == track_id`.
template <class T>
inline constexpr detail::Field<T, Id<T>, driver::position::id> id{};
/// The creation time that the store keeps of every record; not an attribute of the struct.
template <class T>
inline constexpr detail::Field<T, Timestamp, driver::position::created_at> created_at{};
/// The time of the last change that the store keeps of every record; not an attribute of the struct.
template <class T>
inline constexpr detail::Field<T, Timestamp, driver::position::updated_at> updated_at{};

/// The selection, order and page of a list of records. A query is a value: every member function returns a changed
/// copy.
///
///     Query<Track>{}
///         .where(field<&Track::mood> == Mood::calm || field<&Track::plays> > 100)
///         .order_by(field<&Track::plays>, descending)
///         .limit(10)
///
/// Without an order, records come in the order of insertion, which also decides between records that are equal in the
/// order.
template <class T>
class Query {
 public:
  /// Adds a condition. A record must match the conditions of all calls.
  [[nodiscard]] Query where(Expression<T> expression) const {
    Query changed = *this;
    changed.tree_.where.push_back(std::move(expression).condition());
    return changed;
  }
  /// Does not compile: the condition is about another struct.
  template <class U>
  [[nodiscard]] Query where(Expression<U>) const {
    static_assert(std::is_same_v<U, T>, "reel: this condition belongs to a different struct than the query");
    return *this;
  }
  /// Adds an attribute to the order: `order_by<&Track::plays>(descending)`.
  template <auto Member, class Direction = detail::Ascending>
  [[nodiscard]] Query order_by(Direction direction = {}) const {
    return order_by(field<Member>, direction);
  }
  /// Adds an attribute to the order, after those of earlier calls: `order_by(field<&Track::plays>, descending)`. The
  /// default direction is `ascending`. Nulls come first in ascending and last in descending order, as in MariaDB. A
  /// list does not compile.
  template <class U, class M, int Position, class Direction = detail::Ascending>
  [[nodiscard]] Query order_by(detail::Field<U, M, Position>, Direction = {}) const {
    static_assert(std::is_same_v<U, T>, "reel: this member belongs to a different struct than the query");
    static_assert(!detail::Codec<M>::list, "reel: a list attribute has no order");
    Query changed = *this;
    changed.tree_.order.push_back({Position, std::is_same_v<Direction, detail::Descending>});
    return changed;
  }
  /// The size of a page in records; the default is 25, as on an Appwrite server. A limit below 1 is `Errc::invalid`
  /// when the query is used.
  [[nodiscard]] Query limit(std::int64_t records) const {
    Query changed = *this;
    changed.tree_.limit = records;
    return changed;
  }
  /// Begins after a position, usually `Page::next`. The order must be that of the query which returned it, or the query
  /// is `Errc::invalid` when it is used. Records that were inserted or removed meanwhile do not shift the pages.
  ///
  ///     for (Page<Track> page = tracks.list(query); page.next; page = tracks.list(query.after(*page.next))) …
  [[nodiscard]] Query after(driver::Cursor cursor) const {
    Query changed = *this;
    changed.tree_.after = std::move(cursor);
    return changed;
  }
  /// Also determines `Page::total`, the number of all matches, at the cost of a `count`.
  [[nodiscard]] Query with_total() const {
    Query changed = *this;
    changed.tree_.with_total = true;
    return changed;
  }
  /// Reads only these attributes: `reading<&Track::mood>()`. The other members of the records have their initial
  /// values, and a server need not send them. The attributes are those of the last call; conditions and order may use
  /// any.
  template <auto... Members>
  [[nodiscard]] Query reading() const {
    static_assert(sizeof...(Members) > 0 && (std::is_same_v<typename detail::MemberOf<Members>::record, T> && ...),
                  "reel: reading names attributes of the query's struct");
    Query changed = *this;
    changed.tree_.attributes = {detail::MemberOf<Members>::position...};
    return changed;
  }
  /// The untyped query, which backends receive.
  [[nodiscard]] const driver::QueryTree& tree() const noexcept { return tree_; }

 private:
  driver::QueryTree tree_;
};

}  // namespace reel
