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

/// A bucket of the pipeline that contains the files of one role. The id of a blob is that of its record with `prefix`
/// before it.
struct RoleBucket {
  Role role{};
  std::string_view id{};
  std::string_view prefix{};
};

/// All of them; the fifth bucket of the pipeline, `artifacts`, contains the files of all other roles.
inline constexpr std::array role_buckets{
    RoleBucket{Role::final_video, "final_videos", "video_"}, RoleBucket{Role::scene_video, "scene_videos", "scene_"},
    RoleBucket{Role::subtitles, "subtitles", "subs_"}, RoleBucket{Role::source_code, "source_code", "code_"}};

/// The bucket of a role; null for roles whose files are in `artifacts` or nowhere.
[[nodiscard]] inline const RoleBucket* bucket_of(Role role) {
  const auto* found = std::ranges::find(role_buckets, role, &RoleBucket::role);
  return found == role_buckets.end() ? nullptr : found;
}
/// The bucket with this id; null for `artifacts` and the buckets of a program.
[[nodiscard]] inline const RoleBucket* role_bucket(std::string_view id) {
  const auto* found = std::ranges::find(role_buckets, id, &RoleBucket::id);
  return found == role_buckets.end() ? nullptr : found;
}

/// Whether the tree itself contains the blobs of a bucket. All other buckets are in `OwnBuckets`.
[[nodiscard]] inline bool is_pipeline_bucket(const Bucket& bucket) {
  return bucket.id == "artifacts" || role_bucket(bucket.id);
}

/// The reason why the bucket of a role does not accept a file, for people; nothing if it does. The limits are those of
/// `video::buckets()`. `artifacts` accepts every file.
[[nodiscard]] inline std::optional<std::string> refusal_of_bucket(Role role, const TreeFile& file) {
  static const std::vector<Bucket> buckets = video::buckets();
  const RoleBucket* const known = bucket_of(role);
  if (!known) return {};
  const auto bucket = std::ranges::find(buckets, known->id, &Bucket::id);
  if (bucket->max_size > 0 && file.size > static_cast<std::uint64_t>(bucket->max_size))
    return std::to_string(file.size) + " bytes, but bucket " + bucket->id + " accepts at most " +
           std::to_string(bucket->max_size);
  const std::string extension = driver::extension_of(file.path);
  if (bucket->extensions.empty() || std::ranges::find(bucket->extensions, extension) != bucket->extensions.end())
    return {};
  return "bucket " + bucket->id + " does not accept the extension '" + extension + "'";
}

/// Sets the role of a file. A file that the bucket of the role does not accept becomes an artifact, is reported as
/// `kept_as_artifact`, and is not named by a record.
inline void give_role(TreeFile& file, Role role, std::vector<Diagnostic>& diagnostics) {
  const auto refusal = refusal_of_bucket(role, file);
  file.role = refusal ? Role::artifact : role;
  if (refusal) diagnostics.emplace_back(Code::kept_as_artifact, file.path, *refusal + "; it is kept in artifacts");
}

}  // namespace reel::legacy
