#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <reel/codec.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/permission.hpp>

namespace reel {

/// The schema of a struct. Specialize it with a `static constexpr auto collection = reel::collection(…)` to store the
/// struct.
template <class T>
struct Schema;

template <class T>
[[nodiscard]] const driver::CollectionSchema& schema_of();

}  // namespace reel

/// The items of a `Schema<T>::collection`, as the functions of `<reel/schema.hpp>` return them.
namespace reel::detail {

/// `reel::max_length`.
struct MaxLength {
  std::int64_t code_points;
};
/// `reel::range`.
template <class Number>
struct Range {
  Number minimum, maximum;
};
/// `reel::default_value`.
template <class V>
struct DefaultValue {
  V value;
};
/// `reel::references`.
template <class T>
struct References {
  using target = T;
  reel::on_remove rule;
};

/// `reel::attribute`.
template <class T, class M, class... Rules>
struct Attribute {
  using record = T;
  using member_type = M;
  std::string_view name;
  M T::*member;
  std::tuple<Rules...> rules;
};

/// `reel::not_stored`.
template <class T, class M>
struct NotStored {
  using record = T;
  using member_type = M;
  M T::*member;
};

/// `reel::unchecked_members`.
template <class T>
struct UncheckedMembers {
  using record = T;
};

/// `reel::permissions`.
template <std::size_t count>
struct Grants {
  std::array<Grant, count> all;
};
/// `reel::document_security`.
struct DocumentSecurity {
  bool is_on;
};

/// A member of an index and its direction.
template <class T, class M>
struct Part {
  using record = T;
  using member_type = M;
  M T::*member;
  bool descending;
};

/// `reel::index`, `reel::unique` and `reel::full_text`.
template <class T, class... Parts>
struct Index {
  using record = T;
  std::string_view name;
  driver::IndexKind kind;
  std::tuple<Parts...> parts;
};

/// `reel::collection`.
template <class T, class... Items>
struct Collection {
  using record = T;
  std::string_view id, name;
  std::tuple<Items...> items;
};

template <class Item>
inline constexpr bool is_attribute = false;
template <class T, class M, class... Rules>
inline constexpr bool is_attribute<Attribute<T, M, Rules...>> = true;

template <class Item>
inline constexpr bool is_index = false;
template <class T, class... Parts>
inline constexpr bool is_index<Index<T, Parts...>> = true;

template <class Item>
inline constexpr std::size_t part_count = 0;
template <class T, class... Parts>
inline constexpr std::size_t part_count<Index<T, Parts...>> = sizeof...(Parts);

template <class Item>
inline constexpr bool is_not_stored = false;
template <class T, class M>
inline constexpr bool is_not_stored<NotStored<T, M>> = true;

template <class Item>
inline constexpr bool is_unchecked = false;
template <class T>
inline constexpr bool is_unchecked<UncheckedMembers<T>> = true;

template <class Rule>
inline constexpr bool is_max_length = std::is_same_v<Rule, MaxLength>;
template <class Rule>
inline constexpr bool is_range = false;
template <class Number>
inline constexpr bool is_range<Range<Number>> = true;
template <class Rule>
inline constexpr bool is_fractional_range = false;
template <class Number>
inline constexpr bool is_fractional_range<Range<Number>> = std::is_floating_point_v<Number>;
template <class Rule>
inline constexpr bool is_default = false;
template <class V>
inline constexpr bool is_default<DefaultValue<V>> = true;
/// Whether `Rule` is not a default value, or one that an attribute with this scalar can have.
template <class Scalar, class Rule>
inline constexpr bool is_fitting_default = true;
template <class Scalar, class V>
inline constexpr bool is_fitting_default<Scalar, DefaultValue<V>> = OperandFor<Scalar, V>;
template <class Rule>
inline constexpr bool is_references = false;
template <class T>
inline constexpr bool is_references<References<T>> = true;

/// A plain member in an index is ascending.
template <class T, class M>
constexpr Part<T, M> index_part(M T::*member) {
  return {member, false};
}
template <class T, class M>
constexpr Part<T, M> index_part(Part<T, M> part) {
  return part;
}

/// Rejects lists, which have no order.
template <class T, class... Parts>
constexpr auto make_index(std::string_view name, driver::IndexKind kind, Parts... parts) {
  static_assert((!Codec<typename Parts::member_type>::list && ...), "reel: a list attribute cannot be indexed");
  return Index<T, Parts...>{name, kind, {parts...}};
}

/// The type of `reel::descending`.
struct Descending {
  /// The member in an index, in descending order.
  template <class T, class M>
  constexpr Part<T, M> operator()(M T::*member) const {
    return {member, true};
  }
};
/// The type of `reel::ascending`.
struct Ascending {};

template <class Item>
inline constexpr bool is_grants = false;
template <std::size_t count>
inline constexpr bool is_grants<Grants<count>> = true;
template <class Item>
inline constexpr bool is_document_security = std::is_same_v<Item, DocumentSecurity>;
/// Whether the item is about the collection as a whole and not about members of a struct.
template <class Item>
inline constexpr bool is_about_collection = is_grants<Item> || is_document_security<Item>;

/// The struct that the first of the items about members is about.
template <class First, class... More>
struct RecordOf : RecordOf<More...> {};
template <class First, class... More>
requires(!is_about_collection<First>) struct RecordOf<First, More...> {
  using type = typename First::record;
};
/// Whether an item is about the struct `T`, or about no struct.
template <class Item, class T>
inline constexpr bool is_about = [] {
  if constexpr (is_about_collection<Item>) {
    return true;
  } else {
    return std::is_same_v<typename Item::record, T>;
  }
}();

/// Calls `visit` with each element of a tuple.
template <class Tuple, class Visit>
constexpr void for_each_in(const Tuple& tuple, Visit&& visit) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (visit(std::get<I>(tuple)), ...); }
  (std::make_index_sequence<std::tuple_size_v<Tuple>>{});
}

/// `Schema<T>` has a `collection`.
template <class T>
concept HasSchema = requires {
  Schema<T>::collection;
};

/// Calls `visit(attribute, position)` for every attribute of `Schema<T>`, in order. Does nothing without a schema,
/// which `check_schema` reports in one sentence.
template <class T, class Visit>
constexpr void for_each_attribute(Visit&& visit) {
  if constexpr (HasSchema<T>) {
    int position = 0;
    for_each_in(Schema<T>::collection.items, [&](const auto& item) {
      if constexpr (is_attribute<std::remove_cvref_t<decltype(item)>>) visit(item, position++);
    });
  }
}

/// Calls `visit(index)` for every index of `Schema<T>`, in order.
template <class T, class Visit>
constexpr void for_each_index(Visit&& visit) {
  if constexpr (HasSchema<T>) {
    for_each_in(Schema<T>::collection.items, [&](const auto& item) {
      if constexpr (is_index<std::remove_cvref_t<decltype(item)>>) visit(item);
    });
  }
}

/// The position of a member among the attributes, or -1.
template <class T, class M>
constexpr int find_position(M T::*member) {
  int found = -1;
  for_each_attribute<T>([&](const auto& attribute, int position) {
    if constexpr (std::is_same_v<decltype(attribute.member), M T::*>) {
      if (attribute.member == member) found = position;
    }
  });
  return found;
}

}  // namespace reel::detail
