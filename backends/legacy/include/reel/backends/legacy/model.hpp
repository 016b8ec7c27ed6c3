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
#include <reel/driver/enumerator_name.hpp>
#include <reel/driver/file/file_time.hpp>

namespace reel::legacy {

/// How a file is stored when its tree is copied to another store. Each file has exactly one role.
enum class Role : std::uint8_t {
  content,      ///< stored as an attribute of a record
  final_video,  ///< a blob of the video
  scene_video,  ///< a blob of the scene
  subtitles,    ///< a blob of the video, or of the scene if `TreeFile::scene` is set
  source_code,  ///< a blob of the scene: the chosen version of its code
  artifact,     ///< kept as a blob of `artifacts`
  cache,        ///< can be recreated from kept files
  unknown,      ///< not written by the pipeline; kept
  unreadable,   ///< cannot be opened; its bytes are not in any store
  store,        ///< written by this library beside the pipeline's files; its content is part of the records
  foreign,      ///< written by another program about other files or the machine; not kept
};
/// The number of enumerators of `Role`.
inline constexpr std::size_t role_count = 11;

/// The type of a directory entry. Links are not followed, special files are not opened.
enum class EntryType : std::uint8_t {
  regular,  ///< a file
  link,     ///< a symbolic link, also one to a folder
  special,  ///< a socket, pipe or device
  folder,   ///< an empty folder, or the folder of a store
};

/// One entry below the root: a file, an empty folder, or the folder of a store (`Role::store`). Paths are raw bytes,
/// relative to the root, with `/` between components; `record_path` converts them for records. Size and time are those
/// of the walk: a file that has others when it is opened later is `unavailable`.
struct TreeFile {
  std::string path = {};
  std::uint64_t size = 0;            ///< bytes; 0 unless regular
  driver::FileTime modified_ns = 0;  ///< 0 unless regular or a folder
  std::uint64_t inode = 0;           ///< changes when the file is replaced; 0 unless regular
  EntryType type = EntryType::regular;
  bool readable = true;  ///< can be opened; otherwise reported as `unreadable_file`
  FileKind kind = FileKind::other;
  Role role = Role::unknown;
  std::optional<std::size_t> topic = {};  ///< position in Tree::topics
  std::optional<int> scene = {};          ///< the number of a Scene of `topic`
  std::optional<int> version = {};
};

using FileIndex = std::size_t;  ///< position in Tree::files

/// The files of one version of a scene's code. Any of them may be missing, the source too.
struct Version {
  int number = 0;
  std::optional<FileIndex> source = {};
  std::optional<FileIndex> init_log = {};
  std::optional<FileIndex> fix_log = {};
  std::optional<FileIndex> visual_fix_log = {};
  std::optional<FileIndex> error_log = {};
  std::optional<FileIndex> render_error_log = {};

  /// The log that shows the failure of the version: `error_log`, otherwise `render_error_log`.
  std::optional<FileIndex> error() const { return error_log ? error_log : render_error_log; }
  /// Whether the version failed.
  bool has_error() const { return error().has_value(); }
};

/// The state of the file of a plan or an outline. Only a `good` one becomes the value of a record.
enum class PlanHealth : std::uint8_t {
  missing,     ///< no file
  good,        ///< read, and not an error message
  empty,       ///< no bytes; the pipeline treats that as a failure
  api_error,   ///< the message of a failed call to the model, see `is_api_error`
  unreadable,  ///< cannot be read, or is too large
};

struct ScenePlan {
  std::optional<FileIndex> file = {};
  PlanHealth health = PlanHealth::missing;
};

/// The progress of a scene, by the files that exist.
enum class SceneState : std::uint8_t {
  allocated,            ///< a folder only
  planning_incomplete,  ///< some plan
  planned,              ///< a good implementation plan, and no bad part
  coded,                ///< sources or error logs
  rendered,             ///< a success marker
  failed,               ///< every version failed, and the last one is a retry limit
};

/// The reason why a version was chosen, the most reliable first.
enum class ChosenBy : std::uint8_t {
  marker,          ///< `succ_rendered.txt` names it
  newest_video,    ///< the newest finished render is of this version
  no_error_log,    ///< rendered, and the highest source without an error log
  source_deleted,  ///< rendered, but only its log is left: the source was removed after upload
  last_attempt,    ///< the highest version
};

/// A scene: one for each scene folder of a topic. Members of type `FileIndex` are empty if the file is missing.
struct Scene {
  int number = 0;
  std::string folder = {};  ///< relative to the root
  std::string id = {};
  std::string trace_id = {};

