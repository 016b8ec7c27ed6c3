#include <reel/video/memory_evaluation.hpp>

#include <map>
#include <string>
#include <vector>

#include <reel/backends/memory.hpp>
#include <reel/video/agent_memory.hpp>

#include "support/catch.hpp"
#include "support/error_corpus.hpp"

namespace memory_evaluation_tests {

using namespace reel::video;

TEST_CASE("the right fix is among the first 3 for 9 of 10 held-out errors", "[memory_evaluation]") {
  reel::Memory store;
  const AgentMemory memory(store);
  memory.setup();
  std::vector<NewFix> fixes;
  std::map<std::string, std::string> kinds;
  const auto corpus = error_corpus::corpus(6);
  for (const error_corpus::LabelledFix& one : corpus) fixes.push_back(one.fix);
  const std::vector<reel::Id<Fix>> ids = memory.remember(fixes);
  for (std::size_t i = 0; i < ids.size(); ++i) kinds[ids[i].str()] = corpus[i].kind;
  const auto is_right = [&](const reel::Record<Fix>& held_out, const reel::Record<Fix>& candidate) {
    return kinds.at(held_out.id.str()) == kinds.at(candidate.id.str());
  };
  const MemoryEvaluation result = evaluate(memory, store, {.is_right = is_right});
  REQUIRE(result.rows.size() == 5);
  CHECK(result.cases > 300);
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

TEST_CASE("an evaluation without cases has rows of zeros", "[memory_evaluation]") {
  reel::Memory store;
  const AgentMemory memory(store);
  memory.setup();
  memory.remember({.error = "ValueError: no scale is set", .code = "a", .fixed_code = "b"});
  const MemoryEvaluation result = evaluate(memory, store);
  CHECK(result.fixes == 1);
  CHECK(result.cases == 0);
  for (const EvaluationRow& row : result.rows) CHECK(row.recall_3.mean == 0);
}

TEST_CASE("fixes of the same scene are never right answers", "[memory_evaluation]") {
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
