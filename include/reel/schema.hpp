#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>

#include <reel/codec.hpp>
#include <reel/detail/schema_check.hpp>
#include <reel/detail/schema_items.hpp>
#include <reel/detail/schema_outline.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/permission.hpp>

namespace reel {

/// The descending direction: `order_by(field<&Track::plays>, descending)`, and `descending(&Track::plays)` in an index.
inline constexpr detail::Descending descending;
/// The ascending direction, which is the default.
inline constexpr detail::Ascending ascending;

/// The largest length of a text attribute, or of each element of a list, in Unicode code points, at least 1. Every text
/// attribute needs one. A longer string is `Errc::invalid`; nothing is truncated.
[[nodiscard]] constexpr detail::MaxLength max_length(std::int64_t code_points) { return {code_points}; }

/// The smallest and the largest value of a number attribute, both included. A value outside is `Errc::invalid`. A bound
/// that the member's type cannot hold does not compile.
template <class Number>
[[nodiscard]] constexpr detail::Range<Number> range(Number minimum, std::type_identity_t<Number> maximum) {
  static_assert(std::is_arithmetic_v<Number>, "reel::range takes two numbers");
  return {minimum, maximum};
}

/// The value that replaces null on every write, so the attribute is never null. An update to null stores it, too, as on
/// an Appwrite 1.8.1 server.
template <class V>
[[nodiscard]] constexpr detail::DefaultValue<V> default_value(V value) {
  return {value};
}

/// The attribute holds the id of a record of type `T`, or a list of ids. A write that names a record which does not
/// exist is `Errc::invalid`. `rule` specifies what happens to this record when that one is removed. Checking and
/// writing are two steps, so a record that is removed between them is not noticed.
template <class T>
[[nodiscard]] constexpr detail::References<T> references(on_remove rule = on_remove::restrict) {
  return {rule};
}

/// A member of the struct that is stored under `name`, and its rules. A `std::optional` member may be null, a
/// `std::vector` is a list that is never null, any other member is required. `name` follows the rule of `is_valid_id`.
/// Supported types are `bool`, integers up to 64 bits, `float` and `double`, `std::string`, enums with `EnumNames`,
/// `Timestamp`, and `Id`. A rule that does not fit the member does not compile.
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
                "reel: reel::default_value has a different type than the attribute");
  static_assert(C::kind != driver::AttributeType::reference || (detail::is_references<Rules> || ...),
                "reel: a reel::Id attribute needs reel::references<T>()");
  static_assert(C::kind == driver::AttributeType::reference || !(detail::is_references<Rules> || ...),
                "reel: reel::references is for reel::Id attributes");
  static_assert(!C::list || !(detail::is_default<Rules> || ...), "reel: a list attribute has no default value");
  return detail::Attribute<T, M, Rules...>{name, member, {rules...}};
}

/// An ordered index over one or more members, in this order. It serves conditions on its first members and an order by
/// its members, forwards and backwards. Wrap a member in `descending(…)` to sort it in descending order. The name is
/// unique in the collection.
template <class First, class... More>
[[nodiscard]] constexpr auto index(std::string_view name, First first, More... more) {
  using T = typename decltype(detail::index_part(first))::record;
  return detail::make_index<T>(name, driver::IndexKind::key, detail::index_part(first), detail::index_part(more)...);
}

/// As `index`, and no two records may be equal in all of its members: such a write is `Errc::already_exists` and names
/// the index. Text is compared by the `TextRules` of the store. Records with a null in one of the members are exempt,
/// as in SQL.
template <class First, class... More>
[[nodiscard]] constexpr auto unique(std::string_view name, First first, More... more) {
  using T = typename decltype(detail::index_part(first))::record;
  return detail::make_index<T>(name, driver::IndexKind::unique, detail::index_part(first), detail::index_part(more)...);
}

