#pragma once

#include <filesystem>
#include <string>

#include <nlohmann/json.hpp>

/// Holds the report of a migration from a legacy tree into a store on disk against both: the counts add up to the files
/// there are, and every file that is not told to be left out is in the store, byte for byte.
void check_accounting(const std::filesystem::path& tree, const std::string& store, const nlohmann::json& report);
