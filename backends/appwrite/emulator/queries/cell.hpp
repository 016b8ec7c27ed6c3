#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <emulator/documents/table.hpp>
#include <emulator/queries/query_plan.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

enum class CellKind { null, integer, number, text, list };

/// A value of a row as the database compares it.
struct Cell {
  CellKind kind = CellKind::null;
  std::int64_t integer = 0;  ///< Booleans are 0 and 1.
  double number = 0;
  std::string_view text;
  const Json* list = nullptr;

  bool is_null() const noexcept { return kind == CellKind::null; }
};

/// The text must outlive the cell.
Cell to_cell(const Json& value);
Cell read_cell(const Row& row, int slot);

/// Below 0, 0 or above 0; nulls come first. Texts fold case and accents.
int compare(const Cell& a, const Cell& b);

/// The value as LIKE sees it.
std::string like_text(const Cell& cell, const Column& column);

}  // namespace reel::emulator
