#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string_view>

#include <reel/backends/filesystem/access.hpp>
#include <reel/driver/hidden_store.hpp>
#include <reel/file_path.hpp>
#include <reel/separate.hpp>
#include <reel/store_url.hpp>
#include <reel/text/text_rules.hpp>

namespace reel {

namespace filesystem {

struct Seams;

/// The abilities of every `Filesystem`.
inline constexpr driver::AbilitySet abilities{.records = true,
                                              .blobs = true,
                                              .bulk = true,
                                              .increment = true,
                                              .explain = true,
                                              .referrers = true,
                                              .preview = true,
                                              .blob_preview = true,
                                              .changes = true,
                                              .blob_changes = true,
                                              .blob_update = true,
                                              .url = true,
                                              .access = true,
                                              .blob_access = true,
                                              .identity = true,
                                              .sync = true,
                                              .limits = true,
                                              .digests = true,
                                              .blob_digests = true};

}  // namespace filesystem

/// The failures that an acknowledged write survives.
enum class Durability {
  durable,  ///< loss of power: each write waits for the medium
  relaxed,  ///< the end of the process, but not of the machine; many times faster
};

/// How a store is opened.
struct FilesystemOptions {
  /// The text rules of the store, which are fixed when it is created. Empty: those of an existing store, `folded` for a
  /// new one. `invalid` if an existing store has others.
  std::optional<TextRules> text{};
  /// Applies to writes through this object; others may use the same folder with another level.
  Durability durability = Durability::durable;
  /// Create the store if the folder does not contain one; otherwise opening throws `not_found`.
  bool create = true;
  /// See `Access`.
  Access access = Access::automatic;
  /// The source of times; called under the lock of a writer, from any thread.
  std::function<Timestamp()> clock = now;

  /// The options of a URL: `readonly` is `Access::read_only`, `existing` is `create = false`, `durability=durable` or
  /// `relaxed`, `text=folded` or `exact`. Throws `invalid` for another value.
  [[nodiscard]] static FilesystemOptions from(const StoreUrl& url) {
    FilesystemOptions options;
    options.text = url.text_rules();
    options.durability =
        url.choice<Durability>("durability", {{"durable", Durability::durable}, {"relaxed", Durability::relaxed}})
            .value_or(options.durability);
    options.create = !url.flag("existing");
    if (url.flag("readonly")) options.access = Access::read_only;
    return options;
  }
};

/// A store in a folder of a local file system. The records of a collection are lines of one journal, blobs are plain
/// files. `docs/file-formats.md` describes the files.
///
/// Thread-safe, and safe with other processes on the same folder: each sees what the others have committed. Memory
/// holds the indexed values and 69 to 82 bytes per record: 48 for the id and the position of its line, 8 for its
/// sequence, and 13 to 26 in the hash table of the ids. A write is acknowledged when it is on the medium; concurrent
/// writes share a sync.
///
/// Opening throws `not_found` or `forbidden` for the folder, `invalid` for a folder that contains something else, and
/// `unsupported` for a store of a newer version. Any operation throws `corrupt` for a damaged file, with path and
/// offset; `conflict` if the collection has another schema; `unavailable` if the disk is full or fails, and then
/// nothing has changed. After a failure that leaves it uncertain what the medium holds, the collection can only be
/// read, and writes throw `unavailable` until the store is opened again.
///
/// A relative folder is resolved when the store is opened; a later chdir(2) has no effect. A process forked with an
/// open store may use it, as may its parent: the first operation of the child opens the files it needs again.
class Filesystem : public driver::HiddenStore<Filesystem, filesystem::abilities> {
 public:
  /// The scheme of URLs for `reel::open`.
  static constexpr std::string_view url_scheme = "file";
  /// The options that such a URL may have.
  static constexpr std::array<std::string_view, 4> url_options{"readonly", "existing", "durability", "text"};

  /// Opens the store of a URL: `file:DIR`, with the options of `FilesystemOptions::from`. Throws `invalid` for a URL
  /// without a folder, and the errors of the constructor.
  [[nodiscard]] static Filesystem open(const StoreUrl& url) {
    return Filesystem(url.folder(), FilesystemOptions::from(url));
  }

  /// Opens the store in `folder`, or creates it. Reads only `reel.json`; collections and buckets are opened by their
  /// first use.
  explicit Filesystem(FilePath folder, FilesystemOptions options = {});
  Filesystem(const Filesystem&) = delete;
  Filesystem& operator=(const Filesystem&) = delete;

  /// Puts all acknowledged writes on the medium, those with `Durability::relaxed` included. Meant for work that is
  /// repeated if power is lost in the middle of it. Syncs the whole file system that contains the folder, and rewrites
  /// journals with relaxed writes. Throws `unavailable` if the medium fails.
  void sync();

 private:
  friend struct filesystem::Seams;
  Filesystem(FilePath folder, FilesystemOptions options, const filesystem::Seams& seams);
};

static_assert(check_backend<Filesystem>());

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/backends/filesystem/filesystem.ipp>
#endif
