#pragma once

#include <string>
#include <string_view>

#include <reel/md5.hpp>
#include <reel/video/buckets.hpp>

namespace reel::legacy {

/// The first 28 hexadecimal digits of the md5 of `named`. With 28 digits, the prefixes `video_`, `scene_`, `subs_` and
/// `code_` still form an id of at most 36 characters.
inline std::string digest_id(const std::string& named) { return md5_hex(named).substr(0, 28); }

/// The id of the video in `topic_folder`, a path relative to the root with `/` between components (`.` for the root).
///
/// The same on every machine, different for every folder.
inline std::string video_id(std::string_view topic_folder) { return digest_id("video\n" + std::string{topic_folder}); }

/// The id of scene `number` of the video in `topic_folder`; in the form of `video_id`.
inline std::string scene_id(std::string_view topic_folder, int number) {
  return digest_id("scene\n" + std::to_string(number) + '\n' + std::string{topic_folder});
}

/// The id of the fix of version `from` of the code of scene `number`; in the same form.
inline std::string fix_id(std::string_view topic_folder, int number, int from) {
  return digest_id("fix\n" + std::to_string(from) + '\n' + std::to_string(number) + '\n' + std::string{topic_folder});
}

/// The id of the artifact of a file; in the same form. `path` is relative to the root.
inline std::string artifact_id(std::string_view path) { return digest_id("artifact\n" + std::string{path}); }

/// The id of the blob of a record: `video_<id>` and the like, with a digest instead of an id that is too long.
inline std::string blob_id(std::string_view prefix, const std::string& id) {
  return video::derived_id(prefix, id).str();
}

/// Whether a name is a document id as the pipeline's server assigns them: 20 lower-case hexadecimal digits. The
/// pipeline names the folder of a run after it.
constexpr bool is_recorded_id(std::string_view name) {
  return name.size() == 20 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace reel::legacy
