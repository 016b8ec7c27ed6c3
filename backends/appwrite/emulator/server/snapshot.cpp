#include <emulator/server/snapshot.hpp>

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include <emulator/access/user_state.hpp>
#include <emulator/schema/database_snapshot.hpp>
#include <emulator/storage/storage_snapshot.hpp>
#include <emulator/storage/storage_state.hpp>
#include <emulator/values/json.hpp>

namespace reel::emulator {
namespace {

constexpr std::string_view extension = ".json";

/// Replaces the file by rename, so that a crash leaves either the old or the new one.
void write_file(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path fresh = file.string() + ".new";
  std::ofstream out{fresh, std::ios::binary};
  out << text;
  out.close();
  if (!out) throw std::runtime_error{"cannot write '" + fresh.string() + "'"};
  std::filesystem::rename(fresh, file);
}

/// Whether the path is a files folder of this project: `ID.files-N`.
bool is_files_folder(const std::filesystem::path& path, const std::string& project) {
  const std::string name = path.filename().string();
  const std::string start = project + ".files-";
  return name.starts_with(start) && name.size() > start.size() &&
         name.find_first_not_of("0123456789", start.size()) == std::string::npos;
}

std::vector<std::filesystem::path> files_folders(const std::filesystem::path& folder, const std::string& project) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (is_files_folder(entry.path(), project)) found.push_back(entry.path());
  }
  return found;
}

std::filesystem::path unused_files_folder(const std::filesystem::path& folder, const std::string& project) {
  for (int number = 0;; ++number) {
    std::filesystem::path path = folder / (project + ".files-" + std::to_string(number));
    if (!std::filesystem::exists(path)) return path;
  }
}

std::shared_ptr<Project> load_project(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const Json saved = Json::parse(text, nullptr, false);
  if (!in || saved.is_discarded()) throw std::runtime_error{"cannot read the saved project '" + file.string() + "'"};
  const std::filesystem::path folder = file.parent_path();
  auto project = std::make_shared<Project>(saved.at("id").get<std::string>());
  load_databases(saved.at("databases"), *project->databases);
  load_users(saved.at("users"), *project->users);
  load_storage(saved.at("storage"), folder / saved.at("files").get<std::string>(), folder / "uploads",
               *project->storage);
  return project;
}

}  // namespace

void save_project(const Project& project, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const std::vector<std::filesystem::path> old_files = files_folders(folder, project.id);
  const std::filesystem::path files = unused_files_folder(folder, project.id);
  const Json saved{{"id", project.id},
                   {"databases", save_databases(*project.databases)},
                   {"users", save_users(*project.users)},
                   {"storage", save_storage(*project.storage, files)},
                   {"files", files.filename().string()}};
  write_file(folder / (project.id + std::string{extension}), saved.dump());
  for (const std::filesystem::path& old : old_files) std::filesystem::remove_all(old);
}

std::vector<std::shared_ptr<Project>> load_projects(const std::filesystem::path& folder) {
  std::vector<std::shared_ptr<Project>> projects;
  if (!std::filesystem::exists(folder)) return projects;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (entry.path().extension() == extension) projects.push_back(load_project(entry.path()));
  }
  return projects;
}

}  // namespace reel::emulator
