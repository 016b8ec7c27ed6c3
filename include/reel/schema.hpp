#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <reel/codec.hpp>
#include <reel/detail/schema_check.hpp>
#include <reel/detail/schema_items.hpp>
#include <reel/detail/schema_outline.hpp>
#include <reel/driver/collection_schema.hpp>

namespace reel {

inline constexpr detail::Descending descending;
inline constexpr detail::Ascending ascending;

/// Longest text, in code points; of each element in a list. Every text attribute has one.
[[nodiscard]] constexpr detail::MaxLength max_length(std::int64_t code_points) { return {code_points}; }

/// Smallest and largest number, both allowed.
template <class Number>
[[nodiscard]] constexpr detail::Range<Number> range(Number minimum, std::type_identity_t<Number> maximum) {
  static_assert(std::is_arithmetic_v<Number>, "reel::range takes two numbers");
  return {minimum, maximum};
}

/// Takes the place of null on every write, as on the server (contract 2.8), so that the attribute never is null.
template <class V>
[[nodiscard]] constexpr detail::DefaultValue<V> default_value(V value) {
  return {value};
}

/// The attribute holds the id of a record of `T` that exists; `rule` says what its removal does to this one.
template <class T>
[[nodiscard]] constexpr detail::References<T> references(on_remove rule = on_remove::restrict) {
  return {rule};
}

/// A member of the struct and the rules for it. A `std::optional` may be null, anything else is required.
template <class T, class M, class... Rules>
[[nodiscard]] constexpr auto attribute(std::string_view name, M T::*member, Rules... rules) {
  using C = detail::Codec<M>;
  static_assert(C::kind != driver::AttributeType::text || (detail::is_max_length<Rules> || ...),
                "reel: a text attribute needs reel::max_length(code points)");
  static_assert(C::kind == driver::AttributeType::text || !(detail::is_max_length<Rules> || ...),
                "reel: reel::max_length is for text attributes");
  static_assert(C::kind == driver::AttributeType::integer || C::kind == driver::AttributeType::floating ||
                    !(detail::is_range<Rules> || ...),
                "reel: reel::range is for numbers");
  static_assert(C::kind != driver::AttributeType::integer || !(detail::is_fractional_range<Rules> || ...),
                "reel: the reel::range of an integer attribute takes integers");
  static_assert(C::list || (detail::is_fitting_default<typename C::scalar, Rules> && ...),
                "reel: reel::default_value has another type than the attribute");
  static_assert(C::kind != driver::AttributeType::reference || (detail::is_references<Rules> || ...),
                "reel: a reel::Id attribute needs reel::references<T>()");
  static_assert(C::kind == driver::AttributeType::reference || !(detail::is_references<Rules> || ...),
                "reel: reel::references is for reel::Id attributes");
  static_assert(!C::list || !(detail::is_default<Rules> || ...), "reel: a list attribute has no default value");
  return detail::Attribute<T, M, Rules...>{name, member, {rules...}};
}

/// A sorted index over members (wrap one in `reel::descending(…)` to sort it downwards); serves `where` and `order_by`.
template <class First, class... More>
[[nodiscard]] constexpr auto index(std::string_view name, First first, More... more) {
  using T = typename decltype(detail::index_part(first))::record;
  return detail::make_index<T>(name, driver::IndexKind::key, detail::index_part(first), detail::index_part(more)...);
}

/// As `index`, and no two records may agree in all of its members. Records with a null among them are exempt.
template <class First, class... More>
[[nodiscard]] constexpr auto unique(std::string_view name, First first, More... more) {
  using T = typename decltype(detail::index_part(first))::record;
  return detail::make_index<T>(name, driver::IndexKind::unique, detail::index_part(first), detail::index_part(more)...);
}

/// Lets `search` find words of one text member.
template <class T, class M>
[[nodiscard]] constexpr auto full_text(std::string_view name, M T::*member) {
  static_assert(detail::Codec<M>::kind == driver::AttributeType::text && !detail::Codec<M>::list,
                "reel::full_text is for one text attribute");
  return detail::make_index<T>(name, driver::IndexKind::full_text, detail::index_part(member));
}

/// A member of the struct that is not an attribute: it is not written, and has its initial value in a record that is
/// read. Every other member has to be an attribute, so that no data are dropped in silence.
template <class T, class M>
[[nodiscard]] constexpr auto not_stored(M T::*member) {
  static_assert(!std::is_function_v<M>, "reel: reel::not_stored names a data member");
  return detail::NotStored<T, M>{member};
}

/// The author of the schema answers for it that no member is missing. Needed where members cannot be counted or named:
/// for a struct that is not an aggregate (it has a constructor, a private member or a virtual function), a base class
/// with members, a reference, a bit-field, or an anonymous union.
template <class T>
[[nodiscard]] constexpr auto unchecked_members() {
  return detail::UncheckedMembers<T>{};
}

/// The collection's id and name, then its attributes and indexes in any order.
template <class... Items>
[[nodiscard]] constexpr auto collection(std::string_view id, std::string_view name, Items... items) {
  static_assert((detail::is_attribute<Items> || ...), "reel::collection needs at least one reel::attribute");
  using T = typename std::tuple_element_t<0, std::tuple<Items...>>::record;
  static_assert((std::is_same_v<typename Items::record, T> && ...),
                "reel::collection: every attribute and index is about the same struct");
  return detail::Collection<T, Items...>{id, name, {items...}};
}

/// The run-time schema of `T`, made once.
template <class T>
[[nodiscard]] const driver::CollectionSchema& schema_of() {
  static_assert(detail::check_schema<T>);
  if constexpr (detail::HasSchema<T>) {
    using Outline = detail::SchemaOutline<T>;
    static const driver::CollectionSchema schema =
        detail::to_schema(Schema<T>::collection.id, Schema<T>::collection.name, Outline::attributes, Outline::indexes);
    return schema;
  } else {
    static const driver::CollectionSchema none;
    return none;
  }
}

}  // namespace reel
