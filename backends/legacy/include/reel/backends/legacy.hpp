#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <reel/backends/legacy/options.hpp>
#include <reel/driver/hidden_store.hpp>
#include <reel/file_path.hpp>
#include <reel/separate.hpp>
#include <reel/store_url.hpp>

namespace reel {

namespace legacy {

struct TreeSeams;  // tree_seams.hpp
struct Tree;       // model.hpp

/// The abilities of every `Legacy`. Writes exist in the type, and throw `unsupported` where the tree is read-only.
inline constexpr driver::AbilitySet abilities{.records = true,
                                              .blobs = true,
                                              .increment = true,
                                              .explain = true,
                                              .preview = true,
                                              .changes = true,
                                              .blob_changes = true,
                                              .blob_update = true,
                                              .identity = true,
                                              .settle = true,
                                              .limits = true};

}  // namespace legacy

/// The `output/` tree of a video-generation pipeline as a store: the collections `videos`, `scenes`, `agent_memory`
/// (failed code and its replacement, see fixes.hpp) and `artifacts` (one record for each file), and every file except
/// caches as a blob. Opening walks the tree once. A file is read when its record or blob is requested; one that has
/// changed since it was listed is `unavailable`. A value that its attribute cannot hold is shortened or left out
/// (`tree().unfit`); the blob of the file contains all of it.
///
/// Thread-safe. Reads run concurrently, writes one at a time; the bytes of a blob are copied without a lock.
///
/// The tree is read-only unless `LegacyOptions::write_as` is set, and a write to a read-only tree is `unsupported`. In
/// a tree that is open for writing:
/// - The store writes videos and scenes to the files that the pipeline would have written. Values without a file are
///   kept in a log at the root until `settle()`, and afterwards in one sidecar for each topic; see overlay.hpp.
/// - A record that is a copy (`Document::is_copy`) has no files until they arrive as blobs that its artifacts name, or
///   until `settle()` creates them.
/// - Removing a video or a scene removes its folder. Removing an artifact removes its file.
/// - The history and the queue of videos (`video_events`, `video_queue`, `video_queues`) and the keys of fixes
///   (`memory_origins`, `memory_patterns`, `memory_keys`) have no files and stay in the log; a tree that is read serves
///   them, too.
/// - After a write that changes files, the next read that depends on them walks the tree again.
///
/// While a collection or bucket is watched, the store reads the folders again that other programs change, and serves no
/// file that is still being written; see tree_feed.hpp and unfinished_files.hpp. A thread waits for changes.
///
/// Opening throws `not_found` if the folder does not exist (opening for writing creates it); `invalid` if it is a file,
/// the folder of a store, or inside one (see store_folders.hpp); `forbidden` without the permission to read or create
/// it; `unavailable` if another process or object has it open for writing; and, for writing, `corrupt` if a sidecar or
/// the log is damaged. Problems in the tree are listed in `tree().diagnostics`, and the rest is served.
///
/// `ensure` of a collection changes nothing and throws `unsupported` for a collection that a tree does not have.
/// `preview` throws what `ensure` and the first write would throw: `unsupported` for a read-only tree, `forbidden` for
/// a folder without write permission. `ensure` of a bucket that the pipeline does not have creates it in the
/// `reel::Filesystem` store `.reel-buckets`, which the pipeline does not read; `unsupported` if the tree is read-only.
/// `update` of a blob is `unsupported` in the buckets of the pipeline: a blob has the name of its file, and files have
/// no permissions.
///
/// A relative root is resolved against the current directory when the store is opened. After fork(2), the first
/// operation in the child reads the tree again. If the store is open for writing, every operation in the child is
/// `unavailable` until the parent has closed it or exited.
class Legacy : public driver::HiddenStore<Legacy, legacy::abilities> {
 public:
  /// The scheme of the store's URLs, as `reel::open` expects it.
  static constexpr std::string_view url_scheme = "legacy";
  /// The options that a URL may have; see `LegacyOptions::from`.
  static constexpr std::array<std::string_view, 2> url_options{"write", "text"};

  /// Opens the tree that a URL `legacy:DIR` names, with the options of `LegacyOptions::from`. Throws `invalid` for a
  /// URL without a folder, and what the constructor throws.
  [[nodiscard]] static Legacy open(const StoreUrl& url) { return Legacy(url.folder(), LegacyOptions::from(url)); }

  /// Opens the tree in the folder `root` and walks it. Throws the errors listed above. Costs one stat for each entry,
  /// and reads outlines, ids, the beginnings of plans and sources, and files that may be too long for their attribute.
  explicit Legacy(FilePath root, LegacyOptions options = {});
  Legacy(const Legacy&) = delete;
  Legacy& operator=(const Legacy&) = delete;

  /// The tree as it was last read. The reference is valid as long as the store; in a tree that is open for writing,
  /// or watched, only until another operation reads the tree again. `<reel/backends/legacy/model.hpp>` defines the
  /// type.
  [[nodiscard]] const legacy::Tree& tree() const;

  /// Sets the md5 of a file, so that the store need not read the file to compute it; see `legacy::recall_sums`.
  ///
  /// - `file`: its position in `Tree::files`
  /// - `md5`: 32 lower-case hexadecimal digits; not checked
  ///
  /// Has no effect once the record or the blob of the file was read.
  void recall(std::size_t file, std::string md5);

  /// Reads the tree again and moves the values in the log to the files and sidecars of their records. Records that wait
  /// for files get them, except those whose artifacts name files that have not arrived yet, and videos in whose folder
  /// there are files of another video or of none. These, and records without files, stay in the log. Call it after a
  /// copy into the tree is complete.
  ///
  /// Opening for writing and closing also settle the log, but records that wait continue to wait, because an
  /// interrupted copy may be resumed. Closing ignores errors, since the next opening for writing settles again.
  ///
  /// Does nothing if nothing was written or the tree is read-only. Throws `forbidden` or `unavailable` if a file cannot
  /// be written; the log then still has all values. Costs up to four walks over the tree, and one write for each
  /// sidecar that differs.
  void settle();

 private:
  friend struct legacy::TreeSeams;
  Legacy(FilePath root, LegacyOptions options, const legacy::TreeSeams& seams);
};

static_assert(check_backend<Legacy>());

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/backends/legacy/legacy.ipp>
#endif
