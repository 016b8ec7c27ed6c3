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

namespace driver {
class FileCalls;
}

namespace legacy {

struct Tree;  // model.hpp

inline constexpr driver::AbilitySet abilities{
    .records = true, .blobs = true, .explain = true, .preview = true, .blob_update = true};

}  // namespace legacy

/// The pipeline's `output/` tree as a store: collections `videos`, `scenes`, `agent_memory` (what fixed what, see
/// fixes.hpp) and `artifacts` (one record a file), and all files but caches as blobs. The tree is walked on opening; a
/// file is read when its record or blob is asked for, and one that has changed by then is `unavailable`. A value that
/// its attribute cannot hold is shortened or left out (`tree().unfit`); the file's blob has all of it. Thread-safe.
///
/// Unless `LegacyOptions::write_as` says otherwise the tree is only read, and whatever would change it is
/// `unsupported`. Opened for writing:
/// - Videos and scenes get the files that the pipeline would have written. What the files cannot tell is kept beside
///   them: until `settle()` in a log at the root, from then on in one sidecar for each topic.
/// - A record that is a copy (`Document::is_copy`) waits for its files until `settle()`: the blobs that its artifacts
///   name.
/// - Removing a video or a scene removes its folder, removing an artifact its file.
///
/// Opening throws `not_found` if the folder does not exist (opening for writing creates it), `invalid` if it is a file,
/// the folder of a store or inside one (see store_folders.hpp), `forbidden` without read permission, `unavailable` if
/// another process has it open for writing, and `corrupt` if, for writing, a file of this library is damaged. Problems
/// in the tree are listed in `tree().diagnostics`, and the rest is served.
///
/// `ensure` of a collection changes nothing; `unsupported` if a tree has no such collection. `preview` throws what
/// `ensure` and the first write would throw: `unsupported` for a tree that is only read, `forbidden` for a folder that
/// cannot be written to. `ensure` of a bucket that is not the pipeline's creates it in the `reel::Filesystem` store
/// `.reel-buckets`, which the pipeline does not read; `unsupported` if the tree is only read. `update` of a blob is
/// `unsupported` in the pipeline's buckets: a blob's name is that of its file, and files have no permissions.
///
/// A relative root is resolved against the current directory when the store is opened. A process forked with an open
/// store reads the tree again with its first operation. If the store is open for writing, every operation in the child
/// is `unavailable` until the parent has closed it or exited.
class Legacy : public driver::HiddenStore<Legacy, legacy::abilities> {
 public:
  static constexpr std::string_view url_scheme = "legacy";
  static constexpr std::array<std::string_view, 2> url_options{"write", "text"};

  /// The tree in a folder: `legacy:DIR`, with the options of `LegacyOptions::from`. `invalid` without a folder; else as
  /// the constructor.
  [[nodiscard]] static Legacy open(const StoreUrl& url) { return Legacy(url.folder(), LegacyOptions::from(url)); }

  /// Opens the tree in the folder `root` and walks it. Errors as above.
  explicit Legacy(FilePath root, LegacyOptions options = {});
  /// `calls` makes the calls that change files; it must outlive the store. Tests pass others
  /// (`<reel/driver/file_calls.hpp>`).
  Legacy(FilePath root, LegacyOptions options, driver::FileCalls& calls);
  Legacy(const Legacy&) = delete;
  Legacy& operator=(const Legacy&) = delete;

  /// Of a tree that is written to: as it was last read, until it is read again. Its type is in
  /// `<reel/backends/legacy/model.hpp>`.
  [[nodiscard]] const legacy::Tree& tree() const;

  /// `file`: its position in `Tree::files`. Takes it that the file has this md5, so that it is not read to find out;
  /// see `legacy::recall_sums`. Only before its record or blob is asked for.
  void recall(std::size_t file, std::string md5);

  /// Reads the tree again and moves everything from the log to where it belongs: records that waited for files get
  /// files of their own, unless artifacts say which ones are still to come. Call it when a copy into the tree is
  /// complete. Closing, as far as it goes, and opening for writing do the same, but leave waiting what waits, since a
  /// copy that was broken off may go on. Nothing happens if nothing was written.
  void settle();
};

static_assert(check_backend<Legacy>());

}  // namespace reel

#ifndef REEL_SEPARATE_COMPILATION
#include <reel/backends/legacy/legacy.ipp>
#endif
