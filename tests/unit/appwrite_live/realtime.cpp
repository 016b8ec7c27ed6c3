#include <reel/backends/appwrite_realtime.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/system/error_code.hpp>
#include <nlohmann/json.hpp>

#include <emulator/emulator.hpp>
#include <emulator/server/knobs.hpp>
#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/blob_store.hpp>
#include <reel/repository.hpp>
#include <reel/testing/samples.hpp>
#include <reel/testing/watcher.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "support/filesystem/temporary_folder.hpp"
#include "support/http2_proxy.hpp"

namespace realtime_tests {

using namespace std::chrono_literals;
using namespace reel;
using emulator::FaultKind;
using reel::testing::error_from;
using reel::testing::show_change;
using reel::testing::TemporaryFolder;
using reel::testing::Track;
using reel::testing::WatchedCopy;
using reel::testing::Watcher;
using Tracks = Repository<Track, Appwrite>;

/// A server that keeps its data when it is restarted, a user with a session, and the log of a store that watches.
struct Fixture {
  explicit Fixture(const std::string& given_version = "1.8.1") : version(given_version) {
    server = std::make_unique<emulator::Emulator>(settings());
    server->start();
    server->add_project("project", "secret");
    writer.emplace(config());
    Tracks{*writer}.setup();
    ask("/users", {{"userId", "ada"}, {"email", "ada@example.com"}});
    session = ask("/users/ada/sessions", nlohmann::json::object()).at("secret");
  }

  [[nodiscard]] AppwriteConfig config() const {
    AppwriteConfig config;
    config.endpoint = server->url();
    config.project = "project";
    config.key = ApiKey("secret");
    config.writers = Writers::one;
    config.retry.max_attempts = 1;
    return config;
  }
  /// A store whose watches use the socket.
  [[nodiscard]] Appwrite watching(const std::string& endpoint = {}) {
    AppwriteConfig watching = config();
    if (!endpoint.empty()) watching.endpoint = endpoint;
    watching.session = ApiKey(session);
    watching.realtime = appwrite_realtime();
    watching.log = [this](std::string_view line) {
      const std::lock_guard lock(mutex);
      log.emplace_back(line);
    };
    return Appwrite(watching);
  }
  /// The number of lines of the log with this text.
  [[nodiscard]] std::ptrdiff_t logged(std::string_view text) {
    const std::lock_guard lock(mutex);
    return std::count_if(log.begin(), log.end(),
                         [&](const std::string& line) { return line.find(text) != std::string::npos; });
  }
  template <class Condition>
  void wait_for(Condition&& condition) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) throw std::runtime_error("waited for 20 s");
      std::this_thread::sleep_for(1ms);
    }
  }
  template <class T>
  void wait_for(const Watcher<T>& watcher, WatchState state) {
    wait_for([&] { return watcher.status().state == state; });
  }

  void create(const std::string& id) {
    Tracks{*writer}.create({.title = id, .plays = 1},
                           {.id = Id<Track>{id}, .permissions = {Permission::read(Role::user("ada"))}});
  }
  void remove(const std::string& id) { Tracks{*writer}.remove(Id<Track>{id}); }

  void fail(FaultKind kind, int times = 0) { server->app().knobs().add({.fault = {.kind = kind}, .times = times}); }
  void mend() { server->app().knobs().clear(); }
  void restart_server() {
    port = server->port();
    server->stop();
    server.reset();
    server = std::make_unique<emulator::Emulator>(settings());
    server->add_project("project", "secret");
    server->start();
  }

  nlohmann::json ask(const std::string& path, const nlohmann::json& body) {
    const auto answer =
        writer->client().call({.request = {.method = appwrite::Method::post, .path = path, .body = body.dump()}});
    return nlohmann::json::parse(answer.response.body);
  }
  /// A store with the rights of a session or JWT.
  [[nodiscard]] Appwrite acting(const std::string& given_session, const std::string& jwt) const {
    AppwriteConfig acting = config();
    acting.key = {};
    acting.session = ApiKey(given_session);
    acting.jwt = ApiKey(jwt);
    return Appwrite(acting);
  }

  std::string version;
  TemporaryFolder folder{};
  unsigned short port = 0;
  std::mutex mutex{};  ///< protects `log`
  std::vector<std::string> log{};
  std::unique_ptr<emulator::Emulator> server{};
  std::optional<Appwrite> writer{};
  std::string session{};

 private:
  [[nodiscard]] emulator::Config settings() const {
    emulator::Config config;
    config.port = port;
    config.version = version;
    config.worker_delay = 2ms;
    config.threads = 4;
    config.data = folder / "data";
    return config;
  }
};

