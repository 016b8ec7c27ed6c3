#pragma once

#include <fcntl.h>
#include <sys/types.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <reel/driver/file/file.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/error.hpp>

/// Recognizes folders in which another backend or a server keeps its data. Opened as an output tree, they would be
/// damaged by writing, and read as a tree of unknown files. No function throws, except `refuse_store_folder`.
namespace reel::legacy {

/// Whether `path` is a regular file.
inline bool is_file(const std::string& path, driver::FileCalls& calls) {
  driver::FileStatus status;
  return calls.status(path, status) == 0 && status.is_regular();
}

/// Whether `path` is a regular file whose first bytes are `start`.
inline bool starts_with(const std::string& path, std::string_view start, driver::FileCalls& calls) {
  if (!is_file(path, calls)) return false;
  const driver::File file(calls.open(path, O_RDONLY), path, calls);
  std::string head(start.size(), '\0');
  const ssize_t read = calls.read_at(file.number(), head.data(), head.size(), 0);
  return read == static_cast<ssize_t>(head.size()) && head == start;
}

/// Whether `path` is a regular file that cannot be opened for reading.
inline bool is_unreadable_file(const std::string& path, driver::FileCalls& calls) {
  return is_file(path, calls) && !driver::File(calls.open(path, O_RDONLY), path, calls).is_open();
}

/// Whether an entry of a folder satisfies `is_wanted`, which receives its path; false if the folder cannot be listed.
template <class Predicate>
bool has_entry(const std::string& folder, driver::FileCalls& calls, Predicate&& is_wanted) {
  std::vector<std::string> names;
  calls.list(folder, names);
  return std::ranges::any_of(names, [&](const std::string& name) { return is_wanted(folder + "/" + name); });
}

/// Whether a folder directly below `parent` contains a journal, damaged or not, or a stored schema.
inline bool holds_store_journals(const std::string& parent, driver::FileCalls& calls) {
  return has_entry(parent, calls, [&](const std::string& folder) {
    return is_file(folder + "/records.jsonl", calls) ||
           starts_with(folder + "/schema.json", R"({"reel":"collection")", calls);
  });
}

/// Whether `folder` has an intact `reel.json` of `reel::Filesystem`. Opens one file.
[[nodiscard]] inline bool has_store_file(const std::string& folder, driver::FileCalls& calls) {
  return starts_with(folder + "/reel.json", R"({"reel":"store")", calls);
}

/// Whether `folder` is a store of `reel::Filesystem`. One whose `reel.json` is missing or damaged is recognized by its
/// journals and schemas. Costs one opened file, and up to two for each folder in `collections` and `buckets`.
[[nodiscard]] inline bool is_store_folder(const std::string& folder, driver::FileCalls& calls = driver::posix_calls()) {
  return has_store_file(folder, calls) || holds_store_journals(folder + "/collections", calls) ||
         holds_store_journals(folder + "/buckets", calls);
}

/// Whether `folder` is the `--data` folder of the Appwrite emulator: it contains a file `<project>.json` for each
/// project, which starts with the databases of the project.
[[nodiscard]] inline bool is_server_data_folder(const std::string& folder, driver::FileCalls& calls) {
  return has_entry(folder, calls, [&](const std::string& path) {
    return path.ends_with(".json") && starts_with(path, R"({"databases":)", calls);
  });
}

/// Throws `invalid` if `root`, which need not exist, is such a folder or is inside one. A folder whose `reel.json`
/// cannot be read may be a store, and is refused too. Checks each folder above, and lists up to two of the emulator's.
inline void refuse_store_folder(const std::string& root, driver::FileCalls& calls = driver::posix_calls()) {
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
    if (has_store_file(at, calls)) refuse(at, store, "open it as file:" + at.string());
    if (is_store_folder(at, calls))
      refuse(at, store + " whose reel.json is missing or damaged", "restore that file or name another folder");
    if (is_unreadable_file(at / "reel.json", calls))
      refuse(at, store + " or another program's folder: its reel.json cannot be read",
             "make that file readable or name another folder");
    if (at == at.parent_path()) break;
  }
  if (is_server_data_folder(folder, calls)) refuse(folder, server_data, how_to_serve);
  const bool is_files_folder = folder.filename().string().find(".files-") != std::string::npos;
  if (is_files_folder && is_server_data_folder(folder.parent_path(), calls))
    refuse(folder.parent_path(), server_data, how_to_serve);
}

}  // namespace reel::legacy
