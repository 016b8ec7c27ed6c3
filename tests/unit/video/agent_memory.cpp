#include <reel/video/agent_memory.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/driver/layer.hpp>
#include <reel/video/error_hash.hpp>

#include "support/catch.hpp"
#include "support/error_corpus.hpp"
#include "support/error_from.hpp"

namespace agent_memory_tests {

using namespace reel::video;
using reel::Errc;
using reel::Id;
using reel::testing::error_from;

std::string log_of(const std::string& exception) {
  return "Traceback (most recent call last):\n  File \"/home/ada/a.py\", line 3, in construct\n    self.play(x)\n" +
         exception + "\n";
}

const std::string attribute_error = log_of("AttributeError: 'Circle' object has no attribute 'get_middle'");

/// A memory in a separate store.
struct Fixture {
  reel::Memory store;
  AgentMemory<reel::Memory> memory{store};
  Fixture() { memory.setup(); }
  Id<Fix> remember(const std::string& error, const std::string& fixed, const std::string& code = "code") {
    return memory.remember({.error = error, .code = code, .fixed_code = fixed});
  }
};

std::vector<std::string> codes(const std::vector<SimilarFix>& found) {
  std::vector<std::string> codes;
  for (const SimilarFix& one : found) codes.push_back(one.fix.fixed_code);
  return codes;
}

bool has(const std::vector<SimilarFix>& found, const std::string& code) {
  const std::vector<std::string> all = codes(found);
  return std::find(all.begin(), all.end(), code) != all.end();
}

TEST_CASE("the same error on another machine finds its fix first", "[agent_memory]") {
  Fixture one;
  one.remember(log_of("ValueError: no scale is set"), "other");
  const Id<Fix> id = one.remember(attribute_error, "circle.get_center()");
  const auto found = one.memory.similar(error_kinds::replaced(attribute_error, "/home/ada", "/Users/neo"));
  REQUIRE_FALSE(found.empty());
  CHECK(found.front().id == id);
  CHECK(found.front().fix.fixed_code == "circle.get_center()");
  CHECK(found.front().parts.exact == 1);
  CHECK(found.front().parts.layer == FingerprintLayer::exact);
  CHECK(found.front().score > 1);
}

TEST_CASE("the score is the sum of its parts", "[agent_memory]") {
  Fixture one;
  for (const error_corpus::LabelledFix& labelled : error_corpus::corpus(2)) one.memory.remember(labelled.fix);
  for (const SimilarFix& found : one.memory.similar(attribute_error, "", {.topic = "Topic 0"})) {
    const ScoreParts& parts = found.parts;
    CHECK(found.score ==
          Approx(parts.exact + 0.7 * parts.fused + 0.2 * parts.outcome + 0.05 * parts.recency + 0.05 * parts.context));
    CHECK(parts.fused <= 1);
    CHECK_FALSE(one.memory.explain(found).empty());
  }
}

TEST_CASE("an error has several fixes, and the one that worked rises", "[agent_memory]") {
  Fixture one;
  const Id<Fix> first = one.remember(attribute_error, "first");
  const Id<Fix> second = one.remember(attribute_error, "second");
  CHECK(first != second);
  one.memory.record_outcome(first, false);
  one.memory.record_outcome(second, true);
  CHECK(codes(one.memory.similar(attribute_error)) == std::vector<std::string>{"second", "first"});
  for (int i = 0; i < 5; ++i) {
    one.memory.record_outcome(first, true);
    one.memory.record_outcome(second, false);
  }
  const auto found = one.memory.similar(attribute_error);
  CHECK(codes(found) == std::vector<std::string>{"first", "second"});
  CHECK(found.front().fix.success_count == 5);
  CHECK(found.front().fix.failure_count == 1);
  CHECK(found.front().origin.last_outcome == MemoryOutcome::worked);
  CHECK(found.back().origin.last_outcome == MemoryOutcome::failed);
}

TEST_CASE("the same fix is remembered once and keeps its counts", "[agent_memory]") {
  Fixture one;
  const Id<Fix> id = one.remember(attribute_error, "fixed");
  one.memory.record_outcome(id, true);
  CHECK(one.remember(attribute_error, "fixed") == id);
  CHECK(one.memory.statistics().fixes == 1);
  CHECK(one.memory.similar(attribute_error).front().fix.success_count == 1);
}

TEST_CASE("provenance is returned with the fix", "[agent_memory]") {
  Fixture one;
  NewFix fix{.error = attribute_error,
             .code = "a",
             .fixed_code = "b",
             .topic = "Waves",
             .scene_type = "intro",
             .method = FixMethod::llm};
  fix.provenance = {.video_id = "v1",
                    .scene = "s2",
                    .from_version = 1,
                    .to_version = 2,
                    .method = "tavily",
                    .environment = "manim 0.18"};
  one.memory.remember(fix);
  const MemoryOrigin origin = one.memory.similar(attribute_error).front().origin;
  CHECK(origin.video_id == "v1");
  CHECK(origin.scene == "s2");
  CHECK(origin.from_version == 1);
  CHECK(origin.to_version == 2);
  CHECK(origin.method == "tavily");
  CHECK(origin.environment == "manim 0.18");
}

TEST_CASE("no signal hides what another finds", "[agent_memory]") {
  Fixture one;
  for (int i = 0; i < 60; ++i) one.remember(attribute_error, "exact " + std::to_string(i));
  one.remember(log_of("TypeError: get_middle must not be called with an unusual_anchor"), "by words");
  one.remember(log_of("RuntimeError: chromatic_dispersion of the prism_element"), "by trigrams");
  const std::string both = log_of("AttributeError: 'Circle' object has no attribute 'get_middle'");
  CHECK(codes(one.memory.similar(both)).front().starts_with("exact"));
  const auto words = one.memory.similar(log_of("AttributeError: 'Circle' object has no attribute 'unusual_anchor'"));
  CHECK(has(words, "by words"));
  const auto misspelt = one.memory.similar("RuntimeEror: chromatc_dispersin of teh prsm_element");
  CHECK(has(misspelt, "by trigrams"));
  const auto cut = one.memory.similar("RuntimeError: chromatic_disp");
  CHECK(has(cut, "by trigrams"));
}

TEST_CASE("newer errors with the same frequent words hide no error with a rare one", "[agent_memory]") {
  Fixture one;
  const auto error = [](const std::string& name) {
    return "ValueError: the axis of the graph has no label for the name " + name;
  };
  const auto name = [](int i) {
    return std::string{'n', static_cast<char>('a' + i % 26), static_cast<char>('a' + i / 26 % 26), 'm',
                       'e', static_cast<char>('a' + i % 17)};
  };
  std::vector<NewFix> fixes;
  for (int i = 0; i < 300; ++i) fixes.push_back({.error = error(name(i)), .code = "a", .fixed_code = name(i)});
  one.memory.remember(fixes);
  const SimilarOptions first{.limit = 3};
  for (int i = 0; i < 300; i += 29) {
    INFO(name(i));
    CHECK(has(one.memory.similar("no label for the name " + name(i), "", first), name(i)));
    CHECK(has(one.memory.similar("ValueEror: axs of the grph no lable for name " + name(i), "", first), name(i)));
    std::string misspelt = name(i);
    misspelt[3] = 'x';
    CHECK(has(one.memory.similar("no label for the name " + misspelt, "", {.limit = 20}), name(i)));
  }
}

TEST_CASE("errors that share all words differ by their numbers", "[agent_memory]") {
  Fixture one;
  std::vector<NewFix> fixes;
  for (int i = 0; i < 500; ++i)
    fixes.push_back({.error = "ValueError: cannot broadcast the array of shape (" + std::to_string(100 + i) + ", 3)",
                     .code = "a",
                     .fixed_code = std::to_string(i)});
  one.memory.remember(fixes);
  for (int i = 0; i < 500; i += 47) {
    const std::string number = std::to_string(100 + i);
    CHECK(has(one.memory.similar("ValueError: cannot broadcast the array of shape (" + number, "", {.limit = 3}),
              std::to_string(i)));
    CHECK(has(one.memory.similar("ValueEror: canot brodcast the aray of shpe (" + number + ", 3)", "", {.limit = 3}),
              std::to_string(i)));
  }
}

TEST_CASE("the best result of each signal survives the limit", "[agent_memory]") {
  Fixture one;
  for (int i = 0; i < 20; ++i) {
    const std::string name = {'x', static_cast<char>('a' + i), 'q'};
    one.memory.record_outcome(one.remember(log_of("KeyError: '" + name + "'"), "by layer " + name), true);
  }
  one.remember(log_of("TypeError: chromatic_dispersion is the last of the many words that this long message has"),
               "by words");
  one.remember(log_of("RuntimeError: chromatc_dispersin"), "by trigrams");
  const std::string query = log_of("KeyError: 'chromatic_dispersion'");
  const auto best = [&](std::size_t ScoreParts::*rank) {
    for (const SimilarFix& found : one.memory.similar(query, "", {.limit = 100}))
      if (found.parts.*rank == 1) return found.fix.fixed_code;
    return std::string();
  };
  CHECK(best(&ScoreParts::layer_rank).starts_with("by layer"));
  CHECK(best(&ScoreParts::words_rank) == "by words");
  CHECK(best(&ScoreParts::trigrams_rank) == "by trigrams");
  for (std::size_t limit = 4; limit < 12; ++limit) {
    const auto found = one.memory.similar(query, "", {.limit = limit});
    CHECK(found.size() == limit);
    CHECK(std::any_of(found.begin(), found.end(), [](const SimilarFix& fix) { return fix.parts.layer_rank == 1; }));
    CHECK(has(found, "by words"));
    CHECK(has(found, "by trigrams"));
  }
}

TEST_CASE("any number of fixes for one error hides none that worked", "[agent_memory]") {
  Fixture one;
  const Id<Fix> proven = one.remember(attribute_error, "proven");
  one.memory.record_outcome(proven, true);
  const Id<Fix> late = one.remember(attribute_error, "proven late");
  for (int i = 0; i < 100; ++i) one.remember(attribute_error, "untried " + std::to_string(i));
  CHECK(codes(one.memory.similar(attribute_error)).front() == "proven");
  one.memory.record_outcome(late, true);
  one.memory.record_outcome(late, true);
  const auto found = one.memory.similar(attribute_error);
  CHECK(found[0].fix.fixed_code == "proven late");
  CHECK(found[1].fix.fixed_code == "proven");
  const auto misspelt = one.memory.similar("AttributError: 'Cirkle' objct has no atribute 'get_midle'");
  REQUIRE_FALSE(misspelt.empty());
  CHECK(misspelt.front().fix.fixed_code == "proven late");
}

TEST_CASE("a fix that worked once among failures is kept before untried ones", "[agent_memory]") {
  Fixture one;
  const Id<Fix> proven = one.remember(attribute_error, "proven");
  one.memory.record_outcome(proven, true);
  for (int i = 0; i < 5; ++i) one.memory.record_outcome(proven, false);
  for (int i = 0; i < 100; ++i) one.remember(attribute_error, "untried " + std::to_string(i));
  CHECK(has(one.memory.similar(attribute_error, "", {.limit = 100}), "proven"));
}

TEST_CASE("every success lists a displaced fix again", "[agent_memory]") {
  Fixture one;
  const Id<Fix> displaced = one.remember(attribute_error, "displaced");
  one.memory.record_outcome(displaced, true);
  for (int i = 0; i < 9; ++i) one.memory.record_outcome(displaced, false);
  for (int i = 0; i < 30; ++i)
    one.memory.record_outcome(one.remember(attribute_error, "worked " + std::to_string(i)), true);
  CHECK_FALSE(has(one.memory.similar(attribute_error, "", {.limit = 100}), "displaced"));
  for (int i = 0; i < 30; ++i) one.memory.record_outcome(displaced, true);
  CHECK(codes(one.memory.similar(attribute_error)).front() == "displaced");
}

TEST_CASE("a purge fills the lists of fingerprints again", "[agent_memory]") {
  Fixture one;
  std::vector<Id<Fix>> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(one.remember(attribute_error, std::to_string(i)));
  for (std::size_t i = 10; i < ids.size(); ++i) one.memory.purge(ids[i]);
  const SimilarOptions exact{.limit = 100, .signals = {.words = false, .trigrams = false}};
  CHECK(one.memory.similar(attribute_error, "", exact).size() == 10);
}

TEST_CASE("a list of fixes that was full is filled again", "[agent_memory]") {
  Fixture one;
  std::vector<Id<Fix>> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(one.remember(attribute_error, std::to_string(i)));
  for (std::size_t i = 10; i < ids.size(); ++i) CHECK(one.memory.purge(ids[i]));
  CHECK(one.memory.similar(attribute_error, "", {.limit = 100}).size() == 10);
  for (std::size_t i = 0; i < 10; ++i) CHECK(one.memory.purge(ids[i]));
  CHECK(one.memory.statistics() == MemoryStatistics{});
}

TEST_CASE("topic and type of scene raise a fix and remove none", "[agent_memory]") {
  Fixture one;
  one.memory.remember({.error = attribute_error, .code = "a", .fixed_code = "other topic", .topic = "Waves"});
  one.memory.remember(
      {.error = attribute_error, .code = "a", .fixed_code = "same topic", .topic = "Circles", .scene_type = "intro"});
  const auto found = one.memory.similar(attribute_error, "", {.topic = "Circles", .scene_type = "intro"});
  CHECK(codes(found) == std::vector<std::string>{"same topic", "other topic"});
  CHECK(one.memory.similar(attribute_error, "", {.topic = "Nothing"}).size() == 2);
}

TEST_CASE("records of an earlier program are found by their hash", "[agent_memory]") {
  Fixture one;
  const reel::Repository<Fix, reel::Memory> fixes(one.store);
  const Fix old{.error_hash = pipeline_error_hash(attribute_error, "old code"),
                .error_message = attribute_error,
                .original_code = "old code",
                .fixed_code = "old fix"};
  const Id<Fix> id = fixes.create(old).id;
  const auto found = one.memory.similar(attribute_error, "old code");
  REQUIRE(found.size() == 1);
  CHECK(found.front().id == id);
  CHECK(found.front().parts.same_pipeline_hash);
  CHECK(one.memory.record_outcome(id, true).value.success_count == 1);
  CHECK(AgentMemory(one.store, "other").similar(attribute_error, "old code").empty());
  CHECK(one.memory.similar("AttributeError: 'Circle' object has no attribute 'get_midle'").empty());
  CHECK(one.memory.adopt() == 1);
  CHECK(one.memory.adopt() == 0);
  const auto adopted = one.memory.similar("AttributeError: 'Circle' object has no attribute 'get_midle'");
  REQUIRE(adopted.size() == 1);
  CHECK(adopted.front().id == id);
  CHECK(adopted.front().fix.success_count == 1);
}

TEST_CASE("the counts of an earlier program do not prove that code has rendered", "[agent_memory]") {
  Fixture one;
  const reel::Repository<Fix, reel::Memory> fixes(one.store);
  const Id<Fix> fix = fixes.create({.error_message = attribute_error, .fixed_code = "fix", .success_count = 3}).id;
  fixes.create({.error_message = "Successful generation: waves", .fixed_code = "unproven", .success_count = 1});
  CHECK(one.memory.adopt() == 1);
  CHECK(one.memory.preventive_examples("circles").empty());
  CHECK_FALSE(has(one.memory.similar("Successful generation: waves"), "unproven"));
  one.memory.record_outcome(fix, true);
  CHECK(codes(one.memory.preventive_examples("circles")) == std::vector<std::string>{"fix"});
}

TEST_CASE("a superseded fix is kept with the reason and no longer found", "[agent_memory]") {
  Fixture one;
  const Id<Fix> old = one.remember(attribute_error, "old");
  const Id<Fix> better = one.remember(attribute_error, "better");
  one.memory.supersede(old, better, "works without a warning");
  CHECK(codes(one.memory.similar(attribute_error)) == std::vector<std::string>{"better"});
  CHECK(reel::Repository<Fix, reel::Memory>(one.store).exists(old));
  const auto origin = reel::Repository<MemoryOrigin, reel::Memory>(one.store).get(Id<MemoryOrigin>{old.str()}).value;
  CHECK(origin.superseded_by == better.str());
  CHECK(origin.superseded_because == "works without a warning");
  CHECK(one.memory.statistics().superseded == 1);
  CHECK(error_from([&] { one.memory.supersede(better, better, ""); }).code() == Errc::invalid);
  CHECK(error_from([&] { one.memory.supersede(Id<Fix>{"none"}, better, ""); }).code() == Errc::not_found);
}

TEST_CASE("a purged fix leaves no record and no outcome", "[agent_memory]") {
  Fixture one;
  const Id<Fix> id = one.remember(attribute_error, "fixed");
  const Id<Fix> other = one.remember(log_of("ValueError: no scale is set"), "other");
  CHECK(one.memory.purge(id));
  CHECK_FALSE(one.memory.purge(id));
  CHECK_FALSE(has(one.memory.similar(attribute_error), "fixed"));
  CHECK(error_from([&] { one.memory.record_outcome(id, true); }).code() == Errc::not_found);
  CHECK(one.memory.statistics().patterns == 1);
  CHECK(one.memory.purge(other));
  CHECK(reel::Repository<Fix, reel::Memory>(one.store).count() == 0);
  CHECK(reel::Repository<MemoryOrigin, reel::Memory>(one.store).count() == 0);
  CHECK(reel::Repository<MemoryPattern, reel::Memory>(one.store).count() == 0);
  CHECK(reel::Repository<MemoryKey, reel::Memory>(one.store).count() == 0);
  one.remember(attribute_error, "fixed");
  CHECK(has(one.memory.similar(attribute_error), "fixed"));
}

TEST_CASE("a namespace sees only its own fixes", "[agent_memory]") {
  Fixture one;
  AgentMemory other(one.store, "other");
  one.remember(attribute_error, "global");
  other.remember({.error = attribute_error, .code = "code", .fixed_code = "other"});
  CHECK(codes(one.memory.similar(attribute_error)) == std::vector<std::string>{"global"});
  CHECK(codes(other.similar(attribute_error)) == std::vector<std::string>{"other"});
  CHECK(AgentMemory(one.store, "no such namespace").similar(attribute_error).empty());
  CHECK(AgentMemory(one.store, "no such namespace").statistics() == MemoryStatistics{});
  CHECK(error_from([&] { other.clear("yes"); }).code() == Errc::invalid);
  CHECK(error_from([&] { other.record_outcome(one.memory.similar(attribute_error).front().id, true); }).code() ==
        Errc::not_found);
  CHECK(one.memory.similar(attribute_error).front().fix.success_count == 0);
  CHECK(other.statistics().fixes == 1);
  CHECK(other.clear("other") == 1);
  CHECK(other.statistics() == MemoryStatistics{});
  CHECK(codes(one.memory.similar(attribute_error)) == std::vector<std::string>{"global"});
  CHECK(AgentMemory(one.store, "other").similar(attribute_error).empty());
}

TEST_CASE("preventive examples are only code that rendered", "[agent_memory]") {
  Fixture one;
  one.memory.remember({.error = attribute_error, .code = "a", .fixed_code = "never rendered", .topic = "Circles"});
  const Id<Fix> failed =
      one.memory.remember({.error = attribute_error, .code = "a", .fixed_code = "failed", .topic = "Circles"});
  one.memory.record_outcome(failed, false);
  one.memory.remember(
      {.error = attribute_error, .code = "a", .fixed_code = "rendered", .topic = "Circles", .has_rendered = true});
  const Id<Fix> waves = one.memory.remember(
      {.error = log_of("ValueError: wave length"), .code = "a", .fixed_code = "waves", .topic = "Waves"});
  one.memory.record_outcome(waves, true);
  CHECK(codes(one.memory.preventive_examples("explain the waves of the sea")) ==
        std::vector<std::string>{"waves", "rendered"});
  CHECK(codes(one.memory.preventive_examples("circles", {.limit = 1})) == std::vector<std::string>{"rendered"});
  CHECK(AgentMemory(one.store, "empty").preventive_examples("circles").empty());
}

TEST_CASE("a long name that is not in ASCII is remembered", "[agent_memory]") {
  Fixture one;
  std::string name = "xyz";
  for (int i = 0; i < 2000; ++i) name += "\xC3\xBC";
  for (const std::string& error : {"ValueError: no " + name, name, "no error: " + name, name + "Error: no"}) {
    one.remember(error, "fixed");
    CHECK(has(one.memory.similar(error), "fixed"));
  }
}

TEST_CASE("a message with colours and tabs is found", "[agent_memory]") {
  Fixture one;
  one.remember("\x1B[31mcannot\topen the display\x1B[0m", "fixed");
  CHECK(has(one.memory.similar("cannot open the display"), "fixed"));
}

TEST_CASE("the id of a fix does not depend on the version of the fingerprints", "[agent_memory]") {
  MemoryEntry entry = memory_entry("global", attribute_error, "code");
  const std::string id = memory_fix_id("global", entry, "fixed");
  entry.fingerprints.exact.replace(0, 2, "v0");
  CHECK(memory_fix_id("global", entry, "fixed") == id);
  CHECK(memory_fix_id("global", entry, "other") != id);
  CHECK(memory_fix_id("other", entry, "fixed") != id);
}

TEST_CASE("bad input has an empty answer or a clear error", "[agent_memory]") {
  Fixture one;
  one.remember(attribute_error, "fixed");
  CHECK(one.memory.similar("").empty());
  CHECK(one.memory.similar("", "circle.get_middle()").empty());
  CHECK(one.memory.similar(" \n\t").empty());
  CHECK(one.memory.similar(std::string(1000, '\xFF')).empty());
  CHECK(one.memory.similar(std::string("\0\1\2\3", 4)).empty());
  CHECK(one.memory.similar(attribute_error, "", {.limit = 0}).empty());
  const std::string long_log = std::string(10'000'000, 'x') + "\n" + attribute_error;
  CHECK(codes(one.memory.similar(long_log)) == std::vector<std::string>{"fixed"});
  for (const std::string& error : {std::string(), std::string("\n"), std::string(100, '\xFF'), long_log})
    CHECK(error_from([&] { one.remember(error, "y"); }).code() == Errc::invalid);
  CHECK(error_from([&] { one.remember(attribute_error, "\xFF"); }).code() == Errc::invalid);
  CHECK(error_from([&] { one.memory.record_outcome(Id<Fix>{"none"}, true); }).code() == Errc::not_found);
  CHECK(error_from([&] { AgentMemory(one.store, std::string(65, 'x')).remember({.error = attribute_error}); }).code() ==
        Errc::invalid);
  CHECK(one.memory.statistics().fixes == 1);
}

TEST_CASE("outcomes from 16 threads are counted exactly", "[agent_memory]") {
  Fixture one;
  const std::vector<Id<Fix>> ids{one.remember(attribute_error, "a"), one.remember(attribute_error, "b")};
  constexpr int threads = 16, rounds = 50;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&one, &ids, i] {
      for (int round = 0; round < rounds; ++round)
        one.memory.record_outcome(ids[static_cast<std::size_t>(round % 2)], i % 4 != 0);
    });
  for (std::thread& thread : all) thread.join();
  const auto all_found = one.memory.similar(attribute_error);
  REQUIRE(all_found.size() == ids.size());
  for (const SimilarFix& found : all_found) {
    CHECK(found.fix.success_count == threads * 3 / 4 * rounds / 2);
    CHECK(found.fix.failure_count == threads / 4 * rounds / 2);
  }
}

