#pragma once

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <reel/backends/legacy/fixes.hpp>
#include <reel/backends/legacy/inspect.hpp>
#include <reel/backends/legacy/kept_walk.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/outline.hpp>
#include <reel/backends/legacy/read_memory.hpp>
#include <reel/backends/legacy/sanitise.hpp>
#include <reel/backends/legacy/scan.hpp>
#include <reel/backends/legacy/sidecar.hpp>
#include <reel/backends/legacy/topic_reader.hpp>
#include <reel/backends/legacy/topics.hpp>
#include <reel/driver/file/file_calls.hpp>
#include <reel/driver/parallel.hpp>

namespace reel::legacy {

/// The role of a file of this kind until versions are chosen. `TopicReader` changes some artifacts to another role.
constexpr Role role_of(FileKind kind) {
  if (kind == FileKind::other || kind == FileKind::backup) return Role::unknown;
  if (kind == FileKind::metadata) return Role::foreign;
  if (kind == FileKind::sidecar) return Role::store;
  return origin(kind) == Origin::cache ? Role::cache : Role::artifact;
}

/// Reads a tree in these steps, each of which uses the results of those before:
///
///     walk                 names, sizes, times          no file is opened
///     TopicFinder          which folders are topics
///     make_topics          topics and scenes
///     place_files          kind, topic, scene, version and role of each file
///     read_topics          outlines, plans, versions, states; several topics in parallel
///     identify             names and ids
///     apply_sidecars       ids and values from sidecars
///     set_unreadable_aside, mine_fixes, inspect_texts
///
/// With a `ReadMemory`, topics and small files that have not changed since an earlier reading are taken from it.
///
/// Used once. docs/legacy-tree.md describes the layout and the oddities.
class TreeReader {
 public:
  /// Both must outlive this. `memory` may be null; otherwise it keeps what this reads.
  explicit TreeReader(const ReadOptions& options, ReadMemory* memory = nullptr) : options_{options}, memory_{memory} {}

  /// See `read_tree`.
  Tree run(const std::filesystem::path& root, driver::FileCalls& calls) {
    tree_.max_text_bytes = options_.max_text_bytes;
    std::error_code error;
    tree_.root = std::filesystem::canonical(root, error);
    if (error || !std::filesystem::is_directory(tree_.root, error)) {
      tree_.root = root;
      report(Code::not_a_tree, ".", error ? error.message() : "not a folder");
      return std::move(tree_);
    }
    listing_ = walk(tree_.root, tree_.diagnostics, options_.parallelism, calls);
    return read_listing();
  }

  /// See `read_tree`. Reads the tree that was walked.
  Tree run(const KeptWalk& walked) {
    tree_.max_text_bytes = options_.max_text_bytes;
    tree_.root = walked.root();
    listing_ = walked.listing(tree_.diagnostics);
    return read_listing();
  }

 private:
  /// Reads the tree with the present listing.
  Tree read_listing() {
    map_ = TopicFinder{listing_}.run();
    tree_.files = std::move(listing_.files);
    make_topics();
    place_files();
    read_topics();
    identify();
    apply_sidecars(tree_, memory_ ? &memory_->small_files : nullptr);
    set_unreadable_aside();
    mine_fixes(tree_);
    if (options_.inspect_texts) inspect_texts(tree_);
    if (std::ranges::all_of(tree_.files, [](const TreeFile& file) { return file.type == EntryType::folder; })) {
      report(Code::empty_tree, ".", "no file below the root");
    } else if (tree_.topics.empty()) {
      report(Code::no_topics, ".", "no topic folder below the root");
    }
    return std::move(tree_);
  }

  void report(Code code, std::string path, std::string message) {
    tree_.diagnostics.emplace_back(code, std::move(path), std::move(message));
  }

  /// The folder of a topic, by the position of the topic.
  const Folder& folder_of(std::size_t topic) const { return listing_.folders[map_.topics[topic].folder]; }

  /// The part of a path below the folder of a topic that contains it.
  static std::string_view inside(std::string_view path, const Folder& topic) {
    return topic.path == "." ? path : path.substr(topic.path.size() + 1);
  }

