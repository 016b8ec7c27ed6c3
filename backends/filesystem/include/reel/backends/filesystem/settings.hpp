#pragma once

#include <cstdint>
#include <functional>

#include <reel/backends/filesystem/access.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/file_path.hpp>
#include <reel/text/text_rules.hpp>
#include <reel/timestamp.hpp>

namespace reel {
class Filesystem;
struct FilesystemOptions;
}  // namespace reel

namespace reel::filesystem {

/// Thresholds of the work that a collection does besides writing. All are bytes of its journal.
struct Housekeeping {
  /// A journal is compacted once more than this, and more than half of it, is dead.
  std::int64_t compact_above = std::int64_t{4} << 20;
  /// A snapshot, which makes opening fast, is saved once the journal has grown by this, and to twice its size, since
  /// the last one.
  std::int64_t snapshot_every = std::int64_t{64} << 20;
  /// The growth since the last snapshot that makes closing save one.
  std::int64_t snapshot_at_end = std::int64_t{1} << 20;
};

/// The parts of a store that its users cannot replace: tests do, and `Legacy`, whose system calls are those of its
/// tree.
struct Seams {
  /// The system calls; must outlive the store.
  FileCalls* calls = &posix_calls();
  /// The thresholds.
  Housekeeping housekeeping{};

  /// Opens the store as the constructor of `Filesystem` does.
  [[nodiscard]] Filesystem open(FilePath folder, FilesystemOptions options) const;
};

/// The settings that all collections of a store share.
struct Settings {
  /// The system calls; never null in an open store.
  FileCalls* calls = nullptr;
  /// How text is compared.
  TextRules text = TextRules::folded;
  /// As `FilesystemOptions`.
  Access access = Access::automatic;
  /// Writes wait until they are on the medium, see `Durability`.
  bool durable = true;
  /// As `FilesystemOptions`.
  std::function<Timestamp()> clock{};
  /// The thresholds.
  Housekeeping housekeeping{};
};

}  // namespace reel::filesystem
