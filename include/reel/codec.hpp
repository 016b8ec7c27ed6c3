#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/driver/collection_schema.hpp>
#include <reel/driver/enumerator_name.hpp>
#include <reel/driver/value.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>

namespace reel {

/// Specialize it with a `static constexpr auto names = enum_names(…)` to store an enum. Enumerators are stored by name,
/// so their order and values may change; a name that is stored may not: a record with a name that the table lacks is
/// `Errc::corrupt` when it is read. An enumerator without a name cannot be stored (`Errc::invalid`).
template <class Enum>
struct EnumNames;

/// The table of the enumerators and the names they are stored under.
///
///     template <>
///     struct reel::EnumNames<Mood> {
///       static constexpr auto names = reel::enum_names(std::pair{Mood::calm, "calm"}, std::pair{Mood::bright,
///       "bright"});
///     };
template <class Enum, class... More>
[[nodiscard]] constexpr auto enum_names(std::pair<Enum, const char*> first, More... more) {
  static_assert((std::is_same_v<More, std::pair<Enum, const char*>> && ...),
                "reel::enum_names: every pair holds an enumerator of the same enum and its name");
  return std::array<std::pair<Enum, std::string_view>, 1 + sizeof...(More)>{
      std::pair<Enum, std::string_view>{first.first, first.second},
      std::pair<Enum, std::string_view>{more.first, more.second}...};
}

/// The name of an enumerator in `EnumNames`; empty if it has none. O(number of names).
template <class Enum>
[[nodiscard]] constexpr std::string_view enum_name(Enum value) {
  return driver::enumerator_name(value, EnumNames<Enum>::names);
}

/// The enumerator with this name in `EnumNames`, or nothing. Names are compared with case. O(number of names).
template <class Enum>
[[nodiscard]] constexpr std::optional<Enum> enum_value(std::string_view wanted) {
  return driver::enumerator_named<Enum>(wanted, EnumNames<Enum>::names);
}

namespace detail {

/// An enum with a specialization of `EnumNames`.
template <class Enum>
concept NamedEnum = std::is_enum_v<Enum> && requires {
  EnumNames<Enum>::names;
};

/// Whether `M` is an `Id`.
template <class M>
inline constexpr bool is_id = false;
template <class T>
inline constexpr bool is_id<Id<T>> = true;

/// False, but dependent on `M`: for a `static_assert` that fails only when its template is instantiated.
template <class M>
inline constexpr bool always_false = false;

/// The stored form of each member type:
///
/// | member | attribute | stored as |
/// |---|---|---|
/// | `bool` | boolean | `bool` |
/// | integers up to 64 bits | integer | `std::int64_t` |
/// | `float`, `double` | floating | `double` |
/// | `std::string` | text | UTF-8 |
/// | an enum with `EnumNames` | enumeration | the name |
/// | `Timestamp` | timestamp | milliseconds since 1970 |
/// | `Id<U>` | reference | the id |
/// | `std::optional<M>` | as `M` | as `M`, or null |
/// | `std::vector<M>` | a list of `M` | a list, never null |
///
/// Converts a scalar member of type `M` to a `Value` and back. Each specialization has the `kind` of attribute that
/// stores it, `encode`, which throws `Errc::invalid` for a member that has no stored form, and `decode`, which returns
/// false for a `Value` that does not fit `M` and is then `Errc::corrupt`. The primary template only reports what is
/// wrong with `M`.
template <class M>
struct Scalar {
  static_assert(!std::is_enum_v<M> || NamedEnum<M>,
                "reel: an enum attribute needs reel::EnumNames<Enum> with its names");
  static_assert(std::is_enum_v<M> || always_false<M>,
                "reel: an attribute is a bool, an integer, a double, a std::string, a reel::Timestamp, an enum, a "
                "reel::Id<T>, or a std::vector or std::optional of one of these");
  static constexpr driver::AttributeType kind = driver::AttributeType::enumeration;
  /// Throws `invalid` for an enumerator without a name.
  static driver::Value encode(M value) {
    const std::string_view name = enum_name(value);
    if (name.empty()) throw Error(Errc::invalid, "the enumerator has no name in reel::EnumNames");
    return driver::Value{std::string(name)};
  }
  /// False, and `out` is unchanged, for a name that no enumerator has.
  static bool decode(const driver::Value& value, M& out) {
    const auto* name = value.as<std::string>();
    if (!name) return false;
    const std::optional<M> found = enum_value<M>(*name);
    if (found) out = *found;
    return found.has_value();
  }
};

/// A scalar that is an alternative of `Value` itself: it is stored as it is, and any other alternative does not fit.
template <class M, driver::AttributeType K>
struct Plain {
  static constexpr driver::AttributeType kind = K;
  static driver::Value encode(M value) { return driver::Value{std::move(value)}; }
  static bool decode(const driver::Value& value, M& out) {
    const auto* stored = value.as<M>();
    if (stored) out = *stored;
    return stored != nullptr;
  }
};

template <>
struct Scalar<bool> : Plain<bool, driver::AttributeType::boolean> {};
template <>
struct Scalar<std::string> : Plain<std::string, driver::AttributeType::text> {};
template <>
struct Scalar<Timestamp> : Plain<Timestamp, driver::AttributeType::timestamp> {};

/// Every integer type, signed or not, is stored with 64 signed bits. A narrower member does not take a stored value
/// outside its range: `decode` returns false then, and nothing is cut off.
template <std::integral M>
requires(!std::is_same_v<M, bool>) struct Scalar<M> {
  static constexpr driver::AttributeType kind = driver::AttributeType::integer;
  /// Throws `invalid` for an unsigned number above 2^63 - 1.
  static driver::Value encode(M value) {
    if (!std::in_range<std::int64_t>(value)) throw Error(Errc::invalid, "the number does not fit 64 signed bits");
    return driver::Value{static_cast<std::int64_t>(value)};
  }
  static bool decode(const driver::Value& value, M& out) {
    const auto* stored = value.as<std::int64_t>();
    if (!stored || !std::in_range<M>(*stored)) return false;
    out = static_cast<M>(*stored);
    return true;
  }
};

/// A `float` is stored as the `double` of the same value. Reading a value into a `float` rounds it.
template <std::floating_point M>
struct Scalar<M> {
  static_assert(sizeof(M) <= sizeof(double), "reel: a long double does not fit an attribute; use double");
  static constexpr driver::AttributeType kind = driver::AttributeType::floating;
  static driver::Value encode(M value) { return driver::Value{static_cast<double>(value)}; }
  static bool decode(const driver::Value& value, M& out) {
    if (const auto* stored = value.as<double>()) {
      out = static_cast<M>(*stored);
      return true;
    }
    if (const auto* stored = value.as<std::int64_t>()) {  // JSON writers print 5.0 as 5
      out = static_cast<M>(*stored);
      return true;
    }
    return false;
  }
};

/// The id of another record. Whether that record exists is checked by the repository, not here.
template <class T>
struct Scalar<Id<T>> {
  static constexpr driver::AttributeType kind = driver::AttributeType::reference;
  static driver::Value encode(const Id<T>& id) { return driver::Value{id.str()}; }
  static bool decode(const driver::Value& value, Id<T>& out) {
    const auto* text = value.as<std::string>();
    if (text) out = Id<T>{*text};
    return text != nullptr;
  }
};

/// Converts a member of type `M` to a `Value` and back: a scalar, an optional scalar, or a list of scalars. `scalar` is
/// the type of the value or the elements.
template <class M>
struct Codec : Scalar<M> {
  using scalar = M;
  static constexpr bool optional = false;
  static constexpr bool list = false;
};

/// An optional member: null if it is empty.
template <class M>
struct Codec<std::optional<M>> {
  static_assert(!Codec<M>::list && !Codec<M>::optional,
                "reel: an optional attribute holds a scalar; a list is never null, use an empty one");
  using scalar = M;
  static constexpr driver::AttributeType kind = Scalar<M>::kind;
  static constexpr bool optional = true;
  static constexpr bool list = false;
  static driver::Value encode(std::optional<M> value) {
    return value ? Scalar<M>::encode(std::move(*value)) : driver::Value{};
  }
  static bool decode(const driver::Value& value, std::optional<M>& out) {
    if (value.is_null()) {
      out.reset();
      return true;
    }
    return Scalar<M>::decode(value, out.emplace());
  }
};

/// A list member. Null is read as the empty list. `decode` returns false for an element that does not fit, and `out`
/// has the elements before it.
template <class M>
struct Codec<std::vector<M>> {
  static_assert(!Codec<M>::list && !Codec<M>::optional, "reel: a list attribute holds scalars, not lists or optionals");
  using scalar = M;
  static constexpr driver::AttributeType kind = Scalar<M>::kind;
  static constexpr bool optional = false;
  static constexpr bool list = true;
  static driver::Value encode(const std::vector<M>& values) {
    driver::List list_value;
    list_value.reserve(values.size());
    for (const auto& value : values) list_value.push_back(Scalar<M>::encode(value));
    return driver::Value{std::move(list_value)};
  }
  static bool decode(const driver::Value& value, std::vector<M>& out) {
    out.clear();
    if (value.is_null()) return true;
    const auto* stored = value.as<driver::List>();
    if (!stored) return false;
    out.reserve(stored->size());
    for (const driver::Value& element : *stored) {
      M decoded{};
      if (!Scalar<M>::decode(element, decoded)) return false;
      out.push_back(std::move(decoded));
    }
    return true;
  }
};

/// Whether a value of type `V` can be compared with, or assigned to, a scalar `S`: in conditions, patches and defaults.
/// Conversions that would hide a mistake (a bool or a char for a number, another enum, the id of another type) are
/// excluded:
///
/// | scalar | operands |
/// |---|---|
/// | `bool` | `bool` |
/// | integer | every integer type but `bool` and `char` |
/// | `float`, `double` | every number type but `bool` |
/// | `std::string` | whatever converts to `std::string_view` |
/// | `Timestamp` | whatever converts to it, such as a time point with seconds |
/// | an enum, `Id<T>` | the same type only |
template <class S, class V>
concept OperandFor = (Scalar<S>::kind == driver::AttributeType::boolean && std::same_as<V, bool>) ||
                     (Scalar<S>::kind == driver::AttributeType::integer && std::integral<V> && !std::same_as<V, bool> &&
                      !std::same_as<V, char>) ||
                     (Scalar<S>::kind == driver::AttributeType::floating && std::is_arithmetic_v<V> &&
                      !std::same_as<V, bool>) ||
                     (Scalar<S>::kind == driver::AttributeType::text && std::convertible_to<V, std::string_view>) ||
                     (Scalar<S>::kind == driver::AttributeType::timestamp && std::convertible_to<V, Timestamp>) ||
                     (Scalar<S>::kind == driver::AttributeType::enumeration && std::same_as<V, S>) ||
                     (Scalar<S>::kind == driver::AttributeType::reference && std::same_as<V, S>);

}  // namespace detail
}  // namespace reel
