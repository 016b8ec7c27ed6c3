#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include <reel/backends/appwrite/record_lock.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "unit/appwrite_live/line.hpp"

namespace record_lock_tests {

using namespace reel::appwrite;
using namespace std::chrono_literals;
using reel::Errc;
using reel::Writers;
using reel::testing::error_from;
using std::chrono::steady_clock;

Client client_at(const std::string& endpoint, Writers writers) {
  reel::AppwriteConfig config = live::config(endpoint);
  config.writers = writers;
  config.call_timeout = 30s;
  return live::client(config);
}

/// Returns the error of a second lock on the record, which must fail within a second.
Errc error_of_second(const Client& client, const std::string& id = "a") {
  const auto start = steady_clock::now();
  Errc code = Errc::internal;
  std::thread([&] { code = error_from([&] { const RecordLock lock(client, "tracks", id); }).code(); }).join();
  CHECK(steady_clock::now() - start < 1s);
  return code;
}

TEST_CASE("waiting for a record ends at the deadline or on a stop", "[appwrite]") {
  for (const Writers writers : {Writers::one, Writers::many}) {
    const Client client = client_at("http://127.0.0.1:1/v1", writers);
    const RecordLock lock(client, "tracks", "a");
    CHECK(error_of_second(client.limited({.deadline = steady_clock::now() + 50ms})) == Errc::timed_out);
    std::stop_source stop;
    const std::jthread stopping([&] {
      std::this_thread::sleep_for(50ms);
      stop.request_stop();
    });
    CHECK(error_of_second(client.limited({.stop = stop.get_token()})) == Errc::cancelled);
  }
}

TEST_CASE("a record has one lock under every address of its server", "[appwrite]") {
  const Client client = client_at("http://127.0.0.1:1/v1", Writers::one);
  const Client same = client_at("http://localhost:1/v1", Writers::one);
  std::optional<RecordLock> lock(std::in_place, client, "tracks", "a");
  const Client limited = same.limited({.deadline = steady_clock::now() + 50ms});
  CHECK(error_of_second(limited, "A") == Errc::timed_out);
  for (int i = 0; i < 1'000; ++i) const RecordLock other(client, "tracks", "b" + std::to_string(i));
  lock.reset();
  const RecordLock again(same, "tracks", "A");
}

TEST_CASE("a lock that only avoids collisions gives up before the deadline of a call", "[appwrite]") {
  const Client client = client_at("http://127.0.0.1:1/v1", Writers::many);
  const RecordLock lock(client, "tracks", "a");
  const auto start = steady_clock::now();
  std::thread([&] { const RecordLock second(client, "tracks", "a"); }).join();
  CHECK(steady_clock::now() - start < 10s);
}

}  // namespace record_lock_tests
