#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <reel/video/queue.hpp>

#include "dying_store.hpp"
#include "hooked_store.hpp"
#include "queues.hpp"
#include "stores.hpp"
#include "support/error_from.hpp"

// Requests of a worker that fail, and writes that are applied although the worker gets an error.

namespace faults_tests {
namespace {

using namespace std::chrono_literals;
using reel::Errc;
using reel::Error;
using reel::Id;
using reel::testing::error_from;
using reel::video::EntryState;
using reel::video::QueueOptions;
using reel::video::Video;
using reel::video::VideoStatus;
using video_tests::AnyQueue;
using video_tests::HookedStore;
using video_tests::Request;
using video_tests::status_of;
using video_tests::without_heartbeats;

/// Options of a queue whose claims send heartbeats.
QueueOptions with_heartbeats() { return {.backoff = 0ms, .poll = 1ms}; }

/// A program on `store` of which the next requests that `matches` accepts fail once armed.
struct FaultyProgram {
  /// Fails with `code`.
  template <class Matches>
  FaultyProgram(reel::AnyStore& store, Errc code, Matches matches)
      : below(std::make_shared<HookedStore>(store, [this, code, matches](const Request& request) {
          if (matches(request) && faults > 0 && faults-- > 0) throw Error(code, "a fault of the test");
        })) {}

