#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/name_table.hpp>
#include <reel/driver/enumerator_name.hpp>

namespace reel::legacy {

/// `info`: harmless. `warning`: the tree differs from one that the pipeline leaves. `error`: something cannot be read.
enum class Severity { info, warning, error };

/// The observations of a reader of a tree. Each code has one severity: `severity(code)`. `reel doctor` prints their
/// names, and docs/legacy-tree.md describes what a copy does with the affected records.
enum class Code {
  // the tree as a whole
  not_a_tree,  ///< the root is not a readable folder
  empty_tree,  ///< no file below the root
  no_topics,   ///< files, but no topic folder
  // entries
  unreadable_folder,
  unreadable_file,
  changed_while_reading,  ///< size or time is no longer the listed one
  too_large,              ///< above ReadOptions::max_text_bytes, therefore not read as text
  link_inside,            ///< a link to something below the root; listed, not followed
  link_outside,
  link_loop,
  link_dangling,
  special_file,  ///< a socket, pipe or device; never opened
  name_not_utf8,
  store_inside,   ///< the folder of a store, which does not belong to the tree
  backup_folder,  ///< named like a saved copy of another folder; its files are artifacts, and it is not a topic
  folder_instead_of_file,
  file_instead_of_folder,
  foreign_name,  ///< named after another topic or scene than its folder
  // topics
  renamed_folder,      ///< the files repeat another prefix than the folder's name
  prefix_collision,    ///< several topics have, or must have, this folder name
  repeated_prefix,     ///< the same prefix in several folders of the tree
  ambiguous_video_id,  ///< a folder named like a document id that does not contain exactly one topic
  missing_outline,
  empty_outline,
  api_error_outline,
  malformed_outline,
  outline_copies_differ,
  scene_beyond_outline,  ///< a scene folder whose number the outline does not have
  partial_combination,   ///< a combined video although not every scene was rendered
  // scenes
  empty_plan,
  api_error_plan,
  plan_copies_differ,
  renumbered_scene,  ///< code or video names another scene's class
  stale_versions,
  duplicate_version,  ///< the same version in the scene folder and in its `code` folder
  source_missing,     ///< the source of the rendered version no longer exists
  video_missing,      ///< rendered, but no video of the scene is left
  empty_video,
  orphan_media,     ///< media of a scene that has no folder
  doubtful_fix,     ///< two consecutive versions that may belong to different scenes or runs
  damaged_sidecar,  ///< a file of this library that cannot be read
  // records
  value_shortened,   ///< longer than its attribute permits; the record has the beginning
  value_left_out,    ///< not valid for its attribute; the record does not have it
  kept_as_artifact,  ///< the file is too large for its bucket, or has another extension
  // text
  cp1252_text,
  byte_order_mark,
  mixed_line_ends,
  rich_frames,
};

/// One row of `code_names`.
struct CodeName {
  Code value{};
  std::string_view name{};
  Severity severity = Severity::warning;
};

// clang-format off
/// The name and the severity of each code.
inline constexpr auto code_names = [] {
  using enum Code;
  return std::to_array<CodeName>({
      {not_a_tree, "not_a_tree", Severity::error}, {empty_tree, "empty_tree"}, {no_topics, "no_topics"},
      {unreadable_folder, "unreadable_folder", Severity::error}, {unreadable_file, "unreadable_file", Severity::error},
      {changed_while_reading, "changed_while_reading"}, {too_large, "too_large"},
      {link_inside, "link_inside", Severity::info}, {link_outside, "link_outside"}, {link_loop, "link_loop"},
      {link_dangling, "link_dangling"}, {special_file, "special_file"},
      {name_not_utf8, "name_not_utf8", Severity::info}, {store_inside, "store_inside"},
      {backup_folder, "backup_folder"}, {folder_instead_of_file, "folder_instead_of_file"},
      {file_instead_of_folder, "file_instead_of_folder"}, {foreign_name, "foreign_name"},
      {renamed_folder, "renamed_folder"}, {prefix_collision, "prefix_collision"},
      {repeated_prefix, "repeated_prefix", Severity::info}, {ambiguous_video_id, "ambiguous_video_id"},
      {missing_outline, "missing_outline", Severity::info}, {empty_outline, "empty_outline"},
      {api_error_outline, "api_error_outline"}, {malformed_outline, "malformed_outline"},
      {outline_copies_differ, "outline_copies_differ"}, {scene_beyond_outline, "scene_beyond_outline"},
      {partial_combination, "partial_combination"}, {empty_plan, "empty_plan"}, {api_error_plan, "api_error_plan"},
      {plan_copies_differ, "plan_copies_differ"}, {renumbered_scene, "renumbered_scene"},
      {stale_versions, "stale_versions"}, {duplicate_version, "duplicate_version"}, {source_missing, "source_missing"},
      {video_missing, "video_missing", Severity::info}, {empty_video, "empty_video"}, {orphan_media, "orphan_media"},
      {doubtful_fix, "doubtful_fix", Severity::info}, {damaged_sidecar, "damaged_sidecar", Severity::error},
      {value_shortened, "value_shortened"}, {value_left_out, "value_left_out"},
      {kept_as_artifact, "kept_as_artifact", Severity::info}, {cp1252_text, "cp1252_text"},
      {byte_order_mark, "byte_order_mark", Severity::info}, {mixed_line_ends, "mixed_line_ends"},
      {rich_frames, "rich_frames", Severity::info},
  });
}();
// clang-format on

/// The severity of a code; `warning` unless the table has another.
constexpr Severity severity(Code code) { return row_of(code_names, code).severity; }
/// The name of a code, as `reel doctor` prints it.
constexpr std::string_view to_string(Code code) { return row_of(code_names, code).name; }

/// The name of a severity.
constexpr std::string_view to_string(Severity severity) {
  using enum Severity;
  return driver::enumerator_name(severity, {{info, "info"}, {warning, "warning"}, {error, "error"}});
}

/// One observation about one path. Reading continues after it.
struct Diagnostic {
  Code code;
  Severity severity;
  std::string path;  ///< relative to the root, `/` between components, `.` for the root
  std::string message;

  /// An observation with the severity of its code.
  ///
  /// - `what`: the kind of observation
  /// - `where`: the path
  /// - `text`: the details, for people; not a whole sentence
  Diagnostic(Code what, std::string where, std::string text)
      : code{what}, severity{legacy::severity(what)}, path{std::move(where)}, message{std::move(text)} {}
};

}  // namespace reel::legacy
