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
#include <reel/text_rules.hpp>

namespace reel {

namespace filesystem {

struct Seams;  // settings.hpp

inline constexpr driver::AbilitySet abilities{.records = true,
                                              .blobs = true,
                                              .bulk = true,
                                              .increment = true,
                                              .explain = true,
                                              .referrers = true,
                                              .preview = true,
                                              .blob_preview = true,
                                              .blob_update = true,
                                              .url = true};

}  // namespace filesystem

/// What an acknowledged write survives.
enum class Durability {
  durable,  ///< a loss of power
  relaxed,  ///< the end of the process, but not of the machine; many times faster
};

struct FilesystemOptions {
  std::optional<TextRules> text{};  ///< kept with the store; what it was made with if not said, `folded` for a new one
  Durability durability = Durability::durable;
  bool create = true;  ///< make the store if there is none; else that is `not_found`
  Access access = Access::automatic;
  std::function<Timestamp()> clock = now;

  /// Options of a URL: `readonly` is `Access::read_only`, `existing` is `create = false`, `durability=durable` or
  /// `relaxed`, `text=folded` or `exact`. `invalid` for another value.
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

/// A store in a folder of a local file system. Records of a collection are lines of one journal, blobs are plain files.
/// Thread-safe, and safe with other processes on the same folder: each sees what the others have committed. Only
/// indexed values, ids and 52 bytes a record stay in memory. A write is acknowledged when it is on the medium;
/// concurrent writes share a sync.
///
/// Opening throws `not_found` or `forbidden` for the folder, `invalid` for one that holds something else,
/// `unsupported` for a store of a newer version. Any operation: `corrupt` for a damaged file, with the place;
/// `conflict` when the collection has another schema; `unavailable` when the disk is full or fails, and then nothing
/// has changed. After a failure that leaves it uncertain what the medium holds, the collection only reads, and writing
/// is `unavailable` until the store is opened anew.
///
/// A relative folder is one of the current directory at opening; a later chdir(2) has no effect. A process forked with
/// an open store may go on using it, as may its parent: its first operation opens what it needs again.
class Filesystem : public driver::HiddenStore<Filesystem, filesystem::abilities> {
 public:
  static constexpr std::string_view url_scheme = "file";
  static constexpr std::array<std::string_view, 4> url_options{"readonly", "existing", "durability", "text"};

  /// The store in a folder: `file:DIR`, with the options of `FilesystemOptions::from`. `invalid` without a folder; else
  /// as the constructor.
  [[nodiscard]] static Filesystem open(const StoreUrl& url) {
    return Filesystem(url.folder(), FilesystemOptions::from(url));
  }

  explicit Filesystem(FilePath folder, FilesystemOptions options = {});
  /// With the calls and thresholds of a test (`<reel/backends/filesystem/settings.hpp>`).
  Filesystem(FilePath folder, FilesystemOptions options, const filesystem::Seams& seams);
  Filesystem(const Filesystem&) = delete;
  Filesystem& operator=(const Filesystem&) = delete;

  /// Puts everything that was acknowledged before on the medium, also with `Durability::relaxed`: for work that is done
  /// anew if power is lost in the middle of it. Syncs the whole file system that the folder is on, and writes the
  /// journals of relaxed writes once more.
  void sync();
};

static_assert(check_backend<Filesystem>());

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/backends/filesystem/filesystem.ipp>
#endif
