#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/legacy/model.hpp>
#include <reel/blob.hpp>
#include <reel/driver/content_type.hpp>
#include <reel/video/buckets.hpp>

namespace reel::legacy {

/// A bucket of the pipeline that has files of one role. A blob's id is that of its record with `prefix` before it.
struct RoleBucket {
  Role role{};
  std::string_view id{};
  std::string_view prefix{};
};

inline constexpr std::array role_buckets{
    RoleBucket{Role::final_video, "final_videos", "video_"}, RoleBucket{Role::scene_video, "scene_videos", "scene_"},
    RoleBucket{Role::subtitles, "subtitles", "subs_"}, RoleBucket{Role::source_code, "source_code", "code_"}};

/// Null for roles whose files are in `artifacts`, or nowhere.
[[nodiscard]] inline const RoleBucket* bucket_of(Role role) {
  const auto* found = std::ranges::find(role_buckets, role, &RoleBucket::role);
  return found == role_buckets.end() ? nullptr : found;
}
/// Null for `artifacts` and the buckets of a program.
[[nodiscard]] inline const RoleBucket* role_bucket(std::string_view id) {
  const auto* found = std::ranges::find(role_buckets, id, &RoleBucket::id);
  return found == role_buckets.end() ? nullptr : found;
}

[[nodiscard]] inline bool is_pipeline_bucket(const Bucket& bucket) {
  return bucket.id == "artifacts" || role_bucket(bucket.id);
}

/// Why the bucket of a role does not take a file; nothing if it does. `artifacts` takes every file.
[[nodiscard]] inline std::optional<std::string> refusal_of_bucket(Role role, const TreeFile& file) {
  static const std::vector<Bucket> buckets = video::buckets();
  const RoleBucket* const known = bucket_of(role);
  if (!known) return {};
  const auto bucket = std::ranges::find(buckets, known->id, &Bucket::id);
  if (bucket->max_size > 0 && file.size > static_cast<std::uint64_t>(bucket->max_size))
    return std::to_string(file.size) + " bytes, and bucket " + bucket->id + " takes at most " +
           std::to_string(bucket->max_size);
  const std::string extension = driver::extension_of(file.path);
  if (bucket->extensions.empty() || std::ranges::find(bucket->extensions, extension) != bucket->extensions.end())
    return {};
  return "bucket " + bucket->id + " takes no file with the extension '" + extension + "'";
}

/// Sets the role of a file. A file that the role's bucket does not take becomes an artifact, and no record names it.
inline void give_role(TreeFile& file, Role role, std::vector<Diagnostic>& diagnostics) {
  const auto refusal = refusal_of_bucket(role, file);
  file.role = refusal ? Role::artifact : role;
  if (refusal) diagnostics.emplace_back(Code::kept_as_artifact, file.path, *refusal + "; it is kept in artifacts");
}

}  // namespace reel::legacy
