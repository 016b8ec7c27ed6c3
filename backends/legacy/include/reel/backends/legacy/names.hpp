#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/legacy/name_parts.hpp>
#include <reel/backends/legacy/name_table.hpp>
#include <reel/backends/legacy/quality.hpp>

namespace reel::legacy {

/// The kind of a file, according to its name and folder alone. `<P>` is the prefix of the topic, `<N>` the number of a
/// scene. The names are those of the pipeline, both variants.
enum class FileKind : std::uint8_t {
  outline,       ///< `<P>_scene_outline.txt`
  outline_copy,  ///< `scene_outline.txt`
  session_id,
  trace_id,
  storyboard_plan,
  technical_plan,
  narration_plan,
  implementation_plan,       ///< `<P>_scene<N>_implementation_plan.txt`
  implementation_plan_copy,  ///< `implementation_plan.txt`
  rendered_marker,
  source,
  init_log,
  fix_log,
  visual_fix_log,
  error_log,
  render_error_log,
  rag_queries,
  combined_video,
  combined_subtitles,
  transcript,
  key_frame,
  scene_video,      ///< a finished render of manim, whatever its quality
  draft_video,      ///< a finished render in a folder that is not named after a quality; used if a version has no other
  scene_subtitles,  ///< in the folder of a scene video
  snapshot,
  voiceover_text,
  evaluation,
  token_usage,
  content_map,
  ingest,  ///< output of a paper reader, for the pipeline
  log,
  empty_folder,
  backup,    ///< another version of a file, see `foreign_file` and `foreign_folder`
  sidecar,   ///< written by this library, see `is_own_name`; also the folder of a store inside the tree
  metadata,  ///< of another program about other files, see `foreign_file`
  partial_video,
  tex,
  text_image,
  image,
  voiceover_audio,
  bytecode,
  scratch,
  other,
};

/// The origin of the files of a kind.
enum class Origin : std::uint8_t {
  pipeline,  ///< the pipeline, under a fixed name
  cache,     ///< can be created again from other files
  other,
};

/// One row of `file_kind_names`.
struct FileKindName {
  FileKind value{};
  std::string_view name{};
  Origin origin = Origin::other;
};

// clang-format off
/// The name and the origin of each kind. The names are stored in records: they must not change.
inline constexpr auto file_kind_names = [] {
  using enum FileKind;
  return std::to_array<FileKindName>({
      {outline, "outline", Origin::pipeline}, {outline_copy, "outline_copy", Origin::pipeline},
      {session_id, "session_id", Origin::pipeline}, {trace_id, "trace_id", Origin::pipeline},
      {storyboard_plan, "storyboard_plan", Origin::pipeline}, {technical_plan, "technical_plan", Origin::pipeline},
      {narration_plan, "narration_plan", Origin::pipeline},
      {implementation_plan, "implementation_plan", Origin::pipeline},
      {implementation_plan_copy, "implementation_plan_copy", Origin::pipeline},
      {rendered_marker, "rendered_marker", Origin::pipeline}, {source, "source", Origin::pipeline},
      {init_log, "init_log", Origin::pipeline}, {fix_log, "fix_log", Origin::pipeline},
      {visual_fix_log, "visual_fix_log", Origin::pipeline}, {error_log, "error_log", Origin::pipeline},
      {render_error_log, "render_error_log", Origin::pipeline}, {rag_queries, "rag_queries", Origin::pipeline},
      {combined_video, "combined_video", Origin::pipeline},
      {combined_subtitles, "combined_subtitles", Origin::pipeline}, {transcript, "transcript", Origin::pipeline},
      {key_frame, "key_frame"}, {scene_video, "scene_video", Origin::pipeline}, {draft_video, "draft_video"},
      {scene_subtitles, "scene_subtitles"}, {snapshot, "snapshot"}, {voiceover_text, "voiceover_text"},
      {evaluation, "evaluation"}, {token_usage, "token_usage"}, {content_map, "content_map"}, {ingest, "ingest"},
      {log, "log"}, {empty_folder, "empty_folder"}, {backup, "backup"}, {sidecar, "sidecar"}, {metadata, "metadata"},
      {partial_video, "partial_video", Origin::cache}, {tex, "tex", Origin::cache},
      {text_image, "text_image", Origin::cache}, {image, "image", Origin::cache},
      {voiceover_audio, "voiceover_audio", Origin::cache}, {bytecode, "bytecode", Origin::cache},
      {scratch, "scratch", Origin::cache}, {other, "other"},
  });
}();
// clang-format on

/// The name of a kind, as in the attribute `kind` of artifacts.
constexpr std::string_view to_string(FileKind kind) { return row_of(file_kind_names, kind).name; }
/// The origin of the files of a kind.
constexpr Origin origin(FileKind kind) { return row_of(file_kind_names, kind).origin; }

/// The sidecar in the folder of a topic: values of its records that no other file contains. See sidecar.hpp.
inline constexpr std::string_view sidecar_name = ".reel.json";
/// The log at the root: records, and changes to records, that no other file contains. See record_log.hpp.
inline constexpr std::string_view record_log_name = ".reel-records.jsonl";
/// The beginning of the names of files that are being written. One that exists when a tree is opened for writing is
/// left from a program that was killed.
inline constexpr std::string_view temporary_prefix = ".reel-new-";
/// The folder at the root that contains removed folders until they are deleted. Readers skip it.
inline constexpr std::string_view trash_name = ".reel-removed";
/// The folder at the root that contains the buckets that the pipeline does not have. Readers of the tree skip it.
inline constexpr std::string_view own_buckets_name = ".reel-buckets";

/// The same folder during the conversion of buckets in the earlier format; see own_buckets.hpp.
inline constexpr std::string_view new_buckets_name = ".reel-new-buckets";

/// Whether a folder belongs to this library and not to the tree. Such folders are skipped at any depth.
constexpr bool is_own_folder(std::string_view name) {
  return name == trash_name || name == own_buckets_name || name == new_buckets_name;
}

/// Whether a name is reserved for this library. The pipeline has no such names, and `check_path` refuses them in
/// records.
constexpr bool is_own_name(std::string_view name) { return name == sidecar_name || name.starts_with(".reel-"); }

/// The result of classifying a path: the kind of the file, and the scene and code version that it belongs to.
struct Placement {
  FileKind kind = FileKind::other;
  std::optional<int> scene = {};
  std::optional<int> version = {};
};

/// Removes `<P>_scene<N>_` from the front of `name` and returns true; otherwise keeps `name` and returns false.
inline bool consume_scene_prefix(std::string_view& name, std::string_view prefix, int scene) {
  std::string_view rest = name;
  if (!consume(rest, prefix) || !consume(rest, "_scene") || consume_number(rest) != scene || !consume(rest, "_"))
    return false;
  name = rest;
  return true;
}

/// The extension of a file name, without the dot; empty if it has none.
inline std::string_view extension_part(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : name.substr(dot + 1);
}

/// Classifies `v<V>.py` or one of the logs of a version; nothing for other names. A fork of the pipeline writes scenes
/// as `v<V>.html`.
///
/// - `rest`: a file name after `<P>_scene<N>_`
inline std::optional<Placement> place_version(std::string_view rest, int scene) {
  if (!consume(rest, "v")) return {};
  const std::optional<int> version = consume_number(rest);
  if (!version) return {};
  const auto as = [&](FileKind kind) { return Placement{kind, scene, version}; };
  if (rest == ".py" || rest == ".html") return as(FileKind::source);
  if (rest == "_init_log.txt") return as(FileKind::init_log);
  if (rest == "_fix_log.txt") return as(FileKind::fix_log);
  if (rest == "_vfix_log.txt") return as(FileKind::visual_fix_log);
  if (rest == "_error.log") return as(FileKind::error_log);
  if (rest == "_render_error.log") return as(FileKind::render_error_log);
  return {};
}

/// The number of a scene folder, `scene<N>` without padding; nothing for other names.
inline std::optional<int> scene_folder(std::string_view name) {
  if (!consume(name, "scene")) return {};
  const std::optional<int> number = consume_number(name);
  return name.empty() ? number : std::nullopt;
}

/// Classifies names that have the same meaning in every folder.
///
/// - `parts`: the components of a path; the last one is the file
inline FileKind place_anywhere(const std::vector<std::string_view>& parts) {
  for (const std::string_view part : parts) {
    if (part == "__pycache__") return FileKind::bytecode;
    if (part == "moviepy_temp" || part == "processed_videos") return FileKind::scratch;
    if (part == "pdf_ingest") return FileKind::ingest;
  }
  const std::string_view name = parts.back();
  if (name == "session_id.txt") return FileKind::session_id;
  if (name.starts_with("evaluation_") && name.ends_with(".json")) return FileKind::evaluation;
  if (name.ends_with(".log")) return FileKind::log;
  return FileKind::other;
}

/// Classifies a file below a `media` folder, which has the layout of manim:
///
///     videos/<P>_scene<N>_v<V>/<quality>/<name>.mp4               the render of a version
///     videos/…/<quality>/partial_movie_files/…                    its pieces
///     Tex/, texts/, images/, voiceovers/                          caches
///
/// - `parts`: the components below the `media` folder
/// - `prefix`: that of the topic; without one, scene and version are unknown
inline Placement place_media(const std::vector<std::string_view>& parts, std::optional<std::string_view> prefix) {
  if (parts.size() < 2) return {};
  const std::string_view name = parts.back();
  if (parts[0] == "Tex") return {.kind = FileKind::tex};
  if (parts[0] == "texts") return {.kind = FileKind::text_image};
  if (parts[0] == "images") return {.kind = FileKind::image};
  if (parts[0] == "voiceovers")
    return {.kind = name == "cache.json" ? FileKind::voiceover_text : FileKind::voiceover_audio};
  if (parts[0] != "videos" || parts.size() < 3) return {};

  Placement placement;
  std::string_view folder = parts[1];
  if (prefix && consume(folder, *prefix) && consume(folder, "_scene")) {
    const std::optional<int> scene = consume_number(folder);
    const bool separated = consume(folder, "_v");
    const std::optional<int> version = separated ? consume_number(folder) : std::nullopt;
    if (scene && version && folder.empty()) {
      placement.scene = scene;
      placement.version = version;
    }
  }
  for (const std::string_view part : parts)
    if (part == "partial_movie_files") placement.kind = FileKind::partial_video;
  if (placement.kind == FileKind::partial_video || parts.size() != 4) return placement;
  if (is_one_of(extension_part(name), {"mp4", "mkv", "avi", "mov", "webm"}))  // the last two: transparent films
    placement.kind = quality_of_folder(parts[2]) ? FileKind::scene_video : FileKind::draft_video;
  if (name.ends_with(".srt")) placement.kind = FileKind::scene_subtitles;
  if (name == "snapshot.png") placement.kind = FileKind::snapshot;
  return placement;
}

/// Classifies a file in the folder of a scene.
///
/// - `parts`: the components below that folder
/// - `prefix`: that of the topic. A file that is named after another scene or topic is classified by `place_anywhere`.
/// - `scene`: the number of the folder; every result has it
inline Placement place_in_scene(const std::vector<std::string_view>& parts, std::string_view prefix, int scene) {
  const auto as = [scene](FileKind kind) { return Placement{kind, scene, {}}; };
  const std::string_view folder = parts.size() == 2 ? parts[0] : std::string_view{};
  std::string_view name = parts.back();
  if (parts.size() == 1) {
    if (name == "implementation_plan.txt") return as(FileKind::implementation_plan_copy);
    if (name == "succ_rendered.txt") return as(FileKind::rendered_marker);
    if (name == "proto_tcm.json") return as(FileKind::content_map);
  }
  if (folder == "subplans" && name == "scene_trace_id.txt") return as(FileKind::trace_id);
  if ((folder == "subplans" || folder == "code") && name.starts_with("scene") && name.ends_with("_tokens.json"))
    return as(FileKind::token_usage);
  if (folder == "rag_cache" && name.starts_with("rag_queries_") && name.ends_with(".json"))
    return as(FileKind::rag_queries);

  if (parts.size() <= 2 && consume_scene_prefix(name, prefix, scene)) {
    if (parts.size() == 1 && name == "implementation_plan.txt") return as(FileKind::implementation_plan);
    if (folder == "subplans") {
      if (name == "vision_storyboard_plan.txt") return as(FileKind::storyboard_plan);
      if (name == "technical_implementation_plan.txt") return as(FileKind::technical_plan);
      if (name == "animation_narration_plan.txt") return as(FileKind::narration_plan);
    }
    if (parts.size() == 1 || folder == "code")
      if (const auto version = place_version(name, scene)) return *version;
  }
  return as(place_anywhere(parts));
}

/// Classifies a file in the folder of a topic.
///
/// - `inside`: its path below that folder
/// - `prefix`: that of the topic. It is removed from the left, so it may contain `scene`, `_v2` or digits, or be empty.
inline Placement place_in_topic(std::string_view inside, std::string_view prefix) {
  std::vector<std::string_view> parts = components(inside);
  std::string_view name = parts.front();
  if (parts.size() > 1) {
    parts.erase(parts.begin());
    if (const std::optional<int> scene = scene_folder(name)) return place_in_scene(parts, prefix, *scene);
    if (name == "media") return place_media(parts, prefix);
    if (name == "extract_images") return {.kind = FileKind::key_frame};
    return {.kind = place_anywhere(components(inside))};
  }
  if (name == "scene_outline.txt") return {.kind = FileKind::outline_copy};
  if (std::string_view rest = name; consume(rest, prefix)) {
    if (rest == "_scene_outline.txt") return {.kind = FileKind::outline};
    if (rest == "_scene_outline_tokens.json") return {.kind = FileKind::token_usage};
    if (rest == "_combined_tcm.json") return {.kind = FileKind::content_map};
    if (consume(rest, "_combined.")) {
      if (is_one_of(rest, {"mp4", "mkv", "avi"})) return {.kind = FileKind::combined_video};
      if (is_one_of(rest, {"srt", "vtt", "ass"})) return {.kind = FileKind::combined_subtitles};
      if (rest == "txt") return {.kind = FileKind::transcript};
    }
  }
  return {.kind = place_anywhere(parts)};
}

/// Classifies a file outside of topic folders.
///
/// - `path`: relative to the root
inline Placement place_outside(std::string_view path) {
  std::vector<std::string_view> parts = components(path);
  if (const FileKind kind = place_anywhere(parts); kind != FileKind::other) return {.kind = kind};
  for (std::size_t i = 0; i + 1 < parts.size(); ++i)
    if (parts[i] == "media")
      return place_media({parts.begin() + static_cast<std::ptrdiff_t>(i) + 1, parts.end()}, std::nullopt);
  return {};
}

/// Removes a run of digits from the front of `text` and returns it without padding.
inline std::string_view consume_digits(std::string_view& text) {
  std::string_view digits = text.substr(0, text.find_first_not_of("0123456789"));
  text.remove_prefix(digits.size());
  while (digits.size() > 1 && digits.front() == '0') digits.remove_prefix(1);
  return digits;
}

/// Orders names as people read them: runs of digits compare as numbers, so `scene10` comes after `scene2`. A strict
/// weak order; names that differ only in padding are ordered by their bytes.
inline bool natural_less(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const std::string_view left = a, right = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a.front()) && is_digit(b.front())) {
      const std::string_view x = consume_digits(a), y = consume_digits(b);
      if (x != y) return std::pair(x.size(), x) < std::pair(y.size(), y);
    } else {
      if (a.front() != b.front()) return a.substr(0, 1) < b.substr(0, 1);
      a.remove_prefix(1);
      b.remove_prefix(1);
    }
  }
  if (a.empty() != b.empty()) return a.empty();
  return left < right;  // equal but for padding
}

}  // namespace reel::legacy
