#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/detail/migration/migrated_item.hpp>
#include <reel/detail/migration/survey.hpp>
#include <reel/driver/document.hpp>
#include <reel/error.hpp>
#include <reel/id.hpp>
#include <reel/migration/report.hpp>

namespace reel::detail {

/// A record of the target that has the same values in a unique index as one that is being copied.
struct SameValues {
  std::size_t index;  ///< its number among the unique indexes
  std::string id;     ///< of the record
};

/// A record that is being copied.
struct RecordCopy {
  driver::DocumentPtr read{};             ///< as in the source, changed by the caller's function
  driver::DocumentPtr source{};           ///< likewise, with its id in the target
  driver::DocumentPtr existing{};         ///< as the target has it; null: it does not, or it was not looked up
  driver::Document wanted{};              ///< the document to write, where the target differs
  driver::DocumentPtr backup{};           ///< what this run has stored in the backup, if it was not replaced
  bool is_same = false;                   ///< the target has it already
  std::optional<Outcome> tried{};         ///< what was written last; it may have been applied
  std::vector<SameValues> same_values{};  ///< in a plan
  MigratedItem result{};

  /// Begins to copy a document, after `transform` has changed it; see `KindOptions::transform`. Null: nothing does.
  void begin(const driver::DocumentPtr& document, const std::function<bool(driver::Document&)>* transform) {
    read = document;
    result.id = document->id;
    result.source_bytes = record_size(*document);
    result.has_user_roles = has_user_roles(document->permissions);
    if (!transform) return;
    try {
      driver::Document changed = *document;
      if (!(*transform)(changed)) result.outcome = Outcome::filtered;
      changed.id = document->id;
      read = std::make_shared<const driver::Document>(std::move(changed));
    } catch (const Error& error) {
      result.fail("transform", error);
    } catch (const std::exception& error) {
      result.fail("transform", Error(Errc::invalid, error.what()));
    }
  }
  /// Adds to `same_values`, unless the copy is of that record, or there are many in the index already.
  void add_same(SameValues other) {
    if (!same_id(other.id, wanted.id) && !has_many_same(other.index)) same_values.push_back(std::move(other));
  }
  /// Whether more than 4 records of the target have the same values in an index. The target does not have it then, and
  /// cannot create it.
  [[nodiscard]] bool has_many_same(std::size_t index) const {
    return std::count_if(same_values.begin(), same_values.end(),
                         [&](const SameValues& other) { return other.index == index; }) > 4;
  }
  /// Forgets what is known of the target.
  void begin_again() {
    source = read;
    existing = nullptr;
    backup = nullptr;  // it may have been replaced
    same_values.clear();
  }
  [[nodiscard]] bool is(Outcome outcome) const { return result.outcome == outcome; }
  [[nodiscard]] bool is_open() const { return !result.outcome; }
};
using RecordCopies = std::vector<RecordCopy*>;

/// The copies for which `is_chosen(copy)` holds.
template <class IsChosen>
[[nodiscard]] RecordCopies chosen(const RecordCopies& copies, IsChosen&& is_chosen) {
  RecordCopies all;
  for (RecordCopy* copy : copies) {
    if (is_chosen(*copy)) all.push_back(copy);
  }
  return all;
}

}  // namespace reel::detail
