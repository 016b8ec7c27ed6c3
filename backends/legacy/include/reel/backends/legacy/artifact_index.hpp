#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backends/legacy/collections.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/id.hpp>
#include <reel/text/ascii.hpp>

namespace reel::legacy {

/// Whose a path is, and where a blob's bytes belong.
class ArtifactIndex {
 public:
  struct Owner {
    std::string id{};
    std::string path{};  ///< on disk
  };

  explicit ArtifactIndex(const Collections& collections) {
    const Tree& tree = collections.snapshot().tree;
    for (const TreeFile& file : tree.files) {
      if (file.role == Role::store) continue;
      const auto named = tree.artifact_ids.find(file.path);
      add(Owner{named == tree.artifact_ids.end() ? artifact_id(file.path) : named->second, file.path});
    }
    for (const auto& [id, overlay] : collections.log().in("artifacts")) add(*overlay);
  }

  void add(const Overlay& artifact) {
    const auto path = artifact.text("path");
    if (!path || artifact.removed) return;
    const std::string on_disk = disk_path_or_same(*path);
    add(Owner{artifact.id, on_disk});
    by_blob_.insert_or_assign(key(artifact), on_disk);
  }
  void remove(const Overlay& artifact) {
    const std::string path = disk_path_or_same(artifact.text("path").value_or(""));
    const auto found = by_path_.find(text::lower_ascii(path));
    if (found != by_path_.end()) std::erase_if(found->second, [&](const Owner& one) { return one.path == path; });
    by_blob_.erase(key(artifact));
  }

  /// The owner of a path on disk; else that of one that is the same without case; or null.
  [[nodiscard]] const Owner* owner(std::string_view path) const {
    const auto found = by_path_.find(text::lower_ascii(path));
    if (found == by_path_.end() || found->second.empty()) return nullptr;
    const auto same = std::ranges::find(found->second, path, &Owner::path);
    return same == found->second.end() ? &found->second.front() : &*same;
  }
  /// The path on disk of the artifact that names this blob, or null.
  [[nodiscard]] const std::string* path(std::string_view bucket, std::string_view blob) const {
    const auto found = by_blob_.find(key(bucket, blob));
    return found == by_blob_.end() ? nullptr : &found->second;
  }

 private:
  void add(Owner owner) {
    std::vector<Owner>& owners = by_path_[text::lower_ascii(owner.path)];
    if (std::ranges::find(owners, owner.path, &Owner::path) == owners.end()) owners.push_back(std::move(owner));
  }
  static std::string key(std::string_view bucket, std::string_view blob) {
    return std::string(bucket) + '\n' + text::lower_ascii(blob);
  }
  static std::string key(const Overlay& artifact) {
    return key(artifact.text("bucket_id").value_or(""), artifact.text("blob_id").value_or(""));
  }

  std::unordered_map<std::string, std::vector<Owner>> by_path_;  ///< by the path in lower case
  std::unordered_map<std::string, std::string> by_blob_;         ///< only of artifacts whose overlay is in the log
};

}  // namespace reel::legacy
