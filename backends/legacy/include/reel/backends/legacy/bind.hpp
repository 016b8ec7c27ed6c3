#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

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

/// Finds which files belong to records that came before them.
class Binder {
 public:
  Binder(Tree& tree, const OverlayMap& log) : tree_(tree), log_(log) {}

  void run() {
    for (std::size_t i = 0; i < tree_.topics.size(); ++i) topics_.emplace(tree_.topics[i].id, i);
    bind_artifacts();
    for (const bool removed : {true, false})  // what took the place of a removed one comes last
      for (const auto& [id, overlay] : log_.in("scenes"))
        if (overlay->removed == removed) bind_scene(*overlay);
  }

 private:
  void bind_artifacts() {
    std::unordered_map<std::string, std::string> videos;  // by path: the record that a file's artifact belongs to
    for (const auto& [id, overlay] : log_.in("artifacts")) {
      const auto written = overlay->text("path");
      if (!written || overlay->removed) continue;
      const std::string path = disk_path_or_same(*written);
      if (!same_id(artifact_id(path), overlay->id)) tree_.artifact_ids[path] = overlay->id;
      const auto video = overlay->text("video_id");
      if (video && !topics_.contains(Id<void>{*video}) && log_.find("videos", *video)) videos.emplace(path, *video);
    }
    if (videos.empty()) return;
    for (const TreeFile& file : tree_.files) {
      const auto found = file.topic ? videos.find(file.path) : videos.end();
      if (found == videos.end() || topics_.contains(Id<void>{found->second})) continue;
      Topic& topic = tree_.topics[*file.topic];
      if (topic.id != topic.own_id || log_.find("videos", topic.id)) continue;
      topic.id = found->second;
      topics_.emplace(topic.id, *file.topic);
    }
  }

  void bind_scene(const Overlay& overlay) {
    const auto video = overlay.text("video_id");
    const auto number = overlay.integer("scene_number");
    const auto topic = video && number ? topics_.find(Id<void>{*video}) : topics_.end();
    if (topic == topics_.end()) return;
    for (Scene& scene : tree_.topics[topic->second].scenes)
      if (scene.number == *number) scene.id = overlay.id;
  }

  Tree& tree_;
  const OverlayMap& log_;
  std::unordered_map<Id<void>, std::size_t> topics_;  ///< by video
};

/// Gives topics, scenes and files the ids of the records that say they are theirs: a topic that of the video whose
/// artifacts are in it, a scene that of the record with its video and number, a file that of the artifact of its path.
inline void bind(Tree& tree, const OverlayMap& log) { Binder{tree, log}.run(); }

}  // namespace reel::legacy
