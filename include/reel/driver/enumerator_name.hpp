#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>

namespace reel::driver {

/// An enumerator and its name.
template <class Enum>
struct NamedEnumerator {
  Enum value;             ///< the enumerator
  std::string_view name;  ///< its name in files and messages
};

/// The name that `names`, a list of enumerators with their names, contains for an enumerator; empty if none. O(number
/// of names). So the name does not depend on the order of the enumerators, as it would if it were found by position.
template <class Enum, class Names = std::initializer_list<NamedEnumerator<Enum>>>
[[nodiscard]] constexpr std::string_view enumerator_name(Enum value, const Names& names) {
  for (const auto& [enumerator, name] : names) {
    if (enumerator == value) return name;
  }
  return {};
}

/// The enumerator with this name in `names`, a list of enumerators with their names; empty if none has it. Names are
/// compared with case. O(number of names).
template <class Enum, class Names>
[[nodiscard]] constexpr std::optional<Enum> enumerator_named(std::string_view wanted, const Names& names) {
  for (const auto& [enumerator, name] : names) {
    if (name == wanted) return enumerator;
  }
  return {};
}

/// The enumerator with this name, of an enumeration that counts from 0 and has a `to_string`; empty if none has it.
/// O(number of enumerators).
template <class Enum>
[[nodiscard]] constexpr std::optional<Enum> enumerator_named(std::string_view name) {
  for (int i = 0;; ++i) {
    const auto value = static_cast<Enum>(i);
    const std::string_view known = to_string(value);
    if (known.empty()) return {};
    if (known == name) return value;
  }
}

}  // namespace reel::driver
