#pragma once

#include <filesystem>

#include <emulator/storage/storage_state.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {

/// Writes the bytes of all files into `folder` and returns the rest. What was in the folder is replaced.
Json save_storage(const StorageState& state, const std::filesystem::path& folder);
/// Reads what save_storage() wrote and returned; throws std::runtime_error if bytes are missing.
/// `spool_folder` is where the bytes lie while the server runs.
void load_storage(const Json& saved, const std::filesystem::path& folder, const std::filesystem::path& spool_folder,
                  StorageState& state);

}  // namespace reel::emulator
