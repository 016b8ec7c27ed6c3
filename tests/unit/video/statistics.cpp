#include <reel/video/statistics.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>
#include <reel/blob/sources.hpp>
#include <reel/video/catalog.hpp>
#include <reel/video/queue.hpp>
#include <reel/video/statistics_feed.hpp>

#include "stores.hpp"
#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/plain_store.hpp"
#include "support/video/statistics_check.hpp"

namespace statistics_tests {

using namespace reel;
using namespace reel::video;
using namespace std::chrono_literals;
using statistics_check::present;

/// The options that each pipeline is counted with.
std::vector<StatisticsOptions> choices() {
  return {{.until = present},
          {.since = present - 24h * 4, .until = present, .top = 3},
          {.since = present - 90min, .until = present},
          {.since = present - 24h * 200, .until = present - 7h, .top = 2},
          {.until = present, .owner_id = "owner1"},
          {.since = present - 24h * 4, .until = present, .topic = "Topic 3"},
          {.since = present - 24h * 4, .until = present, .owner_id = "owner2", .topic = "Topic 3"}};
}

template <class Backend>
void compare(const statistics_check::Pipeline& pipeline, Backend& store) {
  for (const StatisticsOptions& options : choices()) {
    const auto is_chosen = [&](const auto& video) {
      return (!options.owner_id || video.second.owner_id == options.owner_id) &&
             (!options.topic || video.second.topic == options.topic);
    };
    const bool has_any = std::any_of(pipeline.videos.begin(), pipeline.videos.end(), is_chosen);
    if (!has_any) {
      CHECK(testing::error_from([&] { static_cast<void>(statistics(store, options)); }).code() == Errc::not_found);
      continue;
    }
    const Statistics expected = statistics_check::Count(pipeline, options).result();
    const Statistics found = statistics(store, options);
    CHECK_FALSE(found.is_partial());
    CHECK(found.summary == expected.summary);
    CHECK(found.durations == expected.durations);
    CHECK(statistics_check::comparable(found) == expected);
  }
}

TEST_CASE("statistics equal a count of every record, on each store", "[statistics]") {
  const auto seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  const auto pipeline = statistics_check::Generator(static_cast<std::uint64_t>(seed), false).make(150);
  const auto check = [&](auto& store) {
    statistics_check::store<VideoStatus, SceneStatus>(pipeline, store);
    compare(pipeline, store);
  };
  video_tests::on_each_store(check);
  SECTION("a store without indexes") {
    PlainStore store;
    check(store);
  }
}

TEST_CASE("statistics of a legacy tree equal a count of every record", "[statistics]") {
  const testing::TemporaryFolder folder;
  AnyStore store(std::make_shared<Legacy>(folder.path() + "/tree",
                                          LegacyOptions{.write_as = legacy::Variant::v2, .durable = false}));
  const auto pipeline = statistics_check::Generator(4, false, false).make(40);
  statistics_check::store<VideoStatus, SceneStatus>(pipeline, store);
  compare(pipeline, store);
}

TEST_CASE("videos without a status are counted under an empty name", "[statistics]") {
  const auto check = [](auto& store) {
    Catalog(store).setup();
    records<VideoRow>(store).create({.topic = "a"});
    records<VideoRow>(store).create({.topic = "b", .status = VideoStatus::failed});
    const Statistics found = statistics(store);
    CHECK(found.videos.total == 2);
    CHECK(found.videos.of("") == 1);
    CHECK(found.videos.of("failed") == 1);
    CHECK(found.videos.of("queued") == 0);
    CHECK(found.summary.waiting == 0);
  };
  Memory memory;
  check(memory);
  PlainStore plain;
  check(plain);
}

TEST_CASE("statistics of an empty store are all zero, and those of none are an error", "[statistics]") {
  const auto check = [](auto& store) {
    CHECK(testing::error_from([&] { static_cast<void>(statistics(store)); }).code() == Errc::not_found);
    records<Video>(store).setup();
    records<Scene>(store).setup();
    const Statistics found = statistics(store, {.until = present});
    CHECK(found.summary == PipelineSummary{});
    CHECK(found.videos.total == 0);
    CHECK(found.videos.by_status.size() == 7);
    CHECK(found.scenes.by_status.size() == 4);
    CHECK(found.completed_share() == 0);
    CHECK(found.durations.size() == 5);
    CHECK(found.hours.size() == 25);
    CHECK(found.days.size() == 2);
    CHECK(found.fixes.size() == 3);
    CHECK(found.buckets.size() == 5);
    CHECK(found.queues.empty());
    CHECK_FALSE(found.is_partial());
  };
  Memory memory;
  check(memory);
  PlainStore plain;
  check(plain);
}

TEST_CASE("what needs more than most_read is partial, and exact where an index can count", "[statistics]") {
  const auto pipeline = statistics_check::Generator(5, false).make(300);
  const StatisticsOptions whole{.since = present - 24h * 2, .until = present};
  StatisticsOptions part = whole;
  part.most_read = 40;
  const Statistics expected = statistics_check::Count(pipeline, whole).result();
  SECTION("with indexes") {
    Memory store;
    statistics_check::store<VideoStatus, SceneStatus>(pipeline, store);
    const Statistics found = statistics(store, part);
    CHECK(found.events.is_partial);
    CHECK_FALSE(found.events.counts_are_partial);
    CHECK(found.events.read == 40);
    CHECK(found.events.read_since > whole.since);
    CHECK(found.summary == expected.summary);
    CHECK(found.hours == expected.hours);
    CHECK(found.days == expected.days);
    part.is_complete = true;
    CHECK(statistics_check::comparable(statistics(store, part)) == expected);
  }
  SECTION("without indexes") {
    PlainStore store;
    statistics_check::store<VideoStatus, SceneStatus>(pipeline, store);
    const Statistics found = statistics(store, part);
    CHECK(found.events.counts_are_partial);
    CHECK(found.summary.is_partial);
    CHECK(found.summary.completed < expected.summary.completed);
    part.is_complete = true;
    CHECK(statistics_check::comparable(statistics(store, part)) == expected);
  }
}

TEST_CASE("buckets are counted with those files that are new", "[statistics]") {
  Memory store;
  Catalog(store).setup();
  const auto films = blobs(store, final_videos());
  for (int i = 0; i < 250; ++i)
    films.put(BlobId{"film" + std::to_string(i)}, from_bytes(std::string_view("12345")), {.name = "film.mp4"});
  Statistics found = statistics(store);
  CHECK(found.buckets[0] ==
        BucketUsage{.bucket = "final_videos", .files = 250, .bytes = 1250, .new_files = 250, .new_bytes = 1250});
  CHECK(found.buckets[4] == BucketUsage{.bucket = "artifacts"});
  found = statistics(store, {.until = now() - 1h});
  CHECK(found.buckets[0] == BucketUsage{.bucket = "final_videos", .files = 250, .bytes = 1250});
  found = statistics(store, {.most_read = 10});
  CHECK(found.buckets[0].files == 10);
  CHECK(found.buckets[0].is_partial);
  CHECK_FALSE(statistics(store, {.most_read = 250}).is_partial());
  CHECK_FALSE(statistics(store, {.most_read = 10, .is_complete = true}).is_partial());
}

TEST_CASE("the moves of a catalog and a queue are timed", "[statistics]") {
  Memory store;
  const Queue queue(store);
  queue.setup();
  queue.add({.topic = "Bayes", .owner_id = "ada"});
  queue.add({.topic = "Gauss"});
  queue.claim_next("worker", 10s)->complete();
  queue.claim_next("worker", 10s)->fail("ValueError: no scale is set");
  const Statistics found = statistics(store, {.since = now() - 1h});
  CHECK(found.summary.completed_last_hour == 1);
  CHECK(found.summary.waiting == 1);
  CHECK(found.events.attempts == 2);
  CHECK(found.durations[0].count == 2);  // wait
  CHECK(found.durations[3].count == 2);  // render
  CHECK(found.durations[4].count == 1);  // total
  REQUIRE(found.errors.top.size() == 1);
  CHECK(found.errors.top[0].example == "ValueError: no scale is set");
  CHECK(found.errors.top[0].fingerprint.starts_with("v1:"));
  REQUIRE(found.owners.top.size() == 1);
  CHECK(found.owners.top[0] == GroupCount{.name = "ada", .completed = 1});
  REQUIRE(found.queues.size() == 1);
  CHECK(found.queues[0] == QueueDepth{.queue = "render", .waiting = 1});
  CHECK(found.summary.time_to_empty == 1h);
}

TEST_CASE("options out of range and choices without a video are errors", "[statistics]") {
  Memory store;
  Catalog(store).setup();
  const auto error_of = [&](const StatisticsOptions& options) {
    return testing::error_from([&] { static_cast<void>(statistics(store, options)); });
  };
  CHECK(error_of({.since = present, .until = present}).code() == Errc::invalid);
  CHECK(error_of({.since = present + 1h, .until = present}).code() == Errc::invalid);
  CHECK(error_of({.since = now() + 1h}).code() == Errc::invalid);
  CHECK(error_of({.length = 0ms}).code() == Errc::invalid);
  CHECK(error_of({.top = 0}).code() == Errc::invalid);
  CHECK(error_of({.most_read = -1}).code() == Errc::invalid);
  CHECK(error_of({.owner_id = "zoe"}).reason() == "no video has the owner 'zoe'");
  CHECK(error_of({.owner_id = "zoe", .topic = "None"}).reason() == "no video has the owner 'zoe' and the topic 'None'");
}

TEST_CASE("a feed reads again what was noted", "[statistics]") {
  Memory store;
  const Queue queue(store);
  queue.setup();
  const auto films = blobs(store, final_videos());
  StatisticsFeed<Memory> feed(store);
  CHECK(feed.read().summary.waiting == 0);
  queue.add({.topic = "Bayes"});
  films.put(BlobId{"film"}, from_bytes(std::string_view("12345")), {.name = "film.mp4"});
  CHECK(feed.read().summary.waiting == 0);
  feed.note(StatisticsPart::pipeline);
  Statistics found = feed.read();
  CHECK(found.summary.waiting == 1);
  CHECK(found.queues[0].waiting == 0);
  CHECK(found.buckets[0].files == 0);
  feed.note(StatisticsPart::queues);
  feed.note(StatisticsPart::buckets);
  found = feed.read();
  CHECK(found.queues.size() == 1);
  CHECK(found.queues[0].waiting == 1);
  CHECK(found.buckets.size() == 5);
  CHECK(found.buckets[0].files == 1);
  records<Fix>(store).setup();
  records<Fix>(store).create({.error_hash = "h", .fix_method = FixMethod::llm, .success_count = 2});
  feed.note(StatisticsPart::fixes);
  found = feed.read();
  CHECK(found.fixes.size() == 3);
  CHECK(found.fixes[1] == FixCount{.method = "llm", .fixes = 1, .successes = 2});
  CHECK(statistics(store).videos == found.videos);
}

TEST_CASE("a feed that failed reads everything the next time", "[statistics]") {
  Memory store;
  StatisticsFeed<Memory> feed(store);
  CHECK(testing::error_from([&] { static_cast<void>(feed.read()); }).code() == Errc::not_found);
  const Queue queue(store);
  queue.setup();
  queue.add({.topic = "Bayes"});
  const Statistics found = feed.read();
  CHECK(found.summary.waiting == 1);
  CHECK(found.queues[0].waiting == 1);
}

}  // namespace statistics_tests