TEST_CASE("threads that remember fixes of the same errors lose none", "[agent_memory]") {
  Fixture one;
  constexpr int threads = 8, rounds = 3;
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i)
    all.emplace_back([&one, i] {
      for (int round = 0; round < rounds; ++round)
        one.remember(attribute_error, std::to_string(i) + "/" + std::to_string(round));
    });
  for (std::thread& thread : all) thread.join();
  CHECK(one.memory.similar(attribute_error, "", {.limit = 100}).size() == threads * rounds);
  CHECK(one.memory.statistics().patterns == 1);
}

TEST_CASE("an interrupted remember is completed by the same call", "[agent_memory]") {
  Fixture one;
  const Id<Fix> id = one.remember(attribute_error, "fixed");
  reel::Repository<MemoryOrigin, reel::Memory>(one.store).remove(Id<MemoryOrigin>{id.str()});
  CHECK(one.remember(attribute_error, "fixed") == id);
  const auto found = one.memory.similar(attribute_error);
  REQUIRE(found.size() == 1);
  CHECK(found.front().origin.scope == "global");
  CHECK(reel::Repository<MemoryPattern, reel::Memory>(one.store).list().records.front().value.fixes.size() == 1);
}

TEST_CASE("a repair removes the keys of fixes that do not exist", "[agent_memory]") {
  Fixture one;
  const Id<Fix> gone = one.remember(attribute_error, "gone");
  const Id<Fix> kept = one.remember(log_of("ValueError: 'Circle' has no scale"), "kept");
  const MemoryStatistics before = one.memory.statistics();
  CHECK(one.memory.repair() == 0);
  CHECK(one.memory.statistics() == before);
  // As a purge leaves them that another program overlapped.
  const reel::Repository<MemoryKey, reel::Memory> keys(one.store);
  reel::Repository<Fix, reel::Memory>(one.store).remove(gone);
  reel::Repository<MemoryOrigin, reel::Memory>(one.store).remove(Id<MemoryOrigin>{gone.str()});
  CHECK(one.memory.repair() > 0);
  CHECK(one.memory.repair() == 0);
  CHECK(one.memory.statistics().patterns == 1);
  CHECK(keys.get(Id<MemoryKey>{total_key_id("global")}).value.patterns == 1);
  CHECK(keys.get(Id<MemoryKey>{word_key_id("global", "circle")}).value.patterns == 1);
  CHECK_FALSE(keys.exists(Id<MemoryKey>{word_key_id("global", "get_middle")}));
  CHECK(has(one.memory.similar("ValueError: 'Circle' has no scale"), "kept"));
  CHECK(one.memory.purge(kept));
  CHECK(keys.count() == 0);
}

