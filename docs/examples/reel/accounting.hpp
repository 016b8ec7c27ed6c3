#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <reel/backends/legacy/model.hpp>
#include <reel/migration_report.hpp>

#include "json.hpp"

namespace tool {

/// What the files of a legacy tree are: each is in one of these.
struct FileCounts {
  std::array<std::int64_t, reel::legacy::role_count> roles{};  ///< regular files
  std::int64_t links = 0, special_files = 0;
  std::int64_t empty_folders = 0;  ///< beside the files

  [[nodiscard]] std::int64_t of(reel::legacy::Role role) const { return roles[static_cast<std::size_t>(role)]; }
  [[nodiscard]] std::int64_t total() const;
};
[[nodiscard]] FileCounts count_files(const reel::legacy::Tree& tree);
/// What becomes of such a file when its tree is stored elsewhere.
[[nodiscard]] std::string_view fate_of(reel::legacy::Role role);

/// What became of every file of a legacy tree.
struct Accounting {
  std::int64_t found = 0;  ///< in_target + failed + caches + unreadable + own + links + special_files + unaccounted
  std::array<std::int64_t, reel::legacy::role_count> roles{};  ///< adds up to `found`
  std::int64_t in_target = 0;                                  ///< its bytes are there now, or were before
  std::int64_t failed = 0;
  std::int64_t caches = 0, unreadable = 0, own = 0, links = 0, special_files = 0;  ///< not copied
  std::int64_t unaccounted = 0;  ///< 0, unless the migration was stopped or a bucket failed
};

[[nodiscard]] Accounting account(const reel::legacy::Tree& tree, const reel::MigrationReport& report);
[[nodiscard]] Json json_of(const Accounting& accounting);
/// What the reader of the tree noticed: code, severity, path and message.
[[nodiscard]] Json diagnostics_json(const reel::legacy::Tree& tree);

void print(const Accounting& accounting, bool dry_run);
/// A row for each code, the most severe first.
void print_diagnostics(const reel::legacy::Tree& tree);

}  // namespace tool
