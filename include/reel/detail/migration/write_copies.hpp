#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <reel/driver/abilities.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/document.hpp>
#include <reel/driver/erased_store.hpp>
#include <reel/driver/look_up.hpp>
#include <reel/error.hpp>

namespace reel::detail {

/// A create that keeps id and times.
[[nodiscard]] inline driver::Write creation_of(const driver::Document& wanted) {
  driver::Write write{.kind = driver::WriteKind::create, .document = wanted};
  write.document.is_copy = true;
  return write;
}

/// An update that sets everything, if the record is still `existing`, with which the decision was made.
[[nodiscard]] inline driver::Write replacement_of(const driver::DocumentPtr& existing, const driver::Document& wanted) {
  driver::Write write{.kind = driver::WriteKind::update, .document = {.id = wanted.id}};
  for (std::size_t i = 0; i < wanted.values.size(); ++i)
    write.change.values.emplace_back(static_cast<int>(i), wanted.values[i]);
  write.change.permissions = wanted.permissions;
  write.change.created_at = wanted.created_at;
  write.change.updated_at = wanted.updated_at;
  write.change.if_unchanged_since = existing->updated_at;
  write.change.as_read = existing;
  return write;
}

/// One bulk write. An error of the whole call becomes the error of each item.
[[nodiscard]] inline std::vector<driver::WriteResult> write_at_once(driver::ErasedStore& target,
                                                                    const driver::CollectionSchema& schema,
                                                                    std::vector<driver::Write> writes,
                                                                    driver::Batch batch) {
  const std::size_t count = writes.size();
  try {
    return driver::write_many(target, schema, std::move(writes), batch);
  } catch (const Error& error) {
    return std::vector<driver::WriteResult>(count, driver::WriteResult{.error = error});
  }
}

/// Writes copies. Each result has a document or an error. `make` returns the writes, the same in each call.
///
/// An atomic batch that fails has written nothing, so it is repeated item by item to find those to blame, unless the
/// error concerns the store as a whole.
template <class Make>
[[nodiscard]] std::vector<driver::WriteResult> write_copies(driver::ErasedStore& target,
                                                            const driver::CollectionSchema& schema, Make&& make) {
  const bool atomic = driver::abilities_of(target).atomic_batches;
  std::vector<driver::WriteResult> written =
      write_at_once(target, schema, make(), atomic ? driver::Batch::atomic : driver::Batch::independent);
  if (atomic) {
    std::optional<Error> failure;
    for (const driver::WriteResult& one : written) failure = failure ? failure : one.error;
    if (failure && !driver::concerns_store(failure->code())) {
      written = write_at_once(target, schema, make(), driver::Batch::independent);
    } else if (failure) {
      for (driver::WriteResult& one : written) one.error = failure;
    }
  }
  for (driver::WriteResult& one : written) {
    if (!one.error && !one.document)
      one.error = Error(Errc::not_found, "it was removed from the target in the meantime");
  }
  return written;
}

}  // namespace reel::detail
