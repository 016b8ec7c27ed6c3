#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

#include <reel/driver/hidden_store.hpp>
#include <reel/separate.hpp>
#include <reel/store_url.hpp>
#include <reel/text/text_rules.hpp>

namespace reel {

/// How a store in memory behaves.
struct MemoryOptions {
  /// How text is compared.
  TextRules text = TextRules::folded;
  /// The source of times; called under the lock of a writer, from any thread.
  std::function<Timestamp()> clock = now;
  /// The number of changes of each collection and bucket that are kept for watches, once it is watched. A watch that
  /// lags by more gets `ChangeKind::reset`. A kept change holds the record as it was.
  std::size_t history = 65'536;

  /// The options of a URL: `text=folded` or `text=exact`. Throws `invalid` for another value.
  [[nodiscard]] static MemoryOptions from(const StoreUrl& url) {
    return {.text = url.text_rules().value_or(TextRules::folded)};
  }
};

namespace memory {
/// The abilities of every `Memory`.
inline constexpr driver::AbilitySet abilities{.records = true,
                                              .blobs = true,
                                              .bulk = true,
                                              .increment = true,
                                              .explain = true,
                                              .referrers = true,
                                              .preview = true,
                                              .changes = true,
                                              .blob_changes = true,
                                              .blob_update = true,
                                              .access = true,
                                              .blob_access = true,
                                              .identity = true,
                                              .limits = true,
                                              .digests = true,
                                              .blob_digests = true};
}  // namespace memory

/// A store in the memory of the process: for tests, caches and small data. Thread-safe: reads run concurrently, writes
/// one at a time. Stores share nothing, and the data are lost with the store.
///
/// Documents are found by id through a hash table; each `index` and `unique` has a sorted index, each `full_text` an
/// inverted index. Blobs are shared immutable buffers.
class Memory : public driver::HiddenStore<Memory, memory::abilities> {
 public:
  /// The scheme of URLs for `reel::open`.
  static constexpr std::string_view url_scheme = "memory";
  /// The options that such a URL may have.
  static constexpr std::array<std::string_view, 1> url_options{"text"};

  /// A new, empty store: `memory:`, with the options of `MemoryOptions::from`. Throws `invalid` for a URL with a
  /// location.
  [[nodiscard]] static Memory open(const StoreUrl& url) {
    url.check_no_location();
    return Memory(MemoryOptions::from(url));
  }

  /// A new, empty store.
  explicit Memory(const MemoryOptions& options = {});
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
};

static_assert(check_backend<Memory>());

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/backends/memory/memory.ipp>
#endif
