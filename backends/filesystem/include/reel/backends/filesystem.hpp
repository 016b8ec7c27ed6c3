#pragma once

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <reel/driver/backend.hpp>
#include <reel/file_path.hpp>
#include <reel/local/local_store.hpp>
#include <reel/store_url.hpp>
#include <reel/text_rules.hpp>

#include <reel/backends/filesystem/buckets.hpp>
#include <reel/backends/filesystem/records.hpp>
#include <reel/backends/filesystem/store_file.hpp>
#include <reel/backends/filesystem/store_folder.hpp>

namespace reel {

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
class Filesystem : public local::LocalStore<filesystem::Records>, public filesystem::Buckets {
 public:
  static constexpr std::string_view url_scheme = "file";
  static constexpr std::array<std::string_view, 4> url_options{"readonly", "existing", "durability", "text"};

  /// The store in a folder: `file:DIR`, with the options of `FilesystemOptions::from`. `invalid` without a folder; else
  /// as the constructor.
  [[nodiscard]] static Filesystem open(const StoreUrl& url) {
    return Filesystem(url.folder(), FilesystemOptions::from(url));
  }

  explicit Filesystem(FilePath folder, FilesystemOptions options = {}, filesystem::Seams seams = {})
      : Filesystem(opened(folder.str(), std::move(options), seams)) {}

  using LocalStore::ensure, Buckets::ensure, LocalStore::preview, Buckets::preview, LocalStore::find, Buckets::find;
  using LocalStore::update, Buckets::update, LocalStore::remove, Buckets::remove, LocalStore::list, Buckets::list;

  /// Puts everything that was acknowledged before on the medium, also with `Durability::relaxed`: for work that is done
  /// anew if power is lost in the middle of it. Syncs the whole file system that the folder is on, and writes the
  /// journals of relaxed writes once more.
  void sync() {
    if (folder_.settings.access == Access::read_only) return;
    folder_.sync();
    medium().seal();
    Buckets::seal();
    folder_.sync();
  }

 private:
  explicit Filesystem(filesystem::StoreFolder folder)
      : LocalStore(folder), Buckets(folder), folder_(std::move(folder)) {}

  /// Opens the store in a folder, or creates it.
  static filesystem::StoreFolder opened(std::string folder, FilesystemOptions options, const filesystem::Seams& seams) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
    if (folder.empty()) throw Error(Errc::invalid, "the folder of a store must have a name");
    folder = driver::absolute_path(folder);
    const bool create = options.create && options.access != Access::read_only;
    const TextRules text = filesystem::open_store(*seams.calls, folder, options.text, create);
    return {.path = std::move(folder),
            .settings = {.calls = seams.calls,
                         .text = text,
                         .access = options.access,
                         .durable = options.durability == Durability::durable,
                         .clock = std::move(options.clock),
                         .housekeeping = seams.housekeeping}};
  }

  filesystem::StoreFolder folder_;
};

static_assert(check_backend<Filesystem>());
static_assert(driver::PreviewBackend<Filesystem> && driver::BlobPreviewBackend<Filesystem>);
static_assert(driver::BulkBackend<Filesystem> && driver::IncrementBackend<Filesystem> &&
              driver::ExplainBackend<Filesystem> && driver::ReferrerBackend<Filesystem> &&
              driver::UrlBackend<Filesystem>);

}  // namespace reel
