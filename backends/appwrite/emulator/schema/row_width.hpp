#pragma once

#include <cstddef>

#include <emulator/schema/database_state.hpp>

namespace reel::emulator {

/// Limit of MariaDB for the width of a row, in bytes.
inline constexpr std::size_t widest_row = 65535;
/// Widths of integer columns, in bytes.
inline constexpr std::size_t narrow_integer = 4;
inline constexpr std::size_t wide_integer = 8;

/// The bytes of a row that an attribute takes. Long strings and lists take only a pointer.
std::size_t attribute_width(const Attribute& attribute);
/// The width of a collection's rows in bytes, with the server's internal columns.
std::size_t row_width(const Collection& collection);
/// Whether the collection has room for one more attribute, in width and in number.
bool fits(const Collection& collection, const Attribute& attribute);

}  // namespace reel::emulator
