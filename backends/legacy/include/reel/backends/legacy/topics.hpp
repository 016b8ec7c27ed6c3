#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/scan.hpp>

namespace reel::legacy {

/// A folder that was recognized as that of a topic: its position in `Listing::folders`, and the prefix of its files.
struct TopicFolder {
  std::size_t folder = 0;
  std::string prefix;
};

/// The topics of a tree, and the topic to which each folder belongs.
struct TopicMap {
  std::vector<TopicFolder> topics;
  std::vector<std::optional<std::size_t>> owner;  ///< per folder: position in `topics`
};

/// Finds topic folders by their content, at any depth. Opens no file.
///
/// - A topic folder directly contains `<name>_scene_outline.txt`, `scene_outline.txt`, `<name>_combined.*`, a sidecar
///   or a scene folder. A folder named like a scene is not a scene folder if it is a topic itself.
/// - A folder below a topic is another topic only if it contains an outline or a combined video under its own name, or
///   a sidecar.
/// - Files and folders of other programs and caches are ignored.
/// - A topic whose prefix is empty has its files in the output folder itself. Of the folders beside them, only those
///   with the name of a scene, and `media`, `extract_images` and `__pycache__`, belong to it.
class TopicFinder {
 public:
  /// `listing` must outlive this.
  explicit TopicFinder(const Listing& listing) : listing_{listing} {}

  /// Finds the topics. O(entries × depth).
  TopicMap run() const {
    const std::vector<bool> alike = topic_like();
    TopicMap map;
    map.owner.resize(listing_.folders.size());
    // A parent precedes its children, so the owner of the parent is known.
    for (std::size_t i = 0; i < listing_.folders.size(); ++i) {
      const Folder& folder = listing_.folders[i];
      const std::optional<std::size_t> outer = i == 0 ? std::nullopt : map.owner[folder.parent];
      const bool in_topic = outer && belongs(map.topics[*outer], folder);
      if (is_foreign(i)) {
        if (in_topic) map.owner[i] = outer;
        continue;
      }
      if (in_topic) {
        const bool is_scene = map.topics[*outer].folder == folder.parent && scene_folder(folder.name);
        const bool sure = has_own_outline(folder) || has_sidecar(folder);
        if (!sure && (is_scene || !has_own_combined(folder))) {
          map.owner[i] = outer;
          continue;
        }
      } else if (!alike[i]) {
        continue;
      }
      map.owner[i] = map.topics.size();
      map.topics.push_back({i, prefix_of(folder)});
    }
    return map;
  }

 private:
  /// Whether a file may be one of the pipeline or of this library.
  static bool is_own(const TreeFile& file) {
    return file.type != EntryType::folder && file.kind != FileKind::metadata && file.kind != FileKind::backup;
  }

  /// Whether the folder, or one above it, belongs to another program or is a cache.
  bool is_foreign(std::size_t i) const {
    for (;; i = listing_.folders[i].parent) {
      if (i == 0) return false;
      const Folder& folder = listing_.folders[i];
      if (folder.foreign != ForeignName::none || folder.name == "__pycache__") return true;
    }
  }

  template <class Predicate>
  /// Whether the name of a file directly in the folder satisfies the predicate.
  bool any_file(const Folder& folder, Predicate predicate) const {
    for (std::size_t i = folder.first_file; i < folder.last_file; ++i)
      if (is_own(listing_.files[i]) && predicate(file_name(listing_.files[i].path))) return true;
    return false;
  }

  /// Whether the folder has a sidecar, which makes it a topic even below another one.
  bool has_sidecar(const Folder& folder) const {
    return any_file(folder, [](std::string_view name) { return name == sidecar_name; });
  }

  /// Whether the folder has an outline that is named after the folder; `has_own_combined` is the same for a combined
  /// video.
  bool has_own_outline(const Folder& folder) const {
    return any_file(folder,
                    [&](std::string_view name) { return consume(name, folder.name) && name == "_scene_outline.txt"; });
  }

