#pragma once

#include <optional>

#include <reel/detail/migration/migrated_item.hpp>
#include <reel/error.hpp>
#include <reel/migration/on_conflict.hpp>
#include <reel/timestamp.hpp>

namespace reel::detail {

/// Decides the outcome for an id that the target has with other content. `in_source`, `in_target`: the `updated_at` of
/// both sides; `unchanged_since`: the limit of `OnConflict::if_unchanged`, if there is one.
inline void settle_conflict(MigratedItem& result, OnConflict on_conflict, Timestamp in_source, Timestamp in_target,
                            const std::optional<Timestamp>& unchanged_since) {
  result.is_conflicting = true;
  switch (on_conflict) {
    case OnConflict::fail:
      return result.fail("compare", Error(Errc::already_exists, "the target has other content under this id"));
    case OnConflict::skip:
      result.outcome = Outcome::skipped;
      return;
    case OnConflict::newer:
      result.outcome = in_source > in_target ? Outcome::overwritten : Outcome::skipped;
      return;
    case OnConflict::if_unchanged:
      if (!unchanged_since)
        return result.fail("compare", Error(Errc::conflict,
                                            "the target has other content under this id, and no finished migration "
                                            "with this journal shows its age"));
      if (in_target >= *unchanged_since)
        return result.fail(
            "compare", Error(Errc::conflict, "the target has changed it since " + format_timestamp(*unchanged_since)));
      [[fallthrough]];
    case OnConflict::overwrite:
      result.outcome = Outcome::overwritten;
      return;
    case OnConflict::rename:
      result.outcome = Outcome::renamed;
      return;
  }
}

}  // namespace reel::detail