  ScenePlan storyboard = {};
  ScenePlan technical_plan = {};
  ScenePlan narration_plan = {};
  ScenePlan implementation_plan = {};                 ///< the name with the prefix, else the bare one
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
  std::optional<int> code_names_scene = {};  ///< the other scene to which code or video belongs
  bool trusted = true;  ///< false for both scenes of a renumbering: code, video and marker may be swapped
  driver::FileTime first_modified_ns = 0;  ///< the earliest of the scene's files
  driver::FileTime last_modified_ns = 0;

  /// Whether the scene is rendered, and this version of its code is known to be the rendered one.
  bool renders(int version) const {
    return state == SceneState::rendered && chosen == version && chosen_by != ChosenBy::last_attempt;
  }
};

/// The progress of a video. A tree does not show whether a run is in progress.
enum class VideoState : std::uint8_t {
  planning,     ///< an outline or plans, no code
  interrupted,  ///< code or rendered scenes, none of them failed, no combined video
  failed,       ///< a scene failed, or the outline is an error message
  rendered,     ///< every scene rendered; never combined, or the combined video was removed after upload
  completed,    ///< a combined video
};

/// How the name of a topic was determined. Only `guess` may be wrong.
enum class NameSource : std::uint8_t {
  known,   ///< the only entry of ReadOptions::topics with this prefix
  folder,  ///< the topic folder, or the folder around it, has the typed name
  guess,   ///< topic_guess()
};

/// The topic as the user typed it, if it can be determined.
struct TopicName {
  std::string text = {};
  std::string description = {};  ///< of a known topic; otherwise empty
  NameSource source = NameSource::guess;
};

/// A topic: the folder of one video, found by `TopicFinder`. In the order of the walk.
///
/// `folder` and `prefix` differ if the folder was renamed. `id` is the first of these that exists: the id in a sidecar
/// or of a record in the log, the id that the pipeline's server assigned, the id derived from the folder.
struct Topic {
  std::string folder = {};  ///< relative to the root, `.` for the root itself
  std::string prefix = {};
  TopicName name = {};
  std::string id = {};                          ///< recorded_id if it exists, else video_id(folder)
  std::optional<std::string> recorded_id = {};  ///< from `output/<video_id>/<P>`
  std::string own_id = {};                      ///< `id` unless a sidecar specifies another
  std::optional<FileIndex> sidecar = {};
  std::string session_id = {};  ///< of the topic, otherwise of the nearest folder above

  std::optional<FileIndex> outline = {};       ///< with the prefix in its name, otherwise without
  std::optional<FileIndex> outline_copy = {};  ///< the file without the prefix, if both exist
  PlanHealth outline_health = PlanHealth::missing;
  int scene_count = 0;             ///< by the outline
  std::vector<int> outlined = {};  ///< scene numbers in the outline
  std::vector<Scene> scenes = {};  ///< one per scene folder, by number

  VideoState state = VideoState::planning;
  std::string evidence = {};  ///< the observations that led to the state, for people
  std::optional<FileIndex> combined_video = {};
  std::optional<FileIndex> combined_subtitles = {};
  driver::FileTime first_modified_ns = 0;  ///< the earliest of the topic's files except caches
  driver::FileTime last_modified_ns = 0;

