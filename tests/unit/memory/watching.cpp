#include <atomic>
#include <map>
#include <optional>
#include <random>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/testing/rules/watches.hpp>
#include <reel/testing/samples.hpp>
#include <reel/watch.hpp>

#include "support/catch.hpp"
#include "support/scale.hpp"

namespace {

using namespace reel;
using reel::testing::Track;
using reel::testing::WatchedCopy;

/// Reads up to `count` events of a watch into `copy`, and returns the token of the last one.
std::string read_some(const Repository<Track, AnyStore>& tracks, const std::string& token, std::size_t count,
                      WatchedCopy<Track>& copy, int& resets) {
  std::stop_source stop;
  WatchOptions options{.stop = stop.get_token()};
  if (!token.empty()) options.from = ResumeToken::parse(token);
  std::string last = token;
  for (const Change<Track>& change : tracks.watch({}, options)) {
    copy.apply(change);
    resets += change.kind == ChangeKind::reset ? 1 : 0;
    last = change.token.str();
    if (--count == 0 || change.kind == ChangeKind::bookmark) stop.request_stop();
  }
  return last;
}

TEST_CASE("a consumer that stops at any event misses nothing that writers do meanwhile") {
  for (const std::size_t history : {std::size_t{65'536}, std::size_t{40}}) {
    AnyStore store = AnyStore::make<Memory>(MemoryOptions{.history = history});
    const auto tracks = records<Track>(store);
    tracks.setup();
    std::atomic<bool> is_running = true;
    std::vector<std::jthread> writers;
    for (std::uint64_t i = 0; i < 2; ++i)
      writers.emplace_back([&, i] {
        for (std::uint64_t seed = i; is_running; seed += 2) {
          reel::testing::rules::change_at_random(tracks, seed, 20);
          std::this_thread::sleep_for(std::chrono::microseconds{50});
        }
      });
    std::mt19937 chance(3);
    WatchedCopy<Track> copy;
    std::string token;
    int resets = 0;
    for (int round = 0; round < reel::testing::repeated(1000); ++round)
      token = read_some(tracks, token, 1 + chance() % 40, copy, resets);
    is_running = false;
    writers.clear();
    read_some(tracks, token, SIZE_MAX, copy, resets);
    CHECK(copy.records() == WatchedCopy<Track>::of(tracks, {}));
    if (history > 1000) CHECK(resets == 0);
  }
}

}  // namespace
