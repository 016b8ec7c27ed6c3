#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <emulator/emulator.hpp>
#include <emulator/server/knobs.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/routes.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/testing/rules/watches.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/watcher.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace watching_tests {

using namespace std::chrono_literals;
using namespace reel;
using reel::testing::error_from;
using reel::testing::show_change;
using reel::testing::TemporaryFolder;
using reel::testing::Track;
using reel::testing::watch_options;
using reel::testing::WatchedCopy;
using reel::testing::Watcher;
using Tracks = Repository<Track, Appwrite>;
using Strings = std::vector<std::string>;

/// A server that keeps its data when it is restarted, and a collection on it.
struct Fixture {
  Fixture() {
    server->start();
    server->add_project("project", "secret");
    store.emplace(config());
    tracks().setup();
  }

  [[nodiscard]] AppwriteConfig config() const {
    AppwriteConfig config;
    config.endpoint = server->url();
    config.project = "project";
    config.key = ApiKey("secret");
    config.retry.max_attempts = 1;
    config.retry.first_wait = 1ms;
    return config;
  }
  [[nodiscard]] Tracks tracks() { return Tracks{*store}; }
  void create(const std::string& id) { tracks().create({.title = id, .plays = 1}, {.id = Id<Track>{id}}); }

  void stop_server() {
    port = server->port();
    server->stop();
    server.reset();
  }
  void start_server() {
    server = std::make_unique<emulator::Emulator>(settings());
    server->add_project("project", "secret");
    server->start();
  }

  /// Requests that read records fail in this way until `mend`.
  void fail(int status, double chance = 1) {
    server->app().knobs().add({.fault = {.kind = emulator::FaultKind::refuse, .status = status},
                               .method = "GET",
                               .path = "/documents",
                               .times = 0,
                               .chance = chance});
  }
  void mend() { server->app().knobs().clear(); }

  /// The events of a watch after `token` until `count` have arrived.
  Strings resumed(const Tracks& watched, const ResumeToken& token, std::size_t count) {
    std::stop_source stop;
    WatchOptions options = watch_options(ResumeToken::parse(token.str()));
    options.stop = stop.get_token();
    Strings events;
    for (const Change<Track>& change : watched.watch({}, options)) {
      events.push_back(show_change(change));
      if (events.size() == count) stop.request_stop();
    }
    return events;
  }
  /// The token at the end of a snapshot.
  ResumeToken token_now() {
    Watcher<Track> watcher(tracks(), {}, watch_options(from_now));
    watcher.expect_next("bookmark");
    return watcher.last().token;
  }

  TemporaryFolder folder{};
  unsigned short port = 0;
  std::unique_ptr<emulator::Emulator> server = std::make_unique<emulator::Emulator>(settings());
  std::optional<Appwrite> store{};

 private:
  [[nodiscard]] emulator::Config settings() const {
    emulator::Config config;
    config.port = port;
    config.worker_delay = 2ms;
    config.threads = 4;
    config.data = folder / "data";
    return config;
  }
};

/// Waits until the watch has this state.
template <class T>
WatchStatus wait_for(const Watcher<T>& watcher, WatchState state) {
  const auto end = std::chrono::steady_clock::now() + 20s;
  while (watcher.status().state != state) {
    if (std::chrono::steady_clock::now() > end) throw std::runtime_error("the watch has another state");
    std::this_thread::sleep_for(1ms);
  }
  return watcher.status();
}

TEST_CASE_METHOD(Fixture, "a watch is offline while the server refuses to work, and continues") {
  create("a");
  Watcher<Track> watcher(tracks(), {});
  watcher.expect_next("present a");
  watcher.expect_next("bookmark");
  CHECK(wait_for(watcher, WatchState::polling).error == std::nullopt);
  const int status = GENERATE(429, 500, 503);
  fail(status);
  const WatchStatus offline = wait_for(watcher, WatchState::offline);
  CHECK(offline.error.value().context().http_status == status);
  create("b");
  store->remove(schema_of<Track>(), "a", std::nullopt);
  mend();
  watcher.expect_next("removed a");
  watcher.expect_next("entered b");
  wait_for(watcher, WatchState::polling);
}

TEST_CASE_METHOD(Fixture, "a watch continues when the server is restarted") {
  create("a");
  Watcher<Track> watcher(tracks(), {});
  watcher.expect_next("present a");
  watcher.expect_next("bookmark");
  stop_server();
  wait_for(watcher, WatchState::offline);
  start_server();
  create("b");
  watcher.expect_next("entered b");
  CHECK(watcher.last().record.has_value());
}

TEST_CASE_METHOD(Fixture, "a watch over a server that fails at every third request loses nothing") {
  create("a");
  const Watcher<Track> watcher(tracks(), {});
  fail(503, 0.3);
  AppwriteConfig persistent = config();
  persistent.retry.max_attempts = 30;
  AnyStore other = AnyStore::make<Appwrite>(persistent);
  const Repository<Track, AnyStore> writer{other};
  reel::testing::rules::change_at_random(writer, 3, 60);
  watcher.expect_copy([&] { return WatchedCopy<Track>::of(writer, {}); });
  CHECK(watcher.events().size() > 1);
}

