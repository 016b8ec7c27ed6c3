#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include <reel/video/queue.hpp>

#include "hooked_store.hpp"
#include "queues.hpp"
#include "stores.hpp"
#include "support/broken/watching.hpp"

// Workers that wait for a video. Their queues ask the store every half minute only, so each of them is woken.

namespace queue_signal_tests {
namespace {

using namespace std::chrono_literals;
using reel::Id;
using reel::video::QueueOptions;
using reel::video::Video;
using reel::video::VideoStatus;
using video_tests::AnyCatalog;
using video_tests::AnyQueue;
using video_tests::on_each_store;

/// A feed that ends each watch.
class FailingFeed : public broken::ForwardingFeed {
 public:
  using ForwardingFeed::ForwardingFeed;
  reel::driver::CommitPage changes(const std::string&, std::size_t) override {
    throw reel::Error(reel::Errc::corrupt, "a fault of the test");
  }
};

QueueOptions seldom() { return {.backoff = 0ms, .poll = 30s, .sends_heartbeats = false}; }

/// Runs `act` while a worker waits for at most 20 s. Returns the video that the worker has got, and the time from
/// `act`.
template <class Act>
std::pair<std::optional<Id<Video>>, std::chrono::steady_clock::duration> woken_by(const AnyQueue& queue, Act&& act) {
  std::optional<Id<Video>> got;
  std::thread worker([&] {
    if (auto claim = queue.wait_next("w", 30s, {.timeout = 20s})) {
      got = claim->id();
      claim->complete();
    }
  });
  std::this_thread::sleep_for(500ms);  // until the worker waits
  const auto start = std::chrono::steady_clock::now();
  act();
  worker.join();
  return {got, std::chrono::steady_clock::now() - start};
}

}  // namespace

TEST_CASE("a video wakes a worker that waits", "[queue]") {
  on_each_store([](reel::AnyStore& store) {
    const AnyQueue queue = video_tests::queue_in(store, seldom());
    const AnyQueue other(store, seldom());
    std::optional<Id<Video>> id;
    const auto [got, time] = woken_by(queue, [&] { id = other.add({.topic = "t"}).id; });
    CHECK(got == id);
    CHECK(time < 6s);  // a tree reports changes after two or three seconds
  });
}

TEST_CASE("a video that an older program has queued wakes a worker that waits", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  QueueOptions options = seldom();
  options.poll = 1s;  // two looks for such videos are not closer
  const AnyQueue queue = video_tests::queue_in(store, options);
  const AnyCatalog catalog(store);
  const Id<Video> id = catalog.create_video({.topic = "t"}).id;
  const auto [got, time] = woken_by(queue, [&] { catalog.update_status(id, VideoStatus::queued_for_render); });
  CHECK(got == id);
  CHECK(time < 5s);
}

TEST_CASE("a worker that waits gets a video as soon as its lease has ended or its delay is over", "[queue]") {
  on_each_store([](reel::AnyStore& store) {
    const AnyQueue queue = video_tests::queue_in(store, seldom());
    const AnyQueue other(store, seldom());
    std::optional<reel::video::Claim<reel::AnyStore>> claim;
    other.add({.topic = "first"});
    claim = other.claim_next("ends", 1500ms);
    REQUIRE(claim);
    const auto lease = woken_by(queue, [] {});
    CHECK(lease.first == claim->id());
    CHECK(lease.second < 10s);
    std::optional<Id<Video>> delayed;
    const auto delay = woken_by(queue, [&] { delayed = other.add({.topic = "second"}, {.delay = 500ms}).id; });
    CHECK(delay.first == delayed);
    CHECK(delay.second > 400ms);
    CHECK(delay.second < 10s);
  });
}

TEST_CASE("a worker that waits notices the end of a lease that began meanwhile", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  const AnyQueue queue = video_tests::queue_in(store, seldom());
  const AnyQueue other(store, seldom());
  std::optional<reel::video::Claim<reel::AnyStore>> claim;
  queue.pause();  // so that the worker does not claim it first
  const Id<Video> id = other.add({.topic = "t"}).id;
  const auto [got, time] = woken_by(queue, [&] {
    // As `claim_next` of a program that has not noticed the pause.
    using reel::video::EntryState;
    using reel::video::QueueEntry;
    const auto entries = reel::records<QueueEntry>(store);
    entries.modify(Id<QueueEntry>{id.str()}, [](QueueEntry& entry) {
      entry.state = EntryState::claimed;
      ++entry.epoch;
      ++entry.attempts;
      entry.worker = "ends";
      entry.lease_until = reel::now() + 500ms;
    });
    other.resume();
  });
  CHECK(got == id);
  CHECK(time > 400ms);
  CHECK(time < 5s);
}

TEST_CASE("a worker that waits notices that another program has resumed the queue", "[queue]") {
  on_each_store([](reel::AnyStore& store) {
    const AnyQueue queue = video_tests::queue_in(store, seldom());
    const AnyQueue other(store, seldom());
    queue.pause();
    const Id<Video> id = queue.add({.topic = "t"}).id;
    const auto [got, time] = woken_by(queue, [&] { other.resume(); });
    CHECK(got == id);
    CHECK(time < 6s);
  });
}

TEST_CASE("a worker that waits asks a store seldom that signals changes", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  std::atomic<int> requests = 0;
  reel::AnyStore below(
      std::make_shared<video_tests::HookedStore>(store, [&](const video_tests::Request&) { ++requests; }));
  QueueOptions options = seldom();
  options.poll = 10ms;
  const AnyQueue queue = video_tests::queue_in(below, options);
  CHECK_FALSE(queue.wait_next("w", 30s, {.timeout = 500ms}));
  requests = 0;
  CHECK_FALSE(queue.wait_next("w", 30s, {.timeout = 1s}));
  CHECK(requests < 60);
}

TEST_CASE("a worker whose watches have ended asks the store", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  reel::AnyStore below(std::make_shared<broken::WithFeed<FailingFeed>>(store));
  QueueOptions options = seldom();
  options.poll = 100ms;
  const AnyQueue queue = video_tests::queue_in(below, options);
  std::optional<Id<Video>> id;
  const auto [got, time] = woken_by(queue, [&] { id = AnyQueue(store, options).add({.topic = "t"}).id; });
  CHECK(got == id);
  CHECK(time < 5s);
}

TEST_CASE("a stop ends a wait", "[queue]") {
  reel::AnyStore store = video_tests::memory_store();
  const AnyQueue queue = video_tests::queue_in(store, seldom());
  std::stop_source stop;
  std::thread worker([&] { CHECK_FALSE(queue.wait_next("w", 30s, {.stop = stop.get_token()})); });
  std::this_thread::sleep_for(50ms);
  stop.request_stop();
  worker.join();
}

}  // namespace queue_signal_tests
