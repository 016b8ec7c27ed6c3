#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <reel/error.hpp>
#include <reel/migration/report.hpp>

namespace reel {

/// The records and blobs that a migration copies if it does not copy all, such as those that an earlier one failed to
/// copy. A value type; memory grows with the number of ids.
class MigrationItems {
 public:
  /// Adds one record or blob, or, with an empty id, the whole collection or bucket.
  void add(const MigrationItem& item) {
    Ids& ids = kinds_[item.kind.str()];
    if (item.id.empty()) ids.all = true;
    if (!item.id.empty()) ids.ids.push_back(item.id);
  }
  /// Whether nothing is to be copied.
  [[nodiscard]] bool empty() const { return kinds_.empty(); }
  /// Whether something of the collection or bucket is to be copied.
  [[nodiscard]] bool has(const MigrationKind& kind) const { return kinds_.contains(kind.str()); }
  /// The ids of a collection or bucket; null: all that it has.
  [[nodiscard]] const std::vector<std::string>* of(const MigrationKind& kind) const {
    const auto found = kinds_.find(kind.str());
    return found == kinds_.end() || found->second.all ? nullptr : &found->second.ids;
  }

 private:
  struct Ids {
    bool all = false;
    std::vector<std::string> ids{};
  };
  std::map<std::string, Ids> kinds_;
};

/// The failures and differences of a report: all that `migrate` has to copy after their causes were removed. Throws
/// `invalid` for a report that does not list all: of a run that was ended early, or has copied nothing because setting
/// up the target failed. Migrate again after those.
[[nodiscard]] inline MigrationItems unfinished(const MigrationReport& report) {
  const bool has_not_begun = !report.failures.empty() && report.total().found == 0;
  if (report.cancelled || has_not_begun)
    throw Error(Errc::invalid, "the report is of a migration that did not reach everything; migrate again");
  MigrationItems items;
  for (const MigrationProblem& one : report.failures) items.add({.kind = one.kind, .id = one.id});
  for (const MigrationProblem& one : report.differences) items.add({.kind = one.kind, .id = one.id});
  return items;
}

}  // namespace reel
