#pragma once

#include <string>
#include <string_view>

#include <reel/driver/file.hpp>
#include <reel/id.hpp>

namespace reel::driver {

/// A new name for a file that will replace `path`: in the same folder, and short, because the name of the target may be
/// as long as the file system allows.
[[nodiscard]] inline std::string temporary_beside(const std::string& path) {
  return folder_of(path) + "/.reel-" + make_id() + ".part";
}

/// Replaces a file in one step: after a crash it has the old content or the new; the new, once this returns. Of
/// several calls at the same time the last one counts. Only the owner may read a new file.
inline void replace_file(const std::string& path, std::string_view content) {
  replace_file(posix_calls(), path, content, temporary_beside(path),
               [](const std::string& temporary) { return File(temporary, O_WRONLY | O_CREAT | O_EXCL, 0600); });
}

}  // namespace reel::driver
