#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <reel/migration_report.hpp>

#include "json.hpp"

namespace tool {

/// The complete report of a migration.
[[nodiscard]] Json json_of(const reel::MigrationReport& report);

/// Prints the counts, one row for each kind. Columns that would contain only zeros are omitted. `verified`: the copy
/// was read back.
void print(const reel::MigrationReport& report, bool verified);
void print(const reel::VerificationReport& report);

/// Prints at most `limit` items under a heading, or nothing if the list is empty.
void print(const std::string& heading, const std::vector<reel::MigrationProblem>& problems, std::size_t limit);
void print(const std::string& heading, const std::vector<reel::MigrationItem>& items, std::size_t limit);

/// Prints each note once with the kinds that it concerns. `kinds`: the number of all kinds.
void print_notes(const std::vector<std::string>& notes, std::size_t kinds);

}  // namespace tool
