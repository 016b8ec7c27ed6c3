#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <emulator/documents/table.hpp>
#include <emulator/queries/query_plan.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// The kinds of values that the database compares.
enum class CellKind { null, integer, number, text, list };

/// A value of a row, as the database compares it. Refers to the row or JSON value it was made from.
struct Cell {
  CellKind kind = CellKind::null;
  std::int64_t integer = 0;  ///< Booleans are 0 and 1.
  double number = 0;
  std::string_view text;
  const Json* list = nullptr;  ///< Array or object of kind `list`.

  bool is_null() const noexcept { return kind == CellKind::null; }
};

/// The cell of a JSON value, which must outlive the cell.
Cell to_cell(const Json& value);
/// The cell of a row's slot or system slot. The row must outlive the cell.
Cell read_cell(const Row& row, int slot);

/// Negative, 0 or positive, as `a` is before, equal to or after `b`. Nulls come first. Strings are compared without
/// case and accents (utf8mb4_general_ci).
int compare(const Cell& a, const Cell& b);

/// The string that SQL's LIKE sees in the cell. A datetime is in the database's format, without the zone.
std::string like_text(const Cell& cell, const Column& column);

}  // namespace reel::emulator
