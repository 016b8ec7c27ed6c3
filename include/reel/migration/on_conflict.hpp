#pragma once

#include <string_view>

#include <reel/driver/enumerator_name.hpp>

namespace reel {

/// The treatment of a record or blob whose id exists in the target with other content. Equal content is never a
/// conflict. A record is replaced on the condition that it has not changed since it was compared; otherwise it is
/// compared and decided again, at most three times in all. Stores have no conditional replacement of blobs, so a blob
/// is compared again immediately before it is replaced.
///
/// It applies to the permissions of a collection or bucket, too; they have no time and no id, so that `newer`,
/// `if_unchanged` and `rename` are `skip`.
enum class OnConflict {
  fail,       ///< list it as a failure and leave the target as it is
  skip,       ///< leave the target as it is
  overwrite,  ///< replace the content in the target
  newer,      ///< replace it if the `updated_at` of the source is later, else skip
  /// Replace it if its `updated_at` in the target is earlier than a limit, else list it as a failure. The limit is the
  /// beginning of the last migration with the same journal that has finished without failures, differences and skipped
  /// items: what is later has changed in the target only. Without one, every conflict is a failure. The clocks of the
  /// target and of this process must agree. In a store that does not keep the times of blobs, such as Appwrite, blobs
  /// copied by the last migration count as changed.
  if_unchanged,
  /// Copy it under the id `renamed_id` (`<reel/migration/renamed_id.hpp>`), which depends only on the collection or
  /// bucket and on the id. References in later collections follow. Once the target has that id, later migrations
  /// compare with it. Refused as `unsupported` for a collection with references to itself.
  rename,
};

/// The name of the enumerator: `if_unchanged`. Journals contain it.
[[nodiscard]] constexpr std::string_view to_string(OnConflict on_conflict) {
  using enum OnConflict;
  return driver::enumerator_name(on_conflict, {{fail, "fail"},
                                               {skip, "skip"},
                                               {overwrite, "overwrite"},
                                               {newer, "newer"},
                                               {if_unchanged, "if_unchanged"},
                                               {rename, "rename"}});
}

}  // namespace reel
