#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <reel/backends/appwrite/client.hpp>
#include <reel/backends/appwrite/schema_plan.hpp>
#include <reel/backends/appwrite/server_version.hpp>

namespace reel::appwrite {

/// The indexes of a plan that a server before 1.8.0 cannot create, one sentence each: these versions do not accept
/// `lengths`.
[[nodiscard]] inline std::vector<std::string> problems_of_old_server(const Client& client, const SchemaPlan& plan) {
  std::vector<std::string> problems;
  for (const ServerIndex& index : plan.new_indexes) {
    if (index.lengths.empty() || client.has(Ability::sequence)) continue;
    problems.push_back("the index '" + index.key + "' covers more than 768 characters, which a server before " +
                       first_version_with(Ability::sequence).str() + " cannot index: leave it out");
  }
  return problems;
}

/// The error if the columns of a plan do not fit into a row, otherwise `nullopt`.
[[nodiscard]] inline std::optional<Error> problem_of_row(const SchemaPlan& plan) {
  if (plan.new_attributes.empty() && plan.changed_attributes.empty()) return std::nullopt;
  try {
    check_row_width(plan.columns);
    return std::nullopt;
  } catch (const Error& error) {
    return error;
  }
}

/// Throws one error that names everything that prevents the plan: `conflict` if the collection on the server differs in
/// a way that cannot be changed without losing values; otherwise `invalid` if the columns do not fit into a row, or
/// `unsupported` if the server is too old for an index. `has_records`: whether the collection had records at or before
/// the time of the comparison; may be false if the plan has no conflict with records.
inline void check_plan(const Client& client, const SchemaPlan& plan, bool has_records) {
  std::vector<std::string> problems = plan.conflicts;
  if (has_records)
    problems.insert(problems.end(), plan.conflicts_with_records.begin(), plan.conflicts_with_records.end());
  const std::vector<std::string> too_old = problems_of_old_server(client, plan);
  const std::optional<Error> row = problem_of_row(plan);
  if (problems.empty() && too_old.empty()) {
    if (row) throw *row;
    return;
  }
  const Errc code = problems.empty() ? Errc::unsupported : Errc::conflict;
  const bool is_one_index = problems.empty() && too_old.size() == 1 && !row;
  problems.insert(problems.end(), too_old.begin(), too_old.end());
  if (row) problems.push_back(row->reason());
  std::string all;
  for (const std::string& one : problems) all += (all.empty() ? "" : "; ") + one;
  ErrorContext context;
  if (is_one_index) context.index = plan.new_indexes.front().key;
  throw Error(code, all, context);
}

}  // namespace reel::appwrite