/// Polls are so rare that an event which arrives did not need one.
WatchOptions rare_polls() { return {.bookmark_every = 0ms, .poll_every = 1h}; }
/// Polls at least every 300 ms, for changes that no event reports.
WatchOptions frequent_polls() { return {.bookmark_every = 0ms, .poll_every = 10ms}; }

TEST_CASE("an event of the realtime socket wakes a watch") {
  Fixture fixture(GENERATE("1.6.2", "1.8.1", "1.9.0"));
  fixture.create("a");
  Appwrite store = fixture.watching();
  Watcher<Track> watcher(Tracks{store}, {}, rare_polls());
  watcher.expect_next("present a");
  watcher.expect_next("bookmark");
  fixture.wait_for(watcher, WatchState::live);
  CHECK(fixture.logged("realtime connected as user ada") == 1);
  fixture.create("b");
  watcher.expect_next("entered b");
  Tracks{*fixture.writer}.increment<&Track::plays>(Id<Track>{"a"}, 1);
  watcher.expect_next("changed a");
  fixture.remove("b");
  watcher.expect_next("removed b");
  CHECK(watcher.status().state == WatchState::live);
}

// A separate test runs it where the proxy is installed.
TEST_CASE_METHOD(Fixture, "an event of the realtime socket wakes a watch over TLS", "[.][nghttpx]") {
  const reel::testing::Http2Proxy proxy(server->url());
  ::setenv("CURL_CA_BUNDLE", proxy.certificate().c_str(), 1);
  Appwrite store = watching(proxy.endpoint());
  {
    Watcher<Track> watcher(Tracks{store}, {}, rare_polls());
    watcher.expect_next("bookmark");
    wait_for(watcher, WatchState::live);
    for (int i = 0; i < 50; ++i) create("t" + std::to_string(i));
    for (int i = 0; i < 50; ++i) watcher.expect_next("entered t" + std::to_string(i));
    std::this_thread::sleep_for(100ms);
    remove("t7");
    watcher.expect_next("removed t7");
    CHECK(watcher.status().state == WatchState::live);
  }
  ::unsetenv("CURL_CA_BUNDLE");
}

TEST_CASE_METHOD(Fixture, "an event of another collection wakes no watch") {
  Appwrite store = watching();
  const Repository<reel::testing::Planet, Appwrite> planets{*writer};
  planets.setup();
  Watcher<Track> watcher(Tracks{store}, {}, rare_polls());
  watcher.expect_next("bookmark");
  wait_for(watcher, WatchState::live);
  const auto before = logged("GET ");
  planets.create({}, {.permissions = {Permission::read(Role::any())}});
  std::this_thread::sleep_for(100ms);
  CHECK(logged("GET ") == before);
  create("a");
  watcher.expect_next("entered a");
}

TEST_CASE_METHOD(Fixture, "an event of the realtime socket wakes a watch of a bucket") {
  Appwrite store = watching();
  const Bucket bucket{.id = "films", .name = "Films"};
  const BlobStore<Appwrite> written{*writer, bucket}, watched{store, bucket};
  written.setup();
  Watcher<BlobInfo> watcher(watched, {}, rare_polls());
  watcher.expect_next("bookmark");
  wait_for(watcher, WatchState::live);
  written.put(BlobId{"a"}, from_bytes(std::string("one")), {.permissions = {Permission::read(Role::user("ada"))}});
  watcher.expect_next("entered a");
  CHECK(watcher.last().blob.has_value());
}

TEST_CASE_METHOD(Fixture, "a socket that is cut is opened again and loses nothing") {
  Appwrite store = watching();
  Watcher<Track> watcher(Tracks{store}, {}, rare_polls());
  watcher.expect_next("bookmark");
  wait_for(watcher, WatchState::live);
  for (const char* id : {"a", "b", "c"}) {
    fail(FaultKind::cut_socket, 1);
    create(id);
    watcher.expect_next(std::string("entered ") + id);
    wait_for(watcher, WatchState::live);
  }
  CHECK(logged("realtime connected") == 4);
}

