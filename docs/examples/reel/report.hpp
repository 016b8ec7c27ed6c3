#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <reel/migration_report.hpp>

#include "json.hpp"

namespace tool {

/// Everything a migration has to report.
[[nodiscard]] Json json_of(const reel::MigrationReport& report);

/// The counts, a row for each kind; what there is none of at all has no column. `verified`: things were read back.
void print(const reel::MigrationReport& report, bool verified);
void print(const reel::VerificationReport& report);

/// At most `limit` of them under a heading; nothing if there are none.
void print(const std::string& heading, const std::vector<reel::MigrationProblem>& problems, std::size_t limit);
void print(const std::string& heading, const std::vector<reel::MigrationItem>& items, std::size_t limit);

/// Each once, with the kinds it is about; `kinds` is the number of all there are.
void print_notes(const std::vector<std::string>& notes, std::size_t kinds);

}  // namespace tool
