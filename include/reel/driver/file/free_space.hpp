#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <reel/driver/file/file.hpp>
#include <reel/driver/file/file_calls.hpp>

namespace reel::driver {

/// The bytes that this user may still write to the file system of a path. The path need not exist: then those of the
/// folder that would contain it. Empty if the file system does not report it.
[[nodiscard]] inline std::optional<std::int64_t> free_space(FileCalls& calls, const std::string& path) {
  for (std::string place = absolute_path(path);; place = folder_of(place)) {
    const std::int64_t bytes = calls.free_space(place);
    if (bytes >= 0) return bytes;
    if (place == "/") return std::nullopt;
  }
}

}  // namespace reel::driver
