#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <emulator/emulator.hpp>
#include <emulator/server/knobs.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite_realtime.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/watcher.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

// Programs that watch a server and are killed at random moments, while others write, the server restarts, and its
// realtime socket loses events. REEL_WATCH_RUNS sets the number of runs.

namespace watch_runs_tests {

using namespace std::chrono_literals;
using namespace reel;
using emulator::FaultKind;
using reel::testing::TemporaryFolder;
using reel::testing::Track;
using reel::testing::WatchedCopy;
using Clock = std::chrono::steady_clock;
using Copy = std::map<std::string, Record<Track>>;
using Random = std::minstd_rand;
using Tracks = Repository<Track, Appwrite>;

/// Between two looks: at most 30 times as long while nothing changes, or while the socket is connected.
constexpr std::chrono::milliseconds poll_every = 10ms;
constexpr std::chrono::milliseconds longest_interval = 30 * poll_every;
/// How long a run may take on a machine that is busy with other work.
constexpr std::chrono::milliseconds patience = 60s;

/// Of each of the two writers.
constexpr int writes = 20;

int drawn(Random& random, int below) { return std::uniform_int_distribution<int>(0, below - 1)(random); }

/// A server that keeps its data when it is restarted, with a user who may read everything.
class Server {
 public:
  explicit Server(std::string version) : version_(std::move(version)) {
    start();
    Appwrite store(config());
    Tracks{store}.setup();
    ask(store, "/users", {{"userId", "ada"}});
    session_ = ask(store, "/users/ada/sessions", nlohmann::json::object()).at("secret");
  }

  /// The configuration of a writer.
  [[nodiscard]] AppwriteConfig config() const {
    AppwriteConfig config;
    config.endpoint = endpoint_;
    config.project = "project";
    config.key = ApiKey("secret");
    config.retry.first_wait = 5ms;
    config.retry.longest_wait = 50ms;
    return config;
  }
  /// The configuration of a program that watches.
  [[nodiscard]] AppwriteConfig watching(bool has_socket) const {
    AppwriteConfig watching = config();
    watching.retry.max_attempts = 1;
    watching.session = ApiKey(session_);
    if (has_socket) watching.realtime = appwrite_realtime();
    return watching;
  }

  void restart() {
    faults_before_ += emulator_->app().knobs().hits();
    emulator_->stop();
    emulator_.reset();
    start();
  }
  /// From now on half of the events are lost, and some sockets are cut or report nothing more.
  void lose_events() {
    loses_events_ = true;
    add_faults();
  }
  /// The number of events that were lost and of sockets that were cut or report nothing more.
  [[nodiscard]] std::int64_t faults() const { return faults_before_ + emulator_->app().knobs().hits(); }

 private:
  void start() {
    emulator::Config config;
    config.port = port_;
    config.version = version_;
    config.worker_delay = 2ms;
    config.threads = 4;
    config.data = folder_ / "data";
    config.realtime_bugs = version_ == "1.8.1";
    emulator_ = std::make_unique<emulator::Emulator>(std::move(config));
    emulator_->add_project("project", "secret");
    if (loses_events_) add_faults();
    emulator_->start();
    port_ = emulator_->port();
    endpoint_ = emulator_->url();
  }
  void add_faults() {
    emulator::Knobs& knobs = emulator_->app().knobs();
    knobs.add({.fault = {.kind = FaultKind::drop_event}, .times = 0, .chance = 0.5});
    knobs.add({.fault = {.kind = FaultKind::cut_socket}, .times = 0, .chance = 0.1});
    knobs.add({.fault = {.kind = FaultKind::mute_socket}, .times = 0, .chance = 0.1, .after = 3});
  }
  static nlohmann::json ask(const Appwrite& store, const std::string& path, const nlohmann::json& body) {
    const auto answer =
        store.client().call({.request = {.method = appwrite::Method::post, .path = path, .body = body.dump()}});
    return nlohmann::json::parse(answer.response.body);
  }

  std::string version_;
  TemporaryFolder folder_{};
  unsigned short port_ = 0;
  std::string endpoint_{}, session_{};
  bool loses_events_ = false;
  std::int64_t faults_before_ = 0;  ///< before the last restart
  std::unique_ptr<emulator::Emulator> emulator_{};
};

/// A program that keeps a copy of the records and, with it, the token of the last event. A watch has no other state, so
/// a program that was stopped and has forgotten some of its last events is like one that was killed.
class Consumer {
 public:
  Consumer(AppwriteConfig config, unsigned seed) : config_(std::move(config)), random_(seed) {
    config_.log = [this](std::string_view line) {
      if (line.starts_with("realtime connected as user ada")) ++sockets_;
      if (line.find("greaterThanEqual") != std::string_view::npos && line.find("-> 200") != std::string_view::npos)
        ++looks_;
    };
  }

