#include "support/appwrite_server/snapshot.hpp"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "support/appwrite_server/database_snapshot.hpp"
#include "support/appwrite_server/json.hpp"
#include "support/appwrite_server/storage_snapshot.hpp"
#include "support/appwrite_server/storage_state.hpp"
#include "support/appwrite_server/user_state.hpp"

namespace appwrite_server {
namespace {

constexpr std::string_view extension = ".json";

/// Replaces the file in one step, so that a crash leaves the old one.
void write_file(const std::filesystem::path& file, const std::string& text) {
  const std::filesystem::path fresh = file.string() + ".new";
  std::ofstream out{fresh, std::ios::binary};
  out << text;
  out.close();
  if (!out) throw std::runtime_error{"cannot write " + fresh.string()};
  std::filesystem::rename(fresh, file);
}

std::shared_ptr<Project> load_project(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  const Json saved = Json::parse(text, nullptr, false);
  if (!in || saved.is_discarded()) throw std::runtime_error{"cannot read " + file.string()};
  const std::filesystem::path folder = file.parent_path();
  auto project = std::make_shared<Project>(saved.at("id").get<std::string>());
  load_databases(saved.at("databases"), *project->databases);
  load_users(saved.at("users"), *project->users);
  load_storage(saved.at("storage"), folder / (project->id + ".files"), folder / "uploads", *project->storage);
  return project;
}

}  // namespace

void save_project(const Project& project, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const Json saved{{"id", project.id},
                   {"databases", save_databases(*project.databases)},
                   {"users", save_users(*project.users)},
                   {"storage", save_storage(*project.storage, folder / (project.id + ".files"))}};
  write_file(folder / (project.id + std::string{extension}), saved.dump());
}

std::vector<std::shared_ptr<Project>> load_projects(const std::filesystem::path& folder) {
  std::vector<std::shared_ptr<Project>> projects;
  if (!std::filesystem::exists(folder)) return projects;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) {
    if (entry.path().extension() == extension) projects.push_back(load_project(entry.path()));
  }
  return projects;
}

}  // namespace appwrite_server
