#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <reel/migration/report.hpp>

namespace tool {

/// Prints the counts, one row for each kind. Columns that would contain only zeros are omitted. `verified`: the copy
/// was read back.
void print(const reel::MigrationReport& report, bool verified);
void print(const reel::VerificationReport& report);
/// Prints what a plan has found, except failures and what a note contains; and how long the run would take, or how long
/// the stages took.
void print_findings(const reel::MigrationReport& report);
void print_times(const reel::MigrationReport& report);

/// Prints at most `limit` items under a heading, or nothing if the list is empty.
void print(const std::string& heading, const std::vector<reel::MigrationProblem>& problems, std::size_t limit);
void print(const std::string& heading, const std::vector<reel::MigrationItem>& items, std::size_t limit);

/// Prints each note once with the kinds that it concerns. `kinds`: the number of all kinds.
void print_notes(const std::vector<std::string>& notes, std::size_t kinds);

}  // namespace tool
