#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/backends/legacy/names.hpp>
#include <reel/backends/legacy/record_path.hpp>
#include <reel/backends/legacy/sanitise.hpp>
#include <reel/error.hpp>

namespace reel::legacy {

/// Throws `invalid` for a path on disk that could lead out of the tree, that no file can have (the limits are NAME_MAX
/// and about PATH_MAX of Linux), or that this library needs itself.
inline void check_path(std::string_view path) {
  const auto refuse = [&](const char* why) {
    throw Error(Errc::invalid, "the path '" + record_path(path.substr(0, 300)) + "' " + why, {.attribute = "path"});
  };
  if (path.empty()) refuse("is empty");
  if (path.size() > 4000) refuse("is longer than 4000 bytes");
  if (path.front() == '/') refuse("is absolute; it must be relative to the root of the tree");
  if (path.find('\0') != std::string_view::npos) refuse("has a NUL byte");
  for (const std::string_view part : components(path)) {
    if (part.empty()) refuse("has an empty component");
    if (part == "." || part == "..") refuse("has a component '.' or '..'");
    if (part.size() > 255) refuse("has a component of more than 255 bytes");
    if (is_own_name(part)) refuse("has a component '.reel.json' or '.reel-…', which are reserved");
  }
}

/// The path on disk of the `path` of an artifact. Throws `invalid` if `record_path` does not write it so, or if
/// `check_path` refuses it.
inline std::string checked_disk_path(std::string_view written) {
  std::optional<std::string> path = disk_path(written);
  if (!path)
    throw Error(
        Errc::invalid,
        "the path '" + std::string(written.substr(0, 300)) +
            "' has an unescaped backslash; write '\\\\' for one that is part of a name, and '/' between folders",
        {.attribute = "path"});
  check_path(*path);
  return *std::move(path);
}

/// The folder that the pipeline would use for a new video, relative to the root.
///
/// - `topic`: as the user typed it
/// - `allow_ambiguous`: whether `_` may be used, the folder of every topic without a Latin letter or digit
///
/// Throws `invalid` for `_` unless it is allowed, for an empty name, which would be the root itself, and for a name
/// that is too long for the names of its files.
[[nodiscard]] inline std::string folder_of_topic(std::string_view topic, bool allow_ambiguous) {
  constexpr std::size_t longest = 200;  // at most 255 with `_scene<N>_technical_implementation_plan.txt`
  std::string prefix = topic_prefix(topic);
  const auto refuse = [&](const std::string& why) {
    throw Error(Errc::invalid, "the topic '" + std::string(topic.substr(0, 300)) + "' " + why, {.attribute = "topic"});
  };
  if (prefix.empty()) refuse("yields an empty folder name; its files would be in the root");
  if (prefix == "_" && !allow_ambiguous)
    refuse(
        "yields the folder '_', like every topic without a Latin letter or digit; "
        "LegacyOptions::allow_ambiguous_folders permits it for one topic");
  if (prefix.size() > longest)
    refuse("yields a folder name of " + std::to_string(prefix.size()) + " bytes; at most " + std::to_string(longest) +
           " leave room for the names of its files");
  return prefix;
}

}  // namespace reel::legacy
