#include <reel/video/queue.hpp>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/backends/appwrite.hpp>

#include "support/catch.hpp"
#include "support/emulator_process.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/child.hpp"
#include "support/video/moves.hpp"
#include "support/video/part_of_full.hpp"

// The queue on a server that simulates the races of a real one. `part_of_full` has the numbers. With
// REEL_APPWRITE_ENDPOINT, REEL_APPWRITE_PROJECT_ID and REEL_APPWRITE_API_KEY the server is that one, otherwise the
// emulator.

namespace queue_tests {

using namespace reel;
using namespace std::chrono_literals;
using testing::Child;
using video::EntryState;
using video::QueueEntry;
using video::QueueOptions;
using video::Video;
using video::VideoStatus;
using AnyQueue = video::Queue<AnyStore>;

constexpr int clients = 16;
constexpr unsigned patience = 4 * 3600;  // seconds

std::string variable(const char* name, const std::string& otherwise) {
  const char* const value = std::getenv(name);
  return value ? value : otherwise;
}

/// A server in a separate process, or the one of the environment, and a database in it.
class Site {
 public:
  Site() {
    config_.database = "queue-" + make_id();
    config_.retry.first_wait = 1ms;
    config_.endpoint = variable("REEL_APPWRITE_ENDPOINT", "");
    config_.project = variable("REEL_APPWRITE_PROJECT_ID", "project");
    config_.key = ApiKey(variable("REEL_APPWRITE_API_KEY", "secret"));
    if (!config_.endpoint.empty()) return;
    emulator::Config served;
    served.worker_delay = {};
    served.threads = clients + 2;
    served.storage_limit = 5'000'000'000;
    served.races = 20261129;
    server_ = std::make_unique<testing::EmulatorProcess>(served, "project", "secret");
    config_.endpoint = server_->url();
  }

  [[nodiscard]] AnyStore open() const { return AnyStore::make<Appwrite>(config_); }

 private:
  std::unique_ptr<testing::EmulatorProcess> server_;
  AppwriteConfig config_{};
};

QueueOptions quick() { return {.backoff = 0ms, .poll = 10ms}; }
QueueOptions without_heartbeats() { return {.backoff = 0ms, .poll = 10ms, .sends_heartbeats = false}; }

/// A client in a separate process that does one step after another on request, and reports a character
/// for each. No lock of a process orders the clients.
class Client {
 public:
  explicit Client(const std::function<char(char step)>& act) {
    REQUIRE(::pipe(steps_) == 0);
    child_.emplace([&](const Child::Pipe& pipe) {
      ::alarm(patience);
      ::close(steps_[1]);
      for (char step = 0; ::read(steps_[0], &step, 1) == 1;) pipe.write(std::string(1, act(step)));
    });
    ::close(steps_[0]);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() { ::close(steps_[1]); }

  void tell(char step) const { REQUIRE(::write(steps_[1], &step, 1) == 1); }
  [[nodiscard]] char result() const {
    const std::string read = child_->read(1);
    return read.empty() ? '!' : read.front();
  }
  [[nodiscard]] char call(char step) const {
    tell(step);
    return result();
  }

 private:
  int steps_[2] = {-1, -1};
  std::optional<Child> child_{};
};

/// A client of a queue: `c` claims a video and reports `w` if it has one, `d` releases it.
struct Claimant {
  char operator()(char step) {
    if (step == 'd') {
      claim->release();
      claim.reset();
      return 'd';
    }
    claim = queue.claim_next(name, 60s);
    return claim ? 'w' : '-';
  }

  Claimant(const Site& site, std::string of) : store(site.open()), name(std::move(of)) {}

