#pragma once

#include <algorithm>
#include <cstdint>

#include <reel/backends/filesystem/journal_table.hpp>
#include <reel/backends/filesystem/settings.hpp>

namespace reel::filesystem {

/// Decides when a collection is to be compacted or to save a snapshot. After a failure the next attempt waits until
/// twice as much can be gained, so that not every write fails at it. Not synchronised.
class HousekeepingSchedule {
 public:
  /// The work that is due after a commit.
  enum class Task { none, compaction, snapshot };

  /// `limits`: the thresholds.
  explicit HousekeepingSchedule(const Housekeeping& limits) : limits_(limits) {}

  /// The task that is worthwhile now.
  [[nodiscard]] Task due(const JournalTable& records) const {
    const std::int64_t live = records.end() - records.dead();
    if (records.dead() <= std::max({limits_.compact_above, live, floor_}) &&
        records.unsaved() <= std::max({limits_.snapshot_every, records.saved(), floor_}))
      return Task::none;
    return records.dead() > std::max(limits_.compact_above, live) ? Task::compaction : Task::snapshot;
  }
  /// Whether closing the collection saves a snapshot.
  [[nodiscard]] bool saves_at_end(const JournalTable& records) const {
    return records.unsaved() >= limits_.snapshot_at_end || records.has_unsaved_digests();
  }

  /// The work succeeded.
  void succeed() { floor_ = 0; }
  /// The work failed.
  void postpone(const JournalTable& records) { floor_ = 2 * std::max(records.dead(), records.unsaved()); }

 private:
  Housekeeping limits_;
  std::int64_t floor_ = 0;  ///< bytes; more than this must be gained
};

}  // namespace reel::filesystem
