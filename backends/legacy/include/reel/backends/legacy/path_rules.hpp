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

/// Refuses, as `invalid`, a path on disk that could lead out of a tree, that no file can have, or that the writer needs
/// itself.
inline void check_path(std::string_view path) {
  const auto refuse = [&](const char* why) {
    throw Error(Errc::invalid, "the path '" + record_path(path.substr(0, 300)) + "' " + why, {.attribute = "path"});
  };
  if (path.empty()) refuse("is empty");
  if (path.size() > 4000) refuse("is longer than 4000 bytes");
  if (path.front() == '/') refuse("is absolute, and one relative to the tree's root is wanted");
  if (path.find('\0') != std::string_view::npos) refuse("has a NUL byte");
  for (const std::string_view part : components(path)) {
    if (part.empty()) refuse("has an empty component");
    if (part == "." || part == "..") refuse("has a component '.' or '..'");
    if (part.size() > 255) refuse("has a component of more than 255 bytes");
    if (is_own_name(part)) refuse("has a component '.reel.json' or '.reel-…', which are the store's own");
  }
}

/// Returns the checked path on disk of an artifact's `path`. `invalid` also if `record_path` does not write it.
inline std::string checked_disk_path(std::string_view written) {
  std::optional<std::string> path = disk_path(written);
  if (!path)
    throw Error(Errc::invalid,
                "the path '" + std::string(written.substr(0, 300)) +
                    "' has a backslash; one that is part of a name is written '\\\\', and '/' separates folders",
                {.attribute = "path"});
  check_path(*path);
  return *std::move(path);
}

/// The folder that the pipeline gives a new video. `invalid` for one that many topics share (`_`, unless allowed, and
/// the empty one, which stands for the root itself) or that is too long for the names of its files.
[[nodiscard]] inline std::string folder_of_topic(std::string_view topic, bool allow_ambiguous) {
  constexpr std::size_t longest = 200;  // with `_scene<N>_technical_implementation_plan.txt` behind it, 255 at most
  std::string prefix = topic_prefix(topic);
  const auto refuse = [&](const std::string& why) {
    throw Error(Errc::invalid, "the topic '" + std::string(topic.substr(0, 300)) + "' " + why, {.attribute = "topic"});
  };
  if (prefix.empty()) refuse("has no folder of its own: its files would lie in the root");
  if (prefix == "_" && !allow_ambiguous)
    refuse(
        "gets the folder '_', as every topic without a Latin letter or digit does; "
        "LegacyOptions::allow_ambiguous_folders lets one have it");
  if (prefix.size() > longest)
    refuse("gets a folder name of " + std::to_string(prefix.size()) + " bytes; at most " + std::to_string(longest) +
           " leave room for the names of its files");
  return prefix;
}

}  // namespace reel::legacy
