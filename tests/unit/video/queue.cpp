#include <reel/video/queue.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "contains.hpp"
#include "dying_store.hpp"
#include "queues.hpp"
#include "stores.hpp"
#include "support/error_from.hpp"

namespace queue_tests {

using namespace std::chrono_literals;
using reel::Errc;
using reel::Id;
using reel::testing::error_from;
using reel::video::EntryState;
using reel::video::QueueOptions;
using reel::video::StoredVideo;
using reel::video::Video;
using reel::video::VideoStatus;
using video_tests::AnyCatalog;
using video_tests::AnyQueue;
using video_tests::contains;
using video_tests::on_each_store;
using video_tests::status_of;
using video_tests::without_heartbeats;
using AnyStore = reel::AnyStore;

/// A queue in `store`, set up.
AnyQueue queue_in(AnyStore& store, QueueOptions options = {.backoff = 0ms, .poll = 20ms}) {
  return video_tests::queue_in(store, std::move(options));
}

/// Sets the status of a video without any condition, as an older program does.
void set_status(AnyStore& store, const Id<Video>& id, VideoStatus status) {
  reel::records<Video>(store).update(id, reel::Patch<Video>{}.set(reel::field<&Video::status>, status));
}

TEST_CASE("videos are claimed by priority and then by the time at which they were queued", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store);
    CHECK_FALSE(queue.claim_next("w", 30s));
    const auto first = queue.add({.topic = "first"}).id;
    std::this_thread::sleep_for(2ms);
    const auto second = queue.add({.topic = "second"}).id;
    std::this_thread::sleep_for(2ms);
    const auto urgent = queue.add({.topic = "urgent"}, {.priority = 5}).id;
    std::vector<Id<Video>> order;
    while (auto claim = queue.claim_next("w", 30s)) {
      order.push_back(claim->id());
      CHECK(claim->epoch() == 1);
      CHECK(claim->video().value.status == VideoStatus::rendering);
      claim->complete(12.5);
    }
    CHECK(order == std::vector<Id<Video>>{urgent, first, second});
    for (const Id<Video>& id : order) {
      const StoredVideo video = AnyCatalog(store).get(id);
      CHECK(video.value.status == VideoStatus::completed);
      CHECK(video.value.progress == 100);
      CHECK(video.value.total_duration == 12.5);
      const auto history = AnyCatalog(store).history(id);
      REQUIRE(history.size() == 3);
      CHECK(history[1].event.worker == "w");
      CHECK(history[2].event.from == "rendering");
    }
  });
}

TEST_CASE("a worker whose claim was taken away changes nothing", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store, without_heartbeats());
    const auto other = queue_in(store, without_heartbeats());
    const auto id = queue.add({.topic = "t"}).id;
    auto late = queue.claim_next("late", 10ms);
    REQUIRE(late);
    std::this_thread::sleep_for(30ms);
    auto claim = other.wait_next("next", 30s, {.timeout = 5s});
    REQUIRE(claim);
    CHECK(claim->epoch() == 2);
    CHECK(claim->attempt() == 2);
    const StoredVideo before = AnyCatalog(store).get(id);
    CHECK_FALSE(late->lost().stop_requested());
    const reel::Error error = error_from([&] { late->complete(); });
    CHECK(error.code() == Errc::conflict);
    CHECK(contains(error.what(), "worker 'next' has taken it with epoch 2"));
    CHECK(late->lost().stop_requested());
    CHECK(error_from([&] { late->fail("x"); }).code() == Errc::conflict);
    CHECK(error_from([&] { late->release(); }).code() == Errc::conflict);
    CHECK(error_from([&] { late->heartbeat(); }).code() == Errc::conflict);
    late.reset();
    CHECK(AnyCatalog(store).get(id) == before);
    claim->complete();
    CHECK(status_of(store, id) == VideoStatus::completed);
  });
}

TEST_CASE("heartbeats keep a claim for longer than its lease", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store);
    queue.add({.topic = "t"});
    auto claim = queue.claim_next("w", 900ms);
    REQUIRE(claim);
    CHECK_FALSE(queue.wait_next("other", 30s, {.timeout = 2s}));
    claim->complete();
    CHECK_FALSE(claim->lost().stop_requested());
  });
}

TEST_CASE("a worker is informed that its claim was lost", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store);
    const auto id = queue.add({.topic = "t"}).id;
    auto claim = queue.claim_next("w", 60ms);
    REQUIRE(claim);
    AnyCatalog(store).remove(id);
    for (int i = 0; i < 500 && !claim->lost().stop_requested(); ++i) std::this_thread::sleep_for(10ms);
    CHECK(claim->lost().stop_requested());
  });
}

