#pragma once

#include <cerrno>
#include <optional>
#include <string>

#include <reel/driver/file/file.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/store_identity.hpp>

namespace reel::driver {

/// The identity of a store that keeps everything in one folder. It is the same through symbolic links, mounts and other
/// spellings of the path, and for every kind of store in that folder; a copy of the folder has another one. Throws
/// `not_found` if the folder does not exist.
[[nodiscard]] inline StoreIdentity folder_identity(FileCalls& calls, const std::string& path) {
  const std::optional<FileStatus> found = status_of(calls, path);
  if (!found) throw file_error("open the folder", path, ENOENT);
  const std::string identity = "folder-" + std::to_string(found->device) + '-' + std::to_string(found->inode);
  return {.records = identity, .blobs = identity};
}

}  // namespace reel::driver
