#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/names.hpp>
#include <reel/backends/legacy/overlay.hpp>
#include <reel/backends/legacy/read_memory.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/id.hpp>

namespace reel::legacy {

/// The sidecar of a topic, `.reel.json` in its folder: the overlays of its records, with only the values that differ
/// from those of the files. A folder with a sidecar is a topic, whatever else it contains. The keys:
///
///     video
///     scene <number>
///     file <path in the topic folder, in the form of record_path.hpp>
using Sidecar = std::map<std::string, Overlay>;

/// The beginnings of keys; the key of a video is exactly `video_key`.
inline constexpr std::string_view video_key = "video", scene_key = "scene ", file_key = "file ";

/// The content of a sidecar file, one record a line:
///
///     {"reel":"topic","version":1
///     ,"scene 2":{"id":"…","values":{…},"instead_of":{…}}
///     ,"video":{"id":"…","values":{…}}
///     }
///
/// Equal sidecars have equal bytes, because a map is ordered. Settling therefore rewrites only those that changed.
[[nodiscard]] inline std::string sidecar_text(const Sidecar& sidecar) {
  std::string out = R"({"reel":"topic","version":1)";
  for (const auto& [key, overlay] : sidecar) {
    out += "\n,";
    json::append_string(out, key);
    out += ':';
    append_overlay(out, overlay);
  }
  return out += "\n}\n";
}

/// Whether a key has one of the three forms. Other versions of the library may write other keys.
inline bool is_sidecar_key(std::string_view key) {
  if (!consume(key, scene_key)) return key == video_key || key.starts_with(file_key);
  return consume_number(key) && key.empty();
}

/// Parses a sidecar. Nothing for bytes that `sidecar_text` of this version does not write.
[[nodiscard]] inline std::optional<Sidecar> read_sidecar(std::string_view text) {
  Sidecar sidecar;
  json::Reader in(text);
  if (!in.take(R"({"reel":"topic","version":1)")) return std::nullopt;
  while (in.take("\n,")) {
    std::string key;
    Overlay overlay;
    if (!in.string(key) || !is_sidecar_key(key) || !in.take(':') || !read_overlay(in, overlay)) return std::nullopt;
    sidecar.insert_or_assign(std::move(key), std::move(overlay));
  }
  return in.take("\n}\n") && in.done() ? std::optional{std::move(sidecar)} : std::nullopt;
}

/// Sets the ids of one topic, its scenes and its artifacts, and appends their overlays to `tree.overlays`. An overlay
/// without id gets the id derived from the path. The overlay of an artifact always has a `path`, because
/// `Collections::named_blobs` finds the file by it. An entry without its scene is ignored, and one without its file
/// does not become a record.
inline void apply_sidecar(Tree& tree, Topic& topic, const Sidecar& sidecar) {
  const auto add = [&](const char* collection, Overlay overlay, std::string& id) {
    if (!overlay.id.empty()) id = overlay.id;
    overlay.id = id;
    tree.overlays.push_back({collection, std::make_shared<const Overlay>(std::move(overlay))});
  };
  for (auto [key, overlay] : sidecar) {
    std::string_view rest = key;
    if (key == video_key) {
      add("videos", overlay, topic.id);
    } else if (consume(rest, file_key)) {
      const std::string path = join(topic.folder, disk_path_or_same(rest));
      overlay.values.try_emplace("path", Override{driver::Value{record_path(path)}});
      if (!overlay.id.empty()) tree.artifact_ids[path] = overlay.id;
      std::string id = artifact_id(path);
      add("artifacts", std::move(overlay), id);
    }
  }
  for (Scene& scene : topic.scenes) {
    const auto found = sidecar.find(std::string(scene_key) + std::to_string(scene.number));
    if (found != sidecar.end()) add("scenes", found->second, scene.id);
  }
}

/// Sets the ids that the sidecars specify, and fills `tree.overlays`. Runs after ids were derived from paths and before
/// `bind` applies the log. Reads every sidecar, except those that `known` has.
///
/// A sidecar that cannot be read is reported as `damaged_sidecar`, and its topic is read without it. If two folders
/// have sidecars with the same id of a video, one of them is a copy: the first folder keeps the id, and the sidecar of
/// the other one is ignored (`ambiguous_video_id`). An id that is not valid is ignored (`value_left_out`).
inline void apply_sidecars(Tree& tree, SmallFiles* known = nullptr) {
  std::unordered_set<Id<void>> taken;
  for (Topic& topic : tree.topics) {
    if (!topic.sidecar) continue;
    const TreeFile& file = tree.files[*topic.sidecar];
    const auto read = [&] { return load_present(tree, file, tree.max_text_bytes); };
    const std::optional<Bytes> bytes = known ? known->read_present(file, read) : read();
    if (!bytes) continue;  // removed meanwhile, because its records do not need it
    std::optional<Sidecar> sidecar = bytes->problem ? std::nullopt : read_sidecar(bytes->data);
    if (!sidecar) {
      tree.diagnostics.emplace_back(Code::damaged_sidecar, file.path, "cannot be read, so its values are missing");
      continue;
    }
    for (auto& [key, overlay] : *sidecar) {
      if (overlay.id.empty() || is_valid_id(overlay.id)) continue;
      tree.diagnostics.emplace_back(Code::value_left_out, file.path,
                                    "names the id '" + overlay.id + "', which is not a valid id");
      overlay.id.clear();
    }
    const auto video = sidecar->find(std::string(video_key));
    if (video != sidecar->end() && !video->second.id.empty() && !taken.emplace(video->second.id).second) {
      tree.diagnostics.emplace_back(Code::ambiguous_video_id, topic.folder,
                                    "another folder has the sidecar with id " + video->second.id);
    } else {
      apply_sidecar(tree, topic, *sidecar);
    }
  }
}

}  // namespace reel::legacy
