#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/attributes.hpp>
#include <reel/backends/legacy/bind.hpp>
#include <reel/driver/collection_schema.hpp>
#include <reel/error.hpp>
#include <reel/schema.hpp>
#include <reel/video/artifact.hpp>
#include <reel/video/fix.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

namespace reel::legacy {

/// A collection of a tree. One with only an id has no files: its records are in the log.
struct TreeCollection {
  std::string_view id{};
  std::span<const TreeAttribute> attributes{};
  /// The schema that the pipeline has, whatever schema a program uses. Valid until the program ends; thread-safe.
  const driver::CollectionSchema& (*schema)() = nullptr;
  /// Adds the records that files yield, without overlays, in the order of the tree.
  void (*add_rows)(const Tree&, const TreeBlobs&, std::vector<LegacyRow>&) = nullptr;
  /// The attributes by which the files of a removed record are found. The line of a removal in the log keeps them.
  std::array<std::string_view, 2> locators{};
};

/// All of them, videos before their scenes, and these before their artifacts.
// clang-format off
inline constexpr TreeCollection tree_collections[] = {
    {"videos", attribute_tables::video_attributes, &schema_of<video::Video>,
     [](const Tree& tree, const TreeBlobs&, std::vector<LegacyRow>& rows) {
       for (const Topic& topic : tree.topics) rows.push_back({.id = topic.id, .topic = &topic});
     }},
    {"scenes", attribute_tables::scene_attributes, &schema_of<video::Scene>,
     [](const Tree& tree, const TreeBlobs&, std::vector<LegacyRow>& rows) {
       for (const Topic& topic : tree.topics)
         for (const Scene& scene : topic.scenes) rows.push_back({.id = scene.id, .topic = &topic, .scene = &scene});
     }, {"video_id", "scene_number"}},
    {"artifacts", attribute_tables::artifact_attributes, &schema_of<video::Artifact>,
     [](const Tree& tree, const TreeBlobs& blobs, std::vector<LegacyRow>& rows) {
       for (FileIndex i = 0; i < tree.files.size(); ++i) {
         const TreeFile& file = tree.files[i];
         const bool is_folder = file.type == EntryType::folder && file.role == Role::artifact;
         if (is_folder || !blobs.address_of(i).id.empty())
           rows.push_back({.id = artifact_id_of(tree, file.path), .file = i});
       }
     }, {"path"}},
    {"agent_memory", attribute_tables::fix_attributes, &schema_of<video::Fix>,
     [](const Tree& tree, const TreeBlobs&, std::vector<LegacyRow>& rows) {
       for (const MinedFix& fix : tree.fixes) rows.push_back({.id = fix.id, .fix = &fix});
     }},
    {"memory_origins"}, {"memory_patterns"}, {"memory_keys"}, {"video_events"}, {"video_queue"}, {"video_queues"},
};
// clang-format on

/// The collection with this id. Throws `unsupported` if a tree does not have it.
[[nodiscard]] inline const TreeCollection& tree_collection(std::string_view id) {
  const auto* const found = std::ranges::find(tree_collections, id, &TreeCollection::id);
  if (found != std::end(tree_collections)) return *found;
  throw Error(Errc::unsupported, "a legacy tree has no collection '" + std::string(id) + "'",
              {.collection = std::string(id)});
}

/// The attribute of this name; one without files if the name is unknown.
///
/// The times of a record have the names of their `overlay_key` without the `$`: they are derived from files in the same
/// way as the attributes `created_at` and `updated_at` of the pipeline's schema. Permissions exist only in overlays.
/// O(attributes).
[[nodiscard]] inline const TreeAttribute& tree_attribute(const TreeCollection& collection, std::string_view name) {
  static constexpr TreeAttribute unknown{}, permissions{.lasts = true};
  if (name == overlay_key::permissions) return permissions;
  if (name.starts_with('$')) name.remove_prefix(1);
  const auto found = std::ranges::find(collection.attributes, name, &TreeAttribute::name);
  return found == collection.attributes.end() ? unknown : *found;
}

}  // namespace reel::legacy