  /// The scene of this number, or null. Valid as long as the topic.
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

/// Failed code and its replacement: two consecutive versions of a scene, found by `mine_fixes()`. One record of
/// `agent_memory`.
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

/// A value in a file or sidecar that an attribute of the pipeline's schema cannot hold. The record has a part of it, or
/// nothing. The file is kept unchanged.
struct UnfitValue {
  std::string collection = {};
  std::string id = {};  ///< of the record
  std::string attribute = {};
  bool shortened = false;  ///< otherwise left out
};

/// An output tree as it was read:
///
///     topics[]           one video each      FileIndex of outline, combined video and subtitles
///       scenes[]         one scene each      FileIndex of plans, marker, video and subtitles
///         versions[]     of its code         FileIndex of source and logs
///     files[]            every entry below the root, once, in the order of the walk
///     fixes[]            two versions each   position of the topic, FileIndex of sources and logs
///     overlays[]         values from the sidecars
///     artifact_ids       ids from the sidecars and the log
///
/// `files` lacks folders that are not empty, and the content of stores and of this library's own folders. The content
/// of files stays on disk. Positions refer to `files` and `topics`, so neither may be reordered. Immutable after
/// `Collections::reload`, and then safe to read from many threads.
struct Tree {
  std::filesystem::path root;  ///< absolute, links resolved
  /// `ReadOptions::max_text_bytes`: the limit for files that are read later, too.
  std::uint64_t max_text_bytes = ReadOptions{}.max_text_bytes;
  std::vector<Topic> topics = {};
  std::vector<TreeFile> files = {};         ///< a folder's files before its subfolders, names in natural order
  std::vector<MinedFix> fixes = {};         ///< by topic, scene and version
  std::vector<LoggedRecord> overlays = {};  ///< from the sidecars of topics
  std::unordered_map<std::string, std::string> artifact_ids = {};  ///< by path, where the id is not `artifact_id`
  /// The values that `reel::Legacy` shortens or leaves out; empty in the result of `read_tree`.
  std::vector<UnfitValue> unfit = {};
  std::vector<Diagnostic> diagnostics = {};
};

/// The name of an enumerator, as `reel doctor` prints it; the same for the types below.
// clang-format off
constexpr std::string_view to_string(SceneState state) {
  using enum SceneState;
  return driver::enumerator_name(state, {{allocated, "allocated"}, {planning_incomplete, "planning_incomplete"},
                                         {planned, "planned"}, {coded, "coded"}, {rendered, "rendered"},
                                         {failed, "failed"}});
}
constexpr std::string_view to_string(VideoState state) {
  using enum VideoState;
  return driver::enumerator_name(state, {{planning, "planning"}, {interrupted, "interrupted"}, {failed, "failed"},
                                         {rendered, "rendered"}, {completed, "completed"}});
}
constexpr std::string_view to_string(NameSource source) {
  using enum NameSource;
  return driver::enumerator_name(source, {{known, "known"}, {folder, "folder"}, {guess, "guess"}});
}
constexpr std::string_view to_string(ChosenBy reason) {
  using enum ChosenBy;
  return driver::enumerator_name(reason, {{marker, "marker"}, {newest_video, "newest_video"},
                                          {no_error_log, "no_error_log"}, {source_deleted, "source_deleted"},
                                          {last_attempt, "last_attempt"}});
}
constexpr std::string_view to_string(FixOutcome outcome) {
  using enum FixOutcome;
  return driver::enumerator_name(outcome, {{unknown, "unknown"}, {worked, "worked"}, {failed, "failed"}});
}
constexpr std::string_view to_string(Role role) {
  using enum Role;
  return driver::enumerator_name(role, {{content, "content"}, {final_video, "final_video"},
                                        {scene_video, "scene_video"}, {subtitles, "subtitles"},
                                        {source_code, "source_code"}, {artifact, "artifact"}, {cache, "cache"},
                                        {unknown, "unknown"}, {unreadable, "unreadable"}, {store, "store"},
                                        {foreign, "foreign"}});
}
// clang-format on

/// The status of a scene in the schema of the pipeline: the states before `planned` are `planned`.
constexpr std::string_view schema_status(SceneState state) {
  const bool is_planning = state == SceneState::allocated || state == SceneState::planning_incomplete;
  return to_string(is_planning ? SceneState::planned : state);
}

/// The status of a video in the schema of the pipeline. Never one that a worker polls, and never one that claims that a
/// run is in progress; `interrupted` and `rendered` therefore become `failed`.
constexpr std::string_view schema_status(VideoState state) {
  const bool is_stopped = state == VideoState::interrupted || state == VideoState::rendered;
  return to_string(is_stopped ? VideoState::failed : state);
}

/// The number of files of each role, at `static_cast<std::size_t>(role)`. The counts add up to `tree.files.size()`.
inline std::array<std::size_t, role_count> counts(const Tree& tree) {
  std::array<std::size_t, role_count> result{};
  for (const TreeFile& file : tree.files) ++result[static_cast<std::size_t>(file.role)];
  return result;
}

}  // namespace reel::legacy
