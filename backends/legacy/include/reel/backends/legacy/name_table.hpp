#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

namespace reel::legacy {

/// The row of an enumerator, which is its member `value`; an empty one if the table lacks it.
template <class Row, std::size_t rows, class Enum>
constexpr Row row_of(const std::array<Row, rows>& table, Enum value) {
  const auto found = std::ranges::find(table, value, &Row::value);
  return found == table.end() ? Row{} : *found;
}

}  // namespace reel::legacy
