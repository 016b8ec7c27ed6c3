#pragma once

#include <cstdint>
#include <functional>

#include <reel/backends/filesystem/access.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/text_rules.hpp>
#include <reel/timestamp.hpp>

namespace reel::filesystem {

/// When a collection does more than a write needs. All in bytes of its journal.
struct Housekeeping {
  /// A journal is compacted once more than this, and more than half of it, is of no use any more.
  std::int64_t compact_above = std::int64_t{4} << 20;
  /// A snapshot, which makes opening fast, is saved once the journal has grown by this and twofold since the last one.
  std::int64_t snapshot_every = std::int64_t{64} << 20;
  /// The same when the store is closed.
  std::int64_t snapshot_at_end = std::int64_t{1} << 20;
};

/// The parts of a store that tests replace.
struct Seams {
  FileCalls* calls = &posix_calls();  ///< must outlive the store
  Housekeeping housekeeping{};
};

/// What all collections of a store share.
struct Settings {
  FileCalls* calls = nullptr;
  TextRules text = TextRules::folded;
  Access access = Access::automatic;
  bool durable = true;
  std::function<Timestamp()> clock{};
  Housekeeping housekeeping{};
};

}  // namespace reel::filesystem