  /// Creates the topics, each with a scene for every scene folder directly in its folder. A folder that is another
  /// topic, or belongs to another program, is not a scene. The listing is in natural order, so scenes are ordered by
  /// number.
  void make_topics() {
    topic_files_.resize(map_.topics.size());
    for (std::size_t i = 0; i < map_.topics.size(); ++i) {
      Topic topic{.folder = folder_of(i).path, .prefix = map_.topics[i].prefix};
      for (const std::size_t sub : folder_of(i).folders)
        if (const auto number = scene_folder(listing_.folders[sub].name);
            number && map_.owner[sub] == i && listing_.folders[sub].foreign == ForeignName::none)
          topic.scenes.push_back({.number = *number, .folder = listing_.folders[sub].path});
      tree_.topics.push_back(std::move(topic));
    }
  }

  /// Sets kind, topic and role of every file. The order of the cases matters: files of other programs are never taken
  /// for the pipeline's, whatever their names, and those of this library belong to no scene.
  void place_files() {
    for (std::size_t i = 0; i < listing_.folders.size(); ++i) {
      const Folder& folder = listing_.folders[i];
      const std::optional<std::size_t> owner = map_.owner[i];
      if (owner && map_.topics[*owner].folder != i && folder.foreign == ForeignName::none)
        check_folder_name(*owner, folder);
      for (FileIndex f = folder.first_file; f < folder.last_file; ++f) {
        TreeFile& file = tree_.files[f];
        if (is_foreign(file)) {
          place_foreign(owner, file);
        } else if (file.kind == FileKind::sidecar) {
          file.topic = owner;  // a store
        } else if (is_own_name(file_name(file.path))) {
          file.kind = FileKind::sidecar;
          if (owner && map_.topics[*owner].folder == i && file_name(file.path) == sidecar_name)
            tree_.topics[*owner].sidecar = f;
        } else if (owner) {
          place_in(*owner, f);
        } else if (file.type == EntryType::regular) {
          file.kind = place_outside(file.path).kind;
        } else if (file.type == EntryType::folder) {
          file.kind = kind_of_folder(place_outside(file.path + "/x").kind);
        }
        file.role = role_of(file.kind);
      }
    }
  }

  /// Whether the walk has classified the file as another program's.
  static bool is_foreign(const TreeFile& file) {
    return file.kind == FileKind::metadata || file.kind == FileKind::backup;
  }

  /// Sets topic and scene of a file of another program by its folder. The reading of the topic ignores the file.
  void place_foreign(std::optional<std::size_t> owner, TreeFile& file) {
    file.topic = owner;
    if (!owner) return;
    const Topic& topic = tree_.topics[*owner];
    const auto number = scene_folder(components(inside(file.path, folder_of(*owner))).front());
    if (number && topic.find(*number) != nullptr) file.scene = number;
  }

  /// The kind of an empty folder. It is a cache where a file in it would be one.
  static FileKind kind_of_folder(FileKind inside) {
    return role_of(inside) == Role::cache ? inside : FileKind::empty_folder;
  }

  /// Sets kind, scene and version of a file in the folder of a topic by its name, and lists it for the reader of the
  /// topic.
  ///
  /// - `owner`: the position of the topic
  /// - `f`: the position of the file
  void place_in(std::size_t owner, FileIndex f) {
    TreeFile& file = tree_.files[f];
    const Topic& topic = tree_.topics[owner];
    const bool is_folder = file.type == EntryType::folder;
    const std::string path(inside(file.path, folder_of(owner)));
    const Placement placement = place_in_topic(is_folder ? path + "/x" : path, topic.prefix);
    const bool has_scene = placement.scene && topic.find(*placement.scene) != nullptr;
    file.topic = owner;
    if (has_scene) file.scene = placement.scene;
    if (is_folder) {
      file.kind = kind_of_folder(placement.kind);
      return;
    }
    topic_files_[owner].all.push_back(f);
    if (has_scene) {
      file.version = placement.version;
      topic_files_[owner].of_scenes[*placement.scene].push_back(f);
    } else if (placement.scene && placement.kind != FileKind::partial_video) {
      report(Code::orphan_media, file.path,
             "media of scene " + std::to_string(*placement.scene) + ", which has no folder");
    }
    if (file.type == EntryType::regular) file.kind = placement.kind;
    if (placement.kind == FileKind::other) check_file_name(topic, file, path);
  }

