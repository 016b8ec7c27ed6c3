#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/model.hpp>
#include <reel/migration/report.hpp>

#include "json.hpp"

namespace tool {

/// The entries of a legacy tree by type. Each entry counts once.
struct FileCounts {
  std::array<std::int64_t, reel::legacy::role_count>
      roles{};  ///< regular files by role; metadata of other programs are entries of any type
  std::int64_t links = 0, special_files = 0;
  std::int64_t empty_folders = 0, stores = 0;  ///< not included in `total()`

  [[nodiscard]] std::int64_t of(reel::legacy::Role role) const { return roles[static_cast<std::size_t>(role)]; }
  [[nodiscard]] std::int64_t total() const;
};
[[nodiscard]] FileCounts count_files(const reel::legacy::Tree& tree);
/// Describes where files of this role go when the tree is copied to another store.
[[nodiscard]] std::string_view fate_of(reel::legacy::Role role);

/// The entries of a tree that cannot be read: folders and files without permission, links that dangle, loop or leave
/// the tree, pipes, sockets and devices.
[[nodiscard]] std::vector<const reel::legacy::Diagnostic*> not_read(const reel::legacy::Tree& tree);
void print(const std::vector<const reel::legacy::Diagnostic*>& not_read);

/// Returns the exit status of a command that listed or counted the contents of a store. For a legacy tree with
/// unreadable files or folders it lists them on standard error, since the output lacks their contents, and returns
/// `not_clean`. Other stores pass null; the result is then `done`.
[[nodiscard]] int status_of_reading(const reel::legacy::Tree* tree);

/// The fate of every file of a legacy tree. An unreadable folder counts as one of its files.
struct Accounting {
  /// in_target + failed + caches + foreign + unreadable + own + links + special_files + unaccounted
  std::int64_t found = 0;
  std::array<std::int64_t, reel::legacy::role_count> roles{};  ///< adds up to `found`
  std::int64_t in_target = 0;  ///< the target has the bytes, whether copied now or earlier
  std::int64_t failed = 0;
  std::int64_t caches = 0, foreign = 0, unreadable = 0, own = 0, links = 0, special_files = 0;  ///< not copied
  std::int64_t unaccounted = 0;  ///< greater than 0 only if the migration was interrupted or a bucket failed
  std::vector<const reel::legacy::Diagnostic*> not_read{};  ///< points into the tree, which must outlive this object

  /// Returns whether the target lacks only files that are excluded on purpose.
  [[nodiscard]] bool clean() const { return unaccounted == 0 && unreadable == 0 && not_read.empty(); }
};

/// The fate of every record of a migration's source.
struct RecordAccounting {
  std::int64_t found = 0;  ///< in_target + failed
  std::int64_t in_target = 0;
  std::int64_t failed = 0;
  std::int64_t shortened =
      0;  ///< part of `found`: a value was too long for its attribute and was shortened or left out
};

[[nodiscard]] RecordAccounting account_records(const reel::MigrationReport& report, const reel::legacy::Tree* tree);
[[nodiscard]] Json json_of(const RecordAccounting& records);
void print(const RecordAccounting& records, bool plan);

[[nodiscard]] Accounting account(const reel::legacy::Tree& tree, const reel::MigrationReport& report);
[[nodiscard]] Json json_of(const Accounting& accounting);
/// The diagnostics of the tree: code, severity, path and message.
[[nodiscard]] Json diagnostics_json(const reel::legacy::Tree& tree);

void print(const Accounting& accounting, bool plan);
/// Prints one row for each code, most severe first.
void print_diagnostics(const reel::legacy::Tree& tree);

}  // namespace tool
