#include <reel/video/memory_evaluation.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/video/agent_memory.hpp>

#include "support/catch.hpp"
#include "support/error_corpus.hpp"

namespace memory_evaluation_tests {

using namespace reel::video;

/// Remembers the fixes, and returns options by which fixes of the same kind are right answers.
template <class Embed>
EvaluationOptions remembered(const AgentMemory<reel::Memory, Embed>& memory,
                             const std::vector<error_corpus::LabelledFix>& corpus) {
  memory.setup();
  std::vector<NewFix> fixes;
  for (const error_corpus::LabelledFix& one : corpus) fixes.push_back(one.fix);
  const std::vector<reel::Id<Fix>> ids = memory.remember(fixes);
  std::map<std::string, std::string> kinds;
  for (std::size_t i = 0; i < ids.size(); ++i) kinds[ids[i].str()] = corpus[i].kind;
  return {.is_right = [kinds](const reel::Record<Fix>& held_out, const reel::Record<Fix>& candidate) {
    return kinds.at(held_out.id.str()) == kinds.at(candidate.id.str());
  }};
}

TEST_CASE("the right fix is among the first 3 for 9 of 10 held-out errors", "[no_tsan]") {
  reel::Memory store;
  const AgentMemory memory(store);
  const EvaluationOptions options = remembered(memory, error_corpus::corpus(4));
  const MemoryEvaluation result = evaluate(memory, store, options);
  REQUIRE(result.rows.size() == 5);
  CHECK(result.cases > 250);
  const EvaluationRow& old = result.rows.front();
  const EvaluationRow& fused = result.rows.back();
  for (const EvaluationRow& row : result.rows)
    UNSCOPED_INFO(row.method << ": recall@1 " << row.recall_1.mean << ", recall@3 " << row.recall_3.mean << " ("
                             << row.recall_3.low << " to " << row.recall_3.high << "), MRR@10 " << row.mrr_10.mean);
  CHECK(fused.recall_3.low >= 0.9);
  CHECK(fused.recall_3.mean >= 2 * old.recall_3.mean);
  CHECK(fused.recall_1.mean <= fused.recall_3.mean);
  CHECK(fused.recall_3.low <= fused.recall_3.mean);
  CHECK(fused.recall_3.mean <= fused.recall_3.high);
}

/// A vector of counts of letters.
struct LetterCounts {
  std::vector<double> operator()(std::string_view text) const {
    std::vector<double> counts(26, 0);
    for (const char c : text)
      if (c >= 'a' && c <= 'z') ++counts[static_cast<std::size_t>(c - 'a')];
    return counts;
  }
};

TEST_CASE("an embedder makes no result worse", "[no_tsan]") {
  reel::Memory store;
  const AgentMemory<reel::Memory, LetterCounts> memory(store);
  const EvaluationOptions options = remembered(memory, error_corpus::corpus(2));
  const MemoryEvaluation with = evaluate(memory, store, options);
  const MemoryEvaluation without = evaluate(AgentMemory(store), store, options);
  REQUIRE(with.rows.size() == 6);
  CHECK(with.rows[4].method == "vectors");
  CHECK(with.rows[4].recall_3.mean > 0);
  CHECK(with.cases > 120);
  CHECK(with.rows.back().recall_1.mean >= without.rows.back().recall_1.mean);
  CHECK(with.rows.back().recall_3.mean >= without.rows.back().recall_3.mean);
  CHECK(with.rows.back().mrr_10.mean >= without.rows.back().mrr_10.mean);
}

TEST_CASE("labels from the codes alone confirm the evaluation", "[no_tsan]") {
  reel::Memory store;
  const AgentMemory memory(store);
  remembered(memory, error_corpus::corpus(3));
  const MemoryEvaluation result = evaluate(memory, store, {.right = RightFix::same_change});
  CHECK(result.cases > 60);
  CHECK(result.rows.back().recall_3.mean >= 0.9);
  CHECK(result.rows.back().recall_3.mean > result.rows.front().recall_3.mean);
}

TEST_CASE("a search ignores what is held out as if it had never been remembered") {
  auto corpus = error_corpus::corpus(2);
  const std::string scene = *corpus.back().fix.provenance.scene;
  // So few that no list of patterns is full.
  std::erase_if(corpus, [n = 0](const auto&) mutable { return n++ % 68 >= 30; });
  reel::Memory whole, part;
  const AgentMemory all(whole), others(part);
  all.setup();
  others.setup();
  HeldOut held_out;
  std::vector<std::string> errors;
  for (const error_corpus::LabelledFix& one : corpus) {
    if (one.fix.provenance.scene != scene) {
      others.remember(one.fix);
      all.remember(one.fix);
      continue;
    }
    errors.push_back(one.fix.error);
    const auto id = all.remember(one.fix);
    held_out.fixes.insert(id.str());
  }
  const reel::Repository<MemoryPattern, reel::Memory> kept(part);
  for (const auto& pattern : reel::Repository<MemoryPattern, reel::Memory>(whole).all()) {
    if (kept.exists(pattern.id)) continue;
    held_out.patterns.insert(pattern.id.str());
    for (const std::string& word : split_words(pattern.value.words)) ++held_out.words[word];
  }
  for (std::size_t i = 0; i < errors.size(); i += 5) {
    const auto expected = others.similar(errors[i]), found = all.similar(errors[i], "", {.held_out = &held_out});
    REQUIRE(found.size() == expected.size());
    for (std::size_t k = 0; k < found.size(); ++k) {
      CHECK(found[k].id == expected[k].id);
      CHECK(found[k].parts.words == Approx(expected[k].parts.words));
    }
  }
}

TEST_CASE("an evaluation without cases has rows of zeros") {
  reel::Memory store;
  const AgentMemory memory(store);
  memory.setup();
  memory.remember({.error = "ValueError: no scale is set", .code = "a", .fixed_code = "b"});
  const MemoryEvaluation result = evaluate(memory, store);
  CHECK(result.fixes == 1);
  CHECK(result.cases == 0);
  for (const EvaluationRow& row : result.rows) CHECK(row.recall_3.mean == 0);
}

TEST_CASE("fixes of the same scene are never right answers") {
  reel::Memory store;
  const AgentMemory memory(store);
  memory.setup();
  for (const char* fixed : {"b", "c"}) {
    NewFix fix{.error = "ValueError: no scale is set", .code = "a", .fixed_code = fixed};
    fix.provenance.scene = "one scene";
    memory.remember(fix);
  }
  CHECK(evaluate(memory, store).cases == 0);
}

}  // namespace memory_evaluation_tests
