#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <reel/backends/legacy/bucket_limits.hpp>
#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/quality.hpp>

namespace reel::legacy {

/// The numbers of the classes `Scene<n>(` that Python source defines, in their order. A search, not a parser: comments
/// and strings count as well.
inline std::vector<int> scene_classes(std::string_view source) {
  std::vector<int> numbers;
  constexpr std::string_view start = "class Scene";
  for (std::size_t at = source.find(start); at != std::string_view::npos; at = source.find(start, at + 1)) {
    std::string_view rest = source.substr(at + start.size());
    const std::optional<int> number = consume_number(rest);
    if (number && rest.starts_with('(')) numbers.push_back(*number);
  }
  return numbers;
}

// Which member of a scene or of a version of its code has the file of a kind.
inline constexpr std::pair<FileKind, ScenePlan Scene::*> plan_members[] = {
    {FileKind::storyboard_plan, &Scene::storyboard},
    {FileKind::technical_plan, &Scene::technical_plan},
    {FileKind::narration_plan, &Scene::narration_plan},
    {FileKind::implementation_plan, &Scene::implementation_plan}};
inline constexpr std::pair<FileKind, std::optional<FileIndex> Scene::*> scene_members[] = {
    {FileKind::implementation_plan_copy, &Scene::implementation_copy},
    {FileKind::rendered_marker, &Scene::rendered_marker}};
inline constexpr std::pair<FileKind, std::optional<FileIndex> Version::*> version_members[] = {
    {FileKind::source, &Version::source},       {FileKind::init_log, &Version::init_log},
    {FileKind::fix_log, &Version::fix_log},     {FileKind::visual_fix_log, &Version::visual_fix_log},
    {FileKind::error_log, &Version::error_log}, {FileKind::render_error_log, &Version::render_error_log}};

/// Null if the kind is not in the table.
template <class Member, std::size_t Size>
/// The member in which a scene or version has the file of this kind; null if the kind is not in the table.
constexpr Member member_for(FileKind kind, const std::pair<FileKind, Member> (&table)[Size]) {
  for (const auto& [known, member] : table)
    if (known == kind) return member;
  return nullptr;
}

/// Fills the scenes of one topic from its files, whose kind, scene and version are set. Sets the roles of these files.
///
/// Opens the first KiB of plans, the first line of ids and markers, and the first 64 KiB of every source. Also reads
/// whole plans if there are two of one kind, or if a part of one is an error message. Not thread-safe, because it
/// reuses a buffer; readers of different topics may run at the same time.
class SceneReader {
 public:
  /// All references must outlive this. `diagnostics` receives the problems.
  SceneReader(Tree& tree, const ReadOptions& options, std::vector<Diagnostic>& diagnostics)
      : tree_{tree}, options_{options}, diagnostics_{diagnostics} {}

  /// Reads one scene. The order of the steps matters: the version is chosen before the video, whose version must be the
  /// chosen one, and the state is determined last.
  ///
  /// - `scene`: has number and folder
  /// - `files`: the files of the scene, in the order of the tree, those below `media` included
  void read(Scene& scene, const std::vector<FileIndex>& files) {
    std::vector<FileIndex> videos;
    std::vector<FileIndex> drafts;
    std::vector<FileIndex> subtitles;
    std::map<int, Version> versions;
    for (const FileIndex i : files) {
      TreeFile& file = tree_.files[i];
      if (file.type != EntryType::regular) continue;
      if (const auto plan = member_for(file.kind, plan_members)) {
        (scene.*plan).file = i;
      } else if (const auto member = member_for(file.kind, scene_members)) {
        scene.*member = i;
      } else if (const auto part = member_for(file.kind, version_members)) {
        add_version_part(versions, i, part);
      } else if (file.kind == FileKind::trace_id) {
        scene.trace_id = first_line(file);
      } else if (file.kind == FileKind::scene_video) {
        videos.push_back(i);
      } else if (file.kind == FileKind::draft_video) {
        drafts.push_back(i);
      } else if (file.kind == FileKind::scene_subtitles) {
        subtitles.push_back(i);
      }
    }
    for (auto& [number, version] : versions) scene.versions.push_back(version);
    read_plans(scene);
    add_only_films(videos, drafts);
    choose_version(scene, videos);
    choose_video(scene, videos, subtitles);
    check_classes(scene, videos);
    scene.state = state_of(scene);
    report_versions(scene);
  }

 private:
  void report(Code code, std::string path, std::string message) {
    diagnostics_.emplace_back(code, std::move(path), std::move(message));
  }

  /// Reads the beginning of a file into `buffer_`. Returns false, and marks and reports the file, if it cannot be read.
  bool read_head(TreeFile& file, std::size_t limit) {
    if (!file.readable) return false;
    if (legacy::read_head(tree_, file, limit, buffer_)) return true;
    report(Code::unreadable_file, file.path, "cannot be read");
    file.readable = false;
    return false;
  }

