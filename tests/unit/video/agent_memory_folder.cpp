#include <string>

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

}  // namespace agent_memory_folder_tests
