#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/driver/ability_set.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/optimistic.hpp>

/// Portable fallbacks for the optional abilities of a backend. The core calls these functions instead of the backend's
/// members; each uses the ability where the store has it and otherwise does the same with the required operations.
///
/// The functions hold no state and are as thread-safe as the backend. They validate nothing: documents, changes and
/// positions must already be checked against `schema` (see `<reel/driver/validate.hpp>`). Besides the errors listed,
/// every function throws what the backend throws.
namespace reel::driver {

/// Performs one write with the required operations of a backend.
///
/// - `write`: its `kind` selects the operation
///
/// A removal takes two requests, `find` and `remove`, because the result contains the removed document; every other
/// write takes one. A `reel::Error` becomes the `error` of the result; other exceptions propagate. A result without
/// document and without error means that the record to update or to remove does not exist.
template <RecordBackend B>
WriteResult write_one(B& backend, const CollectionSchema& schema, Write write) {
  try {
    switch (write.kind) {
      case WriteKind::create:
        return {.document = backend.create(schema, std::move(write.document))};
      case WriteKind::update:
        return {.document = backend.update(schema, write.document.id, std::move(write.change))};
      case WriteKind::remove:
        if (DocumentPtr stored = backend.find(schema, write.document.id);
            stored && backend.remove(schema, write.document.id, write.change.if_unchanged_since))
          return {.document = std::move(stored)};
        return {};
    }
  } catch (const Error& error) {
    return {.error = error};
  }
  return {};
}

/// Performs several writes and returns one result for each, in the order of `writes`.
///
/// - `batch`: whether the writes are applied all or none; has an effect only where the backend has bulk writes
///
/// A backend with bulk writes receives all writes in one call. After a failure with `Batch::atomic` nothing is applied,
/// and only the item at fault has an error. Without bulk writes the writes are performed one after the other by
/// `write_one`, and a failure does not stop the later ones.
template <RecordBackend B>
std::vector<WriteResult> write_many(B& backend, const CollectionSchema& schema, std::vector<Write> writes,
                                    Batch batch) {
  if constexpr (BulkBackend<B>) {
    if (abilities_of(backend).bulk) return backend.write(schema, std::move(writes), batch);
  }
  std::vector<WriteResult> results;
  results.reserve(writes.size());
  for (Write& write : writes) results.push_back(write_one(backend, schema, std::move(write)));
  return results;
}

/// Removes the records with these ids, in whatever version they are stored. An id without a record is not an error. Not
/// atomic: a failure ends the call and leaves earlier removals in effect.
///
/// Takes as many requests as the backend needs for one bulk write, or one request per id if it has no bulk writes.
template <RecordBackend B>
void remove_many(B& backend, const CollectionSchema& schema, const std::vector<std::string>& ids) {
  if constexpr (BulkBackend<B>) {
    if (abilities_of(backend).bulk) {
      std::vector<Write> writes;
      writes.reserve(ids.size());
      for (const std::string& id : ids) writes.push_back({.kind = WriteKind::remove, .document = {.id = id}});
      for (const WriteResult& result : backend.write(schema, std::move(writes), Batch::independent)) {
        if (result.error) throw Error(*result.error);
      }
      return;
    }
  }
  for (const std::string& id : ids) backend.remove(schema, id, std::nullopt);
}

/// Adds `by` to a number; null counts as 0. Returns the document after the addition, or null if the record does not
/// exist.
///
/// - `position`: the position of the attribute in the schema
/// - `by`: the amount, of the attribute's type
///
/// Without the ability, reads the record and updates it on the condition that it has not changed: two requests per
/// attempt.
///
/// Throws `invalid` for an amount of another type or a result out of range, and `conflict` after
/// `max_optimistic_attempts` attempts.
template <RecordBackend B>
DocumentPtr increment(B& backend, const CollectionSchema& schema, std::string_view id, int position, const Value& by) {
  if constexpr (IncrementBackend<B>) {
    if (abilities_of(backend).increment) return backend.increment(schema, id, position, by);
  }
  return retry_conflicts([&](int) -> std::optional<DocumentPtr> {
    const DocumentPtr stored = backend.find(schema, id);
    if (!stored) return nullptr;
    const auto index = static_cast<std::size_t>(position);
    const Change change{.values = {{position, incremented(schema.attributes[index], stored->values[index], by)}},
                        .if_unchanged_since = stored->updated_at};
    return unless_conflict([&] { return backend.update(schema, id, change); });
  });
}

}  // namespace reel::driver
