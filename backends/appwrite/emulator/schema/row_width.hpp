#pragma once

#include <cstddef>

#include <emulator/schema/database_state.hpp>

namespace reel::emulator {

inline constexpr std::size_t widest_row = 65535;
inline constexpr std::size_t narrow_integer = 4;
inline constexpr std::size_t wide_integer = 8;

/// The bytes that an attribute takes of a row.
std::size_t attribute_width(const Attribute& attribute);
/// The bytes that a collection's own and internal columns take.
std::size_t row_width(const Collection& collection);
/// Whether one more fits, by width and by number.
bool fits(const Collection& collection, const Attribute& attribute);

}  // namespace reel::emulator
