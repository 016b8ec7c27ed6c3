#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <forward_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/fixes.hpp>
#include <reel/backends/legacy/ids.hpp>
#include <reel/backends/legacy/load.hpp>
#include <reel/backends/legacy/model.hpp>
#include <reel/backends/legacy/outline.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/backends/legacy/tree_blobs.hpp>
#include <reel/error.hpp>
#include <reel/video/error_hash.hpp>

/// The attributes of each collection: how their values are derived from the files of a tree, and to which file of the
/// pipeline a change is written. One table for each collection.
namespace reel::legacy {

/// A record: the video, scene, fix or file that it describes, if the tree has it, and its overlay. The row of a scene
/// has topic and scene, every other row at most one of the four. Pointers are valid as long as the tree that was read.
struct LegacyRow {
  std::string id{};  ///< empty: the row of a removed record
  const Topic* topic = nullptr;
  const Scene* scene = nullptr;
  const MinedFix* fix = nullptr;
  std::optional<FileIndex> file{};
  OverlayPtr overlay{};
  std::int64_t sequence = 0;

  /// Whether the record is derived from files. One that is not comes from its overlay alone: it waits for its files, or
  /// cannot have any.
  [[nodiscard]] bool has_files() const { return topic || fix || file; }
};

/// Reads the files of records, each file once. Not thread-safe; created for one record or a few.
class RowFiles {
 public:
  /// Both must outlive this.
  RowFiles(const Tree& read, const TreeBlobs& files) : tree(read), blobs(files) {}

  const Tree& tree;
  const TreeBlobs& blobs;

  /// The content of a file as UTF-8; valid as long as this. Throws `unavailable` if the file cannot be read or has
  /// changed since the tree was read.
  [[nodiscard]] const std::string& text(FileIndex index) const {
    for (const auto& [file, text] : read_)
      if (file == index) return text;
    LoadedText loaded = load_most(tree, tree.files[index]);
    if (loaded.problem)
      throw Error(Errc::unavailable, "cannot read '" + tree.files[index].path + "': " +
                                         std::string(to_string(loaded.problem->code)) + ": " + loaded.problem->message);
    return read_.emplace_front(index, std::move(loaded.text)).second;
  }
  /// The content of a file as a value; null without a readable file. Throws as `text`, like all functions below.
  [[nodiscard]] driver::Value text_value(const std::optional<FileIndex>& file) const {
    return file && tree.files[*file].readable ? driver::Value{text(*file)} : driver::Value{};
  }
  /// A plan that is an error message or empty describes no scene; its file is kept as an artifact.
  [[nodiscard]] driver::Value plan(const ScenePlan& plan) const {
    return plan.file && plan.health == PlanHealth::good ? driver::Value{text(*plan.file)} : driver::Value{};
  }
  /// The last entry of an error log; null without one.
  [[nodiscard]] driver::Value error(const std::optional<FileIndex>& log) const {
    const std::string_view last = log && tree.files[*log].readable ? last_error(text(*log)) : std::string_view();
    return last.empty() ? driver::Value{} : driver::Value{std::string(last)};
  }
  /// The part of the outline that describes a scene; null without one.
  [[nodiscard]] driver::Value scene_plan(const LegacyRow& row) const {
    if (row.topic->outline_health != PlanHealth::good) return {};
    const auto fragment = outline_fragment(text(*row.topic->outline), row.scene->number);
    return fragment ? driver::Value{*fragment} : driver::Value{};
  }
  /// The id of the blob of a file; null if the file is not in the bucket of `role`.
  [[nodiscard]] driver::Value blob(std::optional<FileIndex> file, Role role, const std::string& record) const {
    return file && tree.files[*file].role == role ? driver::Value{blob_id(bucket_of(role)->prefix, record)}
                                                  : driver::Value{};
  }
  /// The topic that the file of an artifact belongs to, or null; `scene_of` is the same for the scene.
  [[nodiscard]] const Topic* topic_of(const LegacyRow& row) const {
    const auto topic = tree.files[*row.file].topic;
    return topic ? &tree.topics[*topic] : nullptr;
  }
  [[nodiscard]] const Scene* scene_of(const LegacyRow& row) const {
    const Topic* topic = topic_of(row);
    const auto number = tree.files[*row.file].scene;
    return topic && number ? topic->find(*number) : nullptr;
  }

