#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/error.hpp>
#include <reel/migration/report.hpp>
#include <reel/permission.hpp>

namespace reel::detail {

/// The result of one record or blob, on its way to the report.
struct MigratedItem {
  std::string id{};
  std::optional<Outcome> outcome{};  ///< none: not reached
  std::string target_id{};           ///< in the target; empty: the same
  bool verified = false;
  bool is_unread = false;       ///< the source has it and cannot read it
  bool is_conflicting = false;  ///< the target had other content under the id
  bool has_user_roles = false;  ///< its permissions name users, teams or labels of the source
  std::int64_t bytes = 0;
  std::int64_t source_bytes = 0;
  std::string operation{};  ///< of `failure`
  std::optional<Error> failure{};
  std::optional<Error> difference{};

  /// Forgets the result, to copy it again. `new_id`: see `target_id`.
  void begin_again(std::string new_id = {}) {
    *this = {.id = std::move(id),
             .target_id = std::move(new_id),
             .has_user_roles = has_user_roles,
             .source_bytes = source_bytes};
  }
  /// Records a failure of the step `what`.
  void fail(std::string_view what, const Error& error) {
    outcome = Outcome::failed;
    operation = what;
    failure = error;
  }
};

/// The results of the items that the source has but cannot read.
[[nodiscard]] inline std::vector<MigratedItem> unread_items(const std::vector<Error>& errors) {
  std::vector<MigratedItem> results;
  for (const Error& error : errors)
    results.emplace_back(MigratedItem{.id = error.id(), .is_unread = true}).fail("read", error);
  return results;
}

/// Whether items with this outcome are written.
[[nodiscard]] constexpr bool is_written(Outcome outcome) {
  return outcome == Outcome::created || outcome == Outcome::overwritten || outcome == Outcome::renamed;
}
/// Counts an item that was reached.
inline void add_item(MigrationCounts& counts, const MigratedItem& item) {
  counts.add(*item.outcome);
  counts.bytes += item.bytes;
  counts.verified += item.verified ? 1 : 0;
  counts.differing += item.difference ? 1 : 0;
  counts.conflicting += item.is_conflicting ? 1 : 0;
  counts.source_bytes += item.source_bytes;
}

/// The failure of an item, without its kind.
[[nodiscard]] inline MigrationProblem problem_of(const MigratedItem& item) {
  return {.id = item.id,
          .operation = item.operation,
          .code = item.failure->code(),
          .reason = item.failure->reason(),
          .attribute = item.failure->attribute()};
}
/// The difference of an item, likewise.
[[nodiscard]] inline MigrationProblem difference_of(const MigratedItem& item) {
  return {.id = item.id, .operation = "verify", .code = item.difference->code(), .reason = item.difference->reason()};
}

/// Whether permissions name users, teams or labels, which other stores do not know.
[[nodiscard]] inline bool has_user_roles(const std::vector<Permission>& permissions) {
  return std::any_of(permissions.begin(), permissions.end(), [](const Permission& permission) {
    return permission.role().str().find(':') != std::string::npos;
  });
}

}  // namespace reel::detail
