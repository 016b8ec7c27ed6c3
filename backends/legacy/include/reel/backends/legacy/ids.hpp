#pragma once

#include <string>
#include <string_view>

#include "reel/md5.hpp"

namespace reel::legacy {

/// The id of the video in `topic_folder`, a path relative to the tree's root with `/` between components (`.` for the
/// root).
///
/// 32 lower-case hexadecimal digits; the same on every machine, different for every folder.
inline std::string video_id(std::string_view topic_folder) { return md5_hex("video\n" + std::string{topic_folder}); }

/// The id of scene `number` of the video in `topic_folder`; of the same form as `video_id`.
inline std::string scene_id(std::string_view topic_folder, int number) {
  return md5_hex("scene\n" + std::to_string(number) + '\n' + std::string{topic_folder});
}

/// True for a document id as the pipeline's server makes them: 20 lower-case hexadecimal digits.
constexpr bool is_recorded_id(std::string_view name) {
  return name.size() == 20 && name.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace reel::legacy
