#include <reel/driver/same_data.hpp>

#include <unistd.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include <reel/backends/appwrite.hpp>
#include <reel/migrate.hpp>
#include <reel/migration/set_up.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/emulator_process.hpp"
#include "support/migration_pairs.hpp"

/// A server that has several names.
namespace host_names_tests {

using migration_pairs::Server;
using reel::driver::has_same_blobs;
using reel::driver::has_same_records;

/// A store on the server at a host. `port`: with its colon.
reel::Appwrite store_at(const std::string& host, const std::string& port, const std::string& database = "reel") {
  reel::AppwriteConfig config = Server::config("http://" + host + port + "/v1");
  config.database = database;
  return reel::Appwrite(config);
}
/// The names of this machine.
std::vector<std::string> own_names() {
  std::array<char, 256> name{};
  REQUIRE(::gethostname(name.data(), name.size() - 1) == 0);
  std::vector<std::string> names{"127.0.0.1", "127.0.1.1", "localhost", "LOCALHOST.", "[::1]"};
  if (!reel::driver::addresses_of(name.data()).empty()) names.emplace_back(name.data());
  return names;
}

TEST_CASE("a store is not copied onto itself through another name of its server", "[migration]") {
  Server server;
  const reel::testing::EmulatorProcess process(server.app());
  const std::string url = process.url(), port = url.substr(url.rfind(':'), url.find("/v1") - url.rfind(':'));
  for (const std::string& name : own_names()) {
    INFO(name);
    reel::Appwrite source = store_at("127.0.0.1", port), target = store_at(name, port);
    for (const bool plan : {true, false}) {
      try {
        reel::migrate(source, target, reel::video::everything, {.plan = plan});
        FAIL("it was migrated");
      } catch (const reel::Error& error) {
        CHECK(error.code() == reel::Errc::invalid);
        CHECK(error.reason() == "source and target are the same store; choose another target");
      }
    }
  }
}

TEST_CASE("two servers with the same project behind one address are told apart", "[migration]") {
  Server one, other;
  const auto store = [](Server& server, const std::string& host) {
    return reel::Appwrite(Server::config("http://" + host + "/v1"),
                          reel::appwrite::AnyTransport(std::make_shared<appwrite_local::Transport>(server.app())));
  };
  reel::Appwrite source = store(one, "127.0.0.1"), itself = store(one, "127.0.1.1"), target = store(other, "127.0.1.1");
  const auto migrate = [](reel::Appwrite& from, reel::Appwrite& to) {
    return reel::migrate(from, to, reel::video::everything).clean();
  };
  reel::set_up(source, reel::video::everything);
  CHECK_FALSE(has_same_records(source.identity(), target.identity()));
  CHECK(has_same_records(source.identity(), itself.identity()));
  CHECK(migrate(source, target));
  CHECK_FALSE(has_same_blobs(source.identity(), target.identity()));
  CHECK(has_same_blobs(source.identity(), itself.identity()));
}

TEST_CASE("two databases of one project have the same buckets under every name of the server", "[migration]") {
  for (const std::string& name : own_names()) {
    INFO(name);
    const auto one = store_at("127.0.0.1", "").identity(), other = store_at(name, ":080", "other").identity();
    CHECK_FALSE(has_same_records(one, other));
    CHECK(has_same_blobs(one, other));
  }
}

TEST_CASE("other ports, hosts and projects are other servers", "[migration]") {
  const auto one = store_at("127.0.0.1", ":8080").identity();
  CHECK(has_same_records(one, store_at("localhost", ":8080").identity()));
  CHECK_FALSE(has_same_records(one, store_at("localhost", ":8081").identity()));
  CHECK_FALSE(has_same_records(one, store_at("localhost", ":8080", "other").identity()));
  CHECK_FALSE(has_same_records(one, store_at("198.51.100.1", ":8080").identity()));
  CHECK(has_same_records(store_at("198.51.100.1", "").identity(), store_at("[::ffff:198.51.100.1]", ":80").identity()));
}

TEST_CASE("every address of this machine is the same host", "[migration]") {
  const std::vector<std::string> all = reel::driver::own_addresses();
  REQUIRE_FALSE(all.empty());
  for (const std::string& address : all) {
    INFO(address);
    CHECK(reel::driver::is_same_host("127.0.0.1", address));
  }
}

}  // namespace host_names_tests
