#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <reel/backends/legacy/diagnostic.hpp>
#include <reel/backends/legacy/names.hpp>
#include <reel/backends/legacy/options.hpp>
#include <reel/backends/legacy/overlay.hpp>
#include <reel/driver/file_time.hpp>

namespace reel::legacy {

/// How a file is stored when its tree is copied to another store.
enum class Role : std::uint8_t {
  content,      ///< stored as an attribute of a record
  final_video,  ///< a blob of the video
  scene_video,  ///< a blob of the scene
  subtitles,    ///< a blob of the video, or of the scene if `TreeFile::scene` is set
  source_code,  ///< a blob of the scene: the chosen version of its code
  artifact,     ///< kept beside the records
  cache,        ///< can be recreated from kept files
  unknown,      ///< not the pipeline's; kept
  unreadable,   ///< may not be opened, so that its bytes are in no store
  store,        ///< written by this library beside the pipeline's files; its content is part of the records
  foreign,      ///< another program's, about other files or about the machine; not kept
};
inline constexpr std::size_t role_count = 11;

enum class EntryType : std::uint8_t { regular, link, special, folder };

/// One entry below the root that is not a folder, or is an empty folder, or the folder of a store (`Role::store`).
/// Paths are raw bytes, relative to the root, with `/` between components.
struct TreeFile {
  std::string path = {};
  std::uint64_t size = 0;            ///< bytes; 0 unless regular
  driver::FileTime modified_ns = 0;  ///< 0 unless regular or a folder
  std::uint64_t inode = 0;           ///< changes when the file is replaced; 0 unless regular
  EntryType type = EntryType::regular;
  bool readable = true;  ///< may be opened; reported as `unreadable_file` if not
  FileKind kind = FileKind::other;
  Role role = Role::unknown;
  std::optional<std::size_t> topic = {};  ///< position in Tree::topics
  std::optional<int> scene = {};          ///< a number that `topic` has a Scene for
  std::optional<int> version = {};
};

using FileIndex = std::size_t;  ///< position in Tree::files

/// The files of one code version. Any of them may be missing, the source too.
struct Version {
  int number = 0;
  std::optional<FileIndex> source = {};
  std::optional<FileIndex> init_log = {};
  std::optional<FileIndex> fix_log = {};
  std::optional<FileIndex> visual_fix_log = {};
  std::optional<FileIndex> error_log = {};
  std::optional<FileIndex> render_error_log = {};

  std::optional<FileIndex> error() const { return error_log ? error_log : render_error_log; }
  bool has_error() const { return error().has_value(); }
};

enum class PlanHealth : std::uint8_t { missing, good, empty, api_error, unreadable };

struct Plan {
  std::optional<FileIndex> file = {};
  PlanHealth health = PlanHealth::missing;
};

enum class SceneState : std::uint8_t { allocated, planning_incomplete, planned, coded, rendered, failed };

/// Why a version was chosen, surest first.
enum class ChosenBy : std::uint8_t {
  marker,          ///< `succ_rendered.txt` names it
  newest_video,    ///< the newest finished render is of this version
  no_error_log,    ///< rendered, and the highest source without an error log
  source_deleted,  ///< rendered, but only its log is left: the source was removed after upload
  last_attempt,    ///< the highest version
};

struct Scene {
  int number = 0;
  std::string folder = {};  ///< relative to the root
  std::string id = {};
  std::string trace_id = {};

  Plan storyboard = {};
  Plan technical_plan = {};
  Plan narration_plan = {};
  Plan implementation_plan = {};                      ///< the name with the prefix, else the bare one
  std::optional<FileIndex> implementation_copy = {};  ///< the bare name, if both files exist

  std::vector<Version> versions = {};  ///< by number
  std::optional<int> chosen = {};      ///< version number
  ChosenBy chosen_by = ChosenBy::last_attempt;
  std::optional<FileIndex> source = {};  ///< of the chosen version; absent if that was deleted

