#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <reel/error.hpp>

/// Folders in which another backend or a server keeps its data. Opened as an output tree they would be damaged by
/// writing, and read as a tree of unknown files.
namespace reel::legacy {

namespace detail {

/// Whether `path` is a regular file whose first bytes are `start`.
inline bool starts_with(const std::filesystem::path& path, std::string_view start) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::string head(start.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  return file.read(head.data(), static_cast<std::streamsize>(head.size())) && head == start;
}

}  // namespace detail

/// Whether `folder` is a store of `reel::Filesystem`.
[[nodiscard]] inline bool is_store_folder(const std::filesystem::path& folder) {
  return detail::starts_with(folder / "reel.json", R"({"reel":"store")");
}

/// Whether `folder` is the `--data` folder of the local Appwrite server: for each project it holds a file
/// `<project>.json` that starts with the project's databases.
[[nodiscard]] inline bool is_server_data_folder(const std::filesystem::path& folder) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error); !error && at != std::filesystem::directory_iterator();
       at.increment(error)) {
    if (at->path().extension() == ".json" && detail::starts_with(at->path(), R"({"databases":)")) return true;
  }
  return false;
}

/// Throws `invalid` if `root`, which need not exist, is such a folder or lies in one. Costs one look at each folder
/// above and the listing of two.
inline void refuse_store_folder(const std::string& root) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::weakly_canonical(std::filesystem::absolute(root, error), error);
  const auto refuse = [&](const std::filesystem::path& kept, const std::string& what, const std::string& instead) {
    const std::string where = kept == folder ? "is " : "is inside '" + kept.string() + "', ";
    throw Error(Errc::invalid, "cannot open '" + root + "' as an output tree: it " + where + what + "; " + instead);
  };
  const std::string server_data = "the data of a local Appwrite server";
  const std::string how_to_serve = "start the server and open it as appwrite:";
  for (std::filesystem::path at = folder; !at.empty(); at = at.parent_path()) {
    if (is_store_folder(at)) refuse(at, "a store of records and files", "open it as file:" + at.string());
    if (at == at.parent_path()) break;
  }
  if (is_server_data_folder(folder)) refuse(folder, server_data, how_to_serve);
  const bool is_files_folder = folder.filename().string().find(".files-") != std::string::npos;
  if (is_files_folder && is_server_data_folder(folder.parent_path()))
    refuse(folder.parent_path(), server_data, how_to_serve);
}

}  // namespace reel::legacy
