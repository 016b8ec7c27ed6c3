#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/filesystem/access_file.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/settings.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/file/writable_folder.hpp>
#include <reel/text/ascii.hpp>

namespace reel::filesystem {

/// The folder of an open store. Immutable.
struct StoreFolder {
  std::string path{};   ///< absolute
  Settings settings{};  ///< of the store

  /// The folder of a collection. In lower case, because ids compare without case.
  [[nodiscard]] std::string collection(std::string_view id) const {
    return path + "/collections/" + text::lower_ascii(id);
  }
  /// The folder of a bucket, likewise.
  [[nodiscard]] std::string bucket(std::string_view id) const { return path + "/buckets/" + text::lower_ascii(id); }

  /// The error of every write in a folder of the store; empty if writes are possible.
  [[nodiscard]] std::optional<Error> refusal_in(const std::string& folder) const {
    if (settings.access == Access::read_only)
      return Error(Errc::forbidden, "the store in '" + path + "' is opened read-only");
    try {
      driver::require_writable_folder(folder);
      return std::nullopt;
    } catch (const Error& error) {
      return error;
    }
  }

  /// Stores the permissions of the collection or bucket in `folder`, if `wanted` has any that differ from the stored
  /// ones. Throws `forbidden` if the store was opened read-only.
  void store_access(const std::string& folder, const std::optional<AccessRules>& wanted) const {
    if (!wanted || *wanted == read_access(*settings.calls, folder)) return;
    if (settings.access == Access::read_only) throw *refusal_in(folder);
    replace_file(*settings.calls, access_path(folder), access_text(*wanted));
  }

  /// A collection or bucket for writing: the result of `find()`. One that could only be opened for reading is opened
  /// again, because permissions may have changed.
  template <class Part, class Find>
  [[nodiscard]] auto writable(Part& part, Find&& find) const {
    auto found = find();
    if (settings.access != Access::automatic || !found->is_read_only()) return found;
    part.close(found);
    return find();
  }

  /// The traits of the feeds of its collections and buckets. The store is identified by its `reel.json`, which is never
  /// replaced, so that a copy of the folder is another store.
  [[nodiscard]] driver::FeedTraits feed_traits() const {
    const auto found = status_of(*settings.calls, path + "/reel.json");
    return {.store = "file-" + std::to_string(found ? found->inode : 0), .text = settings.text};
  }

  /// Syncs the file system that contains the folder.
  void sync() const {
    if (uninterrupted([&] { return settings.calls->sync_all(path); }) != 0)
      throw file_error("sync the file system of", path);
  }
};

}  // namespace reel::filesystem