  std::optional<FileIndex> rendered_marker = {};
  std::optional<FileIndex> video = {};
  std::optional<FileIndex> subtitles = {};
  std::optional<FileIndex> error_log = {};  ///< of the highest version that has one; see last_error()

  SceneState state = SceneState::allocated;
  std::optional<int> code_names_scene = {};  ///< the other scene that code or video of this one belongs to
  bool trusted = true;  ///< false for both scenes of a renumbering: code, video and marker may be swapped
  driver::FileTime first_modified_ns = 0;  ///< over the scene's files, caches left out
  driver::FileTime last_modified_ns = 0;

  /// Whether the scene is rendered, and this version of its code is known to be the one.
  bool renders(int version) const {
    return state == SceneState::rendered && chosen == version && chosen_by != ChosenBy::last_attempt;
  }
};

/// The progress of a video. A tree never shows whether a run is in progress.
enum class VideoState : std::uint8_t {
  planning,     ///< an outline or plans, no code
  interrupted,  ///< code or rendered scenes, none of them failed, no combined video
  failed,       ///< a scene failed, or the outline is an error message
  rendered,     ///< every scene rendered; never combined, or the combined video was removed after upload
  completed,    ///< a combined video
};

enum class NameSource : std::uint8_t {
  known,   ///< ReadOptions::topics has it, and nothing else with this prefix
  folder,  ///< the topic folder or the one around it is named as typed
  guess,   ///< topic_guess()
};

/// The topic as the user typed it, if it can be determined.
struct TopicName {
  std::string text = {};
  std::string description = {};  ///< of a known topic; empty if there is none
  NameSource source = NameSource::guess;
};

struct Topic {
  std::string folder = {};  ///< relative to the root, `.` for the root itself
  std::string prefix = {};
  TopicName name = {};
  std::string id = {};                          ///< recorded_id if it exists, else video_id(folder)
  std::optional<std::string> recorded_id = {};  ///< from `output/<video_id>/<P>`
  std::string own_id = {};                      ///< `id` unless a sidecar specifies another
  std::optional<FileIndex> sidecar = {};
  std::string session_id = {};  ///< the topic's, else that of the nearest folder above

  std::optional<FileIndex> outline = {};       ///< the name with the prefix, else the bare one
  std::optional<FileIndex> outline_copy = {};  ///< the bare name, if both files exist
  PlanHealth outline_health = PlanHealth::missing;
  int scene_count = 0;             ///< by the outline
  std::vector<int> outlined = {};  ///< scene numbers in the outline
  std::vector<Scene> scenes = {};  ///< one per scene folder, by number

  VideoState state = VideoState::planning;
  std::string evidence = {};  ///< the observations that led to the state, for people
  std::optional<FileIndex> combined_video = {};
  std::optional<FileIndex> combined_subtitles = {};
  driver::FileTime first_modified_ns = 0;  ///< over the topic's files, caches left out
  driver::FileTime last_modified_ns = 0;