TEST_CASE("a dropped claim is given back and counts", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store, {.max_attempts = 2, .backoff = 1h, .poll = 20ms});
    const auto id = queue.add({.topic = "t"}).id;
    const auto work = [&] {
      const auto claim = queue.claim_next("w", 30s);
      REQUIRE(claim);
      throw std::runtime_error("no memory");
    };
    CHECK_THROWS_AS(work(), std::runtime_error);
    CHECK(status_of(store, id) == VideoStatus::queued_for_render);
    CHECK_THROWS_AS(work(), std::runtime_error);
    CHECK(status_of(store, id) == VideoStatus::failed);
    CHECK(queue.count(EntryState::dead) == 1);
  });
}

TEST_CASE("a released video is claimed again at once and the attempt does not count", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store, {.max_attempts = 1, .backoff = 1h, .poll = 20ms});
    queue.add({.topic = "t"});
    for (int i = 1; i <= 3; ++i) {
      auto claim = queue.claim_next("w", 30s);
      REQUIRE(claim);
      CHECK(claim->epoch() == i);
      CHECK(claim->attempt() == 1);
      claim->release();
    }
  });
}

TEST_CASE("a failed video is tried again after a backoff and dies after the last attempt", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store, {.max_attempts = 2, .backoff = 1500ms, .poll = 10ms});
    const auto id = queue.add({.topic = "t"}).id;
    queue.claim_next("w", 30s)->fail("first");
    CHECK(status_of(store, id) == VideoStatus::queued_for_render);
    CHECK_FALSE(queue.claim_next("w", 30s));
    CHECK(contains(queue.explain(id).reason, "after 1 attempts; the last reason is: first"));
    auto second = queue.wait_next("w", 30s, {.timeout = 10s});
    REQUIRE(second);
    second->fail(std::string(3000, 'x'));
    const StoredVideo dead = AnyCatalog(store).get(id);
    CHECK(dead.value.status == VideoStatus::failed);
    CHECK(contains(dead.value.error_message.value_or(""), "complete in artifact"));
    CHECK_FALSE(queue.claim_next("w", 30s));
    CHECK(queue.explain(id).reason.starts_with("it is dead after 2 attempts"));
    std::vector<std::string> reasons;
    for (const auto& entry : AnyCatalog(store).history(id))
      if (entry.event.from == "rendering") reasons.push_back(entry.event.message.value_or("").substr(0, 5));
    CHECK(reasons == std::vector<std::string>{"first", "xxxxx"});

    CHECK(queue.redrive(id));
    CHECK_FALSE(queue.redrive(id));
    auto again = queue.claim_next("w", 30s);
    REQUIRE(again);
    CHECK(again->attempt() == 1);
    CHECK(again->epoch() == 3);
    CHECK_FALSE(again->video().value.error_message);
  });
}

TEST_CASE("a paused queue returns nothing", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store);
    const auto id = queue.add({.topic = "t"}).id;
    queue.pause();
    CHECK(queue_in(store).is_paused());
    CHECK_FALSE(queue.claim_next("w", 30s));
    CHECK(queue.explain(id).reason == "the queue 'render' is paused");
    queue.resume();
    CHECK(queue.claim_next("w", 30s));
  });
}

TEST_CASE("a video that an older program has queued or taken is treated by its status", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store, without_heartbeats());
    const AnyCatalog catalog(store);
    const auto queued = catalog.create_video({.topic = "queued elsewhere"}).id;
    const auto taken = queue.add({.topic = "taken elsewhere"}).id;
    set_status(store, queued, VideoStatus::ready_for_render);
    set_status(store, taken, VideoStatus::rendering);
    CHECK(queue.explain(queued).is_claimable);
    auto claim = queue.claim_next("w", 30s);
    REQUIRE(claim);
    CHECK(claim->id() == queued);
    CHECK(status_of(store, queued) == VideoStatus::rendering);
    CHECK_FALSE(queue.claim_next("w", 30s));
    CHECK_FALSE(queue.explain(taken).is_claimable);
    claim->complete();

    set_status(store, queued, VideoStatus::queued_for_render);
    std::this_thread::sleep_for(5ms);
    auto again = queue.wait_next("w", 30s, {.timeout = 5s});
    REQUIRE(again);
    CHECK(again->id() == queued);
    CHECK(again->epoch() == 2);

    set_status(store, queued, VideoStatus::failed);
    const reel::Error error = error_from([&] { again->complete(); });
    CHECK(error.code() == Errc::conflict);
    CHECK(contains(error.what(), "from 'failed' to 'completed'"));
    CHECK(status_of(store, queued) == VideoStatus::failed);
  });
}

