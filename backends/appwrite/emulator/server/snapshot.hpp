#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include <emulator/server/project.hpp>

namespace reel::emulator {

/// Writes a project to `folder/ID.json`. Its mutex is held.
void save_project(const Project& project, const std::filesystem::path& folder);
/// The projects of a folder; none if it does not exist.
std::vector<std::shared_ptr<Project>> load_projects(const std::filesystem::path& folder);

}  // namespace reel::emulator
