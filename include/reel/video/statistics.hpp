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

template <class Status>
struct StatusCount {
  Status status{};
  std::int64_t count = 0;

  friend bool operator==(const StatusCount&, const StatusCount&) = default;
};

struct BucketUsage {
  std::string bucket{};
  std::int64_t files = 0;
  std::int64_t bytes = 0;

  friend bool operator==(const BucketUsage&, const BucketUsage&) = default;
};

/// Of some numbers; all zero if there are none.
struct Spread {
  std::int64_t minimum = 0;
  double median = 0;  ///< of an even number of them the mean of the two in the middle
  std::int64_t maximum = 0;

  friend bool operator==(const Spread&, const Spread&) = default;
};

/// What a pipeline's store holds.
struct Statistics {
  std::int64_t videos = 0;
  std::int64_t scenes = 0;
  std::vector<StatusCount<VideoStatus>> videos_by_status{};  ///< every status, in the order of declaration
  std::vector<StatusCount<SceneStatus>> scenes_by_status{};
  Spread scenes_per_video{};           ///< scenes that are there, whatever `Video::scene_count` says
  std::vector<BucketUsage> buckets{};  ///< those of `buckets()`; one that the store does not have holds nothing

  /// From 0 to 1; 0 without videos.
  [[nodiscard]] double completed_share() const {
    for (const auto& [status, count] : videos_by_status) {
      if (status == VideoStatus::completed && videos > 0)
        return static_cast<double>(count) / static_cast<double>(videos);
    }
    return 0;
  }
};

namespace detail {

/// Each status counted by its index.
template <auto Member, class T, class Backend>
auto count_by_status(const Repository<T, Backend>& records) {
  using Status = std::remove_cvref_t<decltype(T{}.*Member)>;
  std::vector<StatusCount<Status>> counts;
  counts.reserve(EnumNames<Status>::names.size());
  for (const auto& [status, name] : EnumNames<Status>::names)
    counts.push_back({status, records.count(Query<T>{}.where(field<Member> == status))});
  return counts;
}

[[nodiscard]] inline Spread spread_of(std::vector<std::int64_t> numbers) {
  if (numbers.empty()) return {};
  std::sort(numbers.begin(), numbers.end());
  const std::size_t middle = numbers.size() / 2;
  const auto upper = static_cast<double>(numbers[middle]);
  const double median = numbers.size() % 2 == 1 ? upper : (static_cast<double>(numbers[middle - 1]) + upper) / 2;
  return {.minimum = numbers.front(), .median = median, .maximum = numbers.back()};
}

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

/// Counts what a store of the pipeline holds. Costs a count for each status and for each video, the pages of all
/// videos and of all blobs. While others write, the numbers may be of different moments. `not_found`: the store has no
/// videos or scenes collection.
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
