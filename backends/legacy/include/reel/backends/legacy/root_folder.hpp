#pragma once

#include <fcntl.h>

#include <cerrno>
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
  driver::FileStatus status;
  const auto exists = [&] { return calls.status(root, status) == 0; };
  if (exists() && !status.is_folder())
    throw Error(Errc::invalid,
                "cannot open '" + root + "' as an output tree: it is not a folder; name the folder around it");
  refuse_store_folder(root, calls);
  if (creates) make_root(root, calls);
  if (!exists())
    throw Error(Errc::not_found,
                "cannot open '" + root + "' as an output tree: the folder does not exist; check the path");
  const driver::File folder(calls.open(root, O_RDONLY | O_DIRECTORY), root, calls);
  if (!folder.is_open())
    throw Error(Errc::forbidden, "cannot read the folder '" + root + "': " + std::generic_category().message(errno) +
                                     "; allow this user to read it (chmod u+rx)");
}

}  // namespace reel::legacy
