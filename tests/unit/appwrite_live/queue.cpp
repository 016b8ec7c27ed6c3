#include <reel/video/queue.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/appwrite.hpp>

#include "support/catch.hpp"
#include "support/emulator_process.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"

// The queue on a server that simulates the races of a real one.

namespace queue_tests {

using namespace reel;
using namespace std::chrono_literals;
using testing::Child;
using video::QueueOptions;
using video::Video;
using AppwriteQueue = video::Queue<Appwrite>;

constexpr int programs = 4;

emulator::Config server_with_races() {
  emulator::Config config;
  config.worker_delay = {};
  config.threads = programs + 2;
  config.races = 20261129;
  return config;
}

/// A server in a separate process.
struct Site {
  [[nodiscard]] AppwriteConfig config() const {
    AppwriteConfig config;
    config.endpoint = server.url();
    config.project = "project";
    config.key = ApiKey("secret");
    config.retry.first_wait = 1ms;
    return config;
  }

  testing::EmulatorProcess server{server_with_races(), "project", "secret"};
};

QueueOptions quick() { return {.backoff = 0ms, .poll = 10ms}; }

/// Claims and completes videos until the queue is empty. Returns their ids, each followed by a space.
std::string work(Appwrite& store, const std::string& worker) {
  const AppwriteQueue queue(store, quick());
  std::string ids;
  while (auto claim = queue.wait_next(worker, 30s, {.timeout = 500ms})) {
    claim->complete();
    ids += claim->id().str() + " ";
  }
  return ids;
}

std::vector<std::string> words(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

TEST_CASE("each video goes to one of several programs on a server", "[queue]") {
  const Site site;
  Appwrite store(site.config());
  const AppwriteQueue queue(store, quick());
  queue.setup();
  std::vector<std::string> added;
  for (int i = 0; i < 12; ++i) added.push_back(queue.add({.topic = "t"}).id.str());
  std::vector<Child> workers;
  for (int i = 0; i < programs; ++i) {
    workers.emplace_back([&, i](const Child::Pipe& pipe) {
      ::alarm(240);
      Appwrite own(site.config());
      pipe.write(work(own, "w" + std::to_string(i)));
    });
  }
  std::vector<std::string> completed;
  for (Child& worker : workers) {
    for (std::string& id : words(worker.read())) completed.push_back(std::move(id));
    CHECK(worker.wait());
  }
  std::sort(added.begin(), added.end());
  std::sort(completed.begin(), completed.end());
  CHECK(completed == added);
  CHECK(queue.count(video::EntryState::done) == static_cast<std::int64_t>(added.size()));
  for (const auto& entry : records<video::QueueEntry>(store).all()) CHECK(entry.value.epoch == 1);
}

TEST_CASE("a server refuses a worker whose claim was taken away", "[queue]") {
  const Site site;
  Appwrite store(site.config());
  QueueOptions options = quick();
  options.sends_heartbeats = false;
  const AppwriteQueue queue(store, options);
  queue.setup();
  const Id<Video> id = queue.add({.topic = "t"}).id;
  auto late = queue.claim_next("late", 50ms);
  REQUIRE(late);
  std::this_thread::sleep_for(100ms);
  auto next = queue.wait_next("next", 60s, {.timeout = 60s});
  REQUIRE(next);
  CHECK(next->epoch() == 2);
  CHECK(testing::error_from([&] { late->complete(); }).code() == Errc::conflict);
  CHECK(queue.explain(id).reason.starts_with("worker 'next' has claimed it with epoch 2"));
  next->complete(3.5);
  CHECK(video::Catalog(store).get(id).value.total_duration == 3.5);
}

}  // namespace queue_tests
