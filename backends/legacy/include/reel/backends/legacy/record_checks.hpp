#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/options.hpp>
#include <reel/backends/legacy/path_rules.hpp>
#include <reel/backends/legacy/write_state.hpp>
#include <reel/error.hpp>

namespace reel::legacy {

/// Checks the records that a writer is about to create, change or remove, before anything is written.
///
/// Used under the exclusive lock of the store.
class RecordChecks {
 public:
  /// Both must outlive this.
  RecordChecks(WriteState& state, const LegacyOptions& options) : state_(state), options_(options) {}

  /// Checks a new record before it is logged. The folder of a video or scene that waits is determined when its files
  /// are written.
  void check_new(const std::string& collection, const Overlay& record, bool waits) {
    if (collection == "videos" && !waits) check_new_folder(record);
    if (collection == "scenes") waits ? void(number_of(record)) : check_new_scene(record);
    if (collection == "artifacts") check_new_path(record, waits);
  }

  /// Throws `invalid` for a number that a scene cannot have, and `already_exists` if its folder is that of another
  /// video: a folder named like a scene may be a topic. O(topics).
  void check_new_scene(const Overlay& scene) const {
    const int number = number_of(scene);
    const auto location = location_of("scenes", scene);
    if (!location) return;
    const std::string folder = PipelineFiles::in_scene(*location, number, "");
    const std::vector<Topic>& topics = state_.collections.snapshot().tree.topics;
    if (std::ranges::find(topics, folder, &Topic::folder) != topics.end())
      throw Error(Errc::already_exists, "the folder '" + folder + "' of the scene is that of another video",
                  {.attribute = "scene_number"});
  }

  /// Throws `unsupported` for a change that would move files, and `invalid` for a new path or number that cannot be
  /// used. A scene without a folder, and an artifact without a file, may change them.
  void check_change(const std::string& collection, const Overlay& before, const Overlay& after) {
    if (collection == "scenes" && (differ(before, after, "video_id") || differ(before, after, "scene_number"))) {
      if (location_of(collection, before))
        throw Error(Errc::unsupported,
                    "the video and the number of a scene determine its folder and cannot change; create another scene");
      static_cast<void>(number_of(after));
    }
    if (collection != "artifacts" || !differ(before, after, "path")) return;
    check_new_path(after, false);
    if (state_.disk.look(disk_path_or_same(before.text("path").value_or(""))) == Disk::Entry::file)
      throw Error(Errc::unsupported,
                  "the path of an artifact that has a file cannot change; remove it and create another");
  }

  /// Throws `unsupported` for a video whose files are directly in the root: they cannot be removed as one folder.
  void check_removable(const std::string& video) const {
    const auto location = state_.location_of(video);
    if (location && location->folder == ".")
      throw Error(
          Errc::unsupported,
          "the folder of the video is the root of the tree, which contains everything else too; remove its files, "
          "or the whole tree, with other programs");
  }

  /// The folder that the pipeline uses for the topic of a video. Throws what `folder_of_topic` throws.
  [[nodiscard]] std::string folder_of(const Overlay& video) const {
    return folder_of_topic(video.text("topic").value_or(""), options_.allow_ambiguous_folders);
  }

  /// The id of the video in whose folder the files of a video or scene are; nothing for other records.
  [[nodiscard]] static std::optional<std::string> video_of(std::string_view collection, const Overlay& record) {
    if (collection == "videos") return record.id;
    return collection == "scenes" ? record.text("video_id") : std::nullopt;
  }
  /// The folder of this video; empty without one, or if it waits.
  [[nodiscard]] std::optional<TopicLocation> location_of(std::string_view collection, const Overlay& record) const {
    const auto video = video_of(collection, record);
    return video ? state_.location_of(*video) : std::nullopt;
  }

  /// The number of a scene's folder. Throws `invalid` if it is missing, negative or too large for an `int`, the type of
  /// `TreeFile::scene`.
  static int number_of(const Overlay& scene) {
    const std::int64_t number = scene.integer("scene_number").value_or(-1);
    if (number < 0 || number > std::numeric_limits<int>::max())
      throw Error(Errc::invalid,
                  "the number of a scene is outside 0 to 2147483647; its folder is named after the number",
                  {.attribute = "scene_number"});
    return static_cast<int>(number);
  }
  /// The value of this name; null if it is missing.
  static driver::Value value_of(const Overlay& record, std::string_view name) {
    const Override* found = record.find(name);
    return found ? found->value : driver::Value{};
  }
  /// Whether two versions of a record have different values of this name.
  static bool differ(const Overlay& before, const Overlay& after, std::string_view name) {
    return !(value_of(before, name) == value_of(after, name));
  }

 private:
  /// Throws `already_exists` if the folder that the pipeline uses for the topic exists, under whatever topic, or will
  /// exist when the files of artifacts of another video arrive. O(artifacts in the log).
  void check_new_folder(const Overlay& video) const {
    const std::string folder = folder_of(video);
    if (state_.disk.look(folder) != Disk::Entry::none) {
      std::string whose;
      for (const Topic& topic : state_.collections.snapshot().tree.topics)
        if (topic.folder == folder) whose = ", for topic '" + topic.name.text + "'";
      throw Error(Errc::already_exists, "the folder '" + folder + "' of the topic already exists" + whose,
                  {.attribute = "topic"});
    }
    for_each_artifact(state_.collections.log(), [&](const std::string& path, const Overlay& artifact) {
      if (!path.starts_with(folder + '/') || same_id(artifact.text("video_id").value_or(""), video.id)) return;
      throw Error(Errc::already_exists,
                  "the folder '" + folder + "' of the topic is that of the artifact '" + artifact.id +
                      "' of another video, whose file has not arrived yet; finish copying that video first",
                  {.attribute = "topic"});
    });
  }

  /// Throws `invalid` for a path that cannot be used, or that another artifact has. Two paths that differ only in case
  /// are the same, except in a copy on a file system that distinguishes them: a tree that has both is restored with
  /// both.
  ///
  /// - `is_copy`: the record is copied from another store
  void check_new_path(const Overlay& artifact, bool is_copy) {
    const std::string path = checked_disk_path(artifact.text("path").value_or(""));
    const ArtifactIndex::Owner* other = state_.artifacts().owner(path);
    if (!other || same_id(other->id, artifact.id)) return;
    const bool same = other->path == path;
    if (!same && is_copy && !state_.disk.ignores_case()) return;  // a tree that has both is written back with both
    throw Error(Errc::invalid,
                "the path '" + record_path(path) + "' is taken by '" + record_path(other->path) + "' of artifact '" +
                    other->id + (same ? "'" : "', which is the same name without case"),
                {.attribute = "path"});
  }

  WriteState& state_;
  const LegacyOptions& options_;
};

}  // namespace reel::legacy
