#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/settings.hpp>
#include <reel/driver/writable_folder.hpp>
#include <reel/text/ascii.hpp>

namespace reel::filesystem {

/// The folder of a store, opened. Immutable.
struct StoreFolder {
  std::string path{};
  Settings settings{};

  [[nodiscard]] std::string collection(std::string_view id) const {
    return path + "/collections/" + text::lower_ascii(id);
  }
  [[nodiscard]] std::string bucket(std::string_view id) const { return path + "/buckets/" + text::lower_ascii(id); }

  /// Why nothing can be written in one of its folders; nothing if it can.
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

  /// `find()`, a collection or bucket, for writing. One that could only be opened for reading is opened again, because
  /// permissions may have changed.
  template <class Part, class Find>
  [[nodiscard]] auto writable(Part& part, Find&& find) const {
    auto found = find();
    if (settings.access != Access::automatic || !found->is_read_only()) return found;
    part.close(found);
    return find();
  }

  void sync() const {
    if (uninterrupted([&] { return settings.calls->sync_all(path); }) != 0)
      throw file_error("sync the file system of", path);
  }
};

}  // namespace reel::filesystem