TEST_CASE("a queue of another stage takes its own videos", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto render = queue_in(store, without_heartbeats());
    QueueOptions options = without_heartbeats();
    options.name = "plan";
    options.stage = reel::video::plan_stage();
    const auto plan = queue_in(store, options);
    const auto id = plan.add({.topic = "t"}).id;
    CHECK(status_of(store, id) == VideoStatus::queued);
    CHECK_FALSE(render.claim_next("w", 30s));
    CHECK(render.explain(id).reason == "it is in the queue 'plan'");
    plan.claim_next("planner", 30s)->complete();
    CHECK(status_of(store, id) == VideoStatus::ready_for_render);
    std::this_thread::sleep_for(5ms);
    auto claim = render.wait_next("renderer", 30s, {.timeout = 5s});
    REQUIRE(claim);
    CHECK(claim->epoch() == 2);
    claim->complete();
    CHECK(status_of(store, id) == VideoStatus::completed);
  });
}

TEST_CASE("a claim of a video that is in another queue by now changes nothing", "[queue]") {
  on_each_store([](AnyStore& store) {
    QueueOptions options = without_heartbeats();
    const auto first = queue_in(store, options);
    options.name = "second";
    const auto second = queue_in(store, options);
    const auto id = first.add({.topic = "t"}).id;
    auto late = first.claim_next("late", 10ms);
    REQUIRE(late);
    std::this_thread::sleep_for(30ms);
    first.maintain();
    AnyCatalog(store).fail(id, "given up");
    second.enqueue(id);
    CHECK_FALSE(first.claim_next("w", 30s));
    const reel::Error error = error_from([&] { late->complete(); });
    CHECK(error.code() == Errc::conflict);
    auto claim = second.claim_next("w", 30s);
    REQUIRE(claim);
    CHECK(claim->id() == id);
    CHECK(contains(error_from([&] { late->heartbeat(); }).what(), "the claim has ended"));
    claim->complete();
    CHECK(status_of(store, id) == VideoStatus::completed);
  });
}

TEST_CASE("a lease is measured by the clock of the store", "[queue]") {
  for (const auto offset : {-1h, 1h}) {
    reel::MemoryOptions options;
    options.clock = [offset] { return reel::now() + offset; };
    AnyStore store(std::make_shared<reel::Memory>(options));
    const auto queue = queue_in(store, without_heartbeats());
    const auto other = queue_in(store, without_heartbeats());
    const auto id = queue.add({.topic = "t"}).id;
    auto claim = queue.claim_next("w", 50ms);
    REQUIRE(claim);
    other.maintain();
    CHECK_FALSE(other.claim_next("other", 30s));
    std::this_thread::sleep_for(60ms);
    auto next = other.wait_next("other", 30s, {.timeout = 5s});
    REQUIRE(next);
    CHECK(next->id() == id);
  }
}

TEST_CASE("a removed video leaves the queue", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store);
    const auto id = queue.add({.topic = "t"}).id;
    CHECK(AnyCatalog(store).remove(id));
    CHECK(queue.count(EntryState::waiting) == 0);
    CHECK_FALSE(queue.claim_next("w", 30s));
  });
}

TEST_CASE("a video can be queued again unless it is claimed", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store);
    const auto id = queue.add({.topic = "t"}).id;
    queue.enqueue(id, {.priority = 3});
    CHECK(queue.list(EntryState::waiting).records.front().value.priority == 3);
    auto claim = queue.claim_next("w", 30s);
    REQUIRE(claim);
    CHECK(error_from([&] { queue.enqueue(id); }).code() == Errc::conflict);
    CHECK(queue.explain(id).reason.starts_with("worker 'w' has claimed it with epoch 1 until"));
    claim->complete();
    queue.enqueue(id);
    CHECK(queue.explain(id).reason == "it is the next one");
    CHECK(queue.claim_next("w", 30s)->epoch() == 2);
    CHECK(error_from([&] { queue.enqueue(Id<Video>{"none"}); }).code() == Errc::not_found);
    CHECK(queue.explain(Id<Video>{"none"}).reason == "no video has the id");
  });
}