TEST_CASE("a repair keeps what an interrupted remember has written", "[agent_memory]") {
  Fixture one;
  one.remember(attribute_error, "fixed");
  const reel::Repository<MemoryPattern, reel::Memory> patterns(one.store);
  const auto pattern = patterns.list().records.front();
  patterns.modify(pattern.id, [](MemoryPattern& stored) { stored.is_counted = false; });
  CHECK(one.memory.repair() == 0);
  one.remember(attribute_error, "another");
  CHECK(
      reel::Repository<MemoryKey, reel::Memory>(one.store).get(Id<MemoryKey>{total_key_id("global")}).value.patterns ==
      1);
  CHECK(one.memory.similar(attribute_error).size() == 2);
}

TEST_CASE("an upgrade of the algorithm keeps entries findable", "[agent_memory]") {
  Fixture one;
  const Id<Fix> id = one.remember(attribute_error, "fixed");
  const reel::Repository<MemoryOrigin, reel::Memory> origins(one.store);
  origins.modify(Id<MemoryOrigin>{id.str()}, [](MemoryOrigin& origin) { origin.keys = {"other"}; });
  CHECK(one.memory.reindex() == 1);
  CHECK(one.memory.reindex() == 0);
  CHECK(one.memory.similar(attribute_error).front().parts.layer == FingerprintLayer::exact);
}

