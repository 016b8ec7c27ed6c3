#include <reel/video/statistics.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <reel/backends/memory.hpp>

#include "support/catch.hpp"
#include "support/plain_store.hpp"

namespace statistics_tests {

using namespace reel::video;

template <class Backend>
void set_up(Backend& backend) {
  reel::Repository<Video, Backend>(backend).setup();
  reel::Repository<Scene, Backend>(backend).setup();
  for (const reel::Bucket& bucket : buckets()) reel::BlobStore<Backend>(backend, bucket).setup();
}

template <class Backend>
void make_video(Backend& backend, const std::string& id, VideoStatus status, const std::vector<SceneStatus>& scenes) {
  const reel::Id<Video> video{id};
  reel::Repository<Video, Backend>(backend).create({.topic = "Topic", .status = status}, {.id = video});
  std::int64_t number = 0;
  for (const SceneStatus state : scenes)
    reel::Repository<Scene, Backend>(backend).create({.video_id = video, .scene_number = ++number, .status = state});
}

template <class Status>
std::int64_t count_of(const std::vector<StatusCount<Status>>& counts, Status wanted) {
  const auto found =
      std::find_if(counts.begin(), counts.end(), [wanted](const auto& one) { return one.status == wanted; });
  REQUIRE(found != counts.end());
  return found->count;
}

TEMPLATE_TEST_CASE("statistics of an empty store are all zero", "[statistics]", reel::Memory, PlainStore) {
  TestType store;
  set_up(store);
  const Statistics found = statistics(store);
  CHECK(found.videos == 0);
  CHECK(found.scenes == 0);
  CHECK(found.completed_share() == 0);
  CHECK(found.scenes_per_video == Spread{});
  CHECK(found.videos_by_status.size() == 7);
  CHECK(found.scenes_by_status.size() == 4);
  REQUIRE(found.buckets.size() == 5);
  for (const BucketUsage& usage : found.buckets) CHECK((usage.files == 0 && usage.bytes == 0));
}

TEMPLATE_TEST_CASE("statistics count videos, scenes and blobs", "[statistics]", reel::Memory, PlainStore) {
  TestType store;
  set_up(store);
  using enum SceneStatus;
  make_video(store, "a", VideoStatus::completed, {rendered, rendered, rendered, rendered});
  make_video(store, "b", VideoStatus::completed, {rendered});
  make_video(store, "c", VideoStatus::failed, {rendered, failed, planned, coded});
  make_video(store, "d", VideoStatus::queued, {});
  const reel::BlobStore<TestType> films(store, final_videos());
  for (int i = 1; i <= 250; ++i)
    films.put(reel::BlobId{"film" + std::to_string(i)}, reel::from_bytes(std::string_view("12345")),
              {.name = "film.mp4"});

  const Statistics found = statistics(store);
  CHECK(found.videos == 4);
  CHECK(count_of(found.videos_by_status, VideoStatus::completed) == 2);
  CHECK(count_of(found.videos_by_status, VideoStatus::failed) == 1);
  CHECK(count_of(found.videos_by_status, VideoStatus::rendering) == 0);
  CHECK(found.completed_share() == 0.5);
  CHECK(found.scenes == 9);
  CHECK(count_of(found.scenes_by_status, rendered) == 6);
  CHECK(count_of(found.scenes_by_status, planned) == 1);
  CHECK(found.scenes_per_video == Spread{.minimum = 0, .median = 2.5, .maximum = 4});
  CHECK(found.buckets[0] == BucketUsage{.bucket = "final_videos", .files = 250, .bytes = 1250});
  CHECK(found.buckets[4] == BucketUsage{.bucket = "artifacts"});

  make_video(store, "e", VideoStatus::planning, {planned, planned});
  CHECK(statistics(store).scenes_per_video == Spread{.minimum = 0, .median = 2, .maximum = 4});
}

TEMPLATE_TEST_CASE("statistics agree with a plain count", "[statistics]", reel::Memory, PlainStore) {
  TestType store;
  set_up(store);
  std::mt19937 chance(20250615);
  std::map<VideoStatus, std::int64_t> videos;
  std::map<SceneStatus, std::int64_t> states;
  std::vector<std::int64_t> per_video;
  for (int i = 0; i < 131; ++i) {
    const auto status = static_cast<VideoStatus>(chance() % 7);
    std::vector<SceneStatus> scenes(chance() % 6);
    for (SceneStatus& scene : scenes) ++states[scene = static_cast<SceneStatus>(chance() % 4)];
    make_video(store, "v" + std::to_string(i), status, scenes);
    ++videos[status];
    per_video.push_back(static_cast<std::int64_t>(scenes.size()));
  }
  const Statistics found = statistics(store);
  CHECK(found.videos == 131);
  for (const auto& [status, count] : found.videos_by_status) CHECK(count == videos[status]);
  for (const auto& [status, count] : found.scenes_by_status) CHECK(count == states[status]);
  std::sort(per_video.begin(), per_video.end());
  CHECK(found.scenes_per_video == Spread{.minimum = per_video.front(),
                                         .median = static_cast<double>(per_video[65]),
                                         .maximum = per_video.back()});
}

TEST_CASE("a missing bucket counts as empty, and a missing collection is an error", "[statistics]") {
  reel::Memory store;
  CHECK_THROWS_AS(statistics(store), reel::Error);
  reel::Repository<Video, reel::Memory>(store).setup();
  reel::Repository<Scene, reel::Memory>(store).setup();
  const Statistics found = statistics(store);
  REQUIRE(found.buckets.size() == 5);
  CHECK(found.buckets[3] == BucketUsage{.bucket = "source_code"});
}

}  // namespace statistics_tests