  /// The first line of a file, at most 256 bytes; empty if it cannot be read.
  std::string first_line(TreeFile& file) {
    if (file.size == 0 || !read_head(file, 256)) return {};
    return utf8_of(buffer_.substr(0, buffer_.find_first_of("\r\n")));
  }

  /// Adds a file to its version. Of two files for the same part, that in `code` wins over the older layout without this
  /// folder, then Python over the HTML of a fork, then the later one in the order of the tree.
  void add_version_part(std::map<int, Version>& versions, FileIndex i, std::optional<FileIndex> Version::*part) {
    const TreeFile& file = tree_.files[i];
    if (!file.version) return;
    Version& version = versions[*file.version];
    version.number = *file.version;
    std::optional<FileIndex>& chosen = version.*part;
    if (!chosen) {
      chosen = i;
      return;
    }
    // The older layout without `code` beside the newer one, or a fork's file beside the pipeline's.
    report(Code::duplicate_version, file.path, "the same version is in " + tree_.files[*chosen].path);
    const auto rank = [](const TreeFile& one) {
      return std::pair{one.path.find("/code/") != std::string::npos, !one.path.ends_with(".html")};
    };
    if (rank(file) >= rank(tree_.files[*chosen])) chosen = i;
  }

  void check_plan(ScenePlan& plan) {
    if (!plan.file) return;
    TreeFile& file = tree_.files[*plan.file];
    if (file.size == 0) {
      plan.health = PlanHealth::empty;
      report(Code::empty_plan, file.path, "an empty plan");
    } else if (!read_head(file, 1024)) {
      plan.health = PlanHealth::unreadable;
    } else if (is_api_error(buffer_)) {
      plan.health = PlanHealth::api_error;
      report(Code::api_error_plan, file.path, "an error message of the model's server stored as a plan");
    } else {
      plan.health = PlanHealth::good;
    }
    const bool content = plan.health == PlanHealth::good && file.kind != FileKind::narration_plan;
    tree_.files[*plan.file].role = content ? Role::content : Role::artifact;
  }

  /// Checks the plans. If only the implementation plan without a prefix exists, it takes the role of the other one.
  void read_plans(Scene& scene) {
    if (!scene.implementation_plan.file) std::swap(scene.implementation_plan.file, scene.implementation_copy);
    for (ScenePlan* plan :
         {&scene.storyboard, &scene.technical_plan, &scene.narration_plan, &scene.implementation_plan})
      check_plan(*plan);
    if (scene.implementation_copy) {
      const TreeFile& plan = tree_.files[*scene.implementation_plan.file];
      const TreeFile& copy = tree_.files[*scene.implementation_copy];
      if (!same_bytes(tree_, plan, copy)) report(Code::plan_copies_differ, copy.path, "differs from " + plan.path);
    }
    check_embedded_errors(scene);
  }

  /// An implementation plan consists of the other three, so it is bad if it contains one that is an error message.
  void check_embedded_errors(Scene& scene) {
    ScenePlan& whole = scene.implementation_plan;
    for (const ScenePlan* part : {&scene.storyboard, &scene.technical_plan, &scene.narration_plan}) {
      if (part->health != PlanHealth::api_error || whole.health != PlanHealth::good) continue;
      if (!read_head(tree_.files[*part->file], 1024)) continue;
      TreeFile& file = tree_.files[*whole.file];
      const Bytes bytes = load_bytes(tree_, file);
      if (bytes.problem || bytes.data.find(buffer_) == std::string::npos) continue;
      whole.health = PlanHealth::api_error;
      file.role = Role::artifact;
      report(Code::api_error_plan, file.path, "contains the error message in " + tree_.files[*part->file].path);
    }
  }

  /// The version that the success marker names, `v<V>` in its first line; nothing for an empty marker or none.
  std::optional<int> marked_version(const Scene& scene) {
    if (!scene.rendered_marker || tree_.files[*scene.rendered_marker].size == 0) return {};
    const std::string line = first_line(tree_.files[*scene.rendered_marker]);
    std::string_view text = line;
    if (!consume(text, "v")) return {};
    return consume_number(text);
  }

  /// Whether a video file can be used.
  [[nodiscard]] bool is_film(FileIndex i) const { return tree_.files[i].size > 0 && tree_.files[i].readable; }

  /// Adds the videos in folders that are not named after a quality, for versions that have no other video.
  void add_only_films(std::vector<FileIndex>& videos, const std::vector<FileIndex>& drafts) const {
    std::set<int> filmed;
    for (const FileIndex i : videos)
      if (is_film(i) && tree_.files[i].version) filmed.insert(*tree_.files[i].version);
    for (const FileIndex i : drafts)
      if (is_film(i) && tree_.files[i].version && !filmed.contains(*tree_.files[i].version)) videos.push_back(i);
  }

