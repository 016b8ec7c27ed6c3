#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/bucket_limits.hpp>
#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/outline.hpp>
#include <reel/backends/legacy/scenes.hpp>
#include <reel/backends/legacy/text.hpp>

namespace reel::legacy {

/// The files of a topic in the order of the tree, and those of each scene.
struct TopicFiles {
  std::vector<FileIndex> all = {};
  std::map<int, std::vector<FileIndex>> of_scenes = {};  ///< by number
};

/// Fills a topic from its files, whose kind, scene and version are set. Uses only the folder of the topic.
///
/// Changes only the topic, and the roles and `readable` of its files, so that several topics may be read at the same
/// time. The order of the steps matters: the state of the topic depends on the scenes, and times on roles.
class TopicReader {
 public:
  /// All references must outlive this.
  ///
  /// - `topic`: one of `tree`, with its scenes
  /// - `files`: its files
  /// - `diagnostics`: receives the problems of this topic
  TopicReader(Tree& tree, const ReadOptions& options, Topic& topic, TopicFiles& files,
              std::vector<Diagnostic>& diagnostics)
      : tree_{tree}, options_{options}, topic_{topic}, files_{files}, diagnostics_{diagnostics} {}

  /// Reads the topic: the outline, and of each scene the beginnings of its plans and sources.
  void run() {
    for (const FileIndex i : files_.all) {
      const TreeFile& file = tree_.files[i];
      if (file.kind == FileKind::outline) topic_.outline = i;
      if (file.kind == FileKind::outline_copy) topic_.outline_copy = i;
    }
    choose_blobs();
    read_outline();
    read_scenes();
    observe_times(topic_, files_.all);
    determine_state();
  }

 private:
  void report(Code code, std::string path, std::string message) {
    diagnostics_.emplace_back(code, std::move(path), std::move(message));
  }

  /// Reads the scenes. If the code of one scene names another one, neither is trusted: a resumed run of the pipeline
  /// may have numbered them differently.
  void read_scenes() {
    SceneReader reader{tree_, options_, diagnostics_};
    for (Scene& scene : topic_.scenes) {
      const std::vector<FileIndex>& files = files_.of_scenes[scene.number];
      scene.id = scene_id(topic_.folder, scene.number);
      reader.read(scene, files);
      observe_times(scene, files);
      if (topic_.outline_health == PlanHealth::good &&
          std::ranges::find(topic_.outlined, scene.number) == topic_.outlined.end())
        report(Code::scene_beyond_outline, scene.folder, "the outline has no such scene");
    }
    for (const Scene& scene : topic_.scenes)
      if (scene.code_names_scene)
        for (Scene& other : topic_.scenes)
          if (other.number == *scene.code_names_scene) other.trusted = false;
  }

  /// Sets the times of a topic or scene to the earliest and the latest of its files. Caches do not count, because they
  /// are created again without a change; nor do links and folders.
  void observe_times(auto& record, const std::vector<FileIndex>& files) const {
    bool first = true;
    for (const FileIndex i : files) {
      const TreeFile& file = tree_.files[i];
      if (file.type != EntryType::regular || file.role == Role::cache || file.modified_ns == 0) continue;
      record.first_modified_ns = first ? file.modified_ns : std::min(record.first_modified_ns, file.modified_ns);
      record.last_modified_ns = first ? file.modified_ns : std::max(record.last_modified_ns, file.modified_ns);
      first = false;
    }
  }

  /// Chooses the combined video and its subtitles: the first readable file that is not empty, mp4 before mkv before
  /// avi, srt before vtt before ass.
  void choose_blobs() {
    const auto choose = [&](FileKind kind, std::initializer_list<std::string_view> extensions) {
      std::optional<FileIndex> chosen;
      for (const std::string_view extension : extensions)
        for (const FileIndex i : files_.all) {
          const TreeFile& file = tree_.files[i];
          const bool usable = file.kind == kind && file.size > 0 && file.readable;
          if (!chosen && usable && file.path.ends_with(extension)) chosen = i;
        }
      return chosen;
    };
    topic_.combined_video = choose(FileKind::combined_video, {".mp4", ".mkv", ".avi"});
    topic_.combined_subtitles = choose(FileKind::combined_subtitles, {".srt", ".vtt", ".ass"});
    if (topic_.combined_video) give_role(tree_.files[*topic_.combined_video], Role::final_video, diagnostics_);
    if (topic_.combined_subtitles) give_role(tree_.files[*topic_.combined_subtitles], Role::subtitles, diagnostics_);
    for (const FileIndex i : files_.all)
      if (const TreeFile& file = tree_.files[i]; file.kind == FileKind::combined_video && file.size == 0)
        report(Code::empty_video, file.path, "an empty video file");
  }

