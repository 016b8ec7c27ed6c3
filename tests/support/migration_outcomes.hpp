#pragma once

#include <cstddef>
#include <set>
#include <string>

#include <reel/migration/report.hpp>

#include "support/catch.hpp"

/// The outcomes of a plan and of its migration.
namespace migration_outcomes {

/// The failures, without the reason of those that only a plan explains.
[[nodiscard]] inline std::set<std::string> failures_of(const reel::MigrationReport& report) {
  std::set<std::string> failures;
  for (const reel::MigrationProblem& one : report.failures) {
    const bool is_explained = one.operation == "create" || one.operation == "overwrite";
    failures.insert(one.kind.str() + " " + one.id + " " + one.operation + " " + std::string(to_string(one.code)) +
                    (is_explained ? "" : " " + one.reason));
  }
  return failures;
}

/// Expects of a run what its plan has predicted.
inline void check_prediction(const reel::MigrationReport& plan, const reel::MigrationReport& run) {
  CHECK(failures_of(plan) == failures_of(run));
  CHECK(plan.clean() == run.clean());
  REQUIRE(plan.kinds.size() == run.kinds.size());
  for (std::size_t i = 0; i < plan.kinds.size(); ++i) {
    const reel::MigrationCounts &planned = plan.kinds[i], &done = run.kinds[i];
    INFO(planned.kind.str());
    CHECK(planned.found == done.found);
    CHECK(planned.created == done.created);
    CHECK(planned.overwritten == done.overwritten);
    CHECK(planned.unchanged == done.unchanged);
    CHECK(planned.skipped == done.skipped);
    CHECK(planned.renamed == done.renamed);
    CHECK(planned.failed == done.failed);
    CHECK(planned.conflicting == done.conflicting);
  }
}

}  // namespace migration_outcomes
