#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/detail/migration_difference.hpp>
#include <reel/driver/abilities.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/error.hpp>

namespace reel::detail {

/// Stores documents that are about to be replaced in `backup`, with their ids and times, and puts them on its medium.
/// Returns for each of them why it could not be stored; empty: it is. One that an earlier run has stored is compared.
[[nodiscard]] inline std::vector<std::optional<Error>> back_up(driver::ErasedStore& backup,
                                                               const driver::CollectionSchema& schema,
                                                               const std::vector<driver::DocumentPtr>& documents) {
  std::vector<std::optional<Error>> errors(documents.size());
  std::vector<std::string_view> ids;
  for (const driver::DocumentPtr& document : documents) ids.push_back(document->id);
  const auto stored = driver::look_up(backup, schema, ids, 1);
  std::vector<driver::Write> writes;
  std::vector<std::size_t> written;  // positions in `documents`
  for (std::size_t i = 0; i < documents.size(); ++i) {
    if (stored[i].error) {
      errors[i] = stored[i].error;
    } else if (!stored[i].found) {
      driver::Write& write = writes.emplace_back(driver::Write{.document = *documents[i]});
      write.document.sequence = 0;
      write.document.is_copy = true;
      written.push_back(i);
    } else if (!difference(schema, *documents[i], *stored[i].found).empty()) {
      errors[i] = Error(Errc::already_exists,
                        "the backup has another value of an earlier migration; use an empty store for the backup");
    }
  }
  if (writes.empty()) return errors;
  const auto results = driver::write_many(backup, schema, std::move(writes), driver::Batch::independent);
  for (std::size_t i = 0; i < written.size(); ++i) errors[written[i]] = results[i].error;
  if (backup.abilities().sync) backup.sync();
  return errors;
}

}  // namespace reel::detail
