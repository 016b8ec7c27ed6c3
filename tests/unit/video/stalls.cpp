#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <reel/video/queue.hpp>

#include "stalling_store.hpp"
#include "stores.hpp"

// A worker that is stopped for longer than its lease, at any point of its work.

namespace stalls_tests {

using namespace std::chrono_literals;
using reel::Errc;
using reel::Id;
using reel::video::Catalog;
using reel::video::EntryState;
using reel::video::Queue;
using reel::video::QueueOptions;
using reel::video::Video;
using reel::video::VideoStatus;
using AnyQueue = Queue<reel::AnyStore>;

QueueOptions options() { return {.backoff = 0ms, .poll = 1ms, .sends_heartbeats = false}; }

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
  const AnyQueue other(store, options());
  other.setup();
  const Id<Video> id = other.add({.topic = "t"}).id;
  std::optional<reel::video::Claim<reel::AnyStore>> taken;
  const auto meanwhile = [&] {
    std::this_thread::sleep_for(15ms);
    other.maintain();
    if (progress == Progress::lease_ends) return;
    taken = other.claim_next("other", 30s);
    if (taken && progress == Progress::completes) taken->complete();
  };
  const auto stalling = std::make_shared<video_tests::StallingStore>(store, request, meanwhile);
  reel::AnyStore of_worker(stalling);
  const AnyQueue worker(of_worker, options());
  bool is_accepted = false;
  try {
    if (auto claim = worker.claim_next("stalled", 10ms)) {
      claim->complete();
      is_accepted = true;
    }
  } catch (const reel::Error& error) {
    CHECK(error.code() == Errc::conflict);
  }
  if (taken && progress == Progress::claims) taken->complete();
  while (auto claim = other.claim_next("last", 30s)) {
    CHECK_FALSE(is_accepted);
    claim->complete();
  }
  CHECK(Catalog<reel::AnyStore>(store).get(id).value.status == VideoStatus::completed);
  CHECK(other.count(EntryState::done) == 1);
  CHECK(moves_to(store, id, "completed") == 1);
  return stalling->has_stalled();
}

TEST_CASE("a worker that stalls before any of its requests loses no video and completes none twice", "[queue]") {
  for (const Progress progress : {Progress::lease_ends, Progress::claims, Progress::completes}) {
    int request = 0;
    while (run(request, progress)) {
      INFO("before request " << request << ", progress " << static_cast<int>(progress));
      ++request;
      REQUIRE(request < 60);
    }
    CHECK(request > 8);
  }
}

}  // namespace stalls_tests