  /// The file with the highest rank, the first of several. Empty files do not count.
  std::optional<FileIndex> best(const std::vector<FileIndex>& files, auto rank) const {
    std::optional<FileIndex> best;
    for (const FileIndex i : files)
      if (tree_.files[i].size > 0 && (!best || rank(tree_.files[i]) > rank(tree_.files[*best]))) best = i;
    return best;
  }

  /// The newest video with content; of several, the one with the highest version.
  std::optional<FileIndex> newest_video(const std::vector<FileIndex>& videos) const {
    // Times in milliseconds, like those of records: a tree restored from records yields the same choice.
    return best(videos, [](const TreeFile& file) {
      return std::pair{driver::timestamp_of(file.modified_ns), file.version.value_or(-1)};
    });
  }

  /// The highest version that satisfies the predicate, or null.
  static const Version* highest(const Scene& scene, auto predicate) {
    const auto found = std::find_if(scene.versions.rbegin(), scene.versions.rend(),
                                    [&](const Version& version) { return std::invoke(predicate, version); });
    return found == scene.versions.rend() ? nullptr : &*found;
  }

  /// Chooses the version of the code that the scene has, by the first evidence that exists (`ChosenBy`):
  ///
  ///     1. the version that the success marker names
  ///     2. the version of the newest video
  ///     3. with a marker: the highest version with a source and without an error log
  ///     4. with a marker: the highest version with a log, if it is above every source
  ///     5. the highest version with a source
  ///
  /// Then sets source and error log. The error log is that of the highest failed version, chosen or not.
  void choose_version(Scene& scene, const std::vector<FileIndex>& videos) {
    const auto choose = [&](std::optional<int> version, ChosenBy reason) {
      if (!version || scene.chosen) return;
      scene.chosen = version;
      scene.chosen_by = reason;
    };
    const auto number_of = [](const Version* version) {
      return version ? std::optional{version->number} : std::nullopt;
    };
    const std::optional<int> last_source =
        number_of(highest(scene, [](const Version& version) { return version.source.has_value(); }));
    choose(marked_version(scene), ChosenBy::marker);
    if (const auto video = newest_video(videos)) choose(tree_.files[*video].version, ChosenBy::newest_video);
    if (scene.rendered_marker) {
      choose(number_of(highest(scene, [](const Version& version) { return version.source && !version.has_error(); })),
             ChosenBy::no_error_log);
      const std::optional<int> last_log =
          number_of(highest(scene, [](const Version& version) { return version.fix_log || version.init_log; }));
      if (last_log > last_source) choose(last_log, ChosenBy::source_deleted);
    }
    choose(last_source, ChosenBy::last_attempt);

    const auto is_chosen = [&](const Version& version) { return version.number == scene.chosen; };
    if (const Version* chosen = highest(scene, is_chosen)) scene.source = chosen->source;
    if (scene.source) give_role(tree_.files[*scene.source], Role::source_code, diagnostics_);
    if (const Version* failed = highest(scene, &Version::has_error)) scene.error_log = failed->error();
  }

  /// Whether a video has the name that manim uses for the class of this scene.
  static bool is_named_for(const Scene& scene, const TreeFile& video) {
    const std::string_view name = file_name(video.path);
    return name.substr(0, name.rfind('.')) == "Scene" + std::to_string(scene.number);
  }

  /// The best of the chosen version's videos, by these criteria in this order: it is named after the scene, because a
  /// source with two classes yields two videos; its bucket accepts it; its quality; its time.
  std::optional<FileIndex> best_video(const Scene& scene, const std::vector<FileIndex>& videos) const {
    return best(videos, [&](const TreeFile& file) {
      const std::string_view folder = file_name(std::string_view(file.path).substr(0, file.path.rfind('/')));
      return std::tuple{is_named_for(scene, file), !refusal_of_bucket(Role::scene_video, file),
                        quality_of_folder(folder).value_or(Quality{}), driver::timestamp_of(file.modified_ns)};
    });
  }