  std::atomic<int> faults = 0;  ///< the number of requests that still fail
  reel::AnyStore below;         ///< the store as the program uses it
};

/// Whether the write that ends a claim has just been applied.
bool is_settled(const Request& request) {
  return request.operation == "update" && request.container == "video_queue" && request.is_applied;
}
/// Whether the write that ends a claim is about to be applied.
bool is_settling(const Request& request) {
  return request.operation == "update" && request.container == "video_queue" && !request.is_applied;
}
/// Whether a video is about to be changed.
bool moves_a_video(const Request& request) {
  return request.operation == "update" && request.container == "videos" && !request.is_applied;
}

}  // namespace

TEST_CASE("a completion is repeated after its response was lost although heartbeats are due", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  const auto fails = GENERATE(is_settled, is_settling, moves_a_video);
  FaultyProgram program(store, GENERATE(Errc::timed_out, Errc::unavailable), fails);
  const AnyQueue queue(program.below, with_heartbeats());
  queue.setup();
  const Id<Video> id = queue.add({.topic = "t"}).id;
  auto claim = queue.claim_next("w", 900ms);
  REQUIRE(claim);
  program.faults = 1;
  CHECK_THROWS_AS(claim->complete(), Error);
  CHECK(program.faults == 0);
  std::this_thread::sleep_for(500ms);
  claim->complete();
  CHECK_FALSE(claim->lost().stop_requested());
  CHECK(status_of(store, id) == VideoStatus::completed);
  CHECK(queue.count(EntryState::done) == 1);
  CHECK(error_from([&] { claim->complete(); }).code() == Errc::conflict);
}

TEST_CASE("a failure is repeated after its response was lost", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  FaultyProgram program(store, Errc::timed_out, moves_a_video);
  const AnyQueue queue(program.below, without_heartbeats());
  queue.setup();
  const Id<Video> id = queue.add({.topic = "t"}).id;
  auto claim = queue.claim_next("w", 30s);
  REQUIRE(claim);
  program.faults = 1;
  CHECK(error_from([&] { claim->fail("no memory"); }).code() == Errc::timed_out);
  claim->fail("no memory");
  CHECK(status_of(store, id) == VideoStatus::queued_for_render);
  CHECK(queue.list(EntryState::waiting).records.front().value.reason == "no memory");
}

TEST_CASE("a completion that was not applied is not taken for the end of the lease", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  const AnyQueue other(store, without_heartbeats());
  other.setup();
  const Id<Video> id = other.add({.topic = "t"}).id;
  FaultyProgram program(store, Errc::timed_out, is_settling);
  const AnyQueue queue(program.below, without_heartbeats());
  auto claim = queue.claim_next("late", 50ms);
  REQUIRE(claim);
  program.faults = 1;
  CHECK(error_from([&] { claim->complete(); }).code() == Errc::timed_out);
  std::this_thread::sleep_for(60ms);
  // Another program ends the lease, and ends itself before it moves the video.
  reel::AnyStore dying(std::make_shared<video_tests::DyingStore>(store, 2));
  CHECK_THROWS_AS(AnyQueue(dying, without_heartbeats()).maintain(), Error);
  REQUIRE(other.count(EntryState::settling) == 1);
  CHECK(error_from([&] { claim->complete(); }).code() == Errc::conflict);
  auto next = other.wait_next("next", 30s, {.timeout = 5s});
  REQUIRE(next);
  next->complete();
  CHECK(status_of(store, id) == VideoStatus::completed);
}

TEST_CASE("a refused completion stays refused when it is repeated", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  FaultyProgram program(store, Errc::timed_out, is_settled);
  const AnyQueue queue(program.below, without_heartbeats());
  queue.setup();
  const Id<Video> id = queue.add({.topic = "t"}).id;
  auto claim = queue.claim_next("w", 50ms);
  REQUIRE(claim);
  program.faults = 1;
  CHECK(error_from([&] { claim->complete(); }).code() == Errc::timed_out);
  // An older program fails the video, and the queue finds the entry of the claim.
  reel::records<Video>(store).update(id, reel::Patch<Video>{}.set<&Video::status>(VideoStatus::failed));
  std::this_thread::sleep_for(60ms);
  queue.maintain();
  REQUIRE(queue.count(EntryState::done) == 1);
  CHECK(error_from([&] { claim->complete(); }).code() == Errc::conflict);
}

TEST_CASE("a claim whose move cannot be recorded returns to the queue at once", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  FaultyProgram program(store, Errc::timed_out, [](const Request& request) {
    return request.operation == "write" && request.container == "video_events" && !request.is_applied;
  });
  const AnyQueue queue(program.below, without_heartbeats());
  queue.setup();
  const Id<Video> id = queue.add({.topic = "t"}).id;
  program.faults = 1;
  CHECK(error_from([&] { static_cast<void>(queue.claim_next("w", 1h)); }).code() == Errc::timed_out);
  CHECK(program.faults == 0);
  CHECK(status_of(store, id) == VideoStatus::queued_for_render);
  auto claim = queue.claim_next("w", 1h);
  REQUIRE(claim);
  CHECK(claim->attempt() == 1);
  claim->complete();
}

TEST_CASE("a worker that has claimed a video gets it although the search for another one fails", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  std::atomic<int> writes = 0;
  std::atomic<bool> is_first = true;
  FaultyProgram program(store, Errc::timed_out, [&](const Request& request) {
    if (request.container != "video_queue") return false;
    // While the first worker looks for a video, two others ask, who then share their requests.
    if (request.operation == "list" && is_first.exchange(false)) std::this_thread::sleep_for(300ms);
    if (request.operation == "write" && request.is_applied) ++writes;
    return writes == 2 && request.operation == "list" && !request.is_applied;
  });
  AnyQueue(store).setup();
  for (const char* topic : {"one", "two"}) AnyQueue(store).add({.topic = topic});
  program.faults = 1;
  const AnyQueue queue(program.below, without_heartbeats());
  std::mutex mutex;
  std::vector<reel::video::Claim<reel::AnyStore>> claims;
  std::vector<Errc> errors;
  const auto work = [&] {
    try {
      auto claim = queue.claim_next("w", 1h);
      const std::lock_guard lock(mutex);
      if (claim) claims.push_back(*std::move(claim));
    } catch (const Error& error) {
      const std::lock_guard lock(mutex);
      errors.push_back(error.code());
    }
  };
  std::thread first(work);
  std::this_thread::sleep_for(50ms);
  std::thread second(work), third(work);
  first.join();
  second.join();
  third.join();
  CHECK(claims.size() == 2);
  CHECK(errors == std::vector<Errc>{Errc::timed_out});
}

TEST_CASE("an entry that cannot be settled does not stop the others", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  std::string broken;
  FaultyProgram program(store, Errc::corrupt,
                        [&](const Request& request) { return moves_a_video(request) && request.id == broken; });
  const AnyQueue queue(program.below, without_heartbeats());
  queue.setup();
  broken = queue.add({.topic = "broken"}).id.str();
  auto late = queue.claim_next("late", 30ms);
  REQUIRE(late);
  const Id<Video> whole = queue.add({.topic = "whole"}).id;
  auto also_late = queue.claim_next("late", 30ms);
  REQUIRE(also_late);
  std::this_thread::sleep_for(40ms);
  program.faults = 1'000'000;
  auto claim = queue.wait_next("w", 30s, {.timeout = 5s});
  REQUIRE(claim);
  CHECK(claim->id() == whole);
  claim->complete();
  program.faults = 0;
  queue.maintain();
  CHECK(queue.count(EntryState::waiting) == 1);
}

TEST_CASE("a claim is lost as soon as a request has lasted until the end of the lease", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  std::atomic<bool> is_armed = false;
  std::atomic<int> heartbeats = 0;
  reel::AnyStore below(std::make_shared<HookedStore>(store, [&](const Request& request) {
    if (!is_armed || !is_settling(request)) return;
    ++heartbeats;
    std::this_thread::sleep_for(500ms);
    throw Error(Errc::unavailable, "a fault of the test");
  }));
  const AnyQueue queue(below, with_heartbeats());
  queue.setup();
  queue.add({.topic = "t"});
  auto claim = queue.claim_next("w", 300ms);
  REQUIRE(claim);
  is_armed = true;
  for (int i = 0; i < 500 && !claim->lost().stop_requested(); ++i) std::this_thread::sleep_for(10ms);
  CHECK(claim->lost().stop_requested());
  CHECK(heartbeats == 1);
  is_armed = false;
}

}  // namespace faults_tests
