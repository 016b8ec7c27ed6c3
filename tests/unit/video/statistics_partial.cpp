#include <algorithm>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/video/catalog.hpp>
#include <reel/video/queue.hpp>
#include <reel/video/statistics.hpp>

#include "support/catch.hpp"
#include "support/plain_store.hpp"
#include "support/video/statistics_check.hpp"

// Statistics of a store that cannot count, with more records than are read.

namespace statistics_partial_tests {

using namespace reel;
using namespace reel::video;
using statistics_check::present;
using enum VideoStatus;

using Numbers = std::initializer_list<std::pair<VideoStatus, int>>;

/// Creates these numbers of videos, which were changed in this order.
void fill(PlainStore& store, const Numbers& numbers) {
  Catalog(store).setup();
  Timestamp at = present;
  for (const auto& [status, count] : numbers) {
    for (int i = 0; i < count; ++i) {
      at += std::chrono::milliseconds{1};
      records<Video>(store).create({.topic = "t", .status = status, .created_at = at},
                                   {.created_at = at, .updated_at = at});
    }
  }
}

std::optional<StatusCount> number_of(const StatusCounts& counts, const std::string& name) {
  const auto one = std::find_if(counts.by_status.begin(), counts.by_status.end(),
                                [&](const StatusCount& count) { return count.status == name; });
  return one == counts.by_status.end() ? std::nullopt : std::optional(*one);
}
StatusCount exactly(const std::string& name, std::int64_t count) { return {.status = name, .count = count}; }
StatusCount at_least(const std::string& name, std::int64_t count) {
  return {.status = name, .count = count, .is_partial = true};
}

const Numbers many{{failed, 5}, {rendering, 2}, {queued, 3}, {completed, 30}};

TEST_CASE("as many videos as are read are all counted", "[statistics][statistics_partial]") {
  PlainStore store;
  fill(store, many);
  const Statistics found = statistics(store, {.most_read = 40});
  CHECK_FALSE(found.is_partial());
  CHECK(found.videos.total == 40);
  CHECK(found.completed_share() == 0.75);
}

TEST_CASE("of too many videos all states but completed are exact", "[statistics][statistics_partial]") {
  PlainStore store;
  fill(store, many);
  const Statistics all = statistics(store, {.most_read = 20});
  CHECK(all.is_partial());
  CHECK(all.videos.is_partial);
  CHECK(all.videos.total == 30);
  CHECK(number_of(all.videos, "completed") == at_least("completed", 20));
  CHECK(number_of(all.videos, "failed") == exactly("failed", 5));
  CHECK(number_of(all.videos, "planning") == exactly("planning", 0));
  CHECK(number_of(all.videos, "queued") == exactly("queued", 3));
  CHECK(all.summary.waiting == 3);
  CHECK(all.summary.in_progress == 2);
  CHECK(all.summary.oldest_waiting == present + std::chrono::milliseconds{8});
  CHECK_FALSE(all.summary.is_partial);
  CHECK(all.completed_share() == std::nullopt);
  CHECK(statistics(store, {.most_read = 20, .is_complete = true}).videos.total == 40);
}

TEST_CASE("of too many failed videos those that wait are exact", "[statistics][statistics_partial]") {
  PlainStore store;
  fill(store, many);
  const Statistics all = statistics(store, {.most_read = 8});
  CHECK(number_of(all.videos, "rendering") == exactly("rendering", 2));
  CHECK(number_of(all.videos, "ready_for_render") == exactly("ready_for_render", 0));
  CHECK(number_of(all.videos, "queued") == exactly("queued", 3));
  CHECK(number_of(all.videos, "planning") == exactly("planning", 0));
  CHECK(number_of(all.videos, "failed") == at_least("failed", 3));
  CHECK(number_of(all.videos, "completed") == at_least("completed", 8));
  CHECK_FALSE(all.summary.is_partial);
}

TEST_CASE("of too many videos that wait their number is partial", "[statistics][statistics_partial]") {
  PlainStore store;
  fill(store, many);
  const Statistics all = statistics(store, {.most_read = 4});
  CHECK(number_of(all.videos, "rendering") == exactly("rendering", 2));
  CHECK(number_of(all.videos, "queued") == at_least("queued", 2));
  CHECK(number_of(all.videos, "planning") == at_least("planning", 0));
  CHECK(all.summary.waiting == 2);
  CHECK(all.summary.is_partial);
}

TEST_CASE("of too many scenes those before rendered are exact", "[statistics][statistics_partial]") {
  PlainStore store;
  fill(store, {{completed, 1}});
  const auto video = records<Video>(store).first(Query<Video>{});
  std::int64_t number = 0;
  const auto add = [&](SceneStatus status, int count) {
    for (int i = 0; i < count; ++i)
      records<Scene>(store).create({.video_id = video->id, .scene_number = ++number, .status = status});
  };
  add(SceneStatus::rendered, 10);
  add(SceneStatus::coded, 2);
  add(SceneStatus::failed, 3);
  const StatusCounts scenes = statistics(store, {.most_read = 6}).scenes;
  CHECK(scenes.is_partial);
  CHECK(scenes.total == 6);
  CHECK(number_of(scenes, "coded") == exactly("coded", 2));
  CHECK(number_of(scenes, "failed") == exactly("failed", 3));
  CHECK(number_of(scenes, "planned") == exactly("planned", 0));
  CHECK(number_of(scenes, "rendered") == at_least("rendered", 1));
  CHECK(statistics(store, {.most_read = 15}).scenes.total == 15);
  CHECK_FALSE(statistics(store, {.most_read = 15}).scenes.is_partial);
}

TEST_CASE("of too many entries the numbers of all queues are partial", "[statistics][statistics_partial]") {
  PlainStore store;
  fill(store, {});
  const Queue queue(store);
  queue.setup();
  for (int i = 0; i < 5; ++i) queue.add({.topic = "t"});
  const auto depth = [&](std::int64_t most) { return statistics(store, {.most_read = most}).queues.at(0); };
  CHECK(depth(5) == QueueDepth{.queue = "render", .waiting = 5});
  CHECK(depth(4) == QueueDepth{.queue = "render", .waiting = 4, .is_partial = true});
}

TEST_CASE("topics of finished videos that were not read are partial", "[statistics][statistics_partial]") {
  PlainStore store;
  const Catalog catalog(store);
  catalog.setup();
  for (int i = 0; i < 4; ++i) {
    const auto video = catalog.create_video({.topic = "Bayes"});
    for (const VideoStatus status : {queued_for_render, rendering, completed}) catalog.update_status(video.id, status);
  }
  const GroupCount of_bayes{.name = "Bayes", .completed = 4};
  const StatisticsOptions few{.most_read = 16};  // as many as there are events
  CHECK(statistics(store, few).topics.top == std::vector{of_bayes});
  CHECK_FALSE(statistics(store, few).topics.is_partial);
  const Timestamp later = now() + std::chrono::minutes{1};
  for (int i = 0; i < 16; ++i)
    records<Video>(store).create({.topic = "Gauss"}, {.created_at = later, .updated_at = later});
  const Statistics all = statistics(store, few);
  CHECK_FALSE(all.events.is_partial);
  CHECK(all.topics.is_partial);
  CHECK(all.owners.is_partial);
  CHECK(all.topics.top == std::vector{GroupCount{.completed = 4}});
}

}  // namespace statistics_partial_tests
