#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/filesystem/access_file.hpp>
#include <reel/backends/filesystem/blob_folder.hpp>
#include <reel/backends/filesystem/file_signals.hpp>
#include <reel/backends/filesystem/journal_feed.hpp>
#include <reel/backends/filesystem/open_parts.hpp>
#include <reel/backends/filesystem/store_file.hpp>
#include <reel/backends/filesystem/store_folder.hpp>
#include <reel/driver/backend.hpp>
#include <reel/driver/change_feed.hpp>
#include <reel/driver/change_rules.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/driver/per_process.hpp>

namespace reel::filesystem {

/// The blob operations of a store. Buckets are opened by their first use in each process. Thread-safe.
class Buckets {
 public:
  /// The buckets in the folder of a store. Opens nothing.
  explicit Buckets(const StoreFolder& folder) : folder_(folder), opened_([] { return std::make_unique<Opened>(); }) {}

  /// As `BlobBackend`. Opening the bucket for this removes orphaned files.
  void ensure(const Bucket& bucket) {
    static_cast<void>(
        opened_.get().buckets.at(bucket.id).opened([&] { return open(bucket, Collection::Mode::ensure); }));
    folder_.store_access(folder_.bucket(bucket.id), bucket.access);
  }
  /// As `BlobPreviewBackend`.
  driver::SetupPreview preview(const Bucket& bucket) const {
    const std::string path = folder_.bucket(bucket.id);
    driver::SetupPreview preview{.exists = exists(*folder_.settings.calls, path), .refusal = folder_.refusal_in(path)};
    if (!preview.exists && preview.refusal) throw *preview.refusal;
    return preview;
  }
  /// As `BlobBackend`.
  BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite) {
    return writable(bucket)->put(std::move(info), source, overwrite);
  }
  /// As `BlobBackend`.
  std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const { return blobs(bucket)->find(id); }
  /// As `BlobBackend`.
  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    return blobs(bucket)->read(id, range, sink);
  }
  /// As `BlobBackend`.
  bool remove(const Bucket& bucket, std::string_view id) { return writable(bucket)->remove(id); }
  /// As `BlobUpdateBackend`.
  std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id, const BlobChange& change) {
    return writable(bucket)->update(id, change);
  }
  /// As `BlobBackend`.
  driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const { return blobs(bucket)->list(query); }
  /// As `BlobDigestBackend`.
  [[nodiscard]] std::vector<driver::RangeDigest> digests(const Bucket& bucket) const {
    return blobs(bucket)->digests();
  }
  /// As `BlobDigestBackend`.
  [[nodiscard]] std::vector<std::string> ids_in(const Bucket& bucket, std::span<const std::size_t> ranges) const {
    return blobs(bucket)->ids_in(ranges);
  }
  /// As `BlobAccessBackend`. Another program may change them, so each call reads them again.
  [[nodiscard]] driver::StoredAccessPtr access(const Bucket& bucket) const {
    static_cast<void>(blobs(bucket));
    return driver::access_at_present(read_access(*folder_.settings.calls, folder_.bucket(bucket.id)));
  }
  /// As `BlobChangesBackend`.
  [[nodiscard]] std::shared_ptr<driver::ChangeFeed> changes(const Bucket& bucket) const {
    static_cast<void>(blobs(bucket));
    const auto access = [this, &bucket] {
      const std::shared_ptr<BlobFolder> found = blobs(bucket);
      return FeedAccess{{found, &found->records()}, &opened_.get().signals};
    };
    return std::make_shared<JournalFeed>(folder_.feed_traits(), *folder_.settings.calls, folder_.bucket(bucket.id),
                                         blob_schema(), access);
  }
  /// The `file://` URL of the blob's file (RFC 8089), valid until the blob is replaced or removed. Throws `not_found`.
  std::string url(const Bucket& bucket, std::string_view id) const {
    const auto path = blobs(bucket)->path(id);
    if (!path) throw driver::no_such("blob", {.collection = bucket.id, .id = std::string(id)});
    return file_url(*path);
  }

 protected:
  ~Buckets() = default;
  /// As `Records::seal`. The files of the blobs must be on the medium.
  void seal() {
    opened_.get().buckets.for_each([](BlobFolder& blobs) { blobs.seal(); });
  }

 private:
  /// The state that belongs to one process.
  struct Opened {
    FileSignals signals{};
    OpenParts<BlobFolder> buckets{};
  };

  [[nodiscard]] std::shared_ptr<BlobFolder> open(const Bucket& bucket, Collection::Mode mode) const {
    return std::make_shared<BlobFolder>(folder_.settings, folder_.bucket(bucket.id), mode);
  }
  /// The open bucket, opened now if necessary. Throws `not_found` if it was never set up.
  [[nodiscard]] std::shared_ptr<BlobFolder> blobs(const Bucket& bucket) const {
    return opened_.get().buckets.at(bucket.id).opened([&] {
      if (!exists(*folder_.settings.calls, folder_.bucket(bucket.id))) throw driver::not_set_up("bucket", bucket.id);
      return open(bucket, Collection::Mode::existing);
    });
  }
  /// The same for writing, see `StoreFolder::writable`.
  [[nodiscard]] std::shared_ptr<BlobFolder> writable(const Bucket& bucket) const {
    return folder_.writable(opened_.get().buckets.at(bucket.id), [&] { return blobs(bucket); });
  }

  StoreFolder folder_;
  driver::PerProcess<Opened> opened_;
};

}  // namespace reel::filesystem
