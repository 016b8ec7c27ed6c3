#pragma once

#include <functional>

#include <reel/driver/backend.hpp>
#include <reel/local/local_store.hpp>
#include <reel/text_rules.hpp>

#include <reel/backends/memory/blobs.hpp>
#include <reel/backends/memory/records.hpp>

namespace reel {

struct MemoryOptions {
  TextRules text = TextRules::folded;
  std::function<Timestamp()> clock = now;
};

/// A store in the process's memory: for tests, caches and small data. Documents by id, a sorted index for each `index`
/// and `unique`, an inverted index for each `full_text`. Thread-safe: reads run side by side, writes one at a time.
/// Nothing is shared between two stores, and nothing outlives one.
struct Memory : local::LocalStore<memory::Records>, memory::Blobs {
  explicit Memory(const MemoryOptions& options = {})
      : LocalStore(options.text, options.clock), memory::Blobs(options.text, options.clock) {}

  using LocalStore::ensure, Blobs::ensure, LocalStore::find, Blobs::find, LocalStore::update, Blobs::update;
  using LocalStore::list, Blobs::list, LocalStore::remove, Blobs::remove;
};

static_assert(check_backend<Memory>());
static_assert(driver::BulkBackend<Memory> && driver::IncrementBackend<Memory> && driver::ExplainBackend<Memory> &&
              driver::ReferrerBackend<Memory>);
static_assert(driver::PreviewBackend<Memory> && driver::BlobUpdateBackend<Memory>);

}  // namespace reel