  bool has_own_combined(const Folder& folder) const {
    return any_file(folder,
                    [&](std::string_view name) { return consume(name, folder.name) && consume(name, "_combined."); });
  }

  /// The folders that would be topics if they were not below one. From the innermost outwards, because a scene folder
  /// that is a topic does not make the folder around it one.
  std::vector<bool> topic_like() const {
    std::vector<bool> alike(listing_.folders.size());
    for (std::size_t i = alike.size(); i-- > 0;) {
      const Folder& folder = listing_.folders[i];
      alike[i] = has_own_outline(folder) || has_own_combined(folder) || any_file(folder, [](std::string_view name) {
                   return name == "scene_outline.txt" || name == "_scene_outline.txt" || name == sidecar_name;
                 });
      for (const std::size_t inside : folder.folders)
        if (scene_folder(listing_.folders[inside].name) && !alike[inside] && !is_foreign(inside)) alike[i] = true;
      if (is_foreign(i)) alike[i] = false;
    }
    return alike;
  }

  /// Whether a folder inside a topic belongs to it.
  bool belongs(const TopicFolder& topic, const Folder& folder) const {
    if (!topic.prefix.empty() || folder.parent != topic.folder) return true;
    return scene_folder(folder.name) || folder.name == "media" || folder.name == "extract_images" ||
           folder.name == "__pycache__";
  }

  /// The prefix that the files of a topic folder have: the name of the folder, unless it was renamed or is the output
  /// folder. Then it is taken from the names of outlines, or else of the files in scene folders.
  std::string prefix_of(const Folder& folder) const {
    if (has_own_outline(folder) || has_own_combined(folder)) return folder.name;
    std::vector<std::string> candidates;
    for (std::size_t i = folder.first_file; i < folder.last_file; ++i) {
      const std::string_view name = file_name(listing_.files[i].path);
      if (is_own(listing_.files[i]) && name.ends_with("_scene_outline.txt"))
        candidates.emplace_back(name.substr(0, name.size() - std::string_view{"_scene_outline.txt"}.size()));
    }
    if (candidates.empty()) {
      for (const std::size_t inside : folder.folders) {
        const Folder& scene = listing_.folders[inside];
        if (const std::optional<int> number = scene_folder(scene.name)) prefixes_in_scene(scene, *number, candidates);
      }
    }
    if (candidates.empty() || std::ranges::find(candidates, folder.name) != candidates.end()) return folder.name;
    return candidates.front();
  }

  /// Adds the prefixes that files in a scene folder suggest. A prefix may itself contain `_scene<N>_`, so each position
  /// counts at which the rest is a name of the pipeline.
  void prefixes_in_scene(const Folder& scene, int number, std::vector<std::string>& found) const {
    const std::string mark = "_scene" + std::to_string(number) + '_';
    const auto look = [&](const Folder& folder, std::string_view inside) {
      for (std::size_t i = folder.first_file; i < folder.last_file; ++i) {
        if (!is_own(listing_.files[i])) continue;
        const std::string_view name = file_name(listing_.files[i].path);
        for (std::size_t at = name.rfind(mark); at != std::string_view::npos;
             at = at == 0 ? std::string_view::npos : name.rfind(mark, at - 1)) {
          std::vector<std::string_view> parts{name};
          if (!inside.empty()) parts.insert(parts.begin(), inside);
          const FileKind kind = place_in_scene(parts, name.substr(0, at), number).kind;
          if (kind != FileKind::other && kind != FileKind::log) found.emplace_back(name.substr(0, at));
        }
      }
    };
    look(scene, {});
    for (const std::size_t inside : scene.folders)
      if (const Folder& folder = listing_.folders[inside]; folder.name == "code" || folder.name == "subplans")
        look(folder, folder.name);
  }

  const Listing& listing_;
};

}  // namespace reel::legacy
