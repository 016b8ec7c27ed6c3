#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <reel/backends/filesystem/buckets.hpp>
#include <reel/backends/filesystem/file.hpp>
#include <reel/backends/filesystem/records.hpp>
#include <reel/backends/filesystem/store_folder.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/file/folder_identity.hpp>
#include <reel/driver/file/free_space.hpp>
#include <reel/local/local_store.hpp>

namespace reel::filesystem {

/// The implementation of `Filesystem`: the record operations of `local::LocalStore` and the blob operations of
/// `Buckets`.
class Store : public local::LocalStore<Records>, public Buckets {
 public:
  /// The store in a folder. Opens no collection.
  explicit Store(StoreFolder folder) : LocalStore(folder), Buckets(folder), folder_(std::move(folder)) {}

  using LocalStore::access, Buckets::access, LocalStore::changes, Buckets::changes;
  using LocalStore::digests, Buckets::digests, LocalStore::ids_in, Buckets::ids_in;
  using LocalStore::ensure, Buckets::ensure, LocalStore::preview, Buckets::preview, LocalStore::find, Buckets::find;
  using LocalStore::update, Buckets::update, LocalStore::remove, Buckets::remove, LocalStore::list, Buckets::list;

  /// See `Filesystem::sync`. The first sync puts the files of the blobs on the medium before the journals that name
  /// them; the second one the journals that `seal` has replaced.
  void sync() {
    if (folder_.settings.access == Access::read_only) return;
    folder_.sync();
    medium().seal();
    Buckets::seal();
    folder_.sync();
  }

  /// As `IdentityBackend`.
  [[nodiscard]] driver::StoreIdentity identity() const {
    driver::StoreIdentity identity = driver::folder_identity(*folder_.settings.calls, folder_.path);
    // Another store in a folder that got the same inode was created at another time.
    if (const auto file = status_of(*folder_.settings.calls, folder_.path + "/reel.json"))
      identity.order = std::to_string(static_cast<std::int64_t>(file->modified));
    return identity;
  }
  /// As `LimitsBackend`.
  [[nodiscard]] driver::StoreLimits limits() const {
    return {.free_space = driver::free_space(*folder_.settings.calls, folder_.path), .text = folder_.settings.text};
  }

 private:
  StoreFolder folder_;
};

}  // namespace reel::filesystem
