#pragma once

#include <string>
#include <string_view>

#include <reel/driver/file/file.hpp>
#include <reel/id.hpp>

namespace reel::driver {

/// A new path for a file that will replace `path`: in the same folder, because rename(2) does not cross file systems,
/// and with a short name, because the name of the target may be as long as the file system allows.
[[nodiscard]] inline std::string temporary_beside(const std::string& path) {
  return folder_of(path) + "/.reel-" + make_id() + ".part";
}

/// Replaces the content of a file atomically: after a crash the file has the old content or the new content, and on
/// return the new content is durable. If several calls run at the same time, the last one wins. A new file has the
/// permissions 0600. Throws `file_error`.
inline void replace_private_file(const std::string& path, std::string_view content, FileCalls& calls = posix_calls()) {
  replace_file(calls, path, content, temporary_beside(path),
               [&](const std::string& temporary) { return File(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600, calls); });
}

}  // namespace reel::driver
