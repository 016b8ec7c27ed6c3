#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include <reel/backends/memory/blob_table.hpp>
#include <reel/backends/memory/records.hpp>
#include <reel/driver/backend.hpp>
#include <reel/local/local_store.hpp>

namespace reel::memory {

/// The implementation of `Memory`: the record operations of `local::LocalStore` and the blob operations of `BlobTable`.
struct Store : local::LocalStore<Records>, BlobTable {
  /// An empty store.
  Store(TextRules text, const std::function<Timestamp()>& clock, std::size_t history)
      : LocalStore(text, clock, history), BlobTable(text, clock, history) {}

  using LocalStore::access, BlobTable::access, LocalStore::changes, BlobTable::changes;
  using LocalStore::digests, BlobTable::digests, LocalStore::ids_in, BlobTable::ids_in;
  using LocalStore::ensure, BlobTable::ensure, LocalStore::find, BlobTable::find, LocalStore::update, BlobTable::update;
  using LocalStore::list, BlobTable::list, LocalStore::remove, BlobTable::remove;

  /// As `IdentityBackend`.
  [[nodiscard]] driver::StoreIdentity identity() const {
    const std::string identity = "memory-" + medium().id();
    return {.records = identity, .blobs = identity};
  }
  /// As `LimitsBackend`.
  [[nodiscard]] driver::StoreLimits limits() const { return {.text = medium().text()}; }
};

}  // namespace reel::memory
