#include <reel/video/agent_memory.hpp>

#include <string>

#include <reel/backends/legacy.hpp>
#include <reel/backends/memory.hpp>
#include <reel/migrate.hpp>
#include <reel/verify.hpp>
#include <reel/video/everything.hpp>

#include "support/catch.hpp"
#include "support/error_from.hpp"
#include "tree_folder.hpp"

namespace agent_memory_tests {

using namespace reel::video;
using reel::Errc;
using reel::Id;
using reel::legacy::Variant;
using reel::testing::error_from;

const std::string error = "AttributeError: 'Circle' object has no attribute 'get_middle'";

TEST_CASE("a tree that is open for writing remembers fixes", "[legacy]") {
  const TreeFolder folder;
  Id<Fix> id{"x"};
  {
    reel::Legacy tree(folder.path(), {.write_as = Variant::v2});
    const AgentMemory memory(tree);
    memory.setup();
    id = memory.remember({.error = error, .code = "a", .fixed_code = "b"});
    memory.record_outcome(id, true);
    tree.settle();
    CHECK(memory.similar(error).size() == 1);
  }
  reel::Legacy tree(folder.path());
  const AgentMemory memory(tree);
  memory.setup();
  const auto found = memory.similar("AttributeError: 'Circle' object has no attribute 'get_midle'");
  REQUIRE(found.size() == 1);
  CHECK(found.front().id == id);
  CHECK(found.front().fix.success_count == 1);
  CHECK(found.front().origin.last_outcome == MemoryOutcome::worked);
  CHECK(error_from([&] { memory.record_outcome(id, true); }).code() == Errc::unsupported);
}

TEST_CASE("a memory of fixes is copied to a tree and back", "[legacy]") {
  reel::Memory store;
  const AgentMemory memory(store);
  memory.setup();
  const Id<Fix> old = memory.remember({.error = error, .code = "a", .fixed_code = "old"});
  const Id<Fix> better = memory.remember({.error = error, .code = "a", .fixed_code = "better"});
  memory.supersede(old, better, "shorter");
  const TreeFolder folder;
  reel::Legacy tree(folder.path(), {.write_as = Variant::v2});
  CHECK(reel::migrate(store, tree, everything).clean());
  tree.settle();
  reel::Memory back;
  CHECK(reel::migrate(tree, back, everything).clean());
  CHECK(reel::verify(store, back, everything).clean());
  const auto found = AgentMemory(back).similar(error);
  REQUIRE(found.size() == 1);
  CHECK(found.front().id == better);
}

}  // namespace agent_memory_tests
