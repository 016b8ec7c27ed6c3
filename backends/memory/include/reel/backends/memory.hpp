#pragma once

#include <array>
#include <functional>
#include <string_view>

#include <reel/driver/backend.hpp>
#include <reel/local/local_store.hpp>
#include <reel/store_url.hpp>
#include <reel/text_rules.hpp>

#include <reel/backends/memory/blobs.hpp>
#include <reel/backends/memory/records.hpp>

namespace reel {

struct MemoryOptions {
  TextRules text = TextRules::folded;
  std::function<Timestamp()> clock = now;

  /// Option of a URL: `text=folded` or `text=exact`. `invalid` for another value.
  [[nodiscard]] static MemoryOptions from(const StoreUrl& url) {
    return {.text = url.text_rules().value_or(TextRules::folded)};
  }
};

/// A store in the process's memory: for tests, caches and small data. Documents by id, a sorted index for each `index`
/// and `unique`, an inverted index for each `full_text`. Thread-safe: reads run side by side, writes one at a time.
/// Nothing is shared between two stores, and nothing outlives one.
struct Memory : local::LocalStore<memory::Records>, memory::Blobs {
  static constexpr std::string_view url_scheme = "memory";
  static constexpr std::array<std::string_view, 1> url_options{"text"};

  /// A new, empty store: `memory:`, with the options of `MemoryOptions::from`. `invalid` for a URL with a location.
  [[nodiscard]] static Memory open(const StoreUrl& url) {
    url.check_no_location();
    return Memory(MemoryOptions::from(url));
  }

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