  const Scene* find(int number) const {
    const auto found = std::ranges::lower_bound(scenes, number, {}, &Scene::number);
    return found == scenes.end() || found->number != number ? nullptr : &*found;
  }
};

/// The outcome of code that replaced failed code.
enum class FixOutcome : std::uint8_t {
  unknown,  ///< no error log, and not the rendered version; the run may have ended before it was tried
  worked,   ///< it is the version that was rendered
  failed,   ///< it has an error log
};

/// Failed code and its replacement: two consecutive versions of a scene, found by `mine_fixes()`.
struct MinedFix {
  std::string id = {};    ///< fix_id() of the topic's folder, the scene and `from`
  std::size_t topic = 0;  ///< position in Tree::topics
  int scene = 0;          ///< its number
  int from = 0;           ///< the version that failed
  int to = 0;             ///< the next one
  FileIndex original = 0;
  FileIndex error_log = 0;
  FileIndex fixed = 0;
  std::optional<FileIndex> fix_log = {};  ///< of `to`: in variant V1 with the reasoning(), in V2 the error once more
  FixOutcome outcome = FixOutcome::unknown;
  driver::FileTime made_ns = 0;     ///< when the fixed code was written
  driver::FileTime settled_ns = 0;  ///< when the outcome was known; `made_ns` if it is not
};

/// A value that files or sidecars hold and that an attribute of the pipeline's schema cannot: the record has less of
/// it, or nothing. The file that it is from is kept whole.
struct UnfitValue {
  std::string collection = {};
  std::string id = {};  ///< of the record
  std::string attribute = {};
  bool shortened = false;  ///< else left out
};

/// An output tree, as found. Every entry below the root is in `files` once, but folders that hold something; texts stay
/// on disk.
struct Tree {
  std::filesystem::path root;  ///< absolute, links resolved
  std::vector<Topic> topics = {};
  std::vector<TreeFile> files = {};         ///< a folder's files before its subfolders, names in natural order
  std::vector<MinedFix> fixes = {};         ///< by topic, scene and version
  std::vector<LoggedRecord> overlays = {};  ///< out of the topics' sidecars
  std::unordered_map<std::string, std::string> artifact_ids = {};  ///< by path: of files whose record has another id
  /// The values that `reel::Legacy` shortens or leaves out; empty in the result of `read_tree`.
  std::vector<UnfitValue> unfit = {};
  std::vector<Diagnostic> diagnostics = {};
};

constexpr std::string_view to_string(SceneState state) {
  constexpr std::array<std::string_view, 6> names{"allocated", "planning_incomplete", "planned", "coded", "rendered",
                                                  "failed"};
  return names[static_cast<std::size_t>(state)];
}

constexpr std::string_view to_string(VideoState state) {
  constexpr std::array<std::string_view, 5> names{"planning", "interrupted", "failed", "rendered", "completed"};
  return names[static_cast<std::size_t>(state)];
}

constexpr std::string_view to_string(NameSource source) {
  constexpr std::array<std::string_view, 3> names{"known", "folder", "guess"};
  return names[static_cast<std::size_t>(source)];
}

constexpr std::string_view to_string(ChosenBy reason) {
  constexpr std::array<std::string_view, 5> names{"marker", "newest_video", "no_error_log", "source_deleted",
                                                  "last_attempt"};
  return names[static_cast<std::size_t>(reason)];
}

constexpr std::string_view to_string(FixOutcome outcome) {
  constexpr std::array<std::string_view, 3> names{"unknown", "worked", "failed"};
  return names[static_cast<std::size_t>(outcome)];
}

constexpr std::string_view to_string(Role role) {
  constexpr std::array<std::string_view, role_count> names{"content",     "final_video", "scene_video", "subtitles",
                                                           "source_code", "artifact",    "cache",       "unknown",
                                                           "unreadable",  "store",       "foreign"};
  return names[static_cast<std::size_t>(role)];
}

/// The scene's status in the pipeline's schema.
constexpr std::string_view schema_status(SceneState state) {
  const bool is_planning = state == SceneState::allocated || state == SceneState::planning_incomplete;
  return to_string(is_planning ? SceneState::planned : state);
}

/// The video's status in the pipeline's schema. Never one that a worker polls for, or one that claims that a run is in
/// progress.
constexpr std::string_view schema_status(VideoState state) {
  const bool is_stopped = state == VideoState::interrupted || state == VideoState::rendered;
  return to_string(is_stopped ? VideoState::failed : state);
}

/// Files per role, at `static_cast<std::size_t>(role)`. The counts add up to `tree.files.size()`.
inline std::array<std::size_t, role_count> counts(const Tree& tree) {
  std::array<std::size_t, role_count> result{};
  for (const TreeFile& file : tree.files) ++result[static_cast<std::size_t>(file.role)];
  return result;
}

}  // namespace reel::legacy
