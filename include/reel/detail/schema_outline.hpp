#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/codec.hpp>
#include <reel/detail/schema_items.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/permission.hpp>

/// A schema as constant data. One function builds the `CollectionSchema` of every type from it, so a record type costs
/// a program a table and no code.
namespace reel::detail {

/// The constant in a rule: a literal form of `Value`, which cannot be `constexpr`.
struct Constant {
  enum class Type { none, boolean, integer, floating, text, timestamp };
  Type type = Type::none;
  std::int64_t integer = 0;  ///< of `boolean`, `integer` and `timestamp` as well
  double floating = 0;
  std::string_view text{};

  /// The run-time form.
  [[nodiscard]] driver::Value value() const {
    switch (type) {
      case Type::boolean:
        return driver::Value{integer != 0};
      case Type::integer:
        return driver::Value{integer};
      case Type::floating:
        return driver::Value{floating};
      case Type::text:
        return driver::Value{std::string(text)};
      case Type::timestamp:
        return driver::Value{Timestamp{Timestamp::duration{integer}}};
      case Type::none:
        break;
    }
    return driver::Value{};
  }
};

/// The constant of an attribute with the scalar `S`.
template <class S, class V>
constexpr Constant constant_of(const V& value) {
  constexpr driver::AttributeType kind = Scalar<S>::kind;
  if constexpr (kind == driver::AttributeType::boolean) {
    return {.type = Constant::Type::boolean, .integer = value};
  } else if constexpr (kind == driver::AttributeType::integer) {
    return {.type = Constant::Type::integer, .integer = static_cast<std::int64_t>(value)};
  } else if constexpr (kind == driver::AttributeType::floating) {
    return {.type = Constant::Type::floating, .floating = static_cast<double>(static_cast<S>(value))};
  } else if constexpr (kind == driver::AttributeType::timestamp) {
    return {.type = Constant::Type::timestamp, .integer = Timestamp(value).time_since_epoch().count()};
  } else if constexpr (kind == driver::AttributeType::enumeration) {
    return {.type = Constant::Type::text, .text = enum_name(value)};
  } else if constexpr (kind == driver::AttributeType::reference) {
    return {.type = Constant::Type::text, .text = value.str()};
  } else {
    return {.type = Constant::Type::text, .text = std::string_view(value)};
  }
}

/// `AttributeSchema` as constant data.
struct AttributeOutline {
  std::string_view name{};
  driver::AttributeType kind = driver::AttributeType::text;
  bool required = true;
  bool list = false;
  std::int64_t max_length = 0;
  Constant minimum{}, maximum{}, default_value{};
  std::span<const std::string_view> elements{};
  std::string_view references{};
  reel::on_remove on_remove = reel::on_remove::restrict;
  const driver::CollectionSchema& (*target)() = nullptr;
};

/// `IndexSchema` as constant data.
struct IndexOutline {
  std::string_view name{};
  driver::IndexKind kind = driver::IndexKind::key;
  std::span<const driver::IndexPart> parts{};
};

/// The names of an enum, in the order of `EnumNames`.
template <class Enum>
inline constexpr auto element_names = [] {
  std::array<std::string_view, EnumNames<Enum>::names.size()> texts{};
  for (std::size_t i = 0; i < texts.size(); ++i) texts[i] = EnumNames<Enum>::names[i].second;
  return texts;
}();

/// Applies a rule to the outline of its attribute.
template <class S, class Rule>
constexpr void outline_rule(AttributeOutline& attribute, const Rule& rule) {
  if constexpr (is_max_length<Rule>) {
    attribute.max_length = rule.code_points;
  } else if constexpr (is_range<Rule>) {
    attribute.minimum = constant_of<S>(rule.minimum);
    attribute.maximum = constant_of<S>(rule.maximum);
  } else if constexpr (is_references<Rule>) {
    attribute.references = Schema<typename Rule::target>::collection.id;
    attribute.on_remove = rule.rule;
    attribute.target = &schema_of<typename Rule::target>;
  } else {
    attribute.default_value = constant_of<S>(rule.value);
    attribute.required = false;
  }
}

/// The outline of one attribute. An integer narrower than 64 bits gets its own limits as its range.
template <class T, class M, class... Rules>
constexpr AttributeOutline outline_of(const Attribute<T, M, Rules...>& attribute) {
  using C = Codec<M>;
  using S = typename C::scalar;
  AttributeOutline outline{
      .name = attribute.name, .kind = C::kind, .required = !C::optional && !C::list, .list = C::list};
  if constexpr (C::kind == driver::AttributeType::enumeration) outline.elements = element_names<S>;
  if constexpr (C::kind == driver::AttributeType::integer &&
                !std::is_same_v<S, std::int64_t>) {  // a narrower member bounds its values
    outline.minimum = constant_of<S>(std::numeric_limits<S>::min());
    if constexpr (std::in_range<std::int64_t>(std::numeric_limits<S>::max()))
      outline.maximum = constant_of<S>(std::numeric_limits<S>::max());
  }
  for_each_in(attribute.rules, [&outline](const auto& rule) { outline_rule<S>(outline, rule); });
  return outline;
}

/// The numbers of items in a collection.
template <class Collection>
struct ItemCounts;
template <class T, class... Items>
struct ItemCounts<Collection<T, Items...>> {
  static constexpr std::size_t attributes = (0 + ... + (is_attribute<Items> ? 1 : 0));
  static constexpr std::size_t indexes = (0 + ... + (is_index<Items> ? 1 : 0));
  static constexpr std::size_t parts = (0 + ... + part_count<Items>);
};

/// The outlines of `Schema<T>`.
template <class T>
struct SchemaOutline {
  using Counts = ItemCounts<std::remove_cvref_t<decltype(Schema<T>::collection)>>;

