#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <reel/backends/appwrite/download.hpp>
#include <reel/backends/appwrite/file_claim.hpp>
#include <reel/backends/appwrite/file_list.hpp>
#include <reel/backends/appwrite/upload.hpp>
#include <reel/blob_sinks.hpp>
#include <reel/driver/byte_span.hpp>
#include <reel/driver/hashed_source.hpp>
#include <reel/md5.hpp>

namespace reel::appwrite {

/// The blobs of a project: files of the server's buckets.
class ProjectBlobs {
 public:
  ProjectBlobs(const Client& client, const ClaimPlace& claims) : client_(client), claims_(claims) {}

  [[nodiscard]] BlobInfo put(const Bucket& bucket, BlobInfo info, driver::HashedSource& source, bool overwrite,
                             const std::string& ledger = {}) const {
    return Upload(client_, claims_, bucket, std::move(info), source).run(overwrite, ledger);
  }

  [[nodiscard]] std::optional<BlobInfo> find(const Bucket& bucket, std::string_view id) const {
    std::optional<StoredFile> file = find_file(client_, bucket.id, id);
    return file && file->complete() ? std::optional{std::move(file->info)} : std::nullopt;
  }

  std::optional<BlobInfo> read(const Bucket& bucket, std::string_view id, ByteRange range, BlobSink& sink) const {
    for (int attempt = 1;; ++attempt) {
      std::optional<BlobInfo> blob = find(bucket, id);
      if (!blob) return std::nullopt;
      const auto [from, end] = driver::clamped(range, blob->size);
      if (end - from > kept_back) {
        Download download(client_, bucket, *blob, sink);
        download.run(from, end);
        download.check_unchanged();
        return blob;
      }
      std::vector<std::byte> bytes;
      if (read_again(bucket, *blob, from, end, bytes) && attempt < most_attempts) continue;
      sink.write(bytes);
      return blob;
    }
  }

  /// Throws away what is left of an unfinished upload, too; that was no blob.
  bool remove(const Bucket& bucket, std::string_view id) const {
    std::optional<StoredFile> file = find_file(client_, bucket.id, id);
    if (!file) return false;
    const FileClaim claim(client_, claims_, bucket.id, id, {.expected = true});
    if (claim.has_waited()) file = find_file(client_, bucket.id, id);
    return file && remove_file(client_, bucket.id, id) && file->complete();
  }

  [[nodiscard]] driver::Page<BlobInfo> list(const Bucket& bucket, const BlobQuery& query) const {
    return FileList(client_, bucket.id, query).page(query.after, query.with_total);
  }

  /// Claims the file, because the server reads the whole row and writes it back: beside an overwrite it could put the
  /// size and signature of the old file into the row of the new one.
  [[nodiscard]] std::optional<BlobInfo> update(const Bucket& bucket, std::string_view id,
                                               const BlobChange& change) const {
    std::optional<BlobInfo> blob = find(bucket, id);
    if (!blob || !differs(*blob, change)) return blob;
    const FileClaim claim(client_, claims_, bucket.id, id, {.expected = true});
    if (claim.has_waited()) blob = find(bucket, id);
    if (!blob || !differs(*blob, change)) return blob;
    blob = change_file(client_, bucket.id, id, change).info;
    if (change.name && blob->name != *change.name)
      throw Error(Errc::unsupported, "the server makes '" + blob->name + "' of the name '" + *change.name + "'");
    return blob;
  }

  /// Works without a key if the file or its bucket may be read by anybody.
  [[nodiscard]] std::string url(const Bucket& bucket, std::string_view id) const {
    return client_.config().endpoint +
           target_of({.path = file_path(bucket.id, id) + "/view", .query = {{"project", client_.config().project}}});
  }

 private:
  /// Up to so much is passed on only as a whole, so that a file that is replaced meanwhile is read again.
  static constexpr std::int64_t kept_back = 1 * MiB;
  static constexpr int most_attempts = 10;

  [[nodiscard]] static bool differs(const BlobInfo& blob, const BlobChange& change) {
    const bool renamed = change.name && *change.name != blob.name;
    return renamed || (change.permissions && !driver::same_permissions(*change.permissions, blob.permissions));
  }

  /// True if what was read is not of the file as it was, because that was replaced.
  [[nodiscard]] bool read_again(const Bucket& bucket, const BlobInfo& blob, std::int64_t from, std::int64_t end,
                                std::vector<std::byte>& bytes) const {
    BytesSink sink(bytes);
    try {
      Download(client_, bucket, blob, sink).run(from, end);
    } catch (const Error& error) {
      const bool gone =
          error.code() == Errc::conflict || error.code() == Errc::not_found || error.code() == Errc::invalid;
      if (gone && find(bucket, blob.id.str()) != blob) return true;
      throw;
    }
    sink.commit();
    if (from > 0 || end < blob.size) return false;
    Md5 md5;
    md5.update(bytes);
    return md5.finish() != blob.md5 && find(bucket, blob.id.str()) != blob;
  }

  const Client& client_;
  ClaimPlace claims_;
};

}  // namespace reel::appwrite