  /// Reports a file whose name the pipeline does not use at this path but elsewhere, such as one copied from another
  /// scene.
  void check_file_name(const Topic& topic, const TreeFile& file, std::string_view path) {
    const std::vector<std::string_view> parts = components(path);
    const std::string_view name = parts.back();
    const bool in_scene = scene_folder(parts.front()).has_value();
    if ((parts.size() == 1 && (scene_folder(name) || is_one_of(name, {"media", "extract_images"}))) ||
        (parts.size() == 2 && in_scene && is_one_of(name, {"code", "subplans", "rag_cache"}))) {
      report(Code::file_instead_of_folder, file.path, "a file where the pipeline creates a folder");
      return;
    }
    const std::size_t mark = name.find("_scene");
    const bool scene_name = in_scene && mark != std::string_view::npos && mark + 6 < name.size() &&
                            name[mark + 6] >= '0' && name[mark + 6] <= '9';
    const bool topic_name = parts.size() == 1 &&
                            (name.ends_with("_scene_outline.txt") || name.find("_combined.") != std::string_view::npos);
    if (scene_name || topic_name)
      report(Code::foreign_name, file.path, "not named after topic folder " + topic.folder + " and its path in it");
  }

  /// Reports a folder that has the name of a file of the pipeline.
  void check_folder_name(std::size_t owner, const Folder& folder) {
    const FileKind kind = place_in_topic(inside(folder.path, folder_of(owner)), map_.topics[owner].prefix).kind;
    if (origin(kind) == Origin::pipeline)
      report(Code::folder_instead_of_file, folder.path, "a folder where the pipeline writes a file");
  }

  /// Reads the topics in parallel. Each has a separate list of diagnostics, so that their order is that of the topics.
  void read_topics() {
    std::vector<std::vector<Diagnostic>> diagnostics(tree_.topics.size());
    std::vector<TopicMemory::Entry> read(memory_ ? tree_.topics.size() : 0);
    driver::run_parallel(tree_.topics.size(), options_.parallelism, [&](std::size_t i) {
      const auto read_topic = [&] {
        TopicReader{tree_, options_, tree_.topics[i], topic_files_[i], diagnostics[i]}.run();
      };
      if (!memory_) return read_topic();
      read[i] = memory_->topics.read(tree_, tree_.topics[i], topic_files_[i].all, diagnostics[i], read_topic);
    });
    if (memory_) memory_->topics.replace(std::move(read));
    for (std::vector<Diagnostic>& found : diagnostics) std::ranges::move(found, std::back_inserter(tree_.diagnostics));
  }

  /// Sets the role of files that cannot be read. Runs after topics were read, because an unreadable marker or log is
  /// evidence, too.
  void set_unreadable_aside() {
    for (TreeFile& file : tree_.files)
      if (!file.readable && file.role != Role::foreign) file.role = Role::unreadable;
  }

  /// Determines names, ids and session ids, and reports prefixes that occur several times.
  void identify() {
    std::map<std::string, std::vector<const KnownTopic*>, std::less<>> known;
    for (const KnownTopic& topic : options_.topics) known[topic_prefix(topic.text)].push_back(&topic);
    std::map<std::string_view, std::string_view> first_with;
    for (std::size_t i = 0; i < tree_.topics.size(); ++i) {
      Topic& topic = tree_.topics[i];
      topic.session_id = session_id(map_.topics[i].folder);
      topic.name = name_of(i, known[topic.prefix]);
      if (topic.prefix != folder_of(i).name && !topic.prefix.empty())
        report(Code::renamed_folder, topic.folder, "its files are named after " + topic.prefix);
      if (known[topic.prefix].size() > 1 || topic.prefix.find_first_not_of('_') == std::string::npos)
        report(Code::prefix_collision, topic.folder, "more than one topic has this folder name");
      const auto [first, is_first] = first_with.emplace(topic.prefix, topic.folder);
      if (!is_first) report(Code::repeated_prefix, topic.folder, "the same prefix as " + std::string{first->second});
    }
    assign_ids();
  }

