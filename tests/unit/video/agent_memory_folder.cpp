#include <string>
#include <thread>
#include <vector>

#include <reel/backends/filesystem.hpp>
#include <reel/video/agent_memory.hpp>

#include "support/catch.hpp"
#include "support/filesystem/temporary_folder.hpp"

namespace agent_memory_folder_tests {

using namespace reel::video;
using reel::Id;
using reel::testing::TemporaryFolder;

const std::string error = "AttributeError: 'Circle' object has no attribute 'get_middle'";

TEST_CASE("a memory in a folder survives the program", "[agent_memory]") {
  const TemporaryFolder folder;
  Id<Fix> id{"x"};
  {
    reel::Filesystem store(folder.path());
    AgentMemory memory(store);
    memory.setup();
    id = memory.remember({.error = error, .code = "a", .fixed_code = "b"});
    memory.record_outcome(id, true);
  }
  reel::Filesystem store(folder.path());
  AgentMemory memory(store);
  memory.setup();
  const auto found = memory.similar(error);
  REQUIRE(found.size() == 1);
  CHECK(found.front().id == id);
  CHECK(found.front().fix.success_count == 1);
}

TEST_CASE("outcomes from 16 threads are counted exactly in a folder", "[agent_memory]") {
  const TemporaryFolder folder;
  reel::Filesystem store(folder.path(), {.durability = reel::Durability::relaxed});
  const AgentMemory memory(store);
  memory.setup();
  const Id<Fix> id = memory.remember({.error = error, .code = "a", .fixed_code = "b"});
  constexpr int threads = 16, rounds = 20;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&memory, &id, i] {
      for (int round = 0; round < rounds; ++round) memory.record_outcome(id, i % 4 != 0);
    });
  for (std::thread& thread : all) thread.join();
  const auto found = memory.similar(error);
  REQUIRE(found.size() == 1);
  CHECK(found.front().fix.success_count == threads * 3 / 4 * rounds);
  CHECK(found.front().fix.failure_count == threads / 4 * rounds);
}

}  // namespace agent_memory_folder_tests
