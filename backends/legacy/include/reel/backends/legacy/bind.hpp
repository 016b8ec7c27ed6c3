#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/id.hpp>

namespace reel::legacy {

/// Overlays of one collection by record id.
using Overlays = std::unordered_map<Id<void>, OverlayPtr>;

/// Overlays by collection.
class OverlayMap {
 public:
  void set(const LoggedRecord& record) {
    collections_[record.collection].insert_or_assign(Id<void>{record.overlay->id}, record.overlay);
  }
  [[nodiscard]] OverlayPtr find(std::string_view collection, std::string_view id) const {
    const Overlays& overlays = in(collection);
    if (overlays.empty()) return nullptr;
    const auto found = overlays.find(Id<void>{std::string(id)});
    return found == overlays.end() ? nullptr : found->second;
  }
  [[nodiscard]] const Overlays& in(std::string_view collection) const {
    static const Overlays none;
    const auto found = collections_.find(collection);
    return found == collections_.end() ? none : found->second;
  }
  void erase_removed(std::string_view collection) {
    const auto found = collections_.find(collection);
    if (found != collections_.end()) std::erase_if(found->second, [](const auto& one) { return one.second->removed; });
  }
  void clear() { collections_.clear(); }

 private:
  std::map<std::string, Overlays, std::less<>> collections_;
};

/// The id of the record of a file: the one that a sidecar or the log specifies, or that of its path.
inline std::string artifact_id_of(const Tree& tree, const std::string& path) {
  const auto named = tree.artifact_ids.find(path);
  return named == tree.artifact_ids.end() ? artifact_id(path) : named->second;
}

/// Positions of topics by the id of their video.
using TopicsById = std::unordered_map<Id<void>, std::size_t>;

/// Gives files the ids of their artifacts, and topics those of the videos of the artifacts in them.
inline void bind_artifacts(Tree& tree, const OverlayMap& log, TopicsById& topics) {
  std::unordered_map<std::string, std::string> videos;  // by path of an artifact whose video has no topic yet
  for (const auto& [id, overlay] : log.in("artifacts")) {
    const auto written = overlay->text("path");
    if (!written || overlay->removed) continue;
    const std::string path = disk_path_or_same(*written);
    if (!same_id(artifact_id(path), overlay->id)) tree.artifact_ids[path] = overlay->id;
    const auto video = overlay->text("video_id");
    if (video && !topics.contains(Id<void>{*video}) && log.find("videos", *video)) videos.emplace(path, *video);
  }
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

/// Gives topics, scenes and files the ids of the records in the log that describe them: a topic that of the video whose
/// artifacts are in it, a scene that of the record with its video and number, a file that of the artifact of its path.
inline void bind(Tree& tree, const OverlayMap& log) {
  TopicsById topics;
  for (std::size_t i = 0; i < tree.topics.size(); ++i) topics.emplace(tree.topics[i].id, i);
  bind_artifacts(tree, log, topics);
  for (const bool removed : {true, false}) {  // a scene that replaces a removed one comes last
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
