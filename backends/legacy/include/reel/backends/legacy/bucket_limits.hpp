#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/model.hpp>
#include <reel/driver/content_type.hpp>
#include <reel/video/buckets.hpp>

namespace reel::legacy {

/// The pipeline's bucket for files of this role; nothing for those that are kept in `artifacts`, or nowhere.
[[nodiscard]] inline std::string_view bucket_of(Role role) {
  switch (role) {
    case Role::final_video:
      return "final_videos";
    case Role::scene_video:
      return "scene_videos";
    case Role::subtitles:
      return "subtitles";
    case Role::source_code:
      return "source_code";
    default:
      return {};
  }
}

/// Why the bucket of a role does not take a file; nothing if it does. `artifacts` takes every file.
[[nodiscard]] inline std::optional<std::string> refusal_of_bucket(Role role, const File& file) {
  static const std::vector<Bucket> buckets = video::buckets();
  const auto bucket = std::ranges::find(buckets, bucket_of(role), &Bucket::id);
  if (bucket == buckets.end()) return {};
  if (bucket->max_size > 0 && file.size > static_cast<std::uint64_t>(bucket->max_size))
    return std::to_string(file.size) + " bytes, and bucket " + bucket->id + " takes at most " +
           std::to_string(bucket->max_size);
  const std::string extension = driver::extension_of(file.path);
  if (bucket->extensions.empty() || std::ranges::find(bucket->extensions, extension) != bucket->extensions.end())
    return {};
  return "bucket " + bucket->id + " takes no file with the extension '" + extension + "'";
}

/// Sets the role of a file. A file that the role's bucket does not take becomes an artifact, and no record names it.
inline void give_role(File& file, Role role, std::vector<Diagnostic>& diagnostics) {
  const auto refusal = refusal_of_bucket(role, file);
  file.role = refusal ? Role::artifact : role;
  if (refusal) diagnostics.emplace_back(Code::kept_as_artifact, file.path, *refusal + "; it is kept in artifacts");
}

}  // namespace reel::legacy
