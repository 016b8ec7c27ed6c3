#pragma once

#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include <reel/driver/file_descriptor.hpp>
#include <reel/id.hpp>

namespace reel::driver {

/// The folder that holds a path.
[[nodiscard]] inline std::string folder_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

/// A new name for a file that will replace `path`: in the same folder, and short, because the name of the target may be
/// as long as the file system allows.
[[nodiscard]] inline std::string temporary_beside(const std::string& path) {
  return folder_of(path) + "/.reel-" + make_id() + ".part";
}

/// The names in a folder are on the medium once this returns.
inline void sync_folder(const std::string& path) {
  const FileDescriptor folder(path, O_RDONLY | O_DIRECTORY);
  if (::fsync(folder.number()) != 0 && errno != EINVAL) throw file_error("sync the folder", path, errno);
}

/// Puts a whole file in place of another in one step: after a crash there is the old content or the new; the new, once
/// this returns. Of several calls at the same time the last wins.
inline void replace_file(const std::string& path, std::string_view content) {
  const std::string temporary = temporary_beside(path);
  try {
    const int number = open_descriptor(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (number < 0) throw file_error("create", path, errno);
    FileDescriptor file(number, path);
    file.write(std::as_bytes(std::span(content)));
    if (::fdatasync(file.number()) != 0) throw file_error("sync", path, errno);
    file.close();
    if (std::rename(temporary.c_str(), path.c_str()) != 0) throw file_error("replace", path, errno);
  } catch (const Error&) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_folder(folder_of(path));
}

}  // namespace reel::driver
