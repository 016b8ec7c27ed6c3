#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <reel/driver/document.hpp>
#include <reel/driver/query_tree.hpp>
#include <reel/migration/on_conflict.hpp>
#include <reel/migration/progress.hpp>

namespace reel {

/// The options of a migration for one collection or bucket. `kind_options<T>()` builds one with types, see
/// `<reel/migration/kind_options_of.hpp>`.
///
///     migrate(source, target, set, {.kinds = {{.kind = {.id = "tracks"}, .on_conflict = OnConflict::newer},
///                                             {.kind = {.id = "covers", .bucket = true}, .leave_out = true}}});
struct KindOptions {
  /// The collection or bucket, by its id in the source. One that the set lacks is `invalid`.
  MigrationKind kind{};
  /// Copy nothing of it. References to its records are checked in the target all the same.
  bool leave_out = false;
  /// Empty: `MigrationOptions::on_conflict`.
  std::optional<OnConflict> on_conflict{};
  /// Copy only what matches all of these conditions, whose attributes are those of the source, or of
  /// `Schema<BlobInfo>`. The source evaluates them. A record that refers to one that is left out fails, unless the
  /// target has that one.
  std::vector<driver::Condition> where{};
  /// The id of the collection or bucket in the target; empty: the same. References in other collections follow.
  std::string target_id{};
  /// Attributes with other names in the target: from, to. The types stay. Collections only.
  std::vector<std::pair<std::string, std::string>> attributes{};
  /// Changes a record, as read from the source, before it is compared and written; false leaves it out. Its id stays.
  /// An exception derived from `std::exception` is a failure of the record. Called by one thread at a time.
  /// Collections only.
  std::function<bool(driver::Document&)> transform{};
  /// Identifies `transform` to a journal. Required with it, and another one after every change of what it does.
  std::string transform_name{};
};

}  // namespace reel
