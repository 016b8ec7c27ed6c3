#pragma once

#include <cerrno>
#include <cstddef>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <reel/driver/file.hpp>

namespace reel::driver {

/// Whether the folder is of a file system that the kernel makes up, in which not even root creates a file.
[[nodiscard]] inline bool is_kernel_folder(const std::string& folder) {
  constexpr unsigned long proc = 0x9fa0, sysfs = 0x62656572;  // PROC_SUPER_MAGIC and SYSFS_MAGIC of <linux/magic.h>
  struct statfs found {};
  if (::statfs(folder.c_str(), &found) != 0) return false;
  const auto type = static_cast<unsigned long>(found.f_type);
  return type == proc || type == sysfs;
}

/// Throws the error that creating a file in that folder would end with: `forbidden` without the right or on a read-only
/// medium, `not_found` for a link whose target does not exist. If nothing of that name exists, the nearest existing
/// folder above it counts. Changes nothing. Does not find out whether there is room.
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
    const bool exists = ::lstat(folder.c_str(), &entry) == 0;  // a link that dangles does
    if (cause != ENOENT || exists || folder == "." || folder == "/") throw file_error("write to", folder, cause);
    const std::size_t slash = folder.rfind('/');
    folder = slash == std::string::npos ? "." : slash == 0 ? "/" : folder.substr(0, slash);
  }
}

}  // namespace reel::driver