TEST_CASE_METHOD(Fixture, "a change that the socket does not report is found, and the socket is not trusted") {
  const bool is_muted = GENERATE(true, false);
  if (is_muted) fail(FaultKind::mute_socket, 1);
  Appwrite store = watching();
  Watcher<Track> watcher(Tracks{store}, {}, frequent_polls());
  watcher.expect_next("bookmark");
  wait_for(watcher, WatchState::live);
  if (!is_muted) fail(FaultKind::drop_event, 1);
  create("a");
  watcher.expect_next("entered a");
  wait_for([&] { return logged("it did not report a change") == 1; });
  wait_for(watcher, WatchState::polling);
  create("b");
  watcher.expect_next("entered b");
  CHECK(watcher.last().record.has_value());
}

TEST_CASE_METHOD(Fixture, "a watch polls while the server refuses sockets, and is live when it accepts one") {
  server->app().knobs().add({.fault = {.kind = FaultKind::refuse, .status = 503}, .path = "/realtime", .times = 2});
  Appwrite store = watching();
  Watcher<Track> watcher(Tracks{store}, {}, frequent_polls());
  watcher.expect_next("bookmark");
  wait_for([&] { return logged("realtime disconnected") >= 1; });
  CHECK(watcher.status().state == WatchState::polling);
  create("a");
  watcher.expect_next("entered a");
  wait_for(watcher, WatchState::live);
  CHECK(logged("realtime disconnected: The WebSocket handshake was declined by the remote peer") == 2);
}

TEST_CASE_METHOD(Fixture, "a watch with a socket continues when the server is restarted") {
  Appwrite store = watching();
  Watcher<Track> watcher(Tracks{store}, {}, frequent_polls());
  watcher.expect_next("bookmark");
  wait_for(watcher, WatchState::live);
  restart_server();
  create("a");
  watcher.expect_next("entered a");
  wait_for(watcher, WatchState::live);
  create("b");
  watcher.expect_next("entered b");
  CHECK(watcher.last().record.has_value());
}

TEST_CASE_METHOD(Fixture, "a user who may not read the records, and a guest, learn of changes by polls") {
  session = GENERATE(as<std::string>{}, "", "wrong");
  Appwrite store = watching();
  Watcher<Track> watcher(Tracks{store}, {}, frequent_polls());
  watcher.expect_next("bookmark");
  wait_for(watcher, WatchState::live);
  CHECK(logged("realtime connected as a guest") == 1);
  CHECK(logged("because the session has ended or is not valid") == (session.empty() ? 0 : 1));
  create("a");
  watcher.expect_next("entered a");
}

TEST_CASE_METHOD(Fixture, "a stop ends a watch with a socket at once") {
  Appwrite store = watching();
  std::optional<Watcher<Track>> watcher(std::in_place, Tracks{store}, Query<Track>{}, rare_polls());
  watcher->expect_next("bookmark");
  wait_for(*watcher, WatchState::live);
  const auto start = std::chrono::steady_clock::now();
  watcher.reset();
  CHECK(std::chrono::steady_clock::now() - start < 1s);
}

TEST_CASE_METHOD(Fixture, "neither a session nor a JWT appears in the log") {
  AppwriteConfig given = config();
  given.session = ApiKey("confidential-session");
  given.jwt = ApiKey("confidential-token");
  given.key = {};
  given.realtime = appwrite_realtime();
  given.log = [&](std::string_view line) {
    const std::lock_guard lock(mutex);
    log.emplace_back(line);
  };
  CHECK(given.redact("a confidential-session and a confidential-token") == "a *** and a ***");
  Appwrite store(given);
  CHECK_THROWS_AS(static_cast<void>(Tracks{store}.watch({}, rare_polls()).begin()), Error);
  CHECK(logged("confidential") == 0);
}

/// A server that accepts one WebSocket and sends nothing.
class SilentServer {
 public:
  SilentServer() : thread_([this] { run(); }) {}
  ~SilentServer() { thread_.join(); }

  [[nodiscard]] std::string endpoint() const {
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/v1";
  }

 private:
  using tcp = boost::asio::ip::tcp;

  void run() {
    boost::beast::websocket::stream<tcp::socket> socket(acceptor_.accept());
    socket.accept();
    boost::beast::flat_buffer buffer;
    boost::system::error_code error;
    socket.read(buffer, error);  // until the client closes it
  }

  boost::asio::io_context context_{1};
  tcp::acceptor acceptor_{context_, {boost::asio::ip::make_address("127.0.0.1"), 0}};
  std::thread thread_;
};

