#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration/difference.hpp>
#include <reel/detail/migration/write_copies.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/error.hpp>

namespace reel::detail {

/// The result of storing a document in a backup.
struct BackupResult {
  std::optional<Error> error{};  ///< why it could not be stored
  bool is_new = false;           ///< stored by this call; otherwise by an earlier run
};

/// Stores documents that are about to be replaced in `backup`, with their ids and times, and puts them on its medium.
/// One that an earlier run has stored is compared.
///
/// `spared`: for each document, the one that this run has stored under the id and then not replaced, or null. It is
/// overwritten.
[[nodiscard]] inline std::vector<BackupResult> back_up(driver::ErasedStore& backup,
                                                       const driver::CollectionSchema& schema,
                                                       const std::vector<driver::DocumentPtr>& documents,
                                                       const std::vector<driver::DocumentPtr>& spared) {
  std::vector<BackupResult> results(documents.size());
  std::vector<std::string_view> ids;
  for (const driver::DocumentPtr& document : documents) ids.push_back(document->id);
  const auto stored = driver::look_up(backup, schema, ids, 1);
  std::vector<driver::Write> writes;
  std::vector<std::size_t> written;  // positions in `documents`
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const driver::DocumentPtr& found = stored[i].found;
    if (stored[i].error) {
      results[i].error = stored[i].error;
    } else if (!found) {
      writes.push_back(creation_of(*documents[i]));
      writes.back().document.sequence = 0;
      written.push_back(i);
    } else if (difference(schema, *documents[i], *found).empty()) {
      continue;
    } else if (spared[i] && difference(schema, *spared[i], *found).empty()) {
      writes.push_back(replacement_of(found, *documents[i]));
      written.push_back(i);
    } else {
      results[i].error = Error(Errc::already_exists, "the backup has another value of an earlier migration");
    }
  }
  if (writes.empty()) return results;
  const auto answers = driver::write_many(backup, schema, std::move(writes), driver::Batch::independent);
  for (std::size_t i = 0; i < written.size(); ++i)
    results[written[i]] = {.error = answers[i].error, .is_new = !answers[i].error};
  if (backup.abilities().sync) backup.sync();
  return results;
}

}  // namespace reel::detail
