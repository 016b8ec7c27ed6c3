#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include <reel/backends/legacy/collections.hpp>
#include <reel/id.hpp>

namespace reel::legacy {

/// Whose a path is, and where a blob's bytes belong.
class ArtifactIndex {
 public:
  struct Owner {
    std::string id{};
    std::string path{};
  };

  explicit ArtifactIndex(const Collections& collections) {
    const Tree& tree = collections.snapshot().tree;
    for (const File& file : tree.files) {
      if (file.role == Role::store) continue;
      const auto named = tree.artifact_ids.find(file.path);
      by_path_.emplace(lower(file.path),
                       Owner{named == tree.artifact_ids.end() ? artifact_id(file.path) : named->second, file.path});
    }
    for (const auto& [id, overlay] : collections.log().in("artifacts")) add(*overlay);
  }

  void add(const Overlay& artifact) {
    const auto path = artifact.text("path");
    if (!path || artifact.removed) return;
    by_path_.emplace(lower(*path), Owner{artifact.id, *path});
    by_blob_.insert_or_assign(key(artifact), *path);
  }
  void remove(const Overlay& artifact) {
    by_path_.erase(lower(artifact.text("path").value_or("")));
    by_blob_.erase(key(artifact));
  }

  /// The owner of a path that is the same without case, or null.
  [[nodiscard]] const Owner* owner(std::string_view path) const {
    const auto found = by_path_.find(lower(path));
    return found == by_path_.end() ? nullptr : &found->second;
  }
  /// The path of the artifact that says its bytes are this blob, or null.
  [[nodiscard]] const std::string* path(std::string_view bucket, std::string_view blob) const {
    const auto found = by_blob_.find(key(bucket, blob));
    return found == by_blob_.end() ? nullptr : &found->second;
  }

 private:
  static std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = reel::detail::lower_ascii(c);
    return result;
  }
  static std::string key(std::string_view bucket, std::string_view blob) {
    return std::string(bucket) + '\n' + lower(blob);
  }
  static std::string key(const Overlay& artifact) {
    return key(artifact.text("bucket_id").value_or(""), artifact.text("blob_id").value_or(""));
  }

  std::unordered_map<std::string, Owner> by_path_;
  std::unordered_map<std::string, std::string> by_blob_;  ///< only of artifacts whose overlay is in the log
};

}  // namespace reel::legacy
