#include <atomic>
#include <chrono>
#include <memory>
#include <optional>

#include <reel/video/orphans.hpp>
#include <reel/video/queue.hpp>

#include "dying_store.hpp"
#include "queues.hpp"
#include "stalling_store.hpp"
#include "stores.hpp"
#include "support/error_from.hpp"

// Videos on their way into the queue, while other programs look for work, and when a program ends.

namespace queue_intake_tests {
namespace {

using namespace std::chrono_literals;
using reel::Errc;
using reel::Id;
using reel::testing::error_from;
using reel::video::EntryState;
using reel::video::QueueEntry;
using reel::video::QueueVideo;
using reel::video::Video;
using reel::video::VideoStatus;
using video_tests::AnyCatalog;
using video_tests::AnyQueue;
using video_tests::status_of;
using video_tests::without_heartbeats;

const Id<Video> id{"v"};

QueueEntry entry_in(reel::AnyStore& store) {
  return reel::records<QueueEntry>(store).get(Id<QueueEntry>{id.str()}).value;
}

/// A way to put the video `id` into the queue.
struct Way {
  void (*prepare)(const AnyCatalog&);
  void (*queue)(const AnyQueue&, const QueueVideo&);
};
const Way added{
    [](const AnyCatalog&) {},
    [](const AnyQueue& queue, const QueueVideo& how) { queue.add({.topic = "t", .id = id}, how, {{.number = 1}}); }};
const Way planned{[](const AnyCatalog& catalog) {
                    catalog.create_video({.topic = "t", .id = id});
                    catalog.update_status(id, VideoStatus::planning);
                  },
                  [](const AnyQueue& queue, const QueueVideo& how) { queue.enqueue(id, how); }};
const Way failed{[](const AnyCatalog& catalog) {
                   catalog.create_video({.topic = "t", .id = id});
                   catalog.fail(id, "no idea");
                 },
                 [](const AnyQueue& queue, const QueueVideo& how) { queue.enqueue(id, how); }};

/// Puts the video into the queue of a new store, once for each request of it: before that one, `look(other)` is called,
/// with the queue as another program has it. Then calls `check(store, other)`. Returns the number of runs.
template <class Look, class Check>
int look_before_each_request(const Way& way, const QueueVideo& how, Look look, Check check) {
  int request = 0;
  for (bool has_stalled = true; has_stalled; ++request) {
    INFO("before request " << request);
    REQUIRE(request < 60);
    reel::AnyStore store = video_tests::memory_store();
    const AnyQueue other = video_tests::queue_in(store, without_heartbeats());
    way.prepare(AnyCatalog(store));
    const auto stalling = std::make_shared<video_tests::StallingStore>(store, request, [&] { look(other); });
    reel::AnyStore below(stalling);
    way.queue(AnyQueue(below, without_heartbeats()), how);
    has_stalled = stalling->has_stalled();
    check(store, other);
  }
  return request;
}

}  // namespace

TEST_CASE("no worker gets a video without the priority and delay with which it is queued", "[queue]") {
  const Way way = GENERATE(added, planned, failed);
  const auto find_nothing = [](const AnyQueue& other) {
    other.maintain();
    CHECK_FALSE(other.claim_next("w", 30s));
  };
  const int requests = look_before_each_request(way, {.priority = 7, .delay = 1h}, find_nothing,
                                                [&](reel::AnyStore& store, const AnyQueue& other) {
                                                  find_nothing(other);
                                                  CHECK(entry_in(store).state == EntryState::waiting);
                                                  CHECK(entry_in(store).priority == 7);
                                                  CHECK(entry_in(store).ready_at > reel::now() + 59min);
                                                });
  CHECK(requests > 4);
}

TEST_CASE("a worker that gets a video while it is being queued keeps it", "[queue]") {
  const Way way = GENERATE(added, planned, failed);
  std::optional<reel::video::Claim<reel::AnyStore>> claim;
  look_before_each_request(
      way, {.priority = 7},
      [&](const AnyQueue& other) {
        other.maintain();
        claim = other.claim_next("w", 30s);
      },
      [&](reel::AnyStore& store, const AnyQueue& other) {
        if (!claim) claim = other.claim_next("w", 30s);
        REQUIRE(claim);
        CHECK(entry_in(store).priority == 7);
        CHECK(status_of(store, id) == VideoStatus::rendering);
        claim->complete();
        CHECK(status_of(store, id) == VideoStatus::completed);
        claim.reset();
      });
}

TEST_CASE("a program that ends while it queues a video leaves one that is queued or one that is as before", "[queue]") {
  const Way way = GENERATE(added, planned, failed);
  bool is_complete = false;
  for (int writes = 0; !is_complete; ++writes) {
    INFO(writes << " writes");
    REQUIRE(writes < 20);
    std::atomic<std::chrono::minutes> passed = 0min;
    reel::MemoryOptions options;
    options.clock = [&] { return reel::now() + passed.load(); };
    reel::AnyStore store(std::make_shared<reel::Memory>(options));
    AnyQueue(store).setup();
    way.prepare(AnyCatalog(store));
    const auto before = AnyCatalog(store).find(id);
    const auto dying = std::make_shared<video_tests::DyingStore>(store, writes);
    reel::AnyStore below(dying);
    try {
      way.queue(AnyQueue(below, without_heartbeats()), {.priority = 7});
      is_complete = true;
    } catch (const reel::Error& error) {
      REQUIRE(error.code() == Errc::unavailable);
    }
    passed = 2min;
    AnyQueue(store, without_heartbeats()).maintain();
    const auto entry = reel::records<QueueEntry>(store).find(Id<QueueEntry>{id.str()});
    const auto now = AnyCatalog(store).find(id);
    if (!entry) {
      CHECK(now == before);
      continue;
    }
    CHECK(entry->value.priority == 7);
    CHECK(entry->value.state == EntryState::waiting);
    const auto claim = AnyQueue(store, without_heartbeats()).claim_next("w", 30s);
    REQUIRE(claim);
    CHECK(claim->id() == id);
  }
}

TEST_CASE("a video that cannot be queued leaves its entry as it was", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  const AnyQueue queue = video_tests::queue_in(store, without_heartbeats());
  CHECK(error_from([&] { queue.add({.topic = std::string(256, 't'), .id = id}, {.priority = 7}); }).code() ==
        Errc::invalid);
  CHECK(reel::records<QueueEntry>(store).count() == 0);
  queue.add({.topic = "t", .id = id}, {.priority = 7});
  const QueueEntry before = entry_in(store);
  CHECK(error_from([&] { queue.add({.topic = "t", .id = id}, {.priority = 1}); }).code() == Errc::already_exists);
  CHECK(error_from([&] { queue.add({.topic = "t", .id = id}); }).code() == Errc::already_exists);
  CHECK(entry_in(store) == before);
}

}  // namespace queue_intake_tests
