#pragma once

#include <functional>

#include <reel/backends/memory/blobs.hpp>
#include <reel/backends/memory/records.hpp>
#include <reel/driver/backend.hpp>
#include <reel/local/local_store.hpp>

namespace reel::memory {

/// The implementation of `Memory`.
struct Store : local::LocalStore<Records>, Blobs {
  Store(TextRules text, const std::function<Timestamp()>& clock) : LocalStore(text, clock), Blobs(text, clock) {}

  using LocalStore::ensure, Blobs::ensure, LocalStore::find, Blobs::find, LocalStore::update, Blobs::update;
  using LocalStore::list, Blobs::list, LocalStore::remove, Blobs::remove;
};

}  // namespace reel::memory
