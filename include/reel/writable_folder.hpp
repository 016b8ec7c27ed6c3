#pragma once

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

#include <reel/file_descriptor.hpp>

namespace reel::detail {

/// Throws the error that creating a file in that folder would end with: `forbidden` without the right or on a read-only
/// medium. If the folder does not exist, the nearest existing one above it counts. Changes nothing. Does not find out
/// whether there is room.
inline void require_writable_folder(std::string folder) {
  for (;;) {
    if (folder.empty()) folder = ".";
    if (::faccessat(AT_FDCWD, (folder + "/.").c_str(), W_OK | X_OK, AT_EACCESS) == 0) return;
    if (errno != ENOENT || folder == "." || folder == "/") throw file_error("write to", folder, errno);
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    const std::size_t slash = folder.rfind('/');
    folder = slash == std::string::npos ? "." : slash == 0 ? "/" : folder.substr(0, slash);
  }
}

}  // namespace reel::detail