  /// Watches until the stop, from the saved token on.
  void live(const std::stop_token& stop) {
    Appwrite store(config_);
    WatchOptions options{.stop = stop, .bookmark_every = 20ms, .poll_every = poll_every};
    if (saved_.token) options.from = ResumeToken::parse(*saved_.token);
    for (const Change<Track>& change : Tracks{store}.watch({}, options)) {
      const std::lock_guard lock(mutex_);
      present_.copy.apply(change);
      present_.token = change.token.str();
      if (drawn(random_, 3) > 0) saved_ = present_;
      ++events_;
    }
  }
  /// Forgets what was not saved.
  void die() {
    const std::lock_guard lock(mutex_);
    present_ = saved_;
  }
  [[nodiscard]] Copy copy() const {
    const std::lock_guard lock(mutex_);
    return present_.copy.records();
  }
  [[nodiscard]] int events() const { return events_; }
  /// The number of looks at the records that have changed recently. When it is counted, the look before is complete.
  [[nodiscard]] int looks() const { return looks_; }
  /// The number of sockets that were connected.
  [[nodiscard]] int sockets() const { return sockets_; }

 private:
  struct State {
    WatchedCopy<Track> copy{};
    std::optional<std::string> token{};
  };

  AppwriteConfig config_;
  Random random_;
  mutable std::mutex mutex_{};  ///< protects `present_`
  State present_{}, saved_{};
  std::atomic<int> events_ = 0, sockets_ = 0, looks_ = 0;
};

/// A life of a consumer on a thread of its own.
class Life {
 public:
  explicit Life(Consumer& consumer) : consumer_(consumer) {
    thread_ = std::thread([this] {
      try {
        consumer_.live(stop_.get_token());
      } catch (const std::exception& error) {
        failure_ = error.what();
      }
    });
  }
  ~Life() {
    if (thread_.joinable()) static_cast<void>(end());
  }
  /// Ends it, and returns the error that ended it before; empty: none.
  [[nodiscard]] std::string end() {
    stop_.request_stop();
    thread_.join();
    consumer_.die();
    return failure_;
  }

