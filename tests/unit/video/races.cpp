#include <unistd.h>

#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/video/queue.hpp>

#include "stores.hpp"
#include "support/filesystem/child.hpp"
#include "support/video/part_of_full.hpp"

// Many workers on one queue, in threads and in processes, that stall and are killed. `part_of_full` has the numbers.

namespace races_tests {

using namespace std::chrono_literals;
using reel::Errc;
using reel::Filesystem;
using reel::Id;
using reel::testing::Child;
using reel::testing::part_of_full;
using reel::video::Catalog;
using reel::video::EntryState;
using reel::video::Queue;
using reel::video::QueueEntry;
using reel::video::QueueOptions;
using reel::video::Video;
using reel::video::VideoStatus;
using AnyQueue = Queue<reel::AnyStore>;

/// Options of a queue whose claims send no heartbeats and whose videos never die.
QueueOptions patient(std::chrono::milliseconds poll = 10ms) {
  return {.max_attempts = 1000, .backoff = 0ms, .poll = poll, .sends_heartbeats = false};
}

reel::AnyStore opened(const std::string& folder) {
  return reel::AnyStore(
      std::make_shared<Filesystem>(folder, reel::FilesystemOptions{.durability = reel::Durability::relaxed}));
}

/// Creates videos that wait in the queue, without the cost of adding them one by one.
std::vector<Id<Video>> fill(reel::AnyStore& store, int videos) {
  AnyQueue(store, patient()).setup();
  const auto at = reel::now() - 1min;
  std::vector<reel::Draft<Video>> records;
  std::vector<reel::Draft<QueueEntry>> entries;
  std::vector<Id<Video>> ids;
  for (int i = 0; i < videos; ++i) {
    ids.push_back(Id<Video>::make());
    records.push_back({{.topic = "t", .status = VideoStatus::queued_for_render, .created_at = at, .updated_at = at},
                       {.id = ids.back()}});
    entries.push_back({{.queue = "render", .queued_at = at, .ready_at = at}, {.id = Id<QueueEntry>{ids.back().str()}}});
  }
  reel::records<Video>(store).create_many(std::move(records));
  reel::records<QueueEntry>(store).create_many(std::move(entries));
  return ids;
}

/// Calls `work(number)` on so many threads.
template <class F>
void on_threads(int threads, F&& work) {
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) running.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : running) thread.join();
}

/// Runs `work(number, pipe)` in so many processes. Returns the words that each has written.
template <class F>
std::vector<std::vector<std::string>> in_processes(int processes, F&& work) {
  std::vector<Child> children;
  for (int i = 0; i < processes; ++i) children.emplace_back([&work, i](const Child::Pipe& pipe) { work(i, pipe); });
  std::vector<std::vector<std::string>> words;
  for (Child& child : children) {
    std::istringstream written(child.read());
    words.emplace_back();
    for (std::string word; written >> word;) words.back().push_back(word);
    CHECK(child.wait());
  }
  return words;
}

/// Expects that every video of the store is completed, by one completion.
void check_all_completed(reel::AnyStore& store, int videos) {
  const auto events = reel::records<reel::video::Event>(store);
  std::map<std::string, int> completions;
  for (const auto& event : events.all(reel::Query<reel::video::Event>{}.limit(1000)))
    if (event.value.to == "completed") ++completions[event.value.video_id];
  CHECK(completions.size() == static_cast<std::size_t>(videos));
  for (const auto& [video, count] : completions)
    if (count != 1) FAIL_CHECK(video << " was completed " << count << " times");
  CHECK(reel::records<Video>(store).count(
            reel::Query<Video>{}.where(reel::field<&Video::status> == VideoStatus::completed)) == videos);
  CHECK(AnyQueue(store).count(EntryState::done) == videos);
}

/// The queues of some claimants: half of them share one, as the threads of a program do, and the others have one each.
std::vector<AnyQueue> queues_of(reel::AnyStore& store, int claimants) {
  std::vector<AnyQueue> queues(static_cast<std::size_t>(claimants / 2), AnyQueue(store, patient()));
  for (int i = claimants / 2; i < claimants; ++i) queues.emplace_back(store, patient());
  return queues;
}

