#pragma once

#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

#include <reel/codec.hpp>
#include <reel/detail/member_count.hpp>
#include <reel/detail/schema_items.hpp>
#include <reel/detail/schema_outline.hpp>
#include <reel/id.hpp>

/// The compile-time checks of a schema.
namespace reel::detail {

/// The faults of a schema, one `static_assert` each in `check_found_schema`.
enum class SchemaFault {
  none,
  collection_id,
  item_name,
  same_attribute_name,
  same_index_name,
  same_member,
  index_of_unlisted_member,
  set_null_of_required,
  range_upside_down,
  range_beyond_member,
  empty_max_length,
  unnamed_default,
};

/// The fault of one rule, for an attribute with the codec `C`.
template <class C, class Rule>
constexpr SchemaFault rule_fault(const Rule& rule) {
  using S = typename C::scalar;
  if constexpr (is_references<Rule>) {
    if (rule.rule == on_remove::set_null && !C::optional && !C::list) return SchemaFault::set_null_of_required;
  } else if constexpr (is_range<Rule>) {
    if (rule.maximum < rule.minimum) return SchemaFault::range_upside_down;
    if constexpr (C::kind == driver::AttributeType::integer && std::is_integral_v<decltype(rule.minimum)>) {
      if (!std::in_range<S>(rule.minimum) || !std::in_range<S>(rule.maximum)) return SchemaFault::range_beyond_member;
    }
  } else if constexpr (is_max_length<Rule>) {
    if (rule.code_points < 1) return SchemaFault::empty_max_length;
  } else if constexpr (C::kind == driver::AttributeType::enumeration) {
    if (enum_name(rule.value).empty()) return SchemaFault::unnamed_default;
  }
  return SchemaFault::none;
}

/// The fault of the rules of all attributes.
template <class T>
constexpr SchemaFault find_rule_fault() {
  SchemaFault fault = SchemaFault::none;
  for_each_attribute<T>([&fault](const auto& attribute, int) {
    using C = Codec<typename std::remove_cvref_t<decltype(attribute)>::member_type>;
    for_each_in(attribute.rules, [&fault](const auto& rule) {
      if (const SchemaFault found = rule_fault<C>(rule); found != SchemaFault::none) fault = found;
    });
  });
  return fault;
}

/// Whether two of the outlines have the same name.
template <class Outlines>
constexpr bool has_same_names(const Outlines& outlines) {
  for (std::size_t i = 0; i < outlines.size(); ++i) {
    for (std::size_t k = 0; k < i; ++k) {
      if (outlines[i].name == outlines[k].name) return true;
    }
  }
  return false;
}
/// Whether a name is not valid as an id.
template <class Outlines>
constexpr bool has_invalid_name(const Outlines& outlines) {
  for (const auto& outline : outlines) {
    if (!is_valid_id(outline.name)) return true;
  }
  return false;
}

/// Whether a member occurs in two `attribute`s or `not_stored`s.
template <class T>
constexpr bool has_same_member() {
  bool same = false;
  for_each_attribute<T>([&same](const auto& attribute, int position) {
    if (find_position(attribute.member) != position) same = true;
  });
  int index = 0;
  for_each_in(Schema<T>::collection.items, [&](const auto& item) {
    if constexpr (is_not_stored<std::remove_cvref_t<decltype(item)>>) {
      ++index;
      int other_index = 0;
      for_each_in(Schema<T>::collection.items, [&](const auto& other) {
        if constexpr (is_not_stored<std::remove_cvref_t<decltype(other)>>) {
          ++other_index;
          if constexpr (std::is_same_v<decltype(item.member), decltype(other.member)>) {
            if (index != other_index && item.member == other.member) same = true;
          }
        }
      });
      if (find_position(item.member) >= 0) same = true;
    }
  });
  return same;
}

/// The first fault of the schema, or `none`.
template <class T>
constexpr SchemaFault find_fault() {
  using Outline = SchemaOutline<T>;
  if (!is_valid_id(Schema<T>::collection.id)) return SchemaFault::collection_id;
  if (has_invalid_name(Outline::attributes) || has_invalid_name(Outline::indexes)) return SchemaFault::item_name;
  if (has_same_names(Outline::attributes)) return SchemaFault::same_attribute_name;
  if (has_same_names(Outline::indexes)) return SchemaFault::same_index_name;
  if (has_same_member<T>()) return SchemaFault::same_member;
  for (const driver::IndexPart& part : Outline::parts) {
    if (part.attribute < 0) return SchemaFault::index_of_unlisted_member;
  }
  return find_rule_fault<T>();
}

/// The number of initializers that the member named by an item of the schema accepts; 0 for an index.
template <class Item>
constexpr std::size_t initialisers_of_item() {
  if constexpr (is_attribute<Item> || is_not_stored<Item>) return initialisers<typename Item::member_type>;
  return 0;
}

template <class Collection>
struct Members;
/// The number of initializers that the members named by a collection accept, and whether to check it.
template <class T, class... Items>
struct Members<Collection<T, Items...>> {
  static constexpr bool unchecked = (is_unchecked<Items> || ...);
  static constexpr std::size_t named = (0 + ... + initialisers_of_item<Items>());
};
template <class T>
using MembersOf = Members<std::remove_cvref_t<decltype(Schema<T>::collection)>>;

/// Whether the schema names each member of the aggregate. Members are counted, see `member_count.hpp`, because C++20
/// cannot list them.
template <class T>
consteval bool names_every_member() {
  if constexpr (MembersOf<T>::unchecked || !std::is_aggregate_v<T>) {
    return true;
  } else {
    return has_members<T, MembersOf<T>::named>();
  }
}

/// Always true: each fault is a compile error with a sentence. One function, so that a compiler prints one sentence for
/// one fault.
template <class T>
consteval bool check_found_schema() {
  constexpr SchemaFault fault = find_fault<T>();
  static_assert(fault != SchemaFault::collection_id,
                "reel: the collection id is 1 to 36 of A-Z a-z 0-9 . - _ and starts with a letter or digit");
  static_assert(
      fault != SchemaFault::item_name,
      "reel: the name of an attribute or index is 1 to 36 of A-Z a-z 0-9 . - _ and starts with a letter or digit");
  static_assert(fault != SchemaFault::same_attribute_name, "reel: two attributes of the schema have the same name");
  static_assert(fault != SchemaFault::same_member, "reel: a member occurs twice in the schema");
  static_assert(fault != SchemaFault::same_index_name, "reel: two indexes of the schema have the same name");
  static_assert(fault != SchemaFault::index_of_unlisted_member,
                "reel: an index names a member that is not an attribute of the schema");
  static_assert(fault != SchemaFault::set_null_of_required,
                "reel: on_remove::set_null needs a std::optional or a std::vector member");
  static_assert(fault != SchemaFault::range_upside_down, "reel: reel::range has its minimum above its maximum");
  static_assert(fault != SchemaFault::range_beyond_member,
                "reel: a bound of reel::range is not a value that the member can have");
  static_assert(fault != SchemaFault::empty_max_length, "reel: reel::max_length is at least 1");
  static_assert(fault != SchemaFault::unnamed_default,
                "reel: the enumerator in reel::default_value has no name in reel::EnumNames");
  static_assert(
      MembersOf<T>::unchecked || std::is_aggregate_v<T>,
      "reel: a struct that is not an aggregate may have members that its schema does not name; if it names all, "
      "add reel::unchecked_members<T>() to the schema");
  static_assert(names_every_member<T>(),
                "reel: a member of the struct is neither a reel::attribute of its schema nor named by "
                "reel::not_stored(&T::member)");
  return true;
}

/// As `check_found_schema`; also reports a type without a schema.
template <class T>
inline constexpr bool check_schema = [] {
  static_assert(HasSchema<T>, "reel: this type has no reel::Schema<T> with a static constexpr member `collection`");
  if constexpr (HasSchema<T>) return check_found_schema<T>();
  return true;
}();

}  // namespace reel::detail
