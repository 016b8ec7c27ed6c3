#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/video/buckets.hpp>
#include <reel/video/scene.hpp>
#include <reel/video/video.hpp>

namespace reel::video {

/// The number of records with a status.
template <class Status>
struct StatusCount {
  Status status{};         ///< a `VideoStatus` or `SceneStatus`
  std::int64_t count = 0;  ///< records with it

  /// Compares both members.
  friend bool operator==(const StatusCount&, const StatusCount&) = default;
};

/// The content of a bucket.
struct BucketUsage {
  std::string bucket{};    ///< its id
  std::int64_t files = 0;  ///< the number of blobs
  std::int64_t bytes = 0;  ///< the size of all blobs

  /// Compares all members.
  friend bool operator==(const BucketUsage&, const BucketUsage&) = default;
};

/// The distribution of some numbers; all zero without numbers.
struct Spread {
  std::int64_t minimum = 0;  ///< the smallest
  double median = 0;         ///< the middle one, or the mean of the two in the middle
  std::int64_t maximum = 0;  ///< the largest

  /// Compares all members.
  friend bool operator==(const Spread&, const Spread&) = default;
};

/// A summary of the store of a pipeline: the result of `statistics`.
struct Statistics {
  std::int64_t videos = 0;                                   ///< all videos
  std::int64_t scenes = 0;                                   ///< all scenes
  std::vector<StatusCount<VideoStatus>> videos_by_status{};  ///< every status, in the order of declaration
  std::vector<StatusCount<SceneStatus>> scenes_by_status{};  ///< every status, in the order of declaration
  Spread scenes_per_video{};                                 ///< stored scenes, regardless of `Video::scene_count`
  std::vector<BucketUsage> buckets{};  ///< those of `buckets()`; a bucket that the store does not have is empty

  /// The share of completed videos, from 0 to 1; 0 without videos.
  [[nodiscard]] double completed_share() const {
    for (const auto& [status, count] : videos_by_status) {
      if (status == VideoStatus::completed && videos > 0)
        return static_cast<double>(count) / static_cast<double>(videos);
    }
    return 0;
  }
};

namespace detail {

/// The number of records with each status. One count for each.
template <auto Member, class T, class Backend>
auto count_by_status(const Repository<T, Backend>& records) {
  using Status = std::remove_cvref_t<decltype(T{}.*Member)>;
  std::vector<StatusCount<Status>> counts;
  counts.reserve(EnumNames<Status>::names.size());
  for (const auto& [status, name] : EnumNames<Status>::names)
    counts.push_back({status, records.count(Query<T>{}.where(field<Member> == status))});
  return counts;
}

/// O(n log n).
[[nodiscard]] inline Spread spread_of(std::vector<std::int64_t> numbers) {
  if (numbers.empty()) return {};
  std::sort(numbers.begin(), numbers.end());
  const std::size_t middle = numbers.size() / 2;
  const auto upper = static_cast<double>(numbers[middle]);
  const double median = numbers.size() % 2 == 1 ? upper : (static_cast<double>(numbers[middle - 1]) + upper) / 2;
  return {.minimum = numbers.front(), .median = median, .maximum = numbers.back()};
}

/// Lists all blobs of the bucket.
template <class Backend>
BucketUsage usage_of(const BlobStore<Backend>& blobs) {
  BucketUsage usage{.bucket = blobs.bucket().id};
  try {
    for (const BlobInfo& info : blobs.all()) {
      ++usage.files;
      usage.bytes += info.size;
    }
  } catch (const Error& error) {
    if (error.code() != Errc::not_found) throw;
  }
  return usage;
}

}  // namespace detail

/// Summarizes the store of a pipeline. Requests: one count for each status and each video, the pages of all videos and
/// of all blobs. While others write, the numbers may be of different moments. Throws `not_found` if the store does not
/// have the collections `videos` and `scenes`.
template <class Backend>
requires RecordBackend<Backend> && BlobBackend<Backend>
[[nodiscard]] Statistics statistics(Backend& backend) {
  const Repository<Video, Backend> videos(backend);
  const Repository<Scene, Backend> scenes(backend);
  Statistics found;
  found.videos_by_status = detail::count_by_status<&Video::status>(videos);
  found.scenes_by_status = detail::count_by_status<&Scene::status>(scenes);
  for (const auto& status : found.videos_by_status) found.videos += status.count;
  for (const auto& status : found.scenes_by_status) found.scenes += status.count;
  std::vector<std::int64_t> per_video;
  for (const Record<Video>& video : videos.all())
    per_video.push_back(scenes.count(Query<Scene>{}.where(field<&Scene::video_id> == video.id)));
  found.scenes_per_video = detail::spread_of(std::move(per_video));
  for (const Bucket& bucket : buckets()) found.buckets.push_back(detail::usage_of(BlobStore<Backend>(backend, bucket)));
  return found;
}

}  // namespace reel::video
