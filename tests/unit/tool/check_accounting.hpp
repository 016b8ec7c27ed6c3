#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

/// Compares the report of a migration with its source tree and its target store on disk: the counts add up to the
/// number of files, and every file that is not reported as left out is in the store byte for byte.
void check_accounting(const std::filesystem::path& tree, const std::string& store, const nlohmann::json& report);
