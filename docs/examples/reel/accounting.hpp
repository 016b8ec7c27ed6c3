#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/model.hpp>
#include <reel/migration_report.hpp>

#include "json.hpp"

namespace tool {

/// What the files of a legacy tree are: each is in one of these.
struct FileCounts {
  std::array<std::int64_t, reel::legacy::role_count>
      roles{};  ///< regular files; metadata of other programs of any type
  std::int64_t links = 0, special_files = 0;
  std::int64_t empty_folders = 0, stores = 0;  ///< beside the files

  [[nodiscard]] std::int64_t of(reel::legacy::Role role) const { return roles[static_cast<std::size_t>(role)]; }
  [[nodiscard]] std::int64_t total() const;
};
[[nodiscard]] FileCounts count_files(const reel::legacy::Tree& tree);
/// What becomes of such a file when its tree is stored elsewhere.
[[nodiscard]] std::string_view fate_of(reel::legacy::Role role);

/// The entries of a tree that cannot be read: folders and files without permission, links that dangle, loop or leave
/// the tree, pipes, sockets and devices.
[[nodiscard]] std::vector<const reel::legacy::Diagnostic*> not_read(const reel::legacy::Tree& tree);
void print(const std::vector<const reel::legacy::Diagnostic*>& not_read);

/// The exit status of a command that listed or counted the contents of a store. Lists on standard error the files and
/// folders of a legacy tree that may not be read, since the output lacks what is in them: then `not_clean`. `done` for
/// other stores, which pass null.
[[nodiscard]] int status_of_reading(const reel::legacy::Tree* tree);

/// The fate of every file of a legacy tree. An unreadable folder counts as one of its files.
struct Accounting {
  /// in_target + failed + caches + foreign + unreadable + own + links + special_files + unaccounted
  std::int64_t found = 0;
  std::array<std::int64_t, reel::legacy::role_count> roles{};  ///< adds up to `found`
  std::int64_t in_target = 0;                                  ///< its bytes are there now, or were before
  std::int64_t failed = 0;
  std::int64_t caches = 0, foreign = 0, unreadable = 0, own = 0, links = 0, special_files = 0;  ///< not copied
  std::int64_t unaccounted = 0;                             ///< 0, unless the migration was stopped or a bucket failed
  std::vector<const reel::legacy::Diagnostic*> not_read{};  ///< of the tree, which outlives this

  /// Nothing is missing from the target but what is left out on purpose.
  [[nodiscard]] bool clean() const { return unaccounted == 0 && unreadable == 0 && not_read.empty(); }
};

/// The fate of every record of a migration's source.
struct RecordAccounting {
  std::int64_t found = 0;  ///< in_target + failed
  std::int64_t in_target = 0;
  std::int64_t failed = 0;
  std::int64_t shortened = 0;  ///< of those found: with a value shortened or left out, since no attribute holds it
};

[[nodiscard]] RecordAccounting account_records(const reel::MigrationReport& report, const reel::legacy::Tree* tree);
[[nodiscard]] Json json_of(const RecordAccounting& records);
void print(const RecordAccounting& records, bool dry_run);

[[nodiscard]] Accounting account(const reel::legacy::Tree& tree, const reel::MigrationReport& report);
[[nodiscard]] Json json_of(const Accounting& accounting);
/// What the reader of the tree noticed: code, severity, path and message.
[[nodiscard]] Json diagnostics_json(const reel::legacy::Tree& tree);

void print(const Accounting& accounting, bool dry_run);
/// A row for each code, the most severe first.
void print_diagnostics(const reel::legacy::Tree& tree);

}  // namespace tool
