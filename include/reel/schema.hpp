#pragma once

#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <reel/codec.hpp>
#include <reel/driver/collection_schema.hpp>

namespace reel {

/// Specialise with a static constexpr member `collection`, made by `reel::collection`, to make a struct storable.
template <class T>
struct Schema;

template <class T>
[[nodiscard]] const driver::CollectionSchema& schema_of();

namespace detail {

struct MaxLength {
  std::int64_t code_points;
};
template <class Number>
struct Range {
  Number minimum, maximum;
};
template <class V>
struct DefaultValue {
  V value;
};
template <class T>
struct References {
  using target = T;
  reel::on_remove rule;
};

template <class T, class M, class... Rules>
struct Attribute {
  using record = T;
  using member_type = M;
  std::string_view name;
  M T::*member;
  std::tuple<Rules...> rules;
};

template <class T, class M>
struct Part {
  using record = T;
  using member_type = M;
  M T::*member;
  bool descending;
};

template <class T, class... Parts>
struct Index {
  using record = T;
  std::string_view name;
  driver::IndexKind kind;
  std::tuple<Parts...> parts;
};

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

template <class Rule>
inline constexpr bool is_max_length = std::is_same_v<Rule, MaxLength>;
template <class Rule>
inline constexpr bool is_range = false;
template <class Number>
inline constexpr bool is_range<Range<Number>> = true;
template <class Rule>
inline constexpr bool is_default = false;
template <class V>
inline constexpr bool is_default<DefaultValue<V>> = true;
template <class Rule>
inline constexpr bool is_references = false;
template <class T>
inline constexpr bool is_references<References<T>> = true;

template <class T, class M>
constexpr Part<T, M> index_part(M T::*member) {
  return {member, false};
}
template <class T, class M>
constexpr Part<T, M> index_part(Part<T, M> part) {
  return part;
}

template <class T, class... Parts>
constexpr auto make_index(std::string_view name, driver::IndexKind kind, Parts... parts) {
  static_assert((!Codec<typename Parts::member_type>::list && ...), "reel: a list attribute cannot be indexed");
  return Index<T, Parts...>{name, kind, {parts...}};
}

struct Descending {
  /// An index part sorted downwards.
  template <class T, class M>
  constexpr Part<T, M> operator()(M T::*member) const {
    return {member, true};
  }
};
struct Ascending {};

}  // namespace detail

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

/// The collection's id and name, then its attributes and indexes in any order.
template <class... Items>
[[nodiscard]] constexpr auto collection(std::string_view id, std::string_view name, Items... items) {
  static_assert((detail::is_attribute<Items> || ...), "reel::collection needs at least one reel::attribute");
  using T = typename std::tuple_element_t<0, std::tuple<Items...>>::record;
  static_assert((std::is_same_v<typename Items::record, T> && ...),
                "reel::collection: every attribute and index is about the same struct");
  return detail::Collection<T, Items...>{id, name, {items...}};
}

namespace detail {

template <class T>
concept HasSchema = requires {
  Schema<T>::collection;
};

template <class Tuple, class Visit>
constexpr void for_each_in(const Tuple& tuple, Visit&& visit) {
  [&]<std::size_t... I>(std::index_sequence<I...>) { (visit(std::get<I>(tuple)), ...); }
  (std::make_index_sequence<std::tuple_size_v<Tuple>>{});
}

/// Calls `visit(attribute, position)` for every attribute of `Schema<T>`, in order.
template <class T, class Visit>
constexpr void for_each_attribute(Visit&& visit) {
  int position = 0;
  for_each_in(Schema<T>::collection.items, [&](const auto& item) {
    if constexpr (is_attribute<std::remove_cvref_t<decltype(item)>>) visit(item, position++);
  });
}

template <class T, class Visit>
constexpr void for_each_index(Visit&& visit) {
  for_each_in(Schema<T>::collection.items, [&](const auto& item) {
    if constexpr (!is_attribute<std::remove_cvref_t<decltype(item)>>) visit(item);
  });
}

/// The place of a member among the attributes, or -1.
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

/// 0 if the schema is sound, else which rule it breaks.
template <class T>
constexpr int schema_fault() {
  int fault = is_valid_id(Schema<T>::collection.id) ? 0 : 1;
  for_each_attribute<T>([&](const auto& one, int position) {
    if (!is_valid_id(one.name)) fault = 2;
    for_each_attribute<T>([&](const auto& other, int other_position) {
      if (position < other_position && one.name == other.name) fault = 3;
    });
    if (find_position(one.member) != position) fault = 4;
    using C = Codec<typename std::remove_cvref_t<decltype(one)>::member_type>;
    for_each_in(one.rules, [&fault](const auto& rule) {
      if constexpr (is_references<std::remove_cvref_t<decltype(rule)>>) {
        if (rule.rule == on_remove::set_null && !C::optional && !C::list) fault = 7;
      } else if constexpr (is_range<std::remove_cvref_t<decltype(rule)>>) {
        if (rule.maximum < rule.minimum) fault = 8;
      } else if constexpr (is_max_length<std::remove_cvref_t<decltype(rule)>>) {
        if (rule.code_points < 1) fault = 9;
      }
    });
  });
  for_each_index<T>([&](const auto& one) {
    if (!is_valid_id(one.name)) fault = 2;
    int same_name = 0;
    for_each_index<T>([&](const auto& other) { same_name += one.name == other.name ? 1 : 0; });
    if (same_name != 1) fault = 5;
    for_each_in(one.parts, [&](const auto& part) {
      if (find_position(part.member) < 0) fault = 6;
    });
  });
  return fault;
}

template <class T>
inline constexpr bool check_schema = [] {
  static_assert(HasSchema<T>, "reel: this type has no reel::Schema<T> with a static constexpr member `collection`");
  constexpr int fault = schema_fault<T>();
  static_assert(fault != 1,
                "reel: the collection id is 1 to 36 of A-Z a-z 0-9 . - _ and starts with a letter or digit");
  static_assert(
      fault != 2,
      "reel: the name of an attribute or index is 1 to 36 of A-Z a-z 0-9 . - _ and starts with a letter or digit");
  static_assert(fault != 3, "reel: two attributes of the schema have the same name");
  static_assert(fault != 4, "reel: a member stands twice in the schema");
  static_assert(fault != 5, "reel: two indexes of the schema have the same name");
  static_assert(fault != 6, "reel: an index names a member that is not an attribute of the schema");
  static_assert(fault != 7, "reel: on_remove::set_null needs a std::optional or a std::vector member");
  static_assert(fault != 8, "reel: reel::range has its minimum above its maximum");
  static_assert(fault != 9, "reel: reel::max_length is at least 1");
  return fault == 0;
}();

template <class Codec, class Rule>
void apply_rule(driver::AttributeSchema& attribute, const Rule& rule) {
  if constexpr (is_max_length<Rule>) {
    attribute.max_length = rule.code_points;
  } else if constexpr (is_range<Rule>) {
    using M = typename Codec::scalar;
    attribute.minimum = Scalar<M>::encode(static_cast<M>(rule.minimum));
    attribute.maximum = Scalar<M>::encode(static_cast<M>(rule.maximum));
  } else if constexpr (is_references<Rule>) {
    attribute.references = std::string(Schema<typename Rule::target>::collection.id);
    attribute.on_remove = rule.rule;
    attribute.target = &schema_of<typename Rule::target>;
  } else {
    using M = typename Codec::scalar;
    attribute.default_value = Scalar<M>::encode(M(rule.value));
    attribute.required = false;
  }
}

template <class T, class M, class... Rules>
driver::AttributeSchema make_attribute_schema(const Attribute<T, M, Rules...>& attribute) {
  using C = Codec<M>;
  using S = typename C::scalar;
  driver::AttributeSchema made{
      .name = std::string(attribute.name), .kind = C::kind, .required = !C::optional && !C::list, .list = C::list};
  if constexpr (C::kind == driver::AttributeType::enumeration) {
    for (const auto& entry : EnumNames<S>::names) made.elements.emplace_back(entry.second);
  }
  if constexpr (C::kind == driver::AttributeType::integer &&
                !std::is_same_v<S, std::int64_t>) {  // a narrower member bounds its values
    made.minimum = driver::Value{static_cast<std::int64_t>(std::numeric_limits<S>::min())};
    if constexpr (std::in_range<std::int64_t>(std::numeric_limits<S>::max()))
      made.maximum = driver::Value{static_cast<std::int64_t>(std::numeric_limits<S>::max())};
  }
  for_each_in(attribute.rules, [&made](const auto& rule) { apply_rule<C>(made, rule); });
  return made;
}

template <class T>
driver::CollectionSchema make_collection_schema() {
  const auto& typed = Schema<T>::collection;
  driver::CollectionSchema schema{.id = std::string(typed.id), .name = std::string(typed.name)};
  for_each_attribute<T>(
      [&schema](const auto& attribute, int) { schema.attributes.push_back(make_attribute_schema(attribute)); });
  for_each_index<T>([&schema](const auto& index) {
    driver::IndexSchema made{.name = std::string(index.name), .kind = index.kind};
    for_each_in(index.parts, [&made](const auto& part) {
      made.parts.push_back({find_position(part.member), part.descending});
    });
    schema.indexes.push_back(std::move(made));
  });
  return schema;
}

}  // namespace detail

/// The run-time schema of `T`, made once.
template <class T>
[[nodiscard]] const driver::CollectionSchema& schema_of() {
  static_assert(detail::check_schema<T>);
  static const driver::CollectionSchema schema = detail::make_collection_schema<T>();
  return schema;
}

}  // namespace reel
