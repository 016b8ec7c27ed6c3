#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace reel::legacy {

enum class Severity { info, warning, error };

/// What a reader of a tree can notice. Each code has one severity: `severity(code)`.
enum class Code {
  // the tree as a whole
  not_a_tree,  ///< the root is no readable folder
  empty_tree,  ///< no file below the root
  no_topics,   ///< files, but no topic folder
  // entries
  unreadable_folder,
  unreadable_file,
  changed_while_reading,  ///< size or time is no longer the listed one
  too_large,              ///< above ReadOptions::max_text_bytes, so not read as text
  link_inside,            ///< a link to something below the root; listed, not followed
  link_outside,
  link_loop,
  link_dangling,
  special_file,  ///< a socket, pipe or device; never opened
  name_not_utf8,
  store_inside,   ///< the folder of a store, which does not belong to the tree
  backup_folder,  ///< named as a saved copy of another folder; its files are artifacts and make no topic
  folder_instead_of_file,
  file_instead_of_folder,
  foreign_name,  ///< named for another topic or another scene than the folder it is in
  // topics
  renamed_folder,      ///< the files repeat another prefix than the folder's name
  prefix_collision,    ///< several topics share, or are bound to share, this folder
  repeated_prefix,     ///< the same prefix in more than one place of the tree
  ambiguous_video_id,  ///< a folder named like a document id that does not stand for exactly one topic
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
  source_missing,     ///< the version that was rendered has no source any more
  video_missing,      ///< rendered, but no video of the scene is left
  empty_video,
  orphan_media,     ///< media of a scene that has no folder
  doubtful_fix,     ///< two versions that follow each other, but may belong to different scenes or runs
  damaged_sidecar,  ///< a file of this library that cannot be read
  // records
  value_shortened,   ///< longer than its attribute; the record has the start of it
  value_left_out,    ///< nothing that its attribute can hold; the record goes without
  kept_as_artifact,  ///< too long for its bucket, or of another extension
  // text
  cp1252_text,
  byte_order_mark,
  mixed_line_ends,
  rich_frames,
};

constexpr Severity severity(Code code) {
  switch (code) {
    case Code::not_a_tree:
    case Code::unreadable_folder:
    case Code::unreadable_file:
    case Code::damaged_sidecar:
      return Severity::error;
    case Code::link_inside:
    case Code::name_not_utf8:
    case Code::repeated_prefix:
    case Code::missing_outline:
    case Code::video_missing:
    case Code::doubtful_fix:
    case Code::kept_as_artifact:
    case Code::byte_order_mark:
    case Code::rich_frames:
      return Severity::info;
    default:
      return Severity::warning;
  }
}

constexpr std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::info:
      return "info";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

constexpr std::string_view to_string(Code code) {
  switch (code) {
    case Code::not_a_tree:
      return "not_a_tree";
    case Code::empty_tree:
      return "empty_tree";
    case Code::no_topics:
      return "no_topics";
    case Code::unreadable_folder:
      return "unreadable_folder";
    case Code::unreadable_file:
      return "unreadable_file";
    case Code::changed_while_reading:
      return "changed_while_reading";
    case Code::too_large:
      return "too_large";
    case Code::link_inside:
      return "link_inside";
    case Code::link_outside:
      return "link_outside";
    case Code::link_loop:
      return "link_loop";
    case Code::link_dangling:
      return "link_dangling";
    case Code::special_file:
      return "special_file";
    case Code::name_not_utf8:
      return "name_not_utf8";
    case Code::store_inside:
      return "store_inside";
    case Code::backup_folder:
      return "backup_folder";
    case Code::folder_instead_of_file:
      return "folder_instead_of_file";
    case Code::file_instead_of_folder:
      return "file_instead_of_folder";
    case Code::foreign_name:
      return "foreign_name";
    case Code::renamed_folder:
      return "renamed_folder";
    case Code::prefix_collision:
      return "prefix_collision";
    case Code::repeated_prefix:
      return "repeated_prefix";
    case Code::ambiguous_video_id:
      return "ambiguous_video_id";
    case Code::missing_outline:
      return "missing_outline";
    case Code::empty_outline:
      return "empty_outline";
    case Code::api_error_outline:
      return "api_error_outline";
    case Code::malformed_outline:
      return "malformed_outline";
    case Code::outline_copies_differ:
      return "outline_copies_differ";
    case Code::scene_beyond_outline:
      return "scene_beyond_outline";
    case Code::partial_combination:
      return "partial_combination";
    case Code::empty_plan:
      return "empty_plan";
    case Code::api_error_plan:
      return "api_error_plan";
    case Code::plan_copies_differ:
      return "plan_copies_differ";
    case Code::renumbered_scene:
      return "renumbered_scene";
    case Code::stale_versions:
      return "stale_versions";
    case Code::duplicate_version:
      return "duplicate_version";
    case Code::source_missing:
      return "source_missing";
    case Code::video_missing:
      return "video_missing";
    case Code::empty_video:
      return "empty_video";
    case Code::orphan_media:
      return "orphan_media";
    case Code::doubtful_fix:
      return "doubtful_fix";
    case Code::damaged_sidecar:
      return "damaged_sidecar";
    case Code::value_shortened:
      return "value_shortened";
    case Code::value_left_out:
      return "value_left_out";
    case Code::kept_as_artifact:
      return "kept_as_artifact";
    case Code::cp1252_text:
      return "cp1252_text";
    case Code::byte_order_mark:
      return "byte_order_mark";
    case Code::mixed_line_ends:
      return "mixed_line_ends";
    case Code::rich_frames:
      return "rich_frames";
  }
  return "";
}

/// One observation about one path; reading goes on after it.
struct Diagnostic {
  Code code;
  Severity severity;
  std::string path;  ///< relative to the root, `/` between components, `.` for the root
  std::string message;

  Diagnostic(Code what, std::string where, std::string text)
      : code{what}, severity{legacy::severity(what)}, path{std::move(where)}, message{std::move(text)} {}
};

}  // namespace reel::legacy
