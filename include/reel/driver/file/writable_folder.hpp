#pragma once

#include <cerrno>
#include <cstddef>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <reel/driver/file/file.hpp>

namespace reel::driver {

/// Whether the folder is on procfs or sysfs, where even root cannot create files although access(2) permits it.
[[nodiscard]] inline bool is_kernel_folder(const std::string& folder) {
  constexpr unsigned long proc = 0x9fa0, sysfs = 0x62656572;  // PROC_SUPER_MAGIC and SYSFS_MAGIC of <linux/magic.h>
  struct statfs found {};
  if (::statfs(folder.c_str(), &found) != 0) return false;
  const auto type = static_cast<unsigned long>(found.f_type);
  return type == proc || type == sysfs;
}

/// Throws the error that creating a file in the folder would cause.
///
/// - `folder`: may be missing; then the nearest existing folder above it is checked
///
/// `forbidden` without permission or on a read-only medium, `not_found` for a dangling symbolic link, `invalid` if a
/// part of the path is a file. Changes nothing, and does not check for free space. `FileCalls` has no call for rights,
/// because nothing is lost if these fail: the write itself fails then.
inline void require_writable_folder(std::string folder) {
  for (;;) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    if (folder.empty()) folder = ".";
    if (::faccessat(AT_FDCWD, (folder + "/.").c_str(), W_OK | X_OK, AT_EACCESS) == 0) {
      if (is_kernel_folder(folder)) throw file_error("write to", folder, EACCES);
      return;
    }
    const int cause = errno;
    struct stat entry {};
    // lstat finds a dangling symbolic link, faccessat does not.
    const bool exists = ::lstat(folder.c_str(), &entry) == 0;
    if (cause != ENOENT || exists || folder == "." || folder == "/") throw file_error("write to", folder, cause);
    const std::size_t slash = folder.rfind('/');
    folder = slash == std::string::npos ? "." : slash == 0 ? "/" : folder.substr(0, slash);
  }
}

}  // namespace reel::driver
