#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace reel::legacy {

/// The row of an enumerator, which is its member `value`; an empty one if the table lacks it.
template <class Row, std::size_t rows, class Enum>
constexpr Row row_of(const std::array<Row, rows>& table, Enum value) {
  const auto found = std::ranges::find(table, value, &Row::value);
  return found == table.end() ? Row{} : *found;
}

/// The name of an enumerator in a table; empty if the table lacks it.
template <class Enum>
constexpr std::string_view name_of(Enum value, std::initializer_list<std::pair<Enum, std::string_view>> table) {
  for (const auto& [one, name] : table)
    if (one == value) return name;
  return {};
}

}  // namespace reel::legacy
