#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include <emulator/server/project.hpp>

namespace reel::emulator {

/// Writes a project into `folder`, which is created if needed. The caller holds the project's mutex. Throws
/// std::runtime_error if a file cannot be written.
///
///     folder/ID.json       id, users, databases with rows, buckets with files, name of the folder below
///     folder/ID.files-N/   the bytes of the files; N differs from that of the previous save
///
/// Order: the new folder of files, then ID.json by rename, then the removal of older folders. An interrupted or failed
/// save therefore leaves either the previous state or the new one, complete.
void save_project(const Project& project, const std::filesystem::path& folder);
/// Reads all projects of `folder`; none if it does not exist. Keys are not saved, so the projects have none. Throws
/// std::runtime_error or a JSON exception if a file cannot be read.
std::vector<std::shared_ptr<Project>> load_projects(const std::filesystem::path& folder);

}  // namespace reel::emulator
