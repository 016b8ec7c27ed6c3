#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <reel/driver/file/file.hpp>
#include <reel/driver/file/file_calls.hpp>

namespace reel::driver {

/// The number of bytes that this user may still write to the file system of a path. If the path does not exist, of its
/// nearest folder that exists. Empty if the file system does not report the number.
[[nodiscard]] inline std::optional<std::int64_t> free_space(FileCalls& calls, const std::string& path) {
  for (std::string folder = absolute_path(path);; folder = folder_of(folder)) {
    const std::int64_t bytes = calls.free_space(folder);
    if (bytes >= 0) return bytes;
    if (folder == "/") return std::nullopt;
  }
}

}  // namespace reel::driver