/// Counts the reads of a store.
struct CountingStore : reel::driver::Layer<reel::Memory> {
  using Layer::Layer, Layer::find, Layer::list, Layer::count;
  mutable std::atomic<int> reads{0};
  mutable std::size_t longest_search = 0;  ///< a server accepts 1,000 bytes
  reel::driver::DocumentPtr find(const reel::driver::CollectionSchema& schema, std::string_view id) const {
    ++reads;
    return below().find(schema, id);
  }
  reel::driver::Page<reel::driver::DocumentPtr> list(const reel::driver::CollectionSchema& schema,
                                                     const reel::driver::QueryTree& query) const {
    ++reads;
    for (const reel::driver::Condition& condition : query.where)
      if (condition.op == reel::driver::Operator::search)
        longest_search = std::max(longest_search, condition.values.front().as<std::string>()->size());
    return below().list(schema, query);
  }
  std::int64_t count(const reel::driver::CollectionSchema& schema, const reel::driver::QueryTree& query) const {
    ++reads;
    return below().count(schema, query);
  }
};

TEST_CASE("a search takes at most six requests", "[agent_memory]") {
  reel::Memory memory_store;
  CountingStore store(memory_store);
  AgentMemory memory(store);
  memory.setup();
  const auto corpus = error_corpus::corpus(3);
  for (const auto& labelled : corpus) memory.remember(labelled.fix);
  for (const auto& labelled : corpus) {
    store.reads = 0;
    CHECK_FALSE(memory.similar(labelled.fix.error, labelled.fix.code).empty());
    CHECK(store.reads <= 6);
  }
  store.reads = 0;
  static_cast<void>(
      memory.similar("NameError: _wrap_generate_from_text, prepare_for_nonlinear_transform, vectorized_mobject, "
                     "interpolate_submobject"));
  CHECK(store.reads <= 6);
  CHECK(store.longest_search > 400);
  CHECK(store.longest_search <= 1000);
  store.reads = 0;
  CHECK_FALSE(memory.similar("AttributError: 'Cirkle' objct has no atribute 'get_cnter'").empty());
  CHECK(store.reads <= 6);
}

/// A vector of letter counts.
struct LetterCounts {
  std::vector<double> operator()(std::string_view text) const {
    std::vector<double> counts(26, 0);
    for (const char c : text)
      if (c >= 'a' && c <= 'z') ++counts[static_cast<std::size_t>(c - 'a')];
    return counts;
  }
};

TEST_CASE("an embedder adds a signal and its vectors are kept with the record", "[agent_memory]") {
  reel::Memory store;
  AgentMemory<reel::Memory, LetterCounts> memory(store);
  memory.setup();
  memory.remember({.error = log_of("ValueError: abcabcabc"), .code = "a", .fixed_code = "first"});
  memory.remember({.error = log_of("ValueError: xyzxyzxyz"), .code = "a", .fixed_code = "second"});
  const auto found = memory.similar("ValueError: cba cba cba");
  REQUIRE(found.size() == 2);
  CHECK(found.front().fix.fixed_code == "first");
  CHECK(found.front().parts.vector_rank == 1);
  CHECK(found.front().parts.vector > found.back().parts.vector);
  CHECK(found.front().origin.vector.size() == 26);
}

}  // namespace agent_memory_tests