  /// Chooses the video of the scene, and the subtitles of the same name beside it. Without a usable video of the chosen
  /// version, the scene has none: a video of other code would not match the record.
  ///
  /// - `videos`: all videos of the scene
  /// - `subtitles`: all subtitles of the scene
  void choose_video(Scene& scene, std::vector<FileIndex> videos, const std::vector<FileIndex>& subtitles) {
    for (const FileIndex i : videos)
      if (tree_.files[i].size == 0) report(Code::empty_video, tree_.files[i].path, "an empty video file");
    std::erase_if(videos,
                  [&](FileIndex i) { return tree_.files[i].version != scene.chosen || !tree_.files[i].readable; });
    scene.video = best_video(scene, videos);
    if (!scene.video) return;
    TreeFile& video = tree_.files[*scene.video];
    give_role(video, Role::scene_video, diagnostics_);
    const std::string subtitle_path = video.path.substr(0, video.path.rfind('.')) + ".srt";
    for (const FileIndex i : subtitles) {
      if (tree_.files[i].path != subtitle_path || tree_.files[i].size == 0 || !tree_.files[i].readable) continue;
      scene.subtitles = i;
      give_role(tree_.files[i], Role::subtitles, diagnostics_);
    }
  }

  /// Detects code and videos of another scene by the number in their class. A resumed run of the pipeline may write
  /// scene 6 into the folder of scene 1. A video that belongs to another scene does not count if the version also has
  /// one that is named after this scene.
  void check_classes(Scene& scene, const std::vector<FileIndex>& videos) {
    const auto check = [&](const TreeFile& file, const std::vector<int>& classes, bool chosen) {
      if (classes.empty() || std::ranges::find(classes, scene.number) != classes.end()) return;
      report(Code::renumbered_scene, file.path, "belongs to scene " + std::to_string(classes.front()));
      if (chosen || !scene.code_names_scene) scene.code_names_scene = classes.front();
      scene.trusted = false;
    };
    for (const FileIndex i : videos) {
      std::string_view name = file_name(tree_.files[i].path);
      std::vector<int> classes;
      if (consume(name, "Scene"))
        if (const auto number = consume_number(name); number && name.starts_with('.')) classes.push_back(*number);
      const bool twin = std::ranges::any_of(videos, [&](FileIndex other) {
        return tree_.files[other].version == tree_.files[i].version && is_named_for(scene, tree_.files[other]);
      });
      if (!twin) check(tree_.files[i], classes, scene.video == i);
    }
    for (const Version& version : scene.versions) {
      if (!version.source || !read_head(tree_.files[*version.source], 64U << 10U)) continue;
      check(tree_.files[*version.source], scene_classes(buffer_), version.number == scene.chosen);
    }
  }

  /// The state of the scene; `SceneState` lists the evidence.
  SceneState state_of(const Scene& scene) const {
    if (scene.rendered_marker) return SceneState::rendered;
    const bool coded = std::ranges::any_of(
        scene.versions, [](const Version& version) { return version.source || version.has_error(); });
    if (coded) {
      const bool all_failed = std::ranges::all_of(scene.versions, &Version::has_error);
      const bool at_limit =
          std::ranges::find(options_.retry_limits, scene.versions.back().number) != options_.retry_limits.end();
      return all_failed && at_limit ? SceneState::failed : SceneState::coded;
    }
    const auto bad = [](const ScenePlan& plan) {
      return plan.health != PlanHealth::missing && plan.health != PlanHealth::good;
    };
    const bool parts_bad = bad(scene.storyboard) || bad(scene.technical_plan) || bad(scene.narration_plan);
    if (scene.implementation_plan.health == PlanHealth::good && !parts_bad) return SceneState::planned;
    const bool any = scene.storyboard.file || scene.technical_plan.file || scene.narration_plan.file ||
                     scene.implementation_plan.file;
    return any ? SceneState::planning_incomplete : SceneState::allocated;
  }

  /// Reports rendered scenes without source or video, and versions that a later run would not have left. Times that
  /// differ by less than a minute count as equal.
  void report_versions(const Scene& scene) {
    if (scene.state == SceneState::rendered) {
      if (scene.chosen && !scene.source)
        report(Code::source_missing, scene.folder,
               "version " + std::to_string(*scene.chosen) + " was rendered, but its source does not exist");
      if (!scene.video) report(Code::video_missing, scene.folder, "rendered, but no video of the scene exists");
    }
    const auto modified = [&](const Version& version) { return tree_.files[*version.source].modified_ns; };
    constexpr std::int64_t minute = 60'000'000'000;
    for (const Version& version : scene.versions) {
      if (!version.source) continue;
      const std::string& path = tree_.files[*version.source].path;
      const Version& first = scene.versions.front();
      if (scene.chosen && version.number > *scene.chosen) {
        report(Code::stale_versions, path, "above the chosen version " + std::to_string(*scene.chosen));
      } else if (first.number == 0 && first.source && modified(first) > modified(version) + minute) {
        report(Code::stale_versions, path, "older than version 0, so from an earlier run");
      }
    }
  }

  Tree& tree_;
  const ReadOptions& options_;
  std::vector<Diagnostic>& diagnostics_;
  std::string buffer_;
};

}  // namespace reel::legacy
