#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <reel/error.hpp>

/// Recognizes folders in which another backend or a server keeps its data. Opened as an output tree, they would be
/// damaged by writing, and read as a tree of unknown files. No function throws, except `refuse_store_folder`.
namespace reel::legacy {

/// Whether `path` is a regular file whose first bytes are `start`.
inline bool starts_with(const std::filesystem::path& path, std::string_view start) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return false;
  std::string head(start.size(), '\0');
  std::ifstream file(path, std::ios::binary);
  return file.read(head.data(), static_cast<std::streamsize>(head.size())) && head == start;
}

/// Whether `path` is a regular file that cannot be opened for reading.
inline bool is_unreadable_file(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path, error) && !std::ifstream(path, std::ios::binary).is_open();
}

/// Whether an entry of a folder satisfies `is_wanted`, which receives its path; false if the folder cannot be listed.
template <class Predicate>
bool has_entry(const std::filesystem::path& folder, Predicate&& is_wanted) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(folder, error); !error && at != std::filesystem::directory_iterator();
       at.increment(error))
    if (is_wanted(at->path())) return true;
  return false;
}

/// Whether a folder directly below `parent` contains a journal, damaged or not, or a stored schema.
inline bool holds_store_journals(const std::filesystem::path& parent) {
  return has_entry(parent, [](const std::filesystem::path& folder) {
    std::error_code error;
    return std::filesystem::is_regular_file(folder / "records.jsonl", error) ||
           starts_with(folder / "schema.json", R"({"reel":"collection")");
  });
}

/// Whether `folder` has an intact `reel.json` of `reel::Filesystem`. Opens one file.
[[nodiscard]] inline bool has_store_file(const std::filesystem::path& folder) {
  return starts_with(folder / "reel.json", R"({"reel":"store")");
}

/// Whether `folder` is a store of `reel::Filesystem`. One whose `reel.json` is missing or damaged is recognized by its
/// journals and schemas. Costs one opened file, and up to two for each folder in `collections` and `buckets`.
[[nodiscard]] inline bool is_store_folder(const std::filesystem::path& folder) {
  return has_store_file(folder) || holds_store_journals(folder / "collections") ||
         holds_store_journals(folder / "buckets");
}

/// Whether `folder` is the `--data` folder of the Appwrite emulator: it contains a file `<project>.json` for each
/// project, which starts with the databases of the project.
[[nodiscard]] inline bool is_server_data_folder(const std::filesystem::path& folder) {
  return has_entry(folder, [](const std::filesystem::path& path) {
    return path.extension() == ".json" && starts_with(path, R"({"databases":)");
  });
}

/// Throws `invalid` if `root`, which need not exist, is such a folder or is inside one. A folder whose `reel.json`
/// cannot be read may be a store, and is refused too. Checks each folder above, and lists up to two of the emulator's.
inline void refuse_store_folder(const std::string& root) {
  std::error_code error;
  const std::filesystem::path folder = std::filesystem::weakly_canonical(std::filesystem::absolute(root, error), error);
  const auto refuse = [&](const std::filesystem::path& kept, const std::string& what, const std::string& instead) {
    const std::string where = kept == folder ? "is " : "is inside '" + kept.string() + "', ";
    throw Error(Errc::invalid, "cannot open '" + root + "' as an output tree: it " + where + what + "; " + instead);
  };
  const std::string store = "a store of records and files";
  const std::string server_data = "the data of the Appwrite emulator";
  const std::string how_to_serve = "start the emulator and open it as appwrite:";
  for (std::filesystem::path at = folder; !at.empty(); at = at.parent_path()) {
    if (has_store_file(at)) refuse(at, store, "open it as file:" + at.string());
    if (is_store_folder(at))
      refuse(at, store + " whose reel.json is missing or damaged", "restore that file or name another folder");
    if (is_unreadable_file(at / "reel.json"))
      refuse(at, store + " or another program's folder: its reel.json cannot be read",
             "make that file readable or name another folder");
    if (at == at.parent_path()) break;
  }
  if (is_server_data_folder(folder)) refuse(folder, server_data, how_to_serve);
  const bool is_files_folder = folder.filename().string().find(".files-") != std::string::npos;
  if (is_files_folder && is_server_data_folder(folder.parent_path()))
    refuse(folder.parent_path(), server_data, how_to_serve);
}

}  // namespace reel::legacy
