#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <reel/backends/filesystem/damage.hpp>
#include <reel/backends/filesystem/disk_bodies.hpp>
#include <reel/driver/document.hpp>
#include <reel/id.hpp>

/// Which record a damaged line belongs to, decided while the journal is read: by the records as they are at that point
/// of it, and by later lines.
namespace reel::filesystem {

/// The row of the record with this sequence, if there is one.
[[nodiscard]] inline std::optional<std::uint32_t> row_of(const DiskTable& table, std::int64_t sequence) {
  const std::uint32_t row = table.row_after(sequence - 1);
  const bool found = row < table.rows().size() && table.sequences()[row] == sequence;
  return found && DiskBodies::live(table.rows()[row]) ? std::optional{row} : std::nullopt;
}

/// Determines the record of a damaged line by comparing its id and sequence with the records of `table`, which reflects
/// the journal up to that line. Of an id and a sequence that contradict each other, the one remains with which the line
/// would be intact.
inline void identify(Damage& damage, const DiskTable& table) {
  std::optional<std::uint32_t> by_id, by_sequence;
  if (!damage.id.empty()) by_id = table.find(damage.id);
  if (damage.sequence) by_sequence = row_of(table, *damage.sequence);
  if (by_id == by_sequence) return;
  std::string line(static_cast<std::size_t>(damage.size), '\0');
  line.resize(table.bodies().file().read_at(line, damage.offset));
  const auto fits = [&](std::uint32_t row) {
    return is_whole_with(line, table.rows()[row].id(), table.sequences()[row]);
  };
  if (by_id && (!damage.sequence || fits(*by_id))) {
    damage.sequence = table.sequences()[*by_id];
  } else if (by_sequence && (damage.id.empty() || fits(*by_sequence))) {
    damage.id = table.rows()[*by_sequence].id();
  } else if (by_sequence && !by_id && is_whole_with(line, damage.id, table.next_sequence())) {
    damage.sequence = table.next_sequence();
  } else if (!by_sequence) {
    damage.id.clear();  // a new record has another id than those that are there
  }
}

/// Notes that a line after the damage has this version of a record, which may be the one that was damaged.
inline void note_later_version(Damage& damage, const driver::Document& document) {
  if (damage.is_harmless || !same_id(damage.id, document.id)) return;
  damage.is_harmless = !damage.is_merged && damage.sequence == document.sequence;
  if (!damage.is_harmless) damage.id.clear();  // it was not this record's, or not alone
}

/// Cuts off the part of nameless damage that is in a damaged header of `header_size` bytes. False if the rest is too
/// short for a change.
inline bool cut_header(Damage& damage, std::int64_t header_size) {
  const bool is_nameless = damage.id.empty() && !damage.sequence;
  if (!is_nameless || damage.offset >= header_size) return true;
  const std::int64_t of_header = std::min(damage.size, header_size - damage.offset);
  damage.offset += of_header;
  damage.size -= of_header;
  return damage.size >= static_cast<std::int64_t>(shortest_change);
}

}  // namespace reel::filesystem