  static constexpr std::array<AttributeOutline, Counts::attributes> attributes = [] {
    std::array<AttributeOutline, Counts::attributes> outlines{};
    for_each_attribute<T>([&outlines](const auto& attribute, int position) {
      outlines[static_cast<std::size_t>(position)] = outline_of(attribute);
    });
    return outlines;
  }();

  /// The parts of all indexes, one after another.
  static constexpr std::array<driver::IndexPart, Counts::parts> parts = [] {
    std::array<driver::IndexPart, Counts::parts> all{};
    std::size_t next = 0;
    for_each_index<T>([&all, &next](const auto& index) {
      for_each_in(index.parts, [&all, &next](const auto& part) {
        all[next++] = {find_position(part.member), part.descending};
      });
    });
    return all;
  }();

  static constexpr std::array<IndexOutline, Counts::indexes> indexes = [] {
    std::array<IndexOutline, Counts::indexes> outlines{};
    std::size_t next = 0, part = 0;
    for_each_index<T>([&](const auto& index) {
      constexpr std::size_t count = part_count<std::remove_cvref_t<decltype(index)>>;
      outlines[next++] = {index.name, index.kind, std::span<const driver::IndexPart>(parts.data() + part, count)};
      part += count;
    });
    return outlines;
  }();
};

/// The run-time form of one attribute.
[[nodiscard]] inline driver::AttributeSchema to_schema(const AttributeOutline& outline) {
  driver::AttributeSchema schema{.name = std::string(outline.name),
                                 .kind = outline.kind,
                                 .required = outline.required,
                                 .list = outline.list,
                                 .max_length = outline.max_length,
                                 .default_value = outline.default_value.value(),
                                 .references = std::string(outline.references),
                                 .on_remove = outline.on_remove,
                                 .target = outline.target};
  if (outline.minimum.type != Constant::Type::none) schema.minimum = outline.minimum.value();
  if (outline.maximum.type != Constant::Type::none) schema.maximum = outline.maximum.value();
  for (const std::string_view element : outline.elements) schema.elements.emplace_back(element);
  return schema;
}

/// Adds what an item of a schema contributes to the permissions of the collection.
template <std::size_t count>
void add_access(std::optional<AccessRules>& access, const Grants<count>& grants) {
  if (!access) access.emplace();
  for (const Grant& grant : grants.all) access->permissions.push_back(grant.permission());
}
inline void add_access(std::optional<AccessRules>& access, const DocumentSecurity& security) {
  if (!access) access.emplace();
  access->item_security = security.is_on;
}
template <class Other>
void add_access(std::optional<AccessRules>&, const Other&) {}

/// The permissions in `Schema<T>`; empty if it has neither `reel::permissions` nor `reel::document_security`.
template <class T>
[[nodiscard]] std::optional<AccessRules> access_of() {
  std::optional<AccessRules> access;
  for_each_in(Schema<T>::collection.items, [&access](const auto& item) { add_access(access, item); });
  return access;
}

/// The run-time form of a schema.
[[nodiscard]] inline driver::CollectionSchema to_schema(std::string_view id, std::string_view name,
                                                        std::span<const AttributeOutline> attributes,
                                                        std::span<const IndexOutline> indexes,
                                                        std::optional<AccessRules> access) {
  driver::CollectionSchema schema{.id = std::string(id), .name = std::string(name), .access = std::move(access)};
  schema.attributes.reserve(attributes.size());
  for (const AttributeOutline& attribute : attributes) schema.attributes.push_back(to_schema(attribute));
  schema.indexes.reserve(indexes.size());
  for (const IndexOutline& index : indexes)
    schema.indexes.push_back(
        {.name = std::string(index.name), .kind = index.kind, .parts = {index.parts.begin(), index.parts.end()}});
  return schema;
}

}  // namespace reel::detail
