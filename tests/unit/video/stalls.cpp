#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <reel/video/queue.hpp>

#include "contains.hpp"
#include "hooked_store.hpp"
#include "queues.hpp"
#include "stalling_store.hpp"
#include "stores.hpp"
#include "support/error_from.hpp"

// A worker that is stopped for longer than its lease, at any point of its work.

namespace stalls_tests {

using namespace std::chrono_literals;
using reel::Errc;
using reel::Id;
using reel::video::Catalog;
using reel::video::EntryState;
using reel::video::Video;
using reel::video::VideoStatus;
using video_tests::AnyQueue;
using video_tests::status_of;
using video_tests::without_heartbeats;

/// How far another worker comes while the first one is stopped.
enum class Progress { lease_ends, claims, completes };

/// The moves of a video to a state.
int moves_to(reel::AnyStore& store, const Id<Video>& id, std::string_view state) {
  int count = 0;
  for (const auto& entry : Catalog<reel::AnyStore>(store).history(id)) count += entry.event.to == state ? 1 : 0;
  return count;
}

/// Stops a worker before the request of this number, and lets another one work meanwhile. False if the first worker was
/// done before.
bool run(int request, Progress progress) {
  reel::AnyStore store = video_tests::memory_store();
  const AnyQueue other(store, without_heartbeats());
  other.setup();
  const Id<Video> id = other.add({.topic = "t"}).id;
  std::optional<reel::video::Claim<reel::AnyStore>> taken;
  const auto meanwhile = [&] {
    std::this_thread::sleep_for(60ms);
    other.maintain();
    if (progress == Progress::lease_ends) return;
    taken = other.claim_next("other", 30s);
    if (taken && progress == Progress::completes) taken->complete();
  };
  const auto stalling = std::make_shared<video_tests::StallingStore>(store, request, meanwhile);
  reel::AnyStore of_worker(stalling);
  const AnyQueue worker(of_worker, without_heartbeats());
  bool is_accepted = false;
  try {
    if (auto claim = worker.claim_next("stalled", 50ms)) {
      claim->complete();
      is_accepted = true;
    }
  } catch (const reel::Error& error) {
    CHECK(error.code() == Errc::conflict);
  }
  if (taken && progress == Progress::claims) taken->complete();
  while (auto claim = other.wait_next("last", 30s, {.stop = {}, .timeout = 20ms})) {
    CHECK_FALSE(is_accepted);
    claim->complete();
  }
  CHECK(Catalog<reel::AnyStore>(store).get(id).value.status == VideoStatus::completed);
  CHECK(other.count(EntryState::done) == 1);
  CHECK(moves_to(store, id, "completed") == 1);
  return stalling->has_stalled();
}

using Claim = reel::video::Claim<reel::AnyStore>;
void complete(Claim& claim) { claim.complete(); }
void fail(Claim& claim) { claim.fail("no memory"); }
void release(Claim& claim) { claim.release(); }
void heartbeat(Claim& claim) { claim.heartbeat(); }

TEST_CASE("a worker that stalls before any of its requests loses no video and completes none twice", "[queue]") {
  for (const Progress progress : {Progress::lease_ends, Progress::claims, Progress::completes}) {
    int request = 0;
    for (bool has_stalled = true; has_stalled; ++request) {
      INFO("before request " << request << ", progress " << static_cast<int>(progress));
      REQUIRE(request < 60);
      has_stalled = run(request, progress);
    }
    CHECK(request > 8);
  }
}

TEST_CASE("no call of a worker is accepted after its lease although no other program has taken the video", "[queue]") {
  const auto call = GENERATE(&complete, &fail, &release, &heartbeat);
  video_tests::on_each_store([&](reel::AnyStore& store) {
    const AnyQueue queue(store, without_heartbeats());
    queue.setup();
    const Id<Video> id = queue.add({.topic = "t"}).id;
    auto late = queue.claim_next("late", 30ms);
    REQUIRE(late);
    std::this_thread::sleep_for(40ms);
    const reel::Error error = reel::testing::error_from([&] { call(*late); });
    CHECK(error.code() == Errc::conflict);
    CHECK(video_tests::contains(error.what(), "its lease has ended"));
    CHECK(late->lost().stop_requested());
    CHECK(Catalog<reel::AnyStore>(store).get(id).value.status == VideoStatus::queued_for_render);
    auto claim = queue.claim_next("next", 30s);
    REQUIRE(claim);
    CHECK(claim->epoch() == 2);
    claim->complete();
  });
}

TEST_CASE("a call that reaches the store after the lease is taken back", "[queue]") {
  const auto call = GENERATE(&complete, &fail, &release, &heartbeat);
  video_tests::on_each_store([&](reel::AnyStore& store) {
    std::atomic<bool> is_armed = false;
    reel::AnyStore below(std::make_shared<video_tests::HookedStore>(store, [&](const video_tests::Request& request) {
      const bool is_write = request.operation == "update" && request.container == "video_queue" && !request.is_applied;
      if (is_write && is_armed.exchange(false)) std::this_thread::sleep_for(400ms);
    }));
    const AnyQueue queue(below, without_heartbeats());
    queue.setup();
    const Id<Video> id = queue.add({.topic = "t"}).id;
    auto late = queue.claim_next("late", 300ms);
    REQUIRE(late);
    is_armed = true;
    const reel::Error error = reel::testing::error_from([&] { call(*late); });
    CHECK_FALSE(is_armed);
    CHECK(error.code() == Errc::conflict);
    CHECK(video_tests::contains(error.what(), "its lease has ended"));
    CHECK(status_of(store, id) == VideoStatus::queued_for_render);
    auto claim = queue.claim_next("next", 30s);
    REQUIRE(claim);
    CHECK(claim->epoch() == 2);
  });
}

TEST_CASE("a completion after the lease is not accepted although its program ends at once", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  enum class Phase { works, completes, has_ended };
  std::atomic<Phase> phase = Phase::works;
  reel::AnyStore below(std::make_shared<video_tests::HookedStore>(store, [&](const video_tests::Request& request) {
    if (phase == Phase::has_ended) throw reel::Error(Errc::unavailable, "the program has ended");
    if (phase == Phase::works || request.container != "video_queue") return;
    if (!request.is_applied) std::this_thread::sleep_for(60ms);
    if (request.is_applied) phase = Phase::has_ended;
  }));
  {
    const AnyQueue program(below, without_heartbeats());
    program.setup();
    program.add({.topic = "t"});
    auto late = program.claim_next("late", 50ms);
    REQUIRE(late);
    phase = Phase::completes;
    CHECK(reel::testing::error_from([&] { late->complete(); }).code() == Errc::unavailable);
  }
  const AnyQueue other(store, without_heartbeats());
  REQUIRE(other.count(EntryState::settling) == 1);
  other.maintain();
  auto claim = other.claim_next("next", 30s);
  REQUIRE(claim);
  CHECK(moves_to(store, claim->id(), "completed") == 0);
  claim->complete();
  CHECK(moves_to(store, claim->id(), "completed") == 1);
}

TEST_CASE("a video that is queued again while a worker claims it stays with the worker", "[queue]") {
  int request = 0;
  for (bool has_stalled = true; has_stalled; ++request) {
    INFO("claimed before request " << request);
    REQUIRE(request < 60);
    reel::AnyStore store = video_tests::memory_store();
    const AnyQueue queue(store, without_heartbeats());
    queue.setup();
    const Id<Video> id = queue.add({.topic = "t"}).id;
    std::optional<reel::video::Claim<reel::AnyStore>> claim;
    const auto stalling =
        std::make_shared<video_tests::StallingStore>(store, request, [&] { claim = queue.claim_next("w", 30s); });
    reel::AnyStore below(stalling);
    try {
      AnyQueue(below, without_heartbeats()).enqueue(id, {.priority = 1});
    } catch (const reel::Error& error) {
      CHECK(error.code() == Errc::conflict);
    }
    has_stalled = stalling->has_stalled();
    if (!has_stalled) claim = queue.claim_next("w", 30s);
    REQUIRE(claim);
    CHECK(Catalog<reel::AnyStore>(store).get(id).value.status == VideoStatus::rendering);
    claim->complete();
    CHECK(Catalog<reel::AnyStore>(store).get(id).value.status == VideoStatus::completed);
  }
  CHECK(request > 3);
}

}  // namespace stalls_tests
