#include <reel/video/agent_memory.hpp>

#include <cstddef>
#include <string>
#include <thread>
#include <vector>

#include "support/appwrite_local.hpp"
#include "support/catch.hpp"
#include "support/error_corpus.hpp"

// The memory of agents on a server.

namespace agent_memory_tests {

using namespace reel;
using namespace reel::video;

struct Fixture {
  appwrite_local::Server server;
  Appwrite store = server.store();
  AgentMemory<Appwrite> memory{store};
  Fixture() { memory.setup(); }
};

TEST_CASE("a search for a fix sends at most six requests", "[appwrite][agent_memory]") {
  Fixture one;
  const auto corpus = error_corpus::corpus(1);
  std::vector<NewFix> fixes;
  for (const error_corpus::LabelledFix& labelled : corpus) fixes.push_back(labelled.fix);
  one.memory.remember(fixes);
  for (std::size_t i = 0; i < corpus.size(); i += 7) {
    one.server.transport().take_requests();
    const auto found = one.memory.similar(fixes[i].error, fixes[i].code);
    REQUIRE_FALSE(found.empty());
    CHECK(found.front().fix.fixed_code == fixes[i].fixed_code);
    CHECK(one.server.transport().take_requests().size() <= 6);
  }
  CHECK_FALSE(one.memory.similar("AttributError: objct has no atribute").empty());
  CHECK(one.server.transport().take_requests().size() <= 6);
}

TEST_CASE("outcomes that 16 threads report to a server are counted exactly", "[appwrite][agent_memory]") {
  Fixture one;
  const Id<Fix> id = one.memory.remember({.error = "ValueError: no scale is set", .code = "a", .fixed_code = "b"});
  constexpr int threads = 16, rounds = 5;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&one, &id, i] {
      for (int round = 0; round < rounds; ++round) one.memory.record_outcome(id, i % 4 != 0);
    });
  for (std::thread& thread : all) thread.join();
  const auto found = one.memory.similar("ValueError: no scale is set");
  REQUIRE(found.size() == 1);
  CHECK(found.front().fix.success_count == threads * 3 / 4 * rounds);
  CHECK(found.front().fix.failure_count == threads / 4 * rounds);
}

}  // namespace agent_memory_tests
