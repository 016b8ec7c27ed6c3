// Watches of a server: the time from a write to its event with the realtime socket, beside a program that only reads
// that socket. Both watch the same emulator, which is a separate process.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <nlohmann/json.hpp>

#include <reel/backends/appwrite.hpp>
#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite_realtime.hpp>
#include <reel/watch.hpp>

#include "delays.hpp"
#include "side_by_side.hpp"
#include "support/emulator_process.hpp"
#include "video.hpp"

namespace {

using namespace bench;
using namespace std::chrono_literals;

/// A server with a collection that everyone may read, and a user.
class Bench {
 public:
  Bench() {
    config_.endpoint = server_.url();
    config_.project = project;
    config_.key = reel::ApiKey(key);
    reel::Appwrite store(config_);
    reel::driver::CollectionSchema schema = reel::schema_of<Video>();
    schema.access = reel::AccessRules{.permissions = {reel::Permission::read(reel::Role::any())}};
    store.ensure(schema);
    ask(store, "/users", {{"userId", "ada"}});
    config_.session = reel::ApiKey(ask(store, "/users/ada/sessions", nlohmann::json::object()).at("secret"));
  }

  /// The times from write to event of a watch.
  [[nodiscard]] std::vector<std::int64_t> delays_of_watch(std::size_t writes) const {
    reel::AppwriteConfig config = config_;
    config.realtime = reel::appwrite_realtime();
    reel::Appwrite store(config);
    std::vector<std::int64_t> delays;
    std::atomic<std::size_t> seen = 0;
    const reel::WatchHandle handle =
        reel::records<Video>(store).watch({}, {.from = reel::from_now}, [&](const reel::Change<Video>& change) {
          if (!change.record) return;
          delays.push_back(clock_now() - change.record->value.scene_count);
          ++seen;
        });
    while (handle.status().state != reel::WatchState::live) std::this_thread::sleep_for(1ms);
    write(writes, seen);
    return delays;
  }

  /// The same of a program that reads the messages of the socket without parsing them.
  [[nodiscard]] std::vector<std::int64_t> delays_of_socket(std::size_t writes) const {
    namespace asio = boost::asio;
    asio::io_context context;
    boost::beast::websocket::stream<asio::ip::tcp::socket> socket(context);
    const std::string::size_type host = config_.endpoint.find("//") + 2, colon = config_.endpoint.find(':', host);
    const std::string name = config_.endpoint.substr(host, colon - host);
    const std::string port = config_.endpoint.substr(colon + 1, config_.endpoint.find('/', colon) - colon - 1);
    asio::connect(socket.next_layer(), asio::ip::tcp::resolver(context).resolve(name, port));
    socket.next_layer().set_option(asio::ip::tcp::no_delay(true));
    socket.handshake(name, std::string("/v1/realtime?project=") + project + "&channels%5B%5D=documents");
    boost::beast::flat_buffer message;
    socket.read(message);  // connected

    std::vector<std::int64_t> delays;
    std::atomic<std::size_t> seen = 0;
    std::thread reader([&] {
      while (seen < writes) {
        message.clear();
        socket.read(message);
        delays.push_back(clock_now() - written_at_);
        ++seen;
      }
    });
    write(writes, seen);
    reader.join();
    return delays;
  }

 private:
  static constexpr const char* project = "films";
  static constexpr const char* key = "standard_bench";

  /// Creates one record after another, each when the event of the last one has been `seen`.
  void write(std::size_t writes, const std::atomic<std::size_t>& seen) const {
    reel::AppwriteConfig config = config_;
    config.session = {};
    reel::Appwrite store(config);
    const auto videos = reel::records<Video>(store);
    for (std::size_t i = 0; i < writes; ++i) {
      std::this_thread::sleep_for(2ms);
      const Video video{.topic = "stamp", .scene_count = clock_now()};
      written_at_ = video.scene_count;
      videos.create(video);
      while (seen < i + 1) std::this_thread::sleep_for(50us);
    }
  }

  static nlohmann::json ask(const reel::Appwrite& store, const std::string& path, const nlohmann::json& body) {
    const auto answer =
        store.client().call({.request = {.method = reel::appwrite::Method::post, .path = path, .body = body.dump()}});
    return nlohmann::json::parse(answer.response.body);
  }

  reel::testing::EmulatorProcess server_{{}, project, key};
  reel::AppwriteConfig config_{};
  mutable std::atomic<std::int64_t> written_at_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const Bench server;  // before there is another thread
  return run(argc, argv, [&](std::size_t records) {
    add_delays(
        "Appwrite: from a write to its event", "a program that reads the socket", records < 1'000'000 ? 50 : 1000, 3,
        [&](std::size_t writes) { return server.delays_of_watch(writes); },
        [&](std::size_t writes) { return server.delays_of_socket(writes); });
  });
}
