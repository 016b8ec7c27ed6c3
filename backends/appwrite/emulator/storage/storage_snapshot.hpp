#pragma once

#include <filesystem>

#include <emulator/storage/storage_state.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// Writes the bytes of all files and unfinished uploads into `folder`, one numbered file each, and returns everything
/// else. Throws std::runtime_error if a file cannot be written.
Json save_storage(const StorageState& state, const std::filesystem::path& folder);
/// Restores the result of save_storage() into an empty state. Throws std::runtime_error if a file is missing, or a JSON
/// exception. `spool_folder` is the folder for large contents while the server runs.
void load_storage(const Json& saved, const std::filesystem::path& folder, const std::filesystem::path& spool_folder,
                  StorageState& state);

}  // namespace reel::emulator