  AnyStore store;
  std::string name;
  AnyQueue queue{store, without_heartbeats()};
  std::optional<video::Claim<AnyStore>> claim{};
};

TEST_CASE("of many clients that claim one video at once exactly one has it", "[queue]") {
  const int races = testing::part_of_full(10'000, 20);
  const Site site;
  std::vector<std::unique_ptr<Client>> claimants;
  for (int i = 0; i < clients; ++i) {
    claimants.push_back(std::make_unique<Client>([&site, i, claimant = std::shared_ptr<Claimant>()](char step) mutable {
      if (!claimant) claimant = std::make_shared<Claimant>(site, "w" + std::to_string(i));
      return (*claimant)(step);
    }));
  }
  AnyStore store = site.open();
  const AnyQueue queue(store, quick());
  queue.setup();
  const Id<Video> id = queue.add({.topic = "t"}).id;
  const auto start = std::chrono::steady_clock::now();
  for (int race = 1; race <= races; ++race) {
    for (const auto& claimant : claimants) claimant->tell('c');
    std::string results;
    for (const auto& claimant : claimants) results += claimant->result();
    INFO("race " << race << ": " << results);
    REQUIRE(std::count(results.begin(), results.end(), 'w') == 1);
    REQUIRE(std::count(results.begin(), results.end(), '-') == clients - 1);
    REQUIRE(claimants[results.find('w')]->call('d') == 'd');
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  const QueueEntry entry = records<QueueEntry>(store).get(Id<QueueEntry>{id.str()}).value;
  CHECK(entry.epoch == races);
  CHECK(entry.state == EntryState::waiting);
  std::printf("%d races of %d clients with one winner each in %.0f s\n", races, clients, taken.count());
}

/// Claims and completes videos until the queue is empty. Returns their ids, each followed by a space.
std::string work(AnyStore store, const std::string& worker) {
  const AnyQueue queue(store, quick());
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

/// Creates videos that wait in the queue, without the cost of adding them one by one.
void fill(AnyStore& store, int videos) {
  const auto at = now() - 1min;
  for (int left = videos; left > 0; left -= 1000) {
    std::vector<Draft<Video>> records;
    std::vector<Draft<QueueEntry>> entries;
    for (int i = 0; i < std::min(left, 1000); ++i) {
      const std::string id = make_id();
      records.push_back({{.topic = "t", .status = VideoStatus::queued_for_render, .created_at = at, .updated_at = at},
                         {.id = Id<Video>{id}}});
      entries.push_back({{.queue = "render", .queued_at = at, .ready_at = at}, {.id = Id<QueueEntry>{id}}});
    }
    reel::records<Video>(store).create_many(std::move(records));
    reel::records<QueueEntry>(store).create_many(std::move(entries));
  }
}

TEST_CASE("each of many videos has one winner among many clients that claim at once", "[queue]") {
  const int videos = testing::part_of_full(100'000, 60);
  const Site site;
  {
    AnyStore store = site.open();
    AnyQueue(store, quick()).setup();
    fill(store, videos);
  }
  const auto start = std::chrono::steady_clock::now();
  std::vector<Child> claimants;
  for (int i = 0; i < clients; ++i) {
    claimants.emplace_back([&](const Child::Pipe& pipe) {
      ::alarm(patience);
      AnyStore store = site.open();
      const AnyQueue queue(store, without_heartbeats());
      std::vector<video::Claim<AnyStore>> claims;
      std::string ids;
      while (auto claim = queue.claim_next("claimant", 24h)) {
        ids += claim->id().str() + ' ';
        claims.push_back(*std::move(claim));
      }
      pipe.write(ids);  // at the end: a full pipe would stop the client
      ::_exit(0);       // a claim that is destroyed would be released
    });
  }
  std::vector<std::string> won;
  for (Child& claimant : claimants) {
    for (std::string& id : words(claimant.read())) won.push_back(std::move(id));
    CHECK(claimant.wait());
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  CHECK(won.size() == static_cast<std::size_t>(videos));
  CHECK(std::set<std::string>(won.begin(), won.end()).size() == static_cast<std::size_t>(videos));
  AnyStore store = site.open();
  for (const auto& entry : records<QueueEntry>(store).all(Query<QueueEntry>{}.limit(1000)))
    if (entry.value.epoch != 1) FAIL_CHECK(entry.id.str() << " has epoch " << entry.value.epoch);
  std::printf("%d videos with one winner each of %d clients in %.0f s\n", videos, clients, taken.count());
}

TEST_CASE("each video goes to one of several programs on a server", "[queue]") {
  constexpr int programs = 4;
  const Site site;
  std::vector<std::string> added;
  {
    AnyStore store = site.open();
    const AnyQueue queue(store, quick());
    queue.setup();
    for (int i = 0; i < 12; ++i) added.push_back(queue.add({.topic = "t"}).id.str());
  }
  std::vector<Child> workers;
  for (int i = 0; i < programs; ++i) {
    workers.emplace_back([&, i](const Child::Pipe& pipe) {
      ::alarm(patience);
      pipe.write(work(site.open(), "w" + std::to_string(i)));
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
  AnyStore store = site.open();
  CHECK(AnyQueue(store, quick()).count(EntryState::done) == static_cast<std::int64_t>(added.size()));
  for (const auto& entry : records<QueueEntry>(store).all()) CHECK(entry.value.epoch == 1);
}

TEST_CASE("a server refuses workers whose claim was taken away", "[queue]") {
  const int stalls = testing::part_of_full(10'000, 5);
  const Site site;
  AnyStore store = site.open();
  const AnyQueue queue(store, without_heartbeats());
  queue.setup();
  const auto refused = [](auto&& call) { return testing::error_from(call).code() == Errc::conflict; };
  for (int i = 0; i < stalls; ++i) {
    const Id<Video> id = queue.add({.topic = "t"}).id;
    auto late = queue.claim_next("late", 50ms);
    REQUIRE(late);
    std::this_thread::sleep_for(100ms);
    auto next = queue.wait_next("next", 60s, {.timeout = 60s});
    REQUIRE(next);
    CHECK(next->id() == id);
    CHECK(next->epoch() == 2);
    REQUIRE(refused([&] { late->complete(); }));
    CHECK(refused([&] { late->heartbeat(); }));
    CHECK(queue.explain(id).reason.starts_with("worker 'next' has claimed it with epoch 2"));
    next->complete(3.5);
    const auto video = video::Catalog(store).get(id);
    CHECK(video.value.total_duration == 3.5);
    CHECK(video.value.status == VideoStatus::completed);
  }
  std::printf("%d stalls, none accepted\n", stalls);
}

TEST_CASE("a video on a server makes each move of its machine and no other", "[queue]") {
  const Site site;
  AnyStore store = site.open();
  testing::check_video_moves(store);
}

TEST_CASE("a scene on a server makes each move of its machine and no other", "[queue]") {
  const Site site;
  AnyStore store = site.open();
  testing::check_scene_moves(store);
}

}  // namespace queue_tests
