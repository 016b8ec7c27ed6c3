#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/unfinished_files.hpp>

/// The results of reading a tree, kept so that a later reading opens only files that have changed.
namespace reel::legacy {

/// Calls `use` with each `FileIndex` of a topic, its scenes and versions, except that of the sidecar.
template <class Use>
void for_each_index(Topic& topic, Use&& use) {
  const auto apply = [&](auto&... indexes) {
    const auto one = [&](std::optional<FileIndex>& index) {
      if (index) use(*index);
    };
    (one(indexes), ...);
  };
  apply(topic.outline, topic.outline_copy, topic.combined_video, topic.combined_subtitles);
  for (Scene& scene : topic.scenes) {
    apply(scene.storyboard.file, scene.technical_plan.file, scene.narration_plan.file, scene.implementation_plan.file,
          scene.implementation_copy, scene.source, scene.rendered_marker, scene.video, scene.subtitles,
          scene.error_log);
    for (Version& version : scene.versions)
      apply(version.source, version.init_log, version.fix_log, version.visual_fix_log, version.error_log,
            version.render_error_log);
  }
}

/// Topics as `TopicReader` has read them. Each depends on nothing but its folder, prefix, scenes and files.
class TopicMemory {
 public:
  /// One topic. `before` are its files before it was read, `after` as reading has left them.
  struct Entry {
    Topic topic{};
    std::vector<FileIndex> positions{};  ///< of its files, ascending; those in `topic` are among them
    std::vector<TreeFile> before{}, after{};
    std::vector<Diagnostic> diagnostics{};
  };

  /// Takes a topic from memory if its files have not changed, otherwise calls `read_topic`. Returns the entry for the
  /// next reading. Different topics may be read at the same time.
  ///
  /// - `topic`: has folder, prefix, scenes and sidecar; receives the rest
  /// - `positions`: those of its files in `tree`, ascending
  /// - `diagnostics`: receives the problems of the topic
  template <class ReadTopic>
  Entry read(Tree& tree, Topic& topic, const std::vector<FileIndex>& positions, std::vector<Diagnostic>& diagnostics,
             ReadTopic&& read_topic) {
    const auto files = [&] {
      std::vector<TreeFile> all;
      for (const FileIndex i : positions) all.push_back(tree.files[i]);
      return all;
    };
    std::vector<TreeFile> before = files();
    const auto known = entries_.find(topic.folder);
    if (known == entries_.end() || !is_same(known->second, topic, before)) {
      read_topic();
      return {topic, positions, std::move(before), files(), diagnostics};
    }
    Entry entry = std::move(known->second);
    for_each_index(entry.topic, [&](FileIndex& index) {
      index = positions[static_cast<std::size_t>(std::ranges::lower_bound(entry.positions, index) -
                                                 entry.positions.begin())];
    });
    entry.positions = positions;
    entry.topic.sidecar = topic.sidecar;
    for (std::size_t i = 0; i < positions.size(); ++i) {
      tree.files[positions[i]].role = entry.after[i].role;
      tree.files[positions[i]].readable = entry.after[i].readable;
    }
    topic = entry.topic;
    diagnostics = entry.diagnostics;
    return entry;
  }

  /// Keeps the topics of a reading instead of the earlier ones.
  void replace(std::vector<Entry> entries) {
    entries_.clear();
    for (Entry& entry : entries) {
      std::string folder = entry.topic.folder;
      entries_.insert_or_assign(std::move(folder), std::move(entry));
    }
  }

 private:
  /// Whether reading the topic again would have the same result.
  static bool is_same(const Entry& known, const Topic& topic, const std::vector<TreeFile>& files) {
    const auto same_file = [](const TreeFile& a, const TreeFile& b) {
      return same_state(a, b) && a.kind == b.kind && a.scene == b.scene && a.version == b.version;
    };
    const auto same_scene = [](const Scene& a, const Scene& b) { return a.number == b.number && a.folder == b.folder; };
    return known.topic.prefix == topic.prefix && std::ranges::equal(known.topic.scenes, topic.scenes, same_scene) &&
           std::ranges::equal(known.before, files, same_file);
  }

  std::unordered_map<std::string, Entry> entries_;  ///< by folder
};

/// The contents of small files.
class SmallFiles {
 public:
  /// The content of a file: that of the last call if the file has not changed since, otherwise that of `load`.
  template <class Load>
  std::string read(const TreeFile& file, Load&& load) {
    return read_present(file, [&] { return std::optional{Bytes{.data = load(), .problem = {}}}; })->data;
  }
  /// The same for a file that may not exist any more or cannot be read. Only contents are kept.
  template <class Load>
  std::optional<Bytes> read_present(const TreeFile& file, Load&& load) {
    const auto known = files_.find(file.path);
    if (known != files_.end() && same_state(known->second.file, file)) return Bytes{known->second.content, {}};
    files_.erase(file.path);
    std::optional<Bytes> loaded = load();
    if (loaded && !loaded->problem) files_.insert_or_assign(file.path, Kept{file, loaded->data});
    return loaded;
  }

 private:
  struct Kept {
    TreeFile file{};
    std::string content{};
  };
  std::unordered_map<std::string, Kept> files_;  ///< by path
};

/// Both. Not synchronized, except as `TopicMemory::read` permits.
struct ReadMemory {
  TopicMemory topics{};
  SmallFiles small_files{};
};

}  // namespace reel::legacy