 private:
  mutable std::forward_list<std::pair<FileIndex, std::string>> read_;
};

/// A file that the pipeline has for one attribute of a video or scene. `PipelineFiles` has the paths.
enum class PipelineFile { none, session_id, storyboard_plan, technical_plan, outline, source, error_log, marker };

/// How a tree contains one attribute. An attribute without `value` exists only in overlays.
struct TreeAttribute {
  std::string_view name{};
  driver::Value (*value)(const RowFiles&, const LegacyRow&) = nullptr;  ///< derives the value from the files
  std::optional<FileIndex> (*source)(const LegacyRow&) = nullptr;       ///< the file that must be read for it
  PipelineFile written = PipelineFile::none;                            ///< the file to which a change is written
  bool is_name = false;  ///< identifies something, so it cannot be shortened
  bool lasts = false;    ///< an override applies even after the files have changed

  /// Whether the attribute has a file that contains nothing else. Such a value cannot change with the files of other
  /// records, so `WriteState::pin` does not log it.
  [[nodiscard]] bool has_own_file() const {
    return source && written != PipelineFile::none && written != PipelineFile::outline;
  }
};

/// The order within a table is that in which `PipelineFiles` writes the files of a record.
namespace attribute_tables {

using driver::timestamp_of;
using driver::Value;

/// A string as a value; null if it is empty.
inline Value text_or_null(std::string_view text) { return text.empty() ? Value{} : Value{std::string(text)}; }

/// The progress of a video in percent: the rendered scenes among those of the outline, 100 only with a combined video
/// or if all are rendered.
inline std::int64_t progress(const Topic& topic) {
  if (topic.state == VideoState::completed) return 100;
  const auto rendered = std::ranges::count(topic.scenes, SceneState::rendered, &Scene::state);
  return topic.scene_count > 0 ? std::min<std::int64_t>(100, rendered * 100 / topic.scene_count) : 0;
}

/// The parameters of the functions in the tables: the files, and the row whose attribute is derived.
using Of = const RowFiles&;
using Row = const LegacyRow&;

// clang-format off
/// `owner_id` is not in any file. The error message of a failed video is the evidence for its state.
inline constexpr TreeAttribute video_attributes[] = {
    {.name = "topic", .value = [](Of, Row row) { return Value{row.topic->name.text}; }, .lasts = true},
    {.name = "description", .value = [](Of, Row row) { return text_or_null(row.topic->name.description); }},
    {.name = "owner_id", .is_name = true},
    {.name = "session_id", .value = [](Of, Row row) { return text_or_null(row.topic->session_id); },
     .written = PipelineFile::session_id, .is_name = true},
    {.name = "combined_video_url", .value = [](Of of, Row row) { return of.blob(row.topic->combined_video, Role::final_video, row.topic->id); },
     .is_name = true},
    {.name = "subtitles_url", .value = [](Of of, Row row) { return of.blob(row.topic->combined_subtitles, Role::subtitles, row.topic->id); },
     .is_name = true},
    {.name = "error_message", .value = [](Of, Row row) { return schema_status(row.topic->state) == "failed" ? text_or_null(row.topic->evidence) : Value{}; }},
    {.name = "status", .value = [](Of, Row row) { return Value{std::string(schema_status(row.topic->state))}; }},
    {.name = "scene_count", .value = [](Of, Row row) { return Value{std::int64_t{row.topic->scene_count}}; }},
    {.name = "progress", .value = [](Of, Row row) { return Value{progress(*row.topic)}; }},
    {.name = "created_at", .value = [](Of, Row row) { return Value{timestamp_of(row.topic->first_modified_ns)}; }, .lasts = true},
    {.name = "updated_at", .value = [](Of, Row row) { return Value{timestamp_of(row.topic->last_modified_ns)}; }},
};

inline constexpr TreeAttribute scene_attributes[] = {
    {.name = "video_id", .value = [](Of, Row row) { return Value{row.topic->id}; }, .is_name = true},
    {.name = "storyboard", .value = [](Of of, Row row) { return of.plan(row.scene->storyboard); },
     .source = [](Row row) { return row.scene->storyboard.file; }, .written = PipelineFile::storyboard_plan},
    {.name = "technical_plan", .value = [](Of of, Row row) { return of.plan(row.scene->technical_plan); },
     .source = [](Row row) { return row.scene->technical_plan.file; }, .written = PipelineFile::technical_plan},
    {.name = "scene_plan", .value = [](Of of, Row row) { return of.scene_plan(row); },
     .source = [](Row row) { return row.topic->outline; }, .written = PipelineFile::outline},
    {.name = "generated_code", .value = [](Of of, Row row) { return of.text_value(row.scene->source); },
     .source = [](Row row) { return row.scene->source; }, .written = PipelineFile::source},
    {.name = "video_url", .value = [](Of of, Row row) { return of.blob(row.scene->video, Role::scene_video, row.scene->id); }, .is_name = true},
    {.name = "code_url", .value = [](Of of, Row row) { return of.blob(row.scene->source, Role::source_code, row.scene->id); }, .is_name = true},
    {.name = "error_message", .value = [](Of of, Row row) { return of.error(row.scene->error_log); },
     .source = [](Row row) { return row.scene->error_log; }, .written = PipelineFile::error_log},
    {.name = "scene_number", .value = [](Of, Row row) { return Value{std::int64_t{row.scene->number}}; }},
    {.name = "status", .value = [](Of, Row row) { return Value{std::string(schema_status(row.scene->state))}; },
     .written = PipelineFile::marker},
    {.name = "created_at", .value = [](Of, Row row) { return Value{timestamp_of(row.scene->first_modified_ns)}; }, .lasts = true},
    {.name = "updated_at", .value = [](Of, Row row) { return Value{timestamp_of(row.scene->last_modified_ns)}; }},
};

/// Derived from code versions; no attribute of a fix is written to a file.
inline constexpr TreeAttribute fix_attributes[] = {
    {.name = "error_hash", .value = [](Of of, Row row) { return Value{video::pipeline_error_hash(of.text(row.fix->error_log), of.text(row.fix->original))}; },
     .source = [](Row row) { return std::optional{row.fix->error_log}; }, .is_name = true},
    {.name = "error_message", .value = [](Of of, Row row) { return Value{std::string(last_error(of.text(row.fix->error_log)))}; },
     .source = [](Row row) { return std::optional{row.fix->error_log}; }},
    {.name = "original_code", .value = [](Of of, Row row) { return Value{of.text(row.fix->original)}; },
     .source = [](Row row) { return std::optional{row.fix->original}; }},
    {.name = "fixed_code", .value = [](Of of, Row row) { return Value{of.text(row.fix->fixed)}; },
     .source = [](Row row) { return std::optional{row.fix->fixed}; }},
    {.name = "topic", .value = [](Of of, Row row) { return Value{of.tree.topics[row.fix->topic].name.text}; }, .is_name = true, .lasts = true},
    {.name = "fix_method", .value = [](Of, Row row) { return Value{std::string(row.fix->fix_log ? "llm" : "auto")}; }},
    {.name = "success_count", .value = [](Of, Row row) { return Value{std::int64_t{row.fix->outcome == FixOutcome::worked}}; }},
    {.name = "failure_count", .value = [](Of, Row row) { return Value{std::int64_t{row.fix->outcome == FixOutcome::failed}}; }},
    {.name = "created_at", .value = [](Of, Row row) { return Value{timestamp_of(row.fix->made_ns)}; }, .lasts = true},
    {.name = "updated_at", .value = [](Of, Row row) { return Value{timestamp_of(row.fix->settled_ns)}; }},
};

/// `bucket_id` and `blob_id` are those that the file has without a record that specifies others.
inline constexpr TreeAttribute artifact_attributes[] = {
    {.name = "video_id", .value = [](Of of, Row row) { return of.topic_of(row) ? Value{of.topic_of(row)->id} : Value{}; }, .is_name = true},
    {.name = "scene_id", .value = [](Of of, Row row) { return of.scene_of(row) ? Value{of.scene_of(row)->id} : Value{}; }, .is_name = true},
    {.name = "kind", .value = [](Of of, Row row) { return Value{std::string(to_string(of.tree.files[*row.file].kind))}; }},
    {.name = "version", .value = [](Of of, Row row) {
       const auto version = of.tree.files[*row.file].version;
       return version ? Value{std::int64_t{*version}} : Value{};
     }},
    {.name = "path", .value = [](Of of, Row row) { return Value{record_path(of.tree.files[*row.file].path)}; }},
    {.name = "size", .value = [](Of of, Row row) { return Value{static_cast<std::int64_t>(of.tree.files[*row.file].size)}; }},
    {.name = "md5", .value = [](Of of, Row row) {
       return of.tree.files[*row.file].type == EntryType::folder ? Value{std::string()} : Value{of.blobs.content_of(*row.file).md5};
     },
     .source = [](Row row) { return row.file; }, .is_name = true},
    {.name = "bucket_id", .value = [](Of of, Row row) { return Value{of.blobs.own_address(*row.file).bucket}; }, .is_name = true, .lasts = true},
    {.name = "blob_id", .value = [](Of of, Row row) { return Value{of.blobs.own_address(*row.file).id}; }, .is_name = true, .lasts = true},
    {.name = "created_at", .value = [](Of of, Row row) { return Value{timestamp_of(of.tree.files[*row.file].modified_ns)}; }, .lasts = true},
    {.name = "updated_at", .value = [](Of of, Row row) { return Value{timestamp_of(of.tree.files[*row.file].modified_ns)}; }},
    {.name = "modified_at", .value = [](Of of, Row row) { return Value{timestamp_of(of.tree.files[*row.file].modified_ns)}; }},
};
// clang-format on

}  // namespace attribute_tables

}  // namespace reel::legacy
