#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include <reel/backends/legacy/store_folders.hpp>
#include <reel/driver/file/file.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/error.hpp>

namespace reel::legacy {

/// Creates the root of a tree and the folders above it, so that they are durable before the first write is
/// acknowledged.
inline void make_root(const std::string& root, driver::FileCalls& calls) {
  try {
    driver::make_folders(calls, root);
  } catch (const Error& error) {
    throw Error(error.code(), error.reason() + "; allow writing to the folder above it or name another folder",
                error.context());
  }
}

/// Throws unless `root` is a readable folder that does not belong to a store: `invalid`, `not_found` or `forbidden`.
/// Creates it if the tree is opened for writing (`creates`).
inline void open_root(const std::string& root, bool creates, driver::FileCalls& calls) {
  std::error_code error;
  const auto status = [&] { return std::filesystem::status(root, error); };
  if (std::filesystem::exists(status()) && !std::filesystem::is_directory(status()))
    throw Error(Errc::invalid,
                "cannot open '" + root + "' as an output tree: it is not a folder; name the folder around it");
  refuse_store_folder(root);
  if (creates) make_root(root, calls);
  if (!std::filesystem::exists(status()))
    throw Error(Errc::not_found,
                "cannot open '" + root + "' as an output tree: the folder does not exist; check the path");
  const std::filesystem::directory_iterator readable(root, error);
  if (error)
    throw Error(Errc::forbidden, "cannot read the folder '" + root + "': " + error.message() +
                                     "; allow this user to read it (chmod u+rx)");
}

}  // namespace reel::legacy