TEST_CASE("a server that does not respond to the subscription keeps no watch from looking") {
  const SilentServer server;
  AppwriteConfig config;
  config.endpoint = server.endpoint();
  config.project = "project";
  config.connect_timeout = 3s;
  std::vector<std::string> log;
  config.log = [&](std::string_view line) { log.emplace_back(line); };
  appwrite::SocketSignal signal(config, {.channels = {"documents"}});
  const auto start = std::chrono::steady_clock::now();
  CHECK_FALSE(signal.wait(20ms, {}));
  CHECK(std::chrono::steady_clock::now() - start < 2s);
  while (log.empty() && std::chrono::steady_clock::now() - start < 20s) CHECK_FALSE(signal.wait(100ms, {}));
  REQUIRE(log.size() == 1);
  CHECK(log[0] == "realtime disconnected: the server does not respond to the subscription");
  CHECK_FALSE(signal.is_live());
}

/// The error that ends a watch.
Error end_of(const Watcher<Track>& watcher) {
  return error_from([&] { watcher.wait_until([](const auto&) { return false; }, "the end of the watch"); });
}

TEST_CASE_METHOD(Fixture, "a session that ends during a watch is unauthorized and not a removal") {
  for (const char* id : {"a", "b"}) create(id);
  Appwrite store = acting(session, {});
  const Watcher<Track> watcher(Tracks{store}, {}, frequent_polls());
  wait_for([&] { return watcher.events().size() == 3; });
  writer->client().call({.request = {.method = appwrite::Method::remove, .path = "/users/ada/sessions"}});
  const Error error = end_of(watcher);
  CHECK(error.code() == Errc::unauthorized);
  CHECK(error.reason().find("the session has ended") != std::string::npos);
  CHECK(error.reason().find("reel setup appwrite: --watcher") != std::string::npos);
  CHECK(watcher.events().size() == 3);
  Appwrite later = acting(session, {});
  CHECK(end_of(Watcher<Track>(Tracks{later}, {}, frequent_polls())).code() == Errc::unauthorized);
}

TEST_CASE_METHOD(Fixture, "a removal is found with a session, even if the server fails meanwhile") {
  for (const char* id : {"a", "b"}) create(id);
  Appwrite store = acting(session, {});
  Watcher<Track> watcher(Tracks{store}, {}, frequent_polls());
  for (const char* text : {"present a", "present b", "bookmark"}) watcher.expect_next(text);
  server->app().knobs().add({.fault = {.kind = FaultKind::refuse, .status = 503}, .path = "/account", .times = 2});
  remove("a");
  watcher.expect_next("removed a");
  CHECK(server->app().knobs().hits() == 2);
}

TEST_CASE_METHOD(Fixture, "a JWT that expires during a watch is unauthorized, and a new one continues with the token") {
  const auto new_jwt = [&](int seconds) {
    return ask("/users/ada/jwts", {{"duration", seconds}}).at("jwt").get<std::string>();
  };
  create("a");
  Appwrite store = acting({}, new_jwt(4));
  const Watcher<Track> watcher(Tracks{store}, {}, frequent_polls());
  const Error error = end_of(watcher);
  CHECK(error.code() == Errc::unauthorized);
  CHECK(error.reason().find("the JWT has expired") != std::string::npos);
  REQUIRE(watcher.events().size() == 2);
  create("b");
  Appwrite renewed = acting({}, new_jwt(600));
  WatchOptions options = frequent_polls();
  options.from = watcher.events().back().token;
  const Watcher<Track> later(Tracks{renewed}, {}, options);
  later.wait_until(  // `a` may come again, because it is recent
      [](const auto& events) { return !events.empty() && show_change(events.back()) == "entered b"; },
      "the record that was created meanwhile");
  CHECK(later.events().size() <= 2);
}

TEST_CASE_METHOD(Fixture, "a watch over a socket that loses events and is cut at random loses nothing") {
  Appwrite store = watching();
  const Watcher<Track> watcher(Tracks{store}, {}, frequent_polls());
  server->app().knobs().add({.fault = {.kind = FaultKind::drop_event}, .times = 0, .chance = 0.3});
  server->app().knobs().add({.fault = {.kind = FaultKind::cut_socket}, .times = 0, .chance = 0.1});
  for (int i = 0; i < 60; ++i) {
    create("r" + std::to_string(i));
    if (i % 3 == 2) remove("r" + std::to_string(i - 1));
    std::this_thread::sleep_for(5ms);
  }
  watcher.expect_copy([&] { return WatchedCopy<Track>::of(Tracks{*writer}, {}); });
  CHECK(watcher.events().size() > 1);
}

}  // namespace realtime_tests
