#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <reel/any_store.hpp>
#include <reel/video/agent_memory.hpp>

#include "dying_store.hpp"
#include "stores.hpp"
#include "support/catch.hpp"

// A program that ends at any write of a call of `AgentMemory`.

namespace agent_memory_crashes_tests {

using namespace reel::video;
using video_tests::DyingStore;
using Remembering = AgentMemory<reel::AnyStore>;

const std::string error = "AttributeError: 'Circle' object has no attribute 'get_middle'";
const std::string similar_error = "RuntimeError: the Circle needs its get_middle before the prism_element is lit";

/// Runs `work(memory)` with one more allowed write each time, until it ends without a fault; then `check(store)`.
template <class Prepare, class Work, class Check>
int at_each_write(Prepare prepare, Work work, Check check) {
  for (int writes = 0;; ++writes) {
    INFO(writes << " writes");
    reel::AnyStore store = video_tests::memory_store();
    const Remembering memory(store);
    memory.setup();
    prepare(memory);
    const auto dying = std::make_shared<DyingStore>(store, writes);
    try {
      reel::AnyStore program(dying);
      work(Remembering(program));
    } catch (const reel::Error& fault) {
      REQUIRE(fault.code() == reel::Errc::unavailable);
    }
    check(store);
    if (!dying->has_died()) return writes;
  }
}

/// All keys, without their times.
std::map<std::string, MemoryKey> keys_of(reel::AnyStore& store) {
  std::map<std::string, MemoryKey> keys;
  for (const auto& key : reel::Repository<MemoryKey, reel::AnyStore>(store).all()) keys[key.id.str()] = key.value;
  return keys;
}

void remember_similar(const Remembering& memory) {
  memory.remember({.error = similar_error, .code = "code", .fixed_code = "other"});
}
reel::Id<Fix> remember(const Remembering& memory) {
  return memory.remember({.error = error, .code = "code", .fixed_code = "fixed"});
}

TEST_CASE("a remember that ends at any write is completed by the same call", "[agent_memory]") {
  reel::AnyStore whole = video_tests::memory_store();
  const Remembering uninterrupted(whole);
  uninterrupted.setup();
  remember_similar(uninterrupted);
  remember(uninterrupted);
  const int writes = at_each_write(
      remember_similar, [](const Remembering& memory) { remember(memory); },
      [&](reel::AnyStore& store) {
        const Remembering memory(store);
        remember(memory);
        CHECK(keys_of(store) == keys_of(whole));
        CHECK(memory.statistics() == uninterrupted.statistics());
      });
  CHECK(writes > 4);
}

TEST_CASE("another fix of the error completes a remember that ended at any write", "[agent_memory]") {
  at_each_write(
      remember_similar, [](const Remembering& memory) { remember(memory); },
      [](reel::AnyStore& store) {
        const Remembering memory(store);
        memory.remember({.error = error, .code = "other_code = misspelt", .fixed_code = "later"});
        const SimilarOptions by_words{.signals = {.exact = false, .trigrams = false}};
        const auto found = memory.similar("no attribute get_middle", "", by_words);
        REQUIRE_FALSE(found.empty());
        CHECK(found.front().fix.error_message == error);
      });
}

TEST_CASE("a purge that ends at any write is completed by the same call", "[agent_memory]") {
  reel::AnyStore whole = video_tests::memory_store();
  const Remembering uninterrupted(whole);
  uninterrupted.setup();
  remember_similar(uninterrupted);
  const reel::Id<Fix> id{memory_fix_id("global", memory_entry("global", error, "code"), "fixed")};
  const int writes = at_each_write(
      [](const Remembering& memory) {
        remember_similar(memory);
        remember(memory);
      },
      [&](const Remembering& memory) { memory.purge(id); },
      [&](reel::AnyStore& store) {
        const Remembering memory(store);
        memory.purge(id);
        CHECK(keys_of(store) == keys_of(whole));
        CHECK(memory.statistics() == uninterrupted.statistics());
      });
  CHECK(writes > 4);
}

TEST_CASE("threads that remember and purge fixes of one error leave none of them", "[agent_memory]") {
  reel::AnyStore store = video_tests::memory_store();
  const Remembering memory(store);
  memory.setup();
  std::vector<std::thread> all;
  for (int i = 0; i < 4; ++i)
    all.emplace_back([&memory, i] {
      for (int round = 0; round < 20; ++round)
        memory.purge(memory.remember({.error = error, .code = "code", .fixed_code = std::to_string(i)}));
    });
  for (std::thread& thread : all) thread.join();
  CHECK(reel::records<Fix>(store).count() == 0);
  CHECK(memory.similar(error).empty());
}

}  // namespace agent_memory_crashes_tests
