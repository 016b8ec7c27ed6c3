#pragma once

#include <array>
#include <cstdint>

#include <reel/backends/legacy/model.hpp>
#include <reel/migration_report.hpp>

#include "json.hpp"

namespace tool {

/// What became of every file of a legacy tree.
struct Accounting {
  std::int64_t found = 0;  ///< in_target + failed + caches + links + special_files + unaccounted
  std::array<std::int64_t, reel::legacy::role_count> roles{};  ///< adds up to `found`
  std::int64_t in_target = 0;                                  ///< its bytes are there now, or were before
  std::int64_t failed = 0;
  std::int64_t caches = 0, links = 0, special_files = 0;  ///< not copied
  std::int64_t unaccounted = 0;                           ///< 0, unless the migration was stopped or a bucket failed
};

[[nodiscard]] Accounting account(const reel::legacy::Tree& tree, const reel::MigrationReport& report);
[[nodiscard]] Json json_of(const Accounting& accounting);
/// What the reader of the tree noticed: code, severity, path and message.
[[nodiscard]] Json diagnostics_json(const reel::legacy::Tree& tree);

void print(const Accounting& accounting, bool dry_run);
/// A row for each code, the most severe first.
void print_diagnostics(const reel::legacy::Tree& tree);

}  // namespace tool
