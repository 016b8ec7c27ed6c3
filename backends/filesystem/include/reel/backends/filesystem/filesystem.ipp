#pragma once

#include <memory>
#include <string>
#include <utility>

#include <reel/backends/filesystem.hpp>
#include <reel/backends/filesystem/settings.hpp>
#include <reel/backends/filesystem/store.hpp>
#include <reel/backends/filesystem/store_file.hpp>
#include <reel/backends/filesystem/store_folder.hpp>

namespace reel {

namespace filesystem {

/// Opens the store in a folder, or creates it. Throws the errors of `open_store`, and `invalid` for an empty name.
[[nodiscard]] inline StoreFolder opened(std::string folder, FilesystemOptions options, const Seams& seams) {
  while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  if (folder.empty()) throw Error(Errc::invalid, "the folder of a store must have a name");
  folder = driver::absolute_path(folder);
  const bool create = options.create && options.access != Access::read_only;
  const TextRules text = open_store(*seams.calls, folder, options.text, create);
  return {.path = std::move(folder),
          .settings = {.calls = seams.calls,
                       .text = text,
                       .access = options.access,
                       .durable = options.durability == Durability::durable,
                       .clock = std::move(options.clock),
                       .housekeeping = seams.housekeeping}};
}

}  // namespace filesystem

REEL_INLINE Filesystem::Filesystem(FilePath folder, FilesystemOptions options)
    : Filesystem(std::move(folder), std::move(options), filesystem::Seams{}) {}
REEL_INLINE Filesystem::Filesystem(FilePath folder, FilesystemOptions options, const filesystem::Seams& seams)
    : HiddenStore(std::make_shared<filesystem::Store>(filesystem::opened(folder.str(), std::move(options), seams))) {}

REEL_INLINE Filesystem filesystem::Seams::open(FilePath folder, FilesystemOptions options) const {
  return {std::move(folder), std::move(options), *this};
}

REEL_INLINE void Filesystem::sync() { hidden<filesystem::Store>().sync(); }

}  // namespace reel
