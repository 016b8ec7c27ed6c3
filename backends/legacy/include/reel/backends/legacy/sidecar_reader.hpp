#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <utility>

#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/backends/legacy/sidecar.hpp>
#include <reel/id.hpp>

namespace reel::legacy {

/// Drops an id that is not valid, as if the sidecar did not name one.
inline void drop_bad_id(Tree& tree, const std::string& path, Overlay& overlay) {
  if (overlay.id.empty() || is_valid_id(overlay.id)) return;
  tree.diagnostics.emplace_back(Code::value_left_out, path,
                                "names the id '" + overlay.id + "', which is not a valid id");
  overlay.id.clear();
}

inline void drop_bad_ids(Tree& tree, const std::string& path, Sidecar& sidecar) {
  if (sidecar.video) drop_bad_id(tree, path, *sidecar.video);
  for (auto& [number, overlay] : sidecar.scenes) drop_bad_id(tree, path, overlay);
  for (auto& [inside, overlay] : sidecar.artifacts) drop_bad_id(tree, path, overlay);
}

inline void apply_sidecar(Tree& tree, Topic& topic, const Sidecar& sidecar) {
  const auto add = [&tree](const char* collection, Overlay overlay, const std::string& id) {
    overlay.id = id;
    tree.overlays.push_back({collection, std::make_shared<const Overlay>(std::move(overlay))});
  };
  if (sidecar.video) {
    if (!sidecar.video->id.empty()) topic.id = sidecar.video->id;
    add("videos", *sidecar.video, topic.id);
  }
  for (Scene& scene : topic.scenes) {
    const auto found = sidecar.scenes.find(scene.number);
    if (found == sidecar.scenes.end()) continue;
    if (!found->second.id.empty()) scene.id = found->second.id;
    add("scenes", found->second, scene.id);
  }
  for (auto [inside, overlay] : sidecar.artifacts) {
    const std::string path = join(topic.folder, disk_path_or_same(inside));
    overlay.values.try_emplace("path", Override{driver::Value{record_path(path)}});
    if (!overlay.id.empty()) tree.artifact_ids[path] = overlay.id;
    add("artifacts", overlay, overlay.id.empty() ? artifact_id(path) : overlay.id);
  }
}

/// Gives records the ids that sidecars say, and fills `tree.overlays`. A folder that was copied with its sidecar would
/// have the ids of the other one, so it keeps its own.
inline void apply_sidecars(Tree& tree, std::uint64_t max_bytes) {
  std::unordered_set<Id<void>> taken;
  for (Topic& topic : tree.topics) {
    if (!topic.sidecar) continue;
    const std::string path = tree.files[*topic.sidecar].path;
    const Bytes bytes = load_bytes(tree, tree.files[*topic.sidecar], max_bytes);
    auto sidecar = bytes.problem ? std::nullopt : read_sidecar(bytes.data);
    if (sidecar) drop_bad_ids(tree, path, *sidecar);
    if (!sidecar) {
      tree.diagnostics.emplace_back(Code::damaged_sidecar, path, "cannot be read, so that what it says is lost");
    } else if (sidecar->video && !sidecar->video->id.empty() && !taken.emplace(sidecar->video->id).second) {
      tree.diagnostics.emplace_back(Code::ambiguous_video_id, topic.folder,
                                    "another folder has the sidecar with id " + sidecar->video->id);
    } else {
      apply_sidecar(tree, topic, *sidecar);
    }
  }
}

}  // namespace reel::legacy