/// A full-text index over one text member, which `search` needs. Words are those of MariaDB's InnoDB full-text indexes.
template <class T, class M>
[[nodiscard]] constexpr auto full_text(std::string_view name, M T::*member) {
  static_assert(detail::Codec<M>::kind == driver::AttributeType::text && !detail::Codec<M>::list,
                "reel::full_text is for one text attribute");
  return detail::make_index<T>(name, driver::IndexKind::full_text, detail::index_part(member));
}

/// The permissions of the collection, which `setup` stores: they apply to all of its records. Without this item, and
/// without `document_security`, `setup` creates a collection without permissions and does not change those of an
/// existing one. See `AccessRules`.
///
///     reel::permissions(reel::Grant::read("any"), reel::Grant::create("users"))
template <std::same_as<Grant>... More>
[[nodiscard]] constexpr auto permissions(Grant first, More... more) {
  static_assert(sizeof...(More) < max_permissions, "reel::permissions takes at most 100 permissions");
  return detail::Grants<sizeof...(More) + 1>{{first, more...}};
}
/// No permissions of the collection: only those of its records count.
[[nodiscard]] constexpr auto permissions() { return detail::Grants<0>{}; }

/// Whether the permissions of single records count, too, which is the default. See `AccessRules::item_security`.
[[nodiscard]] constexpr detail::DocumentSecurity document_security(bool is_on) { return {is_on}; }

/// A member of the struct that is not an attribute. It is not written, and has its initial value in records that are
/// read. A member that is neither an attribute nor `not_stored` does not compile, so that no data are dropped silently.
template <class T, class M>
[[nodiscard]] constexpr auto not_stored(M T::*member) {
  static_assert(!std::is_function_v<M>, "reel: reel::not_stored names a data member");
  return detail::NotStored<T, M>{member};
}

/// Disables the check that the schema names every member; the author of the schema vouches for it. Needed where members
/// cannot be counted: in a struct that is not an aggregate (it has a constructor, a private member or a virtual
/// function), or that has a base class with members, a reference, a bit-field or an anonymous union.
template <class T>
[[nodiscard]] constexpr auto unchecked_members() {
  return detail::UncheckedMembers<T>{};
}

/// The schema of a struct: the id and the name of the collection, and its attributes and indexes in any order.
/// Specialize `Schema` with it:
///
///     template <>
///     struct reel::Schema<Track> {
///       static constexpr auto collection = reel::collection("tracks", "Tracks",
///           reel::attribute("title", &Track::title, reel::max_length(255)),
///           reel::unique("by_title", &Track::title));
///     };
///
/// A fault of the schema is a compile error with a sentence that explains it.
template <class... Items>
[[nodiscard]] constexpr auto collection(std::string_view id, std::string_view name, Items... items) {
  static_assert((detail::is_attribute<Items> || ...), "reel::collection needs at least one reel::attribute");
  static_assert((0 + ... + (detail::is_grants<Items> ? 1 : 0)) <= 1 &&
                    (0 + ... + (detail::is_document_security<Items> ? 1 : 0)) <= 1,
                "reel::collection takes reel::permissions and reel::document_security at most once");
  using T = typename detail::RecordOf<Items...>::type;
  static_assert((detail::is_about<Items, T> && ...),
                "reel::collection: every attribute and index is about the same struct");
  return detail::Collection<T, Items...>{id, name, {items...}};
}

/// The run-time schema of `T`. Built at the first call; valid until the program ends. Thread-safe.
template <class T>
[[nodiscard]] const driver::CollectionSchema& schema_of() {
  static_assert(detail::check_schema<T>);
  if constexpr (detail::HasSchema<T>) {
    using Outline = detail::SchemaOutline<T>;
    static const driver::CollectionSchema schema =
        detail::to_schema(Schema<T>::collection.id, Schema<T>::collection.name, Outline::attributes, Outline::indexes,
                          detail::access_of<T>());
    return schema;
  } else {
    static const driver::CollectionSchema none;
    return none;
  }
}

}  // namespace reel