TEST_CASE("of 64 claimants that start at the same time, one gets the only video", "[races]") {
  const int races = part_of_full(100'000, 100);
  constexpr int claimants = 64;
  reel::AnyStore store = video_tests::memory_store();
  fill(store, 1);
  const std::vector<AnyQueue> queues = queues_of(store, claimants);
  std::mutex mutex;
  std::vector<reel::video::Claim<reel::AnyStore>> winners;
  int fair = 0;
  std::barrier barrier(claimants, [&]() noexcept {
    fair += winners.size() == 1 ? 1 : 0;
    for (auto& winner : winners) winner.release();  // for the next race; the attempt does not count
    winners.clear();
  });
  on_threads(claimants, [&](int claimant) {
    for (int race = 0; race < races; ++race) {
      auto claim = queues[static_cast<std::size_t>(claimant)].claim_next("claimant", 1h);
      if (claim) {
        const std::lock_guard lock(mutex);
        winners.push_back(*std::move(claim));
      }
      barrier.arrive_and_wait();
    }
  });
  CHECK(fair == races);
}

TEST_CASE("each of many videos has one winner among 64 claimants", "[races]") {
  const int videos = part_of_full(100'000, 2'000);
  constexpr int claimants = 64;
  reel::AnyStore store = video_tests::memory_store();
  fill(store, videos);
  const std::vector<AnyQueue> queues = queues_of(store, claimants);
  std::mutex mutex;
  std::vector<reel::video::Claim<reel::AnyStore>> winners;
  on_threads(claimants, [&](int claimant) {
    while (auto claim = queues[static_cast<std::size_t>(claimant)].claim_next("claimant", 1h)) {
      const std::lock_guard lock(mutex);
      winners.push_back(*std::move(claim));
    }
  });
  std::set<Id<Video>> ids;
  for (const auto& claim : winners) {
    ids.insert(claim.id());
    if (claim.epoch() != 1) FAIL_CHECK(claim.id().str() << " has epoch " << claim.epoch());
  }
  CHECK(winners.size() == static_cast<std::size_t>(videos));
  CHECK(ids.size() == static_cast<std::size_t>(videos));
}

TEST_CASE("each of many videos has one winner among 64 claimants in 4 processes", "[races]") {
  const int videos = part_of_full(100'000, 500);
  const reel::testing::TemporaryFolder folder;
  {
    reel::AnyStore store = opened(folder.path());
    fill(store, videos);
  }
  const auto words = in_processes(4, [&](int, const Child::Pipe& pipe) {
    reel::AnyStore store = opened(folder.path());
    const std::vector<AnyQueue> queues = queues_of(store, 16);
    std::mutex mutex;
    std::vector<reel::video::Claim<reel::AnyStore>> winners;
    on_threads(16, [&](int claimant) {
      while (auto claim = queues[static_cast<std::size_t>(claimant)].claim_next("claimant", 1h)) {
        const std::lock_guard lock(mutex);
        winners.push_back(*std::move(claim));
      }
    });
    std::string ids;
    for (const auto& winner : winners) ids += winner.id().str() + ' ';
    pipe.write(ids);  // at the end: a full pipe would stop the claimants
    ::_exit(0);       // a claim that is destroyed would be released
  });
  std::set<std::string> ids;
  std::size_t winners = 0;
  for (const auto& of_process : words) {
    winners += of_process.size();
    ids.insert(of_process.begin(), of_process.end());
  }
  CHECK(winners == static_cast<std::size_t>(videos));
  CHECK(ids.size() == static_cast<std::size_t>(videos));
}

TEST_CASE("64 workers in 4 processes complete each video once", "[races]") {
  const int videos = part_of_full(5'000, 200);
  const reel::testing::TemporaryFolder folder;
  {
    reel::AnyStore store = opened(folder.path());
    fill(store, videos);
  }
  const auto words = in_processes(4, [&](int, const Child::Pipe& pipe) {
    reel::AnyStore store = opened(folder.path());
    const AnyQueue queue(store, patient());
    on_threads(16, [&](int) {
      while (auto claim = queue.wait_next("worker", 1min, {.stop = {}, .timeout = 100ms})) {
        claim->complete();
        pipe.write(claim->id().str() + ' ');
      }
    });
  });
  std::size_t completions = 0;
  for (const auto& of_process : words) completions += of_process.size();
  CHECK(completions == static_cast<std::size_t>(videos));
  reel::AnyStore store = opened(folder.path());
  check_all_completed(store, videos);
}

TEST_CASE("the videos of workers that are killed come back after their lease", "[races]") {
  const int videos = part_of_full(2'000, 100);
  const reel::testing::TemporaryFolder folder;
  reel::AnyStore store = opened(folder.path());
  const auto ids = fill(store, videos);
  const AnyQueue queue(store, patient());
  std::mt19937 chance(1);
  const auto start_worker = [&] {
    return std::make_unique<Child>([&, seed = chance()](const Child::Pipe&) {
      std::mt19937 pause(static_cast<std::mt19937::result_type>(seed));
      reel::AnyStore own = opened(folder.path());
      const AnyQueue mine(own, patient());
      for (;;) {
        auto claim = mine.claim_next("worker", 300ms);
        std::this_thread::sleep_for(std::chrono::microseconds{pause() % 20'000});
        try {
          if (claim) claim->complete();
        } catch (const reel::Error& error) {  // the machine was too busy for the lease
          if (error.code() != Errc::conflict) throw;
        }
      }
    });
  };
  std::vector<std::unique_ptr<Child>> workers(4);
  int kills = 0;
  while (queue.count(EntryState::done) < videos) {
    std::unique_ptr<Child>& worker = workers[chance() % workers.size()];
    if (worker) {
      worker->kill();
      CHECK(worker->was_killed());
      ++kills;
    }
    worker = start_worker();
    // A new worker first looks at all videos.
    std::this_thread::sleep_for(std::chrono::milliseconds{20 + chance() % 150 + static_cast<unsigned>(videos) / 2});
  }
  workers.clear();
  const Catalog<reel::AnyStore> catalog(store);
  int taken_again = 0;
  for (const Id<Video>& id : ids) {
    int completions = 0;
    for (const auto& entry : catalog.history(id)) completions += entry.event.to == "completed" ? 1 : 0;
    if (completions != 1) FAIL_CHECK(id.str() << " was completed " << completions << " times");
    taken_again += reel::records<QueueEntry>(store).get(Id<QueueEntry>{id.str()}).value.epoch > 1 ? 1 : 0;
  }
  CHECK(reel::records<Video>(store).count(
            reel::Query<Video>{}.where(reel::field<&Video::status> == VideoStatus::completed)) == videos);
  CHECK(kills > 0);
  CHECK(taken_again > 0);
  if (std::getenv("REEL_QUEUE_PERCENT"))
    WARN(kills << " workers were killed, and " << taken_again << " videos were claimed again");
}

TEST_CASE("no completion after the lease is accepted although no other program has taken the video", "[races]") {
  const int stalls = part_of_full(10'000, 200);
  constexpr int at_once = 100;
  reel::AnyStore store = video_tests::memory_store();
  const AnyQueue queue(store, patient(1min));
  int refused = 0;
  for (int round = 0; round < stalls / at_once; ++round) {
    fill(store, at_once);
    std::vector<reel::video::Claim<reel::AnyStore>> stalled;
    while (stalled.size() < at_once)
      if (auto claim = queue.claim_next("stalled", 100ms)) stalled.push_back(*std::move(claim));
    std::this_thread::sleep_for(110ms);
    for (auto& claim : stalled) {
      try {
        claim.complete();
      } catch (const reel::Error& error) {
        refused += error.code() == Errc::conflict ? 1 : 0;
      }
    }
    while (auto claim = queue.claim_next("next", 1min)) claim->complete();
  }
  CHECK(refused == stalls);
  check_all_completed(store, stalls);
}

TEST_CASE("no completion after the lease is accepted", "[races]") {
  const int stalls = part_of_full(10'000, 200);
  constexpr int at_once = 100;
  reel::AnyStore store = video_tests::memory_store();
  const AnyQueue queue(store, patient(1ms)), thief(store, patient(1ms));
  int refused = 0;
  for (int round = 0; round < stalls / at_once; ++round) {
    fill(store, at_once);
    std::vector<reel::video::Claim<reel::AnyStore>> stalled, taken;
    while (stalled.size() < at_once)
      if (auto claim = queue.claim_next("stalled", 50ms)) stalled.push_back(*std::move(claim));
    std::this_thread::sleep_for(60ms);
    while (taken.size() < at_once) {
      thief.maintain();
      while (auto claim = thief.claim_next("thief", 1min)) taken.push_back(*std::move(claim));
    }
    for (auto& claim : stalled) {
      try {
        claim.complete();
      } catch (const reel::Error& error) {
        refused += error.code() == Errc::conflict ? 1 : 0;
      }
    }
    for (auto& claim : taken) claim.complete();
  }
  CHECK(refused == stalls);
  check_all_completed(store, stalls);
}

}  // namespace races_tests
