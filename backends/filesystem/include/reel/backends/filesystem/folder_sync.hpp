#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <reel/backends/filesystem/file.hpp>

namespace reel::filesystem {

/// Syncs a folder for several threads: one sync serves all that have changed the folder before it began.
class FolderSync {
 public:
  FolderSync(FileCalls& calls, std::string path) : calls_(calls), path_(std::move(path)) {}

  /// To be called behind a change, for `wait`.
  [[nodiscard]] std::uint64_t changed() { return ++changes_; }

  /// The change is on the medium once this returns.
  void wait(std::uint64_t change) {
    const std::lock_guard lock(mutex_);
    if (change <= failed_) throw *error_;  // the system tells of a failure only once
    if (change <= synced_) return;
    const std::uint64_t all = changes_;
    try {
      sync_folder(calls_, path_);
      synced_ = all;
    } catch (const Error& error) {
      failed_ = all;
      error_ = error;
      throw;
    }
  }

 private:
  FileCalls& calls_;
  std::string path_;
  std::atomic<std::uint64_t> changes_ = 0;
  std::mutex mutex_;          ///< of all below
  std::uint64_t synced_ = 0;  ///< changes up to this one are on the medium
  std::uint64_t failed_ = 0;  ///< of those up to this one it is uncertain
  std::optional<Error> error_;
};

}  // namespace reel::filesystem
