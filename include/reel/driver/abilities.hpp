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

/// Abilities a backend may lack, with what the core does instead.
namespace reel::driver {

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

/// One result a write, in order. After a failure of an atomic batch nothing is applied, and only the item to blame
/// has an error. Where the backend has no bulk writes it is one call an item, and never atomic.
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

/// Removes records, whatever they are by now; one that no longer exists is not an error. Not atomic. As few requests as
/// the backend's bulk writes take, else one call for each.
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

/// Null if there is no such record.
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