  /// The name of a topic: from the catalogue if exactly one entry has the prefix, otherwise from the folder or the
  /// folder around it if that is spelled like a topic, otherwise a guess.
  ///
  /// - `index`: the position of the topic
  /// - `known`: the entries of the catalogue with its prefix
  TopicName name_of(std::size_t index, const std::vector<const KnownTopic*>& known) const {
    const std::string& prefix = tree_.topics[index].prefix;
    if (known.size() == 1)
      return {utf8_of(known.front()->text), utf8_of(known.front()->description), NameSource::known};
    const Folder& folder = folder_of(index);
    const std::string& outer = listing_.folders[folder.parent].name;
    for (const std::string& name : {folder.name, outer})
      if (name != prefix && !prefix.empty() && topic_prefix(name) == prefix)
        return {utf8_of(name), {}, NameSource::folder};
    return {utf8_of(prefix.empty() ? folder.name : topic_guess(prefix)), {}, NameSource::guess};
  }

  /// The first line of the nearest `session_id.txt` in a folder or above it, at most 4 KiB; empty without such a file.
  std::string session_id(std::size_t folder) {
    for (;; folder = listing_.folders[folder].parent) {
      const Folder& at = listing_.folders[folder];
      for (FileIndex i = at.first_file; i < at.last_file; ++i)
        if (tree_.files[i].kind == FileKind::session_id) {
          const auto read = [&] {
            std::string head;  // longer than any id
            static_cast<void>(read_head(tree_, tree_.files[i], 4096, head));
            return head;
          };
          const std::string head = memory_ ? memory_->small_files.read(tree_.files[i], read) : read();
          return utf8_of(head.substr(0, head.find_first_of("\r\n")));
        }
      if (folder == 0) return {};
    }
  }

  /// Sets the ids of videos: the name of the nearest folder above that is a recorded id, if no other topic has the same
  /// one, otherwise the digest of the path.
  void assign_ids() {
    std::map<std::string, std::vector<std::size_t>> by_name;
    for (std::size_t i = 0; i < tree_.topics.size(); ++i) {
      tree_.topics[i].id = video_id(tree_.topics[i].folder);
      for (std::size_t at = map_.topics[i].folder; at != 0;) {
        at = listing_.folders[at].parent;
        if (!is_recorded_id(listing_.folders[at].name)) continue;
        by_name[listing_.folders[at].name].push_back(i);
        break;
      }
    }
    for (const auto& [name, topics] : by_name) {
      if (topics.size() == 1) {
        Topic& topic = tree_.topics[topics.front()];
        topic.id = name;
        topic.recorded_id = name;
        continue;
      }
      for (const std::size_t i : topics)
        report(Code::ambiguous_video_id, tree_.topics[i].folder, "not the only topic below a folder named " + name);
    }
    for (Topic& topic : tree_.topics) topic.own_id = topic.id;
  }

  const ReadOptions& options_;
  ReadMemory* memory_;
  Tree tree_;
  Listing listing_;
  TopicMap map_;
  std::vector<TopicFiles> topic_files_;  ///< per topic
};

/// Reads the output tree at `root` without changing it, whatever its variant and nesting.
///
/// Never throws for any content of the disk: `diagnostics` lists the problems, and the rest is read. Throws `invalid`
/// for a `parallelism` below 1. Costs one walk, and opens only outlines, ids, markers, sidecars, the first KiB of
/// plans, plans that exist twice, and the first 64 KiB of sources; `inspect_texts` reads every text file. Except for
/// times, the result is the same on every machine.
///
/// - `calls`: read the folders, from several threads
inline Tree read_tree(const std::filesystem::path& root, const ReadOptions& options = {},
                      driver::FileCalls& calls = driver::posix_calls()) {
  return TreeReader{options}.run(root, calls);
}

/// The same for a tree that is watched: takes the listing of `walked`, and what has not changed from `memory`.
inline Tree read_tree(const KeptWalk& walked, const ReadOptions& options, ReadMemory& memory) {
  return TreeReader{options, &memory}.run(walked);
}

/// The plan of scene `number` in the outline of a topic. Nothing if the outline is not good, cannot be read, or has no
/// scene of that number with a closing tag. Reads the outline.
inline std::optional<std::string> outline_fragment(const Tree& tree, const Topic& topic, int number) {
  if (!topic.outline || topic.outline_health != PlanHealth::good) return {};
  const LoadedText text = load_text(tree, tree.files[*topic.outline]);
  return text.problem ? std::nullopt : outline_fragment(text.text, number);
}

}  // namespace reel::legacy