  /// Reads the outline: the file with the prefix in its name, otherwise the one without. If both exist, they are
  /// compared.
  void read_outline() {
    if (!topic_.outline) std::swap(topic_.outline, topic_.outline_copy);
    if (!topic_.outline) return report(Code::missing_outline, topic_.folder, "no outline");
    const TreeFile& file = tree_.files[*topic_.outline];
    LoadedText text = load_text(tree_, file);
    if (text.problem) {
      topic_.outline_health = PlanHealth::unreadable;
      if (file.readable) diagnostics_.push_back(*std::move(text.problem));
    } else if (file.size == 0) {
      topic_.outline_health = PlanHealth::empty;
      report(Code::empty_outline, file.path, "an empty outline");
    } else if (is_api_error(text.text)) {
      topic_.outline_health = PlanHealth::api_error;
      report(Code::api_error_outline, file.path, "an error message of the model's server stored as the outline");
    } else {
      topic_.outline_health = PlanHealth::good;
      const Outline outline = parse_outline(text.text);
      topic_.scene_count = outline.scene_count;
      for (const OutlineScene& scene : outline.scenes) topic_.outlined.push_back(scene.number);
      if (outline.scene_count == 0) report(Code::malformed_outline, file.path, "no scene in the outline");
      if (outline.malformed)
        report(Code::malformed_outline, file.path, "scene tags that do not match or are not 1 to n");
    }
    if (topic_.outline_copy) {
      const TreeFile& copy = tree_.files[*topic_.outline_copy];
      if (!same_bytes(tree_, copy, file)) report(Code::outline_copies_differ, copy.path, "differs from " + file.path);
    }
  }

  /// Determines the state of the video, with the evidence as a sentence for people. The first line that applies counts:
  ///
  ///     a combined video                                  completed
  ///     a failed scene                                    failed
  ///     an error message as the outline, and no scene     failed
  ///     every scene rendered, at least one                rendered
  ///     a scene with code                                 interrupted
  ///     otherwise                                         planning
  ///
  /// The scenes are those of the outline or those with folders, whichever are more.
  void determine_state() {
    const auto number_of = [&](auto... states) {
      return static_cast<std::size_t>(
          std::ranges::count_if(topic_.scenes, [&](const Scene& scene) { return ((scene.state == states) || ...); }));
    };
    const std::size_t rendered = number_of(SceneState::rendered);
    const std::size_t failed = number_of(SceneState::failed);
    const std::size_t all = std::max(topic_.scenes.size(), static_cast<std::size_t>(topic_.scene_count));
    topic_.evidence = std::to_string(rendered) + " of " + std::to_string(all) + " scenes rendered, " +
                      std::to_string(failed) + " failed, " +
                      (topic_.combined_video ? "a combined video" : "no combined video");
    if (topic_.combined_video) {
      topic_.state = VideoState::completed;
      if (rendered < all) report(Code::partial_combination, tree_.files[*topic_.combined_video].path, topic_.evidence);
    } else if (failed > 0) {
      topic_.state = VideoState::failed;
    } else if (topic_.outline_health == PlanHealth::api_error && all == 0) {
      topic_.state = VideoState::failed;
      topic_.evidence = "the outline is an error message, and there is no scene";
    } else if (all > 0 && rendered == all) {
      topic_.state = VideoState::rendered;
    } else if (number_of(SceneState::coded, SceneState::rendered) > 0) {
      topic_.state = VideoState::interrupted;
    }
  }

  Tree& tree_;
  const ReadOptions& options_;
  Topic& topic_;
  TopicFiles& files_;
  std::vector<Diagnostic>& diagnostics_;
};

}  // namespace reel::legacy
