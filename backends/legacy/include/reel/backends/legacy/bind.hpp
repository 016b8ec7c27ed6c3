#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/id.hpp>

namespace reel::legacy {

/// The overlays of one collection by the id of the record.
using Overlays = std::unordered_map<Id<void>, OverlayPtr>;

/// The overlays of all collections: those of the log, or those of the sidecars. Not synchronized.
class OverlayMap {
 public:
  /// Adds an overlay, or replaces that of the same record.
  void set(const LoggedRecord& record) {
    collections_[record.collection].insert_or_assign(Id<void>{record.overlay->id}, record.overlay);
  }
  /// The overlay of a record, or null.
  [[nodiscard]] OverlayPtr find(std::string_view collection, std::string_view id) const {
    const Overlays& overlays = in(collection);
    if (overlays.empty()) return nullptr;
    const auto found = overlays.find(Id<void>{std::string(id)});
    return found == overlays.end() ? nullptr : found->second;
  }
  /// The overlays of a collection, in no particular order. Valid until the map changes.
  [[nodiscard]] const Overlays& in(std::string_view collection) const {
    static const Overlays none;
    const auto found = collections_.find(collection);
    return found == collections_.end() ? none : found->second;
  }
  /// Drops the overlays of removed records. See `Collections::forget_removals`.
  void erase_removed(std::string_view collection) {
    const auto found = collections_.find(collection);
    if (found != collections_.end()) std::erase_if(found->second, [](const auto& one) { return one.second->removed; });
  }
  void clear() { collections_.clear(); }

 private:
  std::map<std::string, Overlays, std::less<>> collections_;
};

/// Calls `use(path, overlay)` with the path on disk of each artifact of a map that is not a removal and has a path.
template <class Use>
void for_each_artifact(const OverlayMap& overlays, Use&& use) {
  for (const auto& [id, overlay] : overlays.in("artifacts")) {
    const auto path = overlay->removed ? std::nullopt : overlay->text("path");
    if (path) use(disk_path_or_same(*path), *overlay);
  }
}

/// The id of the artifact of a file: the one that a sidecar or the log specifies, or the one derived from its path.
///
/// - `path`: as in `TreeFile::path`
inline std::string artifact_id_of(const Tree& tree, const std::string& path) {
  const auto named = tree.artifact_ids.find(path);
  return named == tree.artifact_ids.end() ? artifact_id(path) : named->second;
}

/// The positions of topics in `Tree::topics` by the id of their video.
using TopicsById = std::unordered_map<Id<void>, std::size_t>;

/// Sets the ids of files from the artifacts in the log, and the ids of topics from the videos of these artifacts.
///
/// A record that was copied into the tree has the id of its source, and no folder. A file in a topic folder that
/// belongs to an artifact of that video identifies the folder. A topic keeps its id if a sidecar specified it or the
/// log has a video with it. Adds to `topics` what it binds.
inline void bind_artifacts(Tree& tree, const OverlayMap& log, TopicsById& topics) {
  std::unordered_map<std::string, std::string> videos;  // by path of an artifact whose video has no topic yet
  for_each_artifact(log, [&](const std::string& path, const Overlay& artifact) {
    if (!same_id(artifact_id(path), artifact.id)) tree.artifact_ids[path] = artifact.id;
    const auto video = artifact.text("video_id");
    if (video && !topics.contains(Id<void>{*video}) && log.find("videos", *video)) videos.emplace(path, *video);
  });
  if (videos.empty()) return;
  for (const TreeFile& file : tree.files) {
    const auto found = file.topic ? videos.find(file.path) : videos.end();
    if (found == videos.end() || topics.contains(Id<void>{found->second})) continue;
    Topic& topic = tree.topics[*file.topic];
    if (topic.id != topic.own_id || log.find("videos", topic.id)) continue;
    topic.id = found->second;
    topics.emplace(topic.id, *file.topic);
  }
}

/// Sets the ids of topics, scenes and files to those of the records in the log that describe them:
/// - a topic that of the video whose artifacts are in it
/// - a scene that of the record with its video and number; one that replaces a removed scene wins
/// - a file that of the artifact with its path
///
/// Runs each time that the tree is read, after `apply_sidecars`. O(files + records in the log).
inline void bind(Tree& tree, const OverlayMap& log) {
  TopicsById topics;
  for (std::size_t i = 0; i < tree.topics.size(); ++i) topics.emplace(tree.topics[i].id, i);
  bind_artifacts(tree, log, topics);
  // A scene that replaces a removed one comes last, so that its id remains.
  for (const bool removed : {true, false}) {
    for (const auto& [id, overlay] : log.in("scenes")) {
      const auto video = overlay->text("video_id");
      const auto topic = video && overlay->removed == removed ? topics.find(Id<void>{*video}) : topics.end();
      if (topic == topics.end()) continue;
      for (Scene& scene : tree.topics[topic->second].scenes)
        if (scene.number == overlay->integer("scene_number")) scene.id = overlay->id;
    }
  }
}

}  // namespace reel::legacy
