#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/open_for_writing.hpp>
#include <reel/driver/file/file_time.hpp>
#include <reel/timestamp.hpp>

namespace reel::legacy {

/// Whether two entries are the same state of a file, as a walk over the tree sees it.
[[nodiscard]] inline bool same_state(const TreeFile& a, const TreeFile& b) {
  return a.path == b.path && a.size == b.size && a.modified_ns == b.modified_ns && a.inode == b.inode &&
         a.type == b.type && a.readable == b.readable;
}

/// Decides which files of a watched tree are complete. A file is complete if one of these applies:
///
///     1. no process on this machine has it open for writing; the kernel knows (`writer_state`)
///     2. if the kernel does not know it: the file has not changed between two looks, at least a second apart; or for a
///        minute, by its time
///
/// A process that is killed has closed its files, so what it has written counts as complete. Files of this library are
/// always complete: they are renamed when they are, or each of their lines is.
///
/// Not synchronized.
class UnfinishedFiles {
 public:
  /// The time between the two looks of rule 2.
  static constexpr std::chrono::seconds quiet{1};
  /// The age of a file that is complete by rule 2 at the first look. The clock of a server may differ by less.
  static constexpr std::chrono::minutes old{1};

  /// Whether a file that has changed is not complete. Opens the file.
  ///
  /// - `root`: the absolute path of the tree
  [[nodiscard]] bool has(const std::string& root, const TreeFile& file) {
    if (file.type != EntryType::regular || is_own_name(file_name(file.path))) return false;
    const WriterState writers = writer_state(root + '/' + file.path);
    const bool is_unfinished = writers == WriterState::some || (writers == WriterState::unknown && !is_quiet(file));
    if (!is_unfinished) waiting_.erase(file.path);
    return is_unfinished;
  }

 private:
  struct Seen {
    TreeFile file{};
    std::chrono::steady_clock::time_point since{};
  };

  /// Rule 2.
  [[nodiscard]] bool is_quiet(const TreeFile& file) {
    if (reel::now() - driver::timestamp_of(file.modified_ns) >= old) return true;
    const auto now = std::chrono::steady_clock::now();
    if (!waiting_.contains(file.path))  // some files were removed before they were complete
      std::erase_if(waiting_, [&](const auto& one) { return now - one.second.since > old; });
    Seen& seen = waiting_.try_emplace(file.path, Seen{file, now}).first->second;
    if (!same_state(seen.file, file)) seen = {file, now};
    return now - seen.since >= quiet;
  }

  std::unordered_map<std::string, Seen> waiting_;  ///< by path: the files of rule 2 at an earlier look
};

}  // namespace reel::legacy
