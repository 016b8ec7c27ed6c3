#pragma once

#include <initializer_list>
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

}  // namespace reel::driver
