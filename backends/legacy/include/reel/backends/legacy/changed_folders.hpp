#pragma once

#include <set>
#include <string>

namespace reel::legacy {

/// The folders of a tree whose entries may have changed, by their paths relative to the root, `.` for the root.
struct ChangedFolders {
  bool all = false;  ///< every folder, whatever `paths` contains
  std::set<std::string> paths{};

  /// All folders of a tree.
  [[nodiscard]] static ChangedFolders everything() { return {.all = true}; }

  [[nodiscard]] bool empty() const { return !all && paths.empty(); }
  [[nodiscard]] bool has(const std::string& path) const { return all || paths.contains(path); }
  /// Adds those of `other`.
  void add(const ChangedFolders& other) {
    all = all || other.all;
    paths.insert(other.paths.begin(), other.paths.end());
  }
};

}  // namespace reel::legacy