TEST_CASE_METHOD(Fixture, "a watch with a key that the server does not accept ends") {
  AppwriteConfig wrong = config();
  wrong.key = ApiKey("wrong");
  Appwrite stranger(wrong);
  const Tracks watched{stranger};
  CHECK(error_from([&] { static_cast<void>(watched.watch({}, watch_options()).begin()); }).code() ==
        Errc::unauthorized);

  Watcher<Track> watcher(tracks(), {});
  watcher.expect_next("bookmark");
  server->add_project("project", "another secret");
  const Error error = error_from([&] { watcher.wait_until([](const auto&) { return false; }, "an error"); });
  CHECK(error.code() == Errc::unauthorized);
  CHECK(error.operation() == "watch");
}

TEST_CASE_METHOD(Fixture, "a watch of a collection that is deleted ends as not_found") {
  create("a");
  Watcher<Track> watcher(tracks(), {});
  watcher.expect_next("present a");
  watcher.expect_next("bookmark");
  const appwrite::Routes routes(store->client().config().database, false);
  store->client().call({.request = {.method = appwrite::Method::remove, .path = routes.collection("tracks")},
                        .idempotency = appwrite::Idempotency::idempotent});
  const Error error = error_from([&] { watcher.wait_until([](const auto&) { return false; }, "an error"); });
  CHECK(error.code() == Errc::not_found);
}

TEST_CASE_METHOD(Fixture, "a token continues on another store object, after a restart too") {
  create("a");
  const ResumeToken token = token_now();
  create("b");
  stop_server();
  start_server();
  AppwriteConfig other = config();
  other.tables_routes = true;
  Appwrite later(other);
  CHECK(resumed(Tracks{later}, token, 3) == Strings{"changed a", "entered b", "bookmark"});
}

TEST_CASE_METHOD(Fixture, "a token of another project or database is invalid") {
  const ResumeToken token = token_now();
  server->add_project("other", "secret");
  AppwriteConfig project = config(), database = config();
  project.project = "other";
  database.database = "other";
  for (const AppwriteConfig& other : {project, database}) {
    Appwrite elsewhere(other);
    Tracks watched{elsewhere};
    watched.setup();
    CHECK(error_from([&] { resumed(watched, token, 1); }).code() == Errc::invalid);
  }
}

TEST_CASE_METHOD(Fixture, "a removal that no watch saw is a reset and a snapshot") {
  for (const char* id : {"a", "b"}) create(id);
  const ResumeToken token = token_now();
  tracks().remove(Id<Track>{"a"});
  create("c");
  CHECK(resumed(tracks(), token, 4) == Strings{"reset", "present b", "present c", "bookmark"});
}

TEST_CASE_METHOD(Fixture, "a watch polls less often while nothing changes, and at once more often after a change") {
  std::atomic<int> requests = 0;
  AppwriteConfig counting = config();
  counting.log = [&](std::string_view) { ++requests; };
  Appwrite counted(counting);
  Watcher<Track> watcher(Tracks{counted}, {});
  watcher.expect_next("bookmark");
  std::this_thread::sleep_for(700ms);
  const int before = requests;
  std::this_thread::sleep_for(900ms);
  CHECK(requests - before <= 10);  // at 10 ms it would be over 100
  create("a");
  watcher.expect_next("entered a");
  create("b");
  watcher.expect_next("entered b");
}

TEST_CASE_METHOD(Fixture, "a stop ends a watch whose request gets no response") {
  Watcher<Track> watcher(tracks(), {});
  watcher.expect_next("bookmark");
  server->app().knobs().latency(5s, 5s);
  std::this_thread::sleep_for(400ms);  // longer than the longest interval
  const auto start = std::chrono::steady_clock::now();
  std::optional<Watcher<Track>> second(std::in_place, tracks(), Query<Track>{});
  std::this_thread::sleep_for(50ms);
  second.reset();
  CHECK(std::chrono::steady_clock::now() - start < 3s);
  mend();
}

TEST_CASE_METHOD(Fixture, "a snapshot of a bucket with several pages is complete") {
  const BlobStore<Appwrite> films{*store, Bucket{.id = "films", .name = "Films"}};
  films.setup();
  for (int i = 0; i < 250; ++i) films.put(BlobId{"f" + std::to_string(i)}, from_bytes(std::string("x")));
  Watcher<BlobInfo> watcher(films, {});
  for (int i = 0; i < 250; ++i) watcher.expect_next("present f" + std::to_string(i));
  watcher.expect_next("bookmark");
  films.remove(BlobId{"f7"});
  watcher.expect_next("removed f7");
  CHECK(watcher.events().size() == 252);
}

}  // namespace watching_tests
