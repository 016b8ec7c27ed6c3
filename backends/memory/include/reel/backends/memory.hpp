#pragma once

#include <array>
#include <functional>
#include <string_view>

#include <reel/driver/hidden_store.hpp>
#include <reel/separate.hpp>
#include <reel/store_url.hpp>
#include <reel/text_rules.hpp>

namespace reel {

struct MemoryOptions {
  TextRules text = TextRules::folded;
  std::function<Timestamp()> clock = now;

  /// Option of a URL: `text=folded` or `text=exact`. `invalid` for another value.
  [[nodiscard]] static MemoryOptions from(const StoreUrl& url) {
    return {.text = url.text_rules().value_or(TextRules::folded)};
  }
};

namespace memory {
inline constexpr driver::AbilitySet abilities{.records = true,
                                              .blobs = true,
                                              .bulk = true,
                                              .increment = true,
                                              .explain = true,
                                              .referrers = true,
                                              .preview = true,
                                              .blob_update = true};
}

/// A store in the process's memory: for tests, caches and small data. Documents by id, a sorted index for each `index`
/// and `unique`, an inverted index for each `full_text`. Thread-safe: reads run side by side, writes one at a time.
/// Nothing is shared between two stores, and nothing outlives one.
class Memory : public driver::HiddenStore<Memory, memory::abilities> {
 public:
  static constexpr std::string_view url_scheme = "memory";
  static constexpr std::array<std::string_view, 1> url_options{"text"};

  /// A new, empty store: `memory:`, with the options of `MemoryOptions::from`. `invalid` for a URL with a location.
  [[nodiscard]] static Memory open(const StoreUrl& url) {
    url.check_no_location();
    return Memory(MemoryOptions::from(url));
  }

  explicit Memory(const MemoryOptions& options = {});
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
};

static_assert(check_backend<Memory>());

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/backends/memory/memory.ipp>
#endif