TEST_CASE("arguments out of range are invalid", "[queue]") {
  AnyStore store = video_tests::memory_store();
  const auto queue = queue_in(store);
  const auto code = [&](auto&& call) { return error_from(call).code(); };
  CHECK(code([&] { static_cast<void>(queue.claim_next("", 30s)); }) == Errc::invalid);
  CHECK(code([&] { static_cast<void>(queue.claim_next("w", 0ms)); }) == Errc::invalid);
  CHECK(code([&] { queue.add({.topic = ""}); }) == Errc::invalid);
  CHECK(code([&] { AnyQueue(store, {.name = "a b"}); }) == Errc::invalid);
  CHECK(code([&] { AnyQueue(store, {.max_attempts = 0}); }) == Errc::invalid);
  queue.add({.topic = "t"});
  CHECK(code([&] { static_cast<void>(queue.claim_next(std::string(129, 'w'), 30s)); }) == Errc::invalid);
  CHECK(code([&] { static_cast<void>(queue.claim_next("\xFF", 30s)); }) == Errc::invalid);
  CHECK(queue.claim_next("w", 30s));
}

TEST_CASE("a program that ends at any write loses no video and completes none twice", "[queue]") {
  // Each round allows one more write, until the work is done without a fault.
  for (int writes = 0, is_complete = 0; !is_complete; ++writes) {
    REQUIRE(writes < 40);
    INFO(writes << " writes");
    AnyStore store = video_tests::memory_store();
    const auto queue = queue_in(store, without_heartbeats());
    const auto id = queue.add({.topic = "t"}).id;
    const auto dying = std::make_shared<video_tests::DyingStore>(store, writes);
    AnyStore of_program(dying);
    bool is_completed = false;
    try {
      const AnyQueue program(of_program, without_heartbeats());
      auto claim = program.claim_next("dying", 100ms);
      REQUIRE(claim);
      claim->complete();
      is_completed = true;
    } catch (const reel::Error& error) {
      REQUIRE(error.code() == Errc::unavailable);
    }
    is_complete = !dying->has_died();
    std::this_thread::sleep_for(110ms);
    if (auto claim = queue.wait_next("next", 30s, {.timeout = 50ms})) {
      CHECK_FALSE(is_completed);
      claim->complete();
    }
    CHECK(status_of(store, id) == VideoStatus::completed);
    CHECK(queue.count(EntryState::done) == 1);
    int completions = 0;
    for (const auto& entry : AnyCatalog(store).history(id)) completions += entry.event.to == "completed" ? 1 : 0;
    CHECK(completions == 1);
  }
}

TEST_CASE("each of many videos goes to one of many workers", "[queue]") {
  on_each_store([](AnyStore& store) {
    const auto queue = queue_in(store);
    constexpr int videos = 60;
    for (int i = 0; i < videos; ++i) queue.add({.topic = std::to_string(i)});
    std::atomic<int> completed = 0;
    std::vector<std::thread> workers;
    for (int i = 0; i < 8; ++i) {
      workers.emplace_back([&, i] {
        // Half of them use a separate queue, as in another process.
        const AnyQueue own(store, queue.options());
        const auto& mine = i % 2 == 0 ? queue : own;
        while (auto claim = mine.wait_next("w" + std::to_string(i), 30s, {.timeout = 200ms})) {
          claim->complete();
          ++completed;
        }
      });
    }
    for (std::thread& worker : workers) worker.join();
    CHECK(completed.load() == videos);
    CHECK(queue.count(EntryState::done) == videos);
    CHECK(reel::records<Video>(store).count(
              reel::Query<Video>{}.where(reel::field<&Video::status> == VideoStatus::completed)) == videos);
    for (const auto& entry : reel::records<reel::video::QueueEntry>(store).all()) CHECK(entry.value.epoch == 1);
  });
}

TEST_CASE("a worker that sleeps past its lease and then completes is refused", "[queue]") {
  AnyStore store = video_tests::memory_store();
  const auto queue = queue_in(store, without_heartbeats());
  const auto thief = queue_in(store, without_heartbeats());
  int refused = 0;
  constexpr int stalls = 50;
  for (int i = 0; i < stalls; ++i) {
    queue.add({.topic = "t"});
    auto stalled = queue.claim_next("stalled", 10ms);
    REQUIRE(stalled);
    std::this_thread::sleep_for(12ms);
    auto claim = thief.wait_next("thief", 30s, {.timeout = 5s});
    REQUIRE(claim);
    try {
      stalled->complete();
    } catch (const reel::Error& error) {
      refused += error.code() == Errc::conflict ? 1 : 0;
    }
    claim->complete();
  }
  CHECK(refused == stalls);
}

}  // namespace queue_tests