 private:
  Consumer& consumer_;
  std::stop_source stop_{};
  std::string failure_{};
  std::thread thread_;
};

/// Writes, and counts down `left` after each write. Errors are those of a server that restarts.
void write(AppwriteConfig config, unsigned seed, std::atomic<int>& left) {
  Random random(seed);
  config.writers = seed % 2 == 0 ? Writers::one : Writers::many;
  Appwrite store(config);
  const Tracks tracks{store};
  const std::vector<Permission> readable{Permission::read(Role::user("ada"))};
  for (int i = 0; i < writes; ++i, --left) {
    const Id<Track> id{"r" + std::to_string(drawn(random, 8))};
    try {
      switch (drawn(random, 5)) {
        case 0:
          tracks.remove(id);
          break;
        case 1:
          tracks.increment<&Track::plays>(id, 1);
          break;
        case 2:
          tracks.create_many(
              std::vector<Draft<Track>>(2, {.value = {.title = "x"}, .options = {.permissions = readable}}));
          break;
        default:
          tracks.upsert(id, {.title = "t" + std::to_string(i)}, {.permissions = readable});
      }
    } catch (const Error& error) {
      const Errc code = error.code();
      if (code != Errc::not_found && code != Errc::unavailable && code != Errc::conflict &&
          code != Errc::already_exists && code != Errc::timed_out)
        throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds{drawn(random, 25)});
  }
}

/// The records that differ.
std::string difference(const Copy& copy, const Copy& truth) {
  std::string text;
  const auto show = [&](const Copy& all, const std::string& id, const char* where) {
    const auto found = all.find(id);
    text += std::string(" ") + where + ": ";
    text += found == all.end() ? "none"
                               : found->second.value.title + " " + std::to_string(found->second.value.plays) + " " +
                                     format_timestamp(found->second.updated_at);
  };
  Copy all = copy;
  all.insert(truth.begin(), truth.end());
  for (const auto& [id, record] : all) {
    const auto in_copy = copy.find(id), in_truth = truth.find(id);
    if (in_copy != copy.end() && in_truth != truth.end() && in_copy->second == in_truth->second) continue;
    text += "\n" + id;
    show(copy, id, "copy");
    show(truth, id, "store");
  }
  return text;
}

/// The outcome of a run.
struct Outcome {
  std::string failure{};                ///< empty: none
  std::chrono::milliseconds settled{};  ///< from the last write to a copy that equals the store
  int lives = 0;
  int events = 0;
  int sockets = 0;
};

/// The last life of the consumer begins before half of the writes, so that its socket is connected during the last
/// ones. The server restarts in any life.
Outcome run(Server& server, unsigned seed, bool has_socket) {
  Random random(seed);
  Outcome outcome;
  Appwrite store(server.config());
  const Tracks tracks{store};
  tracks.remove_where(Query<Track>{});
  Consumer consumer(server.watching(has_socket), seed);
  std::atomic<int> left = 2 * writes;
  const AppwriteConfig config = server.config();
  std::thread first(write, config, 2 * seed, std::ref(left)), second(write, config, 2 * seed + 1, std::ref(left));
  std::optional<Life> life(std::in_place, consumer);
  ++outcome.lives;
  int restart_at = drawn(random, left);
  while (left > 0 || restart_at >= 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds{drawn(random, 100)});
    if (left <= restart_at) {
      restart_at = -1;
      server.restart();
    }
    if (left <= writes) continue;
    outcome.failure += life->end();
    life.emplace(consumer);
    ++outcome.lives;
  }
  first.join();
  second.join();
  const Clock::time_point written = Clock::now();
  const Copy truth = WatchedCopy<Track>::of(tracks, {});
  // The next look may have begun before the last write. The one after it must find everything, and is complete when a
  // third one is counted. A change that both miss is found at the sixtieth look.
  const int before = consumer.looks();
  bool is_equal = consumer.copy() == truth;
  while (!is_equal && consumer.looks() < before + 3 && Clock::now() - written < patience) {
    std::this_thread::sleep_for(1ms);
    is_equal = consumer.copy() == truth;
  }
  is_equal = is_equal || consumer.copy() == truth;
  outcome.settled = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - written);
  if (!is_equal) {
    const bool has_changed = WatchedCopy<Track>::of(tracks, {}) != truth;
    outcome.failure += std::string("the copy differs from the store") + (has_changed ? ", which has changed" : "") +
                       difference(consumer.copy(), truth);
  }
  outcome.failure += life->end();
  outcome.events = consumer.events();
  outcome.sockets = consumer.sockets();
  return outcome;
}

void print(const std::string& name, const Outcome& sum, std::vector<std::chrono::milliseconds> settled,
           std::int64_t faults) {
  std::sort(settled.begin(), settled.end());
  const auto at = [&](std::size_t percent) {
    return std::to_string(settled[(settled.size() - 1) * percent / 100].count()) + " ms";
  };
  const auto within = std::upper_bound(settled.begin(), settled.end(), longest_interval) - settled.begin();
  std::printf(
      "%s: %zu runs, %d lives, %d events, %d sockets, %lld faults; settled after %s p50, %s p99, %s at most; "
      "%td of them within %lld ms\n",
      name.c_str(), settled.size(), sum.lives, sum.events, sum.sockets, static_cast<long long>(faults), at(50).c_str(),
      at(99).c_str(), at(100).c_str(), within, static_cast<long long>(longest_interval.count()));
}

TEST_CASE("a program that watches a server and is killed at any moment has the state of the server in the end") {
  const std::string version = GENERATE("1.8.1", "1.9.0");
  const bool has_socket = GENERATE(true, false);
  const char* const wanted = std::getenv("REEL_WATCH_RUNS");
  const int runs = std::max(1, (wanted ? std::atoi(wanted) : 40) / 4);
  Server server(version);
  server.lose_events();
  std::vector<std::chrono::milliseconds> settled;
  Outcome sum;
  for (int i = 0; i < runs; ++i) {
    CAPTURE(version, has_socket, i);
    const Outcome outcome = run(server, static_cast<unsigned>(i + 1), has_socket);
    CHECK(outcome.failure == "");
    settled.push_back(outcome.settled);
    sum.lives += outcome.lives;
    sum.events += outcome.events;
    sum.sockets += outcome.sockets;
  }
  CHECK(sum.lives > runs);
  CHECK(sum.events > runs);
  CHECK((sum.sockets > 0) == has_socket);
  CHECK((server.faults() > 0) == has_socket);
  if (wanted) print(version + (has_socket ? " socket" : " polling"), sum, settled, server.faults());
}

}  // namespace watch_runs_tests
